"""Orientation fields against rotations worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from napari_atlas_explorer import OrientationField, VoxelData
from napari_atlas_explorer.core.errors import ArgumentError, OutsideError
from napari_atlas_explorer.core.orientation_field import (
    matrices_to_quaternions,
    quaternions_to_matrices,
)

from ..refusals import refused

HALF = np.sqrt(0.5)
X, Y, Z = np.eye(3)


def field(*quaternions, dtype=np.float64) -> OrientationField:
    """One voxel per quaternion along axis 0, 10 µm each."""
    return OrientationField(np.array(quaternions, dtype).reshape(-1, 1, 1, 4), (10, 10, 10))


def at(k: int) -> tuple[float, float, float]:
    return (10 * k + 5.0, 5.0, 5.0)


@pytest.mark.parametrize(
    ("quaternion", "y_goes_to"),
    [
        ((1, 0, 0, 0), Y),
        ((HALF, HALF, 0, 0), Z),  # a quarter turn about x
        ((HALF, -HALF, 0, 0), -Z),
        ((HALF, 0, HALF, 0), Y),  # about y itself
        ((HALF, 0, 0, HALF), -X),  # about z
        ((0, 1, 0, 0), -Y),  # half a turn about x
        ((0.5, 0.5, 0.5, 0.5), Z),  # x -> y -> z -> x
        ((5, 0, 0, 0), Y),  # not normalized
        ((-HALF, -HALF, 0, 0), Z),  # q and -q are the same rotation
    ],
)
def test_known_quaternions_turn_y_as_they_should(quaternion, y_goes_to):
    matrix = field(quaternion).lookup(at(0))
    np.testing.assert_allclose(matrix @ Y, y_goes_to, atol=1e-12)


def test_a_matrix_turns_as_the_quaternion_product_does():
    def product(p, q):
        w, v = p[0] * q[0] - p[1:] @ q[1:], p[0] * q[1:] + q[0] * p[1:] + np.cross(p[1:], q[1:])
        return np.array([w, *v])

    rng = np.random.default_rng(6)
    for q in rng.normal(size=(50, 4)):
        unit, vector = q / np.linalg.norm(q), rng.normal(size=3)
        conjugate = unit * [1, -1, -1, -1]
        expected = product(product(unit, np.array([0, *vector])), conjugate)[1:]
        np.testing.assert_allclose(quaternions_to_matrices(q) @ vector, expected, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_matrices_are_orthonormal_and_right_handed(dtype):
    raw = np.random.default_rng(7).normal(size=(4, 5, 6, 4)).astype(dtype)
    positions = np.argwhere(np.ones((4, 5, 6), bool)).reshape(4, 5, 6, 3) + 0.5
    matrices = OrientationField(raw, (1, 1, 1)).lookup(positions)
    assert matrices.shape == (4, 5, 6, 3, 3)
    assert matrices.dtype == np.float64
    np.testing.assert_allclose(
        matrices @ np.swapaxes(matrices, -1, -2),
        np.broadcast_to(np.eye(3), matrices.shape),
        atol=1e-6,
    )
    np.testing.assert_allclose(np.linalg.det(matrices), 1, atol=1e-6)


def test_int8_components_are_127ths():
    matrix = field((127, 0, 0, 0), (90, 90, 0, 0), dtype=np.int8).lookup([at(0), at(1)])
    np.testing.assert_allclose(matrix[0], np.eye(3), atol=1e-12)
    np.testing.assert_allclose(matrix[1] @ Y, Z, atol=1e-12)
    stored = field((127, 0, -127, 0), dtype=np.int8)
    assert stored.as_float(stored.raw).ravel().tolist() == [1, 0, -1, 0]


@pytest.mark.parametrize(
    "missing", [(0, 0, 0, 0), (np.nan,) * 4, (1, 0, 0, np.nan), (np.inf, 0, 0, 0)]
)
def test_a_missing_quaternion_is_a_matrix_of_nan_and_not_the_identity(missing):
    matrices = field((1, 0, 0, 0), missing).lookup([at(0), at(1)])
    np.testing.assert_array_equal(matrices[0], np.eye(3))
    assert np.isnan(matrices[1]).all()


def test_a_zero_int8_quaternion_is_missing_too():
    assert np.isnan(field((0, 0, 0, 0), dtype=np.int8).lookup(at(0))).all()


@pytest.mark.parametrize("dtype", [np.float32, np.int8])
def test_outside_takes_the_outer_quaternion_as_it_is_given(dtype):
    one = field((1, 0, 0, 0) if dtype is np.float32 else (127, 0, 0, 0), dtype=dtype)
    found = one.lookup([at(0), at(9)], outer_value=(HALF, HALF, 0, 0))
    np.testing.assert_allclose(found[0], np.eye(3), atol=1e-7)
    np.testing.assert_allclose(found[1] @ Y, Z, atol=1e-7)
    assert np.isnan(one.lookup(at(-3), outer_value=(0, 0, 0, 0))).all()


def test_outside_without_an_outer_quaternion_raises():
    with refused("outside", by=OutsideError):
        field((1, 0, 0, 0)).lookup([at(0), at(1)])


@pytest.mark.parametrize("outer", [0, (1, 0, 0), np.eye(3)])
def test_an_outer_value_that_is_no_quaternion_is_refused(outer):
    with refused("quaternion", by=ArgumentError):
        field((1, 0, 0, 0)).lookup(at(5), outer_value=outer)


@pytest.mark.parametrize(
    ("shape", "dtype", "word"),
    [((2, 2, 2), float, "payload ()"), ((2, 2, 2, 3), float, "(3,)"), ((2, 2, 2, 4), int, "int64")],
)
def test_other_arrays_are_no_orientation_field(shape, dtype, word):
    with refused(word, by=ArgumentError):
        OrientationField(np.ones(shape, dtype), (1, 1, 1))


def test_a_field_is_read_from_a_file_as_it_was_written(tmp_path):
    written = field((1, 0, 0, 0), (0, 0, 0, 0), (HALF, HALF, 0, 0), dtype=np.float32)
    written.save_nrrd(tmp_path / "orientation.nrrd")
    back = OrientationField.load_nrrd(tmp_path / "orientation.nrrd")
    matrices = back.lookup([at(0), at(1), at(2)])
    np.testing.assert_allclose(matrices[2] @ Y, Z, atol=1e-7)
    assert np.isnan(matrices[1]).all()


def test_a_scalar_file_is_refused_as_a_field(tmp_path):
    VoxelData(np.zeros((2, 2, 2)), (1, 1, 1)).save_nrrd(tmp_path / "scalar.nrrd")
    with refused("payload", by=ArgumentError):
        OrientationField.load_nrrd(tmp_path / "scalar.nrrd")


# ---- fields from axes ----------------------------------------------------------------------------


def rotations(n: int = 500) -> Rotation:
    """Rotations of every kind: also half turns, whose w is zero, and none."""
    special = [[0, 0, 0, 1], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 1, 0, 1e-9]]
    everywhere = Rotation.random(n, random_state=1).as_quat()
    return Rotation.from_quat(np.concatenate([special, everywhere]))


def test_matrices_and_quaternions_are_scipys_with_w_first():
    matrices = rotations().as_matrix()
    quaternions = matrices_to_quaternions(matrices)
    assert (quaternions[:, 0] >= 0).all()
    np.testing.assert_allclose(np.linalg.norm(quaternions, axis=1), 1, atol=1e-15)
    theirs = Rotation.from_quat(np.roll(quaternions, -1, axis=-1))
    assert (theirs * rotations().inv()).magnitude().max() < 1e-7
    np.testing.assert_allclose(quaternions_to_matrices(quaternions), matrices, atol=1e-14)


def test_missing_matrices_are_missing_quaternions():
    matrices = np.stack([np.zeros((3, 3)), np.full((3, 3), np.nan), np.eye(3)]).reshape(3, 1, 3, 3)
    quaternions = matrices_to_quaternions(matrices)
    assert quaternions.shape == (3, 1, 4)
    assert np.isnan(quaternions[:2]).all()
    assert quaternions[2, 0].tolist() == [1, 0, 0, 0]
    assert matrices_to_quaternions(np.zeros((0, 3, 3))).shape == (0, 4)


@pytest.mark.parametrize(
    "matrix", [np.diag([1, 1, -1]), 2 * np.eye(3), [[1, 0, 0], [0.5, 1, 0], [0, 0, 1]]]
)
def test_what_is_no_rotation_is_refused_with_its_place(matrix):
    with refused("no rotation", "(1,)", "right-handed", by=ArgumentError):
        matrices_to_quaternions([np.eye(3), matrix])
    with refused("(3, 4)", by=ArgumentError):
        matrices_to_quaternions(np.ones((3, 4)))


def test_a_field_is_made_of_axes():
    matrices = rotations(19).as_matrix().astype(np.float32).reshape(2, 3, 4, 3, 3)
    x, y, z = (matrices[..., k] for k in range(3))
    made = OrientationField.from_axes(x, y, z, (10, 10, 10), (5, 0, 0))
    found = made.lookup([[6, 1, 1], [24, 25, 35]])
    np.testing.assert_allclose(found, [matrices[0, 0, 0], matrices[1, 2, 3]], atol=1e-6)
