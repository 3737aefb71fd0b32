"""Conversion of region ids to ranks: one lookup table, and volumes block by block."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import as_c_order
from ..errors import ArgumentError
from .region_map import RegionMap
from .rows import MADE_UP_ROOT
from .runs import decode_runs, encode_runs, occupied_boxes

# ---- Mapping of ids to ranks ---------------------------------------------------------------------

SLOTS_PER_REGION = 16
LEAST_SLOTS = 1 << 16
MOST_SLOTS = 1 << 22
MODULI_TRIED = 16


class RankTable:
    """Lookup table from ids to ranks: by remainder, with binary search as fallback.

    Atlases number their regions up to 6·10⁸, too wide for a table by id. The remainder by a
    fitting number keeps all or nearly all ids of a hierarchy apart, so that one division and
    one look into a small table settle them (measured on the 3 million runs of a 25 µm
    annotation: 27 ms, binary search 72 ms). The few that share a remainder are searched.

    Parameters
    ----------
    ids
        ``(n,)`` int64: id of each rank; rank 0 is background, whose id is 0 always, even where
        the hierarchy has a region of that id.
    """

    def __init__(self, ids: NDArray[np.int64]) -> None:
        self._ids = ids
        usable = _find_usable(ids)
        least = min(max(LEAST_SLOTS, SLOTS_PER_REGION * len(ids)), MOST_SLOTS) | 1
        moduli = range(least, least + 2 * MODULI_TRIED, 2)
        self._modulus = max(moduli, key=lambda m: len(np.unique(ids[usable] % m)))
        self._guess = np.zeros(self._modulus, np.int64)
        self._guess[ids[usable] % self._modulus] = usable

    def ranks_of(self, values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the ids that no rank has, and the rank of each value.

        Parameters
        ----------
        values
            ``(n,)`` integers of any type.

        Returns
        -------
        unknown
            Ascending int64.
        ranks
            ``(n,)`` int64; the k-th unknown id has rank ``len(ids) + k``.
        """
        wide = values.astype(np.int32) if values.itemsize < 4 else values
        ranks = self._guess.take(wide % wide.dtype.type(self._modulus))
        missed = np.flatnonzero(self._ids.take(ranks) != wide)
        if not len(missed):
            return np.zeros(0, np.int64), ranks
        sought = wide[missed].astype(np.int64)
        known, order = self._sorted
        at = np.minimum(np.searchsorted(known, sought), len(known) - 1)
        found = order[at]
        strange = known[at] != sought
        unknown = np.unique(sought[strange])
        found[strange] = len(self._ids) + np.searchsorted(unknown, sought[strange])
        ranks[missed] = found
        return unknown, ranks

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ids, ascending, and their ranks; background once."""
        usable = np.append(0, _find_usable(self._ids))
        order = usable[np.argsort(self._ids[usable], kind="stable")]
        return self._ids[order], order


def _find_usable(ids: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the ranks that voxels may have: not background's, not that of a made-up root."""
    return np.flatnonzero((ids != 0) & (ids != MADE_UP_ROOT))


def whole_numbers(ids: NDArray[Any]) -> NDArray[Any]:
    """Return ids as integers; a float volume must hold whole numbers."""
    if ids.dtype == bool:
        return ids.astype(np.uint8)
    if np.issubdtype(ids.dtype, np.unsignedinteger) and ids.dtype.itemsize == 8:
        if ids.size and ids.max() >= 2**63:
            raise ArgumentError(f"region id {ids.max()}; ids of 2^63 and above are not supported")
        return ids
    if np.issubdtype(ids.dtype, np.integer):
        return ids
    if np.issubdtype(ids.dtype, np.floating):
        with np.errstate(invalid="ignore"):
            whole = ids.astype(np.int64)
        if not np.array_equal(whole, ids):
            bad = ids[whole != ids].ravel()[0]
            raise ArgumentError(f"the annotation holds {bad}; expected whole-numbered region ids")
        return whole
    raise ArgumentError(f"an annotation of dtype {ids.dtype}; expected integers")


# ---- Volumes, block by block ---------------------------------------------------------------------

SLAB_VOXELS = 1 << 23
"""Voxels that are turned into ranks at once: what is worked out per slab stays small beside the
volume, and the tables of a slab are not made too often."""

WIDTHS = (np.uint8, np.uint16, np.uint32)


def rank_dtype(n_ranks: int) -> np.dtype[Any]:
    """Return the narrowest type of so many ranks."""
    return np.dtype(next(w for w in WIDTHS if n_ranks <= np.iinfo(w).max + 1))


