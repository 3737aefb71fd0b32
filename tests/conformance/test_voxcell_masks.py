"""voxcell reads the masks that are written for it."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.cli.main import main

from .peers import require
from .sources import scattered

require("voxcell")
pytestmark = pytest.mark.conformance


@pytest.mark.parametrize(
    "words", [["HPF"], ["HPF", "TH", "--hemisphere", "left"], ["HPF", "--grow", "120", "--fill"]]
)
def test_a_mask_is_voxcells_and_lies_where_the_atlas_does(voxcell, sample, tmp_path, words):
    path = tmp_path / "mask.nrrd"
    assert main(["mask", str(sample), *words, "-o", str(path)]) == 0
    theirs = voxcell.ROIMask.load_nrrd(str(path))
    atlas = open_atlas(sample)
    np.testing.assert_array_equal(theirs.bbox, atlas.grid.bbox)
    np.testing.assert_array_equal(theirs.voxel_dimensions, atlas.resolution)
    annotation = voxcell.VoxelData.load_nrrd(str(sample / "brain_regions.nrrd"))
    positions = scattered(*atlas.grid.bbox, n=20_000, seed=5, margin=0.0)
    inside = theirs.lookup(positions)
    assert inside.any()
    assert not inside.all()
    if "--grow" not in words:
        # Its own answer of which of the regions' ids, on which side, a position is in.
        regions = voxcell.RegionMap.load_json(str(sample / "hierarchy.json"))
        ids = set()
        for word in words[: 2 if len(words) > 1 else 1]:
            ids |= set(regions.find(word, "acronym", with_descendants=True))
        expected = np.isin(annotation.lookup(positions), sorted(ids))
        if "left" in words:
            sides = voxcell.VoxelData.load_nrrd(str(sample / "hemisphere.nrrd"))
            expected &= sides.lookup(positions) == 1
        np.testing.assert_array_equal(inside, expected)
