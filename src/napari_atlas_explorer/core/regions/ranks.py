"""Incremental conversion of an annotation to ranks, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError
from .rank_volume import RankTable, whole_numbers
from .region_map import RegionMap
from .runs import decode_runs, encode_runs, occupied_boxes


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
        runs = encode_runs(np.ascontiguousarray(whole_numbers(ids)))
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
