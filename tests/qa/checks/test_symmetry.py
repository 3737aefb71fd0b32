"""Hemispheres and symmetry: defects planted one at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap

from ..planting import extent_of, findings, id_of, inside_of, mirror, only, positions, why_not_run
from ..sound import sound


def with_sides(change):
    sides = sound().hemispheres.copy()
    change(sides)
    return sound().changed(hemispheres=sides)


def test_another_value_than_0_1_2_is_found_among_the_hemispheres():
    where = inside_of("CP", 2)

    def mark(sides):
        sides[0, 0, :5] = 255
        sides[0, 1, 0] = 7

    found = only(findings(with_sides(mark)), "symmetry-hemisphere-values")
    assert found.count == 6
    assert "255, 7" in found.message
    assert found.anchor.extent == ((0, 1), (0, 2), (0, 5))
    assert len(positions(where)) == 8


def test_labeled_voxels_outside_the_hemispheres_are_found():
    where = inside_of("CP", 2)
    found = only(findings(with_sides(lambda s: s.__setitem__(where, 0))), "symmetry-outside")
    assert (found.region_ids, found.count) == ((id_of("CP"),), 8)
    assert found.anchor.extent == extent_of(where)
    assert found.marked.flat.tolist() == positions(where).tolist()


@pytest.mark.parametrize(("values", "other"), [((0, 255), "255"), ((0, 1), ""), ((1, 0), "")])
def test_a_mask_of_one_hemisphere_is_one_finding_and_not_one_for_each_region(values, other):
    """2 (right) and 1 (left) of a sound volume become the values of a mask."""
    mask = np.array([0, values[1], values[0]], np.uint8)[sound().hemispheres]
    found = only(
        findings(sound().changed(hemispheres=mask)),
        "symmetry-hemisphere-values" if other else "symmetry-outside",
    )
    assert "one hemisphere" in found.message
    right = sound().hemispheres == 2
    if other:
        assert "255" in found.message
        assert found.count == int((mask == 255).sum())
    else:
        outside = right if values == (0, 1) else sound().hemispheres == 1
        assert found.count == int((outside & (sound().annotation > 0)).sum())
        assert sound().annotation[found.anchor.voxel] > 0
        assert outside[found.anchor.voxel]
        assert found.key == "whole atlas"


def test_a_region_that_differs_from_its_mirror_image_is_found():
    ids = sound().annotation.copy()
    middle = ids.shape[2] // 2
    own = np.argwhere(ids[:, :, :middle] == id_of("GPe"))
    half = own[own[:, 0] < np.quantile(own[:, 0], 0.75)]
    ids[tuple(half.T)] = id_of("CP")
    found = only(findings(sound().changed(annotation=ids)), "symmetry-dice")
    assert found.region_ids[0] == id_of("GPe")
    right, left = len(own) - len(half), len(own)
    assert found.measure == pytest.approx(2 * 2 * right / (2 * (left + right)))
    assert found.count == left - right
    at = found.anchor.voxel
    assert ids[at] == id_of("GPe")
    assert ids[at[0], at[1], ids.shape[2] - 1 - at[2]] == id_of("CP")


def stated(ingredients, symmetric=True) -> Atlas:
    """An atlas whose metadata state whether it is symmetric."""
    package = ingredients.atlas().package
    return Atlas(replace(package, metadata={**package.metadata, "symmetric": symmetric}))


def emptied(share):
    """The sound atlas without so much of the planes of its left half, the outer ones first."""
    ids = sound().annotation.copy()
    middle = ids.shape[2] // 2
    ids[:, :, ids.shape[2] - round(share * middle) :] = 0
    return sound().changed(annotation=ids)


@pytest.mark.parametrize("share", [1, 0.85])
def test_an_atlas_that_calls_itself_symmetric_and_has_half_a_brain_is_in_error(share):
    half = emptied(share)
    ids = half.annotation
    # By hand: the plane of symmetry is the middle, or near it where the half that is left says so.
    same = (ids == ids[:, :, ::-1]) & (ids > 0)
    agreement = same.sum() / (ids > 0).sum()
    found = {f.code: f for f in findings(stated(half), groups=["symmetry"])}
    error = found["symmetry-metadata"]
    assert (error.severity, error.key, error.threshold) == ("error", "whole atlas", "stated_dice")
    assert "symmetric: true" in error.message
    assert agreement <= error.measure < 0.5
    left, right = (int(((ids > 0) & (half.hemispheres == k)).sum()) for k in (1, 2))
    assert f"{left:,} are on the left and {right:,} on the right" in error.message
    assert "symmetry-dice" not in found  # it would call the same a matter of drawing
    without = {f.code: f.severity for f in findings(half, groups=["symmetry"])}
    assert "symmetry-metadata" not in without
    assert without["symmetry-dice"] == "info"


def test_an_atlas_that_calls_itself_symmetric_and_differs_in_a_third_is_doubted():
    found = findings(stated(emptied(0.7)), groups=["symmetry"])
    (doubt,) = [f for f in found if f.code == "symmetry-metadata"]
    assert (doubt.severity, doubt.threshold) == ("warning", "symmetric_dice")
    assert 0.5 < doubt.measure < 0.8


def test_a_symmetric_atlas_may_call_itself_so_and_others_need_not():
    assert findings(stated(sound()), groups=["symmetry"]) == []
    for symmetric in (False, None, "true"):
        why = why_not_run(stated(emptied(1), symmetric), "symmetry-metadata")
        assert "symmetric: true" in why


def test_a_region_that_is_nowhere_three_voxels_thick_is_no_warning():
    """Sheets of two and of three voxels, which end sooner on one side."""
    ids = np.zeros((30, 30, 30), np.uint32)
    ids[2:28, 2:28, 2:28] = 4
    for region_id, planes in ((1, slice(6, 8)), (2, slice(16, 19))):
        ids[planes, 6:24, 4:12] = region_id
        ids[planes, 6:14, 18:26] = region_id
    regions = RegionMap.flat([{"id": 1}, {"id": 2}, {"id": 4}])
    atlas = Atlas.from_arrays(ids, regions, (10, 10, 10), orientation="asr")
    found = {f.region_ids[0]: f for f in findings(atlas, groups=["symmetry"])}
    assert {i: f.severity for i, f in found.items()} == {1: "info", 2: "warning"}
    assert {i: f.count for i, f in found.items()} == {1: 2 * 10 * 8, 2: 3 * 10 * 8}
    assert "thick" in found[1].message
    assert "thick" not in found[2].message


def test_a_thin_region_beside_a_thick_partner_is_a_warning():
    ids = lateral().annotation.raw.copy()
    ids[8:12, 6:12, 12:16] = 3
    broken = Atlas.from_arrays(
        ids, lateral().region_map, (10, 10, 10), None, lateral().hemispheres.raw, "asr"
    )
    found = only(findings(broken, groups=GROUPS), "symmetry-dice")
    assert found.severity == "warning"


def test_hemispheres_that_meet_beside_the_plane_of_symmetry_are_found():
    middle = sound().annotation.shape[2] // 2

    def move(sides):
        slab = sides[:, :, middle : middle + 2]
        slab[slab == 1] = 2

    found = only(findings(with_sides(move)), "symmetry-plane")
    assert found.measure == 2.0
    assert "120 µm" in found.message
    assert found.anchor.extent[2] == (middle, middle + 2)


def test_a_region_in_one_hemisphere_only_is_found():
    ids = sound().annotation.copy()
    middle = ids.shape[2] // 2
    left = ids[:, :, middle:]
    gone = int((left == id_of("GPe")).sum())
    left[left == id_of("GPe")] = id_of("CP")
    found = {f.code: f for f in findings(sound().changed(annotation=ids))}
    assert set(found) == {"symmetry-one-hemisphere", "symmetry-dice"}  # its Dice is 0, of course
    one = found["symmetry-one-hemisphere"]
    assert (one.region_ids, one.count) == ((id_of("GPe"),), gone)
    assert "right only" in one.message
    assert ids[one.anchor.voxel] == id_of("GPe")
    assert found["symmetry-dice"].measure == 0


def lateral(swapped=False, names=("left nucleus", "right nucleus"), both=False):
    """Two nuclei, one for each side, in a brain that is symmetric; 20 × 20 × 20."""
    ids = np.zeros((20, 20, 20), np.uint32)
    ids[2:18, 2:18, 2:18] = 3
    ids[6:12, 6:12, 4:8] = 1
    ids[6:12, 6:12, 12:16] = 2
    if both:
        ids[6:12, 6:12, 12:14] = 1
    sides = np.ones(ids.shape, np.uint8)
    sides[:, :, 10:] = 2
    rows = [{"id": 1, "name": names[0]}, {"id": 2, "name": names[1]}, {"id": 3, "name": "brain"}]
    rows = [{**r, "rgb_triplet": [90 * r["id"] - 80, 200 - 60 * r["id"], 50]} for r in rows]
    if swapped:
        sides = 3 - sides
    regions = RegionMap.flat(rows)
    return Atlas.from_arrays(ids, regions, (10, 10, 10), None, sides, "rsa"[::-1])


GROUPS = ("labels", "symmetry")


def test_regions_named_for_their_hemispheres_are_compared_with_their_partners():
    assert findings(lateral(), groups=GROUPS) == []


def test_voxels_in_the_other_hemisphere_than_the_name_says_are_found():
    found = findings(lateral(swapped=True), groups=GROUPS)
    assert [f.code for f in found] == ["symmetry-wrong-hemisphere"] * 2
    assert {f.region_ids[0]: f.count for f in found} == {1: 144, 2: 144}
    assert {f.severity for f in found} == {"error"}
    assert {f.region_ids[0]: f.anchor.extent[2] for f in found} == {1: (4, 8), 2: (12, 16)}
    some = findings(lateral(both=True), groups=GROUPS)
    wrong = [f for f in some if f.code == "symmetry-wrong-hemisphere"]
    assert [(f.region_ids[0], f.count) for f in wrong] == [(1, 72)]
    assert wrong[0].anchor.extent == ((6, 12), (6, 12), (12, 14))


def test_a_partner_that_is_smaller_is_found_once_for_both():
    atlas = lateral()
    ids = atlas.annotation.raw.copy()
    ids[8:12, 6:12, 12:16] = 3
    broken = Atlas.from_arrays(
        ids, atlas.region_map, (10, 10, 10), None, atlas.hemispheres.raw, "asr"
    )
    found = only(findings(broken, groups=GROUPS), "symmetry-dice")
    assert set(found.region_ids) == {1, 2}
    assert found.measure == pytest.approx(2 * 48 / (144 + 48))


def test_an_atlas_with_labels_for_each_hemisphere_gets_one_finding_if_names_do_not_say_so():
    found = findings(lateral(names=("nucleus 1", "nucleus 2")), groups=GROUPS)
    by_code = {f.code: f for f in found}
    one = by_code["symmetry-one-hemisphere"]
    assert (one.severity, one.key, one.count) == ("info", "whole atlas", 2)
    assert len([f for f in found if f.code == "symmetry-one-hemisphere"]) == 1


def test_an_atlas_that_is_not_symmetric_gets_one_finding():
    ids = np.zeros((16, 16, 16), np.uint32)
    ids[2:14, 2:14, 2:14] = np.repeat(np.arange(1, 13), 1)
    rows = [{"id": k} for k in range(1, 13)]
    atlas = Atlas.from_arrays(ids, RegionMap.flat(rows), (10, 10, 10), orientation="asr")
    found = only(findings(atlas, groups=["symmetry"]), "symmetry-dice")
    assert (found.severity, found.key) == ("info", "whole atlas")


def test_checks_say_what_they_lack():
    atlas = lateral()
    plain = Atlas.from_arrays(atlas.annotation.raw, atlas.region_map, (10, 10, 10))
    assert why_not_run(plain, "symmetry-hemisphere-values") == "no hemisphere volume"
    assert why_not_run(plain, "symmetry-dice") == "the left-right axis is unknown"
    assert why_not_run(plain, "symmetry-outside") == "left and right are unknown"


def test_the_other_side_of_a_box_is_where_it_should_be():
    where = inside_of("CP", 2)
    ids = sound().annotation
    assert (ids[mirror(where)] == id_of("CP")).all()
