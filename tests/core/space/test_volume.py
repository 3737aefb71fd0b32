"""Volumes: lookups, outer values, files."""

from __future__ import annotations

import nrrd
import numpy as np
import pytest

from napari_atlas_explorer import VoxelData
from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError, OutsideError
from napari_atlas_explorer.core.space.grid import VoxelGrid

from ...refusals import refused

SHAPE = (2, 3, 4)
RAW = np.arange(24, dtype=np.uint16).reshape(SHAPE)


@pytest.fixture
def volume() -> VoxelData:
    return VoxelData(RAW, (10, 20, -30), (100, 200, 300))


def test_it_says_where_it_lies(volume):
    assert volume.shape == SHAPE
    assert volume.payload_shape == ()
    assert volume.ndim == 3
    assert volume.voxel_dimensions.tolist() == [10, 20, -30]
    assert volume.offset.tolist() == [100, 200, 300]
    assert volume.bbox.tolist() == [[100, 200, 180], [120, 260, 300]]
    assert volume.voxel_volume == pytest.approx(6000)
    assert repr(volume) == "<VoxelData (2, 3, 4) uint16, 10 × 20 × -30 µm>"


def test_it_is_an_array_to_numpy(volume):
    np.testing.assert_array_equal(np.asarray(volume), RAW)
    assert np.asarray(volume, dtype=float).dtype == float
    assert volume[1, 2, 3] == 23
    np.testing.assert_array_equal(volume[:, 0], RAW[:, 0])


def test_lookup_answers_the_voxel_that_covers_a_position(volume):
    assert volume.lookup([100, 200, 300]) == RAW[0, 0, 0]
    assert volume.lookup([110, 220, 270]) == RAW[1, 1, 1]
    assert volume.lookup([119.9, 259.9, 180.1]) == RAW[1, 2, 3]


def test_the_axes_of_many_positions_are_not_transposed():
    raw = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    volume = VoxelData(raw, (1, 1, 1))
    positions = np.random.default_rng(3).uniform(0, (2, 3, 4), (6, 7, 3))
    found = volume.lookup(positions)
    assert found.shape == (6, 7, 5)
    for a, b in np.ndindex(6, 7):
        i, j, k = (int(v) for v in positions[a, b])
        np.testing.assert_array_equal(found[a, b], raw[i, j, k])


@pytest.mark.parametrize("payload", [(), (3,), (2, 2), (1,)])
def test_the_outer_value_stands_outside_for_every_payload(payload):
    raw = np.ones((*SHAPE, *payload))
    found = VoxelData(raw, (1, 1, 1)).lookup([[[0, 0, 0], [9, 9, 9]]], outer_value=-5.5)
    assert found.shape == (1, 2, *payload)
    assert (found[0, 0] == 1).all()
    assert (found[0, 1] == -5.5).all()


@pytest.mark.parametrize(
    ("dtype", "outer", "kind"),
    [
        (np.uint8, -1, "i"),
        (np.uint16, -1, "i"),
        (np.uint32, -1, "i"),
        (np.uint8, 300, "u"),
        (np.uint8, 7, "u"),
        (np.int16, -1, "i"),
        (np.uint8, np.nan, "f"),
        (np.float32, -1, "f"),
        (bool, False, "b"),
    ],
)
def test_the_answer_has_a_type_that_holds_the_outer_value_and_the_voxels(dtype, outer, kind):
    top = 1 if dtype is bool else np.iinfo(dtype).max if np.dtype(dtype).kind in "iu" else 1.5
    raw = np.full((1, 1), top, dtype)
    found = VoxelData(raw, (1, 1)).lookup([[0, 0], [5, 5]], outer_value=outer)
    assert found.dtype.kind == kind
    assert found[0] == top
    assert found[1] == outer or (np.isnan(outer) and np.isnan(found[1]))


def test_an_outer_vector_is_held_whole():
    volume = VoxelData(np.zeros((1, 1, 1, 2), np.uint8), (1, 1, 1))
    assert volume.lookup([[5, 5, 5]], outer_value=[-1, 70_000]).tolist() == [[-1, 70_000]]


