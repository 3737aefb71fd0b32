"""Where AllenSDK is wrong: what it answers, and the right answer, which is ours.

Each test fails when AllenSDK mends its fault; then it goes, and `test_allensdk` gets the case.
"""

from __future__ import annotations

from typing import Any

import nrrd
import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap
from napari_atlas_explorer.core.errors import (
    ArgumentError,
    HierarchyError,
    OutsideError,
    UnknownRegionError,
)

from ..refusals import refused
from .peers import Peer, Remote, raised, require

require("allensdk")
pytestmark = pytest.mark.conformance

STEP = 25.0
LINES = {1: [1], 2: [1, 2], 3: [1, 2, 3], 70000: [1, 70000]}
ACRONYMS = {1: "root", 2: "A", 3: "a1", 70000: "B"}


def rows() -> list[dict[str, Any]]:
    return [
        {
            "id": i,
            "acronym": ACRONYMS[i],
            "name": f"name of {i}",
            "rgb_triplet": [i % 256, 1, 2],
            "structure_id_path": line,
            "structure_set_ids": [],
        }
        for i, line in LINES.items()
    ]


def ids(unknown: bool = False) -> np.ndarray:
    """4 × 5 × 6 voxels: plane 0 is region 2, planes 1 and 2 are 3, a row of plane 3 is 70000."""
    volume = np.zeros((4, 5, 6), np.uint32)
    volume[0], volume[1:3], volume[3, 0] = 2, 3, 70000
    if unknown:
        volume[3, 4, 5] = 999
    return volume


def both(
    peer: Peer, volume: np.ndarray, structures: list[dict[str, Any]] | None = None
) -> tuple[Atlas, Remote]:
    structures = structures or rows()
    ours = Atlas.from_arrays(volume, RegionMap.from_structures(structures), (STEP,) * 3)
    return ours, peer.ReferenceSpace(peer.StructureTree(structures), volume, (STEP,) * 3)


# ---- coverage ------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, bool])
def test_fault_what_exceeds_an_unsigned_domain_is_255(allensdk, dtype):
    ours, theirs = both(allensdk, ids())
    domain = np.zeros((4, 5, 6), dtype)
    domain[0] = 1  # region 2 with its descendant 3 covers planes 0 to 2
    assert np.unique(theirs.check_coverage([2], domain)).tolist() == [0, 255]
    found = ours.check_coverage([2], domain)
    assert found[0].max() == found[3].max() == 0
    assert np.unique(found[1:3]).tolist() == [-1]


def test_fault_an_empty_list_of_regions_is_a_type_error(allensdk):
    ours, theirs = both(allensdk, ids())
    with raised("TypeError", "reduce() of empty iterable"):
        theirs.make_structure_mask([])
    with raised("TypeError", "reduce() of empty iterable"):
        theirs.structure_tree.has_overlaps([])
    with refused("no region given", by=ArgumentError):
        ours.get_structure_mask([])
    assert ours.region_map.has_overlaps([]) == set()


# ---- slices --------------------------------------------------------------------------------


def test_fault_a_slice_shows_the_next_plane_from_the_middle_of_a_voxel_on(allensdk):
    ours, theirs = both(allensdk, ids())
    plane_0, plane_1 = [2, 1, 2], [3, 1, 2]
    assert theirs.get_slice_image(0, 24)[0, 0].tolist() == plane_1  # plane 0 reaches to 25 µm
    assert ours.get_slice_image(0, 24)[0, 0].tolist() == plane_0
    assert ours.get_slice_image(0, 25)[0, 0].tolist() == plane_1
    assert ours.at((24, 1, 1)).id == 2


def test_fault_the_last_half_voxel_has_no_slice(allensdk):
    ours, theirs = both(allensdk, ids())
    with raised("IndexError", "out of bounds"):
        theirs.get_slice_image(0, 99)  # the volume ends at 100 µm
    assert ours.get_slice_image(0, 99)[0, 0].tolist() == [70000 % 256, 1, 2]


def test_fault_a_slice_at_a_negative_position_is_one_of_the_far_side(allensdk):
    ours, theirs = both(allensdk, ids())
    assert theirs.get_slice_image(0, -50)[0, 0].tolist() == [3, 1, 2]
    with refused("-50", by=OutsideError):
        ours.get_slice_image(0, -50)


def test_fault_a_volume_one_voxel_thin_loses_an_axis_of_its_slices(allensdk):
    ours, theirs = both(allensdk, ids()[:, :1])
    assert theirs.get_slice_image(0, 0).shape == (6, 3)
    assert ours.get_slice_image(0, 0).shape == (1, 6, 3)


