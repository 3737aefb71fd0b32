"""From layout to layout and back: nothing is lost."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_atlas_explorer import OrientationField, open_atlas
from napari_atlas_explorer.core.colors.region_colors import parse_rgb
from napari_atlas_explorer.packaging.make import make_package

from ..qa import broken
from . import handmade

ALL = ("brainglobe-v2", "voxelbrain", "brainglobe-v3", "brainglobe-v2")


@pytest.fixture(scope="module")
def journey(tmp_path_factory):
    """The hand-made package, and what became of it: v2, VoxelBrain, v3, v2."""
    folder = tmp_path_factory.mktemp("journey")
    paths = [handmade.whole_package(folder / "first")]
    for n, target in enumerate(ALL):
        made = make_package(
            handmade.source(paths[-1]), handmade.options(target), folder / f"{n}", checks=()
        )
        paths.append(made.packages[0])
    return paths


@pytest.fixture(params=range(1, 5), ids=["v2", "voxelbrain", "v3", "v2 again"])
def pair(journey, request):
    return open_atlas(journey[0]), open_atlas(journey[request.param])


def test_no_voxel_changes(pair):
    first, last = pair
    assert np.array_equal(last.annotation.raw, broken.annotation())
    assert np.array_equal(last.reference.raw, broken.reference())
    assert np.array_equal(last.hemispheres.raw, broken.hemispheres())
    assert last.shape == first.shape
    assert last.resolution == first.resolution
    assert last.orientation == "asr"


def test_the_other_image_keeps_name_and_values(journey):
    for path, name in zip(journey[1:3], ("nissl", "nissl"), strict=True):
        assert np.array_equal(open_atlas(path).load_data(name).raw, broken.reference()[::-1])
    assert open_atlas(journey[3]).datasets.count("handmade_brain-nissl-template") == 1
    assert np.array_equal(open_atlas(journey[4]).load_data("nissl").raw, broken.reference()[::-1])


def test_no_region_changes(pair):
    _, last = pair
    regions = last.region_map
    assert set(regions) == set(broken.PARENTS)
    for i, parent in broken.PARENTS.items():
        rank = regions.rank(i)
        assert (regions.acronym_of_rank(rank), regions.name_of_rank(rank)) == broken.NAMES[i]
        assert list(parse_rgb(regions.row_of_rank(rank))) == broken.COLORS[i]
        assert regions.ids[regions.parent_ranks[rank]] == (parent or 0)


def test_orientations_come_along(pair):
    _, last = pair
    field = last.load_data("orientation", cls=OrientationField)
    assert np.array_equal(field.raw, handmade.orientation_field())
    assert last.package.orientation_field == "orientation"


def test_no_metadata_are_lost(journey):
    first = json.loads((journey[0] / "metadata.json").read_text())
    for path in (journey[1], journey[4]):
        assert json.loads((path / "metadata.json").read_text()) == first
    for path in (journey[2] / "metadata.json", journey[3] / "manifest.json"):
        found = json.loads(path.read_text())
        assert {k: found[k] for k in first if k != "additional_references"} == {
            k: v for k, v in first.items() if k != "additional_references"
        }


def test_every_vertex_stays(pair):
    first, last = pair
    for i, path in first.package.mesh_files.items():
        before = first.package.read_mesh(path)
        after = last.package.read_mesh(last.package.mesh_files[i])
        assert np.array_equal(after.faces, before.faces)
        # Draco's 16 bits over the largest extent of a mesh, in v3 alone.
        step = np.ptp(before.points, axis=0).max() / (2**16 - 1)
        assert np.abs(after.points - before.points).max() <= step / 2 + 2e-3


def test_meshes_that_are_only_copied_keep_their_bytes(journey):
    for path in journey[1:3]:
        for mesh in (journey[0] / "meshes").iterdir():
            assert (path / "meshes" / mesh.name).read_bytes() == mesh.read_bytes()


@pytest.mark.parametrize("target", ["brainglobe-v2", "brainglobe-v3", "voxelbrain", "itksnap"])
def test_the_same_source_gives_the_same_bytes(tmp_path, target):
    package = handmade.whole_package(tmp_path / "first")
    found = []
    for n in range(2):
        make_package(
            handmade.source(package),
            handmade.options(target, meshes="labels", resolutions=(200.0,)),
            tmp_path / f"{n}",
            checks=(),
            archive=True,
        )
        found.append(handmade.contents(tmp_path / f"{n}"))
    assert found[0] == found[1]
    assert len(found[0]) > 4
