"""brainglobe-atlasapi and ours give the same answers wherever it is right.

Where it is wrong: `test_brainglobe_faults`.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import nrrd
import numpy as np
import pytest
import tifffile

from napari_atlas_explorer import Atlas, open_atlas

from .. import packages
from .peers import PeerError, Remote, require
from .sources import rows_of, write_brainglobe

require("brainglobe")
pytestmark = pytest.mark.conformance

PACKAGES = ["sample", pytest.param("allen", marks=pytest.mark.data)]


@pytest.fixture(scope="module", params=PACKAGES)
def package(request, tmp_path_factory) -> Path:
    """Folder of the sample atlas as a BrainGlobe package, or of one that BrainGlobe made."""
    folder = tmp_path_factory.mktemp("brainglobe")
    if request.param == "sample":
        sample = request.getfixturevalue("sample")
        ids = nrrd.read(str(sample / "brain_regions.nrrd"))[0]
        rows = rows_of(sample / "hierarchy.json")
        return write_brainglobe(folder / "sample_60um_v1.0", ids, rows, 60.0)
    data = request.getfixturevalue("data_folder")
    packed = data / "brainglobe_packaged_allen_100um_v1" / "allen_mouse_100um_v1.2.tar.xz"
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return folder / "allen_mouse_100um_v1.2"


@pytest.fixture(scope="module")
def atlases(package, brainglobe) -> tuple[Atlas, Remote]:
    """One package, opened by us and by them."""
    return open_atlas(package), brainglobe.Atlas(str(package))


@pytest.fixture(scope="module")
def voxels(atlases) -> np.ndarray:
    """Voxels of every region, and of the background, ``(n, 3)``."""
    ours, _ = atlases
    ids = np.asarray(ours.annotation)
    _, first = np.unique(ids, return_index=True)
    rng = np.random.default_rng(1)
    every = np.stack(np.unravel_index(first, ids.shape), axis=-1)
    return np.concatenate([every, rng.integers(0, ids.shape, (500, 3))])


def test_the_package_says_the_same_of_itself(atlases):
    ours, theirs = atlases
    assert ours.shape == theirs.shape
    assert ours.resolution == theirs.resolution
    assert ours.orientation == theirs.orientation == "asr"
    for key in ("name", "citation", "species", "symmetric", "version"):
        assert ours.metadata[key] == theirs.metadata[key]


def test_short_members_are_the_same(atlases):
    ours, theirs = atlases
    assert ours.shape_um == theirs.shape_um
    assert (ours.left_hemisphere_value, ours.right_hemisphere_value) == (
        theirs.left_hemisphere_value,
        theirs.right_hemisphere_value,
    )
    table = theirs.lookup_df.to_dict("list")
    ids = theirs.lookup_df.to_dict("list")["id"]
    mine = ours.lookup_df.set_index("id").loc[ids].reset_index()
    assert mine[list(table)].to_dict("list") == table
    assert len(ours.structures_list) == len(theirs.structures_list)
    assert ours.structures.acronym_to_id_map == theirs.structures.acronym_to_id_map


def test_structures_at_a_level_are_the_same(atlases):
    ours, theirs = atlases
    refused_there = 0
    for region in "root", "HPF", "TH":
        for level in range(7):
            try:
                expected = theirs.get_structures_at_hierarchy_level(region, level)
            except PeerError:  # Fault: also where another branch is that deep.
                refused_there += 1
                continue
            found = ours.get_structures_at_hierarchy_level(region, level)
            assert sorted(found) == sorted(expected)
        every = theirs.get_structures_at_hierarchy_level(region, as_acronym=True)
        mine = ours.get_structures_at_hierarchy_level(region, as_acronym=True)
        assert sorted(mine) == sorted(every)
    assert 0 < refused_there < 21


def test_the_volumes_are_the_same(atlases):
    ours, theirs = atlases
    np.testing.assert_array_equal(ours.annotation, theirs.annotation)
    np.testing.assert_array_equal(ours.reference.raw, theirs.reference)
    np.testing.assert_array_equal(ours.hemispheres.raw, theirs.hemispheres)


def test_voxels_name_the_same_structures(atlases, voxels):
    ours, theirs = atlases
    ids = [int(theirs.structure_from_coords(v)) for v in voxels.tolist()]
    acronyms = [theirs.structure_from_coords(v, as_acronym=True) for v in voxels.tolist()]
    assert len(set(ids)) > 300
    assert "Outside atlas" in acronyms
    assert ours.structure_from_coords(voxels).tolist() == ids
    assert ours.structure_from_coords(voxels, as_acronym=True).tolist() == acronyms
    assert [ours.structure_from_coords(v) for v in voxels.tolist()] == ids


def test_microns_name_the_same_structures(atlases, voxels):
    ours, theirs = atlases
    inner = voxels + np.random.default_rng(2).random(voxels.shape)
    for microns in (inner * ours.resolution, voxels * np.array(ours.resolution)):
        ids = [int(theirs.structure_from_coords(p, microns=True)) for p in microns.tolist()]
        assert ours.structure_from_coords(microns, microns=True).tolist() == ids
        assert [ours.at(p).id for p in microns.tolist()] == ids


@pytest.mark.parametrize("level", [0, 1, 3, 5, -1, -2, -4])
def test_structures_at_a_level_of_the_hierarchy_are_the_same(atlases, voxels, level):
    ours, theirs = atlases
    deep = [
        v
        for v in voxels.tolist()
        if (hit := ours.structure_from_coords(v))
        and -len(path := theirs.structures[hit]["structure_id_path"]) <= level < len(path)
    ]
    assert len(deep) > 100
    expected = [theirs.structure_from_coords(v, hierarchy_lev=level) for v in deep]
    assert ours.structure_from_coords(deep, hierarchy_lev=level).tolist() == expected


def test_hemispheres_are_the_same(atlases, voxels):
    ours, theirs = atlases
    numbers = [int(theirs.hemisphere_from_coords(v)) for v in voxels.tolist()]
    words = [theirs.hemisphere_from_coords(v, as_string=True) for v in voxels.tolist()]
    assert set(words) == {"left", "right"}
    assert ours.hemisphere_from_coords(voxels).tolist() == numbers
    assert ours.hemisphere_from_coords(voxels, as_string=True).tolist() == words


def test_every_structure_is_described_alike(atlases):
    ours, theirs = atlases
    rows = theirs.structures_list
    assert sorted(ours.structures) == sorted(row["id"] for row in rows)
    for row in rows:
        for key in (row["id"], row["acronym"]):
            found = ours.structures[key]
            for field in ("id", "acronym", "name", "structure_id_path", "rgb_triplet"):
                assert found[field] == row[field]


def test_ancestors_are_the_same(atlases):
    ours, theirs = atlases
    for row in theirs.structures_list:
        expected = theirs.get_structure_ancestors(row["acronym"])
        assert ours.get_structure_ancestors(row["acronym"]) == expected
        assert ours.get_structure_ancestors(row["id"]) == expected


def test_descendants_are_the_same(atlases):
    ours, theirs = atlases
    for row in theirs.structures_list[::40]:
        expected = theirs.get_structure_descendants(row["acronym"])
        found = ours.get_structure_descendants(row["acronym"])
        # Theirs come in the file's order, ours in the hierarchy's.
        assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("acronym", ["root", "HPF", "CA1", "TH", "CTX"])
def test_masks_cover_the_same_voxels(atlases, acronym):
    ours, theirs = atlases
    stamped = theirs.get_structure_mask(acronym)  # the structure's id where it is
    assert np.unique(stamped).tolist() == [0, ours.structures[acronym]["id"]]
    np.testing.assert_array_equal(ours.get_structure_mask(acronym).raw, stamped != 0)


@pytest.mark.parametrize("package", PACKAGES[1:], indirect=True)
def test_meshes_are_the_same_files(package, brainglobe):
    ours, theirs = open_atlas(package), brainglobe.Atlas(str(package))
    for acronym in ("root", "VISp", "CA1"):
        path = ours.meshfile_from_structure(acronym)
        assert path.is_file()
        assert path.samefile(theirs.structures[acronym]["mesh_filename"])


@pytest.mark.parametrize("across", [5, 6, 7, 8, 9, 10, 11])
def test_the_middle_of_a_symmetric_package_lies_where_theirs_does(brainglobe, tmp_path, across):
    # Python rounds halves to even: 5 voxels are parted 2 + 3, and 7 are parted 4 + 3.
    folder = packages.brainglobe_v2(tmp_path / "odd_100um_v1.2", voxels=(12, 8, across))
    expected = brainglobe.Atlas(str(folder)).hemispheres
    np.testing.assert_array_equal(open_atlas(folder).hemispheres.raw, expected)
    left = np.flatnonzero(expected[0, 0] == 1)
    assert left[0] == {5: 2, 6: 3, 7: 4, 8: 4, 9: 4, 10: 5, 11: 6}[across]


def test_a_package_with_its_own_hemispheres_answers_by_them(brainglobe, tmp_path):
    sides = np.full(packages.SHAPE, 2, np.uint8)
    sides[:, :, 3:] = 1
    folder = packages.brainglobe_v2(tmp_path / "sided_100um_v1.2", hemispheres=sides)
    ours, theirs = open_atlas(folder), brainglobe.Atlas(str(folder))
    np.testing.assert_array_equal(theirs.hemispheres, sides)
    np.testing.assert_array_equal(ours.hemispheres.raw, sides)
    for voxel in ([3, 3, 2], [3, 3, 3]):
        word = theirs.hemisphere_from_coords(voxel, as_string=True)
        assert ours.hemisphere_from_coords(voxel, as_string=True) == word


def test_additional_references_are_the_same(brainglobe, tmp_path):
    name = "second"
    folder = packages.brainglobe_v2(tmp_path / "two_100um_v1.2", additional_references=[name])
    tifffile.imwrite(folder / f"{name}.tiff", packages.image(seed=9), photometric="minisblack")
    theirs = brainglobe.Atlas(str(folder)).additional_references[name]
    np.testing.assert_array_equal(open_atlas(folder).load_data(name).raw, theirs)
