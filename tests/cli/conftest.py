"""A small atlas on disk, and a way to run commands on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from napari_atlas_explorer import VoxelData
from napari_atlas_explorer.cli.main import main

HIERARCHY = {
    "id": 1,
    "acronym": "root",
    "name": "whole brain",
    "children": [
        {
            "id": 2,
            "acronym": "A",
            "name": "area A",
            "children": [
                {"id": 3, "acronym": "a1", "name": "area A, layer 1"},
                {"id": 4, "acronym": "a2", "name": "area A, layer 2"},
            ],
        },
        {"id": 70000, "acronym": "B", "name": "area B"},
        {"id": 7, "acronym": "C", "name": "area C"},
    ],
}

ALLEN = {
    "id": 997,
    "acronym": "root",
    "name": "root",
    "children": [{"id": 8, "acronym": "grey", "name": "Basic cell groups and regions"}],
}


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """VoxelBrain folder: 10 × 8 × 6 voxels of 100 × 200 × 50 µm from (-100, 0, 0).

    Region 3 fills axis 0 from 2 to 4, region 4 from 5 to 7; id 999 is in voxel (9, 7, 5).
    """
    folder = tmp_path / "made up"
    folder.mkdir()
    ids = np.zeros((10, 8, 6), np.uint32)
    ids[2:5, 1:7, 1:5] = 3
    ids[5:8, 1:7, 1:5] = 4
    ids[9, 7, 5] = 999
    sides = np.full(ids.shape, 2, np.uint8)
    sides[:, :, 3:] = 1
    corner = (-100.0, 0.0, 0.0)
    for name, values in (("brain_regions", ids), ("hemisphere", sides)):
        VoxelData(values, (100.0, 200.0, 50.0), corner).save_nrrd(folder / f"{name}.nrrd")
    (folder / "hierarchy.json").write_text(json.dumps(HIERARCHY))
    metadata = {"name": "Made up", "orientation": "asr", "citation": "Nobody 2024"}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    return folder


@pytest.fixture
def run(capsys):
    """Run a command; the space between groups of digits may be a narrow one."""

    def run_command(*words) -> Answer:
        code = main([str(word) for word in words])
        out, err = capsys.readouterr()
        return Answer(code, out.replace("\u202f", " "), err.replace("\u202f", " "))

    return run_command


@pytest.fixture
def refuses(run):
    """Assert that a command ends with exit code 2 and one line; gives the line."""

    def check(*words) -> str:
        answer = run(*words)
        assert answer.code == 2, answer
        assert answer.out == ""
        assert answer.err.startswith("atlas-explorer: ")
        assert answer.err.count("\n") == 1
        assert answer.err.endswith("\n")
        return answer.err

    return check


@pytest.fixture
def ccf(tmp_path):
    """A file of the CCF's extent: 100 µm, one region in the back half; "asl"."""
    folder = tmp_path / "ccf"
    folder.mkdir()
    ids = np.full((132, 80, 114), 997, np.uint32)
    ids[66:] = 8
    VoxelData(ids, (100.0, 100.0, 100.0)).save_nrrd(folder / "annotation_100.nrrd")
    (folder / "1.json").write_text(json.dumps(ALLEN))
    return folder
