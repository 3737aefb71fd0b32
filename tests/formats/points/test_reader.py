"""Files of points: their columns and numbers, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.common.safety import BUDGET_VARIABLE
from napari_atlas_explorer.formats.points.reader import open_points

ROWS = np.array([[1.5, -2.0, 3e3], [4.0, np.nan, 6.25], [7.0, 8.0, 9.0]])


def written(path: Path, kind: str) -> Path:
    """The same three points in many ways; the columns are b, a, c after one of words."""
    text = "what,b,a,c\n,1.5,-2,3e3\nTH,4,,6.25\nTH,7,8,9.0\n"
    path = path / f"points.{kind.split()[0]}"
    if kind == "csv":
        path.write_text(text)
    elif kind == "csv utf-16":
        path.write_text("\n\n" + text.replace("what", "wörd").replace(",", ";"), encoding="utf-16")
    elif kind == "csv latin-1":
        path.write_bytes(text.replace("TH", "Füße").replace("\n", "\r\n").encode("latin-1"))
    elif kind == "tsv mark":
        path.write_text("\ufeff" + text.replace(",", "\t ").replace("\t -", "\t-"), "utf-8")
    elif kind == "txt quotes":
        path.write_text(text.replace("TH", '"thalamus, dorsal"').replace("b,", '"b",'))
    elif kind == "npy":
        records = np.zeros(3, [("what", "S9"), ("b", "<f4"), ("a", ">f8"), ("c", "<f8")])
        for k, name in enumerate("bac"):
            records[name] = ROWS[:, k]
        np.save(path, records)
    elif kind == "json objects":
        table = [dict(zip("bac", r, strict=True)) | {"what": "TH"} for r in ROWS.tolist()]
        path.write_text(json.dumps({"points": table}).replace("NaN", "null"))
    else:
        table = {"what": ["", "TH", "TH"], **dict(zip("bac", ROWS.T.tolist(), strict=True))}
        path.write_text(json.dumps(table))
    return path


KINDS = [
    "csv",
    "csv utf-16",
    "csv latin-1",
    "tsv mark",
    "txt quotes",
    "npy",
    "json objects",
    "json columns",
]


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_columns_are_read_by_name(tmp_path, kind, text):
    file = open_points(written(tmp_path, kind))
    columns = [file.position(name) for name in "aBc"]
    found = file.read(columns, text)
    assert np.array_equal(found.numbers, ROWS[:, [1, 0, 2]], equal_nan=True)
    assert len(found.written) == 3
    assert len(found.written[0]) == 3


def test_text_is_kept_as_it_is_written(tmp_path):
    (tmp_path / "p.csv").write_text("x,y,z\n 150 ,225.50,3e3\n1,,\n")
    found = open_points(tmp_path / "p.csv").read((0, 1, 2), text=True)
    assert [list(column) for column in found.written] == [["150", "1"], ["225.50", ""], ["3e3", ""]]
    assert np.array_equal(found.numbers, [[150, 225.5, 3000], [1, np.nan, np.nan]], equal_nan=True)


@pytest.mark.parametrize("kind", ["csv", "npy", "json", "triplets"])
def test_columns_without_names_have_numbers(tmp_path, kind):
    rows = [[1, 2, 3], [4, 5, 6]]
    path = tmp_path / f"p.{'json' if kind == 'triplets' else kind}"
    if kind == "csv":
        path.write_text("1,2,3\n4,5,6\n")
    elif kind == "npy":
        np.save(path, np.array(rows, np.int32))
    elif kind == "json":
        path.write_text(json.dumps(rows))
    else:
        sets = [{"name": "A", "count": 1, "triplets": [1, 2, 3]}, {"triplets": [4, 5, 6]}]
        path.write_text(json.dumps(sets))
    file = open_points(path)
    assert (file.names, file.n_columns) == (None, 3)
    assert [file.position(k) for k in ("2", "0")] == [2, 0]
    assert file.read((2, 0)).numbers.tolist() == [[3, 1], [6, 4]]
    for name in ("3", "x", "-1"):
        with pytest.raises(AtlasFileError, match="from 0 to 2"):
            file.position(name)


def test_numbers_are_read_to_the_last_digit(tmp_path):
    rows = np.random.default_rng(1).uniform(-1e4, 1e4, (5000, 3))
    text = "\n".join(",".join(map(repr, row)) for row in rows.tolist())
    (tmp_path / "p.csv").write_text("x,y,z\n" + text)
    assert np.array_equal(open_points(tmp_path / "p.csv").read((0, 1, 2)).numbers, rows)


def test_a_table_of_many_rows_is_read_in_parts(tmp_path):
    rows = np.arange(900_000).reshape(-1, 3)
    pd.DataFrame(rows, columns=[*"xyz"]).to_csv(tmp_path / "p.csv", index=False)
    assert np.array_equal(open_points(tmp_path / "p.csv").read((0, 1, 2)).numbers, rows)


def test_a_heading_alone_is_a_file_of_no_points(tmp_path):
    (tmp_path / "p.csv").write_text("x,y,z\n")
    (tmp_path / "p.json").write_text("[]")
    np.save(tmp_path / "p.npy", np.zeros((0, 3)))
    for path in sorted(tmp_path.iterdir()):
        assert open_points(path).read((0, 1, 2)).numbers.shape == (0, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,y,z\n1,2,three\n", "column z holds 'three' in row 1"),
        ("x,y,z\n1,2,3\n1,5,2,5,3,5\n", "not a table"),
        ("x;y;z\n1.5;2;3\n1,5;2;3\n", "column x holds '1,5'"),
        ("x;y;z\n1,500;2;3\n", "group the digits"),
        ("x;y;z\n1.234,5;2;3\n", "column x holds '1.234,5' in row 1"),
        ("x,y,z\n1,5,2,5,3,5\n2,5,3,5,4,5\n", "not a table"),
        ("x,y\n1,2\n", "three columns"),
        ('"x,y,z\n1,2,3\n', "three columns"),
        ("", "three columns"),
        ("x,y,z\n1,2,0x10\n", "'0x10'"),
    ],
)
@pytest.mark.parametrize("text", [False, True])
def test_text_that_is_no_table_of_numbers(tmp_path, content, message, text):
    (tmp_path / "p.csv").write_text(content)
    with pytest.raises(AtlasFileError, match=r"p\.csv") as caught:
        open_points(tmp_path / "p.csv").read((0, 1, 2), text)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "3",
        '"text"',
        "[1, 2, 3]",
        "[[1, 2], [3, 4]]",
        "[[1, 2, 3], [4, 5]]",
        '[[1, 2, "3"]]',
        "[[1, 2, true]]",
        '[{"x": 1, "y": 2}]',
        '{"x": [1], "y": [2]}',
        '{"x": [1], "y": [2], "z": [3, 4]}',
        '[{"triplets": [1, 2]}]',
        '[{"triplets": 5}]',
        '[{"x": 1, "y": 2, "z": 3}, {"x": "a", "y": 2, "z": 3}]',
        "[[1, 2, 3], {}]",
        "[[1, 2, 1" + "0" * 400 + "]]",
        "[" * 200_000,
    ],
)
def test_json_that_holds_no_points(tmp_path, content):
    (tmp_path / "p.json").write_text(content)
    with pytest.raises(AtlasFileError, match=r"p\.json"):
        open_points(tmp_path / "p.json")


def test_arrays_that_hold_no_points(tmp_path):
    path = tmp_path / "p.npy"
    for array in (np.zeros(3), np.zeros((2, 2)), np.zeros((3, 3), complex), np.full((3, 3), "a")):
        np.save(path, array)
        with pytest.raises(AtlasFileError, match="expected"):
            open_points(path)
    np.save(path, np.zeros(3, [("x", "f4"), ("y", "S3"), ("z", "f4")]))
    with pytest.raises(AtlasFileError, match="column y"):
        open_points(path).read((0, 1, 2))


@pytest.mark.parametrize("suffix", ["csv", "npy", "json"])
def test_files_beyond_the_budget_are_refused(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"p.{suffix}"
    if suffix == "npy":
        np.save(path, np.zeros((100, 3)))
    else:
        path.write_text("x,y,z\n" + 99 * "1,2,3\n" if suffix == "csv" else str([[1, 2, 3]] * 99))
    assert len(open_points(path).read((0, 1, 2)).numbers) in (99, 100)
    monkeypatch.setenv(BUDGET_VARIABLE, "1000")
    with pytest.raises(AtlasFileError, match=r"memory|declares"):
        open_points(path).read((0, 1, 2))


def test_files_that_are_not_there_or_of_another_kind(tmp_path):
    for name in ("p.csv", "p.npy", "p.json"):
        with pytest.raises(AtlasFileError, match="cannot be read"):
            open_points(tmp_path / name)
    with pytest.raises(AtlasFileError, match="save its sheet as CSV"):
        open_points(tmp_path / "p.xlsx")
    (tmp_path / "p.xls").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(100))
    with pytest.raises(AtlasFileError, match="Excel workbook"):
        open_points(tmp_path / "p.xls")


def test_a_name_that_stands_there_twice_is_not_one(tmp_path):
    (tmp_path / "p.csv").write_text("x,x,z,Z\n1,2,3,4\n")
    file = open_points(tmp_path / "p.csv")
    assert (file.position("z"), file.position("Z")) == (2, 3)
    with pytest.raises(AtlasFileError, match="2 columns 'x'"):
        file.position("x")
    with pytest.raises(AtlasFileError, match="no column 'q'"):
        file.position("q")


# ---- Tables as programs write them ---------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "x;y;z\n6600,5;-2500,25;3e2\n;1;2\n",
        "sep=;\nx;y;z\n6600,5;-2500,25;3e2\n;1;2\n",
        "6600,5;-2500,25;3e2\n;1;2\n",
        'x,y,z\n"6600,5","-2500,25",3e2\n,1,2\n',
        "\nPosition\n==========\nx,y,z,\n6600.5,-2500.25,3e2,\n,1,2,\n",
        "# made by hand\n# x, y, z\n6600.5,-2500.25,3e2\n,1,2\n",
        " \tArea\tx\ty\tz\n1\t4\t6600.5\t-2500.25\t300\n2\t5\t\t1\t2\n",
    ],
)
@pytest.mark.parametrize("text", [False, True])
def test_spreadsheets_titles_and_decimal_commas(tmp_path, content, text):
    path = tmp_path / "p.xls"
    path.write_text(content)
    file = open_points(path)
    columns = [file.position(n) for n in ("xyz" if file.names else "012")]
    assert np.array_equal(
        file.read(columns, text).numbers,
        [[6600.5, -2500.25, 300], [np.nan, 1, 2]],
        equal_nan=True,
    )


def test_units_in_a_row_or_column_of_their_own(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(
        "LABEL,POSITION_X,POSITION_Y,POSITION_Z,RADIUS\nLabel,X,Y,Z,R\nLabel,X,Y,Z,R\n"
        ",(micron),(micron),(micron),(micron)\nID1,3,2,6,5\n"
    )
    file = open_points(path)
    assert [file.unit_of(k) for k in range(5)] == ["", *["micron"] * 4]
    assert file.read((3, 2, 1)).numbers.tolist() == [[6, 2, 3]]
    names = "Position X,Position Y,Position Z,Unit"
    path.write_text(f"{names}\n1,2,3,um\n4,5,6,um\n")
    assert open_points(path).unit_of(1) == "um"
    path.write_text("x,y,z,unit\n1,2,3,117\n4,5,6,118\n")
    assert open_points(path).unit_of(1) == ""
    path.write_text(f"{names}\n1,2,3,um\n4,5,6,mm\n")
    with pytest.raises(AtlasFileError, match="several units"):
        open_points(path)


MARKERS = """<?xml version="1.0" encoding="UTF-8"?>
<CellCounter_Marker_File><Image_Properties><Image_Filename>a.tif</Image_Filename>
</Image_Properties><Marker_Data><Current_Type>1</Current_Type><Marker_Type><Type>1</Type>{no}
</Marker_Type><Marker_Type><Type>2</Type><Marker><MarkerX>55</MarkerX><MarkerY>41</MarkerY>
<MarkerZ>110</MarkerZ></Marker></Marker_Type></Marker_Data></CellCounter_Marker_File>"""
NO_CELL = "<Marker><MarkerX>1</MarkerX><MarkerY>2</MarkerY><MarkerZ>3</MarkerZ></Marker>"


@pytest.mark.parametrize("suffix", ["xml", "yml"])
def test_cells_of_cellfinder_are_voxels_and_those_of_type_1_are_none(tmp_path, suffix):
    path = tmp_path / f"cells.{suffix}"
    cell, other = "- type: 2\n  x: 55\n  y: 41\n  z: 110\n", "- {type: 1, x: 1, y: 2, z: 3}\n"
    path.write_text(MARKERS.format(no="") if suffix == "xml" else cell)
    file = open_points(path)
    assert file.names == ("x", "y", "z", "type")
    assert {file.unit_of(k) for k in range(3)} == {"voxel"}
    assert (file.read((2, 1, 0)).numbers.tolist(), file.note) == ([[110, 41, 55]], "")
    path.write_text(MARKERS.format(no=NO_CELL) if suffix == "xml" else other + cell)
    file = open_points(path)
    assert file.read((2, 1, 0)).numbers.tolist() == [[110, 41, 55]]
    assert "1 markers of type 1" in file.note


@pytest.mark.parametrize(
    ("content", "system"),
    [
        ("# CoordinateSystem = LPS\n# columns = id,x,y,z,label\nF-1,1,2,3,a,,2\n", "LPS"),
        ("# CoordinateSystem = 0\n# columns = label,x,y,z\na,1,2,3\n", "RAS"),
        ('{"markups": [{"coordinateSystem": "RAS", "coordinateUnits": ["mm", "UCUM"],'
         '"controlPoints": [{"position": [1, 2, 3]}, '
         '{"position": [0, 0, 0], "positionStatus": "undefined"}]}]}', "RAS"),
    ],
)  # fmt: skip
def test_markups_of_slicer_state_their_world(tmp_path, content, system):
    path = tmp_path / ("m.mrk.json" if content.startswith("{") else "m.fcsv")
    path.write_text(content)
    file = open_points(path)
    assert (file.names, file.space, file.unit_of(0)) == (("x", "y", "z"), system, "mm")
    assert file.read((0, 1, 2)).numbers.tolist() == [[1, 2, 3]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.fcsv", "# columns = id,x,y,z\n1,1,2,3\n"),
        ("m.fcsv", "# CoordinateSystem = IJK\n# columns = id,x,y,z\n1,1,2,3\n"),
        ("m.fcsv", "# CoordinateSystem = LPS\n1,1,two,3\n"),
        ("m.mrk.json", '{"markups": []}'),
        ("m.mrk.json", '{"markups": [{"coordinateSystem": "LPS", "controlPoints": [{}]}]}'),
        ("m.mrk.json", '{"markups": [{"coordinateSystem": "LPS"}, {"coordinateSystem": "RAS"}]}'),
        ("m.mrk.json", '{"markups": [3]}'),
        ("c.xml", "<atlas/>"),
        ("c.xml", "<CellCounter_Marker_File>"),
        ("c.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><CellCounter_Marker_File/>"),
        ("c.xml", MARKERS.format(no=NO_CELL.replace("2", "two"))),
        ("c.yml", "a: b\n"),
        ("c.yml", "- x: 1\n  y: 2\n"),
        ("c.yml", "- {x: 1, y: 2, z: three}\n"),
    ],
)
def test_markups_and_cells_that_are_none(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(AtlasFileError, match=name.replace(".", r"\.")):
        open_points(tmp_path / name)
