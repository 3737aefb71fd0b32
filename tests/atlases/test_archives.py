"""Archives: unpacked once, and nothing that leaves its folder."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.archives import unpack_into
from napari_atlas_explorer.atlases.cache.entries import sweep_leftovers
from napari_atlas_explorer.core.errors import AtlasFileError, CacheError

from .. import packages
from ..refusals import refused
from ..small_files import small_files

TAR_KINDS = {".tar.gz": "w:gz", ".tgz": "w:gz", ".tar.xz": "w:xz", ".tar.bz2": "w:bz2", ".tar": "w"}


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    """A cache of this test's own, so that what is left behind can be seen."""
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def left_behind(cache: Path) -> list[Path]:
    return [p for p in cache.rglob("*") if p != cache / "unpacked" and p.suffix != ".lock"]


def packed(folder: Path, suffix: str) -> Path:
    """Archive of a folder beside it."""
    path = folder.parent / f"{folder.name}{suffix}"
    if suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for file in sorted(folder.rglob("*")):
                archive.write(file, file.relative_to(folder.parent))
    else:
        with tarfile.open(path, TAR_KINDS[suffix]) as archive:
            archive.add(folder, folder.name)
    return path


@pytest.mark.parametrize("suffix", [*TAR_KINDS, ".zip"])
def test_a_packed_atlas_opens_like_its_folder(tmp_path, cache, suffix):
    folder = packages.brainglobe_v2(tmp_path / "made_up_100um_v1.2")
    path = packed(folder, suffix)
    shutil.rmtree(folder)
    atlas = open_atlas(str(path))
    assert atlas.name == "made_up_100um v1.2"
    np.testing.assert_array_equal(atlas.annotation, packages.label_ids())
    assert atlas.path.is_relative_to(cache)
    assert not folder.exists()


def test_files_without_a_folder_around_them_open_too(tmp_path, cache):
    folder = packages.home_made(tmp_path / "flat")
    with zipfile.ZipFile(tmp_path / "flat.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, file.name)
    assert open_atlas(tmp_path / "flat.zip").region_map.find("Thalamus", "name") == {549}


def test_an_archive_is_unpacked_once_and_again_when_it_has_changed(tmp_path, cache):
    folder = packages.home_made(tmp_path / "mine")
    path = packed(folder, ".zip")
    first = open_atlas(path).path
    (first / "kept.note").write_text("")
    assert open_atlas(path).path == first
    assert (first / "kept.note").exists()
    (folder / "labels.txt").write_text(packages.ITKSNAP_LABELS.replace("Thalamus", "TH"))
    (folder / "more.md").write_text("more, so that the size differs")
    path.unlink()
    again = open_atlas(packed(folder, ".zip"))
    assert again.path != first
    assert again.region_map.find("TH", "name") == {549}


def evil_tar(path: Path, member: tarfile.TarInfo, content: bytes = b"evil") -> Path:
    with tarfile.open(path, "w:gz") as archive:
        good = tarfile.TarInfo("good.txt")
        good.size = 4
        archive.addfile(good, io.BytesIO(b"good"))
        if member.isreg():
            member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return path


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("../escaped.txt"),
        tarfile.TarInfo("a/../../escaped.txt"),
        link("link", "..", tarfile.SYMTYPE),
        link("link", "/", tarfile.SYMTYPE),
        link("link", "good.txt", tarfile.SYMTYPE),
        link("link", "good.txt", tarfile.LNKTYPE),
        link("device", "", tarfile.CHRTYPE),
        link("pipe", "", tarfile.FIFOTYPE),
    ],
    ids=[
        "parent",
        "inner parent",
        "link up",
        "link to root",
        "inner link",
        "hard link",
        "device",
        "pipe",
    ],
)
def test_a_tar_member_that_leaves_or_is_no_file_is_refused_with_nothing_left(
    tmp_path, cache, member
):
    path = evil_tar(tmp_path / "evil.tar.gz", member)
    with refused(path, by=AtlasFileError):
        open_atlas(path)
    assert left_behind(cache) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cache", "evil.tar.gz"]


def test_an_absolute_tar_member_is_not_written_where_it_says(tmp_path, cache):
    target = tmp_path / "absolute.txt"
    path = evil_tar(tmp_path / "evil.tar.gz", tarfile.TarInfo(str(target)))
    with refused(path, by=AtlasFileError):
        open_atlas(path)
    assert not target.exists()


@pytest.mark.parametrize("name", ["../escaped.txt", "a/../../escaped.txt", "/absolute.txt", "link"])
def test_a_zip_member_that_leaves_or_is_a_link_is_refused_with_nothing_left(tmp_path, cache, name):
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.txt", "good")
        member = zipfile.ZipInfo(name)
        if name == "link":
            member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "..")
    with refused(path, repr(name), by=AtlasFileError):
        open_atlas(path)
    assert left_behind(cache) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cache", "evil.zip"]


