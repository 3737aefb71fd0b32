"""Checks of the annotation's values: unknown, fractional, damaged, too large, interpolated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compute.blocks import planes_at_once, positions_where, slabs
from ...core.regions.rank_volume import RankVolume
from ...core.text import counted, listed
from ..check import CheckGroup, Limits
from ..finding import Anchor, Finding, FindingVoxels
from ..subject import Subject
from .label_damage import find_damaged_ranks
from .label_facts import anchor_of_rank, cite, three_axes

check = CheckGroup("labels", ("annotation", "hierarchy"))

# ---- Ids that only interpolation can have produced -----------------------------------------------
#
# Resampling labels as if they were gray values puts a film of averages between any two regions.
# A label of such a film has no inside (no voxel all of whose six neighbors carry it), and along
# some axis its voxels are between a lower and a higher value. A thin layer can look the same by
# chance, therefore a label that the hierarchy knows counts only where unknown ids of the kind
# show that the volume was interpolated, and where its ids are exact averages of far-apart ones.

MOST_BETWEEN = 0.9
"""Share of an interpolated label's voxels that are between a lower and a higher id."""

WORK_BYTES = 6
"""For each voxel of a slab that is compared with its neighbors."""

REACH = 3
"""Voxels that a film is followed along an axis: interpolation to a grid up to 4 times finer."""

WEIGHTS = (1 / 2, 1 / 3, 2 / 3, 1 / 4, 3 / 4)
"""Of the lower id in an average, at the usual factors 2, 3 and 4."""

FAR_APART = 100
"""Ids nearer than this have so few whole numbers between them that a layer may be one of them."""


def find_interpolated_ranks(rank_volume: RankVolume) -> dict[int, float]:
    """Return interpolated ids' ranks, and the share of voxels between a lower and a higher id."""
    first = len(rank_volume.region_map) + 1
    if first >= rank_volume.n_ranks or rank_volume.raw.ndim != 3:
        return {}
    unknown = np.arange(first, rank_volume.n_ranks)
    films = _find_films(
        rank_volume, positions_where(lambda r: r >= first, rank_volume.raw), unknown, False
    )
    if not films:
        return {}
    known = _find_thin_ranks(rank_volume)[1:first] & (rank_volume.counts[1:first] > 0)
    thin = np.flatnonzero(known) + 1
    flags = np.zeros(rank_volume.n_ranks, bool)
    flags[thin] = True
    return films | _find_films(
        rank_volume, positions_where(lambda r: flags[r], rank_volume.raw), thin, True
    )


def _find_films(
    rank_volume: RankVolume, flat: NDArray[np.intp], ranks: NDArray[np.int64], exact: bool
) -> dict[int, float]:
    own = rank_volume.raw.reshape(-1)[flat]
    inside = np.ones(len(flat), bool)
    between = np.zeros(len(flat), bool)
    value = rank_volume.ids[own]
    for axis in range(3):
        low, same_low = _find_next_label(rank_volume, flat, own, axis, -1)
        high, same_high = _find_next_label(rank_volume, flat, own, axis, 1)
        inside &= same_low & same_high
        small, large = np.minimum(low, high), np.maximum(low, high)
        met = (small < value) & (value < large)
        if exact:
            averages = [np.abs(small * w + large * (1 - w) - value) <= 1 for w in WEIGHTS]
            met &= np.any(averages, axis=0) & (large - small >= FAR_APART)
        between |= met
    n = rank_volume.n_ranks
    count = np.bincount(own, minlength=n)
    thick = np.bincount(own, weights=inside, minlength=n) > 0
    share = np.bincount(own, weights=between, minlength=n) / np.maximum(count, 1)
    is_film = (share >= MOST_BETWEEN) & ~thick & (count > 0)
    return {int(r): float(share[r]) for r in ranks if is_film[r]}


