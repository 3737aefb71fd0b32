"""Checks of the annotation's values: unknown, fractional, damaged, too large, interpolated."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..core.annotation import Annotation
from .check import Check, Limits
from .finding import Anchor, Finding, Marked
from .interpolated_ids import interpolated_ranks
from .label_parts import anchor_of_rank, named, three_axes
from .subject import Subject
from .words import counted, listed

ITKSNAP_LIMIT = 65535
"""Labels of ITK-SNAP are 16-bit numbers (itksnap.org, "Label Editor")."""

MOST_LISTED = 50
"""Ids of a kind that get a finding each; further ones share the last."""

NEAREST = "Resample the annotation again with nearest-neighbour interpolation."

WIDTHS = (8, 16, 32)


def unknown_ids(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """One finding for each id of the annotation that the hierarchy does not have."""
    labels = three_axes(subject)
    explained = {*_overflown(subject), *interpolated(subject), *_rounded(subject)}
    first = len(labels.region_map) + 1
    strange = [r for r in range(first, labels.n_ranks) if r not in explained]
    strange.sort(key=lambda r: -int(labels.counts[r]))
    for rank in strange[:MOST_LISTED]:
        subject.pulse()
        region_id, count = int(labels.ids[rank]), int(labels.counts[rank])
        yield Finding(
            "label-unknown-id",
            f"{counted(count, 'voxel')} of the annotation {_carry(count)} id {region_id}, "
            f"which is not in the hierarchy.",
            (region_id,),
            count,
            anchor_of_rank(subject, rank),
            "Add the region to the hierarchy, or give the voxels the id of one that is in it.",
            marked=Marked(ranks=(rank,)),
        )
    rest = strange[MOST_LISTED:]
    if rest:
        count = int(labels.counts[rest].sum())
        yield Finding(
            "label-unknown-id",
            f"{len(rest):,} more ids are not in the hierarchy, on {count:,} voxels in all.",
            (),
            count,
            anchor_of_rank(subject, rest[0]),
            "Check that this is the hierarchy of this annotation.",
            marked=Marked(ranks=tuple(rest)),
            key="further ids",
        )


def not_integer(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """One finding where voxels hold no whole number."""
    flat = subject.stored.fractional
    if len(flat):
        yield Finding(
            "label-not-integer",
            f"{counted(len(flat), 'voxel')} of the annotation {_hold(len(flat))} no whole number "
            f"(such as {subject.stored.example:g}).",
            (),
            len(flat),
            Anchor.at(flat, subject.atlas.shape),
            "Make the annotation again with nearest-neighbour resampling, as integers.",
            marked=Marked(flat=flat),
            key="fractional",
        )


def ids_lost(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """One finding for each id that became another because its type could not hold it."""
    labels = three_axes(subject)
    for rank, (candidates, bits) in _overflown(subject).items():
        region_id, count = int(labels.ids[rank]), int(labels.counts[rank])
        was = listed([named(labels, k) for k in candidates])
        yield Finding(
            "label-ids-lost",
            f"{counted(count, 'voxel')} {_hold(count)} {region_id}: what {was} becomes in "
            f"{bits} bits.",
            (region_id, *(int(labels.ids[k]) for k in candidates)),
            count,
            anchor_of_rank(subject, rank),
            "Store the annotation as uint32 and make it again from its source.",
            marked=Marked(ranks=(rank,)),
        )
    for rank, lost in _rounded(subject).items():
        region_id, count = int(labels.ids[rank]), int(labels.counts[rank])
        names = listed([named(labels, k) for k in lost])
        yield Finding(
            "label-ids-lost",
            f"{counted(count, 'voxel')} {_hold(count)} {region_id}, which {names} cannot be told "
            f"from in {subject.stored.dtype}: it is exact up to {_exact_limit(subject):,} only.",
            (region_id, *(int(labels.ids[k]) for k in lost)),
            count,
            anchor_of_rank(subject, rank),
            "Store the annotation as uint32 and make it again from its source.",
            marked=Marked(ranks=(rank,)),
        )


def id_limit(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """One finding where ids are too large for ITK-SNAP."""
    labels = three_axes(subject)
    ranks = np.flatnonzero((labels.ids > ITKSNAP_LIMIT) & (labels.counts > 0))
    if len(ranks):
        order = ranks[np.argsort(-labels.counts[ranks], kind="stable")]
        names = listed([named(labels, int(r)) for r in order])
        yield Finding(
            "label-id-limit",
            f"{counted(len(order), 'id')} of the annotation {_lie(len(order))} above "
            f"{ITKSNAP_LIMIT:,}, the largest that ITK-SNAP can hold: {names}.",
            tuple(int(labels.ids[r]) for r in order),
            len(order),
            anchor_of_rank(subject, int(order[0])),
            "For ITK-SNAP, export the annotation with its label table: these ids get free numbers.",
            marked=Marked(ranks=tuple(order.tolist())),
            key="ids above the limit",
        )


def resampled_ids(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """One finding for each id that only interpolation can have made."""
    labels = three_axes(subject)
    found = sorted(interpolated(subject).items(), key=lambda item: -int(labels.counts[item[0]]))
    for rank, share in found[:MOST_LISTED]:
        subject.pulse()
        region_id, count = int(labels.ids[rank]), int(labels.counts[rank])
        yield Finding(
            "label-resampled-id",
            f"{named(labels, rank)} exists only as a film along borders: {share:.0%} of its "
            f"{counted(count, 'voxel')} lie between a lower and a higher id, as if ids had been "
            f"averaged.",
            (region_id,),
            count,
            anchor_of_rank(subject, rank),
            NEAREST,
            measure=100 * share,
            unit="%",
            marked=Marked(ranks=(rank,)),
        )
    rest = [rank for rank, _ in found[MOST_LISTED:]]
    if rest:
        count = int(labels.counts[rest].sum())
        yield Finding(
            "label-resampled-id",
            f"{len(rest):,} more ids exist only as films along borders, on {count:,} voxels.",
            (),
            count,
            anchor_of_rank(subject, rest[0]),
            NEAREST,
            marked=Marked(ranks=tuple(rest)),
            key="further ids",
        )


def interpolated(subject: Subject) -> dict[int, float]:
    """Ranks that interpolation made, with the share of their voxels that shows it."""
    return subject.shared("interpolated ids", lambda: interpolated_ranks(three_axes(subject)))


def _overflown(subject: Subject) -> dict[int, tuple[list[int], int]]:
    """Unknown ranks that regions' ids become in too few bits: those regions, and the bits."""

    def find() -> dict[int, tuple[list[int], int]]:
        labels = three_axes(subject)
        dtype = subject.stored.dtype
        stored = 8 * dtype.itemsize if dtype.kind in "iu" else 0
        # The stored type is what most likely was too narrow; else an earlier one was.
        widths = sorted(WIDTHS, key=lambda bits: bits != stored)
        found = {}
        for rank in range(len(labels.region_map) + 1, labels.n_ranks):
            value = int(labels.ids[rank])
            for bits in widths:
                # A positive remainder may be chance, unless the type has just these bits.
                exact = dtype.kind == "u" and stored == bits
                if value < -(2 ** (bits - 1)) or not (value < 0 or exact):
                    continue
                candidates = _wrapped(labels, value, bits)
                if candidates:
                    found[rank] = (candidates, bits)
                    break
        return found

    return subject.shared("overflown ids", find)