@pytest.mark.parametrize(
    "bad", [(-0.1, 0, 0), (2, 0, 0), (0, 3, 0), (0, 0, np.nan), (0, np.inf, 0), (-1e9, 0, 0)]
)
def test_outside_raises_and_never_wraps(bad):
    volume = VoxelData(RAW, (1, 1, 1))
    words = (repr(float(v)).removesuffix(".0") for v in bad)
    with refused("outside", *words, by=OutsideError):
        volume.lookup([(0, 0, 0), bad])
    with pytest.raises(IndexError):
        volume.lookup(bad)
    assert volume.lookup([bad, (0, 0, 0)], outer_value=-1).tolist() == [-1, 0]
    indices = volume.positions_to_indices([bad, (1, 2, 3)], strict=False)
    assert indices.tolist() == [[-1, -1, -1], [1, 2, 3]]


def test_an_integer_index_is_the_corner_of_its_voxel(volume):
    assert volume.indices_to_positions([0, 0, 0]).tolist() == [100, 200, 300]
    assert volume.indices_to_positions([[1, 2, 3], [0.5, 0.5, 0.5]]).tolist() == [
        [110, 240, 210],
        [105, 210, 285],
    ]
    indices = np.argwhere(np.ones(SHAPE, bool))
    back = volume.positions_to_indices(volume.indices_to_positions(indices))
    np.testing.assert_array_equal(back, indices)


def test_other_data_take_the_same_place(volume):
    other = volume.with_data(np.zeros((*SHAPE, 2)))
    assert other.payload_shape == (2,)
    assert other.bbox.tolist() == volume.bbox.tolist()
    with refused("(2, 3, 5)", by=ArgumentError):
        volume.with_data(np.zeros((2, 3, 5)))


def test_voxels_are_counted_by_value(volume):
    assert volume.count(5) == 1
    assert volume.count([1, 2, 3, 99]) == 3
    assert volume.count({1, 2}) == 2
    assert volume.volume([1, 2]) == pytest.approx(12000)


def test_more_voxel_sizes_than_axes_are_refused():
    with refused("4 voxel dimensions", by=ArgumentError):
        VoxelData(RAW, (1, 1, 1, 1))


@pytest.mark.parametrize("as_path", [str, lambda p: p], ids=["str", "Path"])
@pytest.mark.parametrize("payload", [(), (3,), (4,)])
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint32, np.int64, np.float32, np.float64])
def test_what_is_saved_is_read_back(tmp_path, as_path, payload, dtype):
    raw = np.random.default_rng(4).integers(0, 100, (*SHAPE, *payload)).astype(dtype)
    target = as_path(tmp_path / "volume.nrrd")
    VoxelData(raw, (77.46959827, 20, -0.1), (-157.5, 0, 1 / 3)).save_nrrd(target)
    back = VoxelData.load_nrrd(target)
    np.testing.assert_array_equal(back.raw, raw)
    assert back.dtype == raw.dtype
    assert back.voxel_dimensions.tolist() == [77.46959827, 20, -0.1]
    assert back.offset.tolist() == [-157.5, 0, 1 / 3]


def test_pynrrd_reads_a_saved_vector_volume_with_the_components_first(tmp_path):
    raw = np.random.default_rng(5).normal(size=(*SHAPE, 3))
    VoxelData(raw, (10, 20, -30), (1, 2, 3)).save_nrrd(tmp_path / "v.nrrd")
    data, header = nrrd.read(str(tmp_path / "v.nrrd"))
    np.testing.assert_array_equal(data, np.moveaxis(raw, -1, 0))
    assert header["kinds"] == ["vector", "domain", "domain", "domain"]
    np.testing.assert_array_equal(
        header["space directions"], [[np.nan] * 3, [10, 0, 0], [0, 20, 0], [0, 0, -30]]
    )
    assert header["space origin"].tolist() == [1, 2, 3]
    assert header["atlas_explorer_origin"] == "corner"
    assert header["space units"] == ["um", "um", "um"]


def test_a_quaternion_volume_is_saved_as_one(tmp_path):
    VoxelData(np.zeros((*SHAPE, 4), np.int8), (1, 1, 1)).save_nrrd(tmp_path / "q.nrrd")
    assert nrrd.read_header(str(tmp_path / "q.nrrd"))["kinds"][0] == "quaternion"


@pytest.mark.parametrize(("dtype", "stored"), [(bool, np.uint8), (np.float16, np.float32)])
def test_types_that_nrrd_lacks_are_saved_as_wider_ones(tmp_path, dtype, stored):
    raw = (RAW % 2).astype(dtype)
    VoxelData(raw, (1, 1, 1)).save_nrrd(tmp_path / "m.nrrd")
    data, _ = nrrd.read(str(tmp_path / "m.nrrd"))
    assert data.dtype == stored
    np.testing.assert_array_equal(data, RAW % 2)


