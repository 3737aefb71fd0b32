"""Archives: unpacked once, and nothing that leaves its folder."""

from __future__ import annotations

import io
import shutil
import stat
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError

from .. import packages
from ..refusals import refused

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
