"""Annotations as pre-order ranks, on which everything else builds.

Rank 0 is background, 1 to n are the regions of the hierarchy in pre-order, and ids that the
hierarchy does not know follow after n. A region with all its descendants is one interval of
ranks, so a mask is one compare and the voxel counts of all regions are one cumulative sum.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import read_only
from ..errors import ArgumentError
from ..space.grid import VoxelGrid
from ..space.placed_volume import take_voxels
from ..space.volume import VoxelData
from .ranks import build_ranks, whole_numbers
from .region_map import RegionMap
from .rows import MADE_UP_ROOT
from .runs import encode_runs

# ---- Rank volumes --------------------------------------------------------------------------------

Box = tuple[slice, ...]

WHOLE_VOLUME_SHARE = 0.38
"""Share of the volume above which a region's bounding box is not worth its short rows."""

PLANES_AT_ONCE = 4
"""Planes of a mask made at once: their ranks and differences stay in the processor's cache."""


class RankVolume:
    """One rank per voxel, with the voxel count and bounding box of every rank.

    Make it with `from_ids`. Its arrays are read-only. In the examples of its members ``atlas`` is
    ``open_atlas("sample")`` and ``regions`` its hierarchy.

    Attributes
    ----------
    ranks
        C-contiguous unsigned integers of the grid's shape, as narrow as the number of ranks
        allows: uint8 up to 256 ranks, uint16 up to 65,536.
    ids
        ``(n_ranks,)`` int64: id of each rank; ``ids[0]`` is 0.
    unknown_ids
        The ids that the hierarchy does not know, ascending; they have the last ranks.
    counts
        ``(n_ranks,)`` int64: voxels that carry the rank itself.
    boxes
        ``(n_ranks, ndim, 2)`` int64: first index and one past the last; zeros if no voxel.
    """

    def __init__(
        self,
        ranks: NDArray[Any],
        region_map: RegionMap,
        grid: VoxelGrid,
        unknown_ids: NDArray[np.int64],
        counts: NDArray[np.int64],
        boxes: NDArray[np.int64],
    ) -> None:
        self.raw = read_only(ranks)
        self.region_map = region_map
        self.grid = grid
        self.unknown_ids = read_only(unknown_ids)
        self.ids: NDArray[np.int64] = read_only(np.concatenate([region_map.ids, unknown_ids]))
        self.counts = read_only(counts)
        self.boxes = read_only(boxes)

    def __repr__(self) -> str:
        """Describe shape, dtype and number of ranks."""
        shape = " × ".join(map(str, self.raw.shape))
        return f"<RankVolume: {shape} voxels, {self.raw.dtype}, {len(self.ids)} ranks>"

    @classmethod
    def from_ids(cls, ids: NDArray[Any], region_map: RegionMap, grid: VoxelGrid) -> RankVolume:
        """Turn a volume of region ids into ranks, slab by slab.

        Parameters
        ----------
        ids
            Integer volume (a float one must hold whole numbers) of the grid's shape, in C or
            Fortran order.
        region_map
            The hierarchy. Id 0 is background even where the hierarchy has a node of that id.

        Examples
        --------
        >>> RankVolume.from_ids(atlas.annotation.raw, regions, atlas.grid)
        <RankVolume: 216 × 128 × 180 voxels, uint16, 456 ranks>
        """
        if ids.shape != grid.shape:
            raise ArgumentError(f"annotation of shape {ids.shape} on a grid of {grid.shape}")
        ids = whole_numbers(ids)
        ranks, unknown, counts, boxes = build_ranks(ids, region_map)
        return cls(ranks, region_map, grid, unknown, counts, boxes)

    @property
    def n_ranks(self) -> int:
        """Number of ranks: background, every region, every unknown id.

        >>> atlas.ranks.n_ranks, len(regions)
        (456, 455)
        """
        return len(self.ids)

    @property
    def stated_ids(self) -> NDArray[Any]:
        """``(n_ranks,)`` ids for tables: int64, or objects with None for a root not stated.

        >>> atlas.ranks.stated_ids[:3].tolist()
        [0, 1, 2]
        """
        root = self.region_map.made_up_root
        if not root:
            return self.ids
        stated = self.ids.astype(object)
        stated[root] = None
        return stated

    @cached_property
    def id_table(self) -> NDArray[Any]:
        """``(n_ranks,)`` ids by rank, uint32 where they fit, else int64.

        >>> atlas.ranks.id_table[regions.rank("CA3sr")].item()
        225
        """
        held = self.ids[self.ids != MADE_UP_ROOT]
        fits = held.min() >= 0 and held.max() < 2**32
        return read_only(self.ids.astype(np.uint32)) if fits else self.ids

    def to_ids(self) -> NDArray[Any]:
        """Return the volume of region ids, made anew: uint32, or int64 where an id needs it.

        >>> atlas.ranks.to_ids()[110, 41, 55].item()
        225
        """
        return np.asarray(self.id_table[self.raw])

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of shape, and id and length of every run along the last axis.

        It does not depend on file format, dtype or hierarchy.

        >>> again = RankVolume.from_ids(atlas.annotation.raw, regions, atlas.grid)
        >>> again.sha256 == atlas.ranks.sha256
        True
        """
        runs = encode_runs(self.raw)
        digest = hashlib.sha256(np.array(self.raw.shape, "<i8").tobytes())
        digest.update(self.ids[runs.values.astype(np.int64)].astype("<i8").tobytes())
        digest.update(runs.lengths.astype("<i8").tobytes())
        return digest.hexdigest()

    # ---- what a region measures ------------------------------------------------------------

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """``(n_ranks,)``: the subtree of rank k is ``[k, ends[k])``; unknown ids stand alone.

        >>> rank = regions.rank("CA3")
        >>> regions.acronym_of_rank(atlas.ranks.ends[rank] - 1)
        'CA3sr'
        """
        n_known = len(self.region_map.ids)
        unknown = np.arange(n_known, self.n_ranks)
        return read_only(np.concatenate([self.region_map.ends, unknown + 1]))

    @cached_property
    def total_counts(self) -> NDArray[np.int64]:
        """``(n_ranks,)`` voxels of each rank with all its descendants.

        >>> atlas.ranks.total_counts[regions.rank("CA3")].item()
        29854
        """
        running = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.counts)])
        return read_only(running[self.ends] - running[np.arange(self.n_ranks)])

    @cached_property
    def total_boxes(self) -> NDArray[np.int64]:
        """``(n_ranks, ndim, 2)`` bounding box of each rank with all its descendants.

        >>> atlas.ranks.total_boxes[regions.rank("CA3")].tolist()
        [[100, 147], [25, 84], [24, 156]]
        """
        boxes = self.boxes.copy()
        parents = self.region_map.parent_ranks
        # Descendants follow their ancestors in pre-order: backwards, children come first.
        for rank in range(len(parents) - 1, 0, -1):
            parent = parents[rank]
            if not parent or boxes[rank, 0, 1] == 0:
                continue
            if boxes[parent, 0, 1] == 0:
                boxes[parent] = boxes[rank]
            else:
                boxes[parent, :, 0] = np.minimum(boxes[parent, :, 0], boxes[rank, :, 0])
                boxes[parent, :, 1] = np.maximum(boxes[parent, :, 1], boxes[rank, :, 1])
        return read_only(boxes)

    def box(self, start: int, stop: int) -> Box | None:
        """Return the bounding box of the ranks ``[start, stop)``, or None.

        >>> rank = regions.rank("CA3")
        >>> atlas.ranks.box(rank, atlas.ranks.ends[rank])
        (slice(100, 147, None), slice(25, 84, None), slice(24, 156, None))
        """
        if stop == self.ends[start]:
            limits = self.total_boxes[start]
        else:
            inside = self.boxes[start:stop]
            inside = inside[inside[:, 0, 1] > 0]
            if not len(inside):
                return None
            limits = np.stack([inside[:, :, 0].min(axis=0), inside[:, :, 1].max(axis=0)], axis=1)
        if limits[0, 1] == 0:
            return None
        return tuple(slice(int(a), int(b)) for a, b in limits)

    def ranks_at(self, columns: Sequence[NDArray[np.intp]]) -> NDArray[Any]:
        """Return the ranks of voxels, given as one index array per axis.

        >>> columns = [np.array([110]), np.array([41]), np.array([55])]
        >>> regions.acronym_of_rank(atlas.ranks.ranks_at(columns)[0])
        'CA3sr'
        """
        return take_voxels(self.raw, columns)

    # ---- masks -----------------------------------------------------------------------------

    def mask(self, intervals: Collection[tuple[int, int]]) -> NDArray[np.bool_]:
        """Return a boolean volume, true where the rank is in one of the intervals.

        >>> atlas.ranks.mask(regions.intervals(regions.ranks_of(["CA3"]))).sum().item()
        29854
        """
        boxes = [(start, stop, self.box(start, stop)) for start, stop in intervals]
        filled = [(start, stop, box) for start, stop, box in boxes if box is not None]
        if len(filled) == 1 and _box_size(filled[0][2]) > WHOLE_VOLUME_SHARE * self.raw.size:
            # One large region: contiguous planes of the whole volume beat its box's short rows.
            start, stop, _ = filled[0]
            result = np.empty(self.raw.shape, bool)
            if stop >= self.n_ranks:
                np.greater_equal(self.raw, self.raw.dtype.type(start), out=result)
            else:
                _mark(self.raw, start, stop, result, merge=False)
            return result
        result = np.zeros(self.raw.shape, bool)
        for n, (start, stop, box) in enumerate(filled):
            _mark(self.raw[box], start, stop, result[box], merge=n > 0)
        return result


def _box_size(box: Box) -> int:
    return math.prod(span.stop - span.start for span in box)


def _mark(ranks: NDArray[Any], start: int, stop: int, out: NDArray[np.bool_], merge: bool) -> None:
    """Set ``out`` where ``start <= rank < stop``; with ``merge``, keep what was set before.

    In unsigned arithmetic that is one subtraction and one compare, since a rank below
    ``start`` wraps round to a large number. Blocks of planes keep the difference in cache.
    """
    lo, width = ranks.dtype.type(start), ranks.dtype.type(stop - start)
    difference = np.empty((PLANES_AT_ONCE, *ranks.shape[1:]), ranks.dtype)
    for first in range(0, len(ranks), PLANES_AT_ONCE):
        block = ranks[first : first + PLANES_AT_ONCE]
        target = out[first : first + PLANES_AT_ONCE]
        shifted = np.subtract(block, lo, out=difference[: len(block)])
        if merge:
            target |= shifted < width
        else:
            np.less(shifted, width, out=target)


# ---- Ids computed from ranks ---------------------------------------------------------------------


COMPARISONS = (np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal)


class AnnotationView(VoxelData):
    """Region id per voxel, computed from ranks only where it is read.

    ``raw`` makes the whole volume anew at each use: keep it if it is needed twice.
    """

    _rank_volume: RankVolume

    @classmethod
    def of(cls, rank_volume: RankVolume) -> AnnotationView:
        """View a rank volume as ids.

        >>> AnnotationView.of(atlas.ranks)[110, 41, 55].item()
        225
        """
        new = cls.from_grid(rank_volume.raw, rank_volume.grid)
        new._rank_volume = rank_volume
        return new

    def _like(self, raw: NDArray[Any], grid: VoxelGrid) -> VoxelData:  # type: ignore[override]
        # Other data on this grid is no longer seen through the annotation's ranks.
        return VoxelData.from_grid(raw, grid)

    @property
    def raw(self) -> NDArray[Any]:
        """All ids, computed on each use.

        >>> atlas.annotation.raw[110, 41, 55].item()
        225
        """
        return self._rank_volume.to_ids()

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the ids: uint32, or int64 where one needs it.

        >>> atlas.annotation.dtype
        dtype('uint32')
        """
        return self._table.dtype

    @property
    def _table(self) -> NDArray[Any]:
        return self._rank_volume.id_table

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the ids as a NumPy array."""
        return np.asarray(self.raw, dtype=dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Apply a ufunc to the ids; a comparison with one number makes no volume of ids."""
        scalars = all(operand is self or np.isscalar(operand) for operand in inputs)
        if ufunc in COMPARISONS and method == "__call__" and scalars and not kwargs:
            table = ufunc(*[self._table if operand is self else operand for operand in inputs])
            return table[self._rank_volume.raw]
        return super().__array_ufunc__(ufunc, method, *inputs, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        """Ids of the indexed voxels."""
        return self._table[self._rank_volume.raw[key]]

    def lookup(self, positions: Any, outer_value: Any = None) -> NDArray[Any]:
        """Return the ids at world positions (µm); see `VoxelData.lookup`.

        >>> atlas.annotation.lookup([(6600, 2500, 3300), (-1, 0, 0)], outer_value=0).tolist()
        [225, 0]
        """
        columns, inside = self.grid.locate_columns(positions)
        if outer_value is None:
            self._require(inside, positions)
            return np.asarray(self._table[self._rank_volume.ranks_at(columns)])
        ids = self._table[self._rank_volume.ranks_at([column[inside] for column in columns])]
        return self.fill_outside(ids, inside, outer_value)

    def count(self, values: Any) -> int:
        """Count the voxels that carry one of these ids.

        >>> atlas.annotation.count(225)
        19908
        """
        ids = list(values) if isinstance(values, set | frozenset) else values
        return int(self._rank_volume.counts[np.isin(self._rank_volume.ids, np.asarray(ids))].sum())
