"""Archives of packages, unpacked once into the cache."""

from __future__ import annotations

import lzma
import stat
import tarfile
import zipfile
import zlib
from contextlib import suppress
from functools import partial
from pathlib import Path

from ..core.errors import AtlasFileError
from .cache.entries import UNPACKED
from .cache.folder import cache_error, cache_folder, is_cache_fault
from .cache.keys import source_key
from .cache.staging import make_folder

ARCHIVE_SUFFIXES = (".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tar", ".zip")
MAX_UNPACKED_BYTES = 64 << 30
MAX_MEMBERS = 500_000

# A password or an unknown compression in a ZIP file is a RuntimeError.
DAMAGE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,
)


def is_archive(path: Path) -> bool:
    """Return whether a file's name is that of an archive."""
    return path.name.lower().endswith(ARCHIVE_SUFFIXES)


def unpack(path: Path) -> Path:
    """Unpack an archive into the cache unless it is already there; return the folder.

    Members that would leave the folder, links and devices are refused. What was damaged in the
    cache is unpacked again.

    Raises
    ------
    CacheError
        If the cache has no room, or may not be written.
    """
    target = cache_folder(UNPACKED) / f"{path.name.split('.')[0]}-{source_key(path)[:16]}"
    make = partial(unpack_into, path)
    return make_folder(target, make, str(path), lambda: _estimate_size(path))


def _estimate_size(path: Path) -> int:
    """Return the bytes that an archive takes unpacked: as a ZIP states, else at least its own."""
    if path.name.lower().endswith(".zip"):
        with suppress(*DAMAGE), zipfile.ZipFile(path) as archive:
            return min(sum(m.file_size for m in archive.infolist()), MAX_UNPACKED_BYTES)
    return path.stat().st_size


def unpack_into(path: Path, folder: Path) -> None:
    """Unpack an archive into an empty folder.

    Raises
    ------
    AtlasFileError
        If it is damaged, too large, or holds links, devices or members that leave the folder;
        what was unpacked until then is left in the folder.
    CacheError
        If the folder has no room or may not be written: the archive may be sound.
    """
    try:
        if path.name.lower().endswith(".zip"):
            _unzip(path, folder)
        else:
            _untar(path, folder)
    except DAMAGE as exc:
        if isinstance(exc, OSError) and is_cache_fault(exc) and exc.filename != str(path):
            raise cache_error(folder, exc) from exc
        raise AtlasFileError(path, f"the archive is damaged or not safe ({exc})") from exc


def _untar(path: Path, folder: Path) -> None:
    total = 0
    with tarfile.open(path) as archive:
        for n, member in enumerate(archive):
            total += member.size
            _check_size(path, total, n)
            if member.issym() or member.islnk():
                raise AtlasFileError(path, f"its member {member.name!r} is a link", "files only")
            # The "data" filter refuses ".." and devices and makes absolute paths relative.
            archive.extract(member, folder, filter="data")
        if archive.fileobj is not None:
            # The checksum of a compressed stream is verified at its end.
            while block := archive.fileobj.read(1 << 20):
                total += len(block)
                _check_size(path, total, 0)


def _unzip(path: Path, folder: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        _check_size(path, sum(m.file_size for m in members), len(members))
        for member in members:
            destination = (folder / member.filename).resolve()
            if not destination.is_relative_to(folder.resolve()):
                raise AtlasFileError(path, f"its member {member.filename!r} leaves the folder")
            if stat.S_ISLNK(member.external_attr >> 16):
                raise AtlasFileError(
                    path, f"its member {member.filename!r} is a link", "files only"
                )
            archive.extract(member, folder)


def _check_size(path: Path, total: int, members: int) -> None:
    if total > MAX_UNPACKED_BYTES or members > MAX_MEMBERS:
        raise AtlasFileError(
            path,
            f"it unpacks to more than {total} bytes in {members} files",
            f"at most {MAX_UNPACKED_BYTES} bytes in {MAX_MEMBERS} files",
        )
