"""Outputs are old or new, files that belong together both, wherever a process is stopped.

Each kind of output is written by the product's own writer. A process is killed before each change
of a file or folder, as the system kills one that takes too much memory; and writes fail, by a
limit of the system's on sizes and on a disk that is full.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("forks, limits and disks of Linux", allow_module_level=True)

from . import old_or_new
from .old_or_new import NEW, OLD, OUTPUTS

pytestmark = pytest.mark.slow

TOGETHER = {kind for kind, output in OUTPUTS.items() if output.read is not None}
"""Kinds with files that belong together."""
CHANGES_OF_ONE_FILE = 8
"""Folder, lock, file, opening, rename, and three to clear up: fewer were not counted."""


@pytest.fixture(scope="module")
def writers() -> Iterator[ProcessPoolExecutor]:
    """A process that imports everything once and forks for each attempt."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("kind", OUTPUTS)
def test_killed_before_any_change_an_output_is_old_or_new(writers, tmp_path: Path, kind):
    attempts = writers.submit(old_or_new.kill_at_each, kind, tmp_path).result()
    for number, attempt in enumerate(attempts):
        # Files that change together may be seen in between, until one of our readers or writers
        # looks; a single file never.
        if kind not in TOGETHER:
            assert set(attempt["left"]) <= {OLD, NEW}, number
        assert attempt["missing"] == [], number
        assert set(attempt["after"]) <= {OLD, NEW}, number
        assert attempt.get("read", attempt["after"]) == attempt["after"], number
        assert attempt.get("agree", True), number
        assert attempt["hidden"] == [], number
    assert [attempt["killed"] for attempt in attempts] == [True] * (len(attempts) - 1) + [False]
    assert len(attempts) > CHANGES_OF_ONE_FILE
    for states in zip(*(attempt["after"] for attempt in attempts), strict=True):
        new = [state == NEW for state in states]
        assert new == sorted(new)  # once it is new, it stays
        assert new[-1]
    if kind in TOGETHER:
        assert any("neither" in attempt["left"] for attempt in attempts)


@pytest.mark.parametrize("kind", OUTPUTS)
def test_a_file_that_may_not_grow_leaves_the_old_output(writers, tmp_path: Path, kind):
    attempts = writers.submit(old_or_new.fail_at_sizes, kind, tmp_path).result()
    assert_old_with_one_line(attempts, "File too large")
    assert len(attempts) > 4


@pytest.mark.parametrize("kind", OUTPUTS)
def test_a_full_disk_leaves_the_old_output(writers, tmp_path: Path, kind):
    attempts = writers.submit(old_or_new.fail_on_full_disk, kind, tmp_path).result()
    if attempts is None:
        pytest.skip("this system lets no process mount a disk of its own")
    assert_old_with_one_line(attempts, "No space left on device")
    # Without any room, and without room for a folder, its lock, and the file.
    assert [a["code"] for a in attempts if a["limit"] == 0] == [2, 2]
    assert len(attempts) > 5


def assert_old_with_one_line(attempts: list[dict], problem: str) -> None:
    assert [a for a in attempts if a["code"] == 0]
    for attempt in attempts:
        assert attempt["hidden"] == [], attempt
        if attempt["code"] == 0:
            assert set(attempt["state"]) == {NEW}
            continue
        assert attempt["code"] == 2, attempt
        assert OLD in attempt["state"], attempt
        assert set(attempt["state"]) <= {OLD, NEW}, attempt
        lines = attempt["errors"].splitlines()
        errors = [line for line in lines if line.startswith("atlas-explorer: ")]
        assert len(errors) == 1, attempt
        assert problem in errors[0]
        assert "/out/" in errors[0]
        assert ".partial" not in errors[0]
        assert lines[-1] == errors[0]
