"""Turned volumes, points, surfaces and directions against marked voxels, in all orientations."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest

from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.orientation_field import quaternions_to_matrices
from napari_atlas_explorer.core.space.axis_transform import AxisTransform

from ...refusals import refused

ORIENTATIONS = ["".join(t) for p in permutations(("ap", "si", "lr")) for t in product(*p)]
SHAPE = (2, 3, 4)
SOURCE = "asl"
EVERY = pytest.mark.parametrize("target", ORIENTATIONS)


def place(index, orientation, sizes):
    """Anatomical place of a voxel, by words: voxels from the front, the top and the left."""
    found = {}
    for axis, letter in enumerate(orientation):
        first = letter in "asl"
        name = next(pair for pair in ("ap", "si", "lr") if letter in pair)
        found[name] = index[axis] if first else sizes[name] - 1 - index[axis]
    return found


SIZES = dict(zip(("ap", "si", "lr"), SHAPE, strict=True))  # of SOURCE


def some_rotations(n=20, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 4))


def same_rotation(p, q, **within):
    """Quaternions and their negatives are the same rotations."""
    np.testing.assert_allclose(
        quaternions_to_matrices(p), quaternions_to_matrices(q), **({"atol": 1e-6} | within)
    )


def test_there_are_48_orientations():
    assert len(set(ORIENTATIONS)) == 48


@EVERY
def test_a_marked_voxel_keeps_its_anatomical_place(target):
    turn = AxisTransform.between(SOURCE, target, SHAPE)
    for marked in np.ndindex(SHAPE):
        volume = np.zeros(SHAPE, np.uint8)
        volume[marked] = 1
        turned = turn.volume(volume)
        assert turned.shape == turn.target_shape
        (found,) = np.argwhere(turned)
        assert place(found, target, SIZES) == place(marked, SOURCE, SIZES)


@EVERY
def test_a_point_stays_in_its_voxel(target):
    turn = AxisTransform.between(SOURCE, target, SHAPE)
    ids = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    turned = turn.volume(ids)
    q = np.random.default_rng(1).uniform(0, SHAPE, (200, 3))
    there = turn.points(q)
    voxels, now = (tuple(np.floor(p).astype(int).T) for p in (q, there))
    np.testing.assert_array_equal(turned[now], ids[voxels])
    np.testing.assert_allclose(turn.inverse().points(there), q, atol=1e-12)


@EVERY
@pytest.mark.parametrize("source", ["asl", "rip"])
def test_turning_there_and_back_changes_nothing(source, target):
    turn = AxisTransform.between(source, target, SHAPE)
    volume = np.random.default_rng(2).normal(size=(*SHAPE, 2))
    back = turn.inverse()
    np.testing.assert_array_equal(back.volume(turn.volume(volume)), volume)
    assert back == AxisTransform.between(target, source, turn.target_shape)
    assert turn.is_identity == (source == target)
    np.testing.assert_array_equal(back.matrix, np.linalg.inv(turn.matrix))


@EVERY
def test_a_turned_volume_is_a_view_and_its_payload_stays_last(target):
    volume = np.zeros((*SHAPE, 5, 2))
    turned = AxisTransform.between(SOURCE, target, SHAPE).volume(volume)
    assert turned.base is volume
    assert turned.shape[3:] == (5, 2)


@EVERY
def test_the_order_of_voxel_sizes_is_that_of_the_axes(target):
    sizes = {"a": 10.0, "s": 20.0, "l": 30.0, "p": 10.0, "i": 20.0, "r": 30.0}
    turn = AxisTransform.between(SOURCE, target, SHAPE)
    assert turn.steps((10.0, 20.0, 30.0)) == tuple(sizes[letter] for letter in target)


def test_what_asl_to_asr_does_is_known():
    turn = AxisTransform.between("asl", "asr", (528, 320, 456))
    assert turn.order == (0, 1, 2)
    assert turn.flips == (False, False, True)
    assert turn.mirrors
    np.testing.assert_array_equal(turn.points([1.5, 2.5, 0.25]), [1.5, 2.5, 455.75])


def test_what_asr_to_ria_does_is_known():
    turn = AxisTransform.between("asr", "ria", SHAPE)
    assert (turn.order, turn.flips) == ((2, 1, 0), (False, True, False))
    assert turn.target_shape == (4, 3, 2)
    assert not turn.mirrors
    np.testing.assert_array_equal(turn.points([0.5, 1.0, 3.5]), [3.5, 2.0, 0.5])


@EVERY
def test_a_surface_still_shows_outwards(target):
    corners = np.add(list(product((0, 1), repeat=3)), [0.25, 1, 2])
    faces = np.array([
        [0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
        [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3],
    ])  # fmt: skip
    turn = AxisTransform.between(SOURCE, target, SHAPE)
    points, turned = turn.points(corners), turn.faces(faces)

    def volume(points, faces):
        a, b, c = np.moveaxis(points[faces], 1, 0)
        return np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6

    assert volume(corners, faces) == pytest.approx(1)
    assert volume(points, turned) == pytest.approx(1)
    np.testing.assert_array_equal(turn.inverse().faces(turned), faces)


@EVERY
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8])
def test_a_vector_is_the_way_between_two_points(target, dtype):
    turn = AxisTransform.between(SOURCE, target, SHAPE)
    vectors = np.random.default_rng(3).integers(-127, 128, (10, 3)).astype(dtype)
    start = np.array([1.0, 1.0, 1.0])
    ways = turn.points(start + vectors) - turn.points(start)
    turned = turn.vectors(vectors)
    assert turned.dtype == dtype
    np.testing.assert_allclose(turned, ways)
    np.testing.assert_allclose(vectors.astype(float) @ turn.matrix.T, ways)


@EVERY
@pytest.mark.parametrize(("dtype", "atol"), [(np.float64, 1e-12), (np.float32, 1e-6)])
def test_the_axes_of_a_frame_are_carried_as_vectors_are(target, dtype, atol):
    turn = AxisTransform.between(SOURCE, target, SHAPE)
    field = some_rotations().astype(dtype)
    turned = turn.quaternions(field)
    assert turned.dtype == dtype
    before, after = quaternions_to_matrices(field), quaternions_to_matrices(turned)
    np.testing.assert_allclose(np.linalg.det(after), 1, atol=1e-6)
    expected = turn.vectors(np.moveaxis(before, -1, -2))  # one row for each local axis
    if turn.mirrors:  # no rotation carries all three
        expected[:, 0] *= -1
    np.testing.assert_allclose(np.moveaxis(after, -1, -2), expected, atol=atol)


@EVERY
def test_a_frame_turned_back_is_the_same_rotation(target):
    turn = AxisTransform.between(SOURCE, target, SHAPE)
    field = some_rotations(24).reshape(2, 3, 4, 4)
    same_rotation(turn.inverse().quaternions(turn.quaternions(field)), field, atol=1e-12)


@EVERY
def test_frames_in_int8_are_turned_without_rounding_again(target):
    turn = AxisTransform.between(SOURCE, target, SHAPE)
    unit = some_rotations()
    field = np.round(127 * unit / np.linalg.norm(unit, axis=1)[:, None]).astype(np.int8)
    field[3] = 0
    turned = turn.quaternions(field)
    assert turned.dtype == (np.int8 if turn.is_identity else np.float32)
    np.testing.assert_array_equal(turned[3], 0)
    if not turn.is_identity:
        same_rotation(turned, turn.quaternions(field.astype(np.float64)), atol=1e-5)
        length = np.linalg.norm(field / 127, axis=1)
        np.testing.assert_allclose(np.linalg.norm(turned, axis=1), length, atol=1e-6)


@EVERY
def test_where_there_is_no_orientation_there_is_none_afterwards(target):
    turn = AxisTransform.between(SOURCE, target, SHAPE)
    missing = np.array([[0, 0, 0, 0], [np.nan] * 4, [1, np.nan, 0, 0], [0, np.inf, 0, 0]])
    np.testing.assert_array_equal(turn.quaternions(missing), missing)
    np.testing.assert_array_equal(turn.quaternions(missing[1]), missing[1])


def test_one_quaternion_may_be_asked_for():
    turn = AxisTransform.between("asl", "asr", SHAPE)  # x stays, y stays, z is reversed
    upright = turn.quaternions(np.array([1.0, 0, 0, 0]))
    # y stays, z is reversed, x is reversed for the sake of a right hand: half a turn about y.
    same_rotation(upright, [0, 0, 1, 0])


def test_the_smallest_int8_becomes_the_largest_when_it_is_reversed():
    turn = AxisTransform.between("asl", "asr", SHAPE)
    given = np.array([-128, 1, -128], np.int8)
    np.testing.assert_array_equal(turn.vectors(given), np.array([-128, 1, 127]))
    np.testing.assert_array_equal(given, np.array([-128, 1, -128]))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda t: AxisTransform.between("asl", "xyz", SHAPE), ["xyz"]),
        (lambda t: AxisTransform.between("asl", "asr", (2, 3)), ["2 values"]),
        (lambda t: AxisTransform.between("asl", "asr", (2, 0, 3)), ["(2, 0, 3)"]),
        (lambda t: AxisTransform((0, 0, 1), (False,) * 3, SHAPE), ["(0, 0, 1)"]),
        (lambda t: t.volume(np.zeros((4, 3, 2))), ["(4, 3, 2)", "(2, 3, 4)"]),
        (lambda t: t.points([1.0, 2.0]), ["(2,)"]),
        (lambda t: t.vectors(np.zeros((5, 3), np.uint8)), ["uint8"]),
        (lambda t: t.quaternions(np.zeros((5, 3))), ["(5, 3)"]),
        (lambda t: t.quaternions(np.zeros((5, 4), np.int32)), ["int32"]),
    ],
)
def test_what_cannot_be_turned_is_refused(call, words):
    with refused(*words, by=ArgumentError):
        call(AxisTransform.between("asl", "asr", SHAPE))
