"""voxcell opens the folders that we package, and finds the ingredients in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer.packaging.make import make_package
from napari_atlas_explorer.packaging.options import PackageOptions
from napari_atlas_explorer.packaging.package_atlas import package_atlas

from ..packaging import handmade
from ..qa import broken
from . import twins
from .peers import Remote, raised, require

require("voxcell")
pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module", params=twins.CASES, ids=lambda case: case.name)
def case(request) -> twins.Case:
    return request.param


@pytest.fixture(scope="module")
def folder(case, tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("voxelbrain")
    given = twins.arguments(case, made / "ingredients")
    options = PackageOptions("voxelbrain", empty="keep")
    return package_atlas(**given, working_dir=made / "ours", target="voxelbrain", options=options)


@pytest.fixture(scope="module")
def atlas(folder, voxcell) -> Remote:
    return voxcell.Atlas.open(str(folder))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("brain_regions", twins.annotation()),
        ("reference", broken.reference()),
        ("nissl", broken.reference()[::-1]),
    ],
)
def test_volumes_are_the_ingredients_in_their_own_axes(atlas, case, name, values):
    found = atlas.load_data(name)
    np.testing.assert_array_equal(found.raw, case.stack(values))
    np.testing.assert_array_equal(found.voxel_dimensions, np.array(case.resolution)[case.order])
    np.testing.assert_array_equal(found.offset, [0, 0, 0])


def test_hemispheres_are_voxcells_numbers(atlas, case):
    found = atlas.load_data("hemisphere").raw
    np.testing.assert_array_equal(found, case.stack(twins.expected_sides(case)))


def test_lookups_name_the_region_at_a_place(atlas, case):
    voxels = twins.positions()
    places = case.points((voxels + 0.5) * case.resolution)
    found = atlas.load_data("brain_regions").lookup(places)
    np.testing.assert_array_equal(found, twins.annotation()[tuple(voxels.T)])


def test_the_hierarchy_is_the_list_of_regions(atlas):
    regions = atlas.load_region_map()
    for row in twins.structures():
        assert regions.get(row["id"], "acronym") == row["acronym"]
        assert regions.get(row["id"], "name") == row["name"]
        color = regions.get(row["id"], "color_hex_triplet")
        assert [int(color[k : k + 2], 16) for k in (0, 2, 4)] == row["rgb_triplet"]
        path = regions.get(row["id"], "id", with_ascendants=True)
        assert path == row["structure_id_path"][::-1]
        below = {r["id"] for r in twins.structures() if row["id"] in r["structure_id_path"]}
        assert regions.find(row["id"], "id", with_descendants=True) == below


def test_masks_are_the_regions_with_their_descendants(atlas, case):
    for row in twins.structures():
        below = [r["id"] for r in twins.structures() if row["id"] in r["structure_id_path"]]
        mask = atlas.get_region_mask(row["acronym"], attr="acronym").raw
        np.testing.assert_array_equal(mask, case.stack(np.isin(twins.annotation(), below)))


def test_rotations_come_along(voxcell, tmp_path):
    package = handmade.whole_package(tmp_path / "first")
    made = make_package(
        handmade.source(package), handmade.options("voxelbrain"), tmp_path / "out", checks=()
    )
    atlas = voxcell.Atlas.open(str(made.packages[0]))
    field = atlas.load_data("orientation", cls=voxcell.OrientationField)
    stored = handmade.orientation_field()
    np.testing.assert_array_equal(field.raw, stored)
    inside = broken.annotation() > 0
    w, x, y, z = np.moveaxis(stored[inside] / 127.0, -1, 0)
    norm = w**2 + x**2 + y**2 + z**2
    # The first column of a quaternion's matrix: where axis x goes.
    first = np.stack([w**2 + x**2 - y**2 - z**2, 2 * (x * y + w * z), 2 * (x * z - w * y)], -1)
    centers = (np.argwhere(inside) + 0.5) * broken.RESOLUTION
    matrices = field.lookup(centers)
    np.testing.assert_allclose(matrices[:, :, 0], first / norm[:, None], atol=1e-6)


def test_a_region_that_was_dropped_is_unknown(voxcell, case, tmp_path):
    given = twins.arguments(case, tmp_path / "ingredients")
    folder = package_atlas(**given, working_dir=tmp_path / "ours", target="voxelbrain")
    regions = voxcell.Atlas.open(str(folder)).load_region_map()
    assert regions.get(8, "acronym") == "grey"
    with raised("VoxcellError", twins.EMPTY):
        regions.get(twins.EMPTY, "acronym")
