"""Selections of voxels: regions and hemispheres, combined as sets."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import AtlasError
from .regions.rank_volume import RankVolume
from .space.hemispheres import LEFT, RIGHT, HemisphereRule

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
    rank_volume
        The annotation.
    bits
        ``(n_ranks,)`` uint8: `LEFT`, `RIGHT` and `NO_SIDE`, added up; 0 for ranks left out.
        Background's is 0.
    """

    rank_volume: RankVolume
    bits: NDArray[np.uint8]

    @classmethod
    def nothing(cls, rank_volume: RankVolume) -> Selection:
        """Select no voxel."""
        return cls(rank_volume, np.zeros(rank_volume.n_ranks, np.uint8))

    @classmethod
    def of_ranks(
        cls, rank_volume: RankVolume, ranks: Iterable[int], descendants: bool = True
    ) -> Selection:
        """Select regions by rank, with all their descendants or their own voxels alone."""
        bits = np.zeros(rank_volume.n_ranks, np.uint8)
        for rank in ranks:
            bits[rank : int(rank_volume.ends[rank]) if descendants else rank + 1] = ALL_SIDES
        bits[0] = 0
        return cls(rank_volume, bits)

    def __bool__(self) -> bool:
        """Whether anything is selected."""
        return bool(self.bits.any())

    def __eq__(self, other: object) -> bool:
        """Whether two selections of one annotation choose the same."""
        return isinstance(other, Selection) and np.array_equal(self.bits, other.bits)

    def __hash__(self) -> int:
        """Hash by the selected voxels."""
        return hash(self.bits.tobytes())

    def __or__(self, other: Selection) -> Selection:
        """Union."""
        return Selection(self.rank_volume, self.bits | other.bits)

    def __and__(self, other: Selection) -> Selection:
        """Intersection."""
        return Selection(self.rank_volume, self.bits & other.bits)

    def __sub__(self, other: Selection) -> Selection:
        """Difference."""
        return Selection(self.rank_volume, self.bits & ~other.bits)

    def __xor__(self, other: Selection) -> Selection:
        """Symmetric difference."""
        return Selection(self.rank_volume, self.bits ^ other.bits)

    def in_hemisphere(self, hemisphere: int) -> Selection:
        """Keep one hemisphere: `LEFT` or `RIGHT`."""
        return Selection(self.rank_volume, self.bits & np.uint8(hemisphere))

    def mirrored(self) -> Selection:
        """Exchange left and right."""
        exchanged = np.array([swap_hemispheres(k) for k in range(ALL_SIDES + 1)], np.uint8)
        return Selection(self.rank_volume, exchanged[self.bits])

    @property
    def depends_on_hemispheres(self) -> bool:
        """Whether it needs to be known which side a voxel is on."""
        return bool(np.any((self.bits != 0) & (self.bits != ALL_SIDES)))

    @property
    def ranks(self) -> NDArray[np.int64]:
        """Ranks of which something is selected, ascending."""
        return np.flatnonzero(self.bits)

    def parts(self) -> list[tuple[int, bool, int]]:
        """Return the fewest pieces that make it up: rank, whether with all descendants, and sides.

        In pre-order; a region of which all below is chosen on the same sides is one piece.
        """
        found = []
        ends, rank = self.rank_volume.ends, 1
        while rank < len(self.bits):
            bits, end = int(self.bits[rank]), int(ends[rank])
            whole = bool((self.bits[rank:end] == bits).all())
            if bits:
                found.append((rank, whole, bits))
            rank = end if whole else rank + 1
        return found

    @classmethod
    def of_parts(cls, rank_volume: RankVolume, parts: Iterable[tuple[int, bool, int]]) -> Selection:
        """Build a selection from its `parts`."""
        bits = np.zeros(rank_volume.n_ranks, np.uint8)
        for rank, descendants, hemispheres in parts:
            bits[rank : int(rank_volume.ends[rank]) if descendants else rank + 1] |= np.uint8(
                hemispheres
            )
        bits[0] = 0
        return cls(rank_volume, bits)

    def describe(self, most: int = 6) -> str:
        """Return words for a status line: "VISp, left:HPF, own:CTX and 3 more"."""
        words = []
        # A parent's own voxels are often none: then there is nothing to say of them.
        parts = [p for p in self.parts() if p[1] or self.rank_volume.counts[p[0]]]
        for rank, whole, hemispheres in parts[:most]:
            n_known = len(self.rank_volume.region_map)
            name = self.rank_volume.region_map.acronym_of_rank(rank) if rank <= n_known else None
            word = name or str(self.rank_volume.ids[rank])
            own = "" if whole else "own:"
            hemisphere = (
                "" if hemispheres == ALL_SIDES else f"{SIDE_WORDS.get(hemispheres, 'some')}:"
            )
            words.append(f"{hemisphere}{own}{word}")
        more = len(parts) - most
        return ", ".join(words) + (f" and {more} more" if more > 0 else "")

    def count(self, hemisphere_rule: HemisphereRule | None) -> int:
        """Number of voxels, counted from the annotation's counts where no side matters."""
        if not self.depends_on_hemispheres:
            return int(self.rank_volume.counts[self.bits != 0].sum())
        return int(self.mask(hemisphere_rule).sum())

    def mask(self, hemisphere_rule: HemisphereRule | None = None) -> NDArray[np.bool_]:
        """Return the boolean volume of the selected voxels.

        Raises
        ------
        AtlasError
            If a side is asked for and nothing tells sides.
        """
        result: NDArray[np.bool_] | None = None
        for bits in np.unique(self.bits[self.bits != 0]).tolist():
            mask = self.rank_volume.mask(_intervals(self.bits == bits))
            if bits != ALL_SIDES:
                _clear_unselected(mask, bits, hemisphere_rule)
            result = mask if result is None else np.logical_or(result, mask, out=result)
        return np.zeros(self.rank_volume.raw.shape, bool) if result is None else result


def chosen_voxels(
    bits: NDArray[np.uint8], ranks: NDArray[Any], hemispheres: NDArray[np.uint8] | None
) -> NDArray[np.bool_]:
    """Return the voxels of any part of a volume that a selection holds.

    Parameters
    ----------
    bits
        Of the selection, by rank.
    ranks
        Of the part's voxels.
    hemispheres
        Of the same voxels (0, 1, 2); None where no side matters.
    """
    chosen = bits[ranks]
    if hemispheres is not None:
        chosen = chosen & BIT_OF_SIDE[hemispheres]
    return np.asarray(chosen != 0)


def _intervals(chosen: NDArray[np.bool_]) -> Collection[tuple[int, int]]:
    steps = np.diff(chosen.astype(np.int8), prepend=0, append=0)
    return list(
        zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True)
    )


def _clear_unselected(
    mask: NDArray[np.bool_], bits: int, hemisphere_rule: HemisphereRule | None
) -> None:
    """Clear a mask, in place, where a voxel's side is not among the bits."""
    if hemisphere_rule is None:
        raise AtlasError(
            "hemispheres unknown: not stated which side is left; state orientation and midline"
        )
    for hemisphere in (LEFT, RIGHT, 0):
        if not bits & (hemisphere or NO_SIDE):
            hemisphere_rule.drop(mask, hemisphere)


def swap_hemispheres(bits: int) -> int:
    """Return bits with left and right exchanged."""
    left, right = bits & LEFT, bits & RIGHT
    return (bits & NO_SIDE) | (RIGHT if left else 0) | (LEFT if right else 0)
