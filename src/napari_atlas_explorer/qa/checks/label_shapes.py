"""Checks of the regions' components: isolated voxels, fragments, tiny regions and holes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...compute.blocks import spread
from ...compute.components import Components, enclosed_background
from ...core.text import counted, listed
from ..check import CheckGroup, Limits, Threshold
from ..finding import Anchor, Finding, FindingVoxels
from ..subject import Subject
from .label_facts import (
    anchor_in,
    anchor_of_rank,
    cite,
    components_of,
    hemispheres_or_none,
    three_axes,
)

check = CheckGroup("labels", ("annotation",))

THRESHOLDS = (
    Threshold(
        "tiny_voxels",
        2,
        "voxels",
        "A region of one or two voxels has no shape; at this size most are left over from "
        "resampling.",
    ),
    Threshold(
        "fragment_share",
        1,
        "%",
        "Share of the region's largest component in that hemisphere. Fiber tracts and layers have "
        "components of 10 to 50 %; below 1 % the Allen CCFv3 at 25 µm has some in 53 regions, most "
        "of them leftovers of a coarser region between its subregions.",
    ),
)


@check(
    "label-isolated-voxel",
    "warning",
    "Voxels isolated from the rest of their region",
    thresholds=("tiny_voxels",),
)
def check_isolated_voxels(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region with voxels that touch no other of it."""
    rank_volume, components = three_axes(subject), components_of(subject)
    known = components.values <= len(rank_volume.region_map)
    large = rank_volume.counts[components.values] > max(1, limits["tiny_voxels"])
    lone = np.flatnonzero((components.sizes == 1) & known & large)
    for rank, own in _group(lone, components):
        subject.pulse()
        flat = components.positions(own)
        yield Finding(
            f"{counted(len(flat), 'voxel')} of {cite(rank_volume, rank)} "
            f"{_touch(len(flat))} no other "
            f"of its {counted(int(rank_volume.counts[rank]), 'voxel')}.",
            (int(rank_volume.ids[rank]),),
            len(flat),
            Anchor.at(flat, rank_volume.raw.shape, int(rank_volume.ids[rank])),
            "Give each the label that surrounds it.",
            marked=FindingVoxels(flat=flat),
        )


