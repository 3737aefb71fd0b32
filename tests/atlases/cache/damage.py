"""A large atlas of known counts, and every way in which its conversion may be damaged."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from napari_atlas_explorer import VoxelData

TREE = "id,acronym,name,parent_structure_id\n1,root,whole,\n2,A,area A,1\n3,B,area B,1\n"
SHAPE = (40, 32, 32)
VOXELS_OF_A = 20 * 16 * 32


def write_atlas(folder: Path) -> Path:
    """Region A in the middle 20 planes, half of each; the rest is region B."""
    folder.mkdir()
    (folder / "regions.csv").write_text(TREE)
    ids = np.full(SHAPE, 3, np.uint32)
    ids[10:30, :16] = 2
    VoxelData(ids, (25.0,) * 3).save_nrrd(folder / "annotation.nrrd", encoding="raw")
    return folder


def conversion(cache: Path) -> Path:
    """The only conversion in a cache."""
    (folder,) = (p for p in (cache / "converted").iterdir() if p.is_dir())
    return folder


def _overwrite(path: Path, start: int, content: bytes) -> None:
    with path.open("r+b") as stream:
        stream.seek(start)
        stream.write(content)


def _lose_blocks(folder: Path) -> None:
    _overwrite(folder / "ranks.npy", 24_000, bytes(20_000))


def _lose_blocks_unseen(folder: Path) -> None:
    """As a disk does it, or a backup: the time of the file is what it was."""
    path = folder / "ranks.npy"
    status = path.stat()
    _lose_blocks(folder)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _copy_and_lose(folder: Path) -> None:
    """Another file of the same name, size and time."""
    path, other = folder / "ranks.npy", folder / "other.npy"
    shutil.copy2(path, other)
    _overwrite(other, 24_000, bytes(20_000))
    shutil.copystat(path, other)
    other.replace(path)


def _truncate(path: Path, size: int) -> None:
    with path.open("r+b") as stream:
        stream.truncate(size)


def _zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "blocks of the ranks are lost": _lose_blocks,
    "blocks are lost, the time is restored": _lose_blocks_unseen,
    "another file of the same time": _copy_and_lose,
    "the ranks are cut off": lambda f: _truncate(f / "ranks.npy", 30_000),
    "the ranks are empty": lambda f: _truncate(f / "ranks.npy", 0),
    "the ranks are gone": lambda f: (f / "ranks.npy").unlink(),
    "the ranks are a folder": lambda f: ((f / "ranks.npy").unlink(), (f / "ranks.npy").mkdir()),
    "another shape": lambda f: np.save(f / "ranks.npy", np.zeros((3, 4, 5), np.uint16)),
    "the facts are noise": lambda f: (f / "facts.npz").write_bytes(
        np.random.default_rng(1).bytes((f / "facts.npz").stat().st_size)
    ),
    "the facts are zeros": lambda f: _zero(f / "facts.npz"),
    "the facts are gone": lambda f: (f / "facts.npz").unlink(),
    "the manifest is empty": lambda f: (f / "done.json").write_text(""),
    "the manifest is noise": lambda f: (f / "done.json").write_bytes(b"\xff\x00{[" * 9),
    "the manifest is a list": lambda f: (f / "done.json").write_text("[1, 2]"),
    "the manifest names nothing": lambda f: (f / "done.json").write_text('{"files": {}}'),
}
"""Damage done to the folder of a conversion, by what it is."""
