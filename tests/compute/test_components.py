"""Components found slab by slab are those of scipy in the whole volume."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from napari_atlas_explorer.compute.blocks import set_runs
from napari_atlas_explorer.compute.components import (
    Components,
    enclosed_background,
    find_region_components,
)
from napari_atlas_explorer.core.space.hemispheres import LEFT, HemispherePlane

SHAPES = hnp.array_shapes(min_dims=3, max_dims=3, max_side=9)
VOLUMES = hnp.arrays(np.uint16, SHAPES, elements=st.integers(0, 2))
THICKNESS = st.integers(1, 10)
CORNERS = np.ones((3, 3, 3))
ARRAYS = ("values", "sizes", "on_side", "starts", "lengths", "first")


def assert_same(found: Components, expected: Components) -> None:
    for name in ARRAYS:
        one, other = getattr(found, name), getattr(expected, name)
        assert one.dtype == other.dtype == np.int64, name
        np.testing.assert_array_equal(one, other, name)


def voxels_of(pieces: Components) -> list[tuple[int, ...]]:
    return [tuple(pieces.positions(k).tolist()) for k in range(len(pieces))]


def pieces_by_scipy(volume: np.ndarray) -> list[tuple[int, ...]]:
    """Voxels of every piece, in the order of their first voxels."""
    found = []
    for value in np.unique(volume[volume > 0]):
        numbers, n = ndimage.label(volume == value, CORNERS)
        found += [tuple(np.flatnonzero(numbers == k).tolist()) for k in range(1, n + 1)]
    return sorted(found)


def holes_by_scipy(volume: np.ndarray) -> list[tuple[int, ...]]:
    numbers, n = ndimage.label(volume == 0)
    inner = np.zeros(volume.shape, bool)
    inner[1:-1, 1:-1, 1:-1] = True
    reached = set(numbers[~inner].tolist())
    return sorted(
        tuple(np.flatnonzero(numbers == k).tolist()) for k in range(1, n + 1) if k not in reached
    )


def spiral(turns: int) -> np.ndarray:
    """A band that winds from the outside to the middle of planes along axis 0."""
    n = 4 * turns + 3
    plane = np.zeros((n, n), np.uint16)
    row, column, step = 0, 0, (0, 1)
    plane[0, 0] = 1
    for leg in range(4 * turns):
        length = n - 1 - 2 * ((leg + 1) // 2 if leg > 1 else 0)
        for _ in range(max(length, 0)):
            row, column = row + step[0], column + step[1]
            plane[row, column] = 1
        step = (step[1], -step[0])
    return np.ascontiguousarray(plane[:, np.newaxis, :])


@settings(max_examples=200, deadline=None)
@given(volume=VOLUMES, thickness=THICKNESS)
def test_pieces_are_scipys_in_the_order_of_their_first_voxels(volume, thickness):
    assert voxels_of(find_region_components(volume, thickness=thickness)) == pieces_by_scipy(volume)


@settings(max_examples=200, deadline=None)
@given(volume=VOLUMES, thickness=THICKNESS, seed=st.integers(0, 9))
def test_slabs_of_any_thickness_give_the_same_pieces(volume, thickness, seed):
    sides = np.random.default_rng(seed).integers(0, 3, volume.shape, dtype=np.uint8)
    whole = find_region_components(volume, sides, thickness=len(volume))
    assert_same(find_region_components(volume, sides, thickness=thickness), whole)
    flat = sides.ravel()
    for k, voxels in enumerate(voxels_of(whole)):
        assert whole.on_side[k].tolist() == np.bincount(flat[list(voxels)], minlength=3).tolist()
        assert whole.values[k] == volume.ravel()[voxels[0]]
        assert whole.sizes[k] == len(voxels)


@settings(max_examples=200, deadline=None)
@given(
    volume=hnp.arrays(bool, SHAPES, elements=st.sampled_from([True, True, False])),
    thickness=THICKNESS,
)
def test_holes_are_scipys_whatever_the_slabs(volume, thickness):
    labels = volume.astype(np.uint32) * 70_000
    found = enclosed_background(labels, thickness=thickness)
    assert voxels_of(found) == holes_by_scipy(labels)
    assert_same(found, enclosed_background(labels, thickness=len(labels)))


@pytest.mark.parametrize("thickness", [1, 2, 3, 7, 12])
def test_arms_that_join_in_the_last_plane_are_one_piece(thickness):
    volume = np.zeros((12, 3, 9), np.uint16)
    volume[:, 1, [1, 3, 5, 7]] = 4
    assert len(find_region_components(volume, thickness=thickness)) == 4
    volume[11, 1, 1:8] = 4
    pieces = find_region_components(volume, thickness=thickness)
    assert pieces.sizes.tolist() == [4 * 11 + 7]
    volume[11, 1, 4] = 0  # now two U
    pieces = find_region_components(volume, thickness=thickness)
    assert pieces.sizes.tolist() == [25, 25]
    assert pieces.positions(0)[0] < pieces.positions(1)[0]


@pytest.mark.parametrize("thickness", [1, 2, 5, 100])
@pytest.mark.parametrize("turned", [False, True])
def test_a_spiral_is_one_piece(thickness, turned):
    volume = spiral(3)
    volume = np.ascontiguousarray(volume[::-1].swapaxes(0, 2)) if turned else volume
    assert ndimage.label(volume)[1] == 1  # no turn touches the next
    assert find_region_components(volume, thickness=thickness).sizes.tolist() == [int(volume.sum())]


@pytest.mark.parametrize("thickness", [1, 2, 3, 4, 9])
def test_a_cavity_is_open_if_a_far_slab_opens_it(thickness):
    volume = np.ones((9, 5, 5), np.uint16)
    volume[1:8, 2, 2] = 0
    assert enclosed_background(volume, thickness=thickness).sizes.tolist() == [7]
    for opening in ((8, 2, 2), (0, 2, 2)):
        opened = volume.copy()
        opened[opening] = 0
        assert len(enclosed_background(opened, thickness=thickness)) == 0
    volume[7, 2, 3:] = 0  # out at the side
    assert len(enclosed_background(volume, thickness=thickness)) == 0


@pytest.mark.parametrize(
    "shape", [(1, 1, 7), (1, 7, 1), (7, 1, 1), (1, 5, 6), (6, 1, 5), (6, 5, 1)]
)
@pytest.mark.parametrize("thickness", [1, 2, 7])
def test_flat_volumes_have_pieces_and_no_holes(shape, thickness):
    volume = np.random.default_rng(7).integers(0, 3, shape, dtype=np.uint16)
    assert voxels_of(find_region_components(volume, thickness=thickness)) == pieces_by_scipy(volume)
    assert len(enclosed_background(volume, thickness=thickness)) == 0


@pytest.mark.parametrize("shape", [(0, 3, 3), (3, 0, 3), (3, 3, 0), (3, 4, 5)])
def test_nothing_has_no_pieces(shape):
    volume = np.zeros(shape, np.uint16)
    pieces = find_region_components(volume, thickness=1)
    assert (len(pieces), pieces.on_side.shape, pieces.first.tolist()) == (0, (0, 3), [0])
    assert len(enclosed_background(volume + np.uint16(1))) == 0


def test_a_mapped_volume_and_a_plane_of_hemispheres_give_what_arrays_give(tmp_path):
    rng = np.random.default_rng(2)
    volume = np.kron(rng.integers(0, 3, (5, 4, 6)), np.ones((3, 3, 3), int)).astype(np.uint16)
    np.save(tmp_path / "ranks.npy", volume)
    mapped = np.load(tmp_path / "ranks.npy", mmap_mode="r")
    plane = HemispherePlane(2, 8, LEFT, "a rule")
    expected = find_region_components(volume, plane.volume(volume.shape))
    assert_same(find_region_components(mapped, plane.seen(volume.shape), thickness=4), expected)
    assert_same(
        find_region_components(np.asfortranarray(volume), plane.seen(volume.shape)), expected
    )


def test_the_budget_is_kept_by_thinner_slabs(monkeypatch):
    volume = np.random.default_rng(4).integers(0, 2, (40, 9, 8), dtype=np.uint16)
    whole = find_region_components(volume)
    monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", "500")
    assert_same(find_region_components(volume), whole)


@settings(max_examples=150, deadline=None)
@given(mask=hnp.arrays(bool, SHAPES), value=st.booleans(), share=st.floats(0, 1))
def test_runs_set_their_voxels_and_no_others(mask, value, share):
    pieces = find_region_components(mask)
    order = np.argsort(pieces.starts)
    starts, lengths = pieces.starts[order], pieces.lengths[order]
    some = np.random.default_rng(0).random(len(starts)) < share
    around = np.full([n + 2 for n in mask.shape], not value)
    expected = around[1:-1, 1:-1, 1:-1].copy()
    for start, length in zip(starts[some].tolist(), lengths[some].tolist(), strict=True):
        expected.reshape(-1)[start : start + length] = value
    set_runs(around[1:-1, 1:-1, 1:-1], starts[some], lengths[some], value)
    np.testing.assert_array_equal(around[1:-1, 1:-1, 1:-1], expected)
    around[1:-1, 1:-1, 1:-1] = not value
    assert (around != value).all()
