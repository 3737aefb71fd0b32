"""Voxels of a density within a range and outside fibre tracts."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import VoxelData, open_atlas
from napari_atlas_explorer.analysis.spatial_search.search import spatial_search

from ...refusals import refused


def naive(density, tracts, low, high, half):
    """Voxels one by one: found, and numbers skipped as tract and as outside."""
    found, tract, outside = [], 0, 0
    for i, j, k in np.ndindex(density.shape):
        value = density.raw[i, j, k]
        if value == -1 or not low <= value <= high:
            continue
        index = []
        for axis, n in enumerate((i, j, k)):
            um = (n + half) * density.voxel_dimensions[axis] + density.offset[axis]
            index.append(np.floor((um - tracts.offset[axis]) / tracts.voxel_dimensions[axis]))
        if not all(0 <= a < n for a, n in zip(index, tracts.shape, strict=True)):
            outside += 1
        elif tracts.raw[tuple(int(a) for a in index)]:
            tract += 1
        else:
            found.append((i, j, k))
    return found, tract, outside


@pytest.fixture
def density():
    """13 × 8 × 11 voxels of 100 µm: one more on two axes than 12 × 8 × 10 of 25 µm hold."""
    raw = np.random.default_rng(2).uniform(-0.1, 0.5, (13, 8, 11)).astype(np.float32)
    raw[0, 0, :3] = -1, np.nan, np.float32(0.04)
    raw[1, 1, 1] = np.float32(0.3)
    return VoxelData(raw, (100.0, 100, 100))


@pytest.fixture
def tracts():
    raw = np.random.default_rng(4).random((48, 32, 40)) < 0.3
    raw[:8, :8, :8] = False
    return VoxelData(raw, (25.0, 25, 25))


@pytest.mark.parametrize("corner", [False, True])
def test_a_loop_over_all_voxels_finds_the_same(density, tracts, corner):
    result = spatial_search(density, tracts, corner=corner)
    found, tract, outside = naive(
        density, tracts, np.float32(0.04), np.float32(0.3), 0.0 if corner else 0.5
    )
    assert [tuple(v) for v in result.found.voxels.tolist()] == found
    assert (result.in_tract, result.outside) == (tract, outside)
    assert outside > 0
    assert result.in_range == len(found) + tract + outside
    assert result.searched == density.raw.size


def test_positions_are_centers_or_with_corner_the_examples_corners(density, tracts):
    for corner, half in ((False, 0.5), (True, 0.0)):
        found = spatial_search(density, tracts, corner=corner).found
        assert np.array_equal(found.positions, (found.voxels + half) * 100)
        assert np.array_equal(found.values, density.raw[tuple(found.voxels.T)])


def test_both_ends_of_the_range_belong_to_it_and_minus_one_is_no_data(density, tracts):
    result = spatial_search(density, tracts)
    found = {tuple(v) for v in result.found.voxels.tolist()}
    assert {(0, 0, 2), (1, 1, 1)} <= found
    assert result.no_data == 2  # -1 and NaN
    assert result.below == int((density.raw < np.float32(0.04)).sum()) - 1
    assert spatial_search(density, tracts, low=-2, high=0).no_data == 2
    assert spatial_search(density, tracts, no_data=None).no_data == 1


def test_nothing_wraps_at_the_low_end(tracts):
    # The first voxels of the density lie before the tracts' volume.
    density = VoxelData(np.full((4, 2, 2), 0.1), (100.0, 100, 100), (-200.0, 0, 0))
    everywhere = VoxelData(np.ones(tracts.shape, bool), (25.0, 25, 25))
    result = spatial_search(density, everywhere)
    assert (result.outside, result.in_tract, len(result.found)) == (8, 8, 0)


def test_injection_sites_are_over_the_threshold(density, tracts):
    raw = np.zeros((3, 2, 2), np.float32)
    raw[0, 0, 0], raw[1, 1, 1], raw[2, 0, 1], raw[0, 1, 1] = 0.5, 0.75, 1, -1
    injection = VoxelData(raw, (200.0, 100, 50), (10.0, 0, 0))
    result = spatial_search(density, tracts, injection=injection)
    assert result.injection.positions.tolist() == [[310, 150, 75], [510, 50, 75]]
    assert result.injection_no_data == 1
    low = spatial_search(density, tracts, injection=injection, injection_threshold=-5)
    assert len(low.injection) == 11  # -1 is no data at any threshold


def test_a_range_that_is_none_is_refused(density, tracts):
    with refused("0.3", "0.04"):
        spatial_search(density, tracts, low=0.3, high=0.04)
    with refused("nan"):
        spatial_search(density, tracts, low=float("nan"))
    with refused("density", "one value per voxel"):
        spatial_search(VoxelData(np.zeros((2, 2, 2, 3)), (1.0, 1, 1)), tracts)


@pytest.mark.data
@pytest.mark.parametrize("annotation", ["annotation_100.nrrd", "annotation_50.nrrd"])
def test_a_real_density_is_searched_as_a_loop_would(data_folder, annotation):
    file = "projection_density_100_experiment_112596790.nrrd"
    whole = VoxelData.load_nrrd(data_folder / "nifti_faa_detailed" / file)
    atlas = open_atlas(data_folder / "allen_ccfv3_2017" / annotation)
    tracts = atlas.get_structure_mask("fiber tracts")
    crop = (slice(40, 75), slice(20, 55), slice(60, 95))
    corner = [side.start * 100.0 for side in crop]
    density = VoxelData(whole.raw[crop], (100.0, 100, 100), corner)
    result = spatial_search(density, tracts)
    found, tract, outside = naive(density, tracts, np.float32(0.04), np.float32(0.3), 0.5)
    assert [tuple(v) for v in result.found.voxels.tolist()] == found
    assert (result.in_tract, result.outside) == (tract, outside)
    assert len(found) > 1000
    # The crop's voxels are those of the whole volume that lie in it.
    everything = spatial_search(whole, tracts)
    inside = (
        (everything.found.positions > corner)
        & (everything.found.positions < np.array(corner) + 3500)
    ).all(axis=1)
    assert np.array_equal(everything.found.positions[inside], result.found.positions)
