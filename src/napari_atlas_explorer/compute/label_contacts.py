"""The faces at which regions meet: who touches whom, where, and in how many voxel faces.

Contacts are cc3d's. Where the faces are, which cc3d does not say, is found by one compare of
neighbouring voxels along each axis (8 of the 231 million faces of the 25 µm annotation, 0.3 s):
borders, slice overlaps and the sites at which a template is asked for edges come from that list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Faces:
    """The faces across one axis between voxels of different ranks.

    Attributes
    ----------
    axis, stride
        The axis, and the distance of neighbours along it in C-order positions.
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
    """Find the faces between different ranks of a C-contiguous volume, one set per axis."""
    flat = ranks.reshape(-1)
    found = []
    for axis, size in enumerate(ranks.shape):
        stride = int(np.prod(ranks.shape[axis + 1 :], dtype=np.int64))
        # Axis by axis as (outer, size, inner): a plain compare of two shifted views.
        cube = ranks.reshape(-1, size, stride)
        differs = np.flatnonzero(cube[:, 1:] != cube[:, :-1])
        outer = differs // ((size - 1) * stride) if size > 1 else differs
        lower = differs + outer * stride
        found.append(Faces(axis, stride, lower, flat[lower], flat[lower + stride]))
    return tuple(found)


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


def contacts_of(ranks: NDArray[Any]) -> Contacts:
    """Count the faces between each pair of regions of a volume ``(n0, n1, n2)``."""
    found = cc3d.contacts(ranks, connectivity=6, surface_area=True, anisotropy=(1, 1, 1))
    pairs = np.array(list(found), np.int64).reshape(-1, 2)
    total = np.rint(list(found.values())).astype(np.int64)
    pairs.sort(axis=1)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -total))
    return Contacts(pairs[order], total[order])


def shared_border(faces: tuple[Faces, ...], a: int, b: int) -> NDArray[np.int64]:
    """C-order positions of the voxels of two ranks that share a face with the other, ascending."""
    found = [np.zeros(0, np.int64)]
    for one in faces:
        met = ((one.before == a) & (one.behind == b)) | ((one.before == b) & (one.behind == a))
        found += [one.lower[met], one.lower[met] + one.stride]
    return np.unique(np.concatenate(found))
