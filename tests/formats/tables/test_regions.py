"""Regions in CSV, TSV and ITK-SNAP files."""

from __future__ import annotations

import csv
import json

import pytest

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.core.regions.rows import MADE_UP_ROOT
from napari_atlas_explorer.formats.tables.regions import load_region_table

from ...refusals import refused


def table(path, rows, delimiter=","):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    return path


def test_brainglobes_csv_has_parents_written_as_floats(tmp_path):
    path = table(
        tmp_path / "structures.csv",
        [
            ["acronym", "id", "name", "structure_id_path", "parent_structure_id"],
            ["root", "997", "root", "/997/", ""],
            ["NA", "8", "Gray, matter", "/997/8/", "997.0"],
            ["big", "614454277", "with a wide id", "/997/8/614454277/", "8.0"],
        ],
    )
    region_map = load_region_table(path)
    assert list(region_map) == [997, 8, 614454277]
    assert region_map.parent_ranks.tolist() == [0, 0, 1, 2]
    assert (region_map.acronym_of_rank(2), region_map.name_of_rank(2)) == ("NA", "Gray, matter")


@pytest.mark.parametrize("parent", ["997.0", "997"])
def test_a_parent_column_alone_makes_the_tree(tmp_path, parent):
    path = table(
        tmp_path / "t.csv",
        [["id", "name", "parent_structure_id"], [997, "root", ""], [8, "grey", parent]],
    )
    assert load_region_table(path).parent_ranks.tolist() == [0, 0, 1]


def test_allens_table_has_a_void_row_that_is_no_region(tmp_path):
    path = table(
        tmp_path / "allen_structure_tree.csv",
        [
            [
                "id",
                "atlas_id",
                "name",
                "acronym",
                "parent_structure_id",
                "depth",
                "graph_order",
                "structure_id_path",
                "color_hex_triplet",
                "safe_name",
            ],
            [0, "", "void", "void", "", "", "", "", "", "void"],
            [997, -1, "root", "root", "", 0, 0, "/997/", "FFFFFF", "root"],
            [8, 0, "Basic cell groups", "grey", 997, 1, 2, "/997/8/", "BFDAE3", "Basic"],
            [315, 1, "Isocortex", "ISO", 997, 1, 1, "/997/315/", "19399", "Iso"],
        ],
    )
    region_map = load_region_table(path)
    assert list(region_map) == [997, 315, 8]  # by graph_order
    assert region_map.name_of_rank(3) == "Basic cell groups"
    assert region_map.color_of_rank(2) == (1, 147, 153)
    assert region_map.get(8, "safe_name") == "Basic"


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        (["id", "name"], ","),
        (["Index", "Label"], "\t"),
        (["label", "name"], ";"),
        (["IDX", "Region Name"], ","),
        (["Structure ID", "Structure Name"], ","),
        (["value", "acronym"], "\t"),
    ],
)
def test_a_plain_table_of_names_becomes_a_flat_list(tmp_path, header, delimiter):
    path = table(
        tmp_path / "my labels.csv", [header, [0, "Clear"], [5, "left one"], [2, "other"]], delimiter
    )
    region_map = load_region_table(path)
    assert list(region_map) == [MADE_UP_ROOT, 5, 2]
    assert [region_map.name_of_rank(k) for k in (1, 2, 3)] == ["my labels", "left one", "other"]
    assert region_map.parent_ranks.tolist() == [0, 0, 1, 1]


def test_colors_may_stand_in_three_columns(tmp_path):
    path = table(
        tmp_path / "t.csv",
        [["id", "name", "R", "G", "B"], [1, "a", 10, 20, 30], [2, "b", "", "", ""]],
    )
    region_map = load_region_table(path)
    assert region_map.color_of_rank(2) == (10, 20, 30)
    assert not region_map.has_own_color("b")


def test_rows_without_an_id_are_passed_over(tmp_path):
    path = table(tmp_path / "t.csv", [["id", "name"], [1, "a"], ["", "a remark"], [], [2, "b"]])
    assert list(load_region_table(path)) == [MADE_UP_ROOT, 1, 2]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "utf-16"])
