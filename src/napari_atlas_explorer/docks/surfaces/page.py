"""The page for region surfaces in 3-D."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSignalBlocker, Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSlider,
    QSpinBox,
)

from ...analysis.surfaces.mesh_folder import read_placed_mesh
from ...analysis.surfaces.source import PlacedSurface, region_surface
from ...core.atlas.atlas import Atlas
from ...core.errors import AtlasError
from ...viewer.display import AtlasDisplay, atlas_of
from ...viewer.surfaces import SurfaceKey, SurfaceScene
from ..common.background import Progress
from ..common.page import Page
from ..common.theme import swatch
from ..common.widgets import (
    fill_column,
    make_button,
    make_choice,
    make_flow,
    make_hint,
    make_text,
    without_margins,
)
from .files import SurfaceFiles

if TYPE_CHECKING:
    from ..atlas.panel import AtlasPanel


PERCENT = 100
FARTHEST = 300
"""Percent by which exploded surfaces move away."""


def _make_slider(most: int, value: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, most)
    slider.setValue(value)
    return slider


# ---- The surfaces page ---------------------------------------------------------------------------

NO_ATLAS = "Open an atlas in the Atlas Explorer page to see its regions as surfaces."
NOTHING_YET = "Select regions in the tree or on the canvas, then add their surfaces."
NOTHING_SELECTED = "No region is selected: choose some in the tree or on the canvas"
ROOT = SurfaceKey(1)
MOST_AT_ONCE = 60
"""Maximum surfaces per click: each is a layer."""

KEY_ROLE = Qt.ItemDataRole.UserRole


class SurfacesPage(Page):
    """Page for the surfaces of the open atlas's regions."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.scene: SurfaceScene | None = None
        self.waiting: dict[SurfaceKey, Path] = {}
        """Meshes of the listed folder; ticked ones are read."""
        self._hidden: list[tuple[Any, bool, int]] = []
        self._kept: tuple[Atlas | None, dict[SurfaceKey, PlacedSurface]] = None, {}
        """Surfaces of the atlas that was closed last; they come back with it."""
        self._build()
        self.files = SurfaceFiles(self)
        self._connect()
        self._apply_colors()
        self.follow_atlas()

    def _build(self) -> None:
        self.add = make_button(
            "Add what is selected",
            "Surfaces of the regions that are selected in tree or canvas (D)",
        )
        hemispheres = ("both sides", 0), ("left", 1), ("right", 2)
        self.hemisphere = make_choice("", hemispheres)
        sources = ("package's meshes", "package"), ("made of the labels", "labels")
        tip = "Package meshes are aligned with the labels; the offset is reported"
        self.source = make_choice("", sources, tip)
        self.folder = make_button(
            "From a folder…", "List the meshes of a folder, named by region id, to be ticked"
        )
        adding = make_flow(self.add, self.hemisphere, self.source, self.folder)
        self.list = QListWidget()
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setAccessibleName("Surfaces")
        self.list.setUniformItemSizes(True)
        self.empty = make_hint()
        self.note = make_text()
        self.isolate = make_button(
            "Only these", "Show the selected surfaces and hide the others (I)"
        )
        self.remove = make_button("Remove", "Remove the selected surfaces (Delete)")
        self.save = make_button(
            "Save…", "Write the selected surfaces, or all that are shown: OBJ, STL or PLY"
        )
        self.glass = QCheckBox("Glass brain")
        self.glass.setToolTip("Show the whole brain as glass around the surfaces")
        self.in_3d = QCheckBox("3-D")
        self.in_3d.setToolTip("Turn the canvas to 3-D")
        shown = make_flow(self.isolate, self.remove, self.save, self.glass, self.in_3d)
        self.opacity = _make_slider(PERCENT, PERCENT)
        self.explode = _make_slider(FARTHEST, 0)
        self.level = QSpinBox()
        self.level.setRange(0, 30)
        self.level.setValue(2)
        self.level.setToolTip("Regions with the same ancestor at this level stay together")
        self.clip = QCheckBox("Cut at the section")
        self.clip.setToolTip("Show only one side of the last viewed section")
        apart = QHBoxLayout()
        apart.addWidget(self.explode, 1)
        apart.addWidget(QLabel("level"))
        apart.addWidget(self.level)
        form = without_margins(QFormLayout())
        form.addRow("Opacity", self.opacity)
        form.addRow("Explode", apart)
        form.addRow(self.clip)
        fill_column(
            self,
            adding,
            self.list,
            self.empty,
            self.note,
            shown,
            form,
            stretched=(self.list, self.empty),
        )

    def _connect(self) -> None:
        self.add.clicked.connect(self.add_selected)
        self.folder.clicked.connect(self.files.ask_folder)
        self.isolate.clicked.connect(self._isolate)
        self.remove.clicked.connect(self._remove)
        self.save.clicked.connect(self.files.ask_save)
        self.in_3d.toggled.connect(self._on_3d)
        self.glass.toggled.connect(self._on_glass)
        self.opacity.valueChanged.connect(lambda v: self._run(lambda s: s.set_opacity(v / PERCENT)))
        self.explode.valueChanged.connect(self._on_explode)
        self.level.valueChanged.connect(self._on_explode)
        self.clip.toggled.connect(lambda on: self._run(lambda s: s.set_clipped(on)))
        self.list.itemChanged.connect(self._on_tick)
        self.list.currentItemChanged.connect(self._on_current)
        self.viewer.dims.events.ndisplay.connect(self._on_ndisplay)

    # ---- Following -------------------------------------------------------------------------

    def _forget(self) -> None:
        if self.scene is not None:
            placed = {key: self.scene.placed_of(key) for key in self.scene.keys}
            self._kept = self.scene.atlas, {k: p for k, p in placed.items() if p is not None}
            self.scene.close()
        if self.display is not None:
            self.display.surfaces = None
        self.scene, self.waiting = None, {}

    def _take(self, display: AtlasDisplay | None) -> None:
        if display is not None:
            self.scene = SurfaceScene(display)
            self.scene.changed.connect(self.refill)
            display.colors_changed.connect(self.refill)
            has_meshes = bool(display.atlas.package.mesh_files)
            self.source.setCurrentIndex(0 if has_meshes else 1)
            self.source.setEnabled(has_meshes)
            self.hemisphere.setEnabled(display.atlas.hemisphere_rule is not None)
            display.surfaces = self.scene
            atlas, kept = self._kept
            self._kept = None, {}
            if atlas is display.atlas:
                for key, surface in kept.items():
                    self.scene.add(key, surface)
        for widget in (self.add, self.folder, self.glass):
            widget.setEnabled(display is not None)
        with QSignalBlocker(self.glass):
            self.glass.setChecked(False)
        self.refill()

    def _run(self, run: Callable[[SurfaceScene], object]) -> None:
        if self.scene is not None:
            run(self.scene)

    # ---- Adding ----------------------------------------------------------------------------

    def add_selected(self, *_: Any) -> None:
        """Add the surfaces of the selected regions."""
        display = self.display
        if display is None:
            return
        parts = display.view.selection.parts()
        hemisphere = int(self.hemisphere.currentData())
        keys = list(dict.fromkeys(SurfaceKey(part[0], hemisphere) for part in parts))
        if not keys:
            self.tell(NOTHING_SELECTED)
            return
        if len(keys) > MOST_AT_ONCE:
            self.tell(f"{len(keys)} regions are selected; at most {MOST_AT_ONCE} at once")
            return
        self.add_surfaces(keys)

    def add_surfaces(
        self,
        keys: Sequence[SurfaceKey],
        turn: bool = True,
        then: Callable[[], object] | None = None,
    ) -> None:
        """Read or make surfaces in a worker, and show them; then call a function.

        With ``turn`` the canvas turns to 3-D, where alone surfaces are drawn.
        """
        display = self.display
        if display is None:
            return
        self.tell("")
        atlas, prefer = display.atlas, self.source.currentData()
        files = {shown: self.waiting[shown] for shown in keys if shown in self.waiting}

        def work(report: Progress) -> list[tuple[SurfaceKey, PlacedSurface | str]]:
            made: list[tuple[SurfaceKey, PlacedSurface | str]] = []
            for n, key in enumerate(keys):
                report(n / len(keys))
                try:
                    if key in files:
                        placed = read_placed_mesh(atlas, files[key])
                    else:
                        placed = region_surface(atlas, key.rank, key.hemisphere or None, prefer)
                    made.append((key, placed))
                except AtlasError as exc:
                    made.append((key, str(exc)))
            return made

        def done(made: list[tuple[SurfaceKey, PlacedSurface | str]]) -> None:
            self._on_made(made, turn)
            if then is not None:
                then()

        self.background.start("Making surfaces", work, done)

    def _on_made(self, made: list[tuple[SurfaceKey, PlacedSurface | str]], turn: bool) -> None:
        scene = self.scene
        if scene is None:
            return
        problems = []
        for key, placed in made:
            if isinstance(placed, str):
                problems.append(placed)
            else:
                scene.add(key, placed)
        self._on_explode()
        scene.set_opacity(self.opacity.value() / PERCENT)
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            self.tell(problems[0] + more)
        elif turn and not self.in_3d.isChecked():
            self.in_3d.setChecked(True)
        self.refill()

    def _on_glass(self, on: bool) -> None:
        scene = self.scene
        if scene is None:
            return
        if on:
            self.add_surfaces([ROOT], then=lambda: scene.set_glass(ROOT))
        else:
            scene.set_glass(None)

    # ---- List ------------------------------------------------------------------------------

    def refill(self, *_: Any) -> None:
        """Refresh the list."""
        scene, display = self.scene, self.display
        chosen = set(self.selected_surfaces())
        self.list.blockSignals(True)
        self.list.clear()
        rows = list(scene.keys) if scene is not None else []
        waiting = [s for s in self.waiting if s not in rows]
        if scene is not None and display is not None:
            for key in [*rows, *waiting]:
                item = QListWidgetItem(scene.name_of(key))
                item.setData(KEY_ROLE, key)
                item.setIcon(swatch(display.color_of(key.rank), self.colors.muted))
                on = scene.is_ticked(key)
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
                self.list.addItem(item)
                item.setSelected(key in chosen)
        self.list.blockSignals(False)
        self.list.setVisible(bool(rows or waiting))
        self.empty.setVisible(not (rows or waiting))
        self.empty.setText(NO_ATLAS if display is None else NOTHING_YET)
        for widget in (self.isolate, self.remove, self.save):
            widget.setEnabled(bool(rows))
        self._on_current()

    def selected_surfaces(self) -> list[SurfaceKey]:
        """Return the surfaces of the selected lines."""
        return [item.data(KEY_ROLE) for item in self.list.selectedItems()]

    def _on_tick(self, item: QListWidgetItem) -> None:
        key: SurfaceKey = item.data(KEY_ROLE)
        on = item.checkState() == Qt.CheckState.Checked
        scene = self.scene
        if scene is None:
            return
        if scene.layer_of(key) is None:
            if on:
                self.add_surfaces([key])
        else:
            scene.set_visible(key, on)

    def _on_current(self, *_: Any) -> None:
        item, scene = self.list.currentItem(), self.scene
        placed = scene.placed_of(item.data(KEY_ROLE)) if item is not None and scene else None
        self.note.setText(placed.note if placed is not None else "")
        self.note.setVisible(placed is not None)

    def _isolate(self) -> None:
        chosen = self.selected_surfaces()
        if chosen:
            self._run(lambda s: s.isolate(chosen))

    def _remove(self) -> None:
        chosen = self.selected_surfaces()
        self._run(lambda s: s.remove(chosen))

    def keyPressEvent(self, event: Any) -> None:  # noqa: N802
        """Handle keys: Delete removes the selected surfaces, I shows them alone."""
        if event.key() == Qt.Key.Key_Delete:
            self._remove()
        elif event.key() == Qt.Key.Key_I:
            self._isolate()
        else:
            super().keyPressEvent(event)

    # ---- View ------------------------------------------------------------------------------

    def _on_3d(self, on: bool) -> None:
        if on:
            self._hide_volumes()
        self.viewer.dims.ndisplay = 3 if on else 2
        if on:
            self.viewer.reset_view()

    def _hide_volumes(self) -> None:
        """Hide the atlas's volumes, which would hide the surfaces, until the view is 2-D again.

        Outlines go first: napari warns that it draws none in 3-D.
        """
        display = self.display
        if display is None or self._hidden:
            return
        from napari.layers import Image, Labels

        for layer in self.viewer.layers:
            is_volume = isinstance(layer, Image | Labels)
            if not is_volume or atlas_of(layer) is not display.atlas:
                continue  # lines, points and directions stay visible among the surfaces
            contour = getattr(layer, "contour", 0)
            self._hidden.append((layer, layer.visible, contour))
            if contour:
                layer.contour = 0
            layer.visible = False

    def _on_ndisplay(self, *_: Any) -> None:
        flat = self.viewer.dims.ndisplay == 2
        self.in_3d.blockSignals(True)
        self.in_3d.setChecked(not flat)
        self.in_3d.blockSignals(False)
        if flat:
            hidden, self._hidden = self._hidden, []
            for layer, visible, contour in hidden:
                if layer in self.viewer.layers:
                    layer.visible = visible
                    if contour:
                        layer.contour = contour

    def _on_explode(self, *_: Any) -> None:
        amount = self.explode.value() / FARTHEST * (FARTHEST / PERCENT)
        self._run(lambda s: s.explode(amount, self.level.value()))

    # ---- Qt --------------------------------------------------------------------------------

    def _apply_colors(self) -> None:
        self._mute(self.empty, self.note)
        self.refill()
