"""Volumes cut, cleared, combined and integrated."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import OrientationField, ROIMask, VoxelData
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.space.grid import VoxelGrid

from ...refusals import refused

RAW = np.arange(24, dtype=np.uint16).reshape(2, 3, 4)


class Density(VoxelData):
    """A subclass as users make them."""


@pytest.fixture
def volume() -> Density:
    """Voxels of 10 × 20 × -30 µm; the third axis runs from 0 down to -120."""
    return Density(RAW, (10, 20, -30))


def test_clip_keeps_the_voxels_that_lie_wholly_inside(volume):
    # The box ends at 41 µm, inside the third voxel of axis 1, which is therefore cleared.
    clipped = volume.clip([[0, 0, -90], [20, 41, 0]], na_value=7)
    expected = np.full_like(RAW, 7)
    expected[:, :2, :3] = RAW[:, :2, :3]
    np.testing.assert_array_equal(clipped.raw, expected)
    assert type(clipped) is Density
    np.testing.assert_array_equal(volume.raw, np.arange(24).reshape(2, 3, 4))


def test_a_box_whose_edges_are_the_voxels_keeps_them_all(volume):
    np.testing.assert_array_equal(volume.clip(volume.bbox).raw, RAW)


@pytest.mark.parametrize("box", [[[0, 0, 0], [9, 20, 30]], [[50, 0, -30], [90, 20, 0]]])
def test_a_box_without_a_whole_voxel_is_refused(volume, box):
    with refused("no voxel", by=ArgumentError):
        volume.clip(box)


def test_a_box_of_another_shape_is_refused(volume):
    with refused("(3,)", "(2, 3)", by=ArgumentError):
        volume.clip([1, 2, 3])


def test_filter_asks_for_the_centers_of_voxels(volume):
    seen = []

    def low(centers):
        seen.append(centers)
        return centers[:, 2] > -45

    kept = volume.filter(low)
    expected = RAW.copy()
    expected[:, :, 2:] = 0  # centers at -15, -45, -75, -105
    expected[:, :, 1] = 0
    np.testing.assert_array_equal(kept.raw, expected)
    assert type(kept) is Density
    asked = np.concatenate(seen)
    assert asked.shape == (24, 3)
    np.testing.assert_array_equal(np.unique(asked[:, 0]), [5, 15])
    np.testing.assert_array_equal(np.unique(asked[:, 1]), [10, 30, 50])


def test_a_predicate_that_gives_no_booleans_is_refused(volume):
    with refused("float64", "booleans", by=ArgumentError):
        volume.filter(lambda centers: centers[:, 0])


def test_filter_clears_whole_payloads():
    field = OrientationField(np.ones((2, 2, 2, 4), np.float32), (1, 1, 1))
    kept = field.filter(lambda centers: centers[:, 0] < 1)
    assert isinstance(kept, OrientationField)
    assert np.isfinite(kept.lookup([0.5, 0.5, 0.5])).all()
    assert np.isnan(kept.lookup([1.5, 0.5, 0.5])).all()


def test_compact_cuts_off_what_is_empty_and_moves_the_corner():
    raw = np.zeros((5, 6, 7), np.int16)
    raw[1:3, 2, 4:6] = 9
    compacted = Density(raw, (10, 20, -30), (100, 0, 0)).compact()
    assert compacted.shape == (2, 1, 2)
    assert compacted.offset.tolist() == [110, 40, -120]
    assert (compacted.raw == 9).all()
    assert type(compacted) is Density
    assert compacted.lookup([115, 50, -130]) == 9


def test_compact_takes_nan_for_empty_where_asked():
    raw = np.full((3, 3), np.nan)
    raw[1, 1] = 0
    assert VoxelData(raw, (1, 1)).compact([np.nan]).shape == (1, 1)
    assert VoxelData(raw, (1, 1)).compact().shape == (3, 3)
    with refused("nothing would be left"):
        VoxelData(raw, (1, 1)).compact([np.nan, 0])


def test_compact_keeps_a_voxel_with_any_component():
    raw = np.zeros((3, 2, 2))
    raw[1, 0] = (0, 5)
    assert VoxelData(raw, (1, 1)).compact().shape == (1, 1)


def test_reduce_folds_from_the_left(volume):
    volumes = [volume.with_data(RAW.astype(float) * k) for k in (1, 2, 4)]
    found = VoxelData.reduce(np.subtract, volumes)
    np.testing.assert_array_equal(found.raw, RAW * -5.0)
    assert type(found) is Density


def test_reduce_of_one_volume_is_a_copy(volume):
    found = VoxelData.reduce(np.add, [volume])
    np.testing.assert_array_equal(found.raw, RAW)
    assert not np.shares_memory(found.raw, volume.raw)


def test_volumes_of_other_grids_are_not_combined(volume):
    moved = VoxelData(RAW, (10, 20, -30), (0, 0, 15))
    with refused("volume 2", by=ArgumentError):
        VoxelData.reduce(np.add, [volume, moved])
    with refused("at least one", by=ArgumentError):
        VoxelData.reduce(np.add, [])


def test_other_data_keep_class_and_place(volume):
    other = volume.with_data(np.ones((2, 3, 4, 2)))
    assert type(other) is Density
    assert other.payload_shape == (2,)
    assert other.grid.matches(volume.grid)
    mask = ROIMask(np.ones((2, 3, 4), bool), (1, 1, 1))
    with refused("float64", by=ArgumentError):
        mask.with_data(np.ones((2, 3, 4)))
    assert VoxelData.from_grid(np.ones((2, 3, 4)), mask.grid).dtype == float


def test_densities_integrate_to_counts():
    raw = np.full((10, 10, 10), 5000.0)
    cells = VoxelData(raw, (25, 25, 25))
    # 1000 voxels of 15,625 µm³ are 0.015625 mm³.
    assert cells.integrate(per="mm3") == pytest.approx(78.125)
    assert cells.integrate(per="um3") == pytest.approx(78.125e9)
    with refused("'cm3'", by=ArgumentError):
        cells.integrate(per="cm3")


def test_each_component_of_a_payload_is_integrated():
    raw = np.ones((2, 2, 2, 2)) * [1, 3]
    np.testing.assert_allclose(VoxelData(raw, (1, 1, 1)).integrate(per="um3"), [8, 24])


def test_indices_keep_their_fraction(volume):
    positions = [[5, 45, -40], [100, 0, 0]]
    found = volume.positions_to_indices(positions, strict=False, keep_fraction=True)
    np.testing.assert_allclose(found, [[0.5, 2.25, 4 / 3], [-1, -1, -1]])
    assert volume.positions_to_indices(positions, strict=False).tolist() == [[0, 2, 1], [-1] * 3]


@pytest.mark.parametrize("encoding", ["gzip", "bzip2", "raw", "ascii"])
@pytest.mark.parametrize("origin", ["corner", "centre"])
def test_a_saved_volume_is_loaded_with_its_place(volume, tmp_path, encoding, origin):
    path = tmp_path / "v.nrrd"
    volume.save_nrrd(path, encoding=encoding, origin=origin)
    again = Density.load_nrrd(path)  # the file's own word on its origin wins
    np.testing.assert_array_equal(again.raw, RAW)
    assert again.grid.matches(volume.grid)
    assert type(again) is Density


def test_an_encoding_that_does_not_exist_is_refused(volume, tmp_path):
    with refused("'zip'", by=ArgumentError):
        volume.save_nrrd(tmp_path / "v.nrrd", encoding="zip")
    assert list(tmp_path.iterdir()) == []


def test_space_and_kinds_survive_a_round_trip(tmp_path):
    import nrrd

    header = {
        "space": "posterior-inferior-right",
        "kinds": ["vector", "space", "space", "space"],
        "space directions": [[np.nan] * 3, [25, 0, 0], [0, 25, 0], [0, 0, 25]],
        "space units": ["um"] * 3,
    }
    nrrd.write(str(tmp_path / "a.nrrd"), np.ones((2, 3, 4, 5), np.float32), header)
    loaded = VoxelData.load_nrrd(tmp_path / "a.nrrd")
    loaded.clip(loaded.bbox).save_nrrd(tmp_path / "b.nrrd")
    written = nrrd.read_header(str(tmp_path / "b.nrrd"))
    assert written["space"] == "posterior-inferior-right"
    assert written["kinds"] == ["vector", "space", "space", "space"]


def test_oblique_volumes_have_no_box_in_micrometers():
    affine = np.eye(4)
    affine[0, 1] = 0.5
    volume = VoxelData.from_grid(RAW, VoxelGrid(RAW.shape, affine))
    with refused("do not run along x, y and z", by=ArgumentError):
        volume.clip([[0, 0, 0], [1, 1, 1]])
