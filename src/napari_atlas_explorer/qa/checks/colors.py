"""Checks of the regions' colors: missing, shared, or similar where regions touch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ...compute.contacts import shared_border
from ...core.colors.difference import color_difference
from ...core.colors.region_colors import Rgb
from ...core.errors import short
from ...core.regions.rank_volume import RankVolume
from ...core.regions.region_map import RegionMap
from ...core.regions.rows import filled
from ...core.text import counted, listed
from ..check import CheckGroup, Limits, Threshold
from ..finding import Anchor, Finding, FindingVoxels, Severity, Swatch
from ..subject import Subject
from .label_facts import cite, contacts, faces_of_labels, three_axes

check = CheckGroup("hierarchy", ("hierarchy", "annotation"), "quick")

MOST_ALIKE = 0.9
"""Share of the regions from which on one color of theirs is no choice but a mistake."""

THRESHOLDS = (
    Threshold(
        "color_difference",
        2.3,
        "ΔE00",
        "CIEDE2000. About 1 can just be seen between touching patches of full color; labels are "
        "seen half transparent over gray, which takes off more than half of the difference.",
    ),
    Threshold(
        "color_pairs",
        50,
        "pairs",
        "Pairs that get their own finding, those with the longest borders first; the rest "
        "share one. More would hide everything else.",
    ),
)


@check("hierarchy-color-missing", "info", "Region without a color", needs=("hierarchy",))
def check_missing(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding that lists the regions without a color."""
    regions = subject.regions
    without = [i for i in regions if not regions.has_own_color(i)]
    invalid = {i: color for i in without if (color := _stated_color(regions, i)) is not None}
    for region_id, color in invalid.items():
        yield Finding(
            f"The color of {regions.acronym(region_id)} (id {region_id}) is {short(color)}, which "
            f"is none; programs refuse it or show another.",
            (region_id,),
            1,
            Anchor(node=region_id),
            "State three numbers from 0 to 255, or six hexadecimal digits.",
            severity="warning",
            key=f"{region_id}: invalid",
        )
    without = [i for i in without if i not in invalid]
    if without:
        ids = tuple(without)
        words = [f"{regions.acronym(i)} (id {i})" for i in without]
        every = " (no region has one)" if len(without) == regions.n_stated else ""
        yield Finding(
            f"{counted(len(without), 'region')} of {regions.n_stated} without a color{every}: "
            f"{listed(words)}.",
            ids,
            len(without),
            Anchor(node=ids[0]),
            "Give each region a color; until then default ones are shown.",
            key="no color",
        )


def _stated_color(regions: RegionMap, region_id: int) -> object:
    """Return the color that a region's row states, None for none."""
    row = regions.row_of_rank(regions.rank_of_id(region_id))
    stated = (row.get("rgb_triplet"), row.get("color_hex_triplet"))
    return next((value for value in stated if filled(value)), None)


