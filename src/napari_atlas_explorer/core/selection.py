"""Which voxels are chosen: for each region's own voxels, on which side."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import AtlasError
from .regions.annotation import Annotation
from .space.sides import LEFT, RIGHT, Sides

NO_SIDE = 4
ALL_SIDES = LEFT | RIGHT | NO_SIDE
BIT_OF_SIDE = np.array([NO_SIDE, LEFT, RIGHT], np.uint8)
SIDE_WORDS = {ALL_SIDES: "both", LEFT: "left", RIGHT: "right"}


@dataclass(frozen=True, eq=False)
class Selection:
    """A set of voxels that regions and sides describe.

    Every voxel has one rank and one side (left, right or none). A selection says for each rank
    which of the three sides of its own voxels are in it, so that union, intersection and
    difference are arithmetic on a few thousand bits, whatever the volume measures.

    Attributes
    ----------
    labels
        The annotation.
    bits
        ``(n_ranks,)`` uint8: `LEFT`, `RIGHT` and `NO_SIDE`, added up; 0 for ranks left out.
        Background's is 0.
    """

    labels: Annotation
    bits: NDArray[np.uint8]

    @classmethod
    def nothing(cls, labels: Annotation) -> Selection:
        """Select no voxel."""
        return cls(labels, np.zeros(labels.n_ranks, np.uint8))

    @classmethod
    def of_ranks(
        cls, labels: Annotation, ranks: Iterable[int], descendants: bool = True
    ) -> Selection:
        """Select regions by rank, with all their descendants or their own voxels alone."""
        bits = np.zeros(labels.n_ranks, np.uint8)
        for rank in ranks:
            bits[rank : int(labels.ends[rank]) if descendants else rank + 1] = ALL_SIDES
        bits[0] = 0
        return cls(labels, bits)

    def __bool__(self) -> bool:
        """Whether anything is selected."""
        return bool(self.bits.any())

    def __eq__(self, other: object) -> bool:
        """Whether two selections of one annotation choose the same."""
        return isinstance(other, Selection) and np.array_equal(self.bits, other.bits)

    def __hash__(self) -> int:
        """Hash by what is chosen."""
        return hash(self.bits.tobytes())

    def __or__(self, other: Selection) -> Selection:
        """Union."""
        return Selection(self.labels, self.bits | other.bits)

    def __and__(self, other: Selection) -> Selection:
        """Intersection."""
        return Selection(self.labels, self.bits & other.bits)

    def __sub__(self, other: Selection) -> Selection:
        """Difference."""
        return Selection(self.labels, self.bits & ~other.bits)

    def __xor__(self, other: Selection) -> Selection:
        """What is in one of the two alone."""
        return Selection(self.labels, self.bits ^ other.bits)

    def on_side(self, side: int) -> Selection:
        """Keep one side: `LEFT` or `RIGHT`."""
        return Selection(self.labels, self.bits & np.uint8(side))

    def mirrored(self) -> Selection:
        """Exchange left and right."""
        exchanged = np.array([side_exchanged(k) for k in range(ALL_SIDES + 1)], np.uint8)
        return Selection(self.labels, exchanged[self.bits])

    @property
    def sided(self) -> bool:
        """Whether it needs to be known which side a voxel is on."""
        return bool(np.any((self.bits != 0) & (self.bits != ALL_SIDES)))

    @property
    def ranks(self) -> NDArray[np.int64]:
        """Ranks of which something is selected, ascending."""
        return np.flatnonzero(self.bits)

    def parts(self) -> list[tuple[int, bool, int]]:
        """Fewest pieces that make it up: rank, whether with all descendants, and sides.

        In pre-order; a region of which all below is chosen on the same sides is one piece.
        """
        found = []
        ends, rank = self.labels.ends, 1
        while rank < len(self.bits):
            bits, end = int(self.bits[rank]), int(ends[rank])
            whole = bool((self.bits[rank:end] == bits).all())
            if bits:
                found.append((rank, whole, bits))
            rank = end if whole else rank + 1
        return found

    @classmethod
    def of_parts(cls, labels: Annotation, parts: Iterable[tuple[int, bool, int]]) -> Selection:
        """Put a selection together again; see `parts`."""
        bits = np.zeros(labels.n_ranks, np.uint8)
        for rank, descendants, sides in parts:
            bits[rank : int(labels.ends[rank]) if descendants else rank + 1] |= np.uint8(sides)
        bits[0] = 0
        return cls(labels, bits)

    def describe(self, most: int = 6) -> str:
        """Words for a status line: "VISp, left:HPF, own:CTX and 3 more"."""
        words = []
        # A parent's own voxels are often none: then there is nothing to say of them.
        parts = [p for p in self.parts() if p[1] or self.labels.counts[p[0]]]
        for rank, whole, sides in parts[:most]:
            n_known = len(self.labels.region_map)
            name = self.labels.region_map.acronym(rank) if rank <= n_known else None
            word = name or str(self.labels.ids[rank])
            own = "" if whole else "own:"
            side = "" if sides == ALL_SIDES else f"{SIDE_WORDS.get(sides, 'some')}:"
            words.append(f"{side}{own}{word}")
        more = len(parts) - most
        return ", ".join(words) + (f" and {more} more" if more > 0 else "")

    def count(self, sides: Sides | None) -> int:
        """Number of voxels, counted from the annotation's counts where no side matters."""
        if not self.sided:
            return int(self.labels.counts[self.bits != 0].sum())
        return int(self.mask(sides).sum())

    def mask(self, sides: Sides | None = None) -> NDArray[np.bool_]:
        """Boolean volume of the selected voxels.

        Raises
        ------
        AtlasError
            If a side is asked for and nothing tells sides.
        """
        result: NDArray[np.bool_] | None = None
        for bits in np.unique(self.bits[self.bits != 0]).tolist():
            mask = self.labels.mask(_intervals(self.bits == bits))
            if bits != ALL_SIDES:
                _keep(mask, bits, sides)
            result = mask if result is None else np.logical_or(result, mask, out=result)
        return np.zeros(self.labels.ranks.shape, bool) if result is None else result

    def contains(self, rank: int, side: int) -> bool:
        """Whether a voxel of a rank and a side (0 for none) is selected."""
        return bool(int(self.bits[rank]) & (side or NO_SIDE))


