"""Connected components and holes, of a mask slab by slab and of all regions at once.

``connected-components-3d`` numbers each slab together with the last plane of the one before it.
That plane is then numbered twice, and two numbers of one voxel are one component: voxels hang
together in the whole volume if and only if a chain of such pairs joins their numbers, since any
two neighbors lie in one of the slabs. Only the runs of the components are kept, so that no
volume of numbers is larger than a slab.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cc3d
import numpy as np
from numpy.typing import NDArray

from ..core.regions.runs import encode_runs
from .blocks import faces_of, planes_at_once, slabs, spread

FACES: Literal[6] = 6
CORNERS: Literal[26] = 26
"""Neighbors that share a face; those that share at least a corner."""

NOWHERE = np.iinfo(np.int64).max

BYTES_PER_VOXEL = 10
"""Of a slab: its values, their numbers, and what finding these takes."""


@dataclass(frozen=True, eq=False)
class ComponentRuns:
    """Runs along the last axis of all components, in C order.

    Attributes
    ----------
    starts
        ``(n,)`` C-order positions of their first voxels, ascending.
    lengths
        ``(n,)`` voxels of each.
    components
        ``(n,)`` component of each, numbered from 0 by its first voxel in C order.
    hemispheres
        ``(n,)`` side of each, None where no sides were given; a run lies on one side.
    count
        Number of components.
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    components: NDArray[np.int64]
    hemispheres: NDArray[np.uint8] | None
    count: int


@dataclass(frozen=True, eq=False)
class _SlabRuns:
    """Runs of one slab; numbers are those of the slab's pieces among all slabs', from 0."""

    starts: NDArray[np.int64]
    lengths: NDArray[np.int32]
    numbers: NDArray[np.int32]
    hemispheres: NDArray[np.uint8] | None

    def only(self, chosen: NDArray[np.bool_]) -> _SlabRuns:
        """Return some of the runs."""
        hemispheres = None if self.hemispheres is None else self.hemispheres[chosen]
        return _SlabRuns(
            self.starts[chosen], self.lengths[chosen], self.numbers[chosen], hemispheres
        )


def component_runs(
    volume: Any,
    connectivity: Literal[6, 26],
    chosen: Callable[[NDArray[Any]], NDArray[Any]] | None = None,
    hemispheres: Any = None,
    enclosed: bool = False,
    thickness: int | None = None,
) -> ComponentRuns:
    """Find the components of every value but 0, slab by slab along axis 0.

    Parameters
    ----------
    volume
        Unsigned integers or booleans, three axes; slices along axis 0 are taken of it.
    connectivity
        `FACES` or `CORNERS`.
    chosen
        Turns the values of a slab into those whose components are sought.
    hemispheres
        0, 1 or 2 of every voxel; likewise sliced.
    enclosed
        Leave out components that reach one of the volume's six faces.
    thickness
        Planes of a slab; None for as many as the budget allows. The answer does not depend on
        it.
    """
    thickness = thickness or planes_at_once(volume.shape, BYTES_PER_VOXEL)
    found = _ComponentBuilder(volume.shape, enclosed)
    for planes in slabs(0, volume.shape[0] if min(volume.shape) else 0, thickness):
        slab = volume[max(planes.start - 1, 0) : planes.stop]
        # cc3d takes no array that cannot be written to, such as one mapped from a file.
        values = np.require(slab if chosen is None else chosen(slab), requirements=["C", "W"])
        found.add(
            planes, values, connectivity, None if hemispheres is None else hemispheres[planes]
        )
    return found.joined()


