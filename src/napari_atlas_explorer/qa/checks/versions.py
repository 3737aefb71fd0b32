"""Checks against another version, resolution or atlas."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compute.overlap import Overlap, region_overlap
from ...core.errors import AtlasError, CacheError
from ...core.regions.annotation import Annotation
from ...core.statistics import with_descendants
from ...core.text import counted
from ..check import CheckGroup, Limits, NotRunError, Threshold
from ..finding import Anchor, Finding, Marked
from ..subject import Subject
from .label_facts import anchor_of_rank, named, three_axes, without_explained

check = CheckGroup("versions", ("annotation", "another atlas"))

THRESHOLDS = (
    Threshold(
        "volume_jump", 25, "%",
        "Of the other atlas's volume. Between Allen's CCFv3 at 100, 50 and 25 µm one or two "
        "regions, thin ones, differ by more.",
    ),
    Threshold(
        "volume_voxels", 100, "voxels",
        "Regions with fewer in either atlas are left out: their volume depends on where the "
        "grid's voxels happen to lie.",
    ),
    Threshold(
        "version_dice", 0.8, "",
        "Dice of a region in both atlases; a border moved by one voxel costs a thin layer 0.3.",
    ),
)  # fmt: skip


@check(
    "version-volume",
    "warning",
    "Regions have the volume that they have in the other atlas",
    thresholds=("volume_jump", "volume_voxels"),
)
def volume_jump(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """One finding for each region whose volume differs much from the other atlas's."""
    labels, other = three_axes(subject), _other(subject)
    _require_resolutions(subject)
    unit = labels.grid.voxel_volume / 1e9
    other_unit = other.grid.voxel_volume / 1e9
    for rank, there in _shared(labels, other):
        count, count_there = int(labels.total_counts[rank]), int(other.total_counts[there])
        if min(count, count_there) < max(1, limits["volume_voxels"]):
            continue
        volume, before = count * unit, count_there * other_unit
        change = 100 * (volume / before - 1)
        if abs(change) > limits["volume_jump"]:
            subject.pulse()
            yield Finding(
                "version-volume",
                f"{named(labels, rank)} has {volume:.4g} mm³, in {subject.compared.name} "
                f"{before:.4g} mm³: {change:+.0f} % (limit {limits['volume_jump']:g} %).",
                (int(labels.ids[rank]),),
                max(1, round(abs(volume - before) / unit)),
                _anchor(subject, rank),
                "Look whether the region was drawn anew, lost parts or took those of others.",
                measure=change,
                unit="%",
                threshold="volume_jump",
                marked=Marked(ranks=tuple(range(rank, int(labels.ends[rank])))),
            )