def _find_next_label(
    rank_volume: RankVolume, flat: NDArray[np.intp], own: NDArray[Any], axis: int, step: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the next other label along an axis, and whether the next voxel has the same."""
    shape, ranks = rank_volume.raw.shape, rank_volume.raw.reshape(-1)
    stride = int(np.prod(shape[axis + 1 :], dtype=np.int64))
    at = flat // stride % shape[axis]
    seen, same = own.copy(), np.zeros(len(flat), bool)
    for distance in range(1, REACH + 1):
        within = (at + step * distance >= 0) & (at + step * distance < shape[axis])
        looking = within & (seen == own)
        seen[looking] = ranks[flat[looking] + step * distance * stride]
        if distance == 1:
            same = within & (seen == own)
    return rank_volume.ids[seen], same


def _find_thin_ranks(rank_volume: RankVolume) -> NDArray[np.bool_]:
    """Return ``(n_ranks,)`` whether no voxel has six neighbors of its own rank."""
    thick = np.zeros(rank_volume.n_ranks, bool)
    for planes in slabs(
        1, rank_volume.raw.shape[0] - 1, planes_at_once(rank_volume.raw.shape, WORK_BYTES)
    ):
        ranks = rank_volume.raw[planes.start - 1 : planes.stop + 1]
        inner = ranks[1:-1, 1:-1, 1:-1]
        same = np.ones(inner.shape, bool)
        for axis in range(3):
            for step in (0, 2):
                window = [slice(1, -1)] * 3
                window[axis] = slice(step, ranks.shape[axis] - 2 + step)
                same &= ranks[tuple(window)] == inner
        thick[inner[same]] = True
    return ~thick


# ---- Unknown, fractional, damaged, too large, interpolated ---------------------------------------

ITKSNAP_LIMIT = 65535
"""Labels of ITK-SNAP are 16-bit numbers (itksnap.org, "Label Editor")."""

MOST_LISTED = 50
"""Ids of a kind that get a finding each; further ones share the last."""

NEAREST = "Resample the annotation again with nearest-neighbor interpolation."


@check("label-unknown-id", "error", "Id of the annotation that is not in the hierarchy")
def check_unknown_ids(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each id of the annotation that the hierarchy does not have."""
    rank_volume = three_axes(subject)
    explained = {*find_damaged_ranks(subject), *get_interpolated(subject)}
    first = len(rank_volume.region_map) + 1
    strange = [r for r in range(first, rank_volume.n_ranks) if r not in explained]
    strange.sort(key=lambda r: -int(rank_volume.counts[r]))
    for rank in strange[:MOST_LISTED]:
        subject.pulse()
        region_id, count = int(rank_volume.ids[rank]), int(rank_volume.counts[rank])
        yield Finding(
            f"{counted(count, 'voxel')} of the annotation {_carry(count)} id {region_id}, "
            f"which is not in the hierarchy.",
            (region_id,),
            count,
            anchor_of_rank(subject, rank),
            "Add the region to the hierarchy, or give the voxels the id of one that is in it.",
            marked=FindingVoxels(ranks=(rank,)),
        )
    rest = strange[MOST_LISTED:]
    if rest:
        count = int(rank_volume.counts[rest].sum())
        yield Finding(
            f"{len(rest):,} more ids are not in the hierarchy, on {count:,} voxels in all.",
            (),
            count,
            anchor_of_rank(subject, rest[0]),
            "Check that this is the hierarchy of this annotation.",
            marked=FindingVoxels(ranks=tuple(rest)),
            key="further ids",
        )


@check(
    "label-not-integer",
    "error",
    "Annotation with values that are no whole numbers",
    needs=("annotation",),
)
def check_not_integer(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where voxels hold no whole number."""
    flat = subject.stored.fractional
    if len(flat):
        yield Finding(
            f"{counted(len(flat), 'voxel')} of the annotation {_hold(len(flat))} no whole number "
            f"(such as {subject.stored.example:g}).",
            (),
            len(flat),
            Anchor.at(flat, subject.atlas.shape),
            "Make the annotation again with nearest-neighbor resampling, as integers.",
            marked=FindingVoxels(flat=flat),
            key="fractional",
        )


@check(
    "label-id-limit", "info", "Id that ITK-SNAP cannot hold", needs=("annotation",), cost="quick"
)
def check_id_limit(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where ids are too large for ITK-SNAP."""
    rank_volume = three_axes(subject)
    ranks = np.flatnonzero((rank_volume.ids > ITKSNAP_LIMIT) & (rank_volume.counts > 0))
    if len(ranks):
        order = ranks[np.argsort(-rank_volume.counts[ranks], kind="stable")]
        names = listed([cite(rank_volume, int(r)) for r in order])
        yield Finding(
            f"{counted(len(order), 'id')} of the annotation {_lie(len(order))} above "
            f"{ITKSNAP_LIMIT:,}, the largest that ITK-SNAP can hold: {names}.",
            tuple(int(rank_volume.ids[r]) for r in order),
            len(order),
            anchor_of_rank(subject, int(order[0])),
            "For ITK-SNAP, export the annotation with its label table: these ids get free numbers.",
            marked=FindingVoxels(ranks=tuple(order.tolist())),
            key="ids above the limit",
        )


@check("label-resampled-id", "warning", "Ids made by interpolation")
def check_resampled_ids(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each id that only interpolation can have produced."""
    rank_volume = three_axes(subject)
    shares = sorted(
        get_interpolated(subject).items(), key=lambda item: -int(rank_volume.counts[item[0]])
    )
    for rank, share in shares[:MOST_LISTED]:
        subject.pulse()
        region_id, count = int(rank_volume.ids[rank]), int(rank_volume.counts[rank])
        yield Finding(
            f"{cite(rank_volume, rank)} exists only as a film along borders: {share:.0%} of its "
            f"{counted(count, 'voxel')} are between a lower and a higher id, as if ids had been "
            f"averaged.",
            (region_id,),
            count,
            anchor_of_rank(subject, rank),
            NEAREST,
            measure=100 * share,
            unit="%",
            marked=FindingVoxels(ranks=(rank,)),
        )
    rest = [rank for rank, _ in shares[MOST_LISTED:]]
    if rest:
        count = int(rank_volume.counts[rest].sum())
        yield Finding(
            f"{len(rest):,} more ids exist only as films along borders, on {count:,} voxels.",
            (),
            count,
            anchor_of_rank(subject, rest[0]),
            NEAREST,
            marked=FindingVoxels(ranks=tuple(rest)),
            key="further ids",
        )


def get_interpolated(subject: Subject) -> dict[int, float]:
    """Return the ranks produced by interpolation, with the share of voxels that shows it."""
    return subject.shared("interpolated ids", lambda: find_interpolated_ranks(three_axes(subject)))


def _carry(n: int) -> str:
    return "carries" if n == 1 else "carry"


def _hold(n: int) -> str:
    return "holds" if n == 1 else "hold"


def _lie(n: int) -> str:
    return "is" if n == 1 else "are"