class _ComponentBuilder:
    """Components of the slabs so far."""

    def __init__(self, shape: tuple[int, ...], enclosed: bool) -> None:
        self._shape, self._enclosed = shape, enclosed
        self._count = 0
        self._last: NDArray[np.int64] | None = None
        self._pairs: list[NDArray[np.int64]] = []
        self._open: list[NDArray[np.int64]] = []
        self._first: list[NDArray[np.int64]] = []
        self._runs: list[_SlabRuns] = []

    def add(
        self,
        planes: slice,
        values: NDArray[Any],
        connectivity: Literal[6, 26],
        hemispheres: NDArray[np.uint8] | None,
    ) -> None:
        """Number a slab, which begins with the last plane of the one before."""
        numbers, count = _number_runs(values, connectivity)
        if self._last is not None:
            self._join(numbers[0])
            numbers = numbers[1:]
        kept = np.ones(count + 1, bool)
        kept[0] = False
        if self._enclosed:
            reached = self._reached(planes, numbers, count)
            self._open.append(reached + (self._count - 1))
            kept[reached] = False
        self._last = numbers[-1].astype(np.int64) + (self._count - 1)
        self._last[numbers[-1] == 0] = -1
        self._keep(planes.start, numbers, kept, hemispheres)
        self._count += count

    def _join(self, plane: NDArray[np.uint32]) -> None:
        """Note which numbers this slab and the one before gave to the same voxels."""
        runs = encode_runs(plane)
        # Within a run all voxels touch, so that the slab before gave them one number too.
        there = runs.values > 0
        assert self._last is not None
        before = self._last.reshape(-1)[runs.starts[there]]
        now = runs.values[there].astype(np.int64) + (self._count - 1)
        self._pairs.append(np.unique(np.stack([before, now]), axis=1))

    def _reached(self, planes: slice, numbers: NDArray[np.uint32], count: int) -> NDArray[np.int64]:
        """Return the numbers of this slab, from 1, that lie at the volume's faces."""
        faces = [faces_of(numbers, axes=(1, 2))]
        if planes.start == 0:
            faces.append(numbers[0].ravel())
        if planes.stop == self._shape[0]:
            faces.append(numbers[-1].ravel())
        present = np.zeros(count + 1, bool)
        for face in faces:
            present[face] = True
        return np.flatnonzero(present[1:]) + 1

    def _keep(
        self,
        first_plane: int,
        numbers: NDArray[np.uint32],
        kept: NDArray[np.bool_],
        hemispheres: NDArray[np.uint8] | None,
    ) -> None:
        """Keep the runs of some numbers of a slab; the numbers are overwritten."""
        if hemispheres is not None:
            numbers *= np.uint32(3)
            # What is background stays so on every side.
            np.add(numbers, hemispheres, out=numbers, where=numbers > 0, casting="unsafe")
        runs = encode_runs(numbers)
        number, told = runs.values, None
        if hemispheres is not None:
            number, told = np.divmod(number, np.uint32(3))
        starts = runs.starts + first_plane * self._shape[1] * self._shape[2]
        first = np.full(len(kept), NOWHERE)
        # Backwards, so that the first of each is written last.
        first[number[::-1]] = starts[::-1]
        self._first.append(first[1:])
        chosen = kept[number]
        self._runs.append(
            _SlabRuns(
                starts[chosen],
                runs.lengths[chosen].astype(np.int32),
                (number[chosen].astype(np.int64) + (self._count - 1)).astype(np.int32),
                None if told is None else told[chosen].astype(np.uint8),
            )
        )

    def joined(self) -> ComponentRuns:
        """Join the pieces of all slabs."""
        parts, self._runs = self._runs, []
        component = _find_components(self._count, self._pairs)
        kept = np.ones(self._count, bool)
        if self._open:
            is_open = np.zeros(self._count, bool)
            is_open[component[np.concatenate(self._open)]] = True
            kept = ~is_open[component]
            parts = [p.only(kept[p.numbers]) for p in parts]
        place, count = _order_by_first(component, _concatenate_runs(self._first, np.int64), kept)
        told = [p.hemispheres for p in parts if p.hemispheres is not None]
        return ComponentRuns(
            _concatenate_runs([p.starts for p in parts], np.int64),
            _concatenate_runs([p.lengths for p in parts], np.int64),
            _concatenate_runs([place[p.numbers] for p in parts], np.int64),
            np.concatenate(told) if told else None,
            count,
        )


def _number_runs(
    values: NDArray[Any], connectivity: Literal[6, 26]
) -> tuple[NDArray[np.uint32], int]:
    """Return the numbers of the pieces of a slab, from 1, and how many there are."""
    # A rim, since cc3d 4.1 fails on a line of 1 × 1 × n voxels.
    flat = min(values.shape) == 1
    inside = np.pad(values, 1) if flat else values
    numbers, count = cc3d.connected_components(
        inside, connectivity=connectivity, out_dtype=np.uint32, return_N=True
    )
    return np.ascontiguousarray(numbers[1:-1, 1:-1, 1:-1] if flat else numbers), int(count)


