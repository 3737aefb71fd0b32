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
