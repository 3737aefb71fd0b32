"""Download folder: complete or absent, with a record of the sources of its files.

Files arrive in ``.NAME.part``; the folder is renamed when all are complete.
Nothing in it is changed after that. It is cleared by deleting it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from ...core.errors import AtlasError, AtlasFileError
from ...formats.common.text import load_json
from ..cache.folder import require_cache_folder
from ..cache.locks import take_lock

RECORD = ".download.json"
LOCKS = "locks"
"""Folder within the cache."""
SOURCE = ".source"
"""In a folder that grows: what it is a download of."""
KNOWN, FIRST_USE = "known beforehand", "first download"


@dataclass(frozen=True)
class FetchedFile:
    """File that was downloaded.

    Attributes
    ----------
    name
        In the folder; an archive's is that of the archive, which is not kept.
    url
        Where from.
    sha256
        Check sum, as hexadecimal digits.
    trust
        Whether the checksum was `KNOWN` or is that of the `FIRST_USE`.
    kept
        Whether the file is in the folder.
    """

    name: str
    url: str
    sha256: str
    trust: str
    kept: bool = True


@dataclass(frozen=True)
class Record:
    """Record of the sources of a folder's files."""

    source: str
    files: tuple[FetchedFile, ...]

    def write(self, folder: Path) -> None:
        """Write the record into the folder."""
        document = {"source": self.source, "files": [asdict(f) for f in self.files]}
        (folder / RECORD).write_text(json.dumps(document, indent=1), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Record:
        """Read the record of a folder.

        Raises
        ------
        AtlasFileError
            If there is none, or it cannot be read.
        """
        path = folder / RECORD
        if not path.is_file():
            raise AtlasFileError(
                folder, "the folder was not made by a download", "another name, or to be deleted"
            )
        try:
            document = load_json(path)
            return cls(str(document["source"]), tuple(FetchedFile(**f) for f in document["files"]))
        except (TypeError, KeyError) as exc:
            raise AtlasFileError(path, "no record of a download", "the folder deleted") from exc


def check_unchanged(folder: Path, source: str) -> Record:
    """Check that a folder is the download of a source, and that its files are unchanged.

    Raises
    ------
    AtlasFileError
        If it is another's, or a file is missing or has other bytes than when it came.
    """
    from pooch import file_hash

    record = Record.read(folder)
    if record.source != source:
        raise AtlasFileError(
            folder, f"a download of {record.source}", f"one of {source} (give another name)"
        )
    for file in record.files:
        path = folder / file.name
        if file.kept and not path.is_file():
            raise AtlasFileError(path, "the file is gone", f"{folder} deleted, to fetch it again")
        if file.kept and file_hash(str(path)) != file.sha256:
            raise AtlasFileError(
                path,
                "its SHA-256 is no longer that of the download",
                f"{file.sha256} ({file.trust}); delete {folder} to fetch it again",
            )
    return record


@contextmanager
def stage(target: Path, source: str) -> Iterator[Path]:
    """Yield the folder in which a download grows; it stays if the work ends early.

    A partial download of another source is deleted.

    Raises
    ------
    AtlasError
        If another process is at it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = target.with_name(f".{target.name}.part")
    lock = take_lock(_choose_lock(target), partial(_refuse_existing, target))
    try:
        begun = folder / SOURCE
        if folder.exists() and not (begun.is_file() and begun.read_bytes() == source.encode()):
            discard(folder)
        folder.mkdir(exist_ok=True)
        begun.write_text(source, encoding="utf-8")
        yield folder
    finally:
        if folder.is_dir() and [p.name for p in folder.iterdir()] == [SOURCE]:
            discard(folder)  # nothing has arrived
        lock.release()


def publish(folder: Path, target: Path) -> None:
    """Rename a complete folder to its final name."""
    (folder / SOURCE).unlink(missing_ok=True)
    folder.replace(target)


def discard(folder: Path) -> None:
    """Delete partial files that cannot be resumed."""
    shutil.rmtree(folder, ignore_errors=True)


def _choose_lock(target: Path) -> Path:
    """Return a lock in the cache: the target's folder is for atlases only."""
    name = hashlib.sha256(str(target.absolute()).encode()).hexdigest()[:32]
    return require_cache_folder(LOCKS) / f"{name}.lock"


def _refuse_existing(target: Path) -> None:
    raise AtlasError(f"{target}: being downloaded already; expected to wait until that has ended")
