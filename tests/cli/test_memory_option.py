"""`--memory`: how much a command may take."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

import pytest

from napari_atlas_explorer.cli.memory_option import memory_of, parse_bytes
from napari_atlas_explorer.core.errors import AtlasError

from ..refusals import refused

TAKES = """
import argparse, sys
import numpy as np
from napari_atlas_explorer.cli.memory_option import memory_of
from napari_atlas_explorer.core.errors import AtlasError
try:
    with memory_of(argparse.Namespace(memory="1GB")):
        kept = np.ones(int(sys.argv[1]), np.uint8)
        print(kept.size)
except AtlasError as exc:
    print(exc)
print(np.ones(1_500_000_000, np.uint8).size)
"""


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 * 10**9), ("1.5 gb", 15 * 10**8), ("2GiB", 2**31), ("700000000", 7 * 10**8)],
)
def test_sizes_are_read_in_the_usual_units(text, size):
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "GB", "4 parsecs", "-1GB", "4GB more"])
def test_what_is_no_size_is_refused(text):
    with refused("--memory", "4GB"):
        parse_bytes(text)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")
@pytest.mark.parametrize(("taken", "words"), [(500_000_000, "500000000"), (10**9, "--memory 1GB")])
def test_no_more_is_taken_and_the_limit_is_gone_afterwards(taken, words):
    command = [sys.executable, "-c", TAKES, str(taken)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, last = done.stdout.splitlines()
    assert words in first
    assert last == "1500000000"


def test_variables_are_set_meanwhile_but_not_over_the_users(monkeypatch):
    monkeypatch.delenv("ATLAS_EXPLORER_LARGE_BYTES", raising=False)
    monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", "1000")
    with memory_of(argparse.Namespace(memory="800GB")):
        assert os.environ["ATLAS_EXPLORER_LARGE_BYTES"] == "100000000000"
        assert os.environ["ATLAS_EXPLORER_SLAB_BYTES"] == "1000"
    assert "ATLAS_EXPLORER_LARGE_BYTES" not in os.environ


def test_too_little_and_a_cluster_are_refused(refuses, package):
    assert "500 MB or more" in refuses("stats", package, "--memory", "100MB")
    line = refuses("stats", package, "--memory", "4GB", "--scheduler", "tcp://127.0.0.1:1")
    assert "--memory with --scheduler" in line


def test_memory_errors_are_reported_in_one_line():
    with pytest.raises(AtlasError, match="more than --memory 800GB"):  # noqa: SIM117
        with memory_of(argparse.Namespace(memory="800GB")):
            raise MemoryError


def test_the_table_is_the_same(run, package):
    assert run("stats", package, "--memory", "800GB") == run("stats", package)


@pytest.fixture
def in_small_blocks(monkeypatch, tmp_path):
    """Every volume is mapped from a file, and a slab is a plane."""

    def start() -> None:
        monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
        monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", "1")

    return start


STEPS = (["--grow", "100"], ["--shrink", "50"], ["--shell", "200"], ["--fill"], ["--largest"])


def test_masks_made_in_blocks_are_those_of_the_whole(run, package, tmp_path, in_small_blocks):
    def files(name: str) -> list[bytes]:
        targets = [tmp_path / f"{name}_{k}.nrrd" for k in range(len(STEPS))]
        for step, target in zip(STEPS, targets, strict=True):
            assert run("mask", package, "A", *step, "-o", target).code == 0
        return [target.read_bytes() for target in targets]

    whole = files("whole")
    assert len(set(whole)) > 3
    in_small_blocks()
    assert files("blocks") == whole


def test_an_annotation_that_is_mapped_is_checked_as_one_in_memory(
    run, package, in_small_blocks, monkeypatch
):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")  # reports say when they were made
    words = ("qa", package, "--only", "labels", "--json", "-")
    whole = run(*words)
    assert "label-isolated-voxel" in whole.out
    in_small_blocks()
    assert run(*words) == whole
