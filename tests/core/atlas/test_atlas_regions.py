"""The atlas's masks, relations and structures."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap, ROIMask
from napari_atlas_explorer.core.errors import ArgumentError, UnknownRegionError

from ...refusals import refused


@pytest.fixture
def ids() -> np.ndarray:
    """The volume as conftest makes it, by hand."""
    ids = np.zeros((4, 5, 6), np.uint32)
    ids[1:3, 1:4, 1:3] = 3
    ids[1:3, 1:4, 3:5] = 4
    ids[3, 2, 2] = 2
    ids[0, 0, 0] = 6
    ids[0, 0, 5] = 999
    return ids


@pytest.mark.parametrize(
    ("region", "held"),
    [
        ("A", [2, 3, 4]),
        (2, [2, 3, 4]),
        ("area A, layer 1", [3]),
        (["a1", 6], [3, 6]),
        ({"A", "a1"}, [2, 3, 4]),
        (["a1", "a1"], [3]),
        (np.array([3, 6]), [3, 6]),
        (np.uint32(4), [4]),
        ("C", []),
        ("root", [1, 2, 3, 4, 6]),
    ],
)
def test_a_mask_holds_the_regions_and_all_their_descendants(small_atlas, ids, region, held):
    mask = small_atlas.get_structure_mask(region)
    assert isinstance(mask, ROIMask)
    np.testing.assert_array_equal(mask.raw, np.isin(ids, held))
    assert mask.voxel_dimensions.tolist() == [10, 20, 30]


def test_a_mask_of_nothing_is_refused(small_atlas):
    for nothing in ([], (), set(), np.zeros(0, int)):
        with refused("no region", by=ArgumentError):
            small_atlas.get_structure_mask(nothing)
    with refused("'acronim'", by=ArgumentError):
        small_atlas.get_structure_mask("A", attr="acronim")


@pytest.mark.parametrize(("region", "held"), [("A", [2]), (["A", "a1", "A"], [2, 3]), ("B", [])])
def test_a_direct_mask_leaves_the_descendants_out(small_atlas, ids, region, held):
    mask = small_atlas.get_structure_mask(region, direct_only=True)
    np.testing.assert_array_equal(mask.raw, np.isin(ids, held))


@pytest.mark.parametrize(
    ("side", "half"), [("left", slice(0, 3)), ("right", slice(3, 6)), (2, slice(3, 6))]
)
def test_a_mask_of_one_hemisphere_is_cut_at_the_midline(small_atlas, ids, side, half):
    expected = np.zeros(ids.shape, bool)
    expected[:, :, half] = np.isin(ids[:, :, half], [1, 2, 3, 4, 6])
    np.testing.assert_array_equal(small_atlas.get_structure_mask("root", side).raw, expected)


@pytest.mark.parametrize("region", ["a3", 12345, ["A", "zzz"], None, 2.5])
def test_an_unknown_region_is_refused_everywhere(small_atlas, region):
    with refused(by=UnknownRegionError):
        small_atlas.get_structure_mask(region)


def test_an_unknown_region_is_refused_with_its_name_and_close_ones(small_atlas):
    for ask in (
        small_atlas.get_structure_ancestors,
        small_atlas.get_structure_descendants,
        small_atlas.meshfile_from_structure,
        small_atlas.structures.__getitem__,
    ):
        with refused("'a11'", "did you mean", "a1", by=UnknownRegionError):
            ask("a11")


def test_a_hemisphere_that_is_none_is_refused(small_atlas):
    with refused("'top'", by=ArgumentError):
        small_atlas.get_structure_mask("A", hemisphere="top")


def test_ancestors_and_descendants_are_acronyms_without_the_region(small_atlas):
    assert small_atlas.get_structure_ancestors("a1") == ["root", "A"]
    assert small_atlas.get_structure_ancestors(1) == []
    assert small_atlas.get_structure_descendants("root") == ["A", "a1", "a2", "B", "b1", "C"]
    assert small_atlas.get_structure_descendants("a1") == []


def test_structures_are_dicts_by_id_or_acronym(small_atlas):
    structures = small_atlas.structures
    assert structures["A"] == structures[2]
    assert structures[2] == {
        "id": 2,
        "acronym": "A",
        "name": "area A",
        "color_hex_triplet": "19399",
        "structure_id_path": [1, 2],
        "rgb_triplet": [1, 147, 153],
    }
    assert list(structures) == [1, 2, 3, 4, 70000, 6, 7]
    assert len(structures) == 7
    assert "A" in structures
    assert "zzz" not in structures
    assert structures.get("zzz") is None


def test_an_acronym_that_several_regions_share_is_refused_with_their_ids():
    shared = RegionMap.from_dict(
        {"id": 1, "children": [{"id": 20, "acronym": "L1"}, {"id": 30, "acronym": "L1"}]}
    )
    atlas = Atlas.from_arrays(np.full((1, 1, 1), 20), shared, 1.0)
    with refused("L1", "20", "30", by=UnknownRegionError):
        atlas.get_structure_mask("L1")
    assert "L1" not in atlas.structures
    assert 20 in atlas.structures
    assert atlas.get_structure_mask(20).raw.all()
