"""Check of the change from slice to slice: jagged borders, and slices out of line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...compute.overlap import SliceChange, slice_changes
from ..check import CheckGroup, Limits, NotRunError, Threshold
from ..finding import Anchor, Curve, Finding
from ..subject import Subject
from .label_facts import faces_of_labels, three_axes
from .mirror_facts import boundary_of, left_right_axis

check = CheckGroup("labels", ("annotation",))

NEIGHBORS = 5
"""Slices on either side with which a slice is compared."""

FEWEST_REGIONS = 20
"""A median of fewer regions is unreliable: towards the ends of a brain it jumps by itself."""

AROUND_MIDDLE = 2
"""Voxels around the middle in which regions of one side end: borders drawn by hand waver."""

LABEL = "change of regions from the slice before (median share)"

THRESHOLDS = (
    Threshold(
        "jagged_axis",
        2,
        "×",
        "Change per µm along one axis over the larger of the other two. Allen's CCFv3 (drawn in "
        "3D) stays below 1.4 at 25 µm; an atlas drawn slice by slice such as CCFv2 changes 2.6 "
        "times as much (BlueBrain's medians: 0.193 and 0.074).",
    ),
    Threshold(
        "jagged_slice",
        2.5,
        "×",
        "Change from a slice to the next over the median of the ten around it. Among slices of "
        "20 regions and more CCFv3 reaches 2.3 at 25 µm, where the brain ends. Left out are the "
        "slices in which the sides of an atlas with labels for each side meet.",
    ),
)


@check(
    "label-jagged",
    "warning",
    "Regions that jump from slice to slice",
    thresholds=("jagged_axis", "jagged_slice"),
)
def check_jagged(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for a jagged axis, and one for each slice that is out of line."""
    rank_volume = three_axes(subject)
    known = len(rank_volume.region_map) + 1
    changes = slice_changes(rank_volume.raw, faces_of_labels(subject), known)
    steps = np.abs(np.array(rank_volume.grid.steps))
    rates = np.array([c.median for c in changes]) / steps
    for change in changes:
        axis = change.axis
        others = np.delete(rates, axis)
        above = rates[axis] / np.max(others) if np.isfinite(others).all() else np.nan
        if above > limits["jagged_axis"]:
            yield _report_axis(subject, change, float(above), limits["jagged_axis"])
        meeting = (
            find_midline_index(subject, axis) if (change.regions >= FEWEST_REGIONS).any() else None
        )
        yield from _report_slices(subject, change, limits["jagged_slice"], meeting)


def find_midline_index(subject: Subject, axis: int) -> float | None:
    """Return the boundary of left and right along an axis, in voxel edges, if regions end there.

    In an atlas with labels for each side every region at the middle ends in the same slices,
    which is not because these are out of line. None for other axes and other atlases.
    """
    rank_volume = subject.ranks
    try:
        if axis != left_right_axis(subject):
            return None
    except NotRunError:
        return None
    known = len(rank_volume.region_map) + 1
    boxes = rank_volume.boxes[1:known, axis][rank_volume.counts[1:known] > 0]
    boundary = boundary_of(subject, axis)
    middle = (boxes[:, 0].min() + boxes[:, 1].max()) / 2 if boundary is None else boundary
    low, high = boxes[:, 1] <= middle + AROUND_MIDDLE, boxes[:, 0] >= middle - AROUND_MIDDLE
    # More regions of one side than of both, and on either side.
    many = (low | high).mean() > 0.5 and min(low.mean(), high.mean()) > 0.2
    return float(middle) if many else None


def _report_axis(subject: Subject, change: SliceChange, above: float, limit: float) -> Finding:
    axis, shape = change.axis, subject.ranks.raw.shape
    worst = int(np.nanargmax(change.by_slice))
    return Finding(
        f"Along axis {axis}, regions change by {change.median:.3f} (median) from slice to slice, "
        f"per µm {above:.1f} × as much as along the other axes (limit {limit:g} ×).",
        (),
        int(np.isfinite(change.by_slice).sum()),
        _make_anchor(subject, axis, worst, (0, shape[axis])),
        "The annotation was drawn slice by slice; smooth its borders across the slices.",
        measure=above,
        threshold="jagged_axis",
        exhibits=(Curve(axis, change.by_slice, LABEL),),
        key=f"axis {axis}",
    )


def _report_slices(
    subject: Subject, change: SliceChange, limit: float, meeting: float | None
) -> Iterator[Finding]:
    local = _find_neighbor_median(change.by_slice)
    with np.errstate(invalid="ignore", divide="ignore"):
        above = change.by_slice / local
    jumps = (above > limit) & (change.regions >= FEWEST_REGIONS)
    if meeting is not None:
        jumps &= np.abs(np.arange(len(jumps)) - meeting) > AROUND_MIDDLE
    curve = Curve(change.axis, change.by_slice, LABEL)
    for first, last in _group_slices(np.flatnonzero(jumps)):
        k = first + int(np.argmax(above[first : last + 1]))
        which = f"slice {k}" if first == last else f"slices {first} to {last}"
        yield Finding(
            f"Along axis {change.axis}, the median region changes by {change.by_slice[k]:.3f} "
            f"from slice {k - 1} to {k}, {above[k]:.1f} × as much as around it (limit {limit:g} "
            f"×); out of line: {which}.",
            (),
            last - first + 1,
            _make_anchor(subject, change.axis, k, (first, last + 1)),
            "Look whether slices are shifted, missing or doubled there.",
            measure=float(above[k]),
            threshold="jagged_slice",
            exhibits=(curve,),
            key=f"axis {change.axis}, slice {k}",
        )


def _find_neighbor_median(values: NDArray[np.float64]) -> NDArray[np.float64]:
    local = np.full(len(values), np.nan)
    for k in range(len(values)):
        near = np.delete(values[max(0, k - NEIGHBORS) : k + NEIGHBORS + 1], min(k, NEIGHBORS))
        near = near[np.isfinite(near)]
        if len(near):
            local[k] = np.median(near)
    return local


def _group_slices(slices: NDArray[np.intp]) -> list[tuple[int, int]]:
    """Return first and last of consecutive slices; one between them may be missing."""
    groups = np.split(slices, np.flatnonzero(np.diff(slices) > 2) + 1)
    return [(int(g[0]), int(g[-1])) for g in groups if len(g)]


def _make_anchor(subject: Subject, axis: int, k: int, span: tuple[int, int]) -> Anchor:
    rank_volume = subject.ranks
    at = np.flatnonzero(rank_volume.raw.take(k, axis=axis))
    plane = tuple(n for a, n in enumerate(rank_volume.raw.shape) if a != axis)
    if not len(at):
        return Anchor()
    flat = Anchor.at(at.astype(np.int64), plane)
    voxel, extent = list(flat.voxel or ()), list(flat.extent or ())
    voxel.insert(axis, k)
    extent.insert(axis, span)
    return Anchor(voxel=tuple(voxel), extent=tuple(extent))
