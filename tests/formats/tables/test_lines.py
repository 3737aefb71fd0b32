"""Region tables whose cells are separated by blanks."""

from __future__ import annotations

import pytest

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.tables.regions import load_region_table, read_region_table

from ...refusals import refused


def rows_of(path):
    """Id, acronym, name and stated color of each region of a flat table."""
    region_map = load_region_table(path)
    return [
        (
            i,
            region_map.acronym(i),
            region_map.name(i),
            region_map.color(i) if region_map.has_own_color(i) else None,
        )
        for i in list(region_map)[1:]
    ]


def named(*names, color=(97, 23, 22)):
    """Rows 1, 2, … whose names are their acronyms."""
    return [(k, name, name, color) for k, name in enumerate(names, 1)]


SNAP = {
    "unquoted": ("1 97 23 22 1 1 1 A\n2 97 23 22 1 1 1 B b\n", ("A", "B b")),
    "tabs and a comment": ('1\t97\t23\t22\t1\t1\t1\t"A"  # note\n', ("A",)),
    "comment without quotes": ("1 97 23 22 1 1 1 A # note\n", ("A",)),
    "carriage returns": ('# x\r1 97 23 22 1 1 1 "A"\r2 97 23 22 1 1 1 "B"\r', ("A", "B")),
    "fractions for flags": (
        '1 97 23 22 0.5 1 0 "A"\n2 97 23 22 1.0 1.0 1 "B"\n',
        ("A", "B"),
    ),
    "fractions for colors": ('1 97.0 23.0 22.0 1 1 1 "A"\n', ("A",)),
    "quotes inside": ('1 97 23 22 1 1 1 "A "upper" part"\n', ('A "upper" part',)),
    "rulers": ('####\r\n1 97 23 22 1 1 1 "North - 1"\r\n', ("North - 1",)),
    "name of numbers": ('1 97 23 22 1 1 1 "4 5 6"\n', ("4 5 6",)),
    "heads in a comment with tabs": (
        '# IDX\t-R-\t-G-\t-B-\t-A--\tVIS\tMSH\tLABEL\n1 97 23 22 1 1 1 "A"\n',
        ("A",),
    ),
}


@pytest.mark.parametrize(("text", "names"), SNAP.values(), ids=SNAP)
def test_itk_snap_labels_are_read_however_they_are_written(tmp_path, text, names):
    (tmp_path / "a.label").write_bytes(text.encode())
    assert rows_of(tmp_path / "a.label") == named(*names)


COLOR_TABLES = {
    "blanks in names": (
        "#No. Label Name: R G B A\n0 Unknown 0 0 0 0\n1 Left Cerebral Exterior 97 23 22 0\n"
        "2 Left-WM 97 23 22 0\n",
        ("Left Cerebral Exterior", "Left-WM"),
    ),
    "MRtrix": ("0 Unknown 0 0 0 0\n1 L_V1 97 23 22 255\n2 L_MST 97 23 22 255\n", ("L_V1", "L_MST")),
    "no opacity": ("1 Left A 97 23 22\n2 B 97 23 22\n", ("Left A", "B")),
    "number at the end of a name": ("1 Layer 4 97 23 22 0\n2 B 97 23 22 0\n", ("Layer 4", "B")),
    "quoted": ('1 "Left 4" 97 23 22 0\n', ("Left 4",)),
    "heads": ("Index Name Red Green Blue\n1 Left A 97 23 22\n2 B 97 23 22\n", ("Left A", "B")),
    "two words that are one name": (
        "1 Red nucleus 97 23 22 0\n2 Corpus callosum 97 23 22 0\n",
        ("Red nucleus", "Corpus callosum"),
    ),
}


@pytest.mark.parametrize(("text", "names"), COLOR_TABLES.values(), ids=COLOR_TABLES)
def test_color_tables_are_read_with_names_of_several_words(tmp_path, text, names):
    (tmp_path / "lut.txt").write_text(text)
    assert rows_of(tmp_path / "lut.txt") == named(*names)


