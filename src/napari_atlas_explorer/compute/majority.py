"""Downsampling of labels by majority."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError

SLAB_VOXELS = 1 << 23
"""Fine voxels that are looked at together; the memory taken is a few times that of them."""

WHOLE = 1e-6
"""How far a factor may be from a whole number: it is often a quotient of voxel sizes."""


def majority_labels(
    labels: NDArray[Any], factors: Sequence[float], shape: Sequence[int]
) -> NDArray[Any]:
    """Return labels on a coarser grid with the same corner, by majority.

    Parameters
    ----------
    labels
        ``(n0, n1, n2)`` integers. Background, 0, is a label as any other.
    factors
        Fine voxels per coarse voxel along each axis: whole numbers.
    shape
        Coarse voxels, as `resampling.Coarsening` lays them. Blocks at the far edge may be
        partial; fine voxels beyond the last block do not count.

    Returns
    -------
    Array of ``shape`` and of the labels' dtype. Of labels that equally many voxels have, the one
    at the coarse voxel's center is taken (of the voxel that holds the center or, where this is a
    border of voxels, follows it), else the smallest.
    """
    steps = _check_factors(factors)
    _check_grids(labels, steps, shape)
    out = np.empty(tuple(shape), labels.dtype)
    spans = [
        list(_split_axis(n, step, m)) for n, step, m in zip(labels.shape, steps, shape, strict=True)
    ]
    for parts in itertools.product(*spans):
        fine = labels[tuple(fine for fine, _, _ in parts)]
        sizes = tuple(size for _, _, size in parts)
        _fill(out[tuple(coarse for _, coarse, _ in parts)], fine, sizes, _find_center(steps, sizes))
    return out


def _check_factors(factors: Sequence[float]) -> tuple[int, ...]:
    whole = [float(f) for f in factors]
    if len(whole) != 3 or not all(
        math.isfinite(f) and round(f) >= 1 and abs(f - round(f)) <= WHOLE for f in whole
    ):
        raise ArgumentError(
            f"factors {whole}; expected three whole numbers of fine voxels per coarse one"
        )
    return tuple(round(f) for f in whole)


def _check_grids(labels: NDArray[Any], steps: Sequence[int], shape: Sequence[int]) -> None:
    if labels.ndim != 3 or labels.dtype.kind not in "iu":
        raise ArgumentError(
            f"labels of shape {labels.shape} and dtype {labels.dtype}; expected integers on "
            f"three axes"
        )
    if len(shape) != 3 or not all(
        1 <= m <= math.ceil(n / step) for n, step, m in zip(labels.shape, steps, shape, strict=True)
    ):
        raise ArgumentError(
            f"a coarse shape of {tuple(shape)} for {labels.shape} by {tuple(steps)}; expected "
            f"blocks that all hold voxels"
        )


def _split_axis(n: int, step: int, m: int) -> Iterator[tuple[slice, slice, int]]:
    """Yield stretches of equal block length: fine, coarse, length."""
    full = min(n // step, m)
    if full:
        yield slice(0, full * step), slice(0, full), step
    if full < m:
        yield slice(full * step, n), slice(full, m), n - full * step


def _find_center(steps: Sequence[int], sizes: Sequence[int]) -> int | None:
    """Number of a block's voxel that holds or follows the center; None where it is cut off."""
    middle = [step // 2 for step in steps]
    if any(at >= size for at, size in zip(middle, sizes, strict=True)):
        return None
    return int(np.ravel_multi_index(middle, tuple(sizes)))


def _fill(
    out: NDArray[Any], fine: NDArray[Any], sizes: tuple[int, ...], middle: int | None
) -> None:
    """Fill the coarse voxels of a region that divides into blocks of one size."""
    rows = max(1, SLAB_VOXELS // max(1, fine[: sizes[0]].size))
    for start in range(0, len(out), rows):
        coarse = out[start : start + rows]
        slab = fine[start * sizes[0] : (start + len(coarse)) * sizes[0]]
        coarse[...] = slab[tuple(slice(None, None, size) for size in sizes)]
        mixed = np.nonzero(~_find_uniform(slab, coarse, sizes))
        # Splitting axes makes a view of any array; only the mixed blocks are copied.
        parted = slab.reshape([n for pair in zip(coarse.shape, sizes, strict=True) for n in pair])
        blocks = parted.transpose(0, 2, 4, 1, 3, 5)[mixed]
        coarse[mixed] = _most_frequent(blocks.reshape(len(blocks), math.prod(sizes)), middle)


def _find_uniform(
    slab: NDArray[Any], first: NDArray[Any], sizes: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Return whether all voxels of a block have the label of its first one: so do most blocks."""
    alike = np.ones(first.shape, bool)
    for at in itertools.product(*map(range, sizes)):
        voxels = slab[tuple(slice(k, None, size) for k, size in zip(at, sizes, strict=True))]
        alike &= voxels == first
    return alike


def _most_frequent(blocks: NDArray[Any], middle: int | None) -> NDArray[Any]:
    """Return the most frequent label of each row of ``(n, voxels)``."""
    ordered = np.ascontiguousarray(np.sort(blocks, axis=1).T)
    best: NDArray[Any] = ordered[0].copy()
    most = np.ones(len(blocks), np.intp)
    run = most.copy()
    for before, here in itertools.pairwise(ordered):
        run *= here == before
        run += 1
        longer = run > most  # not "as long as": the smallest label came first
        np.copyto(best, here, where=longer)
        np.copyto(most, run, where=longer)
    if middle is not None:
        center = blocks[:, middle]
        as_many = np.count_nonzero(blocks == center[:, None], axis=1) == most
        np.copyto(best, center, where=as_many)
    return best
