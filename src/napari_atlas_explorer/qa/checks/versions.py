"""Checks against another version, resolution or atlas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compute.overlap import Overlap, region_overlap
from ...core.regions.rank_volume import RankVolume
from ...core.statistics import with_descendants
from ...core.text import counted
from ..check import CheckGroup, Limits, NotRunError, Threshold
from ..finding import Anchor, Finding, FindingVoxels
from ..subject import Subject, reading
from .label_facts import anchor_of_rank, cite, drop_explained, three_axes

check = CheckGroup("versions", ("annotation", "another atlas"))

THRESHOLDS = (
    Threshold(
        "volume_jump",
        25,
        "%",
        "Of the other atlas's volume. Between Allen's CCFv3 at 100, 50 and 25 µm one or two "
        "regions, thin ones, differ by more.",
    ),
    Threshold(
        "volume_voxels",
        100,
        "voxels",
        "Regions with fewer in either atlas are left out: their volume depends on where the "
        "grid's voxels happen to be.",
    ),
    Threshold(
        "version_dice",
        0.8,
        "",
        "Dice of a region in both atlases; a border moved by one voxel costs a thin layer 0.3.",
    ),
)


@check(
    "version-volume",
    "warning",
    "Region of another volume than in the other atlas",
    thresholds=("volume_jump", "volume_voxels"),
)
def check_volume_jump(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region whose volume differs much from the other atlas's."""
    rank_volume, other = three_axes(subject), _require_other(subject)
    _require_resolutions(subject)
    unit = rank_volume.grid.voxel_volume / 1e9
    other_unit = other.grid.voxel_volume / 1e9
    for rank, match in _find_shared(rank_volume, other):
        count, count_there = (int(rank_volume.total_counts[rank]), int(other.total_counts[match]))
        if min(count, count_there) < max(1, limits["volume_voxels"]):
            continue
        volume, before = count * unit, count_there * other_unit
        change = 100 * (volume / before - 1)
        if abs(change) > limits["volume_jump"]:
            subject.pulse()
            yield Finding(
                f"{cite(rank_volume, rank)} has {volume:.4g} mm³, in {subject.compared.name} "
                f"{before:.4g} mm³: {change:+.0f} % (limit {limits['volume_jump']:g} %).",
                (int(rank_volume.ids[rank]),),
                max(1, round(abs(volume - before) / unit)),
                _make_anchor(subject, rank),
                "Check whether the region was redrawn, lost voxels or gained those of others.",
                measure=change,
                threshold="volume_jump",
                marked=FindingVoxels(ranks=tuple(range(rank, int(rank_volume.ends[rank])))),
            )


