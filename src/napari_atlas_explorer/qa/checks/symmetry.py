"""Checks of hemispheres and of symmetry, with the voxel counts of each hemisphere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from ...compute.blocks import positions_where, slabs_of
from ...core.regions.rank_volume import RankVolume
from ...core.space.hemispheres import HEMISPHERE_NAMES
from ...core.statistics import with_descendants
from ...core.text import counted, listed
from ..check import CheckGroup, Limits, NotRunError, Threshold
from ..finding import Anchor, Finding, FindingVoxels
from ..subject import Subject
from .label_facts import cite, components_of, drop_explained, hemispheres_or_none, three_axes
from .mirror_facts import hemispheres_by_name, mirror_of

check = CheckGroup("symmetry", ("annotation", "hemispheres"))

# ---- Voxels of each region in each hemisphere ----------------------------------------------------

MASK_SHARE = 0.25
"""Of the labeled voxels: an atlas of one hemisphere has far fewer in none."""


def own_by_hemisphere(subject: Subject) -> NDArray[np.int64]:
    """Count ``(n_ranks, 3)`` own voxels of each rank outside, on the left and on the right.

    Raises
    ------
    NotRunError
        Where sides are unknown.
    """

    def count() -> NDArray[np.int64]:
        rank_volume, hemispheres = three_axes(subject), subject.hemispheres
        table = np.zeros((rank_volume.n_ranks, 3), np.int64)
        if hemispheres.any():
            components = components_of(subject)
            np.add.at(table, components.values, components.on_side)
        else:
            table[1:, 0] = rank_volume.counts[1:]
        return table

    return subject.shared("voxels on sides", count)


def total_by_hemisphere(subject: Subject) -> NDArray[np.int64]:
    """Count the same for each rank with its descendants."""
    return with_descendants(own_by_hemisphere(subject), three_axes(subject))


def has_one_hemisphere(subject: Subject) -> bool:
    """Return whether only one hemisphere is marked, and much of the annotation left out."""
    outside, left, right = own_by_hemisphere(subject)[1:].sum(axis=0).tolist()
    lone = (left == 0) != (right == 0)
    return lone and bool(outside > MASK_SHARE * (outside + left + right))


def positions_in_hemisphere(
    subject: Subject, ranks: Iterable[int], hemisphere: int
) -> NDArray[np.int64]:
    """Find the C-order positions of some ranks in a hemisphere (0: in none), ascending."""
    flat = FindingVoxels(ranks=tuple(ranks)).positions(three_axes(subject))
    hemispheres = subject.hemispheres
    # Indexed, not flattened: a volume that is only seen would be made.
    return np.asarray(flat[hemispheres[np.unravel_index(flat, hemispheres.shape)] == hemisphere])


# ---- Hemispheres and symmetry of the annotation --------------------------------------------------

THICKNESS_BYTES = 6
"""For each voxel of a slab: what belongs to a region, and the same moved by one voxel."""

THRESHOLDS = (
    Threshold(
        "symmetric_dice",
        0.8,
        "",
        "Share of labeled voxels that have their own label at their mirror image. Allen's CCFv3, "
        "which is made symmetric, has 0.96 at 100 µm; below 0.8 an atlas was drawn on each side "
        "by itself, and its regions are not compared one by one.",
    ),
    Threshold(
        "stated_dice",
        0.5,
        "",
        "Share below which an atlas that calls itself symmetric is in error. Half a CCFv3 has 0.1 "
        "to 0.3, also if some planes of the other half are left.",
    ),
    Threshold(
        "mirror_dice",
        0.7,
        "",
        "Dice of a region and its mirror image; of layers one or two voxels thick a third is lost "
        "where the middle is half a voxel off.",
    ),
    Threshold(
        "plane_offset",
        0.5,
        "voxels",
        "Between the best mirror plane and the boundary between hemispheres: an odd number "
        "of voxels leaves half a voxel.",
    ),
    Threshold(
        "one_side_share",
        50,
        "%",
        "Share of regions in one hemisphere only above which the atlas counts as one "
        "hemisphere, or as having labels per hemisphere: one finding then states it.",
    ),
)


@check(
    "symmetry-hemisphere-values",
    "error",
    "Hemispheres with values other than 0, 1 and 2",
    needs=("hemispheres",),
)
def check_hemisphere_values(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where the stored hemispheres hold other values than 0, 1 and 2."""
    name = subject.atlas.package.hemispheres
    if name is None:
        raise NotRunError("no hemisphere volume")
    raw = subject.read(name).raw
    if raw.dtype == np.uint8 and (not raw.size or raw.max() <= 2):
        return
    strange = positions_where(lambda part: ~((part == 0) | (part == 1) | (part == 2)), raw)
    if len(strange):
        values, counts = np.unique(raw.reshape(-1)[strange], return_counts=True)
        shown = [f"{values[k]:g}" for k in np.argsort(-counts, kind="stable")]
        placed = raw.shape == subject.atlas.shape
        # 0 and 255, or true and false as some programs write them: one side is marked.
        sided = positions_where(lambda part: (part == 1) | (part == 2), raw)
        is_mask = len(values) == 1 and not len(sided)
        looks = "; it looks like a mask of one hemisphere" if is_mask else ""
        yield Finding(
            f"{counted(len(strange), 'voxel')} of {name} hold other values than 0 (outside), "
            f"1 (left) and 2 (right): {listed(shown)}{looks}.",
            (),
            len(strange),
            Anchor.at(strange, raw.shape) if placed else Anchor(),
            "Write 1 for the left and 2 for the right hemisphere.",
            marked=FindingVoxels(flat=strange) if placed else None,
            key=name,
        )


