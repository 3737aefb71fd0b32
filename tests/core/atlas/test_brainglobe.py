"""BrainGlobe's members of an atlas."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap, VoxelData
from napari_atlas_explorer.core.errors import (
    ArgumentError,
    AtlasError,
    UnknownImageError,
    UnknownRegionError,
)
from napari_atlas_explorer.core.mesh import Mesh
from napari_atlas_explorer.core.package import Dataset

from ...refusals import refused


@pytest.fixture
def with_meshes(small_atlas) -> Atlas:
    """Atlas with a mesh of each of three regions: a triangle at its id."""

    def read(path: Path) -> Mesh:
        corner = float(path.stem)
        return Mesh(corner + np.eye(3), np.array([[0, 1, 2]]))

    files = {i: Path(f"{i}.obj") for i in (1, 2, 3)}
    return Atlas(replace(small_atlas.package, mesh_files=files, read_mesh=read))


# ---- what it is ----------------------------------------------------------------------------------


def test_the_length_of_each_axis_is_in_micrometers(small_atlas):
    assert small_atlas.shape_um == (40.0, 100.0, 180.0)


def test_hemispheres_have_brainglobes_values(small_atlas):
    assert (small_atlas.left_hemisphere_value, small_atlas.right_hemisphere_value) == (1, 2)
    assert (small_atlas.hemispheres == Atlas.left_hemisphere_value).sum() == 60


def test_the_reference_is_the_template_too(small_atlas):
    assert small_atlas.template is None
    ids = np.asarray(small_atlas.annotation)
    atlas = Atlas.from_arrays(ids, small_atlas.region_map, 1.0, reference=ids * 2)
    assert atlas.template is atlas.reference


def test_the_folder_has_both_names(small_atlas):
    atlas = Atlas(replace(small_atlas.package, path=Path("somewhere")))
    assert atlas.root_dir == atlas.path == Path("somewhere")


# ---- regions -------------------------------------------------------------------------------------


def test_the_lookup_table_has_acronym_id_and_name(small_atlas):
    table = small_atlas.lookup_df
    assert list(table.columns) == ["acronym", "id", "name"]
    assert table.iloc[1].tolist() == ["A", 2, "area A"]
    assert table["id"].tolist() == [1, 2, 3, 4, 70000, 6, 7]
    assert table["id"].dtype == np.int64


def test_a_region_without_names_is_in_the_table_by_its_id():
    regions = RegionMap([{"id": 1}, {"id": 2}], [None, 1])
    assert regions.names_dataframe().values.tolist() == [["1", 1, "1"], ["2", 2, "2"]]


def test_the_list_of_structures_is_that_of_its_dicts(small_atlas):
    rows = small_atlas.structures_list
    assert [row["acronym"] for row in rows] == ["root", "A", "a1", "a2", "B", "b1", "C"]
    assert rows[2]["structure_id_path"] == [1, 2, 3]


def test_the_hierarchy_is_printed_as_a_tree(small_atlas):
    expected = """\
