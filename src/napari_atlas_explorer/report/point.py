"""Which point a figure's sections go through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..core.atlas import Atlas
from ..core.axes import LEFT_RIGHT, axis_of
from ..core.errors import ArgumentError, OutsideError
from ..core.figures import micrometres


@dataclass(frozen=True)
class Point:
    """A point inside an atlas.

    Attributes
    ----------
    index
        Its voxel.
    q
        Its coordinates in index space.
    position
        The same, µm.
    """

    index: tuple[int, ...]
    q: tuple[float, ...]
    position: NDArray[np.float64]


def point_at(atlas: Atlas, position: Sequence[float], voxels: bool = False) -> Point:
    """Point at a position of three µm, or at a voxel (its centre) with ``voxels``.

    Raises
    ------
    OutsideError
        If it is outside the volume; the message says what the volume spans.
    """
    hit = atlas.at_voxel(position) if voxels else atlas.at(position)
    if hit.index is None:
        low, high = atlas.grid.bbox.tolist()
        spans = " × ".join(str(n) for n in atlas.shape) + " voxels"
        if not voxels:
            spans = " to ".join(" ".join(micrometres(v) for v in ends) for ends in (low, high))
            spans += " µm"
        asked = " ".join(f"{v:g}" for v in position)
        raise OutsideError(f"position {asked} is outside the atlas; expected one within {spans}")
    world = np.asarray(hit.position, dtype=np.float64)
    q = atlas.grid.to_index_space(world)
    return Point(hit.index, tuple(q.tolist()), world)


def middle_of_brain(atlas: Atlas) -> Point:
    """Middle of the bounding box of all labelled voxels, or of the volume if there is none.

    A tenth of the width beside the midline where the left-right axis is known: the sagittal
    plane through the very middle shows little but the fissure between the hemispheres.
    """
    box = atlas.labels.box(1, atlas.labels.n_ranks) if atlas.labels.n_ranks > 1 else None
    sides = box or tuple(slice(0, n) for n in atlas.shape)
    middle = [(side.start + side.stop - 1) // 2 for side in sides]
    if atlas.orientation is not None:
        across = axis_of(atlas.orientation, LEFT_RIGHT)
        middle[across] -= (sides[across].stop - sides[across].start) // 10
    return _center_of(atlas, middle)


def through_region(atlas: Atlas, rank: int) -> Point:
    """Point whose three planes each hold the most of a region with its descendants.

    Raises
    ------
    ArgumentError
        If the region has no voxels.
    """
    labels = atlas.labels
    start, stop = rank, int(labels.ends[rank])
    box = labels.box(start, stop)
    if box is None:
        raise ArgumentError(
            f"{atlas.region_map.acronym(rank)!r} is in the hierarchy of {atlas.name} but has no "
            f"voxels; expected a region that can be drawn"
        )
    block = labels.ranks[box]
    inside = (block >= start) & (block < stop)
    index = []
    for axis, side in enumerate(box):
        others = tuple(a for a in range(inside.ndim) if a != axis)
        counts = np.count_nonzero(inside, axis=others)
        fullest = np.flatnonzero(counts == counts.max())
        index.append(side.start + int(fullest[(len(fullest) - 1) // 2]))
    return _center_of(atlas, index)


def _center_of(atlas: Atlas, index: Sequence[int]) -> Point:
    q = tuple(i + 0.5 for i in index)
    return Point(tuple(index), q, atlas.grid.to_world(q))
