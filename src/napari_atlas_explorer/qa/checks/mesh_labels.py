"""Checks of meshes against the labels they were made of: missing, displaced, incomplete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from ...core.regions.rank_volume import RankVolume
from ...core.text import listed
from ..check import CheckGroup, Limits, Threshold
from ..finding import Anchor, Finding, NamedBox
from ..subject import Subject
from .label_facts import name_of
from .mesh_facts import REMAKE, anchor_of, mesh_facts, mesh_files, placed_meshes

check = CheckGroup("meshes", ("meshes", "annotation"), "slow")


@check("mesh-missing", "warning", "Region without a mesh", cost="quick")
def check_missing(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every region that has voxels but no mesh, and the others without one as a note."""
    files, rank_volume = mesh_files(subject), subject.ranks
    regions = rank_volume.region_map
    without = [k for k in range(1, len(regions) + 1) if int(regions.ids[k]) not in files]
    empty = [k for k in without if not rank_volume.total_counts[k]]
    for rank in without:
        count = int(rank_volume.total_counts[rank])
        if not count:
            continue
        region_id, box = int(regions.ids[rank]), rank_volume.total_boxes[rank]
        yield Finding(
            f"{name_of(regions, rank)} has {count} voxels but no mesh.",
            (region_id,),
            1,
            Anchor(extent=tuple((int(a), int(b)) for a, b in box), node=region_id, mesh=region_id),
            "Make a mesh from its labels.",
        )
    if empty:
        ids = tuple(int(regions.ids[k]) for k in empty)
        yield Finding(
            f"{len(empty)} region{'s have' if len(empty) > 1 else ' has'} neither voxels nor a "
            f"mesh: {listed(name_of(regions, k) for k in empty)}.",
            ids,
            len(ids),
            Anchor(node=ids[0], mesh=ids[0]),
            "Nothing, where the ontology serves other atlases too.",
            severity="info",
            key="empty",
        )


