"""Checks of the hierarchy against the volume: regions without voxels, and region sets."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...core.errors import UnknownRegionError
from ...core.text import listed
from ..check import CheckGroup, Limits, NotRunError, Threshold
from ..config import RegionSet
from ..finding import Anchor, Finding, FindingVoxels
from ..subject import Subject
from .label_facts import name_of

NEEDS = ("hierarchy", "annotation")
check = CheckGroup("hierarchy", NEEDS)


@check("hierarchy-no-voxels", "info", "Region without voxels", thresholds=("absent_share",))
def check_no_voxels(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield regions without a voxel: a leaf whose siblings all have some, and all others.

    The others are one finding: of an ontology that serves many atlases, half may be absent.
    """
    regions, totals = subject.regions, subject.ranks.total_counts
    n = len(regions)
    empty = [k for k in range(1, n + 1) if totals[k] == 0]
    serves_others = 100 * len(empty) > limits["absent_share"] * n
    rest = []
    for rank in empty:
        siblings = [k for k in regions.child_ranks(int(regions.parent_ranks[rank])) if k != rank]
        is_leaf = regions.ends[rank] == rank + 1
        if serves_others or not (is_leaf and siblings and totals[siblings].all()):
            rest.append(rank)
            continue
        region_id = int(regions.ids[rank])
        yield Finding(
            f"{name_of(regions, rank)} has no voxel, although all of its siblings have "
            f"({listed(regions.acronym_of_rank(k) for k in siblings)}).",
            (region_id,),
            1,
            Anchor(node=region_id),
            "See whether it was lost in resampling, or remove it from this atlas's hierarchy.",
            severity="warning",
        )
    if rest:
        tops = [
            k for k in rest if totals[int(regions.parent_ranks[k])] or not regions.parent_ranks[k]
        ]
        yield Finding(
            f"{len(rest)} of {n} regions are in the ontology, but have no voxel here: "
            f"{listed(name_of(regions, k) for k in tops or rest)}.",
            tuple(int(regions.ids[k]) for k in rest),
            len(rest),
            Anchor(node=int(regions.ids[(tops or rest)[0]])),
            "Nothing, where the ontology serves finer atlases too.",
            key="others",
        )


