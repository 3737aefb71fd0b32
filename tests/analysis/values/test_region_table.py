"""The table of regions: cells, order, filter, text."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.analysis.values.region_table import Column, RegionTable
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.core.query.tokens import QueryError
from tests.made_up import STRUCTURES, annotation, write_brainglobe


@pytest.fixture
def table(tmp_path) -> RegionTable:
    return RegionTable.of(open_atlas(write_brainglobe(tmp_path / "made_up")))


def column(table, name) -> Column:
    return next(c for c in table.columns if c.name == name)


def acronyms(table, rows) -> list[str]:
    return [column(table, "acronym").cells[row] for row in rows]


def test_sizes_and_places_are_those_of_the_voxels(table) -> None:
    ids = annotation()
    for row, (region, *_) in enumerate(STRUCTURES):
        below = [i for i, _, _, path, _ in STRUCTURES if region in path]
        voxels = np.argwhere(np.isin(ids, below))
        assert column(table, "id").cells[row] == region
        assert column(table, "voxels").cells[row] == len(voxels)
        assert column(table, "own_voxels").cells[row] == (ids == region).sum()
        if not len(voxels):
            assert column(table, "centroid_0_um").shown(row) == ""
            assert column(table, "box_0_start").written(row) == ""
            continue
        # 50 µm: 0.000125 mm³; "asr": low indices of axis 2 are right
        assert column(table, "mm3").cells[row] == pytest.approx(len(voxels) * 1.25e-4)
        right = (voxels[:, 2] < 8).sum() * 1.25e-4
        assert column(table, "right_mm3").cells[row] == pytest.approx(right)
        for axis in range(3):
            center = (voxels[:, axis] + 0.5).mean() * 50
            assert column(table, f"centroid_{axis}_um").cells[row] == pytest.approx(center)
            assert column(table, f"box_{axis}_start").cells[row] == voxels[:, axis].min()
            assert column(table, f"box_{axis}_stop").cells[row] == voxels[:, axis].max() + 1


def test_numbers_sort_by_size_and_empty_cells_stay_last(table) -> None:
    order = column(table, "centroid_1_um").order(descending=False)
    # HY has no voxels; VIS1 lies highest, then VIS and CTX (equal: as they stood), root, TH.
    assert acronyms(table, order) == ["VIS1", "CTX", "VIS", "root", "TH", "HY"]
    order = column(table, "centroid_1_um").order(descending=True)
    assert acronyms(table, order) == ["TH", "root", "CTX", "VIS", "VIS1", "HY"]


def test_text_sorts_regardless_of_case(table) -> None:
    order = column(table, "acronym").order(descending=False)
    assert acronyms(table, order) == ["CTX", "HY", "root", "TH", "VIS", "VIS1"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("", ["root", "CTX", "VIS", "VIS1", "TH", "HY"]),
        ("visual", ["VIS", "VIS1"]),
        ("70001", ["VIS1"]),
        ("CTX - VIS1", ["CTX", "VIS"]),
        ("leaf & volume>0", ["VIS1", "TH"]),
        ("nothing of the kind", []),
    ],
)
def test_words_and_queries_filter(table, text, left) -> None:
    assert acronyms(table, np.flatnonzero(table.matching(text))) == left


def test_a_query_that_is_none_is_refused(table) -> None:
    with pytest.raises(QueryError):
        table.matching("CTX - nonsense")


def test_copied_text_has_every_digit_and_no_thin_spaces(table) -> None:
    big = np.full(6, np.nan)
    big[4] = 1234567.125
    table.add(Column("cells", "cells", "real", big))
    lines = [line.split("\t") for line in table.as_tsv([4, 5]).splitlines()]
    assert lines[0][:4] == ["acronym", "name", "id", "voxels"]
    assert lines[1][:4] == ["TH", "Thalamus", "5", "256"]
    assert [line[-1] for line in lines] == ["cells", "1234567.125", ""]
    assert column(table, "cells").shown(4) == "1\u202f234\u202f567"


def test_names_that_are_formulas_are_copied_as_text(table) -> None:
    column(table, "name").cells[:6] = [
        "=1+1",
        "+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "-x",
        "a = b",
        "Thalamus",
    ]
    numbers = np.array([-1.5, -2, np.nan, 0, 1, 2])
    table.add(Column("change", "change", "real", np.resize(numbers, len(table))))
    rows = [line.split("\t") for line in table.as_tsv(range(6)).splitlines()[1:]]
    assert [row[1] for row in rows] == [
        "'=1+1",
        "'+cmd|' /C calc'!A0",
        "'@SUM(A1)",
        "'-x",
        "a = b",
        "Thalamus",
    ]
    assert rows[0][-1] == "-1.5"
    assert "=1+1" in table.as_csv(range(6))  # for pandas and R, as it is


def test_csv_survives_commas_and_is_never_written_over_another(table, tmp_path) -> None:
    name = column(table, "name")
    name.cells[4] = 'Thalamus, "the" one'
    path = tmp_path / "regions.csv"
    table.save_csv(path, [4])
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert rows[0]["name"] == 'Thalamus, "the" one'
    with pytest.raises(AtlasFileError, match="exists"):
        table.save_csv(path, [])
    table.save_csv(path, [0, 1], force=True)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 3


def test_a_column_of_the_same_name_takes_the_place_of_the_old(table) -> None:
    n = len(table.columns)
    first = Column("cells", "cells", "whole", np.arange(6.0))
    at = table.add(first)
    assert table.add(replace(first, cells=np.zeros(6))) == at == n
    assert len(table.columns) == n + 1
    np.testing.assert_array_equal(table.by_rank(at), [np.nan, *[0] * 6])
    table.remove(0)  # the atlas's own columns stay
    table.remove(at)
    assert len(table.columns) == n