def test_tables_in_usual_encodings_are_read(tmp_path, encoding):
    (tmp_path / "t.csv").write_text("id,name\n1,noyau éloigné\n", encoding=encoding)
    assert load_region_table(tmp_path / "t.csv").name_of_rank(2) == "noyau éloigné"


ITKSNAP = """################################################
# ITK-SnAP Label Description File
################################################
    0     0    0    0        0  0  0    "Clear Label"
    1   255    0    0        1  1  1    "Cortex, left"
  300     0  128  255     0.75  1  0    "Thalamus"
"""


@pytest.mark.parametrize("name", ["atlas.label", "atlas.txt"])
def test_itk_snap_labels_become_a_flat_list_with_their_colors(tmp_path, name):
    (tmp_path / name).write_text(ITKSNAP)
    region_map = load_region_table(tmp_path / name)
    assert list(region_map) == [MADE_UP_ROOT, 1, 300]
    assert [region_map.name_of_rank(k) for k in (1, 2, 3)] == ["atlas", "Cortex, left", "Thalamus"]
    assert region_map.color_of_rank(3) == (0, 128, 255)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("t.csv", "", ["the file is empty"]),
        ("t.csv", "id,name\n", ["no region"]),
        ("t.csv", "a,b\n1,2\n", ["a, b", "ids"]),
        ("t.csv", "id,volume\n1,2\n", ["id, volume", "names"]),
        ("t.csv", "id,name\nseven,x\n", ["'seven'"]),
        ("t.csv", "id,name\n1.5,x\n", ["'1.5'"]),
        ("t.csv", "id,name\n4,x\n4,y\n", ["4", "twice"]),
        ("t.csv", "id,name,parent_id\n4,x,55\n", ["55"]),
        ("t.csv", "id,name,parent_id\n4,x,5\n5,y,4\n", ["cycle"]),
        ("t.csv", "id,name\n1," + "x" * 200_000 + "\n", ["table"]),
        ("t.csv", "\x89PNG\r\n\x1a\n\0\0", []),
        ("t.label", ITKSNAP + "   7  1 2\n", ["row 7"]),
        ("t.label", ITKSNAP + '  300 1 1 1 1 1 1 "again"\n', ["300", "twice"]),
        ("t.label", '0 0 0 0 0 0 0 "Clear Label"\n', ["no label"]),
        ("t.csv", "id,name,parent\n4,x,nobody\n", ["nobody"]),
        ("t.txt", "1 one\nsomething else\n", ["row 2", "an id and a name"]),
        ("t.txt", "0 background\n", ["no label"]),
        ("t.ctbl", "0 background 0 0 0 0\n1 a 1 2 3\n2 b 1 2\n", ["row 3", "id name R G B A"]),
        ("t.xml", "<atlas><data><label index='x'>a</label></data></atlas>", ["'x'", "number"]),
        ("t.xml", "<atlas><data></data></atlas>", ["no label"]),
        ("t.xml", "<other/>", ["<other>", "<atlas>"]),
        ("t.xml", "<atlas><data>", ["XML"]),
        ("t.xml", "<a>" * 100_000, ["deep"]),
        ("t.txt", "A text that has nothing to do with regions.\n", []),
    ],
)
def test_what_is_no_table_of_regions_is_refused_with_the_files_name(tmp_path, name, text, words):
    path = tmp_path / name
    path.write_text(text, encoding="latin-1")
    with refused(path, *words, by=AtlasFileError):
        load_region_table(path)


def rows_of(region_map):
    """Ids, acronyms, names and stated colors, without the root of a flat list."""
    return [
        (
            i,
            region_map.acronym(i),
            region_map.name(i),
            region_map.color(i) if region_map.has_own_color(i) else None,
        )
        for i in list(region_map)[1:]
    ]


FREESURFER = """#$Id: FreeSurferColorLUT.txt $

#No. Label Name:                            R   G   B   A

0   Unknown                                 0   0   0   0
2   Left-Cerebral-White-Matter              245 245 245 0
1001    ctx-lh-bankssts                     25  100 40  0
"""


