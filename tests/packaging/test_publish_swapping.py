"""Folders change places at once, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_atlas_explorer.packaging.publish import replace_folder

from .handmade import contents


@pytest.fixture
def place(tmp_path: Path) -> Path:
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
    with replace_folder(moves(place), place / "work", [place / "there" / "old"]):
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
        with replace_folder(moves(place), place / "work", [place / "there" / "old"]):
            raise kind
    assert contents(place / "there") == before


def test_a_source_that_is_gone_puts_the_old_ones_back(place):
    before = contents(place / "there")
    gone = {**moves(place), place / "there" / "two": place / "work" / "nothing"}
    with pytest.raises(FileNotFoundError), replace_folder(gone, place / "work"):
        pass
    assert contents(place / "there") == before