def _find_components(count: int, pairs: list[NDArray[np.int64]]) -> NDArray[np.int32]:
    """Return the component of each of some numbers, pairs of which belong together."""
    if not pairs:
        return np.arange(count, dtype=np.int32)
    # Here, since it takes 0.2 s to load, and one slab needs nothing of it.
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    one, other = np.concatenate(pairs, axis=1)
    edges = coo_array((np.ones(len(one), bool), (one, other)), shape=(count, count))
    return np.asarray(connected_components(edges, directed=False)[1], np.int32)


def _order_by_first(
    component: NDArray[np.int32], first: NDArray[np.int64], kept: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], int]:
    """Place of each number's component in the order of first voxels, and how many are kept."""
    count = int(component.max(initial=-1)) + 1
    lowest = np.full(count, NOWHERE)
    np.minimum.at(lowest, component[kept], first[kept])
    order = np.argsort(lowest, kind="stable")
    place = np.empty(count, np.int64)
    place[order] = np.arange(count)
    return place[component], int(np.count_nonzero(lowest < NOWHERE))


def _concatenate_runs(parts: Sequence[NDArray[Any]], dtype: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(parts, dtype=dtype) if parts else np.zeros(0, dtype)


# ---- Components of all regions -------------------------------------------------------------------
#
# One pass over the annotation numbers the pieces of every region, slab by slab (77 million voxels:
# 0.9 s); after that only the runs of the numbers are kept, so that the voxels of any piece are at
# hand without looking at the volume again.


@dataclass(frozen=True, eq=False)
class Components:
    """Sets of voxels, each in one piece, numbered from 0 by their first voxels in C order.

    Attributes
    ----------
    values
        ``(n,)`` value of the volume in each piece.
    sizes
        ``(n,)`` voxels of each.
    on_side
        ``(n, 3)`` voxels of each outside, left and right; all outside where sides are unknown.
    starts, lengths
        Flat position and length of the runs along the last axis, piece by piece.
    first
        ``(n + 1,)`` place of each piece's first run among them.
    """

    values: NDArray[np.int64]
    sizes: NDArray[np.int64]
    on_side: NDArray[np.int64]
    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    first: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of pieces."""
        return len(self.sizes)

    def positions(self, pieces: int | Collection[int] | NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the c-order positions of the voxels of some pieces, ascending."""
        chosen = np.atleast_1d(np.asarray(pieces, dtype=np.int64))
        first, count = self.first[chosen], np.diff(self.first)[chosen]
        runs = spread(first, count)
        return np.sort(spread(self.starts[runs], self.lengths[runs]))


def find_region_components(
    volume: NDArray[Any], hemispheres: Any = None, thickness: int | None = None
) -> Components:
    """Find the pieces of every value but 0; voxels hang together by faces, edges or corners.

    Parameters
    ----------
    volume
        Unsigned integers or booleans, three axes; it may be mapped from a file.
    hemispheres
        0, 1 (left) or 2 (right) of every voxel; a piece may lie on both sides. Slices along
        axis 0 are taken of it.
    thickness
        Planes that are looked at together; None for as many as the budget allows (see
        `blocks`). The pieces and their order do not depend on it.
    """
    runs = component_runs(volume, CORNERS, hemispheres=hemispheres, thickness=thickness)
    return _make_components(volume, runs)


def enclosed_background(volume: NDArray[Any], thickness: int | None = None) -> Components:
    """Find the pieces of 0 that do not reach the volume's faces; they hang together by faces."""
    runs = component_runs(
        volume, FACES, chosen=lambda slab: slab == 0, enclosed=True, thickness=thickness
    )
    return _make_components(volume, runs)


def _make_components(volume: NDArray[Any], runs: ComponentRuns) -> Components:
    """Sort the runs of components."""
    n = runs.count
    codes = runs.components * 3
    if runs.hemispheres is not None:
        codes += runs.hemispheres
    sided = np.bincount(codes, weights=runs.lengths, minlength=3 * n).astype(np.int64).reshape(n, 3)
    del codes
    order = np.argsort(runs.components, kind="stable")
    count = np.bincount(runs.components, minlength=n)
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(count)])
    starts = runs.starts[order]
    values = volume[np.unravel_index(starts[first[:-1]], volume.shape)].astype(np.int64)
    return Components(values, sided.sum(axis=1), sided, starts, runs.lengths[order], first)
