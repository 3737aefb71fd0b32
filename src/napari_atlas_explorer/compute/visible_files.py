"""Whether two processes see the same files: facts that each finds at a path."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..core.figures import grouped

SAMPLE_BYTES = 1 << 20
"""Read at the beginning, in the middle and at the end of a file."""
SAMPLED_FILES = 20
"""Largest files of a folder that are sampled; of all others the size is compared."""
NOT_THERE, FILE, FOLDER = "nothing", "a file", "a folder"


@dataclass(frozen=True)
class FileFacts:
    """What is at a path.

    Attributes
    ----------
    kind
        `NOT_THERE`, `FILE`, `FOLDER`, or why it cannot be read.
    files, size
        Number of files, and their bytes.
    digest
        SHA-256 over names, sizes and samples of the contents.
    """

    kind: str
    files: int = 0
    size: int = 0
    digest: str = ""

    def beside(self, other: FileFacts) -> str:
        """Words for these facts where other ones were expected."""
        if self.kind != other.kind or self.kind == NOT_THERE:
            return f"{self.kind} there"
        if (self.files, self.size) == (other.files, other.size):
            return f"{self.kind} of other contents there"
        files = f"{grouped(self.files)} files of " if self.kind == FOLDER else ""
        expected = f"{grouped(other.files)} of " if self.kind == FOLDER else ""
        return (
            f"{files or 'a file of '}{grouped(self.size)} bytes there, not {expected}"
            f"{grouped(other.size)}"
        )


def facts_of(paths: Sequence[str]) -> list[FileFacts]:
    """Facts about files and folders, as this process sees them."""
    return [_facts(Path(path)) for path in paths]


def _facts(path: Path) -> FileFacts:
    try:
        if path.is_file():
            size = path.stat().st_size
            return FileFacts(FILE, 1, size, _digest([("", size, path)]))
        if not path.is_dir():
            return FileFacts(NOT_THERE)
        found = sorted(p for p in path.rglob("*") if p.is_file())
        rows = [(p.relative_to(path).as_posix(), p.stat().st_size, p) for p in found]
        return FileFacts(FOLDER, len(rows), sum(size for _, size, _ in rows), _digest(rows))
    except OSError as exc:
        return FileFacts(f"nothing that it can read ({exc.strerror})")


def _digest(rows: Sequence[tuple[str, int, Path]]) -> str:
    digest = hashlib.sha256()
    for name, size, _ in rows:
        digest.update(f"{name}\0{size}\0".encode())
    for _, size, path in sorted(rows, key=lambda row: (-row[1], row[0]))[:SAMPLED_FILES]:
        with path.open("rb") as stream:
            for start in sorted({0, max(0, size // 2), max(0, size - SAMPLE_BYTES)}):
                stream.seek(start)
                digest.update(stream.read(SAMPLE_BYTES))
    return digest.hexdigest()
