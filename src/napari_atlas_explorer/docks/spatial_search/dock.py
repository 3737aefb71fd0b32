"""The dock of the spatial search: a form of magicgui, the counts in words, Save data.json."""

from __future__ import annotations

import pathlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
import napari.layers
from magicgui.widgets import FunctionGui
from qtpy.QtCore import QEvent, QObject, Qt, QTimer
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from ...analysis.spatial_search.search import HIGH, INJECTION_THRESHOLD, LOW
from ...core.errors import ArgumentError, AtlasError
from ...viewer.display import AtlasDisplay
from ...viewer.findings import add_quietly
from ...viewer.spatial_search import (
    SearchAnswer,
    SearchRequest,
    said,
    save_search,
    search,
    search_layers,
    tract_region,
)
from ...viewer.user_layers import volume_of
from ..common.background import Background
from ..common.dock import tab_beside
from ..common.pages import atlas_dock
from ..common.theme import DockColors

if TYPE_CHECKING:
    from ..atlas.dock import AtlasDock

NO_ATLAS = "Open an atlas in the Atlas Explorer dock: it knows the fibre tracts."
ABOUT = (
    "Find the voxels of a projection density that lie in a range and in no fibre tract, and the "
    "injection site, in µm"
)
DECIMALS = 4
VOLUMES = "Volumes (*.nrrd *.nhdr *.mhd *.mha *.nii *.nii.gz *.tif *.tiff *.zip);;All files (*)"
OPTIONS: dict[str, Any] = {
    "density": {"label": "Density layer", "tooltip": "An Image layer with its place in µm"},
    "density_file": {"label": "or file", "filter": VOLUMES, "tooltip": "NRRD, MetaImage, …"},
    "low": {"label": "From", "min": -1e9, "max": 1e9, "step": 0.01, "tooltip": "included"},
    "high": {"label": "to", "min": -1e9, "max": 1e9, "step": 0.01, "tooltip": "included"},
    "tracts": {
        "label": "Fibre tracts", "tooltip": "Region that is skipped, with all below it: its "
        "acronym, name or id",
    },
    "injection_file": {
        "label": "Injection file", "filter": VOLUMES,
        "tooltip": "Volume of the injection's fraction; empty for none",
    },
    "injection_threshold": {
        "label": "Injection above", "min": -1e9, "max": 1e9, "step": 0.1,
        "tooltip": "Voxels above this are the injection site; one at the threshold is not",
    },
    "corner": {
        "label": "Voxel corners", "text": "",
        "tooltip": "Lower corners of voxels, as the Allen example has them, instead of centres",
    },
}  # fmt: skip