@pytest.mark.parametrize("suffix", [*TAR_KINDS, ".zip"])
@pytest.mark.parametrize("damage", ["text", "empty", "cut off", "changed"])
def test_a_damaged_archive_is_refused_with_nothing_left(tmp_path, cache, suffix, damage):
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "noise.bin").write_bytes(np.random.default_rng(1).bytes(50_000))
    path = packed(folder, suffix)
    good = path.read_bytes()
    bad = {
        "text": b"just a text",
        "empty": b"",
        "cut off": good[: len(good) // 2],
        "changed": good[:20_000] + bytes(2000) + good[22_000:],
    }[damage]
    path.write_bytes(bad)
    with refused(path, by=AtlasFileError):
        open_atlas(path)
    # An uncompressed tar has no checksum of its contents: it unpacks, to no atlas.
    assert left_behind(cache) == [] or (suffix, damage) == (".tar", "changed")


@pytest.mark.parametrize("suffix", [".tar.xz", ".zip"])
def test_a_full_disk_is_a_fault_of_the_cache(tmp_path, cache, suffix):
    folder = packages.home_made(tmp_path / "mine")
    (folder / "large.bin").write_bytes(bytes(2_000_000))
    path = packed(folder, suffix)
    with small_files(1_000_000), refused(cache, "ATLAS_EXPLORER_CACHE", by=CacheError):
        open_atlas(path)
    assert left_behind(cache) == []
    assert open_atlas(path).region_map.find("Thalamus", "name") == {549}


@pytest.mark.parametrize("code", ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM"])
def test_a_disk_that_takes_nothing_is_not_called_a_damaged_archive(tmp_path, monkeypatch, code):
    path = packed(packages.home_made(tmp_path / "mine"), ".tar")

    def fail(*args, **kwargs):
        raise OSError(getattr(errno, code), "no room", "some file")

    monkeypatch.setattr(tarfile.TarFile, "makefile", fail)  # no test can fill a disk
    with refused(tmp_path / "into", "no room", by=CacheError):
        unpack_into(path, tmp_path / "into")


DAMAGES = {
    "a file is gone": lambda f: (f / "labels.txt").unlink(),
    "a file is empty": lambda f: (f / "labels.txt").write_text(""),
    "a file was overwritten": lambda f: (f / "labels.txt").write_bytes(
        bytes((f / "labels.txt").stat().st_size)
    ),
    "a folder is gone": shutil.rmtree,
}


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_was_damaged_in_the_cache_is_unpacked_again(tmp_path, cache, suffix, damage, caplog):
    path = packed(packages.home_made(tmp_path / "mine"), suffix)
    damage(open_atlas(path).path)
    assert not caplog.messages
    assert open_atlas(path).region_map.find("Thalamus", "name") == {549}
    (note,) = caplog.messages
    assert str(path) in note
    assert "made again" in note
    assert open_atlas(path).region_map.find("Thalamus", "name") == {549}
    assert len(caplog.messages) == 1


def test_an_archive_that_changed_in_its_place_is_unpacked_again(tmp_path, cache):
    folder = packages.home_made(tmp_path / "mine")
    path = packed(folder, ".tar")
    assert open_atlas(path).region_map.find("Thalamus", "name") == {549}
    status, stored = path.stat(), path.read_bytes()
    path.write_bytes(stored.replace(b"Thalamus", b"Talamoid"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert open_atlas(path).region_map.find("Talamoid", "name") == {549}


def test_archives_that_were_not_used_for_a_day_make_room(tmp_path, cache, monkeypatch):
    first, second, third = (
        packed(packages.home_made(tmp_path / name), ".zip") for name in ("a", "b", "c")
    )
    old, recent = open_atlas(first).path, open_atlas(second).path
    os.utime(old.parent, (1, 1))
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE_BYTES", "1")
    new = open_atlas(third).path
    # What is in use may be open in a window, which reads its files when they are needed.
    assert [path.exists() for path in (old, recent, new)] == [False, True, True]
    assert open_atlas(first).region_map.find("Thalamus", "name") == {549}


def test_what_a_killed_run_left_is_swept_when_its_lock_is_free(tmp_path, cache):
    path = packed(packages.home_made(tmp_path / "mine"), ".zip")
    target = open_atlas(path).path.parent
    other, old = cache / "unpacked" / ".other-1.partial", cache / "unpacked" / ".az2xjp3"
    for folder in (other, old):
        folder.mkdir()
        (folder / "half").write_text("")
    os.utime(old, (1, 1))  # of a version that knew no locks
    held = FileLock(cache / "unpacked" / "other-1.lock")
    with held:
        assert sweep_leftovers() == [old]
        assert other.exists()
    assert sweep_leftovers() == [other]
    assert target.exists()


def test_an_archive_with_a_password_is_refused(tmp_path, cache):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("good.txt", "good")
    data = bytearray(path.read_bytes())
    data[6] |= 1  # flag "encrypted" of the local header
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and of the directory
    path.write_bytes(data)
    with refused(path, "password", by=AtlasFileError):
        open_atlas(path)
    assert left_behind(cache) == []


def test_an_archive_that_holds_no_atlas_is_refused(tmp_path, cache):
    path = evil_tar(tmp_path / "texts.tar.gz", tarfile.TarInfo("other.txt"))
    with refused("texts", "BrainGlobe", by=AtlasFileError):
        open_atlas(path)


def test_an_archive_that_is_not_there_is_refused(tmp_path, cache):
    with refused(tmp_path / "none.zip", by=AtlasFileError):
        open_atlas(tmp_path / "none.zip")
