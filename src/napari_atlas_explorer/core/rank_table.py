"""From region ids, as wide as they come, to ranks."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLOTS_PER_REGION = 16
LEAST_SLOTS = 1 << 16
MOST_SLOTS = 1 << 22
MODULI_TRIED = 16


class RankTable:
    """Ranks of ids: guessed by remainder, and searched for where the guess is wrong.

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
        usable = np.flatnonzero(ids)
        least = min(max(LEAST_SLOTS, SLOTS_PER_REGION * len(ids)), MOST_SLOTS) | 1
        moduli = range(least, least + 2 * MODULI_TRIED, 2)
        self._modulus = max(moduli, key=lambda m: len(np.unique(ids[usable] % m)))
        self._guess = np.zeros(self._modulus, np.int64)
        self._guess[ids[usable] % self._modulus] = usable

    def ranks_of(self, values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Ids that no rank has, and the rank of each value.

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
        usable = np.append(0, np.flatnonzero(self._ids))
        order = usable[np.argsort(self._ids[usable], kind="stable")]
        return self._ids[order], order
