"""AllenSDK's reference space and structure tree, and ours, give the same answers where it is right.

Where it is wrong: `test_allensdk_faults`.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import nrrd
import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap

from .peers import Remote, require
from .sources import rows_of

require("allensdk")
pytestmark = pytest.mark.conformance

SETS = (7, 11, 13)


@pytest.fixture(scope="module", params=["sample", pytest.param("allen", marks=pytest.mark.data)])
def source(request) -> tuple[np.ndarray, list[dict[str, Any]], float]:
    """Annotation, rows of its hierarchy, voxel size (µm)."""
    if request.param == "sample":
        folder = request.getfixturevalue("sample")
        ids = nrrd.read(str(folder / "brain_regions.nrrd"))[0]
        # Every second voxel: what is compared is not its size.
        ids, rows, size = ids[::2, ::2, ::2], rows_of(folder / "hierarchy.json"), 120.0
    else:
        folder = request.getfixturevalue("data_folder") / "allen_ccfv3_2017"
        ids = nrrd.read(str(folder / "annotation_100.nrrd"))[0]
        rows, size = rows_of(folder / "1.json"), 100.0
    for row in rows:
        row["structure_set_ids"] = [s for s in SETS if row["id"] % s == 0]
    return np.ascontiguousarray(ids), rows, size


@pytest.fixture(scope="module")
def trees(source, allensdk) -> tuple[RegionMap, Remote]:
    _, rows, _ = source
    return RegionMap.from_structures(rows), allensdk.StructureTree(rows)


@pytest.fixture(scope="module")
def spaces(source, trees, allensdk) -> tuple[Atlas, Remote]:
    ids, _, size = source
    ours = Atlas.from_arrays(ids, trees[0], (size,) * 3)
    return ours, allensdk.ReferenceSpace(trees[1], ids, (size,) * 3)


# ---- the structure tree --------------------------------------------------------------------


@pytest.mark.parametrize("call", ["parent_ids", "ancestor_ids"])
def test_parents_and_ancestors_are_the_same(trees, call):
    ours, theirs = trees
    ids = theirs.node_ids()
    assert len(ids) > 400
    assert getattr(ours, call)(ids) == getattr(theirs, call)(ids)


@pytest.mark.parametrize("call", ["child_ids", "descendant_ids"])
def test_children_and_descendants_are_the_same(trees, call):
    ours, theirs = trees
    ids = theirs.node_ids()
    for mine, others in zip(getattr(ours, call)(ids), getattr(theirs, call)(ids), strict=True):
        assert sorted(mine) == sorted(others)
        if call == "descendant_ids":
            assert mine[0] == others[0]  # the region itself first


@pytest.mark.parametrize("call", ["nodes", "parents", "get_structures_by_id"])
def test_nodes_are_the_same(trees, call):
    ours, theirs = trees
    ids = theirs.node_ids()[:50]
    for mine, other in zip(getattr(ours, call)(ids), getattr(theirs, call)(ids), strict=True):
        assert (mine is None) == (other is None)
        for key in ("id", "acronym", "name", "structure_id_path", "rgb_triplet"):
            assert mine is None or mine[key] == other[key]


@pytest.mark.parametrize("call", ["children", "ancestors", "descendants"])
def test_lists_of_nodes_are_the_same(trees, call):
    ours, theirs = trees
    ids = theirs.node_ids()[:20]
    for mine, others in zip(getattr(ours, call)(ids), getattr(theirs, call)(ids), strict=True):
        assert sorted(n["id"] for n in mine) == sorted(n["id"] for n in others)


def test_structures_by_name_acronym_and_set_are_the_same(trees):
    ours, theirs = trees
    rows = theirs.nodes()[:30]
    for call, key in ("name", "name"), ("acronym", "acronym"), ("id", "id"):
        values = [row[key] for row in rows]
        found = getattr(ours, f"get_structures_by_{call}")(values)
        expected = getattr(theirs, f"get_structures_by_{call}")(values)
        assert [n["id"] for n in found] == [n["id"] for n in expected]
    for sets in [[7], [11, 13], [9999]]:
        found = {n["id"] for n in ours.get_structures_by_set_id(sets)}
        assert found == {n["id"] for n in theirs.get_structures_by_set_id(sets)}


def test_label_descriptions_are_the_same(trees):
    ours, theirs = trees
    ids = theirs.node_ids()
    options = {"exclude_label_vis": ids[:3], "exclude_mesh_vis": ids[5:7], "label_key": "name"}
    expected = theirs.export_label_description(**options).to_dict("list")
    found = ours.export_label_description(**options).set_index("IDX").loc[expected["IDX"]]
    assert found.reset_index()[list(expected)].to_dict("list") == expected


def test_who_descends_from_whom_is_the_same(trees, allensdk):
    ours, theirs = trees
    ids = theirs.node_ids()
    pairs = np.random.default_rng(1).choice(ids, (2000, 2)).tolist()
    pairs += [[line[0], up] for line in theirs.ancestor_ids(ids[::20]) for up in line]
    expected = allensdk.descends_from(theirs)(pairs)
    assert 0 < sum(expected) < len(pairs)
    assert [ours.descends_from(a, b) for a, b in pairs] == expected


def test_tables_of_names_are_the_same(trees):
    ours, theirs = trees
    assert ours.get_name_map() == theirs.get_name_map()
    assert ours.get_id_acronym_map() == theirs.get_id_acronym_map()
    assert ours.get_colormap() == theirs.get_colormap()
    assert ours.get_ancestor_id_map() == theirs.get_ancestor_id_map()


def test_structure_sets_are_the_same(trees):
    ours, theirs = trees
    assert set(ours.get_structure_sets()) == theirs.get_structure_sets() == set(SETS)
    for wanted in ([7], [11, 13]):
        expected = theirs.get_structures_by_set_id(wanted)
        found = ours.get_structures_by_set_id(wanted)
        assert sorted(row["id"] for row in found) == sorted(row["id"] for row in expected)
        assert {row["acronym"] for row in found} == {row["acronym"] for row in expected}


def test_overlaps_are_the_same(trees):
    ours, theirs = trees
    ids = theirs.node_ids()
    rng = np.random.default_rng(2)
    for n in (1, 2, 20, 200):
        for _ in range(5):
            some = rng.choice(ids, n, replace=False).tolist()
            assert ours.has_overlaps(some) == theirs.has_overlaps(some)


def test_structures_found_by_name_are_the_same(trees):
    ours, theirs = trees
    ids = theirs.node_ids()[::50]
    for row in theirs.get_structures_by_id(ids):
        (by_acronym,) = theirs.get_structures_by_acronym([row["acronym"]])
        (by_name,) = theirs.get_structures_by_name([row["name"]])
        assert ours.find(row["acronym"], "acronym") == {by_acronym["id"]}
        assert ours.find(row["name"], "name") == {by_name["id"]}


# ---- the reference space -------------------------------------------------------------------


def test_voxels_of_every_region_are_counted_alike(spaces):
    ours, theirs = spaces
    assert ours.direct_voxel_map == {k: int(n) for k, n in theirs.direct_voxel_map.items()}
    total = {k: int(n) for k, n in theirs.total_voxel_map.items()}
    assert sum(n > 0 for n in total.values()) > 300
    assert ours.total_voxel_map == total
    table = ours.statistics().set_index("id")
    assert table["total_voxels"].to_dict() == total


@pytest.mark.parametrize("direct_only", [False, True])
@pytest.mark.parametrize(
    "acronyms", [["root"], ["HPF"], ["TH"], ["CA1", "CTX"], ["CA1", "CA3", "TH"]]
)
def test_masks_cover_the_same_voxels(spaces, acronyms, direct_only):
    ours, theirs = spaces
    ids = [int(ours.region_map.ids[ours.region_map.rank(a)]) for a in acronyms]
    expected = theirs.make_structure_mask(ids, direct_only=direct_only)
    mask = ours.get_structure_mask(ids, direct_only=direct_only)
    np.testing.assert_array_equal(mask.raw, expected)


def test_many_masks_come_one_after_the_other(spaces, allensdk):
    ours, theirs = spaces
    ids = [int(ours.region_map.ids[ours.region_map.rank(a)]) for a in ("CA1", "TH", "CB")]
    expected = allensdk.list(theirs.many_structure_masks(ids))
    found = list(ours.many_structure_masks(ids))
    assert [i for i, _ in found] == [i for i, _ in expected] == ids
    for (_, mask), (_, other) in zip(found, expected, strict=True):
        np.testing.assert_array_equal(mask.raw, other)


def test_a_written_mask_holds_the_same_voxels(spaces, tmp_path):
    ours, theirs = spaces
    (region_id,) = ours.region_map.find("TH", "acronym")
    write = partial(Atlas.check_and_write, tmp_path)
    (path,) = ours.many_structure_masks([region_id], output_cb=write)
    assert path.name == f"structure_{region_id}.nrrd"
    expected = theirs.make_structure_mask([region_id])
    np.testing.assert_array_equal(nrrd.read(str(path))[0], expected)


def test_coverage_of_a_domain_is_the_same(spaces):
    ours, theirs = spaces
    below = next(iter(ours.region_map.find("CTX", "acronym")))
    ids = [int(i) for i in ours.region_map.child_ids([below])[0]]
    domain = np.zeros(ours.shape, np.int8)
    domain[: ours.shape[0] // 2] = 1
    expected = theirs.check_coverage(ids, domain)  # of a signed mask: it is right
    assert set(np.unique(expected).tolist()) == {-1, 0, 1}
    np.testing.assert_array_equal(ours.check_coverage(ids, domain), expected)
    for regions in (ids, [below, *ids]):
        overlaps, missing = ours.validate_structures(regions, domain)
        expected_overlaps, coverage = theirs.validate_structures(regions, domain)
        assert overlaps == expected_overlaps
        np.testing.assert_array_equal(missing, coverage == 1)


def test_regions_without_a_voxel_are_the_same(spaces):
    ours, theirs = spaces
    expected = sorted(row["id"] for row in theirs.remove_unassigned(update_self=False))
    fewer = ours.remove_unassigned()
    assert sorted(fewer.region_map) == expected
    assert len(expected) < len(ours.region_map)
    np.testing.assert_array_equal(fewer.annotation, ours.annotation)
    (region_id,) = ours.region_map.find("CTX", "acronym")
    np.testing.assert_array_equal(
        fewer.get_structure_mask(region_id).raw, ours.get_structure_mask(region_id).raw
    )


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_slices_at_the_lower_edge_of_a_plane_are_the_same_pictures(spaces, axis, share):
    ours, theirs = spaces
    position = int(ours.shape[axis] * share) * ours.resolution[axis]
    expected = theirs.get_slice_image(axis, position)
    assert len(np.unique(expected)) > 5
    np.testing.assert_array_equal(ours.get_slice_image(axis, position), expected)


def test_slices_in_colors_of_ones_own_are_the_same_pictures(spaces):
    ours, theirs = spaces
    table = {i: [i % 256, i % 7, 9] for i in ours.region_map} | {0: [255, 255, 255]}
    position = ours.shape[0] // 2 * ours.resolution[0]
    expected = theirs.get_slice_image(0, position, table)
    np.testing.assert_array_equal(ours.get_slice_image(0, position, table), expected)


def test_labels_for_itk_snap_stand_for_the_same_regions(spaces):
    ours, theirs = spaces
    volume, table = ours.export_itksnap_labels()
    their_volume, their_table = theirs.export_itksnap_labels()
    columns = their_table.to_dict("list")
    assert volume.dtype == np.uint16
    assert len(table) == len(columns["IDX"])
    # The numbers differ (ours keep the ids that fit); what they stand for does not.
    of_theirs = dict(zip(columns["IDX"], columns["LABEL"], strict=True)) | {0: None}
    acronyms = {i: ours.structures[i]["acronym"] for i in table["id"]}
    of_ours = {row.IDX: acronyms[row.id] for row in table.itertuples()} | {0: None}
    some = np.random.default_rng(3).integers(0, volume.raw.size, 20_000)
    mine = [of_ours[n] for n in volume.raw.ravel()[some].tolist()]
    assert mine == [of_theirs[n] for n in their_volume.ravel()[some].tolist()]
    assert len(set(mine)) > 100
    colors = {
        label: rgb
        for label, *rgb in zip(
            columns["LABEL"], columns["-R-"], columns["-G-"], columns["-B-"], strict=True
        )
    }
    for row in table.to_dict("records"):
        assert [row["-R-"], row["-G-"], row["-B-"]] == colors[acronyms[row["id"]]]
        assert (row["VIS"], row["MSH"]) == (1, 1)
