"""`tree`: the hierarchy as indented lines, however deep it is."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from .. import packages

pytest.importorskip("resource")

DEEP = 20_000
MEASURED = """
import resource, subprocess, sys
# Of a process between: the peak of a new process is that of its parent, at first.
words = [sys.executable, "-m", "napari_atlas_explorer", "tree", *sys.argv[1:]]
code = subprocess.run(words).returncode
unit = 1 if sys.platform == "darwin" else 1024
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit, file=sys.stderr)
sys.exit(code)
"""


def chain(folder, count):
    """An atlas whose regions 1 to n are each the only child of the one before."""
    folder.mkdir()
    ids = np.zeros((12, 10, 8), np.uint32)
    ids[2:10, 2:8, 2:6] = count
    packages.write_nrrd(folder / "annotation.nrrd", ids)
    rows = ["id,acronym,name,parent_structure_id"]
    rows += [f"{i},r{i},region {i},{i - 1 if i > 1 else ''}" for i in range(1, count + 1)]
    (folder / "regions.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("find", [[], ["--find", f"r{DEEP}"]], ids=["all", "find"])
def test_a_chain_of_20_000_regions_takes_little_memory(tmp_path, find):
    folder = chain(tmp_path / "chain", DEEP)
    out = tmp_path / "tree.txt"
    with out.open("wb") as stream:
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, str(folder), *find],
            stdout=stream,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    assert int(done.stderr.splitlines()[-1]) < 300e6
    lines = out.read_text(encoding="utf-8").splitlines()
    assert len(lines) == DEEP
    assert out.stat().st_size < 10e6
    assert lines[-1].split() == ["[level", "19999]", "r20000", "0.00300", "mm³", "region", "20000"]


def test_levels_are_indented_and_sizes_are_in_a_column(run, tmp_path):
    answer = run("tree", chain(tmp_path / "chain", 43))
    lines = answer.out.splitlines()
    assert lines[0].startswith("r1  ")
    assert lines[40].startswith(" " * 80 + "r41 ")
    assert lines[41].startswith(" " * 80 + "[level 41] r42 ")
    assert len({line.index("mm³") for line in lines}) == 1


def test_json_has_every_level(run, tmp_path):
    rows = json.loads(run("tree", chain(tmp_path / "chain", 43), "--json").out)
    assert [row["depth"] for row in rows] == [*range(43)]
