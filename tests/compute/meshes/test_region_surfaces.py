"""Surfaces of regions: closed, where the labels are, of the right volume, as exact as they say."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from scipy import ndimage
from scipy.spatial import cKDTree

from napari_atlas_explorer import Atlas, open_atlas
from napari_atlas_explorer.atlases.sample import sample_folder
from napari_atlas_explorer.compute.meshes.marching import extract_surface
from napari_atlas_explorer.compute.meshes.region_surfaces import surface_of_mask, surface_of_rank
from napari_atlas_explorer.compute.meshes.settings import RAW, RegionSurface, SurfaceSettings
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.regions.rank_volume import RankVolume
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.core.space.hemispheres import LEFT, RIGHT

from ...refusals import refused

DEFAULT = SurfaceSettings()
FEW = SurfaceSettings(max_faces=2000)


def ball(radius: float, shape=(60, 60, 60)) -> np.ndarray:
    middle = (np.array(shape) - 1) / 2
    squares = [(np.arange(n) - m) ** 2 for n, m in zip(shape, middle, strict=True)]
    return sum(np.ix_(*squares)) <= radius**2


def assert_sound(surface: RegionSurface) -> None:
    """Closed and facing outward, by trimesh, and holding what its report says."""
    mesh = trimesh.Trimesh(surface.mesh.points, surface.mesh.faces, process=False)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0
    assert mesh.volume == pytest.approx(surface.report.volume, rel=1e-6)
    assert len(mesh.faces) == surface.report.n_faces
    assert np.isfinite(surface.mesh.points).all()


def assert_on_labels(surface: RegionSurface, mask: np.ndarray, grid: VoxelGrid) -> None:
    """Each point has a voxel of the mask under it or next to that one."""
    near = ndimage.binary_dilation(np.pad(mask, 2), np.ones((3, 3, 3)))
    index = np.floor(grid.to_index_space(surface.mesh.points)).astype(int) + 2
    assert near[tuple(index.T)].all()


@pytest.mark.parametrize("settings", [DEFAULT, FEW, SurfaceSettings(None, 30)])
@pytest.mark.parametrize("steps", [(25, 25, 25), (10, 20, 40), (-10, 20, 30), (-5, -5, -9)])
def test_a_ball_keeps_its_volume_and_its_radius(settings, steps):
    mask = ball(24)
    grid = VoxelGrid.from_steps(mask.shape, steps, (1000, -300, 7))
    surface = surface_of_mask(mask, grid, settings)
    assert_sound(surface)
    assert_on_labels(surface, mask, grid)
    report = surface.report
    assert report.n_voxels == mask.sum()
    assert report.voxel_volume == pytest.approx(mask.sum() * np.prod(np.abs(steps)))
    assert abs(report.volume_error) < 0.001
    assert report.shortfalls == ()
    if settings.max_faces is not None:
        assert report.n_faces <= settings.max_faces
    # In voxels, every point of the surface is a ball's radius from its middle.
    q = grid.to_index_space(surface.mesh.points) - 30
    assert np.abs(np.linalg.norm(q, axis=1) - 24).max() < 1.2


def test_the_raw_surface_is_that_of_the_voxels():
    mask = ball(9, (30, 31, 32))
    grid = VoxelGrid.from_steps(mask.shape, (25, 50, 10), (3, 4, 5))
    made, plain = surface_of_mask(mask, grid, RAW), extract_surface(mask, grid)
    np.testing.assert_array_equal(made.mesh.points, plain.points)
    np.testing.assert_array_equal(made.mesh.faces, plain.faces)
    assert (made.report.max_deviation, made.report.method) == (0, "marching cubes")
    assert_sound(made)


def test_a_box_at_the_edge_of_the_volume_is_closed_there():
    mask = np.zeros((20, 20, 20), bool)
    mask[:12, 8:, :] = True
    grid = VoxelGrid.from_steps(mask.shape, (10, 10, 10))
    for settings in (RAW, DEFAULT):
        surface = surface_of_mask(mask, grid, settings)
        assert_sound(surface)
        low, high = surface.mesh.points.min(axis=0), surface.mesh.points.max(axis=0)
        np.testing.assert_allclose(low, [0, 80, 0], atol=4)
        np.testing.assert_allclose(high, [120, 200, 200], atol=4)


def test_a_line_of_single_voxels_keeps_the_volume_that_marching_cubes_cuts_off():
    mask = np.zeros((1200, 5, 5), bool)
    mask[:, 2, 2] = True
    grid = VoxelGrid.from_steps(mask.shape, (25, 25, 25))
    raw = surface_of_mask(mask, grid, RAW).report
    assert raw.volume_error == pytest.approx(-0.5, abs=0.01)
    made = surface_of_mask(mask, grid, SurfaceSettings(smoothing=0))
    assert abs(made.report.volume_error) < 0.02
    assert_sound(made)
    # Half of a voxel's section, √0.5 across, is let out to a whole one.
    assert 0 < made.report.max_deviation < 0.4 * 25


def test_sheets_that_touch_along_edges_stay_watertight_when_simplified():
    rng = np.random.default_rng(7)
    mask = ndimage.gaussian_filter(rng.random((48, 48, 48)), 1.2) > 0.5
    grid = VoxelGrid.from_steps(mask.shape, (25, 25, 25))
    for settings in (SurfaceSettings(4000, 0), SurfaceSettings(4000, 10), SurfaceSettings(20000)):
        surface = surface_of_mask(mask, grid, settings)
        assert surface.report.n_faces <= settings.max_faces < surface.report.n_raw_faces
        assert_sound(surface)
        assert_on_labels(surface, mask, grid)


def test_the_deviation_is_measured_and_a_stated_one_is_kept():
    mask = ball(26)
    mask[30, 30, :] = True  # a spike one voxel wide, which few triangles cannot follow
    grid = VoxelGrid.from_steps(mask.shape, (10, 10, 10))
    few = surface_of_mask(mask, grid, SurfaceSettings(200, 0))
    assert few.report.n_faces <= 200
    limited = surface_of_mask(mask, grid, SurfaceSettings(200, 0, max_deviation=6.0))
    assert limited.report.max_deviation <= 6 < few.report.max_deviation
    assert limited.report.n_faces > 200
    assert limited.report.shortfalls == ()
    # Measured otherwise: from the points of the voxels' surface, by trimesh's own distance.
    made = trimesh.Trimesh(few.mesh.points, few.mesh.faces, process=False)
    raw = extract_surface(mask, grid).points
    by_samples = trimesh.sample.sample_surface(made, 200_000, seed=1)[0]
    nearest = cKDTree(by_samples).query(raw)[0].max()
    assert few.report.max_deviation == pytest.approx(nearest, abs=2.0)


def test_smoothing_takes_steps_away():
    mask = ball(20)
    grid = VoxelGrid.from_steps(mask.shape, (10, 10, 10))
    spread = {}
    for rounds in (0, 10):
        points = surface_of_mask(mask, grid, SurfaceSettings(None, rounds)).mesh.points
        spread[rounds] = np.linalg.norm(points - 300, axis=1).std()
    assert spread[10] < 0.6 * spread[0]


def test_a_parent_has_the_merged_labels_of_its_children(small_atlas):
    labels = small_atlas.ranks
    rank = small_atlas.region_map.rank("A")
    surface = surface_of_rank(labels, rank, RAW)
    mask = small_atlas.get_structure_mask("A").raw
    np.testing.assert_array_equal(surface.mesh.points, extract_surface(mask, labels.grid).points)
    assert surface.report.n_voxels == 25


def test_sides_are_pieces_that_close_at_the_midline(small_atlas):
    labels, rank = small_atlas.ranks, small_atlas.region_map.rank("A")
    voxels = 0
    for side, low, high in ((LEFT, 30, 90), (RIGHT, 90, 150)):
        surface = surface_of_rank(labels, rank, RAW, small_atlas.hemisphere_rule, side)
        assert_sound(surface)
        assert surface.mesh.points[:, 2].min() == low
        assert surface.mesh.points[:, 2].max() == high
        voxels += surface.report.n_voxels
    assert voxels == 25
    with refused("side"):
        surface_of_rank(labels, rank, RAW, None, LEFT)


def test_what_has_no_voxel_is_refused(small_atlas):
    with refused("7", "no voxel"):
        surface_of_rank(small_atlas.ranks, small_atlas.region_map.rank("C"), DEFAULT)
    grid = VoxelGrid.from_steps((3, 3, 3), (1, 1, 1))
    with refused("no voxel"):
        surface_of_mask(np.zeros((3, 3, 3), bool), grid, DEFAULT)
    with refused("(2, 3, 3)", by=ArgumentError):
        surface_of_mask(np.ones((2, 3, 3), bool), grid, DEFAULT)
    for bad in ({"max_faces": 3}, {"smoothing": -1}, {"max_deviation": 0.0}):
        with refused("expected", by=ArgumentError):
            SurfaceSettings(**bad)


def assert_all_good(atlas: Atlas, ranks: list[int], settings: SurfaceSettings) -> None:
    labels: RankVolume = atlas.ranks
    for rank in ranks:
        surface = surface_of_rank(labels, rank, settings)
        assert_sound(surface)
        assert surface.report.n_voxels == labels.total_counts[rank]
        if labels.total_counts[rank] > 1000:
            assert abs(surface.report.volume_error) < 0.02
        assert_on_labels(surface, labels.mask([(rank, int(labels.ends[rank]))]), labels.grid)


def test_every_larger_region_of_the_sample_keeps_to_its_labels():
    atlas = open_atlas(sample_folder())
    counts = atlas.ranks.total_counts
    large = [k for k in range(1, len(atlas.region_map) + 1) if counts[k] > 1000]
    assert large
    assert_all_good(atlas, large[::12], SurfaceSettings(max_faces=10_000))


@pytest.mark.data
def test_regions_of_a_real_annotation_keep_to_their_labels(data_folder):
    atlas = open_atlas(
        data_folder / "allen_ccfv3_2017" / "annotation_100.nrrd",
        data_folder / "allen_ccfv3_2017" / "1.json",
    )
    words = [
        "root",
        "Isocortex",
        "HPF",
        "TH",
        "fiber tracts",
        "VS",
        "alv",
        "cc",
        "CA1",
        "IIn",
        "VISp6b",
        "fxs",
    ]
    ranks = [atlas.region_map.rank(word) for word in words]
    assert_all_good(atlas, ranks, SurfaceSettings(max_faces=8000))
