"""Archives of packages, unpacked once into the cache."""

from __future__ import annotations

import hashlib
import lzma
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from pathlib import Path

from ..core.errors import AtlasFileError
from .cache.folder import cache_folder

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

    Members that would leave the folder, links and devices are refused.
    """
    status = path.stat()
    stamp = f"{path.resolve()}:{status.st_size}:{status.st_mtime_ns}"
    key = hashlib.sha256(stamp.encode()).hexdigest()[:16]
    target = cache_folder("unpacked") / f"{path.name.split('.')[0]}-{key}"
    if target.is_dir():
        return target
    # Unpacked next to the target and renamed when complete: a crash leaves no half package.
    temporary = Path(tempfile.mkdtemp(prefix=".", dir=target.parent))
    try:
        unpack_into(path, temporary)
        temporary.replace(target)
    except OSError as exc:
        if target.is_dir():  # another process was quicker
            return target
        raise AtlasFileError(path, f"cannot be unpacked ({exc})") from exc
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return target


def unpack_into(path: Path, folder: Path) -> None:
    """Unpack an archive into an empty folder.

    Raises
    ------
    AtlasFileError
        If it is damaged, too large, or holds links, devices or members that leave the folder;
        what was unpacked until then is left in the folder.
    """
    try:
        if path.name.lower().endswith(".zip"):
            _unzip(path, folder)
        else:
            _untar(path, folder)
    except DAMAGE as exc:
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