def chosen_voxels(
    bits: NDArray[np.uint8], ranks: NDArray[Any], sides: NDArray[np.uint8] | None
) -> NDArray[np.bool_]:
    """Voxels of any part of a volume that a selection holds.

    Parameters
    ----------
    bits
        Of the selection, by rank.
    ranks
        Of the part's voxels.
    sides
        Of the same voxels (0, 1, 2); None where no side matters.
    """
    chosen = bits[ranks]
    if sides is not None:
        chosen = chosen & BIT_OF_SIDE[sides]
    return np.asarray(chosen != 0)


def _intervals(chosen: NDArray[np.bool_]) -> Collection[tuple[int, int]]:
    steps = np.diff(chosen.astype(np.int8), prepend=0, append=0)
    return list(
        zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True)
    )


def _keep(mask: NDArray[np.bool_], bits: int, sides: Sides | None) -> None:
    """Clear a mask, in place, where a voxel's side is not among the bits."""
    if sides is None:
        raise AtlasError("nothing says which side is left; state the orientation and the midline")
    for side in (LEFT, RIGHT, 0):
        if not bits & (side or NO_SIDE):
            sides.drop(mask, side)


def side_exchanged(bits: int) -> int:
    """Bits with left and right exchanged."""
    left, right = bits & LEFT, bits & RIGHT
    return (bits & NO_SIDE) | (RIGHT if left else 0) | (LEFT if right else 0)
