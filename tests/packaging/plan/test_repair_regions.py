import json

import numpy as np
import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.colors.region_colors import distinct_color
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.packaging.plan.repair_regions import (
    drop_empty,
    lost_attributes,
    repair_regions,
    structures_of,
    subtree,
)

from ...refusals import refused


def row(region_id, acronym, parent=None, color=None, **more):
    said = {"id": region_id, "acronym": acronym, "name": f"name of {region_id}", **more}
    if color:
        said["rgb_triplet"] = color
    return {**said, "parent_structure_id": parent}


def regions_of(*rows):
    return RegionMap.from_structures(rows)


def colors(mended):
    return {s["id"]: s["rgb_triplet"] for s in structures_of(mended.region_map)}


def test_regions_with_nothing_to_mend_stay_as_they_are(small_map):
    mended = repair_regions(small_map, 1)
    assert list(mended.region_map) == list(small_map)
    assert [mended.region_map.row_of_rank(k)["acronym"] for k in range(1, 8)] == [
        "root",
        "A",
        "a1",
        "a2",
        "B",
        "b1",
        "C",
    ]
    assert mended.region_map.get(2, "color_hex_triplet") == "19399"


def test_a_root_is_put_above_several_tops_and_paths_are_made_true():
    regions = regions_of(
        row(5, "A", structure_id_path="/5/"), row(6, "B"), row(7, "b", 6, structure_id_path=[6, 7])
    )
    mended = repair_regions(regions, 997)
    paths = {s["id"]: s["structure_id_path"] for s in structures_of(mended.region_map)}
    assert paths == {997: [997], 5: [997, 5], 6: [997, 6], 7: [997, 6, 7]}
    assert mended.region_map.row_of_rank(1) == {
        "id": 997,
        "acronym": "root",
        "name": "root",
        "rgb_triplet": [255, 255, 255],
    }
    assert mended.region_map.get(5, "structure_id_path") == "/997/5/"
    assert mended.region_map.get(7, "structure_id_path") == [997, 6, 7]
    assert mended.region_map.get(6, "parent_structure_id") == 997
    assert mended.region_map.get(7, "parent_structure_id") == 6
    assert "997" in mended.notes[0]
    assert "5 (A), 6 (B)" in mended.notes[0]


def test_the_order_of_siblings_stays_below_a_root_that_is_put_above():
    regions = regions_of(row(5, "A", graph_order=3), row(6, "B", graph_order=1))
    assert list(repair_regions(regions, 1).region_map) == [1, 6, 5]


@pytest.mark.parametrize("root_id", [None, 5])
def test_several_tops_without_a_root_of_their_own_are_refused_by_name(root_id):
    with refused("5 (A)", "6 (B)", "root_id", by=ArgumentError):
        repair_regions(regions_of(row(5, "A"), row(6, "B")), root_id)


@pytest.mark.parametrize("root_id", [2, 999, 0, -1])
def test_a_root_id_that_is_not_that_of_the_only_top_is_refused(small_map, root_id):
    with refused(f"root_id {root_id}", by=ArgumentError):
        repair_regions(small_map, root_id)


@pytest.mark.parametrize("region_id", [0, -3])
def test_an_id_that_is_background_or_negative_is_refused(region_id):
    with refused(f"region {region_id} (X)", by=ArgumentError):
        repair_regions(regions_of(row(1, "root"), row(region_id, "X", 1)), 1)


def test_acronyms_that_occur_before_get_the_id_and_stay_unique():
    regions = regions_of(
        row(1, "root"),
        row(2, "X", 1),
        row(3, "X", 1),
        row(4, "X-5", 1),
        row(5, "X", 1),
        row(6, "x", 1),
    )
    mended = repair_regions(regions, None)
    acronyms = [s["acronym"] for s in structures_of(mended.region_map)]
    assert acronyms == ["root", "X", "X-3", "X-5", "X-5-2", "x"]
    note = next(n for n in mended.notes if "X is X-3" in n)
    assert note.startswith("2 regions ")


def test_a_region_that_was_called_root_gives_way_to_a_root_put_above():
    mended = repair_regions(regions_of(row(5, "root"), row(6, "B")), 1)
    assert [s["acronym"] for s in structures_of(mended.region_map)] == ["root", "root-5", "B"]


def test_a_missing_acronym_is_noted():
    mended = repair_regions(regions_of(row(1, "root"), row(2, "", 1)), None)
    assert mended.region_map.acronym_of_rank(2) == "2"
    assert any("without an acronym" in note and "2" in note for note in mended.notes)


def test_a_top_that_is_not_called_root_is_noted():
    assert "root" in repair_regions(regions_of(row(1, "brain", color=[1, 2, 3])), None).notes[-1]
    assert repair_regions(regions_of(row(1, "root", color=[1, 2, 3])), None).notes == ()


def test_missing_colors_come_from_above_but_not_from_a_white_root():
    regions = regions_of(
        row(1, "root", color=[255, 255, 255]), row(2, "A", 1, [10, 20, 30]), row(3, "a", 2),
        row(4, "aa", 3), row(5, "B", 1), row(6, "b", 5, [7, 7, 7]), row(7, "bb", 6),
        row(8, "C", 1, [300, 0, 0]),
    )  # fmt: skip
    mended = repair_regions(regions, 1)
    assert colors(mended) == {
        1: [255, 255, 255], 2: [10, 20, 30], 3: [10, 20, 30], 4: [10, 20, 30],
        5: list(distinct_color(5)), 6: [7, 7, 7], 7: [7, 7, 7], 8: list(distinct_color(8)),
    }  # fmt: skip
    assert mended.notes[0].startswith("5 regions without a color")
    ours = mended.region_map.get(3, "rgb_triplet")
    assert ours == [10, 20, 30]
    assert all(type(v) is int for v in ours)