@check(
    "label-tiny-region",
    "info",
    "Region of one or two voxels",
    thresholds=("tiny_voxels",),
)
def check_tiny_regions(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region of very few voxels."""
    rank_volume = three_axes(subject)
    n_known = len(rank_volume.region_map) + 1
    total = rank_volume.total_counts[:n_known]
    for rank in np.flatnonzero(
        (rank_volume.counts[:n_known] > 0) & (total <= limits["tiny_voxels"])
    ):
        if rank == 0:
            continue
        count = int(total[rank])
        yield Finding(
            f"{cite(rank_volume, int(rank))} has {counted(count, 'voxel')} in all "
            f"(limit: more than {limits['tiny_voxels']:g}).",
            (int(rank_volume.ids[rank]),),
            count,
            anchor_of_rank(subject, int(rank)),
            "Look whether the region was lost when the annotation was resampled.",
            measure=float(count),
            threshold="tiny_voxels",
            marked=FindingVoxels(ranks=tuple(range(int(rank), int(rank_volume.ends[rank])))),
        )


@check("label-fragment", "warning", "Region with small fragments", thresholds=("fragment_share",))
def check_fragments(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each region with components far smaller than its largest."""
    rank_volume, components = three_axes(subject), components_of(subject)
    hemisphere = components.on_side.argmax(axis=1)
    largest = np.zeros((rank_volume.n_ranks, 3), np.int64)
    for k in range(3):
        np.maximum.at(largest[:, k], components.values, components.on_side[:, k])
    share = 100 * components.sizes / np.maximum(largest[components.values, hemisphere], 1)
    known = components.values <= len(rank_volume.region_map)
    small = np.flatnonzero((share < limits["fragment_share"]) & (components.sizes > 1) & known)
    where = (
        "in its hemisphere" if hemispheres_or_none(subject) is not None else "(hemispheres unknown)"
    )
    for rank, own in _group(small, components):
        subject.pulse()
        main = own[components.sizes[own].argmax()]
        flat = components.positions(own)
        yield Finding(
            f"{cite(rank_volume, rank)} has {counted(len(own), 'fragment')} of "
            f"{counted(len(flat), 'voxel')} in all; the largest is {share[main]:.2g} % of the "
            f"region's largest component {where} (limit {limits['fragment_share']:g} %).",
            (int(rank_volume.ids[rank]),),
            len(flat),
            anchor_in(
                components.positions(int(main)),
                flat,
                rank_volume.raw.shape,
                int(rank_volume.ids[rank]),
            ),
            "Give the fragments the label around them, or accept them if the region is fragmented.",
            measure=float(share[main]),
            threshold="fragment_share",
            marked=FindingVoxels(flat=flat),
        )


@check("label-hole", "warning", "Unlabeled hole enclosed by labels")
def check_holes(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for all unlabeled holes that are mainly in one region."""
    rank_volume = three_axes(subject)
    holes = subject.shared("label holes", lambda: enclosed_background(rank_volume.raw))
    if not len(holes):
        return
    hole, rank, faces = _count_faces(rank_volume.raw, holes)
    # The label that most faces of a hole touch: the last of its rows by number of faces.
    order = np.lexsort((faces, hole))
    last = np.flatnonzero(np.diff(hole[order], append=-1))
    main = rank[order[last]]
    for inside in np.unique(main).tolist():
        subject.pulse()
        own = np.flatnonzero(main == inside)
        rows = np.isin(hole, own)
        met = np.bincount(rank[rows], faces[rows], rank_volume.n_ranks)
        yield _report_hole(subject, holes, own, inside, met)


def _report_hole(
    subject: Subject, holes: Components, own: NDArray[np.intp], rank: int, met: NDArray[Any]
) -> Finding:
    rank_volume = subject.ranks
    order = [int(r) for r in np.argsort(-met, kind="stable") if met[r] > 0 and r != rank]
    flat = holes.positions(own)
    neighbors = f", next to {listed([cite(rank_volume, r) for r in order])}" if order else ""
    largest = int(own[holes.sizes[own].argmax()])
    return Finding(
        f"{counted(len(flat), 'unlabeled voxel')} in {counted(len(own), 'hole')} inside "
        f"{cite(rank_volume, rank)}{neighbors}; the largest has "
        f"{counted(int(holes.sizes[largest]), 'voxel')}.",
        tuple(int(rank_volume.ids[r]) for r in (rank, *order)),
        len(flat),
        anchor_in(
            holes.positions(largest), flat, rank_volume.raw.shape, int(rank_volume.ids[rank])
        ),
        "Give the hole the label around it, or its own id if it is a ventricle.",
        marked=FindingVoxels(flat=flat),
    )


def _count_faces(
    ranks: NDArray[Any], holes: Components
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count the faces between holes and labels: hole, rank, number, one row for each pair."""
    runs = np.repeat(np.arange(len(holes)), np.diff(holes.first))
    hole = np.repeat(runs, holes.lengths)
    flat, values = spread(holes.starts, holes.lengths), ranks.reshape(-1)
    keys = []
    width = int(ranks.max()) + 1
    for axis in range(ranks.ndim):
        stride = int(np.prod(ranks.shape[axis + 1 :], dtype=np.int64))
        for step in (-stride, stride):  # a hole is nowhere at the volume's faces
            neighbors = values[flat + step].astype(np.int64)
            keys.append(hole[neighbors > 0] * width + neighbors[neighbors > 0])
    key, faces = np.unique(np.concatenate(keys), return_counts=True)
    return key // width, key % width, faces


def _group(
    chosen: NDArray[np.intp], components: Components
) -> Iterator[tuple[int, NDArray[np.intp]]]:
    order = chosen[np.argsort(components.values[chosen], kind="stable")]
    ranks, first = np.unique(components.values[order], return_index=True)
    yield from zip(ranks.tolist(), np.split(order, first[1:]), strict=True) if len(ranks) else ()


def _touch(n: int) -> str:
    return "touches" if n == 1 else "touch"
