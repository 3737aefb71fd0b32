"""3D Slicer's segmentations and brainreg's output."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.layouts import brainreg
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.formats.nrrd.segmentation import Segment, write_seg_nrrd

from ... import packages
from ...refusals import refused

GRID = VoxelGrid.from_steps((6, 5, 4), (100, 200, 300), (10, 20, 30))


def layers() -> list[np.ndarray]:
    first, second = np.zeros(GRID.shape, np.uint8), np.zeros(GRID.shape, np.uint8)
    first[1:3], first[3:5] = 1, 2
    second[2:4] = 1
    return [first, second]


def test_segments_are_regions_with_their_colors(tmp_path):
    segments = [Segment("left <b>lung", 1, color=(1, 0, 0)), Segment("liver", 2, color=(0, 0.5, 0))]
    write_seg_nrrd(tmp_path / "s.seg.nrrd", layers()[:1], segments, GRID, "rai")
    atlas = open_atlas(tmp_path / "s.seg.nrrd")
    assert atlas.grid.matches(GRID)
    hit = atlas.at((160, 120, 180))
    assert (hit.id, hit.name, hit.index) == (1, "left <b>lung", (1, 0, 0))
    assert atlas.region_map.get_colormap()[2] == [0, 128, 0]
    assert atlas.assumptions == ()


def test_overlapping_layers_are_datasets_and_said(tmp_path):
    segments = [Segment("a", 1), Segment("b", 2), Segment("over", 1, layer=1)]
    write_seg_nrrd(tmp_path / "s.seg.nrrd", layers(), segments, GRID)
    atlas = open_atlas(tmp_path / "s.seg.nrrd")
    assert atlas.datasets == ["s", "layer 1"]
    np.testing.assert_array_equal(atlas.annotation, layers()[0])
    np.testing.assert_array_equal(atlas.load_data("layer 1").raw, layers()[1])
    assert "over" in atlas.assumptions[0].statement


def test_layers_that_share_no_voxel_are_joined(tmp_path):
    first, second = np.zeros(GRID.shape, np.uint8), np.zeros(GRID.shape, np.uint8)
    first[1:3], second[3:5], second[5:] = 1, 1, 9
    segments = [Segment("bone", 1, color=(1, 0, 0)), Segment("brain", 1, layer=1)]
    write_seg_nrrd(tmp_path / "s.seg.nrrd", [first, second], segments, GRID, "rai")
    atlas = open_atlas(tmp_path / "s.seg.nrrd")
    assert atlas.datasets == ["s"]
    assert [atlas.at_voxel((k, 2, 2)).name for k in (0, 1, 3)] == [None, "bone", "brain"]
    assert atlas.ranks.unknown_ids.size == 1  # the value 9 is that of no segment
    assert "which share no voxel, are joined" in atlas.assumptions[0].statement


def test_overlap_is_said_of_voxels_that_are_in_two_segments(tmp_path):
    segments = [Segment("a", 1), Segment("b", 2), Segment("over", 1, layer=1)]
    write_seg_nrrd(tmp_path / "s.seg.nrrd", layers(), segments, GRID)
    # Rows 2 (of a) and 3 (of b) are in the second layer too: 2 × 5 × 4 voxels.
    assert open_atlas(tmp_path / "s.seg.nrrd").assumptions[0].statement.startswith("40 voxels")


def test_two_segments_of_one_value_are_refused_with_the_files_name(tmp_path):
    segments = [Segment("a", 1), Segment("b", 1)]
    write_seg_nrrd(tmp_path / "s.seg.nrrd", layers()[:1], segments, GRID)
    with refused(tmp_path / "s.seg.nrrd", "twice", by=AtlasFileError):
        open_atlas(tmp_path / "s.seg.nrrd")


# ---- brainreg --------------------------------------------------------------------------------


@pytest.fixture
def output(tmp_path):
    folder = tmp_path / "brainreg output"
    folder.mkdir()
    ids = packages.label_ids((14, 9, 11))
    packages.write_tiff(folder / "registered_atlas.tiff", ids)
    sides = np.where(np.arange(11) < 5, 2, 1).astype(np.uint8) * np.ones_like(ids, np.uint8)
    packages.write_tiff(folder / "registered_hemispheres.tiff", sides)
    packages.write_tiff(folder / "boundaries.tiff", (ids > 0).astype(np.uint8))
    packages.write_tiff(folder / "downsampled.tiff", packages.image((14, 9, 11)))
    packages.write_tiff(folder / "downsampled_standard.tiff", packages.image(packages.SHAPE))
    (folder / "brainreg.json").write_text(json.dumps({"atlas": "made_up_100um"}))
    return folder


def test_a_registration_opens_in_the_samples_space(output, monkeypatch):
    monkeypatch.setattr(brainreg, "find_local", lambda name: None)
    atlas = open_atlas(output)
    assert atlas.package.layout == "brainreg output"
    assert atlas.shape == (14, 9, 11)
    assert atlas.resolution == (100, 100, 100)
    assert {a.quantity for a in atlas.assumptions} == {"resolution", "hierarchy"}
    assert atlas.orientation is None
    assert sorted(atlas.datasets) == [
        "boundaries",
        "downsampled",
        "registered_atlas",
        "registered_hemispheres",
    ]
    assert atlas.hemisphere_from_coords((5, 4, 2), as_string=True) == "right"
    assert atlas.region_map.get(315, "name") == "region 315"


def test_the_atlas_in_a_local_cache_names_the_regions(output, tmp_path, monkeypatch):
    package = packages.brainglobe_v2(tmp_path / "made_up_100um_v1.2")
    monkeypatch.setattr(brainreg, "find_local", lambda name: package)
    atlas = open_atlas(output / "registered_atlas.tiff")
    assert atlas.region_map.get(315, "acronym") == "Isocortex"
    assert [a.quantity for a in atlas.assumptions] == ["resolution"]


def test_settings_without_an_atlas_are_refused(output):
    (output / "brainreg.json").write_text("{}")
    with refused("brainreg.json", "atlas", by=AtlasFileError):
        open_atlas(output)
