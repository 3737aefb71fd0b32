"""Text of strangers: names, paths and columns full of control characters, at every command."""

from __future__ import annotations

import csv
import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.cli.main import COMMANDS

from .. import packages

MARKS = "\u061c\u200b\u200e\u200f\ufeff\u202a\u202e\u2066\u2069\x1b[31m\x07\x7f\x9b\ud800\x00"
HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""What no terminal may get: all but line feeds and tabs."""
NAME = f"area{MARKS}\r\n\u2028A"
TYPED = NAME.replace("\ud800", "").replace("\x00", "")
"""What a command line can hold of it."""
FOLDER = "line\nend \x1b[31m\u202e\u200b\udcff"
"""Of a file or folder; the last letter is a byte that is no UTF-8."""

HIERARCHY = {
    "id": 1,
    "acronym": f"r{MARKS}",
    "name": f"root{MARKS}",
    "children": [
        {"id": 2, "acronym": f"A{MARKS}", "name": NAME},
        {"id": 3, "acronym": "B", "name": "x" * 100_000},
    ],
}


def make_atlas(folder: Path) -> Path:
    """An atlas of 12 × 10 × 8 voxels whose every text is hostile."""
    folder.mkdir()
    ids = np.zeros((12, 10, 8), np.uint32)
    ids[2:10, 2:8, 2:4] = 2
    ids[2:10, 2:8, 4:6] = 3
    packages.write_nrrd(folder / "brain_regions.nrrd", ids)
    (folder / "hierarchy.json").write_text(json.dumps(HIERARCHY))
    metadata = {"name": NAME, "orientation": "asr", "citation": NAME, "version": NAME}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    return folder


@pytest.fixture
def hostile(tmp_path) -> Path:
    return make_atlas(tmp_path / (FOLDER if sys.platform == "linux" else "atlas"))


@pytest.fixture
def files(tmp_path) -> Path:
    """Points, values and lines whose columns are hostile."""
    folder = tmp_path / "files"
    folder.mkdir()
    column = NAME.replace("\ud800", "").replace("\x00", "").replace("\r\n", " ")
    (folder / "points.csv").write_text(f"x,y,z,{column}\n100,100,75,{column}\n", "utf-8")
    (folder / "values.csv").write_text(f"id,{column}\n2,1.5\n3,2.5\n", "utf-8")
    (folder / "lines.json").write_text(json.dumps({"lines": [[{"x": 1, "y": 1, "z": 1}] * 2]}))
    return folder


POINTS = ["--points", "FILES/points.csv", "--columns", "x,y,z", "--unit", "um"]
WORDS = {
    "info": ["info", "ATLAS"],
    "info-json": ["info", "ATLAS", "--json"],
    "list": ["list"],
    "list-json": ["list", "--json"],
    "list-add": ["list", "--add", "ATLAS/missing"],
    "lookup": ["lookup", "ATLAS", "100", "100", "75"],
    "lookup-json": ["lookup", "ATLAS", "100", "100", "75", "--json"],
    "lookup-outside": ["lookup", "ATLAS", "-100", "100", "75"],
    "lookup-points": ["lookup", "ATLAS", *POINTS],
    "lookup-file": ["lookup", "ATLAS", *POINTS, "-o", "OUT/p.csv"],
    "tree": ["tree", "ATLAS"],
    "tree-find": ["tree", "ATLAS", "--find", TYPED],
    "tree-json": ["tree", "ATLAS", "--json"],
    "stats": ["stats", "ATLAS"],
    "stats-csv": ["stats", "ATLAS", "-o", "OUT/s.csv"],
    "stats-json": ["stats", "ATLAS", "--json", "OUT/s.json"],
    "stats-points": ["stats", "ATLAS", *POINTS],
    "stats-columns": ["stats", "ATLAS", "--points", "FILES/points.csv", "--unit", "um"],
    "mask-none": ["mask", "ATLAS", TYPED, "-o", "OUT/m.nrrd"],
    **{
        f"mask{suffix}": ["mask", "ATLAS", "2", "-o", f"OUT/m{suffix}"]
        for suffix in (".nrrd", ".nii.gz", ".tif", ".obj", ".stl", ".ply", ".seg.nrrd", ".csv")
    },
    "mask-each": ["mask", "ATLAS", "2", "3", "--each", "-o", "OUT/masks"],
    "mask-folder": ["mask", "ATLAS", "2", "-o", f"OUT/{FOLDER}/m.nrrd"],
    "mesh": ["mesh", "ATLAS", "2", "-o", "OUT/meshes"],
    "snapshot": ["snapshot", "ATLAS", "-o", "OUT/a.png"],
    "snapshot-svg": ["snapshot", "ATLAS", "--region", "2", "-o", "OUT/a.svg"],
    "snapshot-values": ["snapshot", "ATLAS", "--values", "FILES/values.csv", "-o", "OUT/a.png"],
    "snapshot-column": [
        *("snapshot", "ATLAS", "--values", "FILES/values.csv", "--column", TYPED),
        *("-o", "OUT/a.png"),
    ],
    "qa": ["qa", "ATLAS"],
    "qa-html": ["qa", "ATLAS", "--html", "OUT/q.html"],
    "qa-json": ["qa", "ATLAS", "--json"],
    "package-itksnap": ["package", "--from", "ATLAS", "--to", "itksnap", "-o", "OUT/i"],
    "package-voxelbrain": ["package", "--from", "ATLAS", "--to", "voxelbrain", "-o", "OUT/v"],
    "package-v2": ["package", "--from", "ATLAS", "--to", "brainglobe-v2", "-o", "OUT/b"],
    "package-v3": ["package", "--from", "ATLAS", "--to", "brainglobe-v3", "-o", "OUT/b"],
    "package-spec": ["package", "ATLAS/package.toml"],
    "downsample": ["downsample", "ATLAS", "--resolution", "50", "-o", "OUT/d"],
    "compare": ["compare", "ATLAS", "ATLAS"],
    "compare-csv": ["compare", "ATLAS", "ATLAS", "-o", "OUT/c.csv"],
    "lines": ["lines", "FILES/lines.json", "--atlas", "ATLAS"],
    "spatial-search": ["spatial-search", "ATLAS/brain_regions.nrrd", "--atlas", "ATLAS"],
    "spatial-search-tract": [
        *("spatial-search", "ATLAS/brain_regions.nrrd", "--atlas", "ATLAS", "--tract", "3"),
    ],
    "download": ["download", f"x{MARKS}"],
    "download-address": ["download", f"http://[::1{MARKS}/a.zip"],
    "open": ["open", "ATLAS/missing"],
    "no-command": [f"in{MARKS}fo"],
    "no-option": ["info", f"--in{MARKS}fo"],
}


WORDS |= {
    name: [name, "ATLAS"] for name in COMMANDS if not any(name in w[0] for w in WORDS.values())
}


@pytest.mark.parametrize("name", WORDS)
def test_no_control_character_reaches_the_terminal_or_breaks_a_writer(
    run, hostile, files, tmp_path, name
):
    out = tmp_path / "out"
    out.mkdir()
    places = (("ATLAS", hostile), ("FILES", files), ("OUT", out))
    words = WORDS[name]
    for key, path in places:
        words = [word.replace(key, str(path), 1) for word in words]
    answer = run(*words)
    assert answer.code in (0, 1, 2), answer.err
    for text in (answer.out, answer.err):
        assert not HARMFUL.search(text), HARMFUL.findall(text)
    errors = [line for line in answer.err.splitlines() if line.startswith("atlas-explorer: ")]
    assert len(errors) == (answer.code == 2)
    assert all(len(line) < 3000 for line in errors)
    for path in out.rglob("*"):
        if path.suffix in (".csv", ".json", ".svg", ".html", ".obj", ".txt", ".label"):
            text = path.read_text(encoding="utf-8")
            # Here and there a mark at the start of a file states its encoding.
            assert not HARMFUL.search(text.removeprefix("\ufeff")), path


def test_masks_and_tables_are_written_whole(run, hostile, tmp_path):
    assert run("stats", hostile, "-o", tmp_path / "s.csv").code == 0
    with (tmp_path / "s.csv").open(encoding="utf-8", newline="") as stream:
        ids = [row["id"] for row in csv.DictReader(stream)]
    assert set(ids) >= {"1", "2", "3"}
    assert run("mask", hostile, "2", "-o", tmp_path / "m.tif").code == 0
    assert sorted(p.name for p in tmp_path.glob("m.*")) == ["m.tif", "m.tif.recipe.json"]


def test_json_keeps_what_the_terminal_does_not(run, hostile):
    document = json.loads(run("info", hostile, "--json").out)
    assert Path(document["path"]) == hostile


@pytest.mark.skipif(sys.platform != "linux", reason="file names of other systems are text")
def test_a_path_with_a_line_end_is_quoted(refuses, hostile):
    line = refuses("info", hostile / "missing")
    quoted = re.search(r"atlas-explorer: ('.*'): ", line)
    assert quoted is not None
    assert quoted[1] == repr(str(hostile / "missing"))


def test_blanks_in_a_path_stay(refuses, tmp_path):
    assert f"{tmp_path}/two  blanks: " in refuses("info", tmp_path / "two  blanks")


@pytest.mark.parametrize("codes", [range(0x20), range(0x7F, 0xA0), [0x61C, 0x200B, 0x202E, 0xD800]])
def test_names_are_made_safe_where_they_are_read(tmp_path, codes):
    folder = make_atlas(tmp_path / "atlas")
    name = "a" + "".join(map(chr, codes)) + "b"
    document = {"id": 1, "acronym": "r", "name": "root", "children": [{"id": 2, "acronym": name}]}
    document["children"][0]["name"] = name
    (folder / "hierarchy.json").write_text(json.dumps(document))
    regions = open_atlas(folder).region_map
    assert not HARMFUL.search(regions.get(2, "name"))
    assert regions.get(2, "name").startswith("a")
