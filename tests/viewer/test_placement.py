"""Layers lie where the lookup says that their voxels are."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Labels

from napari_atlas_explorer import Atlas, RegionMap, VoxelData
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.viewer.hover import point_under_cursor
from napari_atlas_explorer.viewer.placement import (
    axis_labels,
    display_axes,
    displayed,
    layer_placement,
)
from napari_atlas_explorer.viewer.side_letters import edge_letters

GRIDS = {
    "isotropic": VoxelGrid.from_steps((4, 5, 6), 25.0),
    "anisotropic": VoxelGrid.from_steps((4, 5, 6), (10.0, 20.0, 77.47), (-5.0, 3.0, 1e4)),
    "negative": VoxelGrid.from_steps((4, 5, 6), (10.0, 20.0, -30.0), (0.0, 0.0, 100.0)),
    "all negative": VoxelGrid.from_steps((4, 5, 6), (-10.0, -0.1, -30.0)),
    "permuted": VoxelGrid(
        (4, 5, 6), np.array([[0, 20, 0, 1], [0, 0, -30, 2], [10, 0, 0, 3], [0, 0, 0, 1.0]])
    ),
}


def shown(grid: VoxelGrid) -> Labels:
    """Layer whose values are the flat positions of the voxels."""
    numbers = np.arange(4 * 5 * 6, dtype=np.uint8).reshape(4, 5, 6)
    return Labels(displayed(numbers, grid), **layer_placement(grid, None))


@pytest.mark.parametrize("name", GRIDS)
def test_layer_and_lookup_name_the_same_voxel_at_every_edge(name: str) -> None:
    grid = GRIDS[name]
    layer = shown(grid)
    axes = display_axes(grid)
    inset = 1e-3
    for voxel in itertools.product(*(range(n) for n in grid.shape)):
        for offset in itertools.product((inset, 0.5, 1 - inset), repeat=3):
            world = grid.to_world(np.add(voxel, offset))
            point = point_under_cursor(layer, world, None, axes)
            assert tuple(np.floor(point).astype(int)) == voxel
            assert grid.locate_one(world.tolist()) == voxel


@pytest.mark.parametrize("name", GRIDS)
def test_layer_puts_voxel_centers_where_the_grid_has_them(name: str) -> None:
    grid = GRIDS[name]
    layer = shown(grid)
    last = [(3, 4, 5)[axis] for axis in display_axes(grid)]
    assert np.allclose(layer.data_to_world((0, 0, 0)), grid.to_world((0.5, 0.5, 0.5)))
    assert np.allclose(layer.data_to_world(last), grid.to_world((3.5, 4.5, 5.5)))


@pytest.mark.parametrize("name", GRIDS)
def test_napari_slices_the_plane_that_the_lookup_names(name: str) -> None:
    grid = GRIDS[name]
    viewer = ViewerModel()
    layer = shown(grid)
    viewer.add_layer(layer)
    numbers = np.arange(4 * 5 * 6).reshape(4, 5, 6)
    for voxel in itertools.product(*(range(n) for n in grid.shape)):
        world = grid.to_world(np.add(voxel, 0.5))
        viewer.dims.set_point(0, world[0])
        assert layer.get_value(world, world=True) == numbers[voxel]


def test_oblique_grids_are_shown_along_their_array_axes() -> None:
    angle = np.deg2rad(10)
    affine = np.eye(4)
    affine[:2, :2] = 25 * np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    affine[2, 2] = 25
    placement = layer_placement(VoxelGrid((4, 5, 6), affine), None)
    assert "affine" not in placement
    assert np.allclose(placement["scale"], 25)


def test_axes_are_labeled_from_side_to_side() -> None:
    assert axis_labels("asr") == ("A→P", "S→I", "R→L")
    assert axis_labels(None) == ("axis 0", "axis 1", "axis 2")


def test_units_are_pixels_where_the_voxel_size_is_unknown() -> None:
    grid = VoxelGrid.from_steps((2, 2, 2), 1.0)
    assert layer_placement(grid, None, resolution_known=False)["units"] == ("pixel",) * 3
    assert layer_placement(grid, None)["units"] == ("um",) * 3


@pytest.mark.parametrize(
    ("letters", "displayed", "camera", "expected"),
    [
        ("asr", (1, 2), ("down", "right"), "S I R L"),  # coronal, BrainGlobe
        ("asl", (1, 2), ("down", "right"), "S I L R"),  # coronal, Allen
        ("lpi", (2, 0), ("up", "right"), "S I L R"),  # coronal of a RAS volume, turned upright
        ("asr", (1, 0), ("down", "right"), "S I A P"),  # sagittal
        ("asr", (0, 2), ("down", "left"), "A P L R"),  # horizontal, mirrored by the camera
    ],
)
def test_letters_stand_at_the_edges_where_the_sides_are(
    letters: str, displayed: tuple[int, int], camera: tuple[str, str], expected: str
) -> None:
    edges = edge_letters(letters, displayed, camera)
    assert " ".join(edges[k] for k in ("top", "bottom", "left", "right")) == expected


def test_world_letters_turn_with_negative_steps() -> None:
    region_map = RegionMap.flat([{"id": 1}])
    data = VoxelData(np.ones((2, 2, 2), np.uint8), (10.0, 10.0, -10.0))
    atlas = Atlas.from_arrays(data, region_map, (10, 10, 10), orientation="asr")
    assert atlas.package.world_orientation == "asl"
