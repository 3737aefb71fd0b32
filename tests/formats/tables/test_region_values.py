"""Tables of numbers by region."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.tables.region_values import read_values
from tests.made_up import write_brainglobe


def written(tmp_path, text, name="values.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_of_numbers_are_read_and_empty_cells_are_missing(tmp_path) -> None:
    text = "id;acronym;note;count;density\n5;TH;a;3;0.5\n2;CTX;;0;NA\n\n3;VIS;b;;1e3\n"
    file = read_values(written(tmp_path, text))
    assert file.columns == ("count", "density")
    assert list(file.ids) == ["5", "2", "3"]
    np.testing.assert_array_equal(file.numbers("count"), [3, 0, np.nan])
    np.testing.assert_array_equal(file.numbers("density"), [0.5, np.nan, 1000])


def test_columns_that_describe_the_region_are_no_values(tmp_path) -> None:
    text = "region\tparent_id\tr\tvalue\nTH\t1\t255\t-2\n"
    assert read_values(written(tmp_path, text)).columns == ("r", "value")
    text = "region\tparent_id\tr\tg\tb\tvalue\nTH\t1\t255\t0\t9\t-2\n"
    file = read_values(written(tmp_path, text, "values.tsv"))
    assert file.columns == ("value",)
    assert list(file.names) == ["TH"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "one that names the region"),
        ("id,name\n5,Thalamus\n", "at least one of numbers"),
        ("id,value\n5,three\n", "at least one of numbers"),
    ],
)
def test_tables_without_regions_or_numbers_are_refused(tmp_path, text, said) -> None:
    with pytest.raises(AtlasFileError, match=said):
        read_values(written(tmp_path, text))


def test_a_table_of_another_atlas_is_refused(tmp_path) -> None:
    labels = open_atlas(write_brainglobe(tmp_path / "atlas")).ranks
    file = read_values(written(tmp_path, "acronym,value\nMOB,1\nAON,2\n"))
    with pytest.raises(AtlasFileError, match="MOB, AON"):
        file.match_regions("value", labels)
    with pytest.raises(AtlasFileError, match="one of value"):
        file.match_regions("volume", labels)


# ---- Tables as programs write them ---------------------------------------------------------------


@pytest.fixture
def ranks(tmp_path):
    return open_atlas(write_brainglobe(tmp_path / "atlas")).ranks


def values_of(file, column, ranks) -> dict[str, float]:
    found = file.match_regions(column, ranks)
    return {
        ranks.region_map.acronym_of_rank(k): found.values[k]
        for k in np.flatnonzero(found.listed).tolist()
    }


@pytest.mark.parametrize(
    "text",
    [
        "acronym,side,count\nTH,left,1\nTH,right,3\n",
        "ID,Hemisphere,count\n5,L,1\n5,R,3\n",
        "Region;RegionAbbr;Side;count\n5;TH;L;1,0\n5;TH;R;3,0\n",
        "Name\tClassification\tcount\nTH\tLeft: TH\t1\nTH\tRight: TH\t3\n",
        "acronym,side,count\nTH,left,1\nTH,right,3\noutside,,7\n",
    ],
)
def test_a_row_for_each_side_is_a_column_for_each_side(tmp_path, ranks, text) -> None:
    file = read_values(written(tmp_path, text))
    assert file.columns == ("count left", "count right")
    assert values_of(file, "count left", ranks) == {"TH": 1}
    assert values_of(file, "count right", ranks) == {"TH": 3}


def test_rows_of_both_sides_keep_their_column(tmp_path, ranks) -> None:
    text = "acronym,side,count\nTH,left,1\nTH,right,3\nCTX,both,4\n"
    file = read_values(written(tmp_path, text))
    assert set(file.columns) == {"count", "count left", "count right"}
    assert values_of(file, "count", ranks) == {"CTX": 4}
    file = read_values(written(tmp_path, text.replace("left", "a").replace("right", "b")))
    with pytest.raises(AtlasFileError, match="two rows"):
        file.match_regions("count", ranks)


def test_columns_for_left_and_right_are_columns(tmp_path, ranks) -> None:
    text = "structure_name,left_cell_count,right_cell_count,total_cells\nThalamus,1,2,3\n"
    file = read_values(written(tmp_path, text))
    assert file.columns == ("left_cell_count", "right_cell_count", "total_cells")
    assert values_of(file, "right_cell_count", ranks) == {"TH": 2}


def test_decimal_commas_are_read_unless_they_may_group_digits(tmp_path, ranks) -> None:
    file = read_values(written(tmp_path, "Region;Zellen;Wort\nTH;1,5;a, b\nCTX;2;c\n"))
    assert file.columns == ("Zellen",)
    assert values_of(file, "Zellen", ranks) == {"TH": 1.5, "CTX": 2}
    for cells in ("1,500", "1,5;\nCTX;2.5"):
        with pytest.raises(AtlasFileError, match="group the digits"):
            read_values(written(tmp_path, f"Region;Zellen;Wort\nTH;{cells};a\n"))


def test_ids_of_another_atlas_are_refused(tmp_path, ranks) -> None:
    file = read_values(written(tmp_path, "Region ID;Region Name;count\n5;Thalamus;1\n"))
    assert values_of(file, "count", ranks) == {"TH": 1}
    file = read_values(written(tmp_path, "Region ID;Region Name;count\n2;Thalamus;1\n"))
    with pytest.raises(AtlasFileError, match="id 2 is named Thalamus, and in the atlas"):
        file.match_regions("count", ranks)
    # pyNutil calls its ids idx.
    file = read_values(written(tmp_path, "idx,name,r,g,b,count\n5,Thalamus,1,2,3,7\n"))
    assert file.columns == ("count",)


def test_a_table_without_names_of_columns_is_called_so(tmp_path) -> None:
    with pytest.raises(AtlasFileError, match="no names of columns"):
        read_values(written(tmp_path, '5,7,"Thalamus, dorsal"\n2,3,Cortex\n'))
