"""voxcell and ours give the same answers wherever voxcell is right.

Where it is wrong: `test_voxcell_faults`.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from napari_atlas_explorer import OrientationField, ROIMask, ValueToIndexVoxels, VoxelData
from napari_atlas_explorer.analysis.directions.field import DirectionField
from napari_atlas_explorer.core.orientation_field import (
    matrices_to_quaternions,
    quaternions_to_matrices,
)
from napari_atlas_explorer.core.space.hemispheres import values_to_hemisphere

from .peers import Remote, require
from .sources import VOLUMES, file_of, scattered

require("voxcell")
pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module", params=VOLUMES)
def volumes(request, voxcell) -> tuple[VoxelData, Remote]:
    """One annotation, as ours and as theirs."""
    path = file_of(request, request.param, "brain_regions.nrrd")
    return VoxelData.load_nrrd(path), voxcell.VoxelData.load_nrrd(str(path))


# ---- volumes -------------------------------------------------------------------------------


def test_an_annotation_is_read_alike(volumes):
    ours, theirs = volumes
    np.testing.assert_array_equal(ours.raw, theirs.raw)
    np.testing.assert_array_equal(ours.voxel_dimensions, theirs.voxel_dimensions)
    np.testing.assert_array_equal(ours.offset, theirs.offset)
    np.testing.assert_array_equal(ours.bbox, theirs.bbox)
    assert ours.voxel_volume == theirs.voxel_volume
    assert (ours.ndim, ours.shape, ours.payload_shape) == (3, theirs.shape, theirs.payload_shape)


def test_positions_inside_and_outside_are_in_the_same_voxels(volumes):
    ours, theirs = volumes
    positions = scattered(*ours.bbox, n=100_000, seed=1, margin=0.2)
    found = ours.positions_to_indices(positions, strict=False)
    expected = theirs.positions_to_indices(positions, strict=False)
    outside = (expected == -1).any(axis=1)
    assert 0.2 < outside.mean() < 0.8
    # voxcell marks the components that are out of bounds; ours marks the whole position.
    np.testing.assert_array_equal((found == -1).all(axis=1), outside)
    np.testing.assert_array_equal(found[~outside], expected[~outside])


def test_the_edges_of_voxels_belong_to_the_same_voxels(volumes):
    ours, theirs = volumes
    indices = np.random.default_rng(2).integers(0, ours.shape, (10_000, 3))
    edges = ours.indices_to_positions(indices)
    np.testing.assert_array_equal(edges, theirs.indices_to_positions(indices))
    np.testing.assert_array_equal(theirs.positions_to_indices(edges), indices)
    np.testing.assert_array_equal(ours.positions_to_indices(edges), indices)


def test_the_far_edge_is_outside_and_just_below_it_is_not(volumes):
    ours, theirs = volumes
    low, high = ours.bbox
    corners = np.array([low, high, (low + high) / 2, np.nextafter(high, low)])
    expected = theirs.lookup(corners, outer_value=0)
    np.testing.assert_array_equal(ours.lookup(corners, outer_value=0), expected)
    outside = ours.positions_to_indices(corners, strict=False)[:, 0] == -1
    assert outside.tolist() == [False, True, False, False]


@pytest.mark.parametrize(("step", "offset", "n"), [(0.25, -5.0, 27), (25.0, 0.0, 7), (0.5, 1.0, 2)])
def test_rounding_at_the_ends_of_a_volume_puts_nothing_outside(voxcell, step, offset, n):
    far = offset + n * step
    ends = [offset, offset - 9e-8 * step, offset - 2e-7 * step, far, np.nextafter(far, offset)]
    positions = np.array([[p] for p in (*ends, far - 1e-8 * step, far + 1e-8 * step)])
    place = np.arange(n), (step,), (offset,)
    expected = voxcell.VoxelData(*place).positions_to_indices(positions, strict=False)
    found = VoxelData(*place).positions_to_indices(positions, strict=False)
    np.testing.assert_array_equal(found, expected)
    assert found[:, 0].tolist() == [0, 0, -1, -1, n - 1, n - 1, -1]


def test_positions_along_one_axis_are_the_same(voxcell):
    place = np.arange(3), (10,)
    found = VoxelData(*place).positions_to_indices([15.0, 25.0])
    expected = voxcell.VoxelData(*place).positions_to_indices(np.array([15.0, 25.0]))
    np.testing.assert_array_equal(found, expected)


def test_quaternions_are_the_same_in_another_order(voxcell):
    matrices = Rotation.random(200, random_state=2).as_matrix()
    ours = np.roll(matrices_to_quaternions(matrices), -1, axis=-1)
    theirs = voxcell.matrices_to_quaternions(matrices)
    signs = np.sign((ours * theirs).sum(axis=-1, keepdims=True))  # -q is the same rotation
    np.testing.assert_allclose(ours, signs * theirs, atol=1e-12)
    np.testing.assert_allclose(
        quaternions_to_matrices(np.roll(theirs, 1, axis=-1)),
        voxcell.quaternions_to_matrices(theirs),
        atol=1e-12,
    )


def test_a_hundred_thousand_lookups_agree(volumes):
    ours, theirs = volumes
    positions = scattered(*ours.bbox, n=100_000, seed=3, margin=0.1)
    expected = theirs.lookup(positions, outer_value=0)
    assert len(np.unique(expected)) > 20
    np.testing.assert_array_equal(ours.lookup(positions, outer_value=0), expected)


def test_fractions_are_kept_alike(volumes):
    ours, theirs = volumes
    positions = scattered(*ours.bbox, n=1000, seed=4, margin=-0.01)
    np.testing.assert_allclose(
        ours.positions_to_indices(positions, keep_fraction=True),
        theirs.positions_to_indices(positions, keep_fraction=True),
        rtol=1e-12,
    )


def test_voxels_are_counted_alike(volumes):
    ours, theirs = volumes
    some = np.unique(ours.raw)[::7].tolist()
    assert ours.count(some) == theirs.count(some) > 0
    assert ours.count(set(some)) == theirs.count(set(some))
    assert ours.count(some[-1]) == theirs.count(some[-1])
    assert ours.volume(some) == pytest.approx(theirs.volume(some))


def test_filtering_by_a_ball_keeps_the_same_voxels(volumes, voxcell):
    ours, theirs = volumes
    center, radius = ours.bbox.mean(axis=0), float(np.ptp(ours.bbox, axis=0).min() / 3)
    kept = ours.filter(lambda points: np.linalg.norm(points - center, axis=1) <= radius)
    assert 0 < np.count_nonzero(kept.raw) < np.count_nonzero(ours.raw)
    np.testing.assert_array_equal(kept.raw, theirs.filter(voxcell.ball(center, radius)).raw)


def test_cropping_to_what_is_filled_gives_the_same_box(volumes):
    ours, theirs = volumes
    found, expected = ours.compact(), theirs.compact()
    np.testing.assert_array_equal(found.raw, expected.raw)
    np.testing.assert_array_equal(found.offset, expected.offset)
    value = int(np.unique(ours.raw)[-1])
    others = tuple(v for v in np.unique(ours.raw).tolist() if v != value)
    found, expected = ours.compact(others), theirs.compact(others)
    np.testing.assert_array_equal(found.raw, expected.raw)
    np.testing.assert_array_equal(found.offset, expected.offset)


@pytest.mark.parametrize("bbox", [[[12], [57]], [[-15], [39]], [[31], [1000]], [[19], [31]]])
def test_clipping_one_axis_between_edges_keeps_the_same_voxels(voxcell, bbox):
    raw = np.arange(1, 8)
    ours = VoxelData(raw, (10,)).clip(bbox, na_value=-1)
    theirs = voxcell.VoxelData(raw, (10,)).clip(np.array(bbox), na_value=-1)
    assert (ours.raw > 0).any()
    np.testing.assert_array_equal(ours.raw, theirs.raw)


def test_volumes_are_reduced_alike(voxcell):
    rng = np.random.default_rng(5)
    raws = [rng.integers(0, 9, (4, 5, 6)) for _ in range(3)]
    place = (10, 20, 30), (1, 2, 3)
    for n in (1, 3):
        ours = VoxelData.reduce(np.maximum, [VoxelData(raw, *place) for raw in raws[:n]])
        theirs = [voxcell.VoxelData(raw, *place) for raw in raws[:n]]
        expected = voxcell.VoxelData.reduce(voxcell.maximum, theirs)
        np.testing.assert_array_equal(ours.raw, expected.raw)
        np.testing.assert_array_equal(ours.offset, expected.offset)


# ---- files ---------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.parametrize("folder", ["voxelbrain_proj66_tiny", "voxcell_conventions"])
def test_every_nrrd_of_a_folder_is_read_alike(voxcell, data_folder, folder):
    files = [f for f in sorted((data_folder / folder).glob("*.nrrd")) if "fail" not in f.name]
    assert len(files) > 5
    for path in files:
        ours, theirs = VoxelData.load_nrrd(path), voxcell.VoxelData.load_nrrd(str(path))
        np.testing.assert_array_equal(ours.raw, theirs.raw, err_msg=path.name)
        assert ours.payload_shape == theirs.payload_shape
        # voxcell keeps both in single precision.
        np.testing.assert_array_equal(
            ours.voxel_dimensions.astype(np.float32), theirs.voxel_dimensions
        )
        np.testing.assert_array_equal(ours.offset.astype(np.float32), theirs.offset)


@pytest.mark.parametrize("payload", [(), (3,), (4,)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint32, np.int64, np.float32, np.float64])
def test_what_one_writes_the_other_reads(voxcell, tmp_path, payload, dtype):
    raw = np.random.default_rng(6).integers(0, 99, (3, 4, 5, *payload)).astype(dtype)
    place = (10, 20, -30), (100, -200, 300.5)
    VoxelData(raw, *place).save_nrrd(tmp_path / "ours.nrrd")
    voxcell.VoxelData(raw, *place).save_nrrd(str(tmp_path / "theirs.nrrd"))
    for read in (
        voxcell.VoxelData.load_nrrd(str(tmp_path / "ours.nrrd")),
        VoxelData.load_nrrd(tmp_path / "theirs.nrrd"),
    ):
        np.testing.assert_array_equal(read.raw, raw)
        assert read.raw.dtype == dtype
        assert read.voxel_dimensions.tolist() == list(place[0])
        assert read.offset.tolist() == list(place[1])


def test_a_mask_that_we_write_is_a_mask_to_voxcell(voxcell, tmp_path):
    raw = np.random.default_rng(7).random((3, 4, 5)) < 0.5
    ROIMask(raw, (10, 10, 10)).save_nrrd(tmp_path / "mask.nrrd")
    theirs = voxcell.ROIMask.load_nrrd(str(tmp_path / "mask.nrrd"))
    np.testing.assert_array_equal(theirs.raw, raw)


# ---- orientation fields and masks ----------------------------------------------------------


FIELDS = [
    "sample",
    pytest.param("voxelbrain_proj66_tiny/orientation.nrrd", marks=pytest.mark.data),
    pytest.param("voxcell_conventions/orientation.nrrd", marks=pytest.mark.data),
]


@pytest.mark.parametrize("name", FIELDS)
def test_orientations_are_the_same_matrices(voxcell, request, name):
    path = file_of(request, name, "orientation.nrrd")
    ours, theirs = OrientationField.load_nrrd(path), voxcell.OrientationField.load_nrrd(str(path))
    filled = np.argwhere((ours.raw != 0).any(axis=-1))
    at = filled[:: max(1, len(filled) // 5000)] + 0.5
    positions = ours.indices_to_positions(at)
    np.testing.assert_allclose(ours.lookup(positions), theirs.lookup(positions), atol=1e-6)


CHUNK = 500_000


@pytest.mark.data
@pytest.mark.parametrize("name", ["voxelbrain_proj66_tiny", "voxcell_conventions"])
def test_every_voxel_of_the_real_fields_has_voxcells_axes(voxcell, data_folder, name):
    path = data_folder / name / "orientation.nrrd"
    ours, theirs = OrientationField.load_nrrd(path), voxcell.OrientationField.load_nrrd(str(path))
    field = DirectionField(ours)
    filled = np.argwhere(field.present((slice(None),) * 3))
    assert len(filled) > 100_000
    for start in range(0, len(filled), CHUNK):
        at = filled[start : start + CHUNK]
        matrices = theirs.lookup(ours.indices_to_positions(at + 0.5))
        for column, axis in enumerate(field.axes):
            found = field.at(tuple(at.T), axis)
            np.testing.assert_allclose(found, matrices[..., column], atol=1e-6)


@pytest.mark.data
def test_the_mask_of_a_column_is_the_same(voxcell, data_folder):
    path = data_folder / "voxelbrain_proj66_tiny" / "[mask]mc2.nrrd"
    ours, theirs = ROIMask.load_nrrd(path), voxcell.ROIMask.load_nrrd(str(path))
    assert theirs.raw.any()
    np.testing.assert_array_equal(ours.raw, theirs.raw)


# ---- values to indices and words -----------------------------------------------------------


@pytest.mark.parametrize("order", ["C", "F"])
def test_indices_of_values_are_the_same(voxcell, order):
    raw = np.asarray(np.random.default_rng(8).integers(0, 9, (5, 6, 7)) * 3, order=order)
    ours, theirs = ValueToIndexVoxels(raw), voxcell.ValueToIndexVoxels(raw)
    np.testing.assert_array_equal(ours.values, theirs.values)
    assert ours.index_size == theirs.index_size
    for value in [*range(0, 27, 3), 1, -3, 99]:
        flat = ours.value_to_1d_indices(value)
        np.testing.assert_array_equal(flat, theirs.value_to_1d_indices(value))
        np.testing.assert_array_equal(ours.ravel(raw)[flat], value)
        np.testing.assert_array_equal(ours.value_to_indices(value), theirs.value_to_indices(value))
    np.testing.assert_array_equal(
        ours.value_to_indices([3, 9, 12]), theirs.value_to_indices([3, 9, 12])
    )
    np.testing.assert_array_equal(ours.ravel(raw), theirs.ravel(raw))
    np.testing.assert_array_equal(ours.unravel(ours.ravel(raw)), raw)


def test_indices_of_several_values_come_in_the_order_asked(voxcell):
    raw = np.array([[1, 2, 3], [3, 2, 1]])
    theirs = voxcell.ValueToIndexVoxels(raw).value_to_indices([3, 1])
    assert theirs.tolist() == [[0, 2], [1, 0], [0, 0], [1, 2]]
    np.testing.assert_array_equal(ValueToIndexVoxels(raw).value_to_indices([3, 1]), theirs)


def test_sides_become_the_same_words(voxcell):
    values = np.array([[0, 1, 2], [2, 1, 0]])
    np.testing.assert_array_equal(
        values_to_hemisphere(values), voxcell.values_to_hemisphere(values)
    )
