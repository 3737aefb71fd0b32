"""Neuroglancer's compressed encoding of label chunks.

The encoding is described in neuroglancer's ``sliceview/compressed_segmentation``: blocks of
8 × 8 × 8 voxels, each with a table of its labels and, per voxel, a number in that table of as
few bits as will do.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError

BLOCK = 8
"""Edge of a block, voxels."""

VOXELS = BLOCK**3
WIDTHS = np.array([0, 1, 2, 4, 8, 16])
"""Bits that a voxel's number may take; a table of ``2**bits`` labels needs so many."""

MAX_TABLE_START = 1 << 24
"""A header has 24 bits to say where a table stands, in words of 4 bytes."""


def encode_segmentation(labels: NDArray[np.uint32]) -> bytes:
    """Encode one chunk of labels.

    Parameters
    ----------
    labels
        ``(n0, n1, n2)`` uint32; the last axis is neuroglancer's x.

    Returns
    -------
    A channel's offset, then for each block a header (place of the table, bits, place of the
    numbers), then the numbers and the table of each block: little-endian words of 4 bytes.
    """
    if labels.dtype != np.uint32 or labels.ndim != 3 or labels.size == 0:
        raise ArgumentError(
            f"labels of shape {labels.shape} and dtype {labels.dtype}; expected uint32 voxels on "
            f"three axes"
        )
    blocks = _blocks(labels)
    mixed = np.flatnonzero((blocks != blocks[:, :1]).any(axis=1))
    ordered, ranks, numbers = _numbered(blocks[mixed])
    n_labels = np.ones(len(blocks), np.int64)
    n_labels[mixed] = ranks[:, -1] + 1
    bits = WIDTHS[np.searchsorted(2**WIDTHS, n_labels)]
    n_words = VOXELS // 32 * bits
    sizes = n_words + n_labels
    starts = 2 * len(blocks) + np.cumsum(sizes) - sizes
    tables = starts + n_words
    if tables[-1] >= MAX_TABLE_START:
        raise ArgumentError(f"a chunk of shape {labels.shape}; expected a smaller one")
    words = np.empty(int(starts[-1] + sizes[-1]), np.uint32)
    words[0 : 2 * len(blocks) : 2] = tables | bits << 24
    words[1 : 2 * len(blocks) : 2] = starts
    words[tables] = blocks[:, 0]
    words[tables[mixed][:, None] + ranks] = ordered
    for width in np.unique(bits[mixed]):
        which = bits[mixed] == width
        at = starts[mixed][which][:, None] + np.arange(VOXELS // 32 * width)
        words[at] = _packed(numbers[which], int(width))
    return np.concatenate([np.array([1], "<u4"), words.astype("<u4", copy=False)]).tobytes()


def _blocks(labels: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Blocks ``(n, 512)``, x fastest; those at the far edges are filled up with what is there."""
    padded = np.pad(labels, [(0, -n % BLOCK) for n in labels.shape], mode="edge")
    n0, n1, n2 = (n // BLOCK for n in padded.shape)
    parted = padded.reshape(n0, BLOCK, n1, BLOCK, n2, BLOCK)
    return parted.transpose(0, 2, 4, 1, 3, 5).reshape(-1, VOXELS)


def _numbered(
    blocks: NDArray[np.uint32],
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint32]]:
    """Labels of each block in order, their numbers in its table, and each voxel's number."""
    order = np.argsort(blocks, axis=1, kind="stable")
    ordered = np.take_along_axis(blocks, order, axis=1)
    ranks = np.zeros(blocks.shape, np.int64)
    np.cumsum(ordered[:, 1:] != ordered[:, :-1], axis=1, out=ranks[:, 1:])
    numbers = np.empty(blocks.shape, np.uint32)
    np.put_along_axis(numbers, order, ranks.astype(np.uint32), axis=1)
    return ordered, ranks, numbers


def _packed(numbers: NDArray[np.uint32], width: int) -> NDArray[Any]:
    """Numbers ``(n, 512)`` of so many bits in words of 32, the first in the lowest bits."""
    per_word = 32 // width
    shifts = np.arange(per_word, dtype=np.uint32) * np.uint32(width)
    parted = numbers.reshape(len(numbers), -1, per_word) << shifts
    return np.asarray(np.bitwise_or.reduce(parted, axis=2))
