"""Files are written whole or not at all."""

from __future__ import annotations

import errno
import os
import sys
import threading
from pathlib import Path

import pytest

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.common.atomic import atomic_write, atomic_writes

from ...refusals import refused


def names(folder) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


@pytest.mark.parametrize("as_path", [str, lambda p: p], ids=["str", "Path"])
def test_a_file_takes_its_place_when_it_is_whole(tmp_path, as_path):
    target = tmp_path / "a.nrrd"
    with atomic_write(as_path(target)) as temporary:
        temporary.write_text("new")
        assert not target.exists()
        assert temporary.parent.parent == tmp_path  # on the disk of the target
        assert temporary.name == "a.nrrd"
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


def test_the_folder_that_is_not_there_is_quoted_where_it_has_control_characters(tmp_path):
    target = tmp_path / "no\x1b[31m" / "a.csv"
    with refused(rf"there is no folder '{tmp_path}/no\x1b[31m'"), atomic_write(target):
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


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX systems")
def test_a_file_that_is_replaced_keeps_its_permissions(tmp_path):
    target = tmp_path / "private.csv"
    target.write_text("old")
    target.chmod(0o600)
    with atomic_write(target) as temporary:
        temporary.write_text("new")
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.read_text() == "new"


def test_a_file_that_another_process_makes_meanwhile_is_not_replaced(tmp_path):
    target = tmp_path / "a.csv"
    with (
        refused(target, "exists", by=AtlasFileError, remedy="replace"),
        atomic_write(target, force=False) as temporary,
    ):
        temporary.write_text("ours")
        target.write_text("theirs")
    assert target.read_text() == "theirs"
    assert names(tmp_path) == ["a.csv"]


def test_of_several_writers_of_a_new_file_one_succeeds(tmp_path):
    target, n = tmp_path / "a.csv", 8
    together, refusals, written = threading.Barrier(n), [], []

    def write(k: int) -> None:
        try:
            with atomic_write(target, force=False) as temporary:
                temporary.write_text(str(k))
                together.wait()
            written.append(str(k))
        except AtlasFileError as exc:
            refusals.append(str(exc))

    threads = [threading.Thread(target=write, args=(k,)) for k in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert written == [target.read_text()]
    assert len(refusals) == n - 1
    assert names(tmp_path) == ["a.csv"]


def test_a_file_system_without_links_takes_new_files_too(tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    with atomic_write(tmp_path / "a.csv", force=False) as temporary:
        temporary.write_text("new")
    assert (tmp_path / "a.csv").read_text() == "new"
    assert names(tmp_path) == ["a.csv"]


def test_a_full_disk_names_the_target(tmp_path):
    target = tmp_path / "a.csv"
    with pytest.raises(OSError, match="No space left") as caught, atomic_write(target):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.filename == str(target)
    assert names(tmp_path) == []


def test_errors_of_other_files_keep_their_name(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, atomic_write(tmp_path / "a.csv"):
        (tmp_path / "source.csv").read_text()
    assert caught.value.filename == str(tmp_path / "source.csv")


@pytest.mark.skipif(sys.platform != "linux", reason="names of open files from /proc")
def test_the_new_file_is_on_the_disk_before_it_takes_the_name(tmp_path, monkeypatch):
    synced = []
    real = os.fsync

    def note(handle: int) -> None:
        opened = Path(f"/proc/self/fd/{handle}").readlink()
        synced.append((opened, (tmp_path / "a.csv").exists()))
        real(handle)

    monkeypatch.setattr(os, "fsync", note)
    with atomic_write(tmp_path / "a.csv") as temporary:
        temporary.write_text("new")
    assert synced == [(temporary, False), (tmp_path, True)]
    with atomic_write(tmp_path / "b.csv", durable=False) as temporary:
        temporary.write_text("new")
    assert len(synced) == 2


# ---- Files that belong together ------------------------------------------------------------------


@pytest.fixture
def pair(tmp_path: Path) -> list[Path]:
    """Two old files."""
    targets = [tmp_path / "a.tif", tmp_path / "a.tif.recipe.json"]
    for target in targets:
        target.write_text("old")
    return targets


def texts(targets: list[Path]) -> list[str]:
    return [target.read_text() for target in targets]


def test_files_take_their_places_together(tmp_path, pair):
    with atomic_writes(pair) as temporaries:
        assert [t.name for t in temporaries] == [t.name for t in pair]
        temporaries[0].write_text("new")
        # A writer of ours that replaces its target writes the temporary file itself.
        with atomic_write(temporaries[1]) as inner:
            inner.write_text("new")
        assert texts(pair) == ["old", "old"]
    assert texts(pair) == ["new", "new"]
    assert names(tmp_path) == ["a.tif", "a.tif.recipe.json"]


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_failure_at_the_last_of_several_files_leaves_all_old_ones(tmp_path, pair, error):
    def write_and_fail() -> None:
        with atomic_writes(pair) as temporaries:
            for temporary in temporaries:
                temporary.write_text("new")
            raise error

    with pytest.raises(error):
        write_and_fail()
    assert texts(pair) == ["old", "old"]
    assert names(tmp_path) == ["a.tif", "a.tif.recipe.json"]


def test_a_folder_in_the_place_of_one_of_several_files_leaves_all_as_they_are(tmp_path, pair):
    with refused(pair[1], "folder", by=AtlasFileError), atomic_writes(pair) as temporaries:
        for temporary in temporaries:
            temporary.write_text("new")
        pair[1].unlink()
        pair[1].mkdir()
        (pair[1] / "file").write_text("theirs")
    assert pair[0].read_text() == "old"
    assert (pair[1] / "file").read_text() == "theirs"
    assert names(tmp_path) == ["a.tif", "a.tif.recipe.json"]


def test_none_of_several_files_is_written_where_one_exists(tmp_path, pair):
    pair[0].unlink()
    with refused(pair[1], "exists", by=AtlasFileError, remedy="replace"):  # noqa: SIM117
        with atomic_writes(pair, force=False):
            pass
    pair[1].unlink()
    with refused(pair[1], "exists", by=AtlasFileError), atomic_writes(pair, force=False):
        pair[1].write_text("theirs")
    assert names(tmp_path) == ["a.tif.recipe.json"]
    assert pair[1].read_text() == "theirs"


def test_an_error_about_a_temporary_file_names_its_target(pair):
    with refused(pair[1], "too odd", "another", by=AtlasFileError), atomic_writes(pair) as files:
        raise AtlasFileError(files[1], "too odd", "another")
    with pytest.raises(OSError, match="No space left") as caught, atomic_writes(pair) as files:
        raise OSError(errno.ENOSPC, "No space left on device", str(files[1]))
    assert caught.value.filename == str(pair[1])


def test_names_of_any_length_are_written(tmp_path):
    target = tmp_path / ("é" * 123 + ".nii.gz")
    with atomic_write(target) as temporary:
        temporary.write_text("new")
    assert names(tmp_path) == [target.name]
