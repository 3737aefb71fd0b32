"""Ids that types, byte orders and tables have changed, proven by the pattern that they leave."""

from __future__ import annotations

import nrrd
import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap
from napari_atlas_explorer.qa.run import run_qa

CODES = {
    "label-unknown-id",
    "label-ids-lost",
    "label-byte-order",
    "label-shifted",
    "label-resampled-id",
}


def blocks(ids, dtype=np.uint32):
    """A volume with a block of 4 × 4 × 4 voxels for each id, background between them."""
    volume = np.zeros((6, 6, 6 * len(ids)), dtype)
    for n, value in enumerate(ids):
        volume[1:5, 1:5, 6 * n + 1 : 6 * n + 5] = value
    return volume


def found_in(volume, known):
    atlas = Atlas.from_arrays(volume, RegionMap.flat([{"id": i} for i in known]), (10, 10, 10))
    report = run_qa(atlas, ["labels"])
    return [one.finding for one in report.listed if one.finding.code in CODES]


# ---- Floats that are integers now ----------------------------------------------------------------

LARGE = [2**24 + 1, 2**25 + 6, 2**26 + 20, 2**27 + 40, 2**28 + 48, 2**29 + 100]


def test_integers_that_were_single_floats_are_found_with_what_they_were():
    damaged = np.array(LARGE).astype(np.float32).astype(np.uint32)
    found = found_in(blocks([5, *damaged]), [5, *LARGE])
    assert {f.code for f in found} == {"label-ids-lost"}
    changed = {int(d): i for d, i in zip(damaged, LARGE, strict=True) if d != i}
    assert {f.region_ids: f.count for f in found} == dict.fromkeys(changed.items(), 64)
    assert all("becomes in float32" in f.message for f in found)
    assert all(f.severity == "error" for f in found)


def test_a_known_region_that_got_the_voxels_of_others_is_found():
    damaged = np.array(LARGE).astype(np.float32).astype(np.uint32)
    found = found_in(blocks([5, *damaged]), [5, *LARGE, int(damaged[-1])])
    known = next(f for f in found if f.region_ids[0] == int(damaged[-1]))
    assert known.region_ids == (int(damaged[-1]), LARGE[-1])
    assert "some or all are the others'" in known.message


def test_one_id_that_no_float_holds_shows_that_there_was_none():
    damaged = np.array(LARGE[:-1]).astype(np.float32).astype(np.uint32)
    found = found_in(blocks([5, *damaged, LARGE[-1]]), [5, *LARGE])
    assert {f.code for f in found} == {"label-unknown-id"}


def test_regions_that_are_absent_by_chance_are_no_damage():
    # Two known ids, one of which is the other's rounded value; the other has no voxels.
    assert found_in(blocks([5, 2**24]), [5, 2**24, 2**24 + 1]) == []
    # Small ids are held by half floats, larger ones are absent: an atlas of few regions.
    assert found_in(blocks([5, 3000]), [5, 3000, 3001, 4001, 5001, 6001, 7001]) == []


def test_allens_50_um_volume_counts_voxels_for_other_regions(data_folder):
    folder = data_folder / "allen_ccfv3_2017"
    ids, _ = nrrd.read(str(folder / "annotation_50.nrrd"))
    regions = RegionMap.load_json(folder / "1.json")
    damaged = ids.astype(np.float32).astype(np.uint32)
    wrong = damaged[damaged != ids]
    in_known = int(np.isin(wrong, regions.ids[1:]).sum())
    assert in_known == 67_086
    atlas = Atlas.from_arrays(damaged, regions, (50, 50, 50))
    found = [f.finding for f in run_qa(atlas, ["labels"]).listed]
    lost = [f for f in found if f.code == "label-ids-lost"]
    assert {f.region_ids[0] for f in lost} == set(np.unique(wrong).tolist())
    assert not [f for f in found if f.code == "label-unknown-id"]
    sound = [
        f.finding for f in run_qa(Atlas.from_arrays(ids, regions, (50, 50, 50)), ["labels"]).listed
    ]
    assert not [f for f in sound if f.code in CODES]


# ---- Wrapped, swapped, shifted -------------------------------------------------------------------


def test_known_ids_that_wrapped_ones_became_are_found_with_the_unknown():
    known = [7, 4464, 70_000, 140_000]  # 70,000 is 4464 in 16 bits; 140,000 is 8928
    volume = blocks([7, 4464, 8928], np.uint16)
    found = found_in(volume, known)
    assert {f.region_ids for f in found} == {(8928, 140_000), (4464, 70_000)}
    assert {f.code for f in found} == {"label-ids-lost"}
    assert all("16 bits" in f.message for f in found)


@pytest.mark.parametrize("dtype", [np.uint16, np.uint32])
def test_swapped_bytes_are_one_finding(dtype):
    known = [3, 17, 315, 698]
    volume = blocks(np.array(known, dtype).byteswap(), dtype)
    (found,) = found_in(volume, known)
    assert found.code == "label-byte-order"
    assert found.count == 4 * 64
    assert "for 3:" in found.message


def test_unknown_ids_that_are_no_swapped_ones_stay_unknown():
    volume = blocks(np.array([3, 17, 315, 11], np.uint16).byteswap(), np.uint16)
    assert {f.code for f in found_in(volume, [3, 17, 315, 698])} == {"label-unknown-id"}


@pytest.mark.parametrize(("shift", "words"), [(1, "one more"), (-1, "one less")])
def test_a_volume_that_is_off_by_one_is_one_finding(shift, words):
    known = [11, 12, 13, 20, 30]
    (found,) = found_in(blocks([i + shift for i in known]), known)
    assert found.code == "label-shifted"
    assert found.count == 5 * 64
    assert words in found.message


def test_a_table_that_lacks_its_last_region_is_not_off_by_one():
    assert {f.code for f in found_in(blocks([1, 2, 3, 4, 5]), [1, 2, 3, 4])} == {"label-unknown-id"}


def test_a_table_with_a_region_too_many_at_its_start_and_one_too_few_at_its_end_is():
    (found,) = found_in(blocks([2, 3, 4, 5]), [1, 2, 3, 4])
    assert found.code == "label-shifted"
