"""Levels of OME-Zarr volumes, lazily as dask arrays or slab by slab."""

from __future__ import annotations

import itertools
import math
import uuid
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasError, AtlasFileError
from ..common.blocks import (
    BlockCache,
    BlockSource,
    ErrorCallback,
    FirstErrorReporter,
    thickness_for,
)
from ..common.safety import reason_of
from .chunks import check_chunks, make_chunk_check
from .reader import DAMAGE, ZarrLevel, open_level

Box = tuple[tuple[int, int], ...]
"""Start and stop along each axis."""

LARGEST_CHUNK = 1 << 26
"""Bytes that a chunk may unpack to, for an array to be read lazily."""

BLOCK_EDGE, BLOCK_BYTES = 64, 1 << 22
"""Small chunks are read together until a block is that wide, or that large."""


class ZarrVoxels:
    """Level of an OME-Zarr volume, indexed like an array and read on demand.

    Read in blocks of whole chunks; the last ones are cached. Before a chunk is
    unpacked its size is checked. A damaged one is reported and read as zeros, so
    that the rest of the volume stays usable.

    Parameters
    ----------
    level
        The level.
    report
        Called with errors of damaged chunks.
    kept
        Keeps blocks, those of other levels too.
    """

    def __init__(self, level: ZarrLevel, report: ErrorCallback, kept: BlockCache) -> None:
        self._level, self._report, self._kept = level, report, kept
        self._array = open_level(level)
        self.shape, self.ndim = level.shape, len(level.shape)
        self.dtype = level.dtype.newbyteorder("=")
        chunks = tuple(int(n) for n in self._array.chunks)
        self._chunk = chunks[level.leading :]
        self._check = make_chunk_check(level.path, chunks, level.dtype.itemsize)
        self.block = block_shape(self._chunk, level)
        """``(3,)`` voxels of a block."""

    def __getitem__(self, key: tuple[int | slice, ...]) -> NDArray[Any]:
        """Return the values at three integers or slices; not to be written into."""
        box, rest = zip(
            *(_resolve(k, n) for k, n in zip(key, self.shape, strict=True)), strict=True
        )
        return self._read_blocks(box)[rest]

    def _read_blocks(self, box: Box) -> NDArray[Any]:
        parts = [
            (tuple(a // b for (a, _), b in zip(part, self.block, strict=True)), part)
            for part in _split_box(box, self.block)
        ]
        if len(parts) == 1:
            index, part = parts[0]
            return self._get_block(index)[_shift(part, self._find_box(index))]
        values = np.empty([stop - start for start, stop in box], self.dtype)
        for index, part in parts:
            values[_shift(part, box)] = self._get_block(index)[_shift(part, self._find_box(index))]
        return values

    def _find_box(self, index: tuple[int, ...]) -> Box:
        sides = zip(index, self.block, self.shape, strict=True)
        return tuple((i * b, min((i + 1) * b, n)) for i, b, n in sides)

    def _get_block(self, index: tuple[int, ...]) -> NDArray[Any]:
        return self._kept.get(
            (self._level.path, index), lambda: self._read_box(self._find_box(index))
        )

    def _read_box(self, box: Box) -> NDArray[Any]:
        values = np.zeros([stop - start for start, stop in box], self.dtype)
        lead = (0,) * self._level.leading
        for part in _split_box(box, self._chunk):
            index = [a // c for (a, _), c in zip(part, self._chunk, strict=True)]
            try:
                if not self._level.path.is_dir():  # else all would be the fill value
                    raise AtlasFileError(self._level.path, "it no longer exists")
                self._check((*lead, *index))
                values[_shift(part, box)] = self._array[(*lead, *(slice(*p) for p in part))]
            except AtlasError as exc:
                self._report(exc)
            except (*DAMAGE, OSError) as exc:
                place = " ".join(map(str, index))
                reason = f"its chunk {place} cannot be read ({reason_of(exc)})"
                self._report(AtlasFileError(self._level.path, reason))
        return values


def _resolve(key: int | slice, length: int) -> tuple[tuple[int, int], int | slice]:
    """Return start and stop along an axis of a key, and the key relative to the start."""
    if not isinstance(key, slice):
        at = range(length)[key]
        return (at, at + 1), 0
    indices = range(length)[key]
    if not indices:
        return (0, 0), slice(None)
    # `min` and `max` would go through the whole range.
    first, last = sorted((indices[0], indices[-1]))
    return (first, last + 1), slice(None, None, indices.step)


def _split_box(box: Box, grid: Sequence[int]) -> Iterable[Box]:
    return itertools.product(
        *(
            [(max(a, k * c), min(b, (k + 1) * c)) for k in range(a // c, -(-b // c))]
            for (a, b), c in zip(box, grid, strict=True)
        )
    )


def _shift(part: Box, box: Box) -> tuple[slice, ...]:
    """Return the place of an inner box relative to a box."""
    return tuple(slice(a - o, b - o) for (a, b), (o, _) in zip(part, box, strict=True))


def dask_levels(levels: Sequence[ZarrLevel], report: ErrorCallback) -> list[Any]:
    """Return the dask arrays of the levels of one volume: blocks of whole chunks.

    The last blocks are cached, so a viewer needs no other cache: dask's keeps
    slices of blocks, too, and each keeps its whole block alive.

    Parameters
    ----------
    levels
        Levels of one volume.
    report
        Called with the first error of an unreadable chunk; with no other.
    """
    once, kept = FirstErrorReporter(report), BlockCache()
    return [_make_dask_level(level, once, kept) for level in levels]


def _make_dask_level(level: ZarrLevel, report: ErrorCallback, kept: BlockCache) -> Any:
    import dask.array as da

    voxels = ZarrVoxels(level, report, kept)
    return da.from_array(
        voxels,
        chunks=voxels.block,
        asarray=False,
        fancy=False,
        meta=np.empty(0, voxels.dtype),
        name=f"{level.path.name}-{uuid.uuid4().hex}",
    )


def block_shape(chunks: Sequence[int], level: ZarrLevel) -> tuple[int, ...]:
    """Return the voxels of a block of whole chunks; several where small chunks cost overhead."""
    block = [min(c, n) for c, n in zip(chunks, level.shape, strict=True)]
    while True:
        narrow = [k for k, n in enumerate(block) if n < BLOCK_EDGE and n < level.shape[k]]
        if not narrow or 2 * math.prod(block) * level.dtype.itemsize > BLOCK_BYTES:
            return tuple(block)
        block[min(narrow, key=block.__getitem__)] *= 2


def has_fast_planes(level: ZarrLevel) -> bool:
    """Return whether a plane of a level can be read without much of the rest."""
    chunks = open_level(level).chunks
    return math.prod(int(n) for n in chunks) * level.dtype.itemsize <= LARGEST_CHUNK


def coarser_levels(levels: Sequence[ZarrLevel], finest: ZarrLevel) -> list[ZarrLevel]:
    """Return the levels that cover the same extent with fewer voxels, the finest first.

    A viewer takes what a voxel of a level spans from the ratio of the shapes, and lets all levels
    begin at one corner. So those are left out that begin or end a voxel or more away from
    that, by their metadata; and those that hold other values, or none (a program that fetches
    levels one by one leaves the folders of the others empty).
    """
    coarser = [finest]
    for level in sorted(levels, key=lambda each: -math.prod(each.shape)):
        if _is_coarser(level, coarser[-1]) and _covers(level, finest) and _holds_chunks(level):
            coarser.append(level)
    return coarser[1:]


def _is_coarser(level: ZarrLevel, other: ZarrLevel) -> bool:
    fewer = all(a <= b for a, b in zip(level.shape, other.shape, strict=True))
    return fewer and level.shape != other.shape and level.dtype == other.dtype


def _covers(level: ZarrLevel, finest: ZarrLevel) -> bool:
    """Return whether a level's ends are within one voxel of the finest level's."""
    size, step = np.array(finest.steps), np.array(level.steps)
    start = np.array(finest.first_center) - size / 2
    corner = np.array(level.first_center) - step / 2
    ends = corner + step * level.shape - (start + size * finest.shape)
    return bool((np.abs(corner - start) < step).all() and (np.abs(ends) < step).all())


def _holds_chunks(level: ZarrLevel) -> bool:
    files = (p.name for p in level.path.iterdir())
    return any(not name.startswith(".") and name != "zarr.json" for name in files)


LOOKED_AT = 1 << 26
"""Bytes of the blocks that are kept for looking up single voxels."""


def zarr_blocks(level: ZarrLevel) -> BlockSource:
    """Return slabs along the first spatial axis; all chunks are checked before the first read."""
    array = open_level(level)
    chunk = int(array.chunks[level.leading])
    thickness = thickness_for(level.shape, 0, level.dtype.itemsize, chunk)

    def read(first: int) -> Iterator[NDArray[Any]]:
        check_chunks(level.path, array.shape, array.chunks, array.dtype.itemsize)
        for start in range(first * thickness, level.shape[0], thickness):
            where = (*[0] * level.leading, slice(start, start + thickness))
            try:
                yield np.asarray(array[where])
            except (*DAMAGE, OSError) as exc:
                raise AtlasFileError(
                    level.path, f"its chunks cannot be read ({reason_of(exc)})"
                ) from exc

    @cache
    def seen() -> ZarrVoxels:
        return ZarrVoxels(level, _raise_error, BlockCache(LOOKED_AT))

    return BlockSource(level.path, level.shape, level.dtype, 0, thickness, read, seen=seen)


def _raise_error(error: AtlasError) -> None:
    raise error
