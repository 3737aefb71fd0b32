"""The page for spatial search: a magicgui form, the counts, Save data.json."""

from __future__ import annotations

import pathlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import napari
import napari.layers
from magicgui.widgets import FunctionGui
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QVBoxLayout

from ...analysis.spatial_search.request import SearchAnswer, SearchRequest, save_search, search
from ...analysis.spatial_search.search import HIGH, INJECTION_THRESHOLD, LOW
from ...core.errors import ArgumentError, AtlasError
from ...viewer.display import AtlasDisplay
from ...viewer.followers import add_quietly
from ...viewer.spatial_search import describe_answer, search_layers, tract_region
from ...viewer.user_layers import volume_of
from ..common.page import Page
from ..common.widgets import ask_save_path, make_button, make_text, without_margins

if TYPE_CHECKING:
    from ..atlas.panel import AtlasPanel


NO_ATLAS = "Open an atlas on the page Regions first: it knows the fibre tracts."
ABOUT = (
    "Find the voxels where a projection density (the share of labeled axons, 0 to 1 in Allen's "
    "volumes) is in a range and outside fibre tracts, and those of the injection site. The "
    "positions are saved in µm."
)
DECIMALS = 4
VOLUMES = "Volumes (*.nrrd *.nhdr *.mhd *.mha *.nii *.nii.gz *.tif *.tiff *.zip);;All files (*)"
OPTIONS: dict[str, Any] = {
    "density": {"label": "Density in layer", "tooltip": "An Image layer with its place in µm"},
    "density_file": {"label": "or in file", "filter": VOLUMES, "tooltip": "NRRD, MetaImage, …"},
    "low": {"label": "Density from", "min": -1e9, "max": 1e9, "step": 0.01, "tooltip": "included"},
    "high": {"label": "to", "min": -1e9, "max": 1e9, "step": 0.01, "tooltip": "included"},
    "tracts": {
        "label": "Fibre tracts",
        "tooltip": "Region that is skipped, with all below it: its acronym, name or id",
    },
    "injection_file": {
        "label": "Injection file",
        "filter": VOLUMES,
        "tooltip": "Volume of the injection's fraction; empty for none",
    },
    "injection_threshold": {
        "label": "Injection above",
        "min": -1e9,
        "max": 1e9,
        "step": 0.1,
        "tooltip": "Voxels above this are the injection site; one at the threshold is not",
    },
    "corner": {
        "label": "Corners of voxels",
        "text": "",
        "tooltip": "Positions are the lower corners of voxels, as the Allen example has them, "
        "instead of their centers",
    },
}


class SpatialSearchPage(Page):
    """Form for the spatial search in the open atlas."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.form: FunctionGui[None] = FunctionGui(
            self._ask, call_button="Search", param_options=OPTIONS, name="search"
        )
        for field in ("low", "high", "injection_threshold"):
            self.form[field].native.setDecimals(DECIMALS)
        self.answer: SearchAnswer | None = None
        self.counts = make_text()
        self.counts.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.counts.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.save = make_button(
            "Save data.json…", "Voxels found, injection site, and search settings"
        )
        self.save.clicked.connect(self.ask_save)
        layout = without_margins(QVBoxLayout(self))
        self.empty = make_text(NO_ATLAS)
        about = make_text()
        about.setText(ABOUT)
        for widget in (about, self.empty, self.form.native, self.counts, self.save):
            layout.addWidget(widget)
        layout.addStretch(1)
        for change in ("inserted", "removed", "reordered"):
            getattr(self.viewer.layers.events, change).connect(self.reset_choices)
        self.follow_atlas()

    def reset_choices(self, event: Any = None) -> None:
        """Offer the layers of the viewer."""
        self.form.reset_choices()

    # ---- Following -------------------------------------------------------------------------

    def _take(self, display: AtlasDisplay | None) -> None:
        self.empty.setVisible(display is None)
        self.form["tracts"].value = tract_region(display.atlas) if display is not None else ""
        self.form["call_button"].enabled = display is not None

    def _forget(self) -> None:
        self.answer = None
        self.counts.setVisible(False)
        self.save.setVisible(False)

    # ---- Searching -------------------------------------------------------------------------

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
            self.tell(NO_ATLAS)
            return
        self.tell("")
        self._forget()
        try:
            if (density is None) == (density_file is None):
                problem = "no density" if density is None else "both a layer and a file"
                raise ArgumentError(f"{problem}; expected a layer or a file of the density")
            volume = volume_of(density, display.atlas) if density is not None else density_file
            assert volume is not None
            name = density.name if density is not None else Path(str(density_file)).stem
            if not display.atlas.package.resolution_known:
                raise ArgumentError(
                    f"the voxel size of {display.atlas.name} is not known, and the search is in "
                    f"µm; state it with ⋯ › Orientation and voxel size…"
                )
            request = SearchRequest(
                volume,
                name,
                [tracts.strip()],
                low,
                high,
                injection_file,
                injection_threshold,
                corner,
            )
        except AtlasError as exc:
            self.tell(str(exc))
            return
        atlas = display.atlas
        self.background.start("Searching", lambda _: search(request, atlas), self._on_answer)

    def _on_answer(self, answer: SearchAnswer) -> None:
        display = self.display
        if display is None or display.atlas is not answer.atlas:
            return
        for layer in search_layers(display, answer):
            for old in [la for la in self.viewer.layers if la.name == layer.name]:
                self.viewer.layers.remove(old)
            add_quietly(self.viewer, layer)
        self.answer = answer
        self.counts.setText(describe_answer(answer))
        self.counts.setVisible(True)
        self.save.setVisible(True)

    def ask_save(self) -> None:
        """Ask for a name and save the result."""
        kinds = "JSON (*.json);;All files (*)"
        chosen = ask_save_path(self, "Save the voxels found", "data.json", kinds)
        if chosen is not None:
            self.save_json(*chosen)

    def save_json(self, path: Path, force: bool = False) -> None:
        """Save the result; replace an existing file only with ``force``."""
        if self.answer is None:
            return
        try:
            save_search(path, self.answer, force)
        except (AtlasError, OSError) as exc:
            self.tell(str(exc))
