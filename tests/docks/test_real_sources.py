"""Every real atlas of the collection, opened in the window and asked under the mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel

from .looks import without_lines

pytestmark = [pytest.mark.window, pytest.mark.data, pytest.mark.slow]

SOURCES = {
    "voxelbrain_proj66_tiny": ["Regions"],
    "voxcell_conventions": ["Regions"],
    "brainglobe_packaged_allen_100um_v1/allen_mouse_100um_v1.2.tar.xz": ["Brain image", "Regions"],
    "allen_ccfv3_2017": ["Brain image", "Regions"],
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_real_source_opens_and_hover_names_what_its_file_holds(
    panel: AtlasPanel,
    viewer: Any,
    data_folder: Path,
    open_in: Callable[..., None],
    hover: Callable[..., None],
    source: str,
) -> None:
    open_in(panel, data_folder / source)
    assert [layer.name for layer in without_lines(viewer)] == SOURCES[source]
    atlas = panel.display.atlas
    file = atlas.package.datasets[atlas.package.annotation].path
    raw = stored_ids(file)
    assert raw.shape == atlas.shape
    rng = np.random.default_rng(2)
    inside = np.argwhere(raw != 0)
    viewer.scene.camera.zoom = 20 / abs(atlas.grid.steps[1])
    for voxel in inside[rng.choice(len(inside), 5)]:
        world = atlas.grid.to_world(voxel + 0.5)
        viewer.scene.camera.center = tuple(world)
        hover(world)
        numbers = " ".join(str(i) for i in voxel)
        assert panel.strip.place.text().endswith(f"voxel {numbers}")
        region = atlas.structures[int(raw[tuple(voxel)])]
        assert panel.strip.title.text() == region["acronym"]


def stored_ids(file: Path) -> np.ndarray:
    """Ids as the field's own libraries read them."""
    if file.suffix == ".tiff":
        import tifffile

        return tifffile.imread(file)
    import nrrd

    return nrrd.read(str(file))[0]
