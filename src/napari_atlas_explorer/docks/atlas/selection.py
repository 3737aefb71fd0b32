"""Selection of regions by clicks, tree rows and queries; its bar and masks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_info
from qtpy.QtCore import QSignalBlocker, Qt, Signal
from qtpy.QtGui import QAction
from qtpy.QtWidgets import QHBoxLayout, QInputDialog, QMenu, QPushButton, QVBoxLayout, QWidget

from ...core.errors import AtlasError, AtlasFileError
from ...core.query.parser import is_expression, select
from ...core.query.tokens import QueryError
from ...core.selection import Selection
from ...core.space.axes import LEFT_RIGHT, axis_of
from ...core.space.hemispheres import HemispherePlane
from ...core.text import amount, as_file_name, as_plain
from ...formats.masks import WRITTEN_MASKS, write_mask
from ...viewer.display import AtlasDisplay
from ...viewer.hover import mirror_voxel, watch_click
from ...viewer.masks import MOST_LAYERS, mask_to_save, selection_layers
from ..common.background import BackgroundJob, Progress
from ..common.page import PanelPart, weak_callback
from ..common.widgets import ElidedLabel, ask_save_path, make_button, without_margins
from .actions import RegionAction

if TYPE_CHECKING:
    from napari.layers import Layer

    from .panel import AtlasPanel


MASK_KINDS = ";;".join(
    f"{name} ({' '.join(f'*{s}' for s in suffixes)})"
    for name, suffixes in (
        ("NRRD", (".nrrd",)),
        ("NIfTI", (".nii.gz", ".nii")),
        ("All that hold a mask", WRITTEN_MASKS),
    )
)
"""Choices of the dialog; the first keeps place, unit and recipe in one file."""


class SelectionBar(QWidget):
    """Line of text, "Make mask", "Clear", and options for drawing the selection."""

    mask_requested = Signal(str)
    """ "union", "each" or "values"."""

    clear_requested = Signal()
    mirror_requested = Signal()
    outline_changed = Signal(bool)
    dim_changed = Signal(bool)
    save_set_requested = Signal()
    save_mask_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("selection_bar")
        layout = without_margins(QVBoxLayout(self), 4)
        self.text = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.text.setObjectName("selected")
        layout.addWidget(self.text)
        self.show_only = make_button("Show only", "Show these regions alone (Ctrl+Shift+L)")
        self.hide_them = make_button("Hide", "Hide these regions (Ctrl+Shift+H)")
        self.go_there = make_button("Go there", "Move the slices there (Ctrl+Shift+J)")
        self.show_all = make_button("Show all", "Show all regions (Ctrl+Shift+A)")
        first = QHBoxLayout()
        first.setSpacing(6)
        for button in (self.show_only, self.hide_them, self.go_there, self.show_all):
            first.addWidget(button)
        first.addStretch(1)
        layout.addLayout(first)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.make = QPushButton("Make mask")
        self.make.setObjectName("make_mask")
        self.make.setToolTip("A Labels layer of the selected voxels (Ctrl+Shift+M)")
        self.make.clicked.connect(lambda: self.mask_requested.emit("union"))
        self.kinds = QPushButton("")
        self.kinds.setFixedWidth(26)
        self.kinds.setAccessibleName("Kinds of masks")
        menu = QMenu(self.kinds)
        for text, kind in (
            ("One layer, 0 and 1", "union"),
            ("One layer, one value per region", "values"),
            ("One layer per region", "each"),
        ):
            menu.addAction(text, lambda k=kind: self.mask_requested.emit(k))
        self.kinds.setMenu(menu)
        self.save = make_button("Save mask…", "Write the mask as a file, with its place and recipe")
        self.save.setObjectName("save_mask")
        self.save.clicked.connect(self.save_mask_requested)
        self.clear = make_button("Clear", "Select nothing (Esc in the tree); Ctrl+Z restores it")
        self.clear.clicked.connect(self.clear_requested)
        self.more = QPushButton("⋯")
        self.more.setFixedWidth(32)
        self.more.setAccessibleName("More of the selection")
        options = QMenu(self.more)
        self.outline = self._add_check(options, "Outline", True, self.outline_changed)
        self.dim = self._add_check(options, "Dim what is not selected", False, self.dim_changed)
        options.addSeparator()
        options.addAction("Mirror left and right", self.mirror_requested.emit)
        options.addAction("Save as named set…", self.save_set_requested.emit)
        self.more.setMenu(options)
        row.addWidget(self.make)
        row.addWidget(self.kinds)
        row.addWidget(self.save)
        row.addWidget(self.clear)
        row.addStretch(1)
        row.addWidget(self.more)
        layout.addLayout(row)
        self.setVisible(False)

    def _add_check(self, menu: QMenu, text: str, on: bool, signal: Signal) -> QAction:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(on)
        action.toggled.connect(signal)
        return action

    def show_text(self, text: str) -> None:
        """Show a description of the selection; without text, hide the bar."""
        self.text.setText(text)
        self.setVisible(bool(text))


class SelectionController(PanelPart):
    """Link between the selections of canvas, tree, query and bar."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.query = ""
        """The query that made the selection, "" if it was made by hand."""
        self.sets: dict[str, Selection] = {}
        """The user's named sets."""
        self._job = BackgroundJob(self)
        self._job.failed.connect(panel.show_error)
        panel.busy.follow(self._job)
        bar = panel.selection_bar
        bar.clear_requested.connect(self.clear)
        bar.mirror_requested.connect(self.mirror)
        bar.mask_requested.connect(self.make_mask)
        bar.outline_changed.connect(lambda on: self._run(lambda d: d.overlay.set_outline(on)))
        bar.dim_changed.connect(lambda on: self._run(lambda d: d.set_dimmed(on)))
        bar.save_set_requested.connect(self.ask_set_name)
        bar.save_mask_requested.connect(self.save_mask)
        panel.tree.itemSelectionChanged.connect(self._on_tree)
        callbacks = panel.viewer.mouse_drag_callbacks
        callbacks.append(weak_callback(self.on_press, callbacks))

    def _run(self, run: Any) -> None:
        if self._panel.display is not None:
            run(self._panel.display)

    def follow(self, display: AtlasDisplay) -> None:
        """Follow the selection of the atlas that is shown now."""
        self.query = ""
        self.sets = {}
        display.overlay.set_outline(self._panel.selection_bar.outline.isChecked())
        if self._panel.selection_bar.dim.isChecked():
            display.set_dimmed(True)
        display.view.selection_changed.connect(self._on_selection)
        self._on_selection()

    # ---- Choosing --------------------------------------------------------------------------

    def on_press(self, viewer: Any, event: Any) -> Any:
        """Watch a mouse press on the canvas: a click selects."""
        if self._panel.display is None or not self._panel.is_open:
            return None
        return watch_click(viewer, event, self._on_click)

    def _on_click(self, event: Any) -> None:
        self.click(event)
        panes = self._panel.planes.panes
        if panes is not None and len(event.dims_displayed) == 2:
            panes.go_to(event.position)

    def click(self, event: Any, viewer: Any = None) -> None:
        """Select the region at a click, in the main viewer or another one."""
        display = self._panel.display
        rank = 0 if display is None else display.pick(event, viewer)
        if display is not None and rank:
            self._choose(display, rank, "Shift" in event.modifiers)

    def _choose(self, display: AtlasDisplay, rank: int, toggle: bool) -> None:
        """Select a clicked region, or toggle it in the selection."""
        self.query = ""
        chosen = display.view.visible_as(rank)
        if toggle:
            display.view.toggle(chosen)
        else:
            display.view.select(chosen)
        self._panel.tree.show_row(rank)

    def _on_tree(self) -> None:
        display = self._panel.display
        if display is None:
            return
        self.query = ""
        ranks = self._panel.tree.selected_ranks()
        display.view.select(display.view.expand(ranks), "select in the tree", merge=True)

    def find(self, text: str) -> Selection | None:
        """Return the selection of a query in the search box, None for other text.

        Raises
        ------
        QueryError
            If it is malformed.
        """
        display = self._panel.display
        if display is None or not (is_expression(text) or text.strip() in self.sets):
            return None
        return select(text, display.atlas.ranks, self.sets)

    def choose(self, text: str) -> bool:
        """Select the regions of a query; return False for other text."""
        display = self._panel.display
        try:
            selection = self.find(text)
        except QueryError as exc:
            self._panel.show_error(exc)
            return True
        if selection is None or display is None:
            return False
        self.query = text
        display.view.select(selection, f"select {text}")
        return True

    def clear(self) -> None:
        """Select nothing."""
        self._run(lambda d: d.view.clear_selection())

    def ask_set_name(self) -> None:
        """Ask for a name and save the selection as a set that queries understand."""
        display = self._panel.display
        if display is None:
            return
        name, fine = QInputDialog.getText(self._panel, "Named set", "Name of the set:")
        if fine and name.strip():
            self.save_set(name.strip())

    def save_set(self, name: str) -> None:
        """Save the selection as a named set."""
        self._run(lambda d: self.sets.__setitem__(name, d.view.selection))

    def actions(self) -> list[RegionAction]:
        """Return the selection's actions for the tree's menu and keys."""
        return [
            RegionAction("Make mask", "Ctrl+Shift+M", lambda _: self.make_mask()),
            RegionAction("Show as surfaces", "Ctrl+Shift+D", lambda _: self.show_surfaces()),
            RegionAction("Mirror left and right", "Ctrl+Shift+X", lambda _: self.mirror()),
            RegionAction("Select nothing", "Esc", lambda _: self.clear()),
        ]

    def show_surfaces(self) -> None:
        """Add the surfaces of the selected regions."""
        self._panel.show_page("surfaces").add_selected()

    # ---- Left and right --------------------------------------------------------------------

    def mirror(self) -> None:
        """Go to the mirror voxel and exchange left and right in the selection."""
        display = self._panel.display
        if display is None:
            return
        plane = _find_midline(display)
        if plane is None:
            self._show_hint("The midline is unknown: set the orientation first")
            return
        hit = display.hit_at(display.point_at(self._panel.viewer.dims.point))
        if hit is not None and hit.index is not None:
            display.go_to_voxel(mirror_voxel(hit.index, *plane))
        if display.view.selection.depends_on_hemispheres:
            display.view.mirror_selection()

    # ---- Masks -----------------------------------------------------------------------------

    def make_mask(self, kind: str = "union") -> None:
        """Add Labels layers of the selection, computed in a worker.

        Parameters
        ----------
        kind
            "union", "values" (one value per region) or "each" (one layer per region).
        """
        display = self._panel.display
        if display is None or not display.view.selection:
            self._show_hint("Nothing is selected: click a region, or choose rows of the tree")
            return
        atlas, selection, query = display.atlas, display.view.selection, self.query
        count = len(selection.parts()) if kind == "each" else 1
        if count > MOST_LAYERS:
            self._show_hint(
                f"{count} regions are too many layers; select at most {MOST_LAYERS}, or "
                f"choose one value per region"
            )
            return

        def work(_: Progress) -> list[tuple[Layer, int]]:
            return selection_layers(atlas, selection, query, kind)

        self._job.add("Making masks", work, self._panel.steps.add_masks)

    def save_mask(self) -> None:
        """Ask for a file, and write the active mask or that of the selection in a worker."""
        display = self._panel.display
        if display is None:
            return
        try:
            named = mask_to_save(self._panel.viewer, display.atlas, display.view.selection)
        except AtlasError as exc:
            self._panel.show_error(exc)
            return
        proposed = f"{as_file_name(named.name)}.nrrd"
        chosen = ask_save_path(self._panel, "Save mask", proposed, MASK_KINDS)
        if chosen is None:
            return
        path, may_replace = chosen
        atlas = display.atlas

        def work(_: Progress) -> list[Path]:
            if path.exists() and not may_replace:
                raise AtlasFileError(path, "the file exists", "a new name", remedy="replace")
            return write_mask(path, named, atlas.grid, atlas.orientation)

        def done(files: list[Path]) -> None:
            recipe = "with its recipe" if named.recipe else "painted by hand, without a recipe"
            self._show_hint(f"Saved {', '.join(file.name for file in files)}, {recipe}")

        self._job.add("Saving the mask", work, done)

    def start(
        self, work: Callable[[], Sequence[Any]], then: Callable[[], None] | None = None
    ) -> None:
        """Make layers in a worker and add them; then call a function."""
        from napari.layers import Layer

        def done(layers: Sequence[Any]) -> None:
            for data in layers:
                self._panel.viewer.add_layer(Layer.create(*data))
            if then is not None:
                then()

        self._job.add("Making masks", lambda _: work(), done)

    @property
    def busy(self) -> bool:
        """Whether masks are being made."""
        return self._job.busy

    # ---- Showing ---------------------------------------------------------------------------

    def _on_selection(self) -> None:
        display = self._panel.display
        if display is None:
            return
        selection = display.view.selection
        self._panel.selection_bar.show_text(_describe_selection(display, selection, self.query))
        ranks = [rank for rank, _, _ in selection.parts()]
        with QSignalBlocker(self._panel.tree):
            self._panel.tree.select_ranks(ranks)

    def _show_hint(self, text: str) -> None:
        show_info(as_plain(text))


def _describe_selection(display: AtlasDisplay, selection: Selection, query: str) -> str:
    if not selection:
        return ""
    atlas = display.atlas
    text = query or selection.describe()
    if selection.depends_on_hemispheres:
        return text  # counting one hemisphere would take a pass over the volume
    known = atlas.package.resolution_known
    return f"{text} · {amount(selection.count(None), atlas.grid.voxel_volume, known)}"


def _find_midline(display: AtlasDisplay) -> tuple[int, float] | None:
    """Return the left-right axis and the index-space coordinate of the midline plane."""
    atlas = display.atlas
    if isinstance(atlas.hemisphere_rule, HemispherePlane):
        return atlas.hemisphere_rule.axis, float(atlas.hemisphere_rule.boundary)
    if atlas.orientation is None:
        return None
    axis = axis_of(atlas.orientation, LEFT_RIGHT)
    return axis, atlas.shape[axis] / 2
