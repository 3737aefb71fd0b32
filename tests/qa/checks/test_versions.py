"""An atlas against another version of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap

from ..planting import findings, only, why_not_run

ROWS = [
    {"id": 1, "acronym": "root"},
    {"id": 2, "acronym": "A", "parent_structure_id": 1},
    {"id": 3, "acronym": "a1", "parent_structure_id": 2},
    {"id": 4, "acronym": "a2", "parent_structure_id": 2},
    {"id": 5, "acronym": "B", "parent_structure_id": 1},
]


def base():
    """a1 and a2 of 8 × 16 × 16 voxels each, B of 16 × 4 × 16."""
    ids = np.zeros((20, 26, 20), np.uint32)
    ids[2:10, 2:18, 2:18] = 3
    ids[10:18, 2:18, 2:18] = 4
    ids[2:18, 18:22, 2:18] = 5
    return ids


def atlas(ids, rows=ROWS, resolution=(10, 10, 10)):
    return Atlas.from_arrays(ids, RegionMap.from_structures(rows), resolution)


GROUPS = ("labels", "versions")


def test_an_atlas_agrees_with_itself_and_with_a_finer_copy():
    assert findings(atlas(base()), atlas(base()), GROUPS) == []
    fine = base().repeat(2, 0).repeat(2, 1).repeat(2, 2)
    finer = atlas(fine, resolution=(5, 5, 5))
    assert findings(atlas(base()), finer, GROUPS) == []
    assert "voxels" in why_not_run(atlas(base()), "version-dice", finer)


def test_a_region_that_grew_is_found_with_both_volumes():
    ids = base()
    ids[10:13, 2:18, 2:18] = 3
    found = findings(atlas(ids), atlas(base()), GROUPS)
    by_region = {f.region_ids[0]: f for f in found if f.code == "version-volume"}
    assert set(by_region) == {3, 4}
    assert by_region[3].measure == pytest.approx(37.5)  # 11 planes for 8
    assert by_region[4].measure == pytest.approx(-37.5)
    assert by_region[3].count == 3 * 16 * 16
    assert by_region[3].anchor.extent == ((2, 13), (2, 18), (2, 18))
    assert ids[by_region[3].anchor.voxel] == 3
    assert "0.002816 mm³" in by_region[3].message
    dice = [f for f in found if f.code == "version-dice"]
    assert [f.region_ids for f in dice] == [(4,)]  # of a1: 2·8 / (8 + 11) = 0.84
    assert dice[0].measure == pytest.approx(2 * 5 / (5 + 8))
    assert dice[0].count == 3 * 16 * 16
    assert dice[0].anchor.extent == ((10, 13), (2, 18), (2, 18))


def test_a_region_that_moved_keeps_its_volume_and_loses_its_dice():
    ids = base()
    ids[ids == 5] = 0
    ids[2:18, 22:26, 2:18] = 5
    # Nothing is shared: the two places do not overlap at all.
    found = only(findings(atlas(ids), atlas(base()), ["versions"]), "version-dice")
    assert found.region_ids == (5,)
    assert found.measure == 0
    assert found.count == 2 * 16 * 4 * 16
    flat = np.flatnonzero((ids == 5) | (base() == 5))
    assert found.marked.flat.tolist() == flat.tolist()


def test_regions_of_one_atlas_only_are_found_and_those_below_them_not_again():
    ids = np.where(base() == 5, 0, base())
    here = only(findings(atlas(base()), atlas(ids), GROUPS), "version-missing")
    assert (here.region_ids, here.count) == ((5,), 16 * 4 * 16)
    assert here.anchor.extent == ((2, 18), (18, 22), (2, 18))
    there = only(findings(atlas(ids), atlas(base()), GROUPS), "version-missing")
    assert (there.region_ids, there.key, there.anchor.node) == ((5,), "there only", 5)
    whole = np.where(base() == 5, 5, 0)
    lost = findings(atlas(base()), atlas(whole), ["versions"])
    assert [f.region_ids for f in lost if f.code == "version-missing"] == [(2,)]


def test_a_region_around_what_both_have_is_not_missing():
    rows = [{"id": 99, "acronym": "universe"}, *ROWS[1:]]
    rows[1:] = [
        {**r, "parent_structure_id": 99 if r["parent_structure_id"] == 1 else 2} for r in rows[1:]
    ]
    ids = np.where(base() == 5, 0, base())
    found = findings(atlas(ids), atlas(base(), rows), ["versions"])
    assert [f.region_ids for f in found if f.code == "version-missing"] == [(5,)]


def test_parts_that_only_the_other_has_count_for_the_region_that_both_have():
    rows = [*ROWS, {"id": 6, "acronym": "b1", "parent_structure_id": 5}]
    ids = base()
    ids[2:10, 18:22] = np.where(ids[2:10, 18:22] == 5, 6, ids[2:10, 18:22])
    found = only(findings(atlas(base()), atlas(ids, rows), GROUPS), "version-missing")
    assert found.region_ids == (6,)


def test_without_another_atlas_or_with_another_space_checks_say_so():
    assert "no other atlas" in why_not_run(atlas(base()), "version-volume")
    moved = atlas(base(), resolution=(10, 10, 11))
    assert "placed differently" in why_not_run(atlas(base()), "version-dice", moved)
    unknown = atlas(base())
    unknown = Atlas(replace(unknown.package, resolution_known=False))
    assert "not known" in why_not_run(unknown, "version-volume", atlas(base()))