@check("symmetry-outside", "warning", "Labeled voxels in no hemisphere")
def check_outside(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region with voxels in no hemisphere."""
    rank_volume = three_axes(subject)
    if not subject.hemispheres.any():
        raise NotRunError("the hemisphere volume has neither a left nor a right side")
    without = own_by_hemisphere(subject)[:, 0]
    if has_one_hemisphere(subject):
        yield _report_half(subject)
        return
    for rank in np.flatnonzero(without[1:]) + 1:
        subject.pulse()
        flat = positions_in_hemisphere(subject, [int(rank)], 0)
        of = int(rank_volume.counts[rank])
        yield Finding(
            f"{counted(len(flat), 'voxel')} of {cite(rank_volume, int(rank))} "
            f"(of {of:,}) belong to "
            f"no hemisphere.",
            (int(rank_volume.ids[rank]),),
            len(flat),
            Anchor.at(flat, rank_volume.raw.shape, int(rank_volume.ids[rank])),
            "Extend the hemispheres to every labeled voxel.",
            measure=100 * len(flat) / of,
            unit="%",
            marked=FindingVoxels(flat=flat),
        )


def _report_half(subject: Subject) -> Finding:
    rank_volume, own = subject.ranks, own_by_hemisphere(subject)[1:].sum(axis=0)
    hemisphere = 1 + int(own[1:].argmax())
    flat = positions_where(
        lambda ranks, sides: (ranks > 0) & (sides == 0), rank_volume.raw, subject.hemispheres
    )
    return Finding(
        f"The hemispheres are a mask of one hemisphere: {len(flat):,} of {int(own.sum()):,} "
        f"labeled voxels belong to none, the others to the {HEMISPHERE_NAMES[hemisphere]}.",
        (),
        len(flat),
        Anchor.at(flat, rank_volume.raw.shape),
        "Write 1 for the left and 2 for the right hemisphere.",
        measure=100 * len(flat) / int(own.sum()),
        unit="%",
        marked=FindingVoxels(flat=flat),
        key="whole atlas",
    )


@check(
    "symmetry-wrong-hemisphere",
    "error",
    "Region in the other hemisphere than its name says",
    needs=("annotation", "hemispheres", "names"),
)
def check_wrong_hemisphere(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region whose name and voxels are of different hemispheres."""
    rank_volume = three_axes(subject)
    said = hemispheres_by_name(subject)[0]
    if not said.any():
        raise NotRunError("no region's name has a hemisphere")
    own = own_by_hemisphere(subject)
    for rank in np.flatnonzero(said):
        hemisphere = int(said[rank])
        count = int(own[rank, 3 - hemisphere])
        if not count:
            continue
        subject.pulse()
        flat = positions_in_hemisphere(subject, [int(rank)], 3 - hemisphere)
        yield Finding(
            f"{counted(count, 'voxel')} of {cite(rank_volume, int(rank))}, "
            f"“{rank_volume.region_map.name_of_rank(int(rank))}”, "
            f"(of {int(rank_volume.counts[rank]):,}) "
            f"{'is' if count == 1 else 'are'} on the {HEMISPHERE_NAMES[3 - hemisphere]}.",
            (int(rank_volume.ids[rank]),),
            count,
            Anchor.at(flat, rank_volume.raw.shape, int(rank_volume.ids[rank])),
            "Check whether the labels, the hemispheres or the stated orientation are swapped.",
            measure=100 * count / int(rank_volume.counts[rank]),
            unit="%",
            marked=FindingVoxels(flat=flat),
        )


@check(
    "symmetry-one-hemisphere",
    "warning",
    "Region in one hemisphere alone",
    thresholds=("one_side_share", "symmetric_dice"),
)
def check_one_hemisphere(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region in one hemisphere only, or one for a lateral atlas."""
    rank_volume = three_axes(subject)
    totals = total_by_hemisphere(subject)
    hemispheres = totals[:, 1:]
    if not hemispheres.any():
        raise NotRunError("no labeled voxel is in a hemisphere")
    if has_one_hemisphere(subject):
        raise NotRunError("the hemispheres are a mask of one hemisphere")
    known = len(rank_volume.region_map) + 1
    present = np.flatnonzero(hemispheres[1:known].any(axis=1)) + 1
    unnamed = hemispheres_by_name(subject)[0][present] == 0
    lone = present[unnamed & (hemispheres[present] == 0).any(axis=1)]
    own = own_by_hemisphere(subject)[:, 1:]
    with_voxels = int(np.count_nonzero(own[1:].any(axis=1)))
    lone_own = int(np.count_nonzero(own[lone].any(axis=1)))
    if 100 * lone_own > limits["one_side_share"] * with_voxels:
        mirror = mirror_of(subject)
        overlap, n = mirror.overlap, rank_volume.raw.shape[mirror.axis]
        of_hemispheres = own[1:].sum(axis=0)
        is_lopsided = of_hemispheres.max() > LOPSIDED * of_hemispheres.sum()
        # One region of one half is its own mirror image too, but off the middle.
        is_lopsided &= abs(mirror.plane - n / 2) <= CENTRAL * n
        if is_lopsided and overlap.agreement >= limits["symmetric_dice"]:
            yield _report_contradiction(subject, overlap.agreement, lone_own, with_voxels)
            return
        yield Finding(
            f"{lone_own} of {with_voxels} regions are in one hemisphere only: the atlas is one "
            f"hemisphere, or has labels per hemisphere whose names do not state it.",
            (),
            lone_own,
            Anchor(),
            "Nothing, if this is meant.",
            measure=100 * lone_own / with_voxels,
            threshold="one_side_share",
            severity="info",
            key="whole atlas",
        )
        return
    covered = 0
    for rank in lone.tolist():
        if rank < covered or _is_at_middle(subject, rank):
            continue  # below a region that was named already, or no wider than the middle
        covered = int(rank_volume.ends[rank])
        subject.pulse()
        hemisphere = 1 + int(hemispheres[rank].argmax())
        count = int(rank_volume.total_counts[rank])
        flat = FindingVoxels(ranks=tuple(range(rank, covered))).positions(rank_volume)
        yield Finding(
            f"{cite(rank_volume, rank)} is on the {HEMISPHERE_NAMES[hemisphere]} only, "
            f"with {counted(count, 'voxel')}.",
            (int(rank_volume.ids[rank]),),
            count,
            Anchor.at(flat, rank_volume.raw.shape, int(rank_volume.ids[rank])),
            f"Look whether the region is missing on the {HEMISPHERE_NAMES[3 - hemisphere]}.",
            marked=FindingVoxels(flat=flat),
        )


def _is_at_middle(subject: Subject, rank: int) -> bool:
    """Return whether a region crosses the plane of symmetry, or is no farther than a voxel from it.

    Such a region is in one hemisphere because they do not meet at that plane, or
    have no voxel's border there; this is reported once, not for each region.
    """
    mirror = mirror_of(subject)
    if mirror.boundary is None:
        return False
    low, high = subject.ranks.total_boxes[rank, mirror.axis]
    is_near = low >= mirror.boundary - 1 and high <= mirror.boundary + 1
    return bool(is_near or low < mirror.plane < high)


CENTRAL = 0.1
"""Share of the volume by which the plane of symmetry of a whole brain is off its middle."""

LOPSIDED = 0.9
"""Share of the voxels in one hemisphere from which on a brain with two halves contradicts it."""


def _report_contradiction(
    subject: Subject, agreement: float, lone: int, with_voxels: int
) -> Finding:
    """Report hemispheres that put a brain with two halves into one."""
    rank_volume, own = subject.ranks, own_by_hemisphere(subject)[1:].sum(axis=0)
    hemisphere = 1 + int(own[1:].argmax())
    flat = positions_where(
        lambda ranks, sides: (ranks > 0) & (sides == hemisphere),
        rank_volume.raw,
        subject.hemispheres,
    )
    return Finding(
        f"{100 * len(flat) / max(1, int(own.sum())):.3g} % of the labeled voxels are in the "
        f"{HEMISPHERE_NAMES[hemisphere]}, and {lone} of {with_voxels} regions in it alone, but the "
        f"annotation has two halves that are mirror images ({agreement:.0%} of its voxels): left "
        f"and right of every answer are wrong.",
        (),
        len(flat),
        Anchor.at(flat, rank_volume.raw.shape),
        "Make the hemisphere volume again: 1 for the left and 2 for the right half.",
        severity="error",
        key="whole atlas",
    )


@check(
    "symmetry-plane",
    "warning",
    "Hemispheres that do not meet at the plane of symmetry",
    thresholds=("plane_offset", "symmetric_dice"),
)
def check_plane(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where the hemispheres do not meet at the plane of symmetry."""
    mirror, rank_volume = mirror_of(subject), three_axes(subject)
    if mirror.boundary is None:
        raise NotRunError("the hemispheres' boundary is unknown")
    if not mirror.overlap.agreement >= limits["symmetric_dice"]:
        raise NotRunError("the atlas is not symmetric")
    offset = abs(mirror.plane - mirror.boundary)
    if offset > limits["plane_offset"]:
        low, high = sorted((mirror.plane, mirror.boundary))
        first, last = int(np.floor(low)), int(np.ceil(high))
        between = np.zeros(rank_volume.raw.shape[mirror.axis], bool)
        between[first:last] = True
        around = [-1 if axis == mirror.axis else 1 for axis in range(rank_volume.raw.ndim)]
        seen = np.broadcast_to(between.reshape(around), rank_volume.raw.shape)
        flat = positions_where(lambda ranks, near: (ranks > 0) & near, rank_volume.raw, seen)
        micrometers = offset * abs(float(rank_volume.grid.steps[mirror.axis]))
        yield Finding(
            f"The annotation is symmetric about {mirror.plane:g} voxels along axis {mirror.axis}, "
            f"the hemispheres meet at {mirror.boundary:g}: {offset:g} voxels or {micrometers:g} "
            f"µm apart (limit {limits['plane_offset']:g} voxels).",
            (),
            len(flat),
            Anchor.at(flat, rank_volume.raw.shape) if len(flat) else Anchor(),
            "Let the hemispheres meet at the plane of symmetry.",
            measure=offset,
            threshold="plane_offset",
            marked=FindingVoxels(flat=flat),
            key=f"axis {mirror.axis}",
        )


@check(
    "symmetry-metadata",
    "error",
    "Symmetry stated wrongly",
    needs=("annotation", "left-right axis"),
    thresholds=("stated_dice", "symmetric_dice"),
)
def check_metadata(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where the annotation contradicts ``symmetric`` of the metadata."""
    if subject.atlas.metadata.get("symmetric") is not True:
        raise NotRunError("the metadata do not state symmetric: true")
    overlap = mirror_of(subject).overlap
    if overlap.agreement < limits["symmetric_dice"]:
        is_wrong = overlap.agreement < limits["stated_dice"]
        threshold = "stated_dice" if is_wrong else "symmetric_dice"
        yield Finding(
            f"The metadata state symmetric: true, but only {overlap.agreement:.2f} of the labeled "
            f"voxels have their own label at their mirror image (limit {limits[threshold]:g})"
            f"{_count_hemispheres(subject)}.",
            (),
            overlap.n_differing,
            Anchor(),
            "State symmetric: false and add a hemisphere volume, or complete the annotation.",
            measure=overlap.agreement,
            threshold=threshold,
            severity="error" if is_wrong else "warning",
            key="whole atlas",
        )


def _count_hemispheres(subject: Subject) -> str:
    if hemispheres_or_none(subject) is None:
        return ""
    _, left, right = own_by_hemisphere(subject)[1:].sum(axis=0).tolist()
    return f"; {left:,} are on the left and {right:,} on the right"


@check(
    "symmetry-dice",
    "warning",
    "Region that is not its own mirror image",
    needs=("annotation", "left-right axis"),
    thresholds=("mirror_dice", "symmetric_dice"),
)
def check_dice(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region that its mirror image does not cover, or one for all."""
    rank_volume, mirror = three_axes(subject), mirror_of(subject)
    overlap = mirror.overlap
    if not overlap.agreement >= limits["symmetric_dice"]:
        is_stated = subject.atlas.metadata.get("symmetric") is True  # then it is an error
        if np.isfinite(overlap.agreement) and not is_stated:
            yield Finding(
                f"The atlas is not symmetric: {overlap.agreement:.2f} of its labeled voxels have "
                f"their own label at their mirror image (limit {limits['symmetric_dice']:g}); "
                f"regions are not compared one by one.",
                (),
                overlap.n_differing,
                Anchor(),
                "Nothing, if it was drawn on each side by itself.",
                measure=overlap.agreement,
                threshold="symmetric_dice",
                severity="info",
                key="whole atlas",
            )
        return
    partners = hemispheres_by_name(subject)[1]
    differing = overlap.differing
    values = rank_volume.raw.reshape(-1)[differing].astype(np.int64)
    low = np.asarray(overlap.dice < limits["mirror_dice"])
    low[len(rank_volume.region_map) + 1 :] = False  # unknown ids are another check's
    for rank in drop_explained(rank_volume, low, overlap.first - overlap.both):
        subject.pulse()
        if partners[rank] < rank and low[partners[rank]]:
            continue  # reported for its partner already
        end = int(rank_volume.ends[rank])
        flat = differing[(values >= rank) & (values < end)]
        yield _report_asymmetry(subject, rank, int(partners[rank]), flat, limits)


def _report_asymmetry(
    subject: Subject, rank: int, partner: int, flat: NDArray[np.int64], limits: Limits
) -> Finding:
    rank_volume, overlap = subject.ranks, mirror_of(subject).overlap
    value, region_id = float(overlap.dice[rank]), int(rank_volume.ids[rank])
    missing = int(overlap.first[rank] - overlap.both[rank])
    is_thin = all(_is_thin(rank_volume, k) for k in {rank, partner})
    whose = "its mirror image" if partner == rank else f"that of {cite(rank_volume, partner)}"
    return Finding(
        f"{cite(rank_volume, rank)} and {whose} overlap with Dice {value:.2f} (limit "
        f"{limits['mirror_dice']:g}): {missing:,} of {int(overlap.first[rank]):,} voxels have "
        f"no counterpart{'; the region is nowhere three voxels thick' if is_thin else ''}.",
        (region_id,) if partner == rank else (region_id, int(rank_volume.ids[partner])),
        missing,
        Anchor.at(flat, rank_volume.raw.shape, region_id) if len(flat) else Anchor(node=region_id),
        "Compare both sides, and mirror the better one if the atlas is meant symmetric.",
        measure=value,
        threshold="mirror_dice",
        # Half a voxel decides over such a region: all 13 of CCFv3 at 100 µm and all 9 at 50 µm,
        # which is made symmetric.
        severity="info" if is_thin else None,
        marked=FindingVoxels(flat=flat),
    )


def _is_thin(rank_volume: RankVolume, rank: int) -> bool:
    """Return whether no voxel of a region has all of its six neighbors in the region."""
    stop = int(rank_volume.ends[rank])
    box = rank_volume.box(rank, stop)
    if box is None:
        return True
    ranks = rank_volume.raw[box]
    for planes in slabs_of(ranks.shape, THICKNESS_BYTES):
        part = ranks[max(0, planes.start - 1) : planes.stop + 1]
        inside = np.pad((part >= rank) & (part < stop), 1)
        inner = inside.copy()
        for axis in range(inside.ndim):
            inner &= np.roll(inside, 1, axis) & np.roll(inside, -1, axis)
        if inner.any():
            return False
    return True