def test_fault_an_id_that_the_tree_lacks_prevents_a_slice(allensdk):
    ours, theirs = both(allensdk, ids(unknown=True))
    with raised("KeyError", "999"):
        theirs.get_slice_image(0, 75)
    image = ours.get_slice_image(0, 75)
    assert image[0, 0].tolist() == [70000 % 256, 1, 2]
    assert image[4, 4].tolist() == [0, 0, 0]
    assert image[4, 5].any()  # seen, though nobody knows its name


# ---- labels for ITK-SNAP -------------------------------------------------------------------


def test_fault_an_id_that_the_tree_lacks_becomes_background_in_itk_snap(allensdk):
    ours, theirs = both(allensdk, ids(unknown=True))
    volume, _ = theirs.export_itksnap_labels()
    assert volume[3, 4, 5] == 0
    volume, table = ours.export_itksnap_labels()
    number = int(volume.raw[3, 4, 5])
    assert number != 0
    assert table.set_index("IDX").loc[number, "id"] == 999


def test_fault_renumbered_labels_do_not_tell_the_id(allensdk):
    ours, theirs = both(allensdk, ids())
    _, table = theirs.export_itksnap_labels()
    columns = table.to_dict("list")
    at = columns["LABEL"].index("B")
    assert columns["IDX"][at] == 2  # that is region A's id; 70000 stands nowhere
    assert "70000" not in str(columns)
    _, table = ours.export_itksnap_labels()
    row = table.set_index("id").loc[70000]
    assert row["IDX"] not in LINES
    assert "70000" in row["LABEL"]


def test_fault_labels_that_fit_are_not_made_16_bits_wide(allensdk):
    small = np.where(ids() == 70000, 0, ids())
    ours, theirs = both(allensdk, small, rows()[:3])
    assert theirs.export_itksnap_labels()[0].dtype == np.uint32
    assert ours.export_itksnap_labels()[0].dtype == np.uint16
    np.testing.assert_array_equal(ours.export_itksnap_labels()[0].raw, small)


def test_fault_more_regions_than_the_type_holds_share_numbers(allensdk):
    volume = np.array([0, *range(1, 300), 70000]).reshape(-1, 1, 1)
    structures = [
        {
            "id": i,
            "acronym": f"r{i:05}",
            "name": "",
            "rgb_triplet": [0, 0, 0],
            "structure_id_path": [1] if i == 1 else [1, i],
            "structure_set_ids": [],
        }
        for i in volume.ravel().tolist()[1:]
    ]
    ours, theirs = both(allensdk, volume, structures)
    labels, _ = theirs.export_itksnap_labels(id_type=allensdk.uint8)
    assert labels.ravel()[256] == 0  # region 256 is lost in the background
    assert labels.ravel()[257] == labels.ravel()[1] == 1
    labels, _ = ours.export_itksnap_labels()
    assert len(np.unique(labels.raw)) == volume.size


# ---- coarser copies ------------------------------------------------------------------------


def test_fault_a_coarser_voxel_takes_a_label_that_lies_outside_of_it(allensdk):
    column = np.arange(1, 6).reshape(5, 1, 1)  # 125 µm of five regions
    structures = [
        {
            "id": i,
            "acronym": f"r{i}",
            "name": "",
            "rgb_triplet": [i, 0, 0],
            "structure_id_path": [1] if i == 1 else [1, i],
            "structure_set_ids": [],
        }
        for i in range(1, 6)
    ]
    ours, theirs = both(allensdk, column, structures)
    coarse = theirs.downsample((50.0, 25.0, 25.0)).annotation
    assert coarse.ravel().tolist() == [1, 5]  # the second covers 50-100 µm, region 5 100-125
    coarse = np.asarray(ours.downsample((50.0, 25.0, 25.0)).annotation)
    assert coarse.ravel().tolist()[:2] == [2, 4]  # at its centers, 25 and 75 µm


def test_fault_thirds_are_taken_at_the_ends_and_not_in_the_middle(allensdk):
    column = np.arange(1, 7).reshape(6, 1, 1)
    structures = [
        {
            "id": i,
            "acronym": f"r{i}",
            "name": "",
            "rgb_triplet": [i, 0, 0],
            "structure_id_path": [1] if i == 1 else [1, i],
            "structure_set_ids": [],
        }
        for i in range(1, 7)
    ]
    ours, theirs = both(allensdk, column, structures)
    assert theirs.downsample((75.0, 25.0, 25.0)).annotation.ravel().tolist() == [1, 6]
    coarse = np.asarray(ours.downsample((75.0, 25.0, 25.0)).annotation)
    assert coarse.ravel().tolist() == [2, 5]


# ---- files ---------------------------------------------------------------------------------


