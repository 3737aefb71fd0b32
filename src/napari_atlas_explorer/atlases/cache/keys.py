"""Keys of cache entries: what tells one state of a source file from another."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from ...core.errors import AtlasFileError

SAMPLES = 16
"""Blocks of a file that are read for its key, first and last among them."""
SAMPLE_BYTES = 4096
MOST_SAMPLED = 64
"""Files of a folder of which blocks are read."""


def source_key(path: Path, *words: object) -> str:
    """Return the SHA-256 of a file's or folder's place, state and sampled contents.

    The state of each file is its size, times of modification and of change, and inode. Sampled
    contents tell files apart whose times were restored on systems without a time of change.

    Parameters
    ----------
    path
        The file, or a folder whose files all count: chunks are rewritten one by one.
    *words
        Whatever else the key depends on.

    Raises
    ------
    AtlasFileError
        If the file cannot be read.
    """
    try:
        return _digest_source(path.resolve(), words)
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({exc.strerror or exc})") from exc


def _digest_source(path: Path, words: tuple[object, ...]) -> str:
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    digest = hashlib.sha256(json.dumps([str(path), *words], default=str).encode())
    step = -(-len(files) // MOST_SAMPLED) or 1
    for n, file in enumerate(files):
        status = file.stat()
        name = file.relative_to(path).as_posix()
        times = (status.st_mtime_ns, status.st_ctime_ns)
        digest.update(f"{name}\0{status.st_size} {times} {status.st_ino}\n".encode())
        if n % step == 0:
            _add_samples(digest, file, status.st_size)
    return digest.hexdigest()


def _add_samples(digest: hashlib._Hash, file: Path, size: int) -> None:
    last = max(0, size - SAMPLE_BYTES)
    with file.open("rb", buffering=0) as stream:
        for start in sorted({last * n // (SAMPLES - 1) for n in range(SAMPLES)}):
            stream.seek(start, os.SEEK_SET)
            digest.update(stream.read(SAMPLE_BYTES))