@check("version-missing", "info", "Both atlases have voxels for the same regions")
def missing(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """One finding for each region that has voxels in one of the atlases only."""
    labels, other = three_axes(subject), _other(subject)
    name = subject.compared.name
    for rank in _only_in(labels, other):
        subject.pulse()
        count = int(labels.total_counts[rank])
        yield Finding(
            "version-missing",
            f"{named(labels, rank)} has {counted(count, 'voxel')} here and none in {name}.",
            (int(labels.ids[rank]),),
            count,
            _anchor(subject, rank),
            "Look whether the region is new, or had another id.",
            marked=Marked(ranks=tuple(range(rank, int(labels.ends[rank])))),
        )
    for rank in _only_in(other, labels):
        region_id = int(other.ids[rank])
        count = int(other.total_counts[rank])
        yield Finding(
            "version-missing",
            f"{named(other, rank)} has {counted(count, 'voxel')} in {name} and none here.",
            (region_id,),
            count,
            Anchor(node=region_id if region_id in labels.region_map else None),
            "Look whether the region was given up, or has another id.",
            key="there only",
        )


@check(
    "version-dice",
    "warning",
    "Regions lie where they lie in the other atlas",
    needs=("annotation", "another atlas on the same grid"),
    thresholds=("version_dice",),
)
def dice(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """One finding for each region that lies elsewhere in the other atlas."""
    labels = three_axes(subject)
    overlap = _overlap(subject)
    both = (overlap.first > 0) & (overlap.second > 0)
    low = both & np.less(overlap.dice, limits["version_dice"], dtype=bool)
    low[len(labels.region_map) + 1 :] = False  # unknown ids are another check's
    amount = overlap.first + overlap.second - 2 * overlap.both
    here = labels.ranks.reshape(-1)[overlap.differing].astype(np.int64)
    theirs_at = _other(subject).ranks.reshape(-1)[overlap.differing]
    there = _our_ranks(subject)[theirs_at].astype(np.int64)
    for rank in without_explained(labels, low, amount):
        subject.pulse()
        end, region_id = int(labels.ends[rank]), int(labels.ids[rank])
        ours = (here >= rank) & (here < end)
        theirs = (there >= rank) & (there < end)
        flat = overlap.differing[ours != theirs]
        lost, gained = int(np.count_nonzero(theirs & ~ours)), int(np.count_nonzero(ours & ~theirs))
        yield Finding(
            "version-dice",
            f"{named(labels, rank)} overlaps with Dice {overlap.dice[rank]:.2f} with that of "
            f"{subject.compared.name} (limit {limits['version_dice']:g}): {gained:,} voxels here "
            f"only, {lost:,} there only.",
            (region_id,),
            len(flat),
            Anchor.at(flat, labels.ranks.shape, region_id),
            "Look at both borders on the template.",
            measure=float(overlap.dice[rank]),
            threshold="version_dice",
            marked=Marked(flat=flat),
        )


def _other(subject: Subject) -> Annotation:
    other = subject.compared
    try:
        return other.labels
    except CacheError:
        raise
    except (AtlasError, OSError) as exc:
        raise NotRunError(f"the other annotation cannot be read ({exc})") from exc


def _require_resolutions(subject: Subject) -> None:
    for atlas in (subject.atlas, subject.compared):
        if not atlas.package.resolution_known:
            raise NotRunError(f"the voxel size of {atlas.name} is not known")


def _shared(labels: Annotation, other: Annotation) -> Iterator[tuple[int, int]]:
    """Ranks of the regions that both know and that have voxels in both."""
    table = {int(i): k for k, i in enumerate(other.ids.tolist()) if k}
    for rank in range(1, labels.n_ranks):
        there = table.get(int(labels.ids[rank]))
        if there is not None and labels.total_counts[rank] and other.total_counts[there]:
            yield rank, there


def _only_in(labels: Annotation, other: Annotation) -> Iterator[int]:
    """Ranks with voxels of which the other has none; not what lies below one of them.

    A region that the other does not know is not missing if the other has parts of it.
    """
    totals = dict(zip(other.ids[1:].tolist(), other.total_counts[1:].tolist(), strict=True))
    there = np.array([0, *(totals.get(i, 0) > 0 for i in labels.ids[1:].tolist())], np.int64)
    parts = with_descendants(there, labels)
    covered = 0
    for rank in np.flatnonzero((labels.total_counts > 0) & (parts == 0)).tolist():
        if rank and rank >= covered:
            covered = int(labels.ends[rank])
            yield rank


def _anchor(subject: Subject, rank: int) -> Anchor:
    """Lead to a region: its largest piece, or that of its largest descendant."""
    labels = subject.labels
    end = int(labels.ends[rank])
    largest = rank + int(labels.counts[rank:end].argmax())
    voxel = anchor_of_rank(subject, largest).voxel
    extent = tuple((int(a), int(b)) for a, b in labels.total_boxes[rank])
    return Anchor(voxel=voxel, extent=extent, node=int(labels.ids[rank]))


def _overlap(subject: Subject) -> Overlap:
    def make() -> Overlap:
        labels, other = three_axes(subject), _other(subject)
        if labels.ranks.shape != other.ranks.shape:
            raise NotRunError(
                f"{subject.compared.name} has {other.ranks.shape} voxels, this {labels.ranks.shape}"
            )
        if not labels.grid.matches(other.grid):
            raise NotRunError(f"{subject.compared.name} is placed differently in space")
        stated = (subject.atlas.orientation, subject.compared.orientation)
        if None not in stated and stated[0] != stated[1]:
            raise NotRunError(f"orientations differ ({stated[0]} and {stated[1]})")
        table = _our_ranks(subject)
        return region_overlap(labels, lambda planes: table[other.ranks[planes]])

    return subject.shared("overlap with other", make)


def _our_ranks(subject: Subject) -> NDArray[Any]:
    """``(n_ranks of the other,)``: each of its ranks in this atlas's ranks.

    Regions that only the other has stand for their nearest ancestor that this one has too.
    """

    def make() -> NDArray[Any]:
        labels, other = three_axes(subject), _other(subject)
        ours = {int(i): k for k, i in enumerate(labels.ids.tolist()) if k}
        table = np.zeros(other.n_ranks, labels.ranks.dtype)
        parents = other.region_map.parents
        for rank in range(1, other.n_ranks):
            above = int(parents[rank]) if rank < len(parents) else 0
            table[rank] = ours.get(int(other.ids[rank]), table[above] if above > 0 else 0)
        return table

    return subject.shared("other's ranks in ours", make)