@check(
    "mesh-extra",
    "warning",
    "Mesh of no region of the hierarchy",
    needs=("meshes", "hierarchy"),
)
def check_extra(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield every mesh of an id that the hierarchy does not know."""
    regions = subject.regions
    for region_id, one in mesh_facts(subject).items():
        if not regions.rank_of_id(region_id):
            yield Finding(
                f"{one.file} is the mesh of id {region_id}, which is not in the hierarchy.",
                (region_id,),
                1,
                anchor_of(subject, one, None),
                "Remove the mesh, or add its region to the hierarchy.",
            )


@check(
    "mesh-offset",
    "warning",
    "Meshes beside their labels",
    thresholds=("mesh_offset_voxels",),
)
def check_offset(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding where all meshes have the same offset from their labels."""
    meshes = placed_meshes(subject)
    found = meshes.offset
    steps = np.abs(meshes.rank_volume.grid.steps)
    voxels = found.median / steps
    most, limit = float(np.abs(voxels).max()), limits["mesh_offset_voxels"]
    if found.is_steady and most > limit:
        by = ", ".join(f"{v:+.2f}" for v in voxels)
        yield Finding(
            f"All meshes are {by} voxels off their labels (median of {found.n_regions} regions; "
            f"limit {limit:g}): they were made with another convention of where a voxel begins.",
            (),
            found.n_regions,
            Anchor(),
            "Shift the meshes; until then they are shown shifted back.",
            most,
            threshold="mesh_offset_voxels",
            key="package",
        )


@check(
    "mesh-extent",
    "warning",
    "Mesh that reaches farther or less far than its labels",
    thresholds=("mesh_extent_voxels", "mesh_extent_share"),
)
def check_extent(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield every mesh whose box differs from that of its labels."""
    meshes = placed_meshes(subject)
    rank_volume = meshes.rank_volume
    for rank, one in meshes.facts.items():
        subject.pulse()
        box, own = meshes.box(rank), rank_volume.total_boxes[rank].astype(float)
        difference = box - own
        sides = own[:, 1] - own[:, 0]
        allowed = limits["mesh_extent_voxels"] + limits["mesh_extent_share"] / 100 * sides
        beyond = np.abs(difference) - allowed[:, np.newaxis]
        axis, end = (int(v) for v in np.unravel_index(beyond.argmax(), beyond.shape))
        if beyond[axis, end] <= 0:
            continue
        worst = float(difference[axis, end])
        outwards = (worst > 0) == (end == 1)
        yield Finding(
            f"The mesh of {name_of(rank_volume.region_map, rank)} "
            f"{'reaches' if outwards else 'stops'} {abs(worst):.1f} voxels "
            f"{'beyond' if outwards else 'short of'} its labels at the {('low', 'high')[end]} end "
            f"of axis {axis} (limit {allowed[axis]:.1f}).",
            (one.region_id,),
            1,
            _make_end_anchor(rank_volume, rank, axis, end, one.region_id, one.file),
            REMAKE,
            abs(worst),
            threshold="mesh_extent_voxels",
            exhibits=(_name_box("labels", own), _name_box("mesh", box)),
        )


@check(
    "mesh-volume",
    "warning",
    "Mesh of another volume than its labels",
    thresholds=("mesh_volume_difference", "mesh_volume_voxels"),
)
def check_volume(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield every closed mesh whose volume differs from that of its labels."""
    meshes = placed_meshes(subject)
    rank_volume, limit = meshes.rank_volume, limits["mesh_volume_difference"]
    for rank, one in meshes.facts.items():
        quality, count = one.quality, int(rank_volume.total_counts[rank])
        if quality is None or quality.open_edges or count < limits["mesh_volume_voxels"]:
            continue
        own = count * rank_volume.grid.voxel_volume
        difference = 100 * (abs(quality.volume) / own - 1)
        if abs(difference) > limit:
            yield Finding(
                f"The mesh of {name_of(rank_volume.region_map, rank)} encloses "
                f"{abs(quality.volume) / 1e9:.4g} mm³, its {count} voxels {own / 1e9:.4g} mm³ "
                f"({difference:+.0f} %, limit {limit:g} %).",
                (one.region_id,),
                1,
                anchor_of(subject, one, None),
                REMAKE,
                abs(difference),
                threshold="mesh_volume_difference",
            )


@check(
    "mesh-lost-part",
    "warning",
    "Mesh that lacks a component of its labels",
    thresholds=("mesh_part_voxels", "mesh_part_share"),
)
def check_lost_component(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield every mesh that lacks a component of its labels, such as one of two lobes."""
    meshes = placed_meshes(subject)
    rank_volume = meshes.rank_volume
    for rank, one in meshes.facts.items():
        subject.pulse()
        components, sizes = _find_components(rank_volume, rank)
        total = int(rank_volume.total_counts[rank])
        least = max(limits["mesh_part_voxels"], limits["mesh_part_share"] / 100 * total)
        large = np.flatnonzero(sizes >= least)
        if len(large) < 2:
            continue
        corner = rank_volume.total_boxes[rank][:, 0]
        lost = np.setdiff1d(large, _find_near(components, meshes.voxels_of(rank) - corner))
        if not len(lost):
            continue
        worst = int(lost[sizes[lost].argmax()])
        inner = np.argwhere(components == worst) + corner
        flat = np.ravel_multi_index(tuple(inner.T), rank_volume.raw.shape).astype(np.int64)
        at = Anchor.at(flat, rank_volume.raw.shape, node=one.region_id)
        n_voxels = int(sizes[lost].sum())
        yield Finding(
            f"The mesh of {name_of(rank_volume.region_map, rank)} lacks {len(lost)} of the "
            f"{len(large)} large components of its labels: {n_voxels} of {total} voxels.",
            (one.region_id,),
            n_voxels,
            Anchor(at.voxel, at.extent, one.region_id, one.region_id, one.file),
            REMAKE,
            float(n_voxels),
            threshold="mesh_part_voxels",
        )


def _find_components(rank_volume: RankVolume, rank: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the components of a region's labels in its box, and their sizes; 0 is outside."""
    box = tuple(slice(int(a), int(b)) for a, b in rank_volume.total_boxes[rank])
    inner = rank_volume.raw[box]
    mask = (inner >= rank) & (inner < rank_volume.ends[rank])
    # A rim, since cc3d 4.1 fails on a line of 1 × 1 × n voxels with this connectivity.
    components = cc3d.connected_components(np.pad(mask, 1), connectivity=26)[1:-1, 1:-1, 1:-1]
    sizes = np.bincount(components.ravel()).astype(np.int64)
    sizes[0] = 0
    return components, sizes


def _find_near(components: NDArray[Any], voxels: NDArray[np.int64]) -> NDArray[Any]:
    """Return the numbers of the components with a voxel next to, or at, one of some voxels."""
    padded = np.pad(components, 2)
    shape = np.array(padded.shape)
    middle = voxels + 2
    middle = middle[((middle >= 1) & (middle < shape - 1)).all(axis=1)]
    flat = np.unique(np.ravel_multi_index(tuple(middle.T), padded.shape))
    around = np.array([-1, 0, 1])
    steps = np.array([shape[1] * shape[2], shape[2], 1])
    ways = (np.stack(np.meshgrid(around, around, around), axis=-1).reshape(-1, 3) * steps).sum(1)
    values = padded.ravel()
    return np.unique(np.concatenate([values[flat + way] for way in ways.tolist()]))


def _make_end_anchor(
    rank_volume: RankVolume, rank: int, axis: int, end: int, region_id: int, file: str
) -> Anchor:
    """Return an anchor at a voxel of a region at one end of its box."""
    box = rank_volume.total_boxes[rank]
    index = int(box[axis, 0] if end == 0 else box[axis, 1] - 1)
    part = [slice(int(a), int(b)) for a, b in box]
    part[axis] = slice(index, index + 1)
    inner = rank_volume.raw[tuple(part)]
    where = np.argwhere((inner >= rank) & (inner < rank_volume.ends[rank]))
    voxel = where[len(where) // 2] + [side.start for side in part]
    extent = tuple((int(a), int(b)) for a, b in box)
    return Anchor(tuple(int(v) for v in voxel), extent, region_id, region_id, file)


def _name_box(name: str, box: NDArray[np.float64]) -> NamedBox:
    return NamedBox(name, tuple(box[:, 0].tolist()), tuple(box[:, 1].tolist()))


THRESHOLDS = (
    Threshold(
        "mesh_offset_voxels",
        0.25,
        "voxels",
        "Half-way to the offset of half a voxel that meshes made of voxel centers have.",
    ),
    Threshold(
        "mesh_extent_voxels",
        2.5,
        "voxels",
        "Smoothing cuts thin ends: BrainGlobe's meshes of Allen's atlas at 100 µm stop up "
        "to 2 voxels short in 1 % of regions of every size.",
    ),
    Threshold(
        "mesh_extent_share",
        5,
        "%",
        "Added to the above, of the region's length: simplified meshes of whole brains stop "
        "short by more (7.7 voxels of 132).",
    ),
    Threshold(
        "mesh_volume_difference",
        40,
        "%",
        "Smoothing takes from thin sheets: 99 % of BrainGlobe's meshes of Allen's regions of "
        "1000 voxels and more enclose 65 to 119 % of them.",
    ),
    Threshold(
        "mesh_volume_voxels",
        1000,
        "voxels",
        "Smaller regions lose more than half of their volume to smoothing.",
    ),
    Threshold("mesh_part_voxels", 50, "voxels", "Smaller ones are smoothed away."),
    Threshold(
        "mesh_part_share",
        10,
        "%",
        "Of a region's voxels: smaller components are fragments of the annotation.",
    ),
)