@check("version-missing", "info", "Region with voxels in one of the atlases alone")
def check_missing(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region that has voxels in one of the atlases only."""
    rank_volume, other = three_axes(subject), _require_other(subject)
    name = subject.compared.name
    for rank in _find_only_in(rank_volume, other):
        subject.pulse()
        count = int(rank_volume.total_counts[rank])
        yield Finding(
            f"{cite(rank_volume, rank)} has {counted(count, 'voxel')} here and none in {name}.",
            (int(rank_volume.ids[rank]),),
            count,
            _make_anchor(subject, rank),
            "Look whether the region is new, or had another id.",
            marked=FindingVoxels(ranks=tuple(range(rank, int(rank_volume.ends[rank])))),
        )
    for rank in _find_only_in(other, rank_volume):
        region_id = int(other.ids[rank])
        count = int(other.total_counts[rank])
        yield Finding(
            f"{cite(other, rank)} has {counted(count, 'voxel')} in {name} and none here.",
            (region_id,),
            count,
            Anchor(node=region_id if region_id in rank_volume.region_map else None),
            "Look whether the region was given up, or has another id.",
            key="there only",
        )


@check(
    "version-dice",
    "warning",
    "Region that overlaps little with that of the other atlas",
    needs=("annotation", "another atlas on the same grid"),
    thresholds=("version_dice",),
)
def check_dice(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region that is elsewhere in the other atlas."""
    rank_volume = three_axes(subject)
    overlap = _get_overlap(subject)
    both = (overlap.first > 0) & (overlap.second > 0)
    low = both & np.less(overlap.dice, limits["version_dice"], dtype=bool)
    low[len(rank_volume.region_map) + 1 :] = False  # unknown ids are another check's
    amount = overlap.first + overlap.second - 2 * overlap.both
    differing = overlap.differing
    own_ranks = rank_volume.raw.reshape(-1)[differing].astype(np.int64)
    theirs_at = _require_other(subject).raw.reshape(-1)[differing]
    other_ranks = _map_ranks(subject)[theirs_at].astype(np.int64)
    for rank in drop_explained(rank_volume, low, amount):
        subject.pulse()
        end, region_id = int(rank_volume.ends[rank]), int(rank_volume.ids[rank])
        is_own = (own_ranks >= rank) & (own_ranks < end)
        is_other = (other_ranks >= rank) & (other_ranks < end)
        flat = differing[is_own != is_other]
        lost, gained = (
            int(np.count_nonzero(is_other & ~is_own)),
            int(np.count_nonzero(is_own & ~is_other)),
        )
        yield Finding(
            f"{cite(rank_volume, rank)} overlaps with Dice {overlap.dice[rank]:.2f} with that of "
            f"{subject.compared.name} (limit {limits['version_dice']:g}): {gained:,} voxels here "
            f"only, {lost:,} there only.",
            (region_id,),
            len(flat),
            Anchor.at(flat, rank_volume.raw.shape, region_id),
            "Check both borders on the reference image.",
            measure=float(overlap.dice[rank]),
            threshold="version_dice",
            marked=FindingVoxels(flat=flat),
        )


def _require_other(subject: Subject) -> RankVolume:
    other = subject.compared
    with reading("the other annotation"):
        return other.ranks


def _require_resolutions(subject: Subject) -> None:
    for atlas in (subject.atlas, subject.compared):
        if not atlas.package.resolution_known:
            raise NotRunError(f"the voxel size of {atlas.name} is not known")


def _find_shared(rank_volume: RankVolume, other: RankVolume) -> Iterator[tuple[int, int]]:
    """Yield the ranks of the regions that both know and that have voxels in both."""
    table = {int(i): k for k, i in enumerate(other.ids.tolist()) if k}
    for rank in range(1, rank_volume.n_ranks):
        other_rank = table.get(int(rank_volume.ids[rank]))
        if (
            other_rank is not None
            and rank_volume.total_counts[rank]
            and other.total_counts[other_rank]
        ):
            yield rank, other_rank


def _find_only_in(rank_volume: RankVolume, other: RankVolume) -> Iterator[int]:
    """Yield ranks with voxels of which the other has none; not what is below one of them.

    A region that the other does not know is not missing if the other has descendants of it.
    """
    totals = dict(zip(other.ids[1:].tolist(), other.total_counts[1:].tolist(), strict=True))
    has_voxels = np.array(
        [0, *(totals.get(i, 0) > 0 for i in rank_volume.ids[1:].tolist())], np.int64
    )
    parts = with_descendants(has_voxels, rank_volume)
    covered = 0
    for rank in np.flatnonzero((rank_volume.total_counts > 0) & (parts == 0)).tolist():
        if rank and rank >= covered:
            covered = int(rank_volume.ends[rank])
            yield rank


def _make_anchor(subject: Subject, rank: int) -> Anchor:
    """Return an anchor at a region: its largest component, or that of its largest descendant."""
    rank_volume = subject.ranks
    end = int(rank_volume.ends[rank])
    largest = rank + int(rank_volume.counts[rank:end].argmax())
    voxel = anchor_of_rank(subject, largest).voxel
    extent = tuple((int(a), int(b)) for a, b in rank_volume.total_boxes[rank])
    return Anchor(voxel=voxel, extent=extent, node=int(rank_volume.ids[rank]))


def _get_overlap(subject: Subject) -> Overlap:
    def make() -> Overlap:
        rank_volume, other = three_axes(subject), _require_other(subject)
        if rank_volume.raw.shape != other.raw.shape:
            raise NotRunError(
                f"{subject.compared.name} has {other.raw.shape} voxels, "
                f"this {rank_volume.raw.shape}"
            )
        if not rank_volume.grid.matches(other.grid):
            raise NotRunError(f"{subject.compared.name} is placed differently in space")
        stated = (subject.atlas.orientation, subject.compared.orientation)
        if None not in stated and stated[0] != stated[1]:
            raise NotRunError(f"orientations differ ({stated[0]} and {stated[1]})")
        table = _map_ranks(subject)
        return region_overlap(rank_volume, lambda planes: table[other.raw[planes]])

    return subject.shared("overlap with other", make)


def _map_ranks(subject: Subject) -> NDArray[Any]:
    """Return ``(n_ranks of the other,)``: each of its ranks in this atlas's ranks.

    Regions that only the other has map to their nearest ancestor that this one has too.
    """

    def make() -> NDArray[Any]:
        rank_volume, other = three_axes(subject), _require_other(subject)
        own = {int(i): k for k, i in enumerate(rank_volume.ids.tolist()) if k}
        table = np.zeros(other.n_ranks, rank_volume.raw.dtype)
        parents = other.region_map.parent_ranks
        for rank in range(1, other.n_ranks):
            above = int(parents[rank]) if rank < len(parents) else 0
            table[rank] = own.get(int(other.ids[rank]), table[above] if above > 0 else 0)
        return table

    return subject.shared("other's ranks in ours", make)