def build_ranks(
    ids: NDArray[Any], region_map: RegionMap
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Turn a volume of region ids into ranks, slab by slab.

    Parameters
    ----------
    ids
        Integers in C or Fortran order.
    region_map
        The hierarchy.

    Returns
    -------
    ranks, unknown, counts, boxes
        As the attributes of `RankVolume`.
    """
    for dtype in WIDTHS:
        if len(region_map.ids) <= np.iinfo(dtype).max + 1:
            try:
                return _build_ranks(ids, region_map, np.dtype(dtype))
            except TooManyRanksError:
                continue  # of ids that the hierarchy does not know
    raise TooManyRanksError(f"{len(region_map.ids)} regions")


def _build_ranks(
    ids: NDArray[Any], region_map: RegionMap, dtype: np.dtype[Any]
) -> tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    # Slabs, and the runs in them, follow the order in memory, whichever it is.
    flipped = ids.flags.f_contiguous and not ids.flags.c_contiguous
    ranks = np.empty(ids.shape, dtype)
    source, target = (ids.T, ranks.T) if flipped else (ids, ranks)
    builder = RankBuilder(region_map, source.shape, dtype)
    thickness = max(1, SLAB_VOXELS // max(1, source[:1].size))
    for first in range(0, len(source), thickness):
        part = slice(first, first + thickness)
        target[part] = builder.add((first, *(0,) * (source.ndim - 1)), source[part])
    unknown, table = builder.finish()
    if table is not None:
        for first in range(0, len(source), thickness):
            part = slice(first, first + thickness)
            target[part] = table[target[part]]
    boxes = np.ascontiguousarray(builder.boxes[:, ::-1]) if flipped else builder.boxes
    return ranks, unknown, builder.counts, boxes


class RankBuilder:
    """Incremental builder of a `RankVolume`.

    Ids that the hierarchy does not know get ranks in the order in which they are met; `finish`
    tells which ranks those are to become, so that the result does not depend on the blocks.

    Parameters
    ----------
    region_map
        The hierarchy.
    shape
        Of the whole volume.
    dtype
        Of the ranks: uint16 unless there are more.
    """

    def __init__(self, region_map: RegionMap, shape: Sequence[int], dtype: Any = np.uint16) -> None:
        self._table = RankTable(region_map.ids)
        self._n_known = len(region_map.ids)
        self._unknown: dict[int, int] = {}
        self.shape = tuple(shape)
        self.dtype = np.dtype(dtype)
        self.counts = np.zeros(self._n_known, np.int64)
        self.boxes = _no_boxes(self._n_known, len(self.shape))

    def add(self, start: Sequence[int], ids: NDArray[Any]) -> NDArray[Any]:
        """Add a block.

        Parameters
        ----------
        start
            Index of its first voxel.
        ids
            Its region ids; floats must be whole numbers.

        Returns
        -------
        Its ranks, C-contiguous; those of unknown ids are provisional.

        Raises
        ------
        ArgumentError
            Where an id is no whole number, or there are more ranks than the dtype holds.
        """
        runs = encode_runs(as_c_order(whole_numbers(ids)))
        unknown, ranks = self._table.ranks_of(runs.values)
        if unknown.size:
            ranks = self._provisional(unknown, ranks)
        n = self._n_known + len(self._unknown)
        if n > np.iinfo(self.dtype).max + 1:
            raise TooManyRanksError(f"{n} regions and ids; {self.dtype} holds fewer")
        self._grow(n)
        self.counts += np.bincount(ranks, weights=runs.lengths, minlength=n).astype(np.int64)
        self._enlarge(np.asarray(start, np.int64), occupied_boxes(runs, ranks, n))
        return decode_runs(runs, ranks.astype(self.dtype))

    def finish(self) -> tuple[NDArray[np.int64], NDArray[Any] | None]:
        """Return the unknown ids, ascending, and the final rank of each provisional one.

        The table is None where ranks are final as they are. Counts and boxes are put in order.
        """
        met = np.array(list(self._unknown), np.int64)
        order = np.argsort(met)
        if np.array_equal(order, np.arange(len(met))):
            return met, None
        table = np.arange(self._n_known + len(met)).astype(self.dtype)
        table[self._n_known + order] = self._n_known + np.arange(len(met))
        self.counts[self._n_known :] = self.counts[self._n_known + order]
        self.boxes[self._n_known :] = self.boxes[self._n_known + order]
        self._unknown = {int(i): self._n_known + k for k, i in enumerate(met[order])}
        return met[order], table

    # ---- being stopped and going on --------------------------------------------------------

    def state(self) -> dict[str, NDArray[np.int64]]:
        """Return the state so far, to be saved."""
        met = np.array(list(self._unknown), np.int64)
        return {"counts": self.counts, "boxes": self.boxes, "unknown": met}

    def restore(self, state: dict[str, NDArray[Any]]) -> None:
        """Resume from a saved `state`."""
        self.counts = state["counts"].astype(np.int64)
        self.boxes = state["boxes"].astype(np.int64)
        self._unknown = {int(i): self._n_known + k for k, i in enumerate(state["unknown"])}

    def _provisional(
        self, unknown: NDArray[np.int64], ranks: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        known = [
            self._unknown.setdefault(i, self._n_known + len(self._unknown))
            for i in unknown.tolist()
        ]
        table = np.concatenate([np.arange(self._n_known), known])
        return np.asarray(table[ranks])

    def _grow(self, n: int) -> None:
        more = n - len(self.counts)
        if more:
            self.counts = np.append(self.counts, np.zeros(more, np.int64))
            self.boxes = np.concatenate([self.boxes, _no_boxes(more, len(self.shape))])

    def _enlarge(self, start: NDArray[np.int64], found: NDArray[np.int64]) -> None:
        """Unite the boxes so far with those of a block."""
        there = found[:, 0, 1] > 0
        moved = found[there] + start[np.newaxis, :, np.newaxis]
        old = self.boxes[there]
        fresh = old[:, :1, 1:] == 0
        self.boxes[there] = np.where(
            fresh,
            moved,
            np.stack(
                [np.minimum(old[..., 0], moved[..., 0]), np.maximum(old[..., 1], moved[..., 1])],
                axis=-1,
            ),
        )


class TooManyRanksError(ArgumentError):
    """There are more ranks than the dtype holds."""


def _no_boxes(n: int, ndim: int) -> NDArray[np.int64]:
    return np.zeros((n, ndim, 2), np.int64)