@pytest.mark.parametrize("name", ["FreeSurferColorLUT.txt", "a.lut", "a.ctbl", "b.csv"])
def test_a_freesurfer_or_slicer_color_table_is_told_by_its_rows(tmp_path, name):
    (tmp_path / name).write_text(FREESURFER)
    assert rows_of(load_region_table(tmp_path / name)) == [
        (2, "Left-Cerebral-White-Matter", "Left-Cerebral-White-Matter", (245, 245, 245)),
        (1001, "ctx-lh-bankssts", "ctx-lh-bankssts", (25, 100, 40)),
    ]


FSL = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!-- a comment -->
<atlas version="1.0"><header><name>An &amp; atlas</name><shortname>A</shortname>
<type>{kind}</type><images><imagefile>/x</imagefile></images></header><data>
<label index="0" x="48" y="94" z="35">Frontal Pole</label>
<label index="1" x="1" y="2" z="3"><![CDATA[<b>Insular</b> Cortex]]></label>
</data></atlas>
"""


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("Probabalistic", [(1, "Frontal Pole"), (2, "<b>Insular</b> Cortex")]),
        ("Probabilistic", [(1, "Frontal Pole"), (2, "<b>Insular</b> Cortex")]),
        ("Label", [(1, "<b>Insular</b> Cortex")]),
    ],
)
def test_fsls_xml_counts_from_one_in_summaries_of_probabilistic_atlases(tmp_path, kind, rows):
    (tmp_path / "a.xml").write_text(FSL.format(kind=kind), encoding="latin-1")
    region_map = load_region_table(tmp_path / "a.xml")
    assert [(row[0], row[2]) for row in rows_of(region_map)] == rows
    assert region_map.name_of_rank(1) == "An & atlas"


def test_a_bids_table_has_abbreviations_and_colors(tmp_path):
    path = table(
        tmp_path / "atlas_dseg.tsv",
        [
            ["index", "name", "abbreviation", "color", "mapping"],
            [1, "Gray Matter", "GM", "#ff53bb", 1],
            [17, "hippocampus", "HIP", "#2A8e30", 1],
        ],
        "\t",
    )
    assert rows_of(load_region_table(path)) == [
        (1, "GM", "Gray Matter", (255, 83, 187)),
        (17, "HIP", "hippocampus", (42, 142, 48)),
    ]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("rgb_triplet", "[10, 20, 30]"),
        ("rgb", "10 20 30"),
        ("color", "(10,20,30)"),
        ("Color", "#0a141e"),
        ("hex", "0a141e"),
    ],
)
def test_a_color_may_be_written_in_one_cell_in_many_ways(tmp_path, column, cell):
    path = table(tmp_path / "t.csv", [["id", "name", column], [1, "a", cell]])
    assert load_region_table(path).color_of_rank(2) == (10, 20, 30)


def test_slicers_csv_of_colors_is_read(tmp_path):
    path = table(
        tmp_path / "t.csv",
        [
            ["LabelValue", "Name", "Color_R", "Color_G", "Color_B", "Color_A"],
            [3, "rib", 10, 20, 30, 255],
        ],
    )
    assert rows_of(load_region_table(path)) == [(3, "3", "rib", (10, 20, 30))]


@pytest.mark.parametrize("broken", [False, True])
def test_virtual_fly_brains_tables_head_short_names_with_the_volumes_name(tmp_path, broken):
    header = "JFRC.mask\n" if broken else "JFRC.mask\t"
    (tmp_path / "Index.txt").write_text(
        header + "Name\tStack id\tFBbt\nAME_R\taccessory medulla\t2\tFBbt:00045003\n"
    )
    region_map = load_region_table(tmp_path / "Index.txt")
    assert rows_of(region_map) == [(2, "AME_R", "accessory medulla", None)]
    assert region_map.get(2, "FBbt") == "FBbt:00045003"


def vfb(folder, tree, domains):
    (folder / "tree.json").write_text(json.dumps(tree))
    (folder / "meta.json").write_text(json.dumps({"domains": domains}))
    return folder / "tree.json"


def domain(node, name, painted=None):
    data = {} if painted is None else {"domainId": str(painted)}
    return {"nodeId": str(node), "name": name, "extId": [f"FBbt:{node}"], "domainData": data}


def test_virtual_fly_brains_tree_takes_names_and_numbers_from_the_file_beside_it(tmp_path):
    leaf = {"node": {"nodeId": "3"}}
    tree = {
        "node": {
            "nodeId": "0",
            "children": [{"node": {"nodeId": "1", "children": [leaf]}}, {"node": {"nodeId": "2"}}],
        }
    }
    domains = [
        domain(0, "adult brain", 0),
        domain(1, "optic lobe"),
        domain(2, "saddle", 9),
        domain(3, "medulla", 24),
    ]
    region_map = load_region_table(vfb(tmp_path, tree, domains))
    # The brain's number is that of background, the optic lobe has none.
    assert list(region_map) == [100, 101, 24, 9]
    assert region_map.depths[1:].tolist() == [0, 1, 2, 1]
    assert [region_map.name_of_rank(k) for k in (1, 3)] == ["adult brain", "medulla"]
    assert region_map.acronym_of_rank(3) == "FBbt:3"


@pytest.mark.parametrize(
    ("tree", "domains", "words"),
    [
        ({"node": {"nodeId": "7"}}, [domain(0, "a")], ["'7'", "meta.json"]),
        ({"node": {"nodeId": "0"}}, {}, ["domains"]),
        ({"node": {"nodeId": "0", "children": "x"}}, [domain(0, "a")], ["children"]),
        (
            {"node": {"nodeId": "0", "children": [{"node": {"nodeId": "0"}}] * 2}},
            [domain(0, "a")],
            ["twice"],
        ),
    ],
)
def test_a_tree_that_its_names_do_not_fit_is_refused(tmp_path, tree, domains, words):
    with refused("tree.json", *words, by=AtlasFileError):
        load_region_table(vfb(tmp_path, tree, domains))


def test_a_tree_without_names_is_refused(tmp_path):
    (tmp_path / "tree.json").write_text('{"node": {"nodeId": "0"}}')
    with refused("meta.json", by=AtlasFileError):
        load_region_table(tmp_path / "tree.json")


@pytest.mark.parametrize("separator", ["\t", " ", ",", "; "])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_list_of_ids_and_names_needs_no_header(tmp_path, separator, ending):
    lines = [f"{i}{separator}{n}" for i, n in [(35, "L_Oculomotor"), (304325711, "the retina")]]
    (tmp_path / "a.nii.txt").write_bytes((ending.join(["# made by hand", *lines, ""])).encode())
    assert rows_of(load_region_table(tmp_path / "a.nii.txt")) == [
        (35, "L_Oculomotor", "L_Oculomotor", None),
        (304325711, "304325711", "the retina", None),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(tmp_path, ending):
    (tmp_path / "t.csv").write_bytes(f"id,name{ending}1,a{ending}2,b{ending}".encode())
    assert list(load_region_table(tmp_path / "t.csv")) == [MADE_UP_ROOT, 1, 2]


def test_parents_may_be_named_by_acronym_or_name(tmp_path):
    path = table(
        tmp_path / "t.csv",
        [
            ["id", "acronym", "name", "parent"],
            [1, "B", "brain", ""],
            [2, "CTX", "cortex", "B"],
            [3, "M", "motor", "cortex"],
        ],
    )
    assert load_region_table(path).parent_ranks.tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("kind", ["csv", "json", "label", "txt"])
def test_names_that_could_do_harm_are_text_without_control_characters(tmp_path, kind):
    name = "../a<b>bold</b>\u202egnp\x1b[31m\x07\x00\x85end"
    wanted = "../a<b>bold</b>\ufffdgnp\ufffd[31m\ufffd\ufffd end"
    text = {
        "csv": f"id,name\n5,{name}\n",
        "json": json.dumps({"id": 5, "name": name}),
        "label": f'5 1 2 3 1 1 1 "{name}"\n',
        "txt": f"5\t{name}\n",
    }[kind]
    (tmp_path / f"t.{kind}").write_text(text, encoding="utf-8")
    region_map = load_region_table(tmp_path / f"t.{kind}")
    assert region_map.get(5, "name") == wanted


ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "doctype",
    [
        f'<!DOCTYPE atlas [<!ENTITY e0 "bomb">{ENTITIES}]>',
        '<!DOCTYPE atlas SYSTEM "file:///etc/passwd">',
        "<!doctype atlas>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_a_document_type_is_refused_with_its_entities(tmp_path, doctype, encoding):
    text = f"{doctype}<atlas><data><label index='1'>&e11;</label></data></atlas>"
    (tmp_path / "a.xml").write_text(text, encoding=encoding)
    with refused("a.xml", by=AtlasFileError):
        load_region_table(tmp_path / "a.xml")


def test_a_table_of_more_than_a_million_lines_is_refused(tmp_path):
    (tmp_path / "t.csv").write_text("id,name\n" + "".join(f"{n},a\n" for n in range(1_000_001)))
    with refused("t.csv", "1000002 lines", "1000000", by=AtlasFileError):
        load_region_table(tmp_path / "t.csv")


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "count", "row"),
    [
        ("drosophila_brain_vfb/Original_Index.tsv", 75, (86, "GA_L", "gall", None)),
        ("drosophila_brain_vfb/LRmerged_Index.txt", 41, (51, "GA", "gall", None)),
        (
            "nifti_mouse_aidamri/ARA_annotationR+2000.nii.txt",
            2620,
            (304325711, "L_retina", "L_retina", None),
        ),
        ("nifti_mouse_aidamri/acronyms_ARA.txt", 1305, (68, "FRP1", "FRP1", None)),
        ("nifti_human/labels_aal.csv", 120, (2001, "2001", "Precentral_L", None)),
        ("nifti_human/labels_aicha.csv", 384, (384, "384", "N_Thalamus-9-R", None)),
        ("nifti_human/labels_desikan_killiany.csv", 112, (14, "14", "3rd-Ventricle", None)),
        ("slicer_itksnap/GenericAnatomyColors.txt", 309, (2, "bone", "bone", (241, 214, 145))),
        (
            "slicer_itksnap/WHS_Atlas_Rat_Brain_v4.label",
            222,
            (3, "Subthalamic nucleus", "Subthalamic nucleus", (0, 0, 255)),
        ),
        ("slicer_itksnap/MRIcrop-seg.label", 11, (4, "hippo-R", "hippo-R", (255, 255, 0))),
        (
            "slicer_itksnap/dummy_itk_snap_labels.txt",
            2,
            (123, "BrainGlobe (BG)", "BrainGlobe (BG)", (0, 255, 0)),
        ),
    ],
)
def test_tables_of_others_are_read_whole(data_folder, name, count, row):
    rows = rows_of(load_region_table(data_folder / name))
    assert len(rows) == count
    assert row in rows


@pytest.mark.data
def test_virtual_fly_brains_own_tree_is_read_whole(data_folder):
    region_map = load_region_table(data_folder / "drosophila_brain_vfb" / "tree.json")
    assert len(region_map) == 271
    assert region_map.name_of_rank(1) == "adult brain"
    assert region_map.path("adult antennal lobe") == [
        "FBbt:00003624",
        "FBbt:00110636",
        "FBbt:00007401",
    ]
    assert region_map.rank("adult antennal lobe") == region_map.rank(24)


@pytest.mark.parametrize("name", ["none.csv", "none.json", "none.label"])
def test_a_file_that_is_not_there_is_refused(tmp_path, name):
    with refused(tmp_path / name, by=AtlasFileError):
        load_region_table(tmp_path / name)


def test_half_a_letter_in_json_becomes_a_sign_that_can_be_written(tmp_path):
    path = tmp_path / "t.json"
    path.write_text('[{"id": 1, "name": "\\ud800alpha"}, {"id": 2, "name": "\\ud83e\\udde0"}]')
    regions = load_region_table(path)
    assert regions.get(1, "name") == "\ufffdalpha"
    assert regions.get(2, "name") == "🧠"
    regions.get(1, "name").encode("utf-8")
