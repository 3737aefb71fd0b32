"""Folders change places at once, or not at all, whenever the process is killed."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from napari_atlas_explorer.formats.common.staging import (
    recover_folder,
    replace_paths,
    staging_folder,
)

from ...packaging.handmade import contents


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    for name in ("there/one", "there/two", "there/old", "work/new one", "work/new three"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "file").write_text(name)
    (tmp_path / "work" / "archive").write_text("new archive")
    (tmp_path / "there" / "archive").write_text("old archive")
    return tmp_path


def moves(place: Path) -> dict[Path, Path]:
    there, work = place / "there", place / "work"
    return {
        there / "one": work / "new one",
        there / "deep" / "three": work / "new three",
        there / "archive": work / "archive",
    }


def test_new_ones_take_the_place_of_old_ones(place):
    with replace_paths(moves(place), place / "work", [place / "there" / "old"]):
        pass
    assert contents(place / "there") == {
        "one/file": b"work/new one",
        "two/file": b"there/two",
        "deep/three/file": b"work/new three",
        "archive": b"new archive",
    }


@pytest.mark.parametrize("kind", [KeyboardInterrupt, OSError, ValueError])
def test_whatever_happens_within_puts_the_old_ones_back(place, kind):
    before = contents(place / "there")
    with pytest.raises(kind):  # noqa: SIM117
        with replace_paths(moves(place), place / "work", [place / "there" / "old"]):
            raise kind
    assert contents(place / "there") == before


def test_a_source_that_is_gone_puts_the_old_ones_back(place):
    before = contents(place / "there")
    gone = {**moves(place), place / "there" / "two": place / "work" / "nothing"}
    with pytest.raises(FileNotFoundError), replace_paths(gone, place / "work"):
        pass
    assert contents(place / "there") == before


# ---- Killed processes ----------------------------------------------------------------------------


def swap(there: Path) -> None:
    """Replace two folders and a file, add a folder, remove one."""
    with staging_folder(there) as work:
        for name in ("one", "two", "three"):
            (work / name).mkdir()
            (work / name / "file").write_text(f"new {name}")
        (work / "archive").write_text("new archive")
        targets = {there / name: work / name for name in ("one", "two", "three", "archive")}
        with replace_paths(targets, work, [there / "old"]):
            pass


def kill_before(operation: int) -> None:
    """Kill this process before its n-th change of a file or folder, as the system would."""
    left = operation
    changes = (
        "os.rename",
        "os.mkdir",
        "os.remove",
        "os.rmdir",
        "os.chmod",
        "os.link",
        "os.truncate",
    )

    def count(event: str, args: tuple[object, ...]) -> None:
        nonlocal left
        flags = args[2] if event == "open" and len(args) > 2 else 0
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if event in changes or writes:
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_before_any_change_the_next_run_finds_old_or_new(tmp_path):
    there = tmp_path / "there"
    for name in ("one", "two", "old"):
        (there / name).mkdir(parents=True)
        (there / name / "file").write_text(f"old {name}")
    (there / "archive").write_text("old archive")
    old = contents(there)
    shutil.copytree(there, tmp_path / "copy")
    swap(tmp_path / "copy")
    new = contents(tmp_path / "copy")
    assert new == {
        "one/file": b"new one",
        "two/file": b"new two",
        "three/file": b"new three",
        "archive": b"new archive",
    }
    seen = []
    for operation in range(200):
        place = tmp_path / f"run {operation}"
        shutil.copytree(there, place)
        child = os.fork()
        if not child:
            kill_before(operation)
            swap(place)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        recover_folder(place)
        state = contents(place)
        assert state in (old, new), operation
        assert not list(place.glob(".*")) or os.WIFSIGNALED(status)
        seen.append(state == new)
        if not os.WIFSIGNALED(status):
            break
    assert not os.WIFSIGNALED(status)
    assert len(seen) > 20
    assert seen == sorted(seen)  # once it is new, it stays


def test_the_staging_folder_of_a_running_process_is_left_alone(tmp_path):
    with staging_folder(tmp_path) as first:
        (first / "file").write_text("half")
        with staging_folder(tmp_path) as second:
            assert first.is_dir()
            assert second != first
        assert (first / "file").read_text() == "half"
    assert list(tmp_path.iterdir()) == []


def test_a_staging_folder_without_a_lock_goes_unless_it_holds_something(tmp_path):
    empty, full = (tmp_path / f".{name}.0123456789ab.partial" for name in ("empty", "full"))
    other = tmp_path / ".other.partial"
    for folder in (empty, full, other):
        folder.mkdir()
    (full / "file").write_text("kept")
    recover_folder(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([full, other])


def test_what_cannot_be_put_back_stays_in_the_staging_folder(place):
    there = place / "there"
    target = there / "two" / "deep"
    target.mkdir()
    (target / "file").write_text("old")

    def swap_and_block() -> None:
        with staging_folder(there) as work:
            (work / "new").mkdir()
            with replace_paths({target: work / "new"}, work):
                shutil.rmtree(there / "two")
                (there / "two").write_text("theirs")
                raise ZeroDivisionError

    with pytest.raises(NotADirectoryError):
        swap_and_block()
    with pytest.raises(NotADirectoryError):
        recover_folder(there)
    (there / "two").unlink()
    (there / "two").mkdir()
    assert recover_folder(there) == [target.resolve()]
    assert contents(there / "two") == {"deep/file": b"old"}
    assert not list(there.glob(".*"))


def test_other_hidden_folders_are_left_alone(tmp_path):
    (tmp_path / ".mine.partial").mkdir()
    (tmp_path / ".mine.partial" / "file").write_text("kept")
    assert recover_folder(tmp_path) == []
    assert (tmp_path / ".mine.partial" / "file").read_text() == "kept"


def test_a_damaged_journal_removes_nothing_that_has_a_place(place):
    work = place / "there" / ".x.partial"
    work.mkdir()
    (work / ".lock").write_text("")
    (work / ".journal.json").write_text('{"aside": 3}')
    before = contents(place / "there" / "one")
    assert recover_folder(place / "there") == []
    assert contents(place / "there" / "one") == before
