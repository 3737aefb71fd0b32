"""Volumes in the place of arrays: what a script written for NumPy arrays asks of them."""

from __future__ import annotations

import operator

import dask.array as da
import numpy as np
import pytest

from napari_atlas_explorer import Atlas, OrientationField, ROIMask, VoxelData
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.space.array_operations import ArrayOperations

from ...refusals import refused

RAW = np.random.default_rng(1).integers(0, 9, (4, 5, 6)).astype(np.uint32)
SIZE = (10.0, 20.0, 30.0)


@pytest.fixture(params=["VoxelData", "ROIMask", "OrientationField", "annotation", "hemispheres"])
def volume(request, small_atlas) -> ArrayOperations:
    made = {
        "VoxelData": lambda: VoxelData(RAW, SIZE),
        "ROIMask": lambda: ROIMask(RAW > 4, SIZE),
        "OrientationField": lambda: OrientationField(RAW[..., :4].astype(np.float32), SIZE[:2]),
        "annotation": lambda: small_atlas.annotation,
        "hemispheres": lambda: small_atlas.hemispheres,
    }
    return made[request.param]()


def same(answer, expected) -> bool:
    """Whether an answer is the plain array or number that NumPy gives, dtype included."""
    assert type(answer) is type(expected)
    np.testing.assert_array_equal(answer, expected)
    return getattr(answer, "dtype", None) == getattr(expected, "dtype", None)


COMPARISONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("compare", COMPARISONS)
@pytest.mark.parametrize("other", [0, 3, -1, 2.5, np.int64(999), 70000, None])
def test_comparisons_are_elementwise_from_both_sides(volume, compare, other):
    raw = np.asarray(volume)
    if other is None and compare not in (operator.eq, operator.ne):
        with pytest.raises(TypeError):
            compare(volume, other)
        return
    assert same(compare(volume, other), compare(raw, other))
    assert same(compare(other, volume), compare(other, raw))


@pytest.mark.parametrize("compare", COMPARISONS)
def test_volumes_and_arrays_compare_voxel_by_voxel(volume, compare):
    raw = np.asarray(volume)
    other = np.roll(raw, 1, axis=0)
    expected = compare(raw, other)
    assert same(compare(volume, other), expected)
    assert same(compare(raw, VoxelData(other, (1.0,) * raw.ndim)), expected)
    assert same(compare(volume, VoxelData(other, (1.0,) * raw.ndim)), expected)


@pytest.mark.parametrize("operate", [operator.add, operator.mul, operator.truediv])
def test_arithmetic_gives_plain_arrays(volume, operate):
    raw = np.asarray(volume)
    assert same(operate(volume, 2), operate(raw, 2))
    assert same(operate(2.0, volume + 1), operate(2.0, raw + 1))
    assert same(operate(raw, volume + 1), operate(raw, raw + 1))


def test_masks_combine_as_booleans():
    raw = RAW > 4
    mask, other = ROIMask(raw, SIZE), ROIMask(RAW > 6, SIZE)
    assert same(~mask, ~raw)
    assert same(mask & ~other, raw & ~(RAW > 6))
    assert same(mask | other.raw, raw)
    assert same(mask ^ other, raw ^ (RAW > 6))
    assert same(RAW[mask], RAW[raw])


def test_ufuncs_and_their_methods(volume):
    raw = np.asarray(volume) + 0.0
    assert same(np.sqrt(volume + 0.0), np.sqrt(raw))
    assert same(np.add.reduce(volume + 0.0, axis=1), np.add.reduce(raw, axis=1))
    where = VoxelData(raw > 2, (1.0,) * raw.ndim)
    out = np.zeros(raw.shape)
    assert np.add(raw, 1, out=out, where=where) is out
    np.testing.assert_array_equal(out, np.where(raw > 2, raw + 1, 0))
    quotient, rest = np.divmod(volume, 3)
    np.testing.assert_array_equal(quotient * 3 + rest, raw)


@pytest.mark.parametrize("name", ["sum", "mean", "min", "max", "any", "all"])
def test_reductions(volume, name):
    raw = np.asarray(volume)
    assert same(getattr(volume, name)(), getattr(raw, name)())
    assert same(getattr(volume, name)(axis=0), getattr(raw, name)(axis=0))
    assert same(getattr(volume, name)((0, 1)), getattr(raw, name)((0, 1)))
    assert same(getattr(np, name)(volume), getattr(np, name)(raw))
    assert same(getattr(np, name)(volume, axis=1, keepdims=True), getattr(raw, name)(1, keepdims=1))


def test_shape_and_type(volume):
    raw = np.asarray(volume)
    assert (len(volume), volume.size) == (len(raw), raw.size)
    assert same(volume.T, raw.T)
    assert same(volume.astype(np.float32), raw.astype(np.float32))
    assert same(np.where(volume, 1, 0), np.where(raw, 1, 0))
    assert same(np.unique(volume), np.unique(raw))
    assert [plane.tolist() for plane in volume] == raw.tolist()


def test_what_is_in_a_volume(volume):
    assert volume.max() in volume
    assert 123456 not in volume


def test_the_truth_of_a_volume_is_refused_as_that_of_an_array_is(volume):
    for ask in (bool, operator.not_, lambda v: v and 1):
        with refused("any()", "all()", by=ArgumentError):
            ask(volume)
    assert issubclass(ArgumentError, ValueError)
    with pytest.raises(ValueError, match="ambiguous"):
        bool(np.asarray(volume))


def test_a_volume_is_not_changed_in_place(volume):
    before = np.array(volume)
    for change in (
        lambda: operator.iadd(volume, 1),
        lambda: np.add(before, 1, out=volume),
        lambda: np.add.at(volume, (0, 0, 0), 1),
    ):
        with refused("in place", "with_data", by=ArgumentError):
            change()
    np.testing.assert_array_equal(volume, before)


def test_a_volume_is_a_key_by_identity():
    first, second = VoxelData(RAW, SIZE), VoxelData(RAW, SIZE)
    assert {first: 1, second: 2}[first] == 1
    assert len({first, second, first}) == 2


def test_dask_reads_blocks_of_a_volume(small_atlas):
    volume, raw = small_atlas.annotation, small_atlas.annotation.raw
    lazy = da.from_array(volume, chunks=(2, 5, 6))
    assert same((lazy == 3).sum().compute(), (raw == 3).sum())
    assert same((volume == da.from_array(raw)).compute(), raw == raw)


def test_a_script_for_brainglobes_arrays_gives_its_numbers(small_atlas: Atlas):
    ids, image = small_atlas.annotation.raw, np.arange(120.0).reshape(4, 5, 6)
    assert image[small_atlas.annotation != 0].mean() == image[ids != 0].mean()
    masked = image.copy()
    masked[small_atlas.annotation == 3] = 0
    np.testing.assert_array_equal(masked, np.where(ids == 3, 0, image))
    assert np.sum(small_atlas.hemispheres == 1) == 60
    assert (small_atlas.annotation == 3).sum() == small_atlas.direct_voxel_map[3] == 12


def test_a_comparison_with_one_id_makes_no_volume_of_ids(small_atlas: Atlas, monkeypatch):
    monkeypatch.delattr(type(small_atlas.ranks), "to_ids")
    assert int((small_atlas.annotation == 999).sum()) == 1
    assert int((small_atlas.annotation == 12345).sum()) == 0
    assert (len(small_atlas.annotation), small_atlas.annotation.size) == (4, 120)
