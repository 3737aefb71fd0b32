"""Directions and depths against rotation matrices and hand counts."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import OrientationField, VoxelData
from napari_atlas_explorer.analysis.directions.field import DirectionField, angle_to, direction_rgb
from napari_atlas_explorer.analysis.directions.placement_hints import PlacementHints
from napari_atlas_explorer.core.errors import ArgumentError


def quaternions(seed: int = 1) -> np.ndarray:
    q = np.random.default_rng(seed).normal(size=(4, 5, 6, 4))
    q /= np.linalg.norm(q, axis=-1, keepdims=True)
    q[0, 0] = 0
    q[1, 1, 1] = np.nan
    return q


@pytest.mark.parametrize(("axis", "column"), [("x", 0), ("y", 1), ("z", 2)])
def test_an_axis_is_a_column_of_the_rotation_at_every_voxel(axis, column):
    data = OrientationField(quaternions(), (10, 10, 10))
    centers = (np.stack(np.indices(data.shape), axis=-1) + 0.5) * 10
    expected = data.lookup(centers)[..., column]
    found = DirectionField(data).at((slice(None),) * 3, axis)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert np.isnan(found[0, 0]).all()
    assert np.isnan(found[1, 1, 1]).all()


def test_int8_is_divided_and_picked_voxels_are_those_of_the_volume():
    q = np.rint(np.nan_to_num(quaternions(2)) * 127).astype(np.int8)
    field = DirectionField(OrientationField(q, (10, 10, 10)))
    assert field.axes == ("x", "y", "z")
    whole = field.at((slice(None),) * 3)
    places = (np.array([1, 3, 0]), np.array([2, 4, 0]), np.array([0, 5, 0]))
    np.testing.assert_array_equal(field.at(places), whole[places])
    np.testing.assert_array_equal(field.present((slice(None),) * 3), (q != 0).any(axis=-1))
    lengths = np.linalg.norm(whole[(q != 0).any(axis=-1)], axis=-1)
    np.testing.assert_allclose(lengths, 1)


def test_vectors_are_brought_to_unit_length_and_have_no_frame():
    raw = np.zeros((2, 2, 2, 3), np.float32)
    raw[0, 0, 0] = (0, 3, 4)
    raw[1, 1, 1] = np.nan
    field = DirectionField(VoxelData(raw, (1, 1, 1)))
    assert field.axes == ()
    np.testing.assert_allclose(field.at((0, 0, 0)), (0, 0.6, 0.8), atol=1e-7)
    assert np.isnan(field.at((1, 1, 1))).all()
    assert field.present((slice(None),) * 3).sum() == 1


def test_other_payloads_are_refused():
    with pytest.raises(ArgumentError, match=r"payload \(2,\)"):
        DirectionField(VoxelData(np.zeros((2, 2, 2, 2)), (1, 1, 1)))


def test_colors_and_angles():
    directions = np.array([[1, 0, 0], [0, -1, 0], [0.6, 0, -0.8], [np.nan] * 3])
    np.testing.assert_allclose(
        direction_rgb(directions), [[1, 0, 0], [0, 1, 0], [0.6, 0, 0.8], [0, 0, 0]]
    )
    np.testing.assert_allclose(angle_to(directions, 0)[:3], [0, 90, 53.130102], atol=1e-6)
    assert np.isnan(angle_to(directions, 0)[3])


def test_the_real_fields_axis_is_the_vector_it_was_made_of(data_folder):
    """The file's y axes are the vectors of the field that it was derived from."""
    from napari_atlas_explorer import open_atlas

    atlas = open_atlas(data_folder / "voxcell_conventions")
    data = atlas.load_data("orientation", OrientationField)
    field = DirectionField(data)
    present = field.present((slice(None),) * 3)
    y = field.at((slice(None),) * 3, "y")
    np.testing.assert_allclose(np.linalg.norm(y[present], axis=-1), 1, atol=1e-6)
    centers = data.grid.to_world(np.argwhere(present)[::97] + 0.5)
    np.testing.assert_allclose(data.lookup(centers)[..., 1], y[present][::97], atol=1e-12)


def test_depth_names_the_layer_that_the_height_lies_in():
    distance = np.full((1, 1, 4), np.nan, np.float32)
    distance[0, 0, :3] = (50, 250, 700)
    lower = np.tile(np.float32([0, 200]), (1, 1, 4, 1))
    upper = np.tile(np.float32([200, 600]), (1, 1, 4, 1))
    hints = PlacementHints(
        VoxelData(distance, (1, 1, 1)),
        {"L1": VoxelData(upper, (1, 1, 1)), "L6": VoxelData(lower, (1, 1, 1))},
    )
    first, second, third = (hints.at((0, 0, k)) for k in range(3))
    assert (first.layer, first.height, first.thickness) == ("L6", 50, 600)
    assert list(first.bounds) == ["L6", "L1"]
    assert second.layer == "L1"
    assert third.layer is None
    assert hints.at((0, 0, 3)) is None
