"""`atlas-explorer qa` as a shell runs it: lines of errors, and files that are opened once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest

from ..made_up import write_brainglobe

COUNT_OPENS = """
import json, os, sys
opened = []
def note(event, args):
    if event == "open" and isinstance(args[0], (str, os.PathLike)):
        opened.append(os.fspath(args[0]))
sys.addaudithook(note)
from napari_atlas_explorer.cli.main import main
main(sys.argv[2:])
with open(sys.argv[1], "w") as stream:
    json.dump(opened, stream)
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    return write_brainglobe(tmp_path_factory.mktemp("qa") / "made_up_50um_v1.0")


def run_qa(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "napari_atlas_explorer", "qa", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def refusal(*words: object) -> str:
    """Return the one line with which a command line is refused."""
    answer = run_qa(*words)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.count("\n") == 1
    return answer.stderr


def test_an_unknown_group_is_refused_with_the_groups_that_exist(package):
    line = refusal(package, "--only", "nonsense")
    assert line.startswith(
        "atlas-explorer: --only: unknown group 'nonsense'; expected one of package, hierarchy, "
    )
    assert "bids" in line


def test_an_unknown_check_is_refused_with_the_closest_ones_and_the_groups(package):
    line = refusal(package, "--require", "mesh-opn")
    assert line.startswith("atlas-explorer: --require: unknown group or check 'mesh-opn'; ")
    assert "mesh-open" in line
    assert "a group (package, hierarchy, " in line
    assert "qa --help lists all codes" in line


def test_a_word_like_no_check_is_refused_with_the_way_to_list_all(package):
    line = refusal(package, "--require", "labels,xyzzy")
    assert "unknown group or check 'xyzzy'; expected a group (package, " in line
    assert "qa --help lists all codes" in line


def test_the_help_lists_the_code_of_every_check():
    from napari_atlas_explorer.qa.registry import CHECKS

    answer = run_qa("--help")
    assert answer.returncode == 0
    words = answer.stdout.replace(",", " ").split()
    assert {check.code for check in CHECKS} <= {*words}


def test_a_package_is_opened_once_and_its_tables_are_read_once(package, tmp_path):
    listing = tmp_path / "opened.json"
    subprocess.run(
        [sys.executable, "-c", COUNT_OPENS, listing, "qa", package, "--json", tmp_path / "qa.json"],
        capture_output=True,
        check=True,
    )
    assert (tmp_path / "qa.json").is_file()
    opened = Counter(json.loads(listing.read_text()))
    assert opened[str(package / "structures.json")] == 1
    assert opened[str(package / "metadata.json")] <= 2  # by its reader, and by the checks


def test_a_voxelbrain_hierarchy_is_read_once(tmp_path):
    import numpy as np

    from napari_atlas_explorer import VoxelData

    folder = tmp_path / "voxelbrain"
    folder.mkdir()
    ids = np.ones((4, 4, 4), np.uint32)
    VoxelData(ids, (25.0, 25.0, 25.0)).save_nrrd(folder / "brain_regions.nrrd")
    (folder / "hierarchy.json").write_text('{"id": 1, "acronym": "root", "name": "root"}')
    listing = tmp_path / "opened.json"
    subprocess.run(
        [sys.executable, "-c", COUNT_OPENS, listing, "qa", folder], capture_output=True, check=True
    )
    assert Counter(json.loads(listing.read_text()))[str(folder / "hierarchy.json")] == 1
