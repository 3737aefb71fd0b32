"""Delimited region tables as spreadsheets and tools write them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.tables.grammar import parse_table
from napari_atlas_explorer.formats.tables.regions import load_region_table, read_region_table

from ...refusals import refused


def read(tmp_path, text, name="t.csv"):
    """Rows of a flat table without the root: id, acronym, name, color; and the notes."""
    content = text if isinstance(text, bytes) else text.encode()
    (tmp_path / name).write_bytes(content)
    table = read_region_table(tmp_path / name)
    regions = table.region_map
    rows = [
        (
            i,
            regions.acronym(i),
            regions.name(i),
            regions.color(i) if regions.has_own_color(i) else None,
        )
        for i in list(regions)[regions.made_up_root :]
    ]
    return rows, table.notes


RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)

TABLES = {
    "BIDS with missing values": (
        "index\tname\tabbreviation\tcolor\tmapping\n1\tA\tn/a\tn/a\t1\n2\tB\tNA\t#00FF00\t2\n",
        [(1, "1", "A", None), (2, "NA", "B", GREEN)],
    ),
    "value, label, color": (
        "value,label,color\n1,Cortex,#ff0000\n2,Area 2,#00ff00\n",
        [(1, "1", "Cortex", RED), (2, "2", "Area 2", GREEN)],
    ),
    "semicolons, heads in German": (
        "\ufeffID;Name;Abkürzung;Farbe\r\n1;Hügel;HG;red\r\n2;Éminence;EM;\r\n",
        [(1, "HG", "Hügel", RED), (2, "EM", "Éminence", None)],
    ),
    "heads in French": (
        "index;nom;abréviation;couleur\n1;Colline;CL;#00F\n",
        [(1, "CL", "Colline", BLUE)],
    ),
    "Excel's line of the delimiter": (
        "sep=;\nID;Name\n1;A\n2;B, b\n",
        [(1, "1", "A", None), (2, "2", "B, b", None)],
    ),
    "titles above": (
        "Table S2: regions,,\n,,\nID,Name,Parent\n1,root,\n2,A,1\n",
        [(1, "1", "root", None), (2, "2", "A", None)],
    ),
    "ids as floats": (
        "ID,Name\n1.0,A\n1.82305689E8,C\n",
        [(1, "1", "A", None), (182305689, "182305689", "C", None)],
    ),
    "thousands": ('ID,Name\n"1,001",A\n', [(1001, "1001", "A", None)]),
    "negative ids": (
        "id,name\n-1,A left\n1,A right\n",
        [(-1, "-1", "A left", None), (1, "1", "A right", None)],
    ),
    "colors of all kinds": (
        'id,name,color\n1,A,0xFF0000\n2,B,"rgb(0,255,0)"\n3,C,#00F\n4,D,FFF\n',
        [(1, "1", "A", RED), (2, "2", "B", GREEN), (3, "3", "C", BLUE), (4, "4", "D", (255,) * 3)],
    ),
    "colors from 0 to 1": (
        "id,name,r,g,b\n1,A,1.0,0.0,0.5\n2,B,0.2,0.4,0.6\n",
        [(1, "1", "A", (255, 0, 128)), (2, "2", "B", (51, 102, 153))],
    ),
    "colors 0 and 1 of 255": ("id,name,r,g,b\n1,A,1,0,1\n", [(1, "1", "A", (1, 0, 1))]),
    "opacity": ("id,name,R,G,B,A\n1,A,1,2,3,255\n", [(1, "1", "A", (1, 2, 3))]),
    "blanks before quotes": ('id, name\n1, "A, left"\n', [(1, "1", "A, left", None)]),
    "pipes": ("id|name\n1|A\n", [(1, "1", "A", None)]),
    "row names of R": (
        '"name","id"\n"1","A",5\n"2","B",6\n',
        [(5, "5", "A", None), (6, "6", "B", None)],
    ),
    "no header": (
        '1,CTX,Cortex\n2,TH,"Thal, left"\n',
        [(1, "CTX", "Cortex", None), (2, "TH", "Thal, left", None)],
    ),
    "no header, colors": (
        "1,Cortex,255,0,0\n2,Thal 4,0,255,0\n",
        [(1, "Cortex", "Cortex", RED), (2, "2", "Thal 4", GREEN)],
    ),
    "no header, a code": (
        "1,Pre_L,2001\n2,Pre_R,2002\n",
        [(1, "Pre_L", "Pre_L", None), (2, "Pre_R", "Pre_R", None)],
    ),
    "no header, a class": (
        "1,Amygdala,gray matter\n2,Tract,white matter\n3,Area,gray matter\n",
        [(1, "Amygdala", "Amygdala", None), (2, "Tract", "Tract", None), (3, "Area", "Area", None)],
    ),
    "no header, commas in names": (
        "1,Nucleus, ventral\n2,Cortex\n",
        [(1, "1", "Nucleus, ventral", None), (2, "Cortex", "Cortex", None)],
    ),
    "no name in the last row": ("id,name\n1,A\n2,\n", [(1, "1", "A", None), (2, "2", "2", None)]),
    "heads above a comment": ("#id,name\n# by hand\n1,A\n", [(1, "1", "A", None)]),
}


@pytest.mark.parametrize(("text", "rows"), TABLES.values(), ids=TABLES)
def test_tables_are_read_as_they_come_without_a_note(tmp_path, text, rows):
    assert read(tmp_path, text) == (rows, ())


UNQUOTED = {
    "in the middle": (
        "id,name,parent_id,acronym\n1,root,,root\n2,Visceral nerves, left,1,VNl\n"
        "3,Visceral nerves, right,1,VNr\n4,Optic lobe,1,OL\n",
        [
            ("root", "root"),
            ("VNl", "Visceral nerves, left"),
            ("VNr", "Visceral nerves, right"),
            ("OL", "Optic lobe"),
        ],
    ),
    "at the end": (
        "id,acronym,name\n2,VNl,Visceral nerves, left\n3,VNr,Visceral nerves, right\n",
        [("VNl", "Visceral nerves, left"), ("VNr", "Visceral nerves, right")],
    ),
    "semicolons": (
        "id;name;acronym\n1;Nerves; left;Nl\n2;B;b\n",
        [("Nl", "Nerves; left"), ("b", "B")],
    ),
    "before colors": (
        "id,name,r,g,b\n2,Visceral nerves, left,10,20,30\n3,Optic lobe,40,50,60\n",
        [("2", "Visceral nerves, left"), ("3", "Optic lobe")],
    ),
}


@pytest.mark.parametrize(("text", "names"), UNQUOTED.values(), ids=UNQUOTED)
def test_commas_with_a_blank_after_them_are_part_of_names(tmp_path, text, names):
    rows, _ = read(tmp_path, text)
    assert [row[1:3] for row in rows] == names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id,name,color\n1,Nucleus,ventral,#ff0000\n2,B,#00ff00\n", ["row 2", "4 cells"]),
        ("id,name,r,g,b\n1,A,1,2,3\n2,B, left,1,2\n3,C,1,2,3\n", ["row 3", "'left'", "'r'"]),
        ("id,name\n1,A\n1,A bis\n2,B\n", ["rows 2 and 3", "'A'", "'A bis'", "id 1"]),
        ("1,A\n2,B,b\n3,C\n", ["row 2", "3 cells"]),
        ("1,A\nx,B\n3,C\n", ["row 2", "'x'"]),
        ("1,2\n3,4\n", ["numbers alone"]),
    ],
)
def test_a_row_that_does_not_follow_is_refused_by_its_number(tmp_path, text, words):
    (tmp_path / "t.csv").write_text(text)
    with refused("t.csv", *words, by=AtlasFileError):
        load_region_table(tmp_path / "t.csv")


@pytest.mark.parametrize(
    ("text", "ids", "words"),
    [
        ("Label,Structure\n1,A\n2,B\nBelow,apart\n1~2,C\n", [1, 2], ["row 4", "5", "'1~2'"]),
        ("id,name,color\n1,A,salmonish\n2,B,#00f\n", [1, 2], ["1 color", "row 2"]),
        ("id,name\n1.82E+08,A\n", [182000000], ["digits", "row 2"]),
        ("index,label,name\n1,17,A\n2,18,B\n", [1, 2], ["'index'", "label"]),
    ],
)
def test_what_is_left_out_is_noted_by_row(tmp_path, text, ids, words):
    rows, notes = read(tmp_path, text)
    assert [row[0] for row in rows] == ids
    assert len(notes) == 1
    assert all(word in notes[0] for word in words)


@pytest.mark.parametrize(
    ("encoding", "ending", "guessed"),
    [
        ("cp1252", "\n", "Windows-1252"),
        ("mac-roman", "\r", "Mac Roman"),
        ("mac-roman", "\n", "Mac Roman"),
    ],
)
def test_letters_of_old_encodings_survive(tmp_path, encoding, ending, guessed):
    names = ["Gyrus précentral", "d’Edinger – “A”"]
    text = ending.join(["id,name", *(f"{k},{n}" for k, n in enumerate(names, 1)), ""])
    rows, notes = read(tmp_path, text.encode(encoding))
    assert [row[2] for row in rows] == names
    assert guessed in notes[0]


SIDES = {
    "RMINC": '"Structure","right.label","left.label"\n"amygdala",51,151\n"ventricle, third",7,7\n',
    "DSURQE": "Structure,right label,left label,tissue type\namygdala,51,151,GM\n"
    '"ventricle, third",7,7,CSF\n',
    "ids": 'name,lh_id,rh_id\namygdala,151,51\n"ventricle, third",7,7\n',
    "a count of rows": 'index,name,lh_id,rh_id\n1,amygdala,151,51\n2,"ventricle, third",7,7\n',
}


@pytest.mark.parametrize("text", SIDES.values(), ids=SIDES)
def test_left_and_right_ids_get_the_structures_name_and_their_hemisphere(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    regions = load_region_table(tmp_path / "t.csv")
    assert {i: regions.get(i, "name") for i in (51, 151, 7)} == {
        51: "amygdala",
        151: "amygdala",
        7: "ventricle, third",
    }
    rows = {i: regions.row_of_rank(regions.rank_of_id(i)) for i in (51, 151, 7)}
    assert {i: row.get("hemisphere") for i, row in rows.items()} == {
        51: "right",
        151: "left",
        7: None,
    }
    assert regions.n_stated == 3
    # Each can be named, since acronyms differ where names do not.
    assert regions.rank("amygdala left") == regions.rank(151)


def test_a_column_of_hemispheres_becomes_the_attribute(tmp_path):
    (tmp_path / "t.csv").write_text(
        "id,label,hemisphere,structure\n1,L_AMY,left,amygdala\n2,R_AMY,R,amygdala\n"
        "3,V3,both,third ventricle\n"
    )
    regions = load_region_table(tmp_path / "t.csv")
    assert [regions.row_of_rank(k).get("hemisphere") for k in (2, 3, 4)] == ["left", "right", None]
    assert [(regions.acronym_of_rank(k), regions.name_of_rank(k)) for k in (2, 3, 4)] == [
        ("L_AMY", "amygdala"),
        ("R_AMY", "amygdala"),
        ("V3", "third ventricle"),
    ]


def test_an_index_beside_ids_of_regions_counts_the_rows(tmp_path):
    rows, notes = read(
        tmp_path, "Index,Region ID,Region name\n0,385,VISp\n1,385,VISp\n2,394,VISam\n"
    )
    assert [(row[0], row[2]) for row in rows] == [(385, "VISp"), (394, "VISam")]
    assert "'Region ID'" in notes[0]
    assert "2 and 3" in notes[1]


def test_a_region_listed_once_for_each_hemisphere_is_in_neither(tmp_path):
    (tmp_path / "t.csv").write_text("id,name,side\n7,ventricle,L\n7,ventricle,R\n8,A,L\n")
    regions = load_region_table(tmp_path / "t.csv")
    assert [regions.row_of_rank(k).get("hemisphere") for k in (2, 3)] == [None, "left"]


def test_the_unified_atlas_has_the_parent_in_its_column_of_paths(tmp_path):
    (tmp_path / "t.csv").write_text(
        "id,name,acronym,RGB_1,RGB_2,RGB_3,structure_id_path\n8,Basic,grey,191,218,227,997\n"
        "567,Cerebrum,CH,176,240,255,8\n1009,fiber tracts,fib,1,2,3,997\n,,,,,,\n"
    )
    table = read_region_table(tmp_path / "t.csv")
    regions = table.region_map
    assert list(regions) == [997, 8, 567, 1009]
    assert regions.parent_ranks.tolist() == [0, 0, 1, 2, 1]
    assert regions.color_of_rank(3) == (176, 240, 255)
    assert "997" in table.notes[0]


@pytest.mark.parametrize("start", [b"PK\x03\x04\x14\0", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"])
@pytest.mark.parametrize("end", [b"\0\0", b"\0\r\0", b"\xff\n"])
def test_a_workbook_is_refused_as_such(tmp_path, start, end):
    (tmp_path / "t.xls").write_bytes(start + end)
    with refused("t.xls", "Excel", "CSV", by=AtlasFileError):
        load_region_table(tmp_path / "t.xls")


LETTERS = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
NAMES = st.text(LETTERS, min_size=1)


@given(names=st.lists(NAMES, min_size=1, max_size=8), delimiter=st.sampled_from(",;\t"))
def test_cells_are_those_that_pandas_reads(names, delimiter):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "full name"], *enumerate((f"n{n}" for n in names), 1)])
    text = stream.getvalue()
    frame = pd.read_csv(io.StringIO(text), sep=delimiter, dtype=str, keep_default_na=False)
    rows = parse_table(text, Path("t.csv")).rows
    assert [row["name"] for row in rows] == frame["full name"].tolist()
    assert [row["id"] for row in rows] == frame["id"].astype(int).tolist()
