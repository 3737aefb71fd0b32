"""`--scheduler`: commands over the workers of a cluster, one of which dies."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from napari_atlas_explorer import VoxelData

from ..clusters import local_cluster, one_worker_dies

ADDRESS_OF_NOBODY = "tcp://127.0.0.1:1"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with local_cluster(tmp_path_factory.mktemp("workers")) as started:
        yield started


@pytest.fixture(autouse=True)
def small_tasks(monkeypatch):
    """Several tasks for ten planes."""
    monkeypatch.setattr("napari_atlas_explorer.compute.cluster.rank_blocks.VOXELS_PER_TASK", 100)


def contents(folder: Path) -> dict[str, bytes]:
    found = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*"))}
    return {name: p.read_bytes() for name, p in found.items() if p.is_file()}


def left_in_the_cache() -> list[str]:
    root = Path(os.environ["ATLAS_EXPLORER_CACHE"]) / "shared"
    return [p.name for p in root.iterdir()] if root.exists() else []


def test_the_table_is_the_same_byte_for_byte(run, package, address, tmp_path):
    expected = run("stats", package)
    with one_worker_dies(address, tmp_path / "died"):
        answer = run("stats", package, "--scheduler", address)
    assert answer == expected
    assert left_in_the_cache() == []


def test_an_atlas_too_large_for_memory_is_mapped_by_the_workers(run, package, address, monkeypatch):
    expected = run("stats", package)
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "100")
    assert run("stats", package, "--scheduler", address) == expected


@pytest.mark.parametrize("steps", [(), ("--hemisphere", "left"), ("--grow", "150")])
def test_a_mask_is_the_same_byte_for_byte(run, package, address, tmp_path, steps):
    here, there = tmp_path / "here.nrrd", tmp_path / "there.nrrd"
    assert run("mask", package, "A", *steps, "-o", here).code == 0
    with one_worker_dies(address, tmp_path / "died"):
        assert run("mask", package, "A", *steps, "-o", there, "--scheduler", address).code == 0
    assert there.read_bytes() == here.read_bytes()


def test_each_mask_is_the_same_and_those_that_exist_are_left(run, package, address, tmp_path):
    words = ("mask", package, "root", "A", "a1", "a2", "C", "999", "--each", "--grow", "100")
    assert run(*words, "-o", tmp_path / "here").code == 0
    with one_worker_dies(address, tmp_path / "died"):
        answer = run(*words, "-o", tmp_path / "there", "--scheduler", address)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert "wrote 5 masks" in answer.err
    assert "1 regions have no voxel" in answer.err
    (tmp_path / "there" / "structure_3.nrrd").unlink()
    answer = run(*words, "-o", tmp_path / "there", "--scheduler", address)
    assert "wrote 1 masks" in answer.err
    assert "kept 4 existing files" in answer.err
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert left_in_the_cache() == []


def test_meshes_are_the_same_byte_for_byte(run, package, address, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    first = run("mesh", package, "--all", "-o", here, "--jobs", "1", "--json").out
    with one_worker_dies(address, tmp_path / "died"):
        second = run("mesh", package, "--all", "-o", there, "--json", "--scheduler", address).out
    assert contents(there) == contents(here)
    assert len(contents(there)) == 4
    assert json.loads(second.replace(str(there), str(here))) == json.loads(first)


def test_reports_of_packages_are_the_same(run, package, address, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    other = tmp_path / "other"
    other.mkdir()
    for file in package.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    ids = VoxelData.load_nrrd(other / "brain_regions.nrrd").raw.copy()
    ids[0, 0, 0] = 998
    VoxelData(ids, (100.0, 200.0, 50.0), (-100.0, 0.0, 0.0)).save_nrrd(other / "brain_regions.nrrd")
    answers = {}
    for where, words in (("here", ()), ("there", ("--scheduler", address))):
        folder = tmp_path / where
        for part in ("html", "voxels"):
            (folder / part).mkdir(parents=True)
        command = (
            "qa",
            package,
            other,
            "--json",
            folder / "reports.json",
            "--html",
            folder / "html",
            "--findings",
            folder / "voxels",
            *words,
        )
        if words:
            with one_worker_dies(address, tmp_path / "died"):
                answers[where] = run(*command)
        else:
            answers[where] = run(*command)
    assert answers["there"].code == answers["here"].code == 1
    assert answers["there"].out == answers["here"].out
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert len(contents(tmp_path / "there")) == 7


def test_a_package_is_the_same_byte_for_byte(run, package, address, tmp_path):
    words = (
        "package",
        "--from",
        package,
        "--to",
        "voxelbrain",
        "--meshes",
        "labels",
        "--checks",
        "none",
    )
    words = (*words, "--species", "Mus musculus", "--citation", "Nobody 2024", "--version", "1.0")
    first = run(*words, "-o", tmp_path / "here")
    assert first.code == 0, first
    with one_worker_dies(address, tmp_path / "died"):
        second = run(*words, "-o", tmp_path / "there", "--scheduler", address)
    assert second.code == 0, second
    here, there = contents(tmp_path / "here"), contents(tmp_path / "there")
    assert there == here
    assert any("meshes/" in name for name in there)


# ---- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["stats", "mask", "mesh", "qa"])
def test_an_address_where_nobody_answers(refuses, package, tmp_path, monkeypatch, command):
    monkeypatch.setattr("napari_atlas_explorer.compute.cluster.workers.SECONDS_TO_ANSWER", 0.5)
    words = {"mask": ("A", "-o", tmp_path / "a.nrrd"), "mesh": ("A", "-o", tmp_path / "a.obj")}
    more = (*words.get(command, ()), "--scheduler", ADDRESS_OF_NOBODY)
    assert ADDRESS_OF_NOBODY in refuses(command, package, *more)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("stats", "--points", "points.csv"), "--points"),
        (("mesh", "A", "-o", "a.obj", "--jobs", "2"), "--jobs"),
        (("qa", "--jobs", "2"), "--jobs"),
        (("mask", "A", "-o", "a.csv"), "list"),
        (("mask", "A", "-o", "a.nii", "--to", "itksnap"), "--to"),
    ],
)
def test_what_a_cluster_is_not_for_is_said(refuses, package, words, found):
    command, *more = words
    line = refuses(command, package, *more, "--scheduler", ADDRESS_OF_NOBODY)
    assert found in line
    assert "--scheduler" in line


@pytest.mark.skipif(sys.platform != "linux", reason="needs a path that each process has its own of")
def test_data_that_workers_do_not_see(refuses, package, address, monkeypatch):
    # /proc/self/cwd is another folder in each process, as /data is on each machine.
    monkeypatch.chdir(package.parent)
    seen_here = f"/proc/self/cwd/{package.name}"
    line = refuses("qa", seen_here, "--scheduler", address)
    assert re.search(r"made up: worker tcp://\S+ finds nothing there; expected a file sys", line)
    (package.parent / "cache").mkdir()
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", "/proc/self/cwd/cache")
    for words in (("stats", package), ("mesh", package, "A", "-o", package.parent / "a.obj")):
        line = refuses(*words, "--scheduler", address)
        assert "finds nothing there" in line
        assert "ATLAS_EXPLORER_CACHE" in line
    assert sorted(p.name for p in package.parent.iterdir()) == ["cache", package.name]
