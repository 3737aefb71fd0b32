"""What a dropped path is, and what is opened of several."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer.analysis.dropped import (
    Drop,
    decide_drop,
    is_for_atlas,
    kind_of,
    purpose_of,
)

from ..refusals import refused


def written(tmp_path, text, name="values.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text", "purpose"),
    [
        ("a.csv", "id,acronym,name\n5,TH,Thalamus\n", "regions"),
        ("a.csv", "id,acronym,name,parent_structure_id,graph_order\n5,TH,T,1,3\n", "regions"),
        ("a.csv", "id,name,r,g,b\n5,Thalamus,1,2,3\n", "regions"),
        ("a.txt", '# ITK-SNAP label file\n0 0 0 0 0 0 0 "Clear"\n', "regions"),
        ("a.csv", "acronym,density\nTH,3\n", "values"),
        ("a.csv", "id,acronym,name,count\n5,TH,Thalamus,3\n", "values"),
        ("a.csv", "x,y,z\n1,2,3\n", "points"),
        ("a.csv", "ap,dv,ml,area\n1,2,3,9\n", "points"),
        ("a.csv", "1,2,3\n4,5,6\n", "points"),
        ("a.tsv", "cell\tx_um\ty_um\tz_um\tregion\n1\t2\t3\t4\tTH\n", "points"),
        ("a.json", json.dumps([[1, 2, 3], [4, 5, 6]]), "points"),
        ("a.json", json.dumps({"id": 1, "children": []}), "regions"),
        ("a.json", json.dumps([{"id": 1, "graph_order": 0, "st_level": 1, "depth": 0}]), "regions"),
    ],
)
def test_a_dropped_table_is_judged_by_its_columns(tmp_path, name, text, purpose) -> None:
    assert purpose_of(written(tmp_path, text, name)) == purpose


def test_every_npy_is_taken_for_points(tmp_path) -> None:
    np.save(tmp_path / "p.npy", np.zeros((4, 3)))
    assert purpose_of(tmp_path / "p.npy") == "points"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("brain.nii.gz", "volume"),
        ("brain.seg.nrrd", "volume"),
        ("brain.ome.zarr", "volume"),
        ("package.tar.xz", "archive"),
        ("315.obj", "meshes"),
        ("mine.atlas.json", "session"),
        ("cell.swc", "lines"),
        ("somewhere", "regions"),
    ],
)
def test_names_tell_what_a_path_is_without_opening_it(name, kind):
    assert kind_of(Path("not there") / name) == kind


def test_folders_are_distinguished_from_volumes_that_are_folders(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    assert kind_of(tmp_path) == "folder"
    assert kind_of(tmp_path / "a.zarr") == "volume"


@pytest.fixture
def files(tmp_path):
    texts = {
        "values.csv": "acronym,density\nTH,3\n",
        "points.csv": "x,y,z\n1,2,3\n",
        "names.csv": "id,acronym,name\n5,TH,Thalamus\n",
        "a.swc": "1 1 0 0 0 1 -1\n",
        "b.swc": "1 1 0 0 0 1 -1\n",
        "ids.tif": "",
        "mine.atlas.json": "{}",
    }
    return {name: written(tmp_path, text, name) for name, text in texts.items()}


@pytest.mark.parametrize(
    ("names", "taken", "expected"),
    [
        (["values.csv"], ("points", "values"), ("values", ["values.csv"], None)),
        (["points.csv"], ("points", "values"), ("points", ["points.csv"], None)),
        (["names.csv"], ("points", "values"), ("atlas", ["shown"], "names.csv")),
        (["values.csv"], ("points",), ("atlas", ["shown"], "values.csv")),
        (["points.csv", "values.csv"], ("points", "values"), ("atlas", ["shown"], "points.csv")),
        (["names.csv", "ids.tif"], (), ("atlas", ["ids.tif"], "names.csv")),
        (["ids.tif"], ("points",), ("atlas", ["ids.tif"], None)),
        (["a.swc", "b.swc"], (), ("lines", ["a.swc", "b.swc"], None)),
        (["a.swc", "ids.tif"], (), ("atlas", ["a.swc"], None)),
        (["mine.atlas.json"], ("points", "values"), ("session", ["mine.atlas.json"], None)),
    ],
)
def test_what_is_opened_depends_on_the_files_and_on_the_open_atlas(
    files, tmp_path, names, taken, expected
):
    kind, opened, table = expected
    shown = tmp_path / "shown"
    paths = files | {"shown": shown}
    drop = decide_drop([files[name] for name in names], shown, taken)
    assert drop == Drop(kind, tuple(paths[n] for n in opened), files[table] if table else None)


def test_a_table_of_regions_alone_needs_an_atlas(files):
    with refused("names.csv", "together with its volume"):
        decide_drop([files["names.csv"]])


@pytest.mark.parametrize(
    ("names", "without_atlas", "with_atlas"),
    [
        (["brain.nrrd"], True, True),
        (["brain.nrrd", "names.csv"], True, True),  # a volume with its table
        (["names.csv"], False, True),
        (["picture.png"], False, False),
        (["brain.nrrd", "picture.png"], False, False),
        (["mesh.obj"], False, False),
    ],
)
def test_what_is_of_use_is_taken_from_the_canvas(tmp_path, names, without_atlas, with_atlas):
    paths = [written(tmp_path, "id,name\n5,Thalamus\n", name) for name in names]
    assert is_for_atlas(paths, atlas_open=False) == without_atlas
    assert is_for_atlas(paths, atlas_open=True) == with_atlas