def test_fault_a_written_mask_does_not_say_where_it_lies(allensdk, tmp_path):
    ours, theirs = both(allensdk, ids())
    make = allensdk.partial(theirs.make_structure_mask, [2])
    theirs.check_and_write(str(tmp_path), 2, make)
    header = nrrd.read_header(str(tmp_path / "structure_2.nrrd"))
    assert "spacings" not in header
    assert "space directions" not in header
    path = Atlas.check_and_write(tmp_path / "ours", 2, lambda: ours.get_structure_mask(2))
    header = nrrd.read_header(str(path))
    np.testing.assert_array_equal(header["space directions"], np.eye(3) * STEP)


# ---- the structure tree --------------------------------------------------------------------


def test_fault_an_unknown_id_is_none_or_a_key_error(allensdk):
    ours, theirs = RegionMap.from_structures(rows()), allensdk.StructureTree(rows())
    assert theirs.nodes([77]) == [None]
    with raised("KeyError", "77"):
        theirs.ancestor_ids([77])
    for call in (ours.ancestor_ids, ours.parent_ids, ours.child_ids, ours.descendant_ids):
        with refused("77", by=UnknownRegionError):
            call([77])


def test_fault_of_two_regions_with_one_id_the_first_is_lost(allensdk):
    twice = [*rows(), dict(rows()[1], name="again")]
    assert allensdk.StructureTree(twice).get_name_map()[2] == "again"
    with refused("2", "twice", by=HierarchyError):
        RegionMap.from_structures(twice)


def test_fault_a_parent_that_is_not_there_is_a_bare_number(allensdk):
    orphan = [rows()[0], rows()[2]]
    with pytest.raises(Exception, match=r"^KeyError: 2$"):
        allensdk.StructureTree(orphan)
    regions = RegionMap.from_structures(orphan)
    assert regions.parent_ids([3]) == [1]  # the nearest region before, which is noted
    assert "(id 3)" in regions.notes[0]


def test_fault_where_two_regions_share_an_acronym_none_is_found_by_its_own(allensdk):
    shared = [dict(row, acronym="A") if row["id"] == 3 else row for row in rows()]
    ours = RegionMap.from_structures(shared)
    with raised("RuntimeError", "from_fn is not unique"):
        allensdk.StructureTree(shared).get_structures_by_acronym(["B"])
    assert ours.rank("B") == ours.rank(70000)
    assert ours.find("A", "acronym") == {2, 3}
    with raised("RuntimeError", "Collision between 3 and 2"):  # says ids, not what they share
        allensdk.StructureTree(shared).get_id_acronym_map()
    with refused("'A'", "2", "3", by=ArgumentError):
        ours.get_id_acronym_map()


def test_fault_a_color_that_lost_its_zero_is_another(allensdk):
    structure = {"id": 1, "acronym": "r", "name": "r", "structure_id_path": "/1/"}
    structure["color_hex_triplet"] = "19399"  # 019399, as spreadsheets leave it
    assert allensdk.StructureTree.hex_to_rgb("19399") == [25, 57, 9]
    assert RegionMap.from_structures([structure]).get_colormap() == {1: [1, 147, 153]}


def test_fault_descendants_of_a_deep_tree_exceed_the_recursion_limit(allensdk):
    deep = [
        {
            "id": i,
            "acronym": str(i),
            "name": "",
            "rgb_triplet": [0, 0, 0],
            "structure_id_path": [1] if i == 1 else [i - 1, i],
            "structure_set_ids": [],
        }
        for i in range(1, 1501)
    ]
    with raised("RecursionError"):
        allensdk.StructureTree(deep).descendant_ids([1])
    (found,) = RegionMap.from_structures(deep).descendant_ids([1])
    assert found == list(range(1, 1501))


def test_fault_counts_stay_after_the_regions_have_gone(allensdk):
    structures = [*rows(), dict(rows()[3], id=5, acronym="C", structure_id_path=[1, 5])]
    ours, theirs = both(allensdk, ids(), structures)
    assert 5 in theirs.total_voxel_map
    theirs.remove_unassigned()
    assert 5 not in theirs.structure_tree.node_ids()
    assert 5 in theirs.total_voxel_map
    fewer = ours.remove_unassigned()
    assert 5 not in fewer.region_map
    assert 5 not in fewer.total_voxel_map
    assert 5 in ours.total_voxel_map  # the atlas that was asked stays as it was


def test_fault_fractional_ids_are_counted_as_nothing(allensdk):
    volume = np.where(ids() == 3, 3.5, ids().astype(float))
    theirs = allensdk.ReferenceSpace(allensdk.StructureTree(rows()), volume, (STEP,) * 3)
    assert theirs.total_voxel_map[3] == 0
    with refused("3.5", by=ArgumentError):
        _ = Atlas.from_arrays(volume, RegionMap.from_structures(rows()), (STEP,) * 3).ranks