class SpatialSearchGui(FunctionGui[None]):
    """Form of the spatial search in the open atlas.

    Parameters
    ----------
    napari_viewer
        The viewer; napari fills the parameter of this name in. The atlas is that of its atlas
        dock, which is opened if there is none.
    """

    def __init__(self, napari_viewer: napari.Viewer) -> None:
        super().__init__(self._ask, call_button="Search", param_options=OPTIONS, name="search")
        self.viewer = napari_viewer
        self.answer: SearchAnswer | None = None
        self._dock: AtlasDock | None = None
        window: QWidget = self.native
        for field in ("low", "high", "injection_threshold"):
            self[field].native.setDecimals(DECIMALS)
        self["call_button"].tooltip = ABOUT
        self._add_below(window)
        self._closing = _Placing(window, self._place, self.leave)
        self.background = Background(window)
        self.background.step.connect(self._on_step)
        self.background.failed.connect(self._on_failed)
        self.cancel.clicked.connect(self.background.stop)
        self.save.clicked.connect(self.ask_save)
        napari_viewer.events.theme.connect(self._on_theme)
        self._on_theme()
        dock = atlas_dock(napari_viewer)
        self._size = dock.window().size()
        self.follow(dock)

    def _place(self) -> None:
        tab_beside(self.native, self._dock, self._size)

    def _add_below(self, window: QWidget) -> None:
        self.error, self.counts = QLabel(""), QLabel("")
        for label in (self.error, self.counts):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.counts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.busy_label = QLabel("")
        self.cancel, self.save = QPushButton("Cancel"), QPushButton("Save data.json…")
        self.save.setToolTip("Voxels found, injection site, and how they were found")
        self.busy = QWidget()
        row = QHBoxLayout(self.busy)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.busy_label, 1)
        row.addWidget(self.cancel)
        layout: Any = window.layout()
        for widget in (self.busy, self.error, self.counts, self.save):
            layout.addWidget(widget)
            widget.setVisible(False)
        layout.addStretch(1)

    # ---- following -------------------------------------------------------------------------

    @property
    def display(self) -> AtlasDisplay | None:
        """The atlas that is shown."""
        return self._dock.display if self._dock is not None else None

    def follow(self, dock: AtlasDock) -> None:
        """Search in the atlas of an atlas dock; of another one, if that was opened anew."""
        if dock is not self._dock:
            self.leave()
            self._dock = dock
            dock.session.shown.connect(self._on_shown)
            dock.session.forgotten.connect(self._on_shown)
            self._on_shown()

    def leave(self) -> None:
        """Stop, and let go of the atlas; the layers stay."""
        if self._dock is not None:
            self._dock.session.shown.disconnect(self._on_shown)
            self._dock.session.forgotten.disconnect(self._on_shown)
        self._dock = None
        self.background.stop()

    def _on_shown(self, *_: Any) -> None:
        self.background.stop()
        display = self.display
        self._forget()
        self._tell(NO_ATLAS if display is None else "")
        self["tracts"].value = tract_region(display.atlas) if display is not None else ""
        self["call_button"].enabled = display is not None

    def _forget(self) -> None:
        self.answer = None
        self.counts.setVisible(False)
        self.save.setVisible(False)

    # ---- searching -------------------------------------------------------------------------

    def _ask(
        self,
        density: napari.layers.Image | None = None,
        density_file: pathlib.Path | None = None,
        low: float = LOW,
        high: float = HIGH,
        tracts: str = "",
        injection_file: pathlib.Path | None = None,
        injection_threshold: float = INJECTION_THRESHOLD,
        corner: bool = False,
    ) -> None:
        display = self.display
        if display is None:
            self._tell(NO_ATLAS)
            return
        self._tell("")
        self._forget()
        try:
            if (density is None) == (density_file is None):
                given = "no density" if density is None else "both a layer and a file"
                raise ArgumentError(f"{given}; expected a layer or a file of the density")
            volume = volume_of(density, display.atlas) if density is not None else density_file
            assert volume is not None
            name = density.name if density is not None else Path(str(density_file)).stem
            request = SearchRequest(
                volume, name, low, high, tracts, injection_file, injection_threshold, corner
            )
        except AtlasError as exc:
            self._tell(str(exc))
            return
        atlas = display.atlas
        self.background.start("Searching", lambda _: search(atlas, request), self._on_answer)

    def _on_answer(self, answer: SearchAnswer) -> None:
        display = self.display
        if display is None or display.atlas is not answer.atlas:
            return
        for layer in search_layers(display, answer):
            for old in [la for la in self.viewer.layers if la.name == layer.name]:
                self.viewer.layers.remove(old)
            add_quietly(self.viewer, layer)
        self.answer = answer
        self.counts.setText(said(answer))
        self.counts.setVisible(True)
        self.save.setVisible(True)

    def ask_save(self) -> None:
        """Ask for a name and save what was found."""
        # The dialog asks before it lets an existing file be chosen.
        chosen, _ = QFileDialog.getSaveFileName(
            self.native, "Save the voxels found", "data.json", "JSON (*.json);;All files (*)"
        )
        if chosen:
            path = Path(chosen)
            self.save_json(path if path.suffix else path.with_suffix(".json"), bool(path.suffix))

    def save_json(self, path: Path, force: bool = False) -> None:
        """Save what was found; replace a file with ``force`` alone."""
        if self.answer is None:
            return
        try:
            save_search(path, self.answer, force)
        except (AtlasError, OSError) as exc:
            self._tell(str(exc))

    # ---- saying ----------------------------------------------------------------------------

    def _on_step(self, text: str) -> None:
        self.busy_label.setText(text)
        self.busy.setVisible(bool(text))

    def _on_failed(self, exc: BaseException) -> None:
        expected = isinstance(exc, AtlasError | OSError)
        self._tell(str(exc) if expected else f"unexpected error ({type(exc).__name__}): {exc}")

    def _tell(self, text: str) -> None:
        self.error.setText(text)
        self.error.setVisible(bool(text))

    def _on_theme(self, event: Any = None) -> None:
        colors = DockColors.of_theme(self.viewer.theme)
        self.error.setStyleSheet(f"color: {colors.error.name()};")


class _Placing(QObject):
    """Calls functions when a widget is first shown, and when napari takes it out of its dock.

    It does the latter on closing.
    """

    def __init__(self, widget: QWidget, place: Any, leave: Any) -> None:
        super().__init__(widget)
        self._place, self._leave, self._placed = place, leave, False
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802
        if isinstance(watched, QWidget) and event is not None:
            if event.type() == QEvent.Type.Show and not self._placed:
                self._placed = True
                QTimer.singleShot(0, self._place)
            taken_out = event.type() == QEvent.Type.ParentChange and watched.parent() is None
            if taken_out and self._placed:
                self._leave()
        return False
