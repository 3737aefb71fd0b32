"""Checks of the annotation's ids for the patterns that types, byte orders and tables leave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.regions.rank_volume import RankVolume
from ...core.text import counted, listed
from ..check import CheckGroup, Limits
from ..finding import Finding, FindingVoxels
from ..subject import Subject
from .label_facts import anchor_of_rank, cite, three_axes

check = CheckGroup("labels", ("annotation", "hierarchy"))

WIDTHS = (8, 16, 32)
FLOATS = (np.float32, np.float16)
REMAKE = "Store the annotation as uint32 and make it again from its source."

LEAST_LOST = 5
"""Ids that a float cannot hold and that have no voxel, from which on their absence is no chance."""

LEAST_SWAPPED = 3
"""Unknown ids that are known in the other byte order."""


@dataclass(frozen=True)
class IdDamage:
    """Ids that became others.

    Attributes
    ----------
    ranks
        By the rank that the voxels have: the ranks of the regions that they may have had.
    cause
        By the same rank what made them so, as the end of "what X becomes in": "16 bits", "float32".
    """

    ranks: dict[int, list[int]]
    cause: dict[int, str]


# ---- Facts ---------------------------------------------------------------------------------------


def find_damaged_ranks(subject: Subject) -> set[int]:
    """Return the ranks of ids that one of the checks of this module explains."""
    swapped, shifted = find_swapped(subject), find_shifted(subject)
    return {
        *find_overflown(subject).ranks,
        *find_rounded(subject).ranks,
        *(_unknown_ranks(three_axes(subject)).tolist() if swapped or shifted else []),
    }


def _unknown_ranks(rank_volume: RankVolume) -> NDArray[np.int64]:
    """Return the ranks of ids that the hierarchy does not have."""
    return np.arange(len(rank_volume.region_map) + 1, rank_volume.n_ranks)


def _known_ranks(rank_volume: RankVolume) -> NDArray[np.int64]:
    """Return the ranks of regions that a file states: not that of a root made up."""
    regions = rank_volume.region_map
    return np.arange(1 + regions.made_up_root, len(regions) + 1)


def find_overflown(subject: Subject) -> IdDamage:
    """Find ids that equal those of regions in too few bits.

    An unknown id is proof; where there is one, and no id is too large for the bits, known ids
    that absent regions would have become are suspected with it.
    """

    def find() -> IdDamage:
        rank_volume, dtype = three_axes(subject), subject.stored.dtype
        stored = 8 * dtype.itemsize if dtype.kind in "iu" else 0
        # The stored type is what most likely was too narrow; else an earlier one was.
        widths = sorted(WIDTHS, key=lambda bits: bits != stored)
        damage, proven = IdDamage({}, {}), set()
        for rank in _unknown_ranks(rank_volume).tolist():
            value = int(rank_volume.ids[rank])
            for bits in widths:
                # A positive remainder may be chance, unless the type has just these bits.
                exact = dtype.kind == "u" and stored == bits
                if value < -(2 ** (bits - 1)) or not (value < 0 or exact):
                    continue
                candidates = _find_wrapped(rank_volume, value, bits)
                if candidates:
                    damage.ranks[rank], damage.cause[rank] = candidates, f"{bits} bits"
                    proven.add(bits)
                    break
        present = rank_volume.counts > 0
        for bits in proven:
            if (rank_volume.ids[present] >= 2**bits).any():
                continue
            for rank in _known_ranks(rank_volume)[present[_known_ranks(rank_volume)]].tolist():
                lost = [
                    k
                    for k in _find_wrapped(rank_volume, int(rank_volume.ids[rank]), bits)
                    if k != rank and not present[k]
                ]
                if lost and rank not in damage.ranks:
                    damage.ranks[rank], damage.cause[rank] = lost, f"{bits} bits"
        return damage

    return subject.shared("overflown ids", find)


def _find_wrapped(rank_volume: RankVolume, value: int, bits: int) -> list[int]:
    ids = rank_volume.region_map.ids[1:]
    same = (ids % 2**bits == value % 2**bits) & (ids >= 2 ** (bits - 1))
    return (np.flatnonzero(same) + 1).tolist()


def find_rounded(subject: Subject) -> IdDamage:
    """Find ids that equal those of regions rounded to a float, also where they are integers now.

    Of integers it is taken for certain where the float holds every id that occurs, no region
    whose id it cannot hold has a voxel, and an unknown id is such a region's, rounded; or where
    many such regions are absent and two known ids are theirs, rounded.
    """

    def find() -> IdDamage:
        rank_volume, dtype = three_axes(subject), subject.stored.dtype
        if dtype.kind == "f":
            return _round_to(rank_volume, dtype) if dtype.itemsize <= 4 else IdDamage({}, {})
        for kind in FLOATS:
            damage = _round_to(rank_volume, np.dtype(kind))
            if damage.ranks and _is_proven(rank_volume, damage, np.dtype(kind)):
                return damage
        return IdDamage({}, {})

    return subject.shared("rounded ids", find)


def _round(ids: NDArray[np.int64], dtype: np.dtype[Any]) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):
        return ids.astype(dtype).astype(np.float64)


def _round_to(rank_volume: RankVolume, dtype: np.dtype[Any]) -> IdDamage:
    known = _known_ranks(rank_volume)
    held = _round(rank_volume.ids[known], dtype)
    lost: dict[float, list[int]] = {}
    for rank, value in zip(known.tolist(), held.tolist(), strict=True):
        if value != rank_volume.ids[rank]:
            lost.setdefault(value, []).append(rank)
    present = np.flatnonzero(rank_volume.counts).tolist()
    ranks = {r: lost[v] for r in present if (v := float(rank_volume.ids[r])) in lost}
    return IdDamage(ranks, dict.fromkeys(ranks, str(dtype)))


def _is_proven(rank_volume: RankVolume, damage: IdDamage, dtype: np.dtype[Any]) -> bool:
    """Return whether integer ids were floats once, by the pattern of all of them."""
    present, known = np.flatnonzero(rank_volume.counts), _known_ranks(rank_volume)
    ids = rank_volume.ids
    if (_round(ids[present], dtype) != ids[present]).any():
        return False  # an id that the float cannot hold: it never was one
    unheld = known[_round(ids[known], dtype) != ids[known]]
    has_unknown = any(rank > len(rank_volume.region_map) for rank in damage.ranks)
    is_many = dtype == np.float32 and len(unheld) >= LEAST_LOST and len(damage.ranks) > 1
    return bool(has_unknown or is_many)


def find_swapped(subject: Subject) -> bool:
    """Return whether the unknown ids are those of regions in the other byte order."""

    def find() -> bool:
        rank_volume, dtype = three_axes(subject), subject.stored.dtype
        unknown = rank_volume.ids[_unknown_ranks(rank_volume)]
        if dtype.kind not in "iu" or dtype.itemsize < 2 or len(unknown) < LEAST_SWAPPED:
            return False
        native = unknown.astype(dtype.newbyteorder("="))
        known = rank_volume.ids[_known_ranks(rank_volume)]
        present = rank_volume.ids[np.flatnonzero(rank_volume.counts)]
        others = present[np.isin(present, known)]
        # Nearly all: a palindrome such as 257 is the same id in either order.
        return bool(np.isin(native.byteswap().astype(np.int64), known).all()) and bool(
            len(others) <= len(unknown)
        )

    return subject.shared("swapped ids", find)


def find_shifted(subject: Subject) -> int:
    """Return what has to be added to every id so that each is one of the hierarchy; 0 for nothing.

    A hierarchy that lacks its last region looks alike but for this: with the shift, more of its
    regions have voxels.
    """

    def find() -> int:
        rank_volume = three_axes(subject)
        known = rank_volume.ids[_known_ranks(rank_volume)]
        # A row with the id of background is a region where a table counts from 0.
        known = np.union1d(known, [row.id for row in subject.raw.rows if row.id == 0])
        present = rank_volume.ids[np.flatnonzero(rank_volume.counts)]
        present = present[present != 0]
        if len(present) < LEAST_SWAPPED or np.isin(present, known).all():
            return 0
        before = np.isin(known, present).sum()
        for shift in (-1, 1):
            moved = present + shift
            if np.isin(moved, known).all() and np.isin(known, moved).sum() > before:
                return shift
        return 0

    return subject.shared("shifted ids", find)


# ---- Checks --------------------------------------------------------------------------------------


@check("label-ids-lost", "error", "Ids damaged by a type that cannot hold them")
def check_ids_lost(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each id that became another because its type could not hold it."""
    rank_volume = three_axes(subject)
    for damage in (find_overflown(subject), find_rounded(subject)):
        for rank, lost in damage.ranks.items():
            region_id, count = int(rank_volume.ids[rank]), int(rank_volume.counts[rank])
            names = listed([cite(rank_volume, k) for k in lost])
            whose = ""
            if rank <= len(rank_volume.region_map):
                name = rank_volume.region_map.acronym_of_rank(rank)
                whose = f": they count for {name}, of which some or all are the others'"
            yield Finding(
                f"{counted(count, 'voxel')} {'holds' if count == 1 else 'hold'} {region_id}, what "
                f"{names} {'becomes' if len(lost) == 1 else 'become'} in {damage.cause[rank]}"
                f"{whose}.",
                (region_id, *(int(rank_volume.ids[k]) for k in lost)),
                count,
                anchor_of_rank(subject, rank),
                REMAKE,
                marked=FindingVoxels(ranks=(rank,)),
            )