def test_big_endian_values_are_saved_right(tmp_path):
    VoxelData(RAW.astype(">u2"), (1, 1, 1)).save_nrrd(tmp_path / "b.nrrd")
    np.testing.assert_array_equal(nrrd.read(str(tmp_path / "b.nrrd"))[0], RAW)
    np.testing.assert_array_equal(VoxelData.load_nrrd(tmp_path / "b.nrrd").raw, RAW)


def test_complex_values_are_refused_and_leave_no_file(tmp_path):
    with refused("complex64", by=ArgumentError):
        VoxelData(RAW.astype(np.complex64), (1, 1, 1)).save_nrrd(tmp_path / "c.nrrd")
    assert list(tmp_path.iterdir()) == []


def test_an_oblique_grid_survives_a_file(tmp_path):
    affine = np.array([[0.6, -0.8, 0, 5], [0.8, 0.6, 0, 6], [0, 0, 2, 7], [0, 0, 0, 1]])
    VoxelData.from_grid(RAW, VoxelGrid(SHAPE, affine)).save_nrrd(tmp_path / "o.nrrd")
    np.testing.assert_allclose(VoxelData.load_nrrd(tmp_path / "o.nrrd").grid.affine, affine)


def test_saving_into_a_folder_that_is_not_there_is_refused(tmp_path, volume):
    with refused(tmp_path / "no", by=AtlasFileError):
        volume.save_nrrd(tmp_path / "no" / "v.nrrd")


def test_loading_a_file_that_is_not_there_is_refused(tmp_path):
    with refused(tmp_path / "none.nrrd", by=AtlasFileError):
        VoxelData.load_nrrd(tmp_path / "none.nrrd")


# ---- as voxcell has it ---------------------------------------------------------------------------


def test_positions_along_one_axis_need_no_axis_of_their_own():
    volume = VoxelData(np.array([7, 8, 9]), (10,))
    assert volume.lookup([15.0, 25.0]).tolist() == [8, 9]
    assert volume.positions_to_indices([15.0, 25.0]).tolist() == [1, 2]
    assert volume.positions_to_indices([5.0]).tolist() == [0]
    assert volume.positions_to_indices([[15.0], [25.0]]).tolist() == [[1], [2]]
    assert volume.indices_to_positions([0, 0.5, 1]).tolist() == [0, 5, 10]
    assert volume.indices_to_positions([[0.5]]).tolist() == [[5]]
    fractions = volume.positions_to_indices([15.0, 40.0], strict=False, keep_fraction=True)
    assert fractions.tolist() == [1.5, VoxelData.OUT_OF_BOUNDS]


def test_fractions_at_the_edges_are_inside():
    volume = VoxelData(np.zeros(27), (0.25,), (-5,))
    found = volume.positions_to_indices(
        [np.nextafter(1.75, 0), -5 - 1e-9], keep_fraction=True
    ).tolist()
    assert found == [np.nextafter(27, 0), 0]


def test_a_position_outside_is_named_with_all_its_digits():
    volume = VoxelData(np.zeros((2, 2)), (0.1, 10))
    with refused("(0.20000000000000004, 5)", "(0, 0) to (0.2, 20) µm", by=OutsideError):
        volume.lookup([0.20000000000000004, 5])


def test_files_are_named_by_voxcells_keyword(tmp_path):
    volume = VoxelData(np.arange(8).reshape(2, 2, 2), (1, 2, 3))
    volume.save_nrrd(nrrd_path=tmp_path / "v.nrrd")
    assert (VoxelData.load_nrrd(nrrd_path=tmp_path / "v.nrrd") == volume).all()


def test_a_volume_is_not_changed_in_place():
    volume = VoxelData(np.ones((2, 2, 2)), (1, 1, 1))
    for call, example in [
        (lambda: volume.filter(lambda xyz: xyz[:, 0] < 1, inplace=True), "volume.filter("),
        (lambda: volume.clip([[0] * 3, [1] * 3], 0, True), "volume.clip("),
        (lambda: volume.compact(inplace=True), "volume.compact()"),
    ]:
        with refused(f"volume = {example}", by=ArgumentError):
            call()
    assert volume.compact(inplace=False).shape == (2, 2, 2)
