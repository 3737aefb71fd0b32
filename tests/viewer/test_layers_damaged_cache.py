"""What the window shows of a cache that was damaged."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.viewer.display import is_annotation_layer, make_layers

from ..atlases.cache.damage import DAMAGES, VOXELS_OF_A, conversion, write_atlas


def voxels_shown_of_a(folder) -> int:
    atlas = open_atlas(folder)
    annotation = next(layer for layer in make_layers(atlas) if is_annotation_layer(layer))
    return int(np.count_nonzero(np.asarray(annotation.data) == atlas.region_map.rank("A")))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_it_shows_what_the_file_holds(tmp_path, monkeypatch, caplog, damage):
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    folder = write_atlas(tmp_path / "atlas")
    assert voxels_shown_of_a(folder) == VOXELS_OF_A
    damage(conversion(tmp_path / "cache"))
    assert voxels_shown_of_a(folder) == VOXELS_OF_A
    (note,) = caplog.messages
    assert "damaged" in note
