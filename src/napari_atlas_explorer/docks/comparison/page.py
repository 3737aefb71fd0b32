"""The page for comparing the shown atlas with others of its space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QStandardItemModel
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QWidget,
)

from ...analysis.comparison.comparison import By, silent_one
from ...analysis.comparison.others import (
    MOST_ATLASES,
    Candidate,
    OtherAtlas,
    PointAnswer,
    list_candidates,
    measure_regions,
    open_other,
    pair_atlases,
    point_lines,
    remember_by,
    remembered_by,
    why_not,
)
from ...atlases.local.catalogue import Catalogue, rescan
from ...atlases.local.recent import recent_paths
from ...core.atlas.atlas import Atlas
from ...core.errors import ArgumentError, SeveralAtlasesError
from ...viewer.comparison import map_levels, show_map
from ...viewer.display import AtlasDisplay
from ..common.atlas_choice import FILE_FILTER, AtlasChoice
from ..common.background import BackgroundJob, Progress
from ..common.error_messages import error_text
from ..common.page import Page
from ..common.region_rows import RegionTableModel, RegionTableView
from ..common.theme import PanelColors
from ..common.widgets import fill_column, make_button, make_choice, make_flow, make_hint, make_text
from .points import ComparisonPoints
from .rows import ComparisonLegend, ComparisonRows

if TYPE_CHECKING:
    from ..atlas.panel import AtlasPanel


# ---- Layout of the comparison page ---------------------------------------------------------------

NONE_FOUND = "none of this space found"
LETTERS = 10
"""Minimum width of the box of atlases; longer names are elided, their tooltips are not."""


class ComparisonLayout:
    """Box of candidates, point in each atlas, legend of the map, table."""

    def __init__(self, page: Page, colors: PanelColors) -> None:
        tip = "Atlases on this computer; those of another space are listed below"
        self.choice = make_choice("Atlas to compare with", tip=tip, letters=LETTERS)
        self.add = make_button("Add", "Open this atlas and compare it with the one that is shown")
        self.other = make_button("Other", "Choose the folder or the file of an atlas")
        self.menu = QMenu(page)
        self.folder = self.menu.addAction("Folder…")
        self.file = self.menu.addAction("File…")
        self.other.setMenu(self.menu)
        adding = _make_row(self.add, self.other)
        adding.insertWidget(0, self.choice, 1)
        self.take = make_button(
            "Take the axes as they are", "Compare the arrays as stored, ignoring the stated axes"
        )
        self.take.setVisible(False)
        self.points = ComparisonPoints(colors)
        tip = "Regions of two atlases are the same if these are"
        criteria = ("by id", "id"), ("by acronym", "acronym")
        self.by = make_choice("Criterion for equal regions", criteria, tip)
        self.show_map = make_button(
            "Show where they disagree", "Add a layer that colors the voxels on which the two differ"
        )
        self.remove = make_button("Remove", "Remove the selected atlas from the list (Delete)")
        actions = make_flow(self.show_map, self.by, self.remove, self.take)
        self.note = make_text()
        self.note.setVisible(False)
        self.legend = ComparisonLegend(colors)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter: acronym, name or id")
        self.filter.setAccessibleName("Filter the compared regions")
        self.filter.setClearButtonEnabled(True)
        self.match_count = QLabel("")
        self.save = make_button("Save CSV…", "Save the rows that are shown, with every digit")
        filtering = _make_row(self.match_count, self.save)
        filtering.insertWidget(0, self.filter, 1)
        self.model = RegionTableModel(colors, page)
        self.view = RegionTableView(self.model)
        self.view.setObjectName("comparison_table")
        self.view.setAccessibleName("Regions in both atlases")
        self.empty = make_hint()
        fill_column(
            page,
            adding,
            self.points,
            actions,
            self.note,
            self.legend,
            filtering,
            self.view,
            self.empty,
            stretched=(self.view, self.empty),
        )

    def offer(self, candidates: Sequence[Candidate]) -> None:
        """Fill the box: comparable atlases, a separator, and disabled ones with the reason."""
        self.choice.clear()
        usable = [c for c in candidates if not c.reason]
        for candidate in usable:
            self._add_candidate(candidate, str(candidate.path))
        if not usable:
            self.choice.addItem(NONE_FOUND, None)
            self._disable_row(0)
        others = [c for c in candidates if c.reason]
        if others:
            self.choice.insertSeparator(self.choice.count())
        for candidate in others:
            self._add_candidate(candidate, candidate.reason)
            self._disable_row(self.choice.count() - 1)
        self.choice.setCurrentIndex(0)

    def _add_candidate(self, candidate: Candidate, tip: str) -> None:
        self.choice.addItem(candidate.title, candidate.path)
        self.choice.setItemData(self.choice.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

    def _disable_row(self, row: int) -> None:
        model = self.choice.model()
        item = model.item(row) if isinstance(model, QStandardItemModel) else None
        if item is not None:
            item.setEnabled(False)


def _make_row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
    return row


# ---- The comparison page -------------------------------------------------------------------------

NO_ATLAS = "Open an atlas in the Atlas Explorer page to compare it with others here."
NO_OTHER = "Add an atlas of the same space: move over the canvas to read both."
STOPPED = "Not measured: select the atlas again, or show where they disagree."
LOOKING = "Looking for atlases…"


class ComparisonPage(Page):
    """Page that compares other atlases with the open one: at a point, on a map, by volumes."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.others: list[OtherAtlas] = []
        self._chosen = 0
        self._point: tuple[float, ...] | None = None
        self._pending: tuple[Path, Atlas] | None = None
        self.looking = BackgroundJob(self)
        self.parts = ComparisonLayout(self, self.colors)
        self.parts.by.setCurrentIndex(self.parts.by.findData(remembered_by()))
        self.rows = ComparisonRows(self, self.parts)
        self._connect()
        self._apply_colors()
        self.follow_atlas()

    def _connect(self) -> None:
        parts = self.parts
        parts.add.clicked.connect(self._add_chosen)
        parts.folder.triggered.connect(self.ask_folder)
        parts.file.triggered.connect(self.ask_file)
        parts.take.clicked.connect(self._take_axes)
        parts.points.chosen.connect(self._choose)
        parts.points.itemClicked.connect(lambda *_: self._measure())
        parts.points.removal.connect(self.remove)
        parts.remove.clicked.connect(self.remove)
        parts.by.currentIndexChanged.connect(self._on_by)
        parts.show_map.clicked.connect(self.show_map)
        self.background.step.connect(self._on_step)
        self.looking.failed.connect(self.fail)
        self.busy.follow(self.looking)
        self.panel.hover.pointed.connect(self._on_point)

    # ---- Following -------------------------------------------------------------------------

    def _forget(self) -> None:
        self.looking.stop()
        self.rows.watch(None)
        self._pending, self._point = None, None
        self.others, self._chosen = [], 0
        self._show_others()

    def _take(self, display: AtlasDisplay | None) -> None:
        self.rows.watch(display)
        if display is not None:
            self.find_candidates()
        self._show_others()

    def find_candidates(self) -> None:
        """Find comparable atlases in a worker."""
        display = self.display
        if display is None:
            return
        self.parts.choice.clear()
        self.parts.choice.addItem(LOOKING, None)
        self.parts.add.setEnabled(False)
        atlas, shown = display.atlas, self.panel.session.path

        def work(report: Progress) -> list[Candidate]:
            catalogue: Catalogue = rescan(lambda share: report(share / 2))
            return list_candidates(
                atlas, shown, catalogue, recent_paths(), lambda share: report((1 + share) / 2)
            )

        self.looking.start(LOOKING, work, self._on_found)

    def _on_found(self, candidates: list[Candidate]) -> None:
        self.parts.offer(candidates)
        self.parts.add.setEnabled(any(not c.reason for c in candidates))

    # ---- Other atlases ---------------------------------------------------------------------

    @property
    def chosen(self) -> OtherAtlas | None:
        """The atlas that map and table are about."""
        return self.others[self._chosen] if self._chosen < len(self.others) else None

    @property
    def by(self) -> By:
        """Criterion for equal regions."""
        return "acronym" if self.parts.by.currentData() == "acronym" else "id"

    def ask_folder(self) -> None:
        """Ask for the folder of an atlas and add it."""
        chosen = QFileDialog.getExistingDirectory(self, "Folder of the atlas to compare with")
        if chosen:
            self.add_path(Path(chosen))

    def ask_file(self) -> None:
        """Ask for the file of an atlas and add it."""
        title = "File of the atlas to compare with"
        chosen, _ = QFileDialog.getOpenFileName(self, title, "", FILE_FILTER)
        if chosen:
            self.add_path(Path(chosen))

    def _add_chosen(self) -> None:
        path = self.parts.choice.currentData()
        if path is not None:
            self.add_path(path)

    def add_path(self, path: Path) -> None:
        """Open an atlas in a worker and compare it; select it if it is listed."""
        if self.display is None:
            return
        self.tell("")
        listed = [o.path.resolve() for o in self.others]
        if path.resolve() in listed:
            self._choose(listed.index(path.resolve()))
            self._show_others()
        elif len(self.others) >= MOST_ATLASES:
            self.tell(f"{MOST_ATLASES} atlases are listed; remove one before you add another")
        else:
            self.background.start(
                f"Opening {path.name}",
                lambda report: open_other(path, report),
                lambda atlas: self._add_atlas(path, atlas),
            )

    def _add_atlas(self, path: Path, atlas: Atlas, arrays: bool = False) -> None:
        display = self.display
        if display is None:
            return
        try:
            pair = pair_atlases(display.atlas, atlas, self.by, arrays)
        except ArgumentError as exc:
            silent = bool(silent_one(display.atlas, atlas)) and not arrays
            # Where not even the arrays match, stating the axes would not help.
            reason = why_not(display.atlas, atlas, arrays=True) if silent else None
            self.tell(error_text(reason or exc))
            if silent and not reason:
                self._pending = (path, atlas)
                self._offer_axes()
            return
        self.others.append(OtherAtlas(path, pair))
        self._chosen = len(self.others) - 1
        self._show_others()
        self._measure()

    def _offer_axes(self) -> None:
        mirrored = self.chosen is not None and self.chosen.pair.mirrored
        self.parts.take.setVisible(self._pending is not None or mirrored)

    def _take_axes(self) -> None:
        """Compare the refused atlas, or else the selected one, by its arrays as stored."""
        pending, chosen, display = self._pending, self.chosen, self.display
        self.tell("")
        if pending is not None:
            self._add_atlas(*pending, arrays=True)
        elif chosen is not None and display is not None:
            try:
                pair = pair_atlases(display.atlas, chosen.atlas, self.by, arrays=True)
            except ArgumentError as exc:
                self.tell(str(exc))
                return
            self.background.stop()
            self.others[self._chosen] = OtherAtlas(chosen.path, pair)
            self._show_others()
            self._measure()

    def remove(self) -> None:
        """Remove the selected atlas from the list."""
        if self.chosen is not None:
            self.background.stop()
            del self.others[self._chosen]
            self._chosen = max(0, min(self._chosen, len(self.others) - 1))
            self._show_others()
            self._measure()

    def _choose(self, row: int) -> None:
        if row != self._chosen:
            self.background.stop()
            self._chosen = row
            self._show_answer()
        self._measure()

    def _on_by(self) -> None:
        remember_by(self.by)
        self.background.stop()
        self.others = [other.by(self.by) for other in self.others]
        self._show_others()
        self._measure()

    def _show_others(self) -> None:
        display, parts = self.display, self.parts
        first = display.atlas.name if display is not None else ""
        listed = [(o.atlas.name, f"{o.path}\n{o.about}".strip()) for o in self.others]
        parts.points.set_atlases(first, listed, self._chosen)
        for widget in (parts.other, parts.points):
            widget.setEnabled(display is not None)
        for widget in (parts.show_map, parts.remove):
            widget.setEnabled(bool(self.others))
        if display is None:
            parts.choice.clear()
            parts.add.setEnabled(False)
        self._show_point()
        self._show_answer()

    # ---- Point -----------------------------------------------------------------------------

    def _on_point(self, point: tuple[float, ...] | None) -> None:
        self._point = point
        if self.isVisible():
            self._show_point()

    def _show_point(self) -> None:
        display, point = self.display, self._point
        if display is None or point is None:
            self.parts.points.clear_point()
            return
        position = display.atlas.grid.to_world(point).tolist()
        pairs = [other.pair for other in self.others]
        self.parts.points.set_lines(point_lines(display.atlas, pairs, position))

    # ---- Measuring -------------------------------------------------------------------------

    def _measure(self) -> None:
        other = self.chosen
        if other is None or other.answer is not None or self.background.busy:
            return
        self.background.start(
            f"Comparing with {other.atlas.name}",
            lambda report: measure_regions(other.pair, report),
            lambda answer: self._on_measured(other, answer),
        )
        self._show_answer()

    def _on_measured(self, other: OtherAtlas, answer: PointAnswer) -> None:
        other.answer = answer
        self._show_answer()

    def show_map(self) -> None:
        """Compute where the two disagree, in a worker, and add it as a layer."""
        other = self.chosen
        if other is None:
            return
        self.tell("")

        def work(report: Progress) -> tuple[list[Any], PointAnswer]:
            levels = map_levels(other.pair, lambda share: report(share / 2))
            answer = other.answer or measure_regions(other.pair, lambda s: report((1 + s) / 2))
            return levels, answer

        self.background.start(
            "Looking where they disagree", work, lambda found: self._on_map(other, *found)
        )

    def _on_map(self, other: OtherAtlas, levels: list[Any], answer: PointAnswer) -> None:
        if self.display is not None:
            show_map(self.display, other.pair, levels)
        self._on_measured(other, answer)

    def _show_answer(self) -> None:
        parts, other = self.parts, self.chosen
        answer = other.answer if other is not None else None
        table = answer.table if answer is not None else None
        note = other.about if other is not None else ""
        parts.note.setText(note)
        parts.note.setVisible(bool(note))
        self._offer_axes()
        parts.legend.set_counts(answer.counts if answer is not None else ())
        self.rows.show(table)
        parts.empty.setVisible(table is None)
        parts.empty.setText(self._explain_empty_table())

    def _explain_empty_table(self) -> str:
        if self.display is None:
            return NO_ATLAS
        if self.chosen is None:
            return NO_OTHER
        return "" if self.background.busy else STOPPED

    # ---- Messages --------------------------------------------------------------------------

    def _on_step(self, text: str) -> None:
        if not text:
            self._show_answer()

    def fail(self, exc: BaseException) -> None:
        """Show an error, or ask which of several atlases is meant."""
        if isinstance(exc, SeveralAtlasesError):
            form = AtlasChoice(exc, self)
            form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            form.chosen.connect(self.add_path)
            form.open()
            return
        super().fail(exc)

    def tell(self, text: str) -> None:
        """Show a message or none; withdraw the offer of the last one."""
        self._pending = None
        self._offer_axes()
        super().tell(text)

    # ---- Qt --------------------------------------------------------------------------------

    def showEvent(self, event: Any) -> None:  # noqa: N802
        """Show the point that the cursor met while another tab was in front."""
        super().showEvent(event)
        self._show_point()

    def _apply_colors(self) -> None:
        parts = self.parts
        parts.model.set_colors(self.colors)
        parts.legend.set_colors(self.colors)
        parts.points.set_colors(self.colors)
        self._mute(parts.match_count, parts.empty, parts.note)
