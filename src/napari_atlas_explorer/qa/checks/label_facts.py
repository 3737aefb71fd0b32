"""Facts about the annotation that several checks share, and region names in messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...compute.components import Components, find_region_components
from ...compute.contacts import Contacts, Faces, contacts_of, label_faces
from ...core.errors import AtlasError
from ...core.regions.rank_volume import RankVolume
from ..check import NotRunError
from ..finding import Anchor
from ..subject import Subject

if TYPE_CHECKING:
    from ...core.regions.region_map import RegionMap


def name_of(regions: RegionMap, rank: int) -> str:
    """Format a region for messages: acronym and id."""
    return f"{regions.acronym_of_rank(rank)} (id {int(regions.ids[rank])})"


def three_axes(subject: Subject) -> RankVolume:
    """Return the annotation, which must have three axes."""
    rank_volume = subject.ranks
    if rank_volume.raw.ndim != 3:
        raise NotRunError(f"the annotation has {rank_volume.raw.ndim} axes, not three")
    return rank_volume


def hemispheres_or_none(subject: Subject) -> NDArray[np.uint8] | None:
    """Return the hemisphere of every voxel, read-only; None where there is no rule."""
    return subject.shared("sides or none", lambda: _read_hemispheres(subject))


def _read_hemispheres(subject: Subject) -> NDArray[np.uint8] | None:
    """Return the hemispheres; a broadcast view where they are those of a plane."""
    try:
        hemispheres = subject.hemisphere_rule.seen(subject.atlas.shape)
    except (NotRunError, AtlasError, OSError):
        return None
    return hemispheres if any(plane.any() for plane in hemispheres) else None


def components_of(subject: Subject) -> Components:
    """Return the connected components of every label."""
    return subject.shared(
        "label pieces",
        lambda: find_region_components(three_axes(subject).raw, hemispheres_or_none(subject)),
    )


def faces_of_labels(subject: Subject) -> tuple[Faces, ...]:
    """Return the faces between voxels of different labels."""
    return subject.shared("label faces", lambda: label_faces(three_axes(subject).raw))


def contacts(subject: Subject) -> Contacts:
    """Return which labels touch."""
    return subject.shared("label contacts", lambda: contacts_of(faces_of_labels(subject)))


def cite(rank_volume: RankVolume, rank: int) -> str:
    """Format a region within a sentence: "CA1 (id 382)"."""
    region_id = int(rank_volume.ids[rank])
    if rank > len(rank_volume.region_map):
        return f"id {region_id}"
    return f"{rank_volume.region_map.acronym_of_rank(rank)} (id {region_id})"


def drop_explained(
    rank_volume: RankVolume, wrong: NDArray[np.bool_], amount: NDArray[np.int64]
) -> list[int]:
    """Drop the ranks whose excess is explained by findings on their descendants.

    Parameters
    ----------
    wrong
        ``(n_ranks,)`` whether a rank with its descendants has a finding.
    amount
        ``(n_ranks,)`` how many voxels that is; a rank is left out if ranks below it make up
        half of its voxels.
    """
    explained = np.zeros(rank_volume.n_ranks, np.int64)
    kept = []
    for rank in np.flatnonzero(wrong)[::-1].tolist():  # descendants before their ancestors
        below = int(explained[rank + 1 : rank_volume.ends[rank]].sum())
        if rank and 2 * below < amount[rank]:
            explained[rank + 1 : rank_volume.ends[rank]] = 0
            explained[rank] = amount[rank]
            kept.append(rank)
    return kept[::-1]


def box_of(flat: NDArray[np.int64], shape: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the first voxel and one past the last along each axis, from C-order positions."""
    where = np.unravel_index(flat, tuple(shape))
    return tuple((int(w.min()), int(w.max()) + 1) for w in where)


def anchor_in(
    worst: NDArray[np.int64], every: NDArray[np.int64], shape: Sequence[int], node: int | None
) -> Anchor:
    """Return an anchor at the middle of the worst voxels, with the extent of all at fault."""
    voxel = Anchor.at(worst, shape).voxel
    return Anchor(voxel=voxel, extent=box_of(every, shape), node=node)


def anchor_of_rank(subject: Subject, rank: int) -> Anchor:
    """Return an anchor at the largest component of a label, with the extent of all its voxels."""
    rank_volume, components = subject.ranks, components_of(subject)
    own = np.flatnonzero(components.values == rank)
    if not len(own):
        return Anchor(node=int(rank_volume.ids[rank]))
    worst = components.positions(int(own[components.sizes[own].argmax()]))
    extent = tuple((int(a), int(b)) for a, b in rank_volume.boxes[rank])
    known = rank <= len(rank_volume.region_map)
    return Anchor(
        voxel=Anchor.at(worst, rank_volume.raw.shape).voxel,
        extent=extent,
        node=int(rank_volume.ids[rank]) if known else None,
    )