@check("hierarchy-non-leaf-voxels", "info", "Divided region with voxels of its own")
def check_non_leaf_voxels(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield one finding for the regions that are divided but have own voxels."""
    regions, rank_volume = subject.regions, subject.ranks
    n = len(regions)
    inner = [k for k in range(1, n + 1) if regions.ends[k] > k + 1 and rank_volume.counts[k]]
    if not inner:
        return
    inner.sort(key=lambda k: -int(rank_volume.counts[k]))
    total = int(rank_volume.counts[inner].sum())
    names = listed(f"{name_of(regions, k)} {int(rank_volume.counts[k])}" for k in inner)
    yield Finding(
        f"{total} voxels belong to {len(inner)} region{'s' if len(inner) > 1 else ''} that the "
        f"hierarchy divides further, and to none of their descendants: {names}.",
        tuple(int(regions.ids[k]) for k in inner),
        total,
        _make_anchor(subject, inner[0]),
        "Count such regions with their descendants, or give the voxels to one where known.",
        marked=FindingVoxels(ranks=tuple(inner)),
    )


@check(
    "hierarchy-set-overlap",
    "error",
    "Voxels that a set of regions covers twice",
    needs=(*NEEDS, "sets in qa.toml"),
)
def check_set_overlap(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield voxels that a set covers twice, or outside its domain (excess, −1)."""
    for one, chosen, domain in _find_sets(subject):
        cover, inside = _count_coverage(subject, chosen, domain)
        excess = cover - inside
        ranks_in_excess = _find_ranks(subject, excess > 0)
        twice = [k for k in ranks_in_excess if cover[k] > 1]
        outside = [k for k in ranks_in_excess if cover[k] <= 1]
        for ranks, what, fix in (
            (twice, "more than one region of", "Remove the regions within others."),
            (outside, f"outside {one.domain}, in regions of", "Leave those regions out of it."),
        ):
            if ranks:
                yield _report_set(
                    subject,
                    one,
                    ranks,
                    f"are in {what}",
                    fix,
                    "outside" if ranks is outside else "twice",
                )


@check(
    "hierarchy-set-gap",
    "warning",
    "Voxels that a set of regions leaves out",
    needs=(*NEEDS, "sets in qa.toml"),
)
def check_set_gap(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield voxels of a domain that a set does not cover (missing, +1), and unknown regions."""
    regions = subject.regions
    for one in _require_sets(subject):
        for key in (*one.regions, one.domain):
            try:
                regions.rank(key)
            except UnknownRegionError as exc:
                yield Finding(
                    f"The set {one.name} names {key}: {exc}.",
                    anchor=Anchor(file="qa.toml", key=one.name),
                    fix="Correct the name in qa.toml.",
                    severity="error",
                    key=f"{one.name}: {key}",
                )
    for one, chosen, domain in _find_sets(subject):
        cover, inside = _count_coverage(subject, chosen, domain)
        missing = _find_ranks(subject, inside - cover > 0)
        if missing:
            yield _report_set(
                subject,
                one,
                missing,
                f"of {one.domain} are in no region of",
                "Add the regions that are missing, or take a domain that the set covers.",
                "gap",
            )


def _report_set(
    subject: Subject, one: RegionSet, ranks: list[int], what: str, fix: str, key: str
) -> Finding:
    rank_volume, regions = subject.ranks, subject.regions
    count = int(rank_volume.counts[ranks].sum())
    return Finding(
        f"{count} voxels {what} the set {one.name}: {listed(name_of(regions, k) for k in ranks)}.",
        tuple(int(regions.ids[k]) for k in ranks),
        count,
        _make_anchor(subject, ranks[0]),
        fix,
        marked=FindingVoxels(ranks=tuple(ranks)),
        key=f"{one.name}: {key}",
    )


def _require_sets(subject: Subject) -> tuple[RegionSet, ...]:
    if not subject.sets:
        raise NotRunError("no sets of regions in qa.toml")
    return subject.sets


def _find_sets(subject: Subject) -> Iterator[tuple[RegionSet, list[int], int]]:
    """Yield sets whose regions are all known, as ranks, with the rank of the domain."""
    for one in _require_sets(subject):
        try:
            chosen = [subject.regions.rank(key) for key in one.regions]
            yield one, chosen, subject.regions.rank(one.domain)
        except UnknownRegionError:
            continue  # reported by `check_set_gap`


def _count_coverage(
    subject: Subject, chosen: list[int], domain: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count by rank how many regions of a set hold it, and 1 where the domain does."""
    ends = subject.regions.ends
    cover, inside = np.zeros(len(ends), np.int64), np.zeros(len(ends), np.int64)
    for rank in chosen:
        cover[rank : ends[rank]] += 1
    inside[domain : ends[domain]] = 1
    return cover, inside


def _find_ranks(subject: Subject, selected: NDArray[np.bool_]) -> list[int]:
    counts = subject.ranks.counts[: len(selected)]
    own = np.flatnonzero(selected & (counts > 0)).tolist()
    return sorted((int(k) for k in own), key=lambda k: -int(counts[k]))


def _make_anchor(subject: Subject, rank: int) -> Anchor:
    rank_volume = subject.ranks
    flat = FindingVoxels(ranks=(rank,)).positions(rank_volume)
    return Anchor.at(flat, rank_volume.raw.shape, node=int(rank_volume.ids[rank]))


THRESHOLDS = (
    Threshold(
        "absent_share",
        10,
        "%",
        "Above it an ontology evidently serves other atlases too, and a region without "
        "voxels is no more than a note: 35 % of Allen's ontology is not in CCFv3 at 100 µm, "
        "0.4 % of a hierarchy made for its atlas.",
    ),
)
