"""The atlas dock: which atlas, which regions, what is here."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ..core.atlas import Atlas
from ..core.errors import AtlasError
from ..core.figures import grouped
from ..plugin.display import AtlasDisplay, atlas_of, is_annotation_layer
from ..plugin.hover_text import HoverText
from ..plugin.layers import LayerData
from ..plugin.recent import recent_paths, remember
from ..plugin.region_search import RegionSearch
from .chips import AssumptionChips
from .colors import DockColors
from .elided_label import ElidedLabel
from .hover_card import HoverCard
from .more_menu import MoreMenu
from .opener import Opener
from .region_actions import help_text, install, region_actions
from .region_tree import RegionTree
from .settle_form import Settled, SettleForm
from .start_page import StartPage
from .view_bar import ViewBar

if TYPE_CHECKING:
    import napari

FILE_FILTER = "Atlases (*.nrrd *.nhdr *.tif *.tiff *.tar.gz *.tar.xz *.tgz *.zip);;All files (*)"


class AtlasDock(QWidget):
    """Opens atlases and browses the regions of one.

    Parameters
    ----------
    napari_viewer
        The viewer; napari fills the parameter of this name in.
    """

    def __init__(self, napari_viewer: napari.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.viewer = napari_viewer
        self.display: AtlasDisplay | None = None
        self._search: RegionSearch | None = None
        self._best = 0
        self._point: tuple[float, ...] | None = None
        self.path: Path | None = None
        self.setAcceptDrops(True)
        self.setMinimumWidth(340)
        self.colors = DockColors.of_theme(napari_viewer.theme)
        self._build()
        self._actions = region_actions(lambda: self.display)
        install(self.tree, self._actions, self.tree.selected_ranks)
        self._connect()
        self._shortcuts()
        self.start.set_recent(recent_paths())
        self._adopt_present()

    # ---- building --------------------------------------------------------------------------

    def _build(self) -> None:
        self.title = ElidedLabel("Atlas Explorer")
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self.title.setFont(font)
        self.open_button = QPushButton("Open")
        self.open_button.setObjectName("open")
        self.open_button.setToolTip("Open an atlas: folder, file, sample or a recent one")
        self.more_button = QPushButton("⋯")
        self.more_button.setFixedWidth(32)
        self.more_button.setAccessibleName("More")
        self.more = MoreMenu(self)
        self.open_button.setMenu(self.more.open_menu)
        self.more_button.setMenu(self.more.menu)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.open_button)
        head.addWidget(self.more_button)
        self.facts = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.counts = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.chips = AssumptionChips(self.colors)

        self.busy = QWidget()
        self.busy_label = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.busy_bar = QProgressBar()
        self.busy_bar.setRange(0, 0)
        self.busy_bar.setTextVisible(False)
        self.busy_bar.setFixedHeight(6)
        self.cancel = QPushButton("Cancel")
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.busy_label, 1)
        row.addWidget(self.cancel)
        busy = QVBoxLayout(self.busy)
        busy.setContentsMargins(0, 0, 0, 0)
        busy.addLayout(row)
        busy.addWidget(self.busy_bar)
        self.busy.setVisible(False)

        self.error = QLabel("")
        self.error.setObjectName("error")
        self.error.setWordWrap(True)
        self.error.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.error.setVisible(False)

        self.bar = ViewBar()
        self.restore_colors = QPushButton("Restore the atlas's colours")
        self.restore_colors.setVisible(False)
        self.tree = RegionTree(self.colors)
        self.card = HoverCard(self.colors)
        page = QWidget()
        browse = QVBoxLayout(page)
        browse.setContentsMargins(0, 0, 0, 0)
        browse.setSpacing(6)
        browse.addWidget(self.bar)
        browse.addWidget(self.restore_colors)
        browse.addWidget(self.tree, 1)
        browse.addWidget(self.card)
        self.start = StartPage()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.start)
        self.pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 6)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.facts)
        layout.addWidget(self.counts)
        layout.addWidget(self.chips)
        layout.addWidget(self.busy)
        layout.addWidget(self.error)
        layout.addWidget(self.pages, 1)
        self._apply_colors()

    def _connect(self) -> None:
        self.opener = Opener(self)
        self.opener.step.connect(self._on_step)
        self.opener.opened.connect(self._on_opened)
        self.opener.failed.connect(self.show_error)
        self.opener.ended.connect(lambda: self.busy.setVisible(False))
        self.cancel.clicked.connect(self.opener.cancel)
        self.start.sample_requested.connect(self.open_sample)
        self.start.folder_requested.connect(self.ask_folder)
        self.start.file_requested.connect(self.ask_file)
        self.start.path_requested.connect(lambda p: self.open_path(Path(p)))
        self.bar.search_changed.connect(self.search)
        self.bar.search_left.connect(self._leave_search)
        self.bar.depth_changed.connect(self._with_view("set_depth"))
        self.bar.side_changed.connect(self.set_side)
        self.bar.outline_changed.connect(self._set_outline)
        self.tree.shown_changed.connect(self._on_check)
        self.tree.jump_requested.connect(self.jump_to)
        self.card.region_clicked.connect(self.tree.reveal)
        self.chips.chip_clicked.connect(self._on_chip)
        self.restore_colors.clicked.connect(self._restore_colors)
        self.viewer.layers.events.inserted.connect(self._on_inserted)
        self.viewer.events.theme.connect(self._on_theme)
        self.viewer.mouse_move_callbacks.append(_weak_callback(self, "on_mouse_move"))

    def _shortcuts(self) -> None:
        for keys, slot in (
            ("Ctrl+F", self._focus_search),
            ("Ctrl+Z", self.undo),
            ("Ctrl+Shift+Z", self.redo),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def undo(self) -> None:
        """Take the last change of filter, depth or side back."""
        if self.display is not None:
            self.display.view.undo()

    def redo(self) -> None:
        """Do again what was taken back."""
        if self.display is not None:
            self.display.view.redo()

    # ---- opening ---------------------------------------------------------------------------

    def open_path(self, path: Path, **settled: Any) -> None:
        """Open what stands at a path; the atlas shown stays until the new one is read."""
        self._begin()
        self.path = Path(path)
        self.opener.open_path(self.path, **settled)

    def open_sample(self) -> None:
        """Open the sample atlas."""
        from ..atlases.sample import sample_atlas

        self._begin()
        self.path = None
        self.opener.start(sample_atlas, "the sample atlas")

    def ask_folder(self) -> None:
        """Ask for a folder and open it."""
        chosen = QFileDialog.getExistingDirectory(self, "Open an atlas folder")
        if chosen:
            self.open_path(Path(chosen))

    def ask_file(self) -> None:
        """Ask for a file and open it."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Open an atlas file", "", FILE_FILTER)
        if chosen:
            self.open_path(Path(chosen))

    def _begin(self) -> None:
        self.error.setVisible(False)
        self.busy_label.setText("Opening…")
        self.busy.setVisible(True)

    def _on_step(self, text: str) -> None:
        self.busy_label.setText(text)

    def _on_opened(self, atlas: Atlas, layers: list[LayerData]) -> None:
        previous = self.display
        if previous is not None:
            self._remove_layers(previous.atlas)
        self.show_atlas(AtlasDisplay.open(self.viewer, atlas, layers))
        if self.path is not None:
            remember(self.path)
            self.start.set_recent(recent_paths())

    def _remove_layers(self, atlas: Atlas) -> None:
        """Take an atlas's own layers away when another takes its place; the user's stay."""
        self._detach()
        for layer in [x for x in self.viewer.layers if atlas_of(x) is atlas]:
            self.viewer.layers.remove(layer)

    def show_error(self, exc: BaseException) -> None:
        """Say in the dock and in a notification what went wrong; the atlas shown stays."""
        from napari.utils.notifications import show_error

        expected = isinstance(exc, AtlasError)
        text = str(exc) if expected else f"unexpected error ({type(exc).__name__}): {exc}"
        self.error.setText(text)
        self.error.setVisible(True)
        show_error(text)

    # ---- showing ---------------------------------------------------------------------------

    def show_atlas(self, display: AtlasDisplay) -> None:
        """Browse the regions of an atlas whose layers are in the viewer."""
        self._detach()
        self.display = display
        atlas = display.atlas
        self._search = RegionSearch(atlas.region_map)
        self.tree.fill(atlas.labels, display.color_of, atlas.package.resolution_known)
        self.title.setText(atlas.name)
        self.title.setToolTip(_credit(atlas))
        self.facts.setText(_facts(atlas))
        self.counts.setText(_counts(atlas))
        self.chips.show_assumptions(atlas.assumptions)
        self.card.clear()
        self._point = None
        self.restore_colors.setVisible(False)
        self.bar.search.clear()
        display.view.changed.connect(self._on_view)
        display.colors_lost.connect(self._on_colors_lost)
        display.removed.connect(self.forget)
        self._on_view()
        self.pages.setCurrentIndex(1)

    def _detach(self) -> None:
        if self.display is not None:
            self.display.view.changed.disconnect(self._on_view)
            self.display.colors_lost.disconnect(self._on_colors_lost)
            self.display.removed.disconnect(self.forget)
            self.display.close()
            self.display = None

    def forget(self) -> None:
        """Go back to the start page: the annotation layer was removed."""
        self._detach()
        self.title.setText("Atlas Explorer")
        self.facts.setText("")
        self.counts.setText("")
        self.chips.show_assumptions(())
        self.pages.setCurrentIndex(0)

    def _on_view(self) -> None:
        if self.display is None:
            return
        sides = self.display.atlas.sides
        self.bar.follow(self.display.view, sides.convention if sides else None)
        self.tree.set_checks(self.display.view.check_states())
        if self._point is not None:
            # What was under the cursor may be drawn otherwise, or hidden, now.
            self.show_hover(self.display.describe_point(self._point))

    def _on_colors_lost(self) -> None:
        self.restore_colors.setVisible(True)

    def _restore_colors(self) -> None:
        if self.display is not None:
            self.display.recolor()
        self.restore_colors.setVisible(False)

    # ---- adopting layers -------------------------------------------------------------------

    def _adopt_present(self) -> None:
        for layer in self.viewer.layers:
            if is_annotation_layer(layer):
                self._adopt(layer)
                return

    def _on_inserted(self, event: Any) -> None:
        layer = event.value
        if self.display is None and not self.opener.busy and is_annotation_layer(layer):
            self._adopt(layer)

    def _adopt(self, layer: Any) -> None:
        atlas = atlas_of(layer)
        if atlas is not None:
            self.show_atlas(AtlasDisplay(self.viewer, atlas, layer))

    # ---- view ------------------------------------------------------------------------------

    def search(self, text: str) -> None:
        """Keep what matches a text, and its ancestors."""
        if self._search is None:
            return
        result = self._search.find(text)
        active = bool(text.strip())
        self.tree.apply_search(result, active)
        total = len(result.matches) - 1
        self.bar.show_found(result.count, total, active)
        self._best = result.best

    def _leave_search(self) -> None:
        if self._best:
            self.tree.reveal(self._best)
        self.tree.setFocus()

    def _focus_search(self) -> None:
        self.bar.search.setFocus()
        self.bar.search.selectAll()

    def _with_view(self, method: str) -> Any:
        def call(value: Any) -> None:
            if self.display is not None:
                getattr(self.display.view, method)(value)

        return call

    def set_side(self, side: int | None) -> None:
        """Show one side or both; the first time, sides are worked out in a worker."""
        display = self.display
        if display is None:
            return
        if side is None or not display.needs_sided:
            display.view.set_side(side)
            return
        from napari.qt.threading import create_worker

        def done(values: np.ndarray) -> None:
            if self.display is display:
                display.use_sided(values)
                display.view.set_side(side)

        worker = create_worker(display.make_sided, _start_thread=False)
        worker.returned.connect(done)
        worker.errored.connect(self.show_error)
        worker.start()

    def _set_outline(self, on: bool) -> None:
        if self.display is not None:
            self.display.set_outline(on)

    def _on_check(self, rank: int, shown: bool) -> None:
        if self.display is not None:
            self.display.view.set_shown([rank], shown)

    def jump_to(self, rank: int) -> None:
        """Move the slices through a region."""
        if self.display is not None and not self.display.jump_to(rank):
            from napari.utils.notifications import show_info

            show_info(f"{self.display.atlas.region_map.acronym(rank)} has no voxel in this atlas")

    # ---- hover -----------------------------------------------------------------------------

    def on_mouse_move(self, viewer: Any, event: Any) -> None:
        """Say what is under the cursor, whichever layer is active."""
        display = self.display
        if display is None:
            return
        point = display.point_at(event.position, event.view_direction, event.dims_displayed)
        self._point = point
        self.show_hover(display.describe_point(point))

    def show_hover(self, text: HoverText) -> None:
        """Put a hover text on the card."""
        rgb = self.display.color_of(text.rank) if self.display is not None and text.rank else None
        self.card.show_text(text, rgb)

    # ---- settling --------------------------------------------------------------------------

    def _on_chip(self, quantity: str) -> None:
        if quantity in ("resolution", "orientation", "unit", "hemispheres"):
            self.ask_settle()
        elif quantity == "kind":
            self.more.offer_as_image()
        elif self.display is not None:
            from napari.utils.notifications import show_info

            said = [a.statement for a in self.display.atlas.assumptions if a.quantity == quantity]
            show_info("; ".join(said))

    def ask_settle(self) -> None:
        """Ask how the atlas lies."""
        if self.display is None:
            return
        form = SettleForm(self.display.atlas, self)
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form.accepted.connect(lambda: self.settle(form.result_settled()))
        form.open()

    def settle(self, settled: Settled) -> None:
        """Show the atlas as the user said that it lies; filter and depth stay."""
        from ..atlases.open import declared_plane, settle

        if self.display is None:
            return
        old = self.display
        try:
            package = settle(old.atlas.package, settled.resolution, settled.orientation)
            if settled.midline and package.sides is None:
                package = declared_plane(package)
        except AtlasError as exc:
            self.show_error(exc)
            return
        state = old.view.state
        self._remove_layers(old.atlas)
        display = AtlasDisplay.open(self.viewer, Atlas(package))
        self.show_atlas(display)
        display.view.restore(state)

    # ---- drops, theme, help ----------------------------------------------------------------

    def dragEnterEvent(self, event: Any) -> None:  # noqa: N802
        """Accept files and folders."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: Any) -> None:  # noqa: N802
        """Open the first thing that was dropped."""
        paths = [Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.open_path(paths[0])

    def _on_theme(self, event: Any) -> None:
        self.colors = DockColors.of_theme(self.viewer.theme)
        self._apply_colors()

    def _apply_colors(self) -> None:
        colors = self.colors
        self.tree.set_colors(colors)
        self.card.set_colors(colors)
        self.chips.set_colors(colors)
        muted = f"color: {colors.muted.name()};"
        self.facts.setStyleSheet(muted)
        self.counts.setStyleSheet(muted)
        self.bar.found.setStyleSheet(muted)
        self.error.setStyleSheet(f"color: {colors.error.name()};")

    def help_text(self) -> str:
        """Keys of the dock."""
        return help_text(self._actions)


def _weak_callback(owner: AtlasDock, method: str) -> Any:
    """Make a mouse callback that does not keep its owner alive and removes itself after it.

    napari keeps mouse callbacks by strong reference and says nothing when a dock is closed.
    """
    reference = weakref.WeakMethod(getattr(owner, method))

    def callback(viewer: Any, event: Any) -> None:
        bound = reference()
        if bound is None:
            viewer.mouse_move_callbacks.remove(callback)
        else:
            bound(viewer, event)

    return callback


def _facts(atlas: Atlas) -> str:
    shape = " × ".join(str(n) for n in atlas.shape)
    size = sorted({f"{r:g}" for r in atlas.resolution})
    voxel = f"{' × '.join(size)} µm" if atlas.package.resolution_known else "voxel size unknown"
    parts = [
        shape,
        voxel,
        atlas.orientation or "orientation unknown",
    ]
    return " · ".join(parts)


def _counts(atlas: Atlas) -> str:
    n = len(atlas.region_map)
    with_voxels = int((atlas.labels.total_counts[1 : n + 1] > 0).sum())
    text = f"{grouped(with_voxels)} of {grouped(n)} regions have voxels"
    unknown = len(atlas.labels.unknown_ids)
    return text + (f" · {grouped(unknown)} ids not in the hierarchy" if unknown else "")


def _credit(atlas: Atlas) -> str:
    lines = [atlas.name, atlas.package.layout]
    if atlas.path is not None:
        lines.append(str(atlas.path))
    for key in ("citation", "atlas_link", "species", "license", "atlas_packager"):
        if atlas.metadata.get(key):
            lines.append(f"{key.replace('_', ' ')}: {atlas.metadata[key]}")
    return "\n".join(lines)