def _wrapped(labels: Annotation, value: int, bits: int) -> list[int]:
    ids = labels.region_map.ids[1:]
    same = (ids % 2**bits == value % 2**bits) & (ids >= 2 ** (bits - 1))
    return (np.flatnonzero(same) + 1).tolist()


def _rounded(subject: Subject) -> dict[int, list[int]]:
    """Ranks whose id is what other regions' ids become in the stored float type."""

    def find() -> dict[int, list[int]]:
        labels, dtype = three_axes(subject), subject.stored.dtype
        if dtype.kind != "f" or dtype.itemsize > 4:
            return {}
        ids = labels.region_map.ids
        with np.errstate(over="ignore"):
            held = ids.astype(dtype).astype(np.float64)
        lost: dict[float, list[int]] = {}
        for rank in np.flatnonzero(held != ids).tolist():
            lost.setdefault(float(held[rank]), []).append(rank)
        present = np.flatnonzero(labels.counts)
        return {int(r): lost[v] for r in present if (v := float(labels.ids[r])) in lost}

    return subject.shared("rounded ids", find)


def _exact_limit(subject: Subject) -> int:
    return int(2 ** (np.finfo(subject.stored.dtype).nmant + 1))


def _carry(n: int) -> str:
    return "carries" if n == 1 else "carry"


def _hold(n: int) -> str:
    return "holds" if n == 1 else "hold"


def _lie(n: int) -> str:
    return "lies" if n == 1 else "lie"


CHECKS = (
    Check(
        "label-unknown-id", "labels", "Every id of the annotation is in the hierarchy",
        ("annotation", "hierarchy"), "error", "pass", unknown_ids,
    ),
    Check(
        "label-not-integer", "labels", "The annotation holds whole numbers",
        ("annotation",), "error", "pass", not_integer,
    ),
    Check(
        "label-ids-lost", "labels", "No id was damaged by a type that cannot hold it",
        ("annotation", "hierarchy"), "error", "pass", ids_lost,
    ),
    Check(
        "label-id-limit", "labels", "ITK-SNAP can hold every id",
        ("annotation",), "info", "quick", id_limit,
    ),
    Check(
        "label-resampled-id", "labels", "No id was made by interpolation",
        ("annotation", "hierarchy"), "warning", "pass", resampled_ids,
    ),
)  # fmt: skip