root (1)
├── A (2)
│   ├── a1 (3)
│   └── a2 (4)
├── B (70000)
│   └── b1 (6)
└── C (7)"""
    assert str(small_atlas.hierarchy) == str(small_atlas.structures) == expected
    assert small_atlas.hierarchy is small_atlas.structures.tree is small_atlas.region_map


def test_several_structures_are_a_list(small_atlas):
    structures = small_atlas.structures
    assert structures[["A", 3]] == [structures["A"], structures["a1"]]
    assert structures.acronym_to_id_map["b1"] == 6
    with refused("'zzz'", by=UnknownRegionError):
        structures[["A", "zzz"]]


@pytest.mark.parametrize(
    ("region", "level", "found"),
    [
        ("root", 0, ["root"]),
        ("root", 1, ["A", "B", "C"]),
        ("root", 2, ["a1", "a2", "b1"]),
        ("A", 2, ["a1", "a2"]),
        ("A", 1, ["A"]),
        ("A", 0, ["root"]),
        ("a1", 1, ["A"]),
        # Level by level, as a breadth-first walk.
        ("root", None, ["root", "A", "B", "C", "a1", "a2", "b1"]),
        ("A", None, ["root", "A", "a1", "a2"]),
    ],
)
def test_structures_at_a_level_of_a_region(small_atlas, region, level, found):
    ask = small_atlas.get_structures_at_hierarchy_level
    assert ask(region, level, as_acronym=True) == found
    ids = [small_atlas.structures[acronym]["id"] for acronym in found]
    assert ask(structure=region, hierarchy_level=level) == ids


@pytest.mark.parametrize("level", [3, -1, 1.5, "1"])
def test_a_level_that_no_region_has_is_refused(small_atlas, level):
    with refused(level, by=ArgumentError):
        small_atlas.get_structures_at_hierarchy_level("root", level)


def test_a_level_below_a_leaf_is_refused_with_the_deepest(small_atlas):
    with refused("C", "level 2", "at most 1", by=ArgumentError):
        small_atlas.get_structures_at_hierarchy_level("C", 2)


def test_lists_of_regions_get_lists(small_atlas):
    assert small_atlas.get_structure_ancestors(["a1", 1]) == [["root", "A"], []]
    assert small_atlas.get_structure_descendants(["A", 7]) == [["a1", "a2"], []]
    assert small_atlas.get_structure_ancestors(structure="a1") == ["root", "A"]
    assert small_atlas.get_structure_descendants(structure="A") == ["a1", "a2"]


def test_another_word_stands_for_outside(small_atlas):
    ask = small_atlas.structure_from_coords
    assert ask([0, 1, 1], as_acronym=True, key_error_string="nothing") == "nothing"
    assert ask([[1, 1, 1], [-1, 0, 0]], as_acronym=True, key_error_string="").tolist() == ["a1", ""]
    assert ask([0, 1, 1], key_error_string="nothing") == 0


# ---- masks and meshes ----------------------------------------------------------------------------


def test_masks_take_brainglobes_keyword(small_atlas):
    mask = small_atlas.get_structure_mask(structure="A")
    np.testing.assert_array_equal(mask, small_atlas.get_structure_mask("A"))


def test_a_structure_has_its_mesh_and_its_file(with_meshes):
    structure = with_meshes.structures["A"]
    assert structure["mesh_filename"] == Path("2.obj")
    np.testing.assert_array_equal(structure["mesh"].points, 2 + np.eye(3))
    assert with_meshes.structures["C"]["mesh_filename"] is None
    with refused("no mesh of C", by=AtlasError):
        with_meshes.structures["C"]["mesh"]
    assert "mesh" not in json.loads(json.dumps(structure))
    copied = pickle.loads(pickle.dumps(structure))  # noqa: S301 - made here
    assert type(copied) is dict
    assert copied == structure
    with pytest.raises(KeyError, match="'nothing'"):
        structure["nothing"]


def test_lists_of_meshes(with_meshes):
    points = [mesh.points[0].tolist() for mesh in with_meshes.mesh_from_structure(["a1", "root"])]
    assert points == [[4, 3, 3], [2, 1, 1]]
    files = with_meshes.meshfile_from_structure(structure=["a1", "C"])
    assert files == [Path("3.obj"), None]


def test_the_roots_mesh(with_meshes):
    np.testing.assert_array_equal(with_meshes.root_mesh().points, 1 + np.eye(3))
    assert with_meshes.root_meshfile() == Path("1.obj")


@pytest.mark.parametrize(("acronyms", "root"), [("abc", 1), (["x", "root", "y"], 2)])
def test_the_root_is_the_one_region_without_parent_or_the_one_called_so(acronyms, root):
    rows = [{"id": i, "acronym": a} for i, a in enumerate(acronyms, 1)]
    parents = [None, 1, 1] if root == 1 else [None] * 3
    assert RegionMap(rows, parents).root_id == root


# ---- further images ------------------------------------------------------------------------------


def test_further_images_are_read_when_they_are_asked_for(small_atlas):
    read = []

    def load() -> VoxelData:
        read.append("nissl")
        return VoxelData(np.ones((4, 5, 6)), (10, 20, 30))

    package = small_atlas.package
    nissl = Dataset("nissl", "image", load)
    image = replace(nissl, name="reference")
    datasets = {**package.datasets, "reference": image, "nissl": nissl}
    images = Atlas(replace(package, datasets=datasets, reference="reference")).additional_references
    assert list(images) == ["nissl"]
    assert "nissl" in images
    assert repr(images) == "<AdditionalReferences: nissl>"
    assert read == []
    assert images["nissl"] is images["nissl"]
    assert read == ["nissl"]
    with refused("'aba'", "nissl", by=UnknownImageError):
        images["aba"]
    assert images.get("aba") is None
    assert list(small_atlas.additional_references) == []
