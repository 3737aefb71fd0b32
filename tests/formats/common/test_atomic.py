"""Files are written whole or not at all."""

from __future__ import annotations

import os

import pytest

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.common.atomic import atomic_write

from ...refusals import refused


def names(folder) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("as_path", [str, lambda p: p], ids=["str", "Path"])
def test_a_file_takes_its_place_when_it_is_whole(tmp_path, as_path):
    target = tmp_path / "a.nrrd"
    with atomic_write(as_path(target)) as temporary:
        temporary.write_text("new")
        assert not target.exists()
        assert temporary.parent == tmp_path
        assert temporary.suffix == ".nrrd"
    assert target.read_text() == "new"
    assert names(tmp_path) == ["a.nrrd"]


def test_the_old_file_stays_until_the_new_one_is_whole(tmp_path):
    target = tmp_path / "a.csv"
    target.write_text("old")
    with atomic_write(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"


def test_a_failure_leaves_the_old_file_and_no_rest(tmp_path):
    target = tmp_path / "a.csv"
    target.write_text("old")

    def write_half() -> None:
        with atomic_write(target) as temporary:
            temporary.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_half()
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.csv"]


def test_an_existing_file_is_refused_before_anything_is_done_unless_forced(tmp_path):
    target = tmp_path / "a.csv"
    target.write_text("old")
    refusal = refused(target, "exists", by=AtlasFileError, remedy="replace")
    with refusal, atomic_write(target, force=False):
        target.write_text("never")
    assert target.read_text() == "old"
    with atomic_write(tmp_path / "b.csv", force=False) as temporary:
        temporary.write_text("new")
    assert names(tmp_path) == ["a.csv", "b.csv"]


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with refused(tmp_path / "no", by=AtlasFileError), atomic_write(tmp_path / "no" / "a.csv"):
        pass


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    (tmp_path / "folder").mkdir()
    with (
        refused(tmp_path / "folder", "folder", by=AtlasFileError),
        atomic_write(tmp_path / "folder"),
    ):
        pass
    assert names(tmp_path) == ["folder"]


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX systems")
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "usual").write_text("")
    with atomic_write(tmp_path / "ours") as temporary:
        temporary.write_text("")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode
