"""Meshes lie on the labels they were made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, open_atlas
from napari_atlas_explorer.core.errors import AtlasError, UnknownRegionError
from napari_atlas_explorer.core.mesh import Mesh
from napari_atlas_explorer.core.space.hemispheres import HemispherePlane

from ..refusals import refused

CUBE = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], float)
FACES = np.array([[0, 1, 2], [5, 6, 7]])  # one face at the low end of axis 0, one at the high


@pytest.fixture
def with_meshes(small_map) -> Atlas:
    """Every region fills a box of 6 × 5 × 4 voxels and has that box as its mesh, 7 µm off."""
    ids = np.zeros((20, 20, 20), np.uint32)
    corners = {3: (1, 1, 1), 4: (8, 1, 1), 6: (1, 9, 10)}
    meshes = {}
    for region, corner in corners.items():
        where = tuple(slice(c, c + n) for c, n in zip(corner, (6, 5, 4), strict=True))
        ids[where] = region
        box = (np.array(corner) + CUBE * (6, 5, 4)) * (10, 20, 30)
        meshes[Path(f"{region}.obj")] = Mesh(box + np.array([7, -3, 0.5]), FACES)
    plane = HemispherePlane(0, 4, 1, "by hand")
    atlas = Atlas.from_arrays(ids, small_map, (10.0, 20.0, 30.0))
    files = {region: Path(f"{region}.obj") for region in corners}
    return Atlas(
        replace(
            atlas.package, hemisphere_rule=plane, mesh_files=files, read_mesh=meshes.__getitem__
        )
    )


def test_a_steady_offset_is_measured_and_taken_away(with_meshes):
    offset = with_meshes.mesh_offset
    np.testing.assert_allclose(offset.median, (7, -3, 0.5))
    assert offset.n_regions == 3
    assert offset.is_steady
    assert "+7, -3, +0.5 µm" in offset.describe()
    mesh = with_meshes.mesh_from_structure("a1")
    np.testing.assert_allclose(mesh.points.min(axis=0), (10, 20, 30))
    np.testing.assert_allclose(mesh.points.max(axis=0), (70, 120, 150))


def test_meshes_that_differ_each_in_its_way_are_left_alone(with_meshes):
    read = with_meshes.package.read_mesh
    away = {"3.obj": 0, "4.obj": 40, "6.obj": -40}

    def moved(path: Path) -> Mesh:
        mesh = read(path)
        return Mesh(mesh.points + away[path.name], mesh.faces)

    atlas = Atlas(replace(with_meshes.package, read_mesh=moved))
    assert not atlas.mesh_offset.is_steady
    assert atlas.mesh_from_structure("a1").points.min(axis=0).tolist() == [17, 17, 30.5]
    assert "not steadily" in atlas.mesh_offset.describe()


def test_one_side_of_a_mesh(with_meshes):
    left = with_meshes.mesh_from_structure("a1", hemisphere="left")  # below 40 µm
    assert len(left.faces) == 1
    assert len(left.points) == 3
    assert (left.points[left.faces][..., 0] == 10).all()


def test_a_region_without_a_mesh_is_named(with_meshes, small_atlas):
    with refused("no mesh of C", by=AtlasError):
        with_meshes.mesh_from_structure("C")
    with refused("no mesh of A", by=AtlasError):
        small_atlas.mesh_from_structure("A")
    with refused("nothing", by=UnknownRegionError):
        with_meshes.mesh_from_structure("nothing")


def test_without_meshes_there_is_no_offset(small_atlas):
    assert small_atlas.mesh_offset.n_regions == 0
    assert "as they stand" in small_atlas.mesh_offset.describe()


@pytest.mark.data
@pytest.mark.parametrize(
    "package",
    [
        "brainglobe_packaged_allen_100um_v1/allen_mouse_100um_v1.2.tar.xz",
        "brainglobe_packaged_allen_v3/brainglobe-atlasapi_v3_allen.tar.xz/atlases/allen_mouse_100um/3_0",
    ],
)
def test_real_packages_are_half_a_voxel_off(data_folder, package):
    atlas = open_atlas(data_folder / package)
    np.testing.assert_allclose(atlas.mesh_offset.median, -50, atol=1)
    thalamus = atlas.mesh_from_structure("TH")
    row = atlas.statistics().set_index("acronym").loc["TH"]
    middle = (thalamus.points.min(axis=0) + thalamus.points.max(axis=0)) / 2
    box = [(row[f"box_{k}_start"] + row[f"box_{k}_stop"]) * 50 for k in range(3)]
    np.testing.assert_allclose(middle, box, atol=10)