def test_a_colored_root_gives_its_color():
    regions = regions_of(row(1, "root", color=[1, 2, 3]), row(2, "A", 1))
    assert colors(repair_regions(regions, 1)) == {1: [1, 2, 3], 2: [1, 2, 3]}


def test_hexadecimal_colors_become_triplets_and_attributes_stay(small_map):
    mended = repair_regions(small_map, None)
    assert mended.region_map.get(2, "rgb_triplet") == [1, 147, 153]
    assert mended.region_map.get(3, "rgb_triplet") == [1, 147, 153]
    assert mended.region_map.get(2, "color_hex_triplet") == "19399"


def test_mending_does_not_change_what_it_was_given(small_map):
    before = small_map.as_dict()
    repair_regions(small_map, None)
    assert small_map.as_dict() == before


def test_regions_without_voxels_go_with_what_is_below_and_the_root_stays(small_map):
    fewer = drop_empty(small_map, np.array([0, 4, 6, 999], np.uint32))
    assert list(fewer.region_map) == [1, 2, 4, 70000, 6]
    assert fewer.notes == ("2 regions without voxels left out: a1, C",)
    assert list(drop_empty(small_map, []).region_map) == [1]
    everything = drop_empty(small_map, [3, 4, 6, 7])
    assert everything.notes == ()
    assert list(everything.region_map) == list(small_map)


def test_a_region_becomes_the_root_of_its_own_tree(small_map):
    assert list(subtree(small_map, "A")) == [2, 3, 4]
    assert structures_of(subtree(small_map, "A"))[1]["structure_id_path"] == [2, 3]
    with refused("'Z'"):
        subtree(small_map, "Z")


def test_a_subtrees_rows_no_longer_name_what_is_not_there():
    regions = regions_of(
        row(1, "root"),
        row(2, "A", 1, structure_id_path="/1/2/"),
        row(3, "a", 2, structure_id_path="/1/2/3/"),
    )
    cut = subtree(regions, "A")
    assert cut.get(2, "structure_id_path") == "/2/"
    assert cut.get(2, "parent_structure_id") is None
    assert cut.get(3, "structure_id_path") == "/2/3/"


def test_structures_have_brainglobes_five_keys_in_pre_order(small_map):
    structures = structures_of(small_map)
    assert [s["id"] for s in structures] == [1, 2, 3, 4, 70000, 6, 7]
    assert {tuple(s) for s in structures} == {
        ("acronym", "id", "name", "structure_id_path", "rgb_triplet")
    }
    assert structures[3] == {
        "acronym": "a2",
        "id": 4,
        "name": "area A, layer 2",
        "structure_id_path": [1, 2, 4],
        "rgb_triplet": list(small_map.color_of_rank(4)),
    }


def test_attributes_that_brainglobe_cannot_hold_are_named():
    regions = regions_of(row(1, "root", st_level=0), row(2, "A", 1, color_hex_triplet="1", atlas=3))
    assert lost_attributes(regions) == ["st_level", "atlas"]


@pytest.mark.data
def test_allens_ontology_needs_no_mending_and_comes_to_brainglobes_list(data_folder):
    regions = RegionMap.load_json(data_folder / "allen_ccfv3_2017" / "1.json")
    mended = repair_regions(regions, 997)
    assert mended.notes == ()
    listed = {s["id"]: s for s in structures_of(mended.region_map)}
    assert len(listed) == len(regions) == 1327
    theirs = json.loads((data_folder / "allen_ccfv3_2017" / "structures.json").read_text())
    same = [s for s in theirs if s["id"] in listed]
    assert len(same) > 600
    for key in ("acronym", "rgb_triplet"):
        assert [listed[s["id"]][key] for s in same] == [s[key] for s in same]


@pytest.mark.parametrize(("root_id", "stated"), [(None, 8), (997, 997)])
def test_a_root_that_no_file_states_gets_an_id_that_files_can_hold(root_id, stated):
    regions = RegionMap.flat([{"id": 7, "acronym": "A"}, {"id": 3, "acronym": "B"}], "labels")
    made = repair_regions(regions, root_id).region_map
    assert list(made) == [stated, 7, 3]
    assert made.parent_ranks.tolist() == [0, 0, 1, 1]
    assert (made.made_up_root, made.name_of_rank(1)) == (0, "labels")


def test_a_root_that_no_file_states_does_not_take_a_regions_id():
    with refused("root_id 7", "A", by=ArgumentError):
        repair_regions(RegionMap.flat([{"id": 7, "acronym": "A"}, {"id": 3}]), 7)


def test_what_was_assumed_of_the_source_is_noted():
    regions = RegionMap.from_structures(
        [
            {"id": 1, "acronym": "root", "structure_id_path": "/1/", "rgb_triplet": [1, 2, 3]},
            {"id": 2, "acronym": "A", "structure_id_path": "/1/9/", "rgb_triplet": [4, 5, 6]},
        ]
    )
    assert repair_regions(regions, None).notes == regions.notes != ()