def test_numbers_that_tell_names_apart_are_part_of_them(tmp_path):
    (tmp_path / "lut.txt").write_text("7 Area 1 10 20 30\n8 Area 2 11 21 31\n")
    assert rows_of(tmp_path / "lut.txt") == [
        (7, "Area 1", "Area 1", (10, 20, 30)),
        (8, "Area 2", "Area 2", (11, 21, 31)),
    ]


@pytest.mark.parametrize("gap", ["     ", "\t", " "])
def test_mrtrix_tables_may_have_a_short_name_before_the_long_one(tmp_path, gap):
    (tmp_path / "fs.txt").write_text(
        f"0 ???{gap}Unknown 0 0 0 0\n36 L.TH{gap}Left-Thalamus 0 118 14 255\n"
        f"37 L.CA{gap}Left-Caudate 122 186 220 255\n"
    )
    assert rows_of(tmp_path / "fs.txt") == [
        (36, "L.TH", "Left-Thalamus", (0, 118, 14)),
        (37, "L.CA", "Left-Caudate", (122, 186, 220)),
    ]


def test_two_names_of_one_region_are_one_row_and_a_note(tmp_path):
    (tmp_path / "fs.txt").write_text(
        "36  L.TH  Left-Thalamus         0 118 14 255\n"
        "36  L.TH  Left-Thalamus-Proper  0 118 14 255\n"
    )
    assert rows_of(tmp_path / "fs.txt") == [(36, "L.TH", "Left-Thalamus", (0, 118, 14))]
    assert "1 and 2" in read_region_table(tmp_path / "fs.txt").notes[0]


def test_fsleyes_tables_have_fractions_before_the_name(tmp_path):
    (tmp_path / "a.lut").write_text("1 0.0 0.933 0.0 Lateral Ventricle\n2 1.0 0 0 Area 2\n")
    assert rows_of(tmp_path / "a.lut") == [
        (1, "Lateral Ventricle", "Lateral Ventricle", (0, 238, 0)),
        (2, "Area 2", "Area 2", (255, 0, 0)),
    ]


@pytest.mark.parametrize("codes", [("2001", "2002"), ("1", "2")])
def test_the_code_after_aals_names_is_no_part_of_them(tmp_path, codes):
    (tmp_path / "aal.txt").write_text(f"1 Precentral_L {codes[0]}\n2 Precentral_R {codes[1]}\n")
    assert [row[2] for row in rows_of(tmp_path / "aal.txt")] == ["Precentral_L", "Precentral_R"]


def test_numbers_at_the_end_of_listed_names_stay(tmp_path):
    (tmp_path / "areas.txt").write_text("1 Area 17\n2 Area 18\n3 Layer 4\n")
    assert [row[2] for row in rows_of(tmp_path / "areas.txt")] == ["Area 17", "Area 18", "Layer 4"]


def test_a_list_may_have_heads_and_a_last_row_without_a_name(tmp_path):
    (tmp_path / "a.txt").write_text("index name\n1 Left thalamus\n2 Right thalamus\n3\n")
    assert [row[:3] for row in rows_of(tmp_path / "a.txt")] == [
        (1, "1", "Left thalamus"),
        (2, "2", "Right thalamus"),
        (3, "3", "3"),
    ]


def test_cells_in_columns_of_blanks_go_by_their_heads(tmp_path):
    (tmp_path / "a.txt").write_text("id acronym  name\n1  CTX  Cortex\n2  TH  Thalamus\n")
    assert [row[:3] for row in rows_of(tmp_path / "a.txt")] == [
        (1, "CTX", "Cortex"),
        (2, "TH", "Thalamus"),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("How to use it\n1 Download\n2 Open\n", ["row 1"]),
        ('1 1 2 3 1 1 1 "A"\n2 1 2 3 1 1 1 "B"\nC 4\n', ["row 3", "IDX R G B A VIS MSH"]),
        ("1 A 1 2 3 0\n2 B 1 2 3 0\n3 C 1 2\n", ["row 3", "id name R G B A"]),
        ("x y\n" * 5, ["columns x y"]),
    ],
)
def test_a_line_unlike_the_others_is_refused_by_its_number(tmp_path, text, words):
    (tmp_path / "t.txt").write_text(text)
    with refused("t.txt", *words, by=AtlasFileError):
        load_region_table(tmp_path / "t.txt")
