"""Two atlases of one space, against naive loops over voxels."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap
from napari_atlas_explorer.analysis.comparison import comparison
from napari_atlas_explorer.analysis.comparison.comparison import Comparison
from napari_atlas_explorer.core.space.axis_transform import AxisTransform

from ...refusals import refused

ROWS = [(997, None, "root"), (8, 997, "grey"), (315, 8, "CTX"), (549, 8, "TH"), (1009, 997, "ft")]


def regions(rename: dict[int, str] | None = None, renumber: dict[int, int] | None = None):
    rename, renumber = rename or {}, renumber or {}
    return RegionMap.from_structures(
        [
            {
                "id": renumber.get(i, i),
                "acronym": rename.get(i, a),
                "parent_structure_id": None if p is None else renumber.get(p, p),
            }
            for i, p, a in ROWS
        ]
    )


def volume(seed: int, shape=(8, 6, 10)) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.choice([0, 8, 315, 549, 1009, 4242], shape).astype(np.uint32)


@pytest.fixture
def pair() -> Comparison:
    first = Atlas.from_arrays(volume(1), regions(), 50.0, orientation="asr")
    second = Atlas.from_arrays(volume(2), regions(), 50.0, orientation="asr")
    return Comparison(first, second)


def test_the_map_is_that_of_a_loop(pair):
    a, b = volume(1), volume(2)
    found = pair.map().raw
    for index in np.ndindex(a.shape):
        x, y = a[index], b[index]
        expected = comparison.AGREE if x == y else comparison.DIFFER
        if x and not y:
            expected = comparison.ONLY_FIRST
        elif y and not x:
            expected = comparison.ONLY_SECOND
        assert found[index] == expected


def test_the_table_is_that_of_masks(pair):
    table = pair.as_dataframe().set_index("id")
    voxel = 50**3 / 1e9
    for i, _, acronym in ROWS:
        a = pair.first.get_structure_mask(i).raw
        b = pair.second.get_structure_mask(i).raw
        row = table.loc[i]
        assert row["acronym"] == acronym
        assert row["first_mm3"] == pytest.approx(a.sum() * voxel)
        assert row["second_mm3"] == pytest.approx(b.sum() * voxel)
        assert row["difference_mm3"] == pytest.approx((int(b.sum()) - int(a.sum())) * voxel)
        assert row["both_mm3"] == pytest.approx((a & b).sum() * voxel)
        assert row["dice"] == pytest.approx(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_regions_of_the_same_voxels_have_a_dice_of_exactly_one():
    """Found in a notebook: sums of 0.000216 mm³ were not what their number of voxels measures."""
    atlas = Atlas.from_arrays(volume(1, (40, 30, 20)), regions(), 60.0, orientation="asr")
    assert Comparison(atlas, atlas).as_dataframe().dice.eq(1).all()


@pytest.mark.parametrize("letters", ["lpi", "sra", "asl", "pir"])
def test_other_axes_and_another_voxel_size_are_the_same_space(letters):
    ids = volume(1)
    first = Atlas.from_arrays(ids, regions(), (50.0, 100.0, 20.0), orientation="asr")
    turn = AxisTransform.between("asr", letters, ids.shape)
    turned = np.kron(turn.volume(ids), np.ones((2, 1, 1), np.uint32))
    steps = np.array(turn.steps((50.0, 100.0, 20.0))) / (2, 1, 1)
    second = Atlas.from_arrays(turned, regions(), steps, orientation=letters)
    pair = Comparison(first, second)
    assert not pair.map().raw.any()
    assert np.allclose(pair.as_dataframe()["dice"].dropna(), 1)
    rng = np.random.default_rng(3)
    for position in rng.random((50, 3)) * (400, 600, 200):
        twins = pair.at(position.tolist())
        assert twins.same
        assert twins.first.id == first.at(position.tolist()).id


def test_regions_may_be_compared_by_acronym():
    first = Atlas.from_arrays(volume(1), regions(), 50.0, orientation="asr")
    numbers = {997: 1, 8: 2, 315: 3, 549: 4, 1009: 5}
    other = volume(1)
    for old, new in numbers.items():
        other[volume(1) == old] = new
    second = Atlas.from_arrays(other, regions(renumber=numbers), 50.0, orientation="asr")
    # 4242 is in neither list: unknown ids are themselves.
    assert not Comparison(first, second, by="acronym").map().raw.any()
    assert Comparison(first, second).map().raw.any()
    table = Comparison(first, second, by="acronym").as_dataframe().set_index("acronym")
    assert np.allclose(table["dice"].dropna(), 1)
    assert list(table.index) == ["root", "grey", "CTX", "TH", "ft"]


def test_a_region_that_one_has_not_is_missing_there():
    first = Atlas.from_arrays(volume(1), regions(), 50.0)
    fewer = first.region_map.restricted_to([997, 8, 315, 549])
    second = Atlas.from_arrays(np.where(volume(1) == 1009, 0, volume(1)), fewer, 50.0)
    pair = Comparison(first, second)
    row = pair.as_dataframe().set_index("id").loc[1009]
    assert row["first_mm3"] > 0
    assert np.isnan(row["second_mm3"])
    assert np.array_equal(pair.map().raw == comparison.ONLY_FIRST, volume(1) == 1009)


def test_what_is_outside_the_second_is_said():
    first = Atlas.from_arrays(volume(1), regions(), 50.0)
    second = Atlas.from_arrays(volume(1)[:, :, :-1], regions(), 50.0)
    found = Comparison(first, second).map().raw
    assert (found[:, :, -1] == comparison.BEYOND).all()
    assert not found[:, :, :-1].any()


def test_atlases_of_different_spaces_are_refused():
    first = Atlas.from_arrays(volume(1), regions(), 50.0)
    with refused("one space", "400 × 300 × 500", "200 × 150 × 250"):
        Comparison(first, Atlas.from_arrays(volume(1), regions(), 25.0))
    with refused("axes", "for neither"):
        Comparison(first, Atlas.from_arrays(volume(1), regions(), 50.0, orientation="asr"))
    with refused("name"):
        Comparison(first, first, by="name")


@pytest.mark.parametrize("letters", ["asr", "lpi", "sra"])
def test_counts_and_single_voxels_are_those_of_the_map(letters, monkeypatch):
    monkeypatch.setattr(comparison, "BLOCK", 60)  # a plane at a time
    first = Atlas.from_arrays(volume(1), regions(), 50.0, orientation="asr")
    ids = volume(2)[:, :, :-1]
    turned = AxisTransform.between("asr", letters, ids.shape).volume(ids)
    second = Atlas.from_arrays(turned, regions(), 50.0, orientation=letters)
    pair = Comparison(first, second)
    found = pair.map().raw
    assert pair.counts() == np.bincount(found.ravel(), minlength=5).tolist()
    assert pair.counts()[comparison.BEYOND] == 48  # a face of 8 × 6 voxels
    columns = np.indices(found.shape)
    assert np.array_equal(pair.meanings_of(first.ranks.raw, *columns), found)
    some = np.array([[3, 2, 9], [0, 5, 1]])
    ranks = first.ranks.raw[tuple(some.T)]
    assert np.array_equal(pair.meanings_of(ranks, *some.T), found[tuple(some.T)])


def test_many_regions_are_counted_like_few(monkeypatch, pair):
    counts, table = pair.counts(), pair.as_dataframe()
    monkeypatch.setattr(comparison, "COUNTED", 1)
    monkeypatch.setattr(comparison, "BLOCK", 60)
    again = Comparison(pair.first, pair.second)
    assert again.counts() == counts
    assert again.as_dataframe().equals(table)


def test_arrays_are_compared_as_they_lie_if_asked():
    first = Atlas.from_arrays(volume(1), regions(), 50.0, orientation="asr")
    mirrored = Atlas.from_arrays(volume(1), regions(), 50.0, orientation="asl")
    silent = Atlas.from_arrays(volume(1), regions(), 50.0)
    assert Comparison(first, mirrored).map().raw.any()
    for second in (mirrored, silent):
        assert not Comparison(first, second, arrays=True).map().raw.any()
    assert comparison.silent_one(first, silent) == silent.name
    assert comparison.silent_one(silent, silent) == ""


def test_a_point_is_the_same_by_what_regions_are_matched_by():
    numbers = {997: 1, 8: 2, 315: 3, 549: 4, 1009: 5}
    first = Atlas.from_arrays(volume(1), regions(), 50.0)
    other = volume(1)
    for old, new in numbers.items():
        other[volume(1) == old] = new
    second = Atlas.from_arrays(other, regions(renumber=numbers), 50.0)
    where = ((np.argwhere(volume(1) == 315)[0] + 0.5) * 50).tolist()
    assert Comparison(first, second, by="acronym").at(where).same
    assert not Comparison(first, second, by="id").at(where).same


def test_rows_of_the_table_are_regions_of_both():
    first = Atlas.from_arrays(volume(1), regions(), 50.0)
    fewer = first.region_map.restricted_to([997, 8, 315, 549])
    second = Atlas.from_arrays(np.where(volume(1) == 1009, 0, volume(1)), fewer, 50.0)
    for pair in (Comparison(first, second), Comparison(second, first)):
        table, ranks = pair.as_dataframe(), pair.regions()
        for row, (a, b) in zip(table.itertuples(), ranks.tolist(), strict=True):
            assert (a == 0) == np.isnan(row.first_mm3)
            assert (b == 0) == np.isnan(row.second_mm3)
            for atlas, rank in ((pair.first, a), (pair.second, b)):
                assert rank == 0 or atlas.region_map.ids[rank] == row.id
