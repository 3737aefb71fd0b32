"""Contacts between regions, as shared voxel faces.

They are found by one compare of neighboring voxels along each axis (8 of the 231 million faces
of the 25 µm annotation, 0.3 s): contacts, borders, slice overlaps and the sites at which a
template is asked for edges come from that list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .blocks import slabs_of

WORK_BYTES = 6
"""For each voxel of a slab that is compared with its neighbors."""

MOST_PAIRS = 1 << 24
"""Possible pairs of ranks up to which they are counted in a table: ten times as quick."""


@dataclass(frozen=True, eq=False)
class Faces:
    """The faces across one axis between voxels of different ranks.

    Attributes
    ----------
    axis, stride
        The axis, and the distance of neighbors along it in C-order positions.
    lower
        ``(n,)`` C-order position of the voxel before each face, ascending.
    before, behind
        ``(n,)`` ranks of the voxels on both sides of it.
    """

    axis: int
    stride: int
    lower: NDArray[np.int64]
    before: NDArray[Any]
    behind: NDArray[Any]


def label_faces(ranks: NDArray[Any]) -> tuple[Faces, ...]:
    """Find the faces between different ranks of a C-contiguous volume, one set per axis.

    A few planes are looked at together, so that the volume may be mapped from a file.
    """
    shape = ranks.shape
    strides = [int(np.prod(shape[axis + 1 :], dtype=np.int64)) for axis in range(ranks.ndim)]
    none = np.zeros(0, np.int64)
    nothing = (none, none.astype(ranks.dtype), none.astype(ranks.dtype))
    parts: list[list[tuple[NDArray[Any], ...]]] = [[nothing] for _ in shape]
    if not ranks.size:
        shape = (0, *shape[1:])
    for planes in slabs_of(shape, WORK_BYTES):
        # Faces across axis 0 lie between planes: one more than those of the slab.
        block = ranks[planes.start : planes.stop + 1]
        flat = block.reshape(-1)
        for axis, stride in enumerate(strides):
            part = block if axis == 0 else block[: planes.stop - planes.start]
            lower = _shift_lower(part, axis, stride)
            parts[axis].append(
                (lower + planes.start * strides[0], flat[lower], flat[lower + stride])
            )
    return tuple(
        Faces(axis, stride, *(np.concatenate(column) for column in zip(*rows, strict=True)))
        for axis, (stride, rows) in enumerate(zip(strides, parts, strict=True))
    )


def _shift_lower(block: NDArray[Any], axis: int, stride: int) -> NDArray[np.int64]:
    """Return the c-order positions in a block of the voxels before its faces across an axis."""
    size = block.shape[axis]
    # Axis by axis as (outer, size, inner): a plain compare of two shifted views.
    cube = block.reshape(-1, size, stride)
    differs = np.flatnonzero(cube[:, 1:] != cube[:, :-1])
    return differs + differs // ((size - 1) * stride) * stride if size > 1 else differs


@dataclass(frozen=True, eq=False)
class Contacts:
    """Pairs of ranks that share faces, those of most faces first.

    Attributes
    ----------
    pairs
        ``(n, 2)`` ranks, the lower first; background is not among them.
    faces
        ``(n,)`` faces that each pair shares.
    """

    pairs: NDArray[np.int64]
    faces: NDArray[np.int64]


def contacts_of(faces: tuple[Faces, ...]) -> Contacts:
    """Count the faces between each pair of regions."""
    n = 1 + max(
        (int(max(f.before.max(), f.behind.max())) for f in faces if len(f.lower)), default=0
    )
    keys = [_pair_keys(one, n) for one in faces]
    if n * n <= MOST_PAIRS:
        table = sum((np.bincount(key, minlength=n * n) for key in keys), np.zeros(n * n, np.int64))
        pairs = np.flatnonzero(table)
        total = table[pairs]
    else:
        pairs, total = np.unique(np.concatenate([*keys, np.zeros(0, np.int64)]), return_counts=True)
    order = np.lexsort((pairs, -total))
    return Contacts(np.stack([pairs // n, pairs % n], axis=1)[order], total[order])


def _pair_keys(faces: Faces, n: int) -> NDArray[np.int64]:
    """Return one number for the pair of regions at each face, the lower rank first."""
    inner = (faces.before > 0) & (faces.behind > 0)
    a, b = faces.before[inner].astype(np.int64), faces.behind[inner].astype(np.int64)
    return np.asarray(np.minimum(a, b) * n + np.maximum(a, b))


def shared_border(faces: tuple[Faces, ...], a: int, b: int) -> NDArray[np.int64]:
    """Return ascending C-order positions of voxels where two ranks share a face."""
    found = [np.zeros(0, np.int64)]
    for one in faces:
        met = ((one.before == a) & (one.behind == b)) | ((one.before == b) & (one.behind == a))
        found += [one.lower[met], one.lower[met] + one.stride]
    return np.unique(np.concatenate(found))
