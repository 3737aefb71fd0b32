"""voxcell's hierarchies and masks are ours wherever voxcell is right.

Where it is wrong: `test_voxcell_faults`.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import RegionMap, open_atlas

from .peers import Peer, Remote, require
from .sources import HIERARCHIES, file_of

require("voxcell")
pytestmark = pytest.mark.conformance


@pytest.fixture(scope="module", params=HIERARCHIES)
def maps(request, voxcell) -> tuple[RegionMap, Remote]:
    """One hierarchy, as ours and as theirs."""
    path = file_of(request, request.param, "hierarchy.json")
    return RegionMap.load_json(path), voxcell.RegionMap.load_json(str(path))


# ---- hierarchies ---------------------------------------------------------------------------


def all_ids(theirs: Remote) -> list[int]:
    return sorted(int(i) for i in theirs.as_dataframe().index.tolist())


def test_the_same_regions_are_known(maps):
    ours, theirs = maps
    assert sorted(ours) == all_ids(theirs)


def test_attributes_and_lines_of_ancestors_are_the_same(maps):
    ours, theirs = maps
    for region_id in all_ids(theirs)[::3]:
        for attr in ("id", "acronym", "name"):
            assert ours.get(region_id, attr) == theirs.get(region_id, attr)
        line = theirs.get(region_id, "acronym", with_ascendants=True)
        assert ours.get(region_id, "acronym", with_ascendants=True) == line
        assert ours.is_leaf_id(region_id) is theirs.is_leaf_id(region_id)


def test_every_acronym_finds_the_same_descendants(maps):
    ours, theirs = maps
    acronyms = {theirs.get(i, "acronym") for i in all_ids(theirs)[::3]} | {"root", "nowhere"}
    for acronym in acronyms:
        expected = theirs.find(acronym, "acronym", with_descendants=True)
        assert ours.find(acronym, "acronym", with_descendants=True) == expected


@pytest.mark.parametrize("ignore_case", [False, True])
@pytest.mark.parametrize(
    ("value", "attr"),
    [
        ("@layer [1-6]", "name"),
        ("@^[A-M]", "acronym"),
        ("@1$", "acronym"),
        ("@O1|CTX", "acronym"),
        ("ca1", "acronym"),
        ("CA1", "acronym"),
        ("@", "name"),
        ("", "acronym"),
    ],
)
def test_patterns_find_the_same_regions(maps, value, attr, ignore_case):
    ours, theirs = maps
    for below in (False, True):
        options = {"ignore_case": ignore_case, "with_descendants": below}
        assert ours.find(value, attr, **options) == theirs.find(value, attr, **options)


def test_a_table_of_one_makes_the_same_tree_in_the_other(maps, voxcell):
    ours, theirs = maps
    table = ours.as_dataframe()
    theirs_table = theirs.as_dataframe()
    assert table["parent_id"].to_dict() == theirs_table["parent_id"].to_dict()
    assert table["children_count"].to_dict() == theirs_table["children_count"].to_dict()
    again = voxcell.RegionMap.from_dict(ours.as_dict())
    assert again.as_dataframe()["parent_id"].to_dict() == table["parent_id"].to_dict()
    back = RegionMap.from_dict(theirs.as_dict())
    for region_id in ours:
        line = ours.get(region_id, "id", with_ascendants=True)
        assert back.get(region_id, "id", with_ascendants=True) == line


# ---- atlases -------------------------------------------------------------------------------


def masks_agree(voxcell: Peer, folder: Path, acronyms: list[str]) -> None:
    ours, theirs = open_atlas(folder), voxcell.Atlas.open(str(folder))
    for acronym in acronyms:
        for below in (True, False):
            expected = theirs.get_region_mask(acronym, with_descendants=below).raw
            mask = ours.get_structure_mask(acronym, attr="acronym", direct_only=not below)
            np.testing.assert_array_equal(mask.raw, expected, err_msg=acronym)
            if len(ours.region_map.find(acronym, "acronym")) == 1:
                mask = ours.get_structure_mask(acronym, direct_only=not below)
                np.testing.assert_array_equal(mask.raw, expected, err_msg=acronym)


def test_masks_of_the_sample_atlas_agree(voxcell, sample):
    masks_agree(voxcell, sample, ["root", "HPF", "CA1", "TH", "CTX", "fiber"])


@pytest.mark.data
def test_masks_of_all_regions_of_a_voxelbrain_folder_agree(voxcell, data_folder):
    folder = data_folder / "voxelbrain_proj66_tiny"
    regions = RegionMap.load_json(folder / "hierarchy.json")
    masks_agree(voxcell, folder, [regions.get(i, "acronym") for i in regions][::4])


@pytest.mark.data
def test_masks_of_allens_regions_agree(voxcell, data_folder, tmp_path):
    folder = data_folder / "allen_ccfv3_2017"
    (tmp_path / "brain_regions.nrrd").symlink_to(folder / "annotation_100.nrrd")
    (tmp_path / "hierarchy.json").symlink_to(folder / "1.json")
    masks_agree(voxcell, tmp_path, ["grey", "Isocortex", "VISp", "VISp5", "SCO", "cm", "CM"])


@pytest.mark.parametrize(
    ("value", "attr", "options"),
    [
        ("@^CA[1-3]$", "acronym", {}),
        ("ca1", "acronym", {"ignore_case": True}),
        ("@layer 1", "name", {}),
        ("Thalamus", "name", {}),
    ],
)
def test_masks_by_attribute_or_pattern_agree(voxcell, sample, value, attr, options):
    theirs = voxcell.Atlas.open(str(sample)).get_region_mask(value, attr=attr, **options)
    ours = open_atlas(sample).get_structure_mask(value, attr=attr, **options)
    assert ours.raw.any()
    np.testing.assert_array_equal(ours.raw, theirs.raw)


@pytest.fixture
def layered(sample, tmp_path) -> Path:
    """The sample's annotation with a definition of layers."""
    for name in ("brain_regions.nrrd", "hierarchy.json"):
        (tmp_path / name).symlink_to(sample / name)
    layers = {
        "names": ["one", "two and three", "hippocampus", "nothing"],
        "queries": ["@layer 1", "@layer 2", "Hippocampal formation", "no such name"],
        "attribute": "name",
    }
    (tmp_path / "metadata.json").write_text(json.dumps({"layers": layers}))
    return tmp_path


def test_layers_are_the_same_ids_and_the_same_volume(voxcell, layered):
    ours, theirs = open_atlas(layered), voxcell.Atlas.open(str(layered))
    names, ids = ours.get_layers()
    expected_names, expected_ids = theirs.get_layers()
    assert list(names) == list(expected_names)
    assert list(ids) == list(expected_ids)
    assert len(ids[0]) > 1
    name, layer = ours.get_layer(2)
    assert (name, layer) == tuple(theirs.get_layer(2))
    volume = ours.get_layer_volume()
    np.testing.assert_array_equal(volume.raw, theirs.get_layer_volume().raw)
    assert volume.dtype == np.uint8


def test_ids_become_the_same_names(maps, voxcell):
    ours, theirs = maps
    values = np.array(all_ids(theirs))[:48].reshape(3, -1)
    for attr in ("acronym", "name"):
        expected = voxcell.values_to_region_attribute(values, theirs, attr)
        np.testing.assert_array_equal(ours.values_to_region_attribute(values, attr), expected)
