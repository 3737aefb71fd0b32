"""Statistics of an image over regions, against loops over every voxel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap, VoxelData
from napari_atlas_explorer.analysis.values.images import ValueStatistics, region_values
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.core.space.hemispheres import HemispherePlane

STEPS = (10.0, 20.0, 30.0)


@pytest.fixture
def random_atlas(small_map: RegionMap) -> Atlas:
    """Random ids, one of them unknown to the hierarchy; sides 0, 1 and 2 at random."""
    rng = np.random.default_rng(5)
    ids = rng.choice([0, 1, 2, 3, 4, 6, 70000, 999], size=(19, 8, 9)).astype(np.uint32)
    sides = rng.integers(0, 3, ids.shape).astype(np.uint8)
    return Atlas.from_arrays(ids, small_map, STEPS, hemispheres=sides)


def expected_of(values: np.ndarray) -> list[float]:
    numbers = values[~np.isnan(values)].astype(np.float64)
    if not len(numbers):
        return [0, 0, *[np.nan] * 4]
    with np.errstate(invalid="ignore"):
        total, mean = numbers.sum(), numbers.mean()
    return [len(numbers), total, mean, np.median(numbers), numbers.min(), numbers.max()]


def found_in(found: ValueStatistics, row: int, rank: int) -> list[float]:
    assert found.median is not None
    arrays = (found.count, found.sum, found.mean, found.median, found.min, found.max)
    return [float(a[row, rank]) for a in arrays]


def check(atlas: Atlas, volume: VoxelData, seen: np.ndarray, sided: bool) -> None:
    """Compare with a loop over regions; ``seen`` is the value at each center, NaN for none."""
    sides = atlas.hemisphere_rule if sided else None
    found = region_values(atlas.ranks, volume, sides)
    ids = np.asarray(atlas.annotation)
    side_of = np.asarray(atlas.hemispheres) if sided else np.zeros(ids.shape)
    assert found.hemispheres == (("neither", "left", "right") if sided else ("both",))
    for rank in range(1, atlas.ranks.n_ranks):
        region_id = int(atlas.ranks.ids[rank])
        below = (
            atlas.region_map.descendant_ids([region_id])[0]
            if region_id in list(atlas.region_map)
            else [region_id]
        )
        for row in range(len(found.hemispheres)):
            own = (ids == region_id) & (side_of == row)
            whole = np.isin(ids, below) & (side_of == row)
            for mask, got in ((own, found.direct), (whole, found.total)):
                assert found_in(got, row, rank) == pytest.approx(
                    expected_of(seen[mask]), nan_ok=True, rel=1e-12
                )
                without = int(got.outside[row, rank] + got.missing[row, rank])
                assert without == int(np.isnan(seen[mask]).sum())


@pytest.mark.parametrize("sided", [False, True])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "i4", "u8", "f4", "f8", ">u2", "?"])
def test_every_statistic_agrees_with_a_loop(random_atlas, dtype, sided):
    rng = np.random.default_rng(1)
    low = -900 if np.dtype(dtype).kind in "if" else 0
    high = {"u1": 255, "?": 2}.get(dtype, 900)
    raw = rng.integers(low, high, random_atlas.shape).astype(dtype)
    check(random_atlas, VoxelData(raw, STEPS), raw.astype(np.float64), sided)


@pytest.mark.parametrize("sided", [False, True])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_nan_is_not_counted_and_infinite_values_are_values(random_atlas, dtype, sided):
    rng = np.random.default_rng(2)
    raw = rng.normal(size=random_atlas.shape).astype(dtype)
    raw[rng.random(raw.shape) < 0.2] = np.nan
    raw[3, 4, 5] = np.inf
    raw[np.asarray(random_atlas.annotation) == 6] = np.nan  # a region of nothing else
    check(random_atlas, VoxelData(raw, STEPS), raw.astype(np.float64), sided)
    found = region_values(random_atlas.ranks, VoxelData(raw, STEPS))
    assert found.direct.missing.sum() == np.isnan(raw).sum()
    assert found.direct.outside.sum() == 0


@pytest.mark.parametrize("sided", [False, True])
@pytest.mark.parametrize(
    ("shape", "steps", "corner"),
    [
        ((19, 8, 9), STEPS, (3.0, 0.0, 0.0)),
        ((10, 4, 5), (20.0, 40.0, 60.0), (0.0, 0.0, 0.0)),
        ((60, 60, 60), (4.0, 4.0, 4.0), (-7.0, 11.0, 3.5)),
        ((30, 30, 30), (-7.0, 7.0, -11.0), (150.0, -20.0, 290.0)),
        ((4, 4, 4), (5.0, 5.0, 5.0), (900.0, 900.0, 900.0)),
    ],
)
def test_other_grids_are_asked_at_the_voxel_centers(random_atlas, shape, steps, corner, sided):
    raw = np.random.default_rng(3).integers(0, 60000, shape).astype(np.uint16)
    volume = VoxelData(raw, steps, corner)
    centers = (np.moveaxis(np.indices(random_atlas.shape), 0, -1) + 0.5) * STEPS
    seen = np.full(random_atlas.shape, np.nan)
    for where in np.ndindex(*random_atlas.shape):
        index = np.floor((centers[where] - corner) / np.array(steps)).astype(int)
        if (index >= 0).all() and (index < shape).all():
            seen[where] = raw[tuple(index)]
    check(random_atlas, volume, seen, sided)
    found = region_values(random_atlas.ranks, volume)
    assert found.direct.outside.sum() == np.isnan(seen).sum()


def test_an_oblique_image_is_asked_at_the_voxel_centers(random_atlas):
    turn = np.deg2rad(30)
    affine = np.eye(4)
    affine[:2, :2] = 11 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    affine[2, 2] = 13
    affine[:3, 3] = (-9, 5, 40)
    raw = np.random.default_rng(4).normal(size=(20, 21, 22))
    volume = VoxelData.from_grid(raw, VoxelGrid(raw.shape, affine))
    seen = np.full(random_atlas.shape, np.nan)
    for where in np.ndindex(*random_atlas.shape):
        center = np.append((np.array(where) + 0.5) * STEPS, 1)
        index = np.floor(np.linalg.solve(affine, center)[:3]).astype(int)
        if (index >= 0).all() and (index < raw.shape).all():
            seen[where] = raw[tuple(index)]
    assert 0 < np.isnan(seen).sum() < seen.size
    check(random_atlas, volume, seen, sided=True)


def test_a_plane_answers_as_the_volume_of_hemispheres_it_stands_for(random_atlas):
    raw = np.random.default_rng(6).normal(size=random_atlas.shape)
    plane = HemispherePlane(2, 4, 2, "by hand")
    atlas = Atlas(replace(random_atlas.package, hemisphere_rule=plane))
    check(atlas, VoxelData(raw, STEPS), raw, sided=True)


def test_medians_are_left_out_on_request(random_atlas):
    raw = np.zeros(random_atlas.shape, np.uint8)
    found = region_values(random_atlas.ranks, VoxelData(raw, STEPS), median=False)
    assert found.direct.median is None
    assert found.total.median is None


def test_a_run_of_large_integers_is_summed_without_overflow(small_map):
    atlas = Atlas.from_arrays(np.full((2, 3, 50), 3), small_map, 1.0)
    raw = np.full((2, 3, 50), 2**31 - 1, np.int32)
    found = region_values(atlas.ranks, VoxelData(raw, (1.0, 1.0, 1.0)))
    assert found.total.sum[0, 1] == 300 * (2**31 - 1)
    assert found.total.median[0, 1] == 2**31 - 1


def test_progress_goes_up_to_the_end(random_atlas):
    told: list[float] = []
    volume = VoxelData(np.zeros(random_atlas.shape), STEPS)
    region_values(random_atlas.ranks, volume, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) > 2


@pytest.mark.parametrize(
    "raw", [np.zeros((19, 8, 9, 3)), np.zeros((19, 8, 9), complex), np.full((19, 8, 9), "a")]
)
def test_volumes_that_are_no_image_of_numbers_are_refused(random_atlas, raw):
    with pytest.raises(ArgumentError, match="expected"):
        region_values(random_atlas.ranks, VoxelData(raw, STEPS))


@pytest.mark.data
def test_the_real_template_agrees_with_scipy(data_folder):
    from scipy import ndimage

    from napari_atlas_explorer import open_atlas

    folder = data_folder / "allen_ccfv3_2017"
    atlas = open_atlas(folder / "annotation_100.nrrd", folder / "1.json")
    image = VoxelData.load_nrrd(folder / "average_template_100.nrrd")
    found = region_values(atlas.ranks, image).direct
    full = np.flatnonzero(atlas.ranks.counts)[1:]
    ranks, raw = atlas.ranks.raw, image.raw.astype(np.float64)
    assert len(full) > 600
    for function, ours in (
        (ndimage.mean, found.mean),
        (ndimage.sum_labels, found.sum),
        (ndimage.minimum, found.min),
        (ndimage.maximum, found.max),
        (ndimage.median, found.median),
    ):
        assert np.allclose(ours[0, full], function(raw, ranks, full), rtol=1e-12)
