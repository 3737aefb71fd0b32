"""Mirror image of the annotation, and regions named by hemisphere with their partners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compute.blocks import slabs_of
from ...compute.mirror_plane import find_mirror_plane, mirror_planes
from ...compute.overlap import Overlap, region_overlap
from ...core.regions.named_hemispheres import hemisphere_in_name
from ...core.regions.region_map import RegionMap
from ...core.space.axes import LEFT_RIGHT, axis_of
from ...core.space.hemispheres import LEFT, RIGHT, HemispherePlane
from ..check import NotRunError
from ..subject import Subject
from .label_facts import hemispheres_or_none, three_axes

# ---- Regions named by hemisphere -----------------------------------------------------------------


def named_hemispheres(regions: RegionMap) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the hemisphere in each region's name or acronym, and its partner of the other.

    A region counts only if its partner exists: "Right" alone may mean something else, and so
    may the L of an acronym.

    Returns
    -------
    sides
        ``(n_ranks,)`` 0 (none), 1 left, 2 right.
    partners
        ``(n_ranks,)`` rank of the partner, the region's own where its name has no hemisphere.
    """
    n = len(regions.ids)
    hemispheres, partners = np.zeros(n, np.int64), np.arange(n)
    texts: tuple[Callable[[int], str], ...] = (regions.name_of_rank, regions.acronym_of_rank)
    for text in texts:
        table: dict[tuple[int, str], list[int]] = {}
        for rank in range(1, n):
            parsed = hemisphere_in_name(text(rank))
            if parsed is not None:
                table.setdefault(parsed, []).append(rank)
        for (hemisphere, rest), ranks in table.items():
            others = table.get((LEFT + RIGHT - hemisphere, rest), [])
            if len(ranks) == len(others) == 1 and not hemispheres[ranks[0]]:
                hemispheres[ranks[0]], partners[ranks[0]] = hemisphere, others[0]
    return hemispheres, partners


# ---- Mirror image of the annotation --------------------------------------------------------------

WORK_BYTES = 8
"""For each voxel of a slab of hemispheres."""

REACH = 8
"""Voxels from the boundary between hemispheres within which the mirror plane is looked for."""


@dataclass(frozen=True, eq=False)
class Mirror:
    """Best mirror plane.

    Attributes
    ----------
    axis
        The left-right axis.
    boundary
        Where the hemispheres meet, in voxel edges; None where unknown.
    plane
        Where the plane is, in voxel edges.
    overlap
        The annotation against its mirror image.
    """

    axis: int
    boundary: float | None
    plane: float
    overlap: Overlap


def mirror_of(subject: Subject) -> Mirror:
    """Find the plane and compare the annotation with its mirror image."""
    return subject.shared("mirror", lambda: _find_mirror(subject))


def hemispheres_by_name(subject: Subject) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the hemisphere and partner of each rank; unknown ids have neither."""

    def find() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        rank_volume = three_axes(subject)
        hemispheres, partners = named_hemispheres(rank_volume.region_map)
        more = rank_volume.n_ranks - len(hemispheres)
        others = np.arange(len(hemispheres), rank_volume.n_ranks)
        return np.append(hemispheres, np.zeros(more, np.int64)), np.append(partners, others)

    return subject.shared("sides by name", find)


def left_right_axis(subject: Subject) -> int:
    """Return the axis across which the hemispheres are arranged."""
    atlas = subject.atlas
    if atlas.orientation is not None:
        return axis_of(atlas.orientation, LEFT_RIGHT)
    if isinstance(atlas.hemisphere_rule, HemispherePlane):
        return atlas.hemisphere_rule.axis
    hemispheres = hemispheres_or_none(subject)
    if hemispheres is None:
        raise NotRunError("the left-right axis is unknown")
    return int(np.argmax([_measure(hemispheres, axis) for axis in range(hemispheres.ndim)]))


def _measure(hemispheres: NDArray[np.uint8], axis: int) -> float:
    """Return the distance between the centers of the two hemispheres along an axis."""
    others = tuple(a for a in range(hemispheres.ndim) if a != axis)
    at = np.arange(hemispheres.shape[axis])
    middles = []
    for hemisphere in (LEFT, RIGHT):
        weight = np.zeros(hemispheres.shape[axis], np.int64)
        for planes in slabs_of(hemispheres.shape, WORK_BYTES):
            counts = (hemispheres[planes] == hemisphere).sum(axis=others)
            if axis:
                weight += counts
            else:
                weight[planes] = counts
        middles.append((weight * at).sum() / max(1, weight.sum()))
    return float(abs(middles[0] - middles[1]))


def boundary_of(subject: Subject, axis: int) -> float | None:
    """Return where the hemispheres meet along an axis, in voxel edges; None where unknown."""
    return subject.shared("hemisphere boundary", lambda: _find_boundary(subject, axis))


def _find_boundary(subject: Subject, axis: int) -> float | None:
    hemisphere_rule = subject.atlas.hemisphere_rule
    if isinstance(hemisphere_rule, HemispherePlane):
        return float(hemisphere_rule.boundary)
    volume = hemispheres_or_none(subject)
    if volume is None:
        return None
    edges = np.zeros(volume.shape[axis], np.int64)
    for planes in slabs_of(volume.shape, WORK_BYTES):
        # Across axis 0 the plane before the slab is included, too.
        start = max(0, planes.start - 1) if axis == 0 else planes.start
        rows = np.moveaxis(volume[start : planes.stop], axis, -1)
        # Each row with a change of hemisphere votes; most of them are right.
        change = (rows[..., 1:] != rows[..., :-1]) & (rows[..., 1:] > 0) & (rows[..., :-1] > 0)
        where = np.nonzero(change)[-1] + 1 + (start if axis == 0 else 0)
        edges += np.bincount(where, minlength=len(edges))
    return float(edges.argmax()) if edges.any() else None


def _find_mirror(subject: Subject) -> Mirror:
    rank_volume = three_axes(subject)
    axis = left_right_axis(subject)
    boundary = boundary_of(subject, axis)
    partners: NDArray[Any] | None = hemispheres_by_name(subject)[1].astype(rank_volume.raw.dtype)
    if partners is not None and np.array_equal(partners, np.arange(rank_volume.n_ranks)):
        partners = None
    size = rank_volume.raw.shape[axis]
    near = size / 2 if boundary is None else boundary
    plane, _ = find_mirror_plane(rank_volume.raw, axis, near, min(REACH, size // 4), partners)
    subject.pulse()
    total = round(2 * plane) - 1

    def other(planes: slice) -> NDArray[Any]:
        image = mirror_planes(rank_volume.raw, axis, total, planes)
        return image if partners is None else partners[image]

    return Mirror(axis, boundary, plane, region_overlap(rank_volume, other))
