"""BrainGlobe's 1000 published answers, by moving a mouse over the atlas."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel

pytestmark = [pytest.mark.window, pytest.mark.data, pytest.mark.slow]


def test_hover_agrees_with_brainglobe_at_1000_of_1000_points(
    panel: AtlasPanel,
    viewer: Any,
    data_folder: Path,
    open_in: Callable[..., None],
    hover: Callable[..., None],
) -> None:
    open_in(panel, data_folder / "allen_ccfv3_2017" / "annotation_50.nrrd")
    folder = data_folder / "lookup_oracle_brainglobe"
    points = np.load(folder / "test_track.npy")
    with (folder / "test_track.csv").open(newline="") as stream:
        acronyms = [row["Region acronym"] for row in csv.DictReader(stream)]
    # The mouse meets whole pixels: it is sent to the middle of the voxel that holds the point,
    # found here by plain arithmetic.
    centers = (np.floor(points / 50) + 0.5) * 50
    viewer.scene.camera.zoom = 0.4  # a voxel measures 20 pixels
    agreed = 0
    # Many points share a voxel; each voxel is hovered once, in the order of the track.
    named: dict[tuple[float, ...], str] = {}
    for center, acronym in zip(centers, acronyms, strict=True):
        key = tuple(center.tolist())
        if key not in named:
            viewer.scene.camera.center = key
            hover(key)
            named[key] = panel.strip.title.text()
        agreed += named[key] == acronym
    assert agreed == 1000
    assert len(named) > 50