@check("label-byte-order", "error", "Ids in the wrong byte order")
def check_byte_order(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where unknown ids are those of the hierarchy in the other byte order."""
    rank_volume = three_axes(subject)
    if not find_swapped(subject):
        return
    ranks = _unknown_ranks(rank_volume)
    ranks = ranks[np.argsort(-rank_volume.counts[ranks], kind="stable")]
    dtype, first = subject.stored.dtype, int(rank_volume.ids[ranks[0]])
    native = np.array([first]).astype(dtype.newbyteorder("=")).byteswap()
    count = int(rank_volume.counts[ranks].sum())
    yield Finding(
        f"All {len(ranks)} ids that the hierarchy lacks are ids of it with their bytes swapped, "
        f"such as {first} for {int(native[0])}: {counted(count, 'voxel')} are read in the wrong "
        f"byte order.",
        tuple(int(rank_volume.ids[r]) for r in ranks),
        count,
        anchor_of_rank(subject, int(ranks[0])),
        "State the right byte order in the file's header, or write the file again.",
        marked=FindingVoxels(ranks=tuple(ranks.tolist())),
        key="bytes",
    )


@check("label-shifted", "error", "Ids that are off by one from the hierarchy")
def check_shifted(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where one more or less would make every id one of the hierarchy."""
    rank_volume, shift = three_axes(subject), find_shifted(subject)
    if not shift:
        return
    ranks = np.flatnonzero((rank_volume.counts > 0) & (rank_volume.ids != 0))
    count = int(rank_volume.counts[ranks].sum())
    unknown = int(_unknown_ranks(rank_volume)[0])
    yield Finding(
        f"Every id of the annotation is {'one more' if shift < 0 else 'one less'} than that of a "
        f"region, and {int(rank_volume.ids[unknown])} is none itself: all {count:,} voxels are "
        f"called by the name of the {'next' if shift < 0 else 'previous'} row of the table.",
        (int(rank_volume.ids[unknown]),),
        count,
        anchor_of_rank(subject, unknown),
        f"{'Subtract 1 from' if shift < 0 else 'Add 1 to'} the ids of the volume, or correct those "
        f"of the table.",
        marked=FindingVoxels(ranks=tuple(ranks.tolist())),
        key="off by one",
    )
