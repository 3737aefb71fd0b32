"""Defects of the annotation, planted one at a time in the sound atlas."""

from __future__ import annotations

import lzma
from collections import Counter

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap, open_atlas
from napari_atlas_explorer.compute.contacts import label_faces
from napari_atlas_explorer.compute.overlap import slice_changes
from napari_atlas_explorer.qa.finding import Curve

from ..planting import extent_of, findings, id_of, inside_of, mirror, only, positions, why_not_run
from ..sound import sound

OWN_GROUPS = ("labels", "symmetry", "reference")


def flat_atlas(ids, rows=None):
    """An atlas of arrays whose regions have no parents."""
    values = [int(v) for v in np.unique(ids) if v > 0]
    rows = rows or [{"id": v} for v in values]
    return Atlas.from_arrays(ids, RegionMap.flat(rows), (10, 10, 10))


def codes(found):
    return {f.code for f in found}


def test_the_sound_atlas_has_no_finding():
    assert findings(sound()) == []


def test_an_id_that_is_not_in_the_hierarchy_is_found_with_its_largest_blob():
    where, small = inside_of("CP", 3), inside_of("CP", 2, -1)
    assert 40000 not in [row["id"] for row in sound().rows]
    ids = sound().annotation.copy()
    ids[where] = ids[small] = 40000
    found = only(findings(sound().changed(annotation=ids)), "label-unknown-id")
    assert found.region_ids == (40000,)
    assert found.count == 27 + 8
    assert found.anchor.voxel == tuple(s.start + 1 for s in where)
    assert found.anchor.extent == tuple(
        (min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(where, small, strict=True)
    )
    assert "40000" in found.message
    expected = sorted([*positions(where), *positions(small)])
    labels = sound().changed(annotation=ids).atlas().ranks
    assert found.marked.positions(labels).tolist() == expected


def test_more_unknown_ids_than_anyone_reads_share_a_finding():
    ids = np.zeros((8, 40, 40), np.uint32)
    ids[2:6] = 1
    ids[3, 1:-1:2, 1:-1:2] = np.arange(5000, 5000 + 19 * 19).reshape(19, 19)
    found = [f for f in findings(flat_atlas(ids, [{"id": 1}])) if f.code == "label-unknown-id"]
    assert len(found) == 51
    rest = next(f for f in found if f.key)
    assert rest.count == 19 * 19 - 50
    assert not rest.region_ids


def test_a_fractional_label_is_found_and_the_other_checks_say_why_they_cannot_run():
    ids = sound().annotation.astype(np.float32)
    where = inside_of("CP", 1)
    ids[where] = 17.5
    broken = sound().changed(annotation=ids)
    found = only(findings(broken), "label-not-integer")
    assert found.count == 1
    assert found.anchor.voxel == tuple(s.start for s in where)
    assert "17.5" in found.message
    assert "no whole numbers" in why_not_run(broken, "label-unknown-id")


def test_ids_that_overflowed_are_named_with_what_they_were():
    ids = sound().annotation.copy()
    small = {v: v - 2**16 for v in np.unique(ids).tolist() if v > 32767}
    found = findings(sound().changed(annotation=ids.astype(np.int16)))
    assert codes(found) == {"label-ids-lost"}
    assert {f.region_ids for f in found} == {(now, was) for was, now in small.items()}
    hit = next(f for f in found if f.region_ids[1] == max(small))
    assert hit.count == (ids == max(small)).sum()
    assert ids[hit.anchor.voxel] == max(small)


def test_ids_that_float32_cannot_hold_are_listed_with_those_they_collide_with():
    ids = np.zeros((12, 12, 12), np.float32)
    ids[2:10, 2:6, 2:10] = 2**24
    ids[2:10, 6:10, 2:10] = np.float32(2**24 + 5)  # becomes 2^24 + 4
    rows = [{"id": 2**24}, {"id": 2**24 + 1}, {"id": 2**24 + 5}, {"id": 2**24 + 2}]
    found = findings(flat_atlas(ids, rows), groups=["labels"])
    lost = {f.region_ids: f.count for f in found if f.code == "label-ids-lost"}
    assert lost == {(2**24, 2**24 + 1): 256, (2**24 + 4, 2**24 + 5): 256}
    assert codes(found) == {"label-ids-lost", "label-id-limit"}


def test_ids_above_65535_are_counted_once_for_the_atlas():
    rows = [{**r, "id": 70000} if r["acronym"] == "CP" else r for r in sound().rows]
    ids = np.where(sound().annotation == id_of("CP"), np.uint32(70000), sound().annotation)
    found = only(findings(sound().changed(annotation=ids, rows=tuple(rows))), "label-id-limit")
    assert (found.region_ids, found.count, found.severity) == ((70000,), 1, "info")
    assert ids[found.anchor.voxel] == 70000


def test_ids_made_by_interpolation_are_distinguished_from_unknown_ones():
    coarse = np.zeros((8, 8, 8), np.float64)
    coarse[1:7, 1:4, 1:7] = 1000
    coarse[1:7, 4:7, 1:4] = 5000
    coarse[1:7, 4:7, 4:7] = 600
    fine = coarse
    for axis in range(3):  # as linear interpolation to half the voxel size does
        along = np.moveaxis(fine, axis, 0)
        wide = np.zeros((2 * len(along) - 1, *along.shape[1:]))
        wide[::2], wide[1::2] = along, (along[1:] + along[:-1]) / 2
        fine = np.moveaxis(wide, 0, axis)
    ids = np.round(fine).astype(np.uint32)
    known = (1000, 5000, 600, 500)  # the last is also what 1000 and background make
    found = findings(flat_atlas(ids, [{"id": v} for v in known]), groups=["labels"])
    made = {f.region_ids[0] for f in found if f.code == "label-resampled-id"}
    assert made == set(np.unique(ids).tolist()) - {0, 1000, 5000, 600}
    assert "label-unknown-id" not in codes(found)


def test_a_thin_layer_between_its_neighbors_ids_is_no_artifact():
    ids = np.zeros((12, 12, 12), np.uint32)
    for k, value in enumerate((100, 200, 300)):
        ids[2 + 3 * k : 5 + 3 * k, 1:-1, 1:-1] = value
    ids[5:8] = np.where(ids[5:8] > 0, 100, 0)
    ids[7, 1:-1, 1:-1] = 200
    assert findings(flat_atlas(ids), groups=["labels"]) == []
    unknown = findings(flat_atlas(ids, [{"id": 100}, {"id": 300}]), groups=["labels"])
    assert only(unknown, "label-resampled-id").region_ids == (200,)


def test_a_voxel_apart_from_its_region_is_found():
    where, region = inside_of("CP", 1), id_of("LHA")
    found = only(findings(sound().with_voxels(where, region)), "label-isolated-voxel")
    assert (found.region_ids, found.count) == ((region,), 1)
    assert found.anchor.voxel == tuple(s.start for s in where)
    assert found.anchor.node == region
    assert found.marked.flat.tolist() == positions(where).tolist()


def test_a_region_of_two_voxels_is_tiny():
    where = inside_of("CP", 1)
    ids = sound().annotation.copy()
    ids[where] = ids[mirror(where)] = 20000
    row = {"id": 20000, "acronym": "dot", "parent_structure_id": 1, "rgb_triplet": [1, 2, 3]}
    found = only(
        findings(sound().changed(annotation=ids, rows=(*sound().rows, row))), "label-tiny-region"
    )
    assert (found.region_ids, found.count, found.measure) == ((20000,), 2, 2.0)
    assert found.threshold == "tiny_voxels"
    assert ids[found.anchor.voxel] == 20000


def test_a_fragment_is_found_on_its_side():
    where, region = inside_of("CP", 2), id_of("LHA")
    found = only(findings(sound().with_voxels(where, region)), "label-fragment")
    assert (found.region_ids, found.count) == ((region,), 8)
    assert found.anchor.extent == extent_of(where)
    side = sound().annotation[:, :, : sound().annotation.shape[2] // 2]
    assert found.measure == pytest.approx(100 * 8 / (side == region).sum(), rel=0.05)
    assert "in its hemisphere" in found.message
    plain = sound().with_voxels(where, region).atlas()
    sideless = Atlas.from_arrays(plain.annotation.raw, plain.region_map, plain.resolution)
    assert (
        "hemispheres unknown"
        in only(findings(sideless, groups=["labels"]), "label-fragment").message
    )


def test_a_hole_is_found_with_the_regions_around_it():
    where = inside_of("CP", 2)
    found = only(findings(sound().with_voxels(where, 0)), "label-hole")
    assert (found.region_ids, found.count) == ((id_of("CP"),), 8)
    assert found.anchor.extent == extent_of(where)
    assert found.marked.flat.tolist() == positions(where).tolist()


def test_a_hole_between_two_regions_names_the_one_that_has_more_of_it_first():
    ids = np.zeros((9, 9, 9), np.uint32)
    ids[1:8, 1:8, 1:8] = 5
    ids[1:8, 1:4, 1:8] = 3
    ids[4, 4, 4] = ids[6, 6, 6] = ids[6, 6, 5] = 0
    found = only(findings(flat_atlas(ids), groups=["labels"]), "label-hole")
    assert (found.region_ids, found.count) == ((5, 3), 3)
    assert found.anchor.voxel in ((6, 6, 5), (6, 6, 6))
    assert found.anchor.extent == ((4, 7), (4, 7), (4, 7))


def columns(n=40):
    """25 square columns of 6 × 6 voxels along axis 0."""
    tile = np.arange(1, 26).reshape(5, 5).repeat(6, 0).repeat(6, 1)
    ids = np.zeros((n, 40, 40), np.uint32)
    ids[:, 5:35, 5:35] = tile
    return ids


def test_a_slice_out_of_line_is_found():
    ids = columns()
    for k in range(40):  # some change everywhere, as real regions have
        ids[k] = np.roll(ids[k], k // 4 % 2, axis=0)
        ids[k] = np.roll(ids[k], k % 2, axis=1)
    ids[20] = np.roll(ids[20], 4, axis=1)
    found = only(findings(flat_atlas(ids), groups=["labels"]), "label-jagged")
    assert found.threshold == "jagged_slice"
    assert found.anchor.voxel[0] in (20, 21)
    assert found.anchor.extent[0] == (20, 22)
    assert found.measure > 2
    assert any(isinstance(e, Curve) and e.axis == 0 for e in found.exhibits)


def test_an_axis_along_which_regions_are_jagged_is_found():
    ids = columns()
    for k in range(40):
        ids[k] = np.roll(ids[k], (-1) ** k * 2, axis=0)
    ids = np.where(ids > 0, ids, 0)
    # A slant along the other axes: there, too, regions change a little from slice to slice.
    slanted = np.stack(
        [np.roll(plane, j // 8, axis=0) for j, plane in enumerate(ids.swapaxes(0, 2))]
    )
    found = [
        f
        for f in findings(
            flat_atlas(np.ascontiguousarray(slanted.swapaxes(0, 2))), groups=["labels"]
        )
        if f.code == "label-jagged"
    ]
    assert {f.key for f in found if f.threshold == "jagged_axis"} == {"axis 0"}


def lateralised(jump: int = 0, numbered: bool = True) -> Atlas:
    """24 regions on each side, their borders slanted; where the sides meet, nothing is straight.

    The left has ids of its own if it is ``numbered``; the plane after ``jump`` is shifted.
    """
    shape = (48, 48, 40)
    i, j, k = np.indices(shape)
    ids = 1 + (i + (k % 20) // 4) % 48 // 12 * 6 + j // 8
    if jump:
        ids[:, :, jump:] = np.roll(ids, 6, axis=0)[:, :, jump:]
    left = k >= 20 + (i + j) % 2  # a border as if drawn by hand: every second voxel crosses it
    ids[left & numbered] += 24
    regions = RegionMap.flat([{"id": n, "name": f"area {n}"} for n in range(1, 49)])
    return Atlas.from_arrays(ids.astype(np.uint32), regions, (10, 10, 10), orientation="asr")


def slices_out_of_line(atlas: Atlas) -> list[str]:
    found = findings(atlas, groups=["labels"])
    jagged = [f for f in found if f.code == "label-jagged" and f.threshold == "jagged_slice"]
    return [f.key for f in jagged if f.key.startswith("axis 2")]


def test_where_the_hemispheres_of_a_lateralised_atlas_meet_is_no_slice_out_of_line():
    assert slices_out_of_line(lateralised()) == []
    assert slices_out_of_line(lateralised(jump=9)) == ["axis 2, slice 9"]


@pytest.mark.data
def test_where_the_hemispheres_of_aal_meet_is_no_slice_out_of_line(data_folder):
    assert slices_out_of_line(open_atlas(data_folder / "nifti_human" / "atlas_aal.nii.gz")) == []
    found = findings(
        open_atlas(data_folder / "nifti_human" / "atlas_aal.nii.gz"), groups=["labels"]
    )
    assert [f.key for f in found if f.code == "label-jagged"] == []


@pytest.mark.data
def test_allens_atlas_has_no_errors_and_its_known_leftovers(data_folder):
    found = findings(open_atlas(data_folder / "allen_ccfv3_2017"), groups=OWN_GROUPS)
    assert "error" not in {f.severity for f in found}
    by_code = Counter(f.code for f in found)
    assert by_code["label-unknown-id"] == by_code["label-jagged"] == 0
    assert {f.region_ids for f in found if f.code == "label-tiny-region"} == {(699,), (526322264,)}
    assert by_code["reference-edges"] == by_code["reference-foreground"] == 0


@pytest.mark.data
@pytest.mark.slow
def test_ccfv3_changes_from_slice_to_slice_as_bluebrain_measured(data_folder, tmp_path):
    """Their alignment meter gives 0.074 for CCFv3; ours does along the front-back axis."""
    folder = data_folder / "allen_ccfv3_25um_tiff"
    path = tmp_path / "annotation.tif"
    path.write_bytes(lzma.decompress((folder / "ABA_25um_2017_annotation.tif.lzma").read_bytes()))
    region_map = RegionMap.load_json(folder / "ABA_annotation_last.json")
    labels = open_atlas(path, region_map=region_map, resolution=25).ranks
    changes = slice_changes(labels.raw, label_faces(labels.raw), labels.n_ranks)
    assert changes[1].median == pytest.approx(0.074, abs=0.0005)