@check("hierarchy-color-duplicate", "info", "Color used by two regions")
def check_duplicates(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each color that several regions with voxels share."""
    rank_volume = three_axes(subject)
    sharing: dict[Rgb, list[int]] = {}
    for rank in _find_colored(rank_volume):
        sharing.setdefault(rank_volume.region_map.color_of_rank(rank), []).append(rank)
    n_colored = sum(map(len, sharing.values()))
    for color, ranks in sharing.items():
        if len(ranks) < 2:
            continue
        is_every = len(ranks) > MOST_ALIKE * n_colored and len(ranks) > 2
        ids = tuple(int(rank_volume.ids[k]) for k in ranks)
        yield Finding(
            f"{len(ranks)} regions have the color {_format_color(color)}: "
            f"{listed([cite(rank_volume, k) for k in ranks])}.",
            ids,
            len(ranks),
            Anchor(node=ids[0]),
            "Give each its own color if they should be distinguishable without their borders.",
            marked=FindingVoxels(ranks=tuple(ranks)),
            exhibits=(Swatch(ids[0], color), Swatch(ids[1], color)),
            severity="warning" if is_every else None,
        )


@check(
    "hierarchy-color-close",
    "warning",
    "Touching regions of nearly the same color",
    cost="pass",
    thresholds=("color_difference", "color_pairs"),
)
def check_similar(subject: Subject, limits: Limits) -> Iterator[Finding]:
    """Yield one finding for each pair of touching regions of similar color."""
    rank_volume = three_axes(subject)
    touching = contacts(subject)
    palette = np.array(
        [rank_volume.region_map.color_of_rank(k) for k in range(len(rank_volume.region_map) + 1)]
    )
    stated = np.zeros(rank_volume.n_ranks, bool)
    stated[_find_colored(rank_volume)] = True
    both = stated[touching.pairs].all(axis=1)
    pairs, faces = touching.pairs[both], touching.faces[both]
    difference = color_difference(palette[pairs[:, 0]], palette[pairs[:, 1]])
    alike = np.flatnonzero(difference < limits["color_difference"])
    # What the atlas does not mean comes first; then the pairs with the longest borders.
    meant = np.array([_grade(rank_volume, *pairs[k].tolist()) == "info" for k in alike], bool)
    alike = alike[np.argsort(meant, kind="stable")]
    shown = alike[: int(limits["color_pairs"])]
    for k in shown.tolist():
        subject.pulse()
        yield _report_pair(subject, pairs[k], int(faces[k]), float(difference[k]), limits)
    rest = alike[len(shown) :]
    if len(rest):
        ranks = np.unique(pairs[rest])
        yield Finding(
            f"{counted(len(rest), 'more pair')} of touching regions, with shorter borders, "
            f"differ by less than ΔE {limits['color_difference']:g}.",
            (),
            len(rest),
            Anchor(node=int(rank_volume.ids[pairs[rest[0], 0]])),
            "Give regions that touch colors that differ more.",
            threshold="color_difference",
            marked=FindingVoxels(ranks=tuple(ranks.tolist())),
            severity="info",
            key="further pairs",
        )


def _report_pair(
    subject: Subject, pair: NDArray[np.int64], faces: int, difference: float, limits: Limits
) -> Finding:
    rank_volume = subject.ranks
    a, b = (int(k) for k in pair)
    flat = shared_border(faces_of_labels(subject), a, b)
    ids = (int(rank_volume.ids[a]), int(rank_volume.ids[b]))
    colors = rank_volume.region_map.color_of_rank(a), rank_volume.region_map.color_of_rank(b)
    how = "have one color" if difference == 0 else f"differ in color by ΔE {difference:.1f}"
    return Finding(
        f"{cite(rank_volume, a)} and {cite(rank_volume, b)} touch along "
        f"{counted(faces, 'voxel face')} "
        f"and {how} (limit ΔE {limits['color_difference']:g}).",
        ids,
        faces,
        Anchor.at(flat, rank_volume.raw.shape, ids[0]),
        "Give one of them another color, or draw borders.",
        measure=difference,
        threshold="color_difference",
        marked=FindingVoxels(flat=flat),
        exhibits=tuple(Swatch(i, c) for i, c in zip(ids, colors, strict=True)),
        severity=_grade(rank_volume, a, b),
    )


def _grade(rank_volume: RankVolume, a: int, b: int) -> Severity:
    """Return info for siblings, or a family with its ancestor's color: both are intended."""
    regions = rank_volume.region_map
    if regions.parent_ranks[b] in (regions.parent_ranks[a], a):
        return "info"
    above = regions.common_ancestor([int(regions.ids[a]), int(regions.ids[b])])
    same = above is not None and (
        regions.color_of_rank(a) == regions.color_of_rank(b) == regions.color(above)
    )
    return "info" if same else "warning"


def _find_colored(rank_volume: RankVolume) -> list[int]:
    """Return the ranks of regions with own voxels whose color the source states."""
    regions = rank_volume.region_map
    return [
        k for k, i in enumerate(regions, 1) if rank_volume.counts[k] and regions.has_own_color(i)
    ]


def _format_color(color: Rgb) -> str:
    return "#{:02X}{:02X}{:02X}".format(*color)
