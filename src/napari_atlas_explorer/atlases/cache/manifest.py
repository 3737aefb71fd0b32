"""Manifests of cache folders: size, checksum and stamp of each file.

Opening compares sizes and stamps, which reads no data. The stamp of a file (inode, time of
change, time of modification) is another one after every write through the file system, also where
the time of modification was set back. Where it differs, as in a copied cache, and once in
`CHECK_DAYS`, every byte is read: CRC-32 runs at about 3 GB/s.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any

MISSING = "it is incomplete"
"""Doubt about a folder without a manifest."""
CHECK_DAYS = 30
"""Days after which every byte is read again: disks lose bits without a trace."""
BLOCK = 1 << 20
MOST_SYNCED = 64
"""Files that are synced one by one; more, such as chunks, are left to the system's own sync."""

_checked: dict[Path, object] = {}
"""Manifest and stamps of folders that this process has read, where no stamp can be written."""


def write_manifest(
    folder: Path, manifest: Path, source: str = "", skip: Collection[str] = ()
) -> None:
    """Flush a folder to disk, then write its manifest: complete from then on.

    Parameters
    ----------
    folder
        Holds the files.
    manifest
        The file of the manifest, in the folder or next to it.
    source
        What the folder was made of, for people.
    skip
        Names of files that do not count.
    """
    for left in manifest.parent.glob(f".{manifest.name}.*"):  # by a killed run
        left.unlink(missing_ok=True)
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file() and path != manifest)
    files = {path.relative_to(folder).as_posix(): path for path in paths}
    files = {name: path for name, path in files.items() if name not in skip}
    _sync_files(list(files.values()))
    rows = {name: _describe_file(path) for name, path in files.items()}
    _write_synced(manifest, source, rows)


def find_doubt(folder: Path, manifest: Path, every_byte: bool = False) -> str:
    """Return why a folder cannot be trusted; "" if it can.

    Files that the manifest does not name do not matter.

    Parameters
    ----------
    folder, manifest
        As of `write_manifest`.
    every_byte
        Whether to compare the checksums also where the stamps are as they were.
    """
    if not manifest.is_file() or not folder.is_dir():
        return MISSING
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
        rows = {str(name): dict(row) for name, row in document["files"].items()}
        if document["crc32"] != _checksum_rows(rows):
            return "its manifest has other contents than when it was written"
        stamps = {}
        for name, row in rows.items():
            try:
                status = (folder / name).stat()
            except OSError:
                return f"{name} is missing"
            if status.st_size != row["bytes"]:
                return f"{name} has {status.st_size} instead of {row['bytes']} bytes"
            stamps[name] = _stamp(status)
        seen = {name: (stamps[name], row["crc32"]) for name, row in rows.items()}
        is_recent = time.time() - manifest.stat().st_mtime < CHECK_DAYS * 86400
        trusted = is_recent and all(list(stamps[n]) == row["stamp"] for n, row in rows.items())
        if not every_byte and (trusted or _checked.get(folder) == seen):
            return ""
        for name, row in rows.items():
            if _checksum(folder / name) != row["crc32"]:
                return f"{name} has other contents than when it was made"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as exc:
        return f"its manifest cannot be read ({type(exc).__name__})"
    _checked[folder] = seen
    for name, row in rows.items():
        row["stamp"] = list(stamps[name])
    # A cache that can only be read is read whole by each process once.
    with suppress(OSError):
        _write_synced(manifest, str(document.get("source", "")), rows)
    return ""


def read_source(manifest: Path) -> str:
    """Return what a folder was made of; "" where it is not known."""
    try:
        return str(json.loads(manifest.read_text(encoding="utf-8"))["source"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def sync_file(path: Path) -> None:
    """Flush a file to disk."""
    # Windows syncs only what is open for writing.
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())


def _sync_files(files: list[Path]) -> None:
    if len(files) > MOST_SYNCED and hasattr(os, "sync"):
        os.sync()
        return
    for path in files:
        with suppress(PermissionError):  # archives hold files that may only be read
            sync_file(path)


def _describe_file(path: Path) -> dict[str, Any]:
    status = path.stat()
    return {"bytes": status.st_size, "crc32": _checksum(path), "stamp": list(_stamp(status))}


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_ctime_ns, status.st_mtime_ns


def _checksum(path: Path) -> int:
    total, block = 0, bytearray(BLOCK)
    view = memoryview(block)
    with path.open("rb", buffering=0) as stream:
        while n := stream.readinto(block):
            total = zlib.crc32(view[:n], total)
    return total


def _checksum_rows(rows: dict[str, dict[str, Any]]) -> int:
    return zlib.crc32(json.dumps(rows, sort_keys=True).encode())


def _write_synced(path: Path, source: str, rows: dict[str, dict[str, Any]]) -> None:
    document = {"source": source, "crc32": _checksum_rows(rows), "files": rows}
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as stream:
            json.dump(document, stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    if hasattr(os, "O_DIRECTORY"):  # the name itself, where folders can be synced
        handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with suppress(OSError):
                os.fsync(handle)
        finally:
            os.close(handle)
