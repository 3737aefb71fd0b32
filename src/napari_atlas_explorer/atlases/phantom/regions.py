"""Hierarchy of the phantom: names, acronyms, ids and colors.

The tree is written as an indented table, one region a line
(``acronym | name | #rrggbb``; the color is optional).  What follows from the
table is computed:

* *ids* are the position in the table plus one, except for the few listed in
  `WIDE_IDS`, which are above 65535 on purpose: code that squeezes ids into
  16 bits breaks on them, and a phantom is the place to find that out;
* *cortical layers* are appended to the areas named in `LAYERED`;
* *colors* of regions without their own vary around the parent's, so that a
  family reads as one while neighbors can be distinguished.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from functools import cache
from typing import Any

from ._table import TREE

WIDE_IDS = {
    "VISp": 70_001,
    "VISp4": 70_004,
    "DG-sg": 131_072,
    "CP": 262_147,
    "LHA": 1_048_583,
    "V4": 312_782_001,
}
"""Regions whose id does not fit into 16 bits (the last needs 29)."""

EMPTY = ("chpl", "SFO", "AP", "SPC", "grv", "rf")
"""Regions that are in the hierarchy but have no voxel, nor has a descendant."""

OWN_VOXELS = ("TH", "HY", "MB", "P", "MY", "VL")
"""Parents with own voxels besides those of their children."""

CASE_PAIR = ("IC", "ic")
"""Two acronyms that differ only in case: inferior colliculus, internal capsule."""

GRANULAR = ("1", "2/3", "4", "5", "6a", "6b")
AGRANULAR = ("1", "2/3", "5", "6a", "6b")
ROSTRAL = ("1", "2/3", "5", "6a")
LAYERED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        [
            "SSp-n",
            "SSp-bfd",
            "SSp-ll",
            "SSp-m",
            "SSp-ul",
            "SSp-tr",
            "SSs",
            "GU",
            "AUDp",
            "AUDd",
            "VISp",
            "VISl",
            "VISam",
            "PTLp",
            "TEa",
        ],
        GRANULAR,
    ),
    **dict.fromkeys(
        ["MOp", "MOs", "ACAd", "ACAv", "PL", "AId", "AIp", "RSPd", "RSPv", "ECT"], AGRANULAR
    ),
    **dict.fromkeys(["FRP", "ILA", "ORB"], ROSTRAL),
}
"""Neocortical areas and the layers each is divided into."""


@dataclass(frozen=True, slots=True)
class Region:
    """Node of the hierarchy."""

    id: int
    acronym: str
    name: str
    parent: int | None
    rgb: tuple[int, int, int]
    order: int
    depth: int


@cache
def regions() -> tuple[Region, ...]:
    """Return every region, parents before children, siblings in graph order."""
    rows: list[tuple[int, str, str, str]] = []
    for line in TREE.strip().splitlines():
        acronym, name, color = ([p.strip() for p in line.split("|")] + [""])[:3]
        depth = (len(line) - len(line.lstrip())) // 2
        rows.append((depth, acronym, name, color))
        for layer in LAYERED.get(acronym, ()):
            rows.append((depth + 1, acronym + layer, f"{name}, layer {layer}", ""))

    out: list[Region] = []
    trail: list[Region] = []
    born: dict[int, int] = {}
    for order, (depth, acronym, name, color) in enumerate(rows):
        del trail[depth:]
        parent = trail[-1] if trail else None
        nth = born.get(parent.id, 0) if parent else 0
        if parent:
            born[parent.id] = nth + 1
        if color:
            rgb = (int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16))
        elif parent and parent.acronym in LAYERED:
            rgb = _choose_layer_color(parent.rgb, nth, len(LAYERED[parent.acronym]))
        else:
            rgb = _choose_sibling_color(parent.rgb if parent else (255, 255, 255), nth)
        region = Region(
            id=WIDE_IDS.get(acronym, order + 1),
            acronym=acronym,
            name=name,
            parent=parent.id if parent else None,
            rgb=rgb,
            order=order,
            depth=depth,
        )
        out.append(region)
        trail.append(region)
    return tuple(out)


@cache
def codes() -> dict[str, int]:
    """Return acronym -> code, the small number painted during the build.

    A code is the graph order plus one; it fits into 16 bits, which halves the
    memory the painting has to move, and is translated to the id at the end.
    """
    return {r.acronym: r.order + 1 for r in regions()}


def structures() -> list[dict[str, Any]]:
    """Return the hierarchy as a list of dictionaries, as atlases store it."""
    return [
        {
            "id": r.id,
            "acronym": r.acronym,
            "name": r.name,
            "parent_structure_id": r.parent,
            "rgb_triplet": list(r.rgb),
            "graph_order": r.order,
        }
        for r in regions()
    ]


def _choose_sibling_color(rgb: tuple[int, int, int], nth: int) -> tuple[int, int, int]:
    """Return the color of the `nth` child: around the parent's hue and lightness."""
    h, lightness, s = colorsys.rgb_to_hls(*(c / 255 for c in rgb))
    # Golden-ratio steps: consecutive siblings end up far apart within the
    # band, however many there are.
    a = (nth * 0.618034 + 0.31) % 1 - 0.5
    b = (nth * 0.381966 * 1.7 + 0.57) % 1 - 0.5
    return _rgb(h + 0.055 * a, lightness + 0.17 * b, s * (1 - 0.25 * abs(a)))


def _choose_layer_color(rgb: tuple[int, int, int], nth: int, count: int) -> tuple[int, int, int]:
    """Return the color of a cortical layer: from light (outside) to deep (inside)."""
    h, lightness, s = colorsys.rgb_to_hls(*(c / 255 for c in rgb))
    depth = nth / (count - 1)
    # The alternating term keeps adjacent layers apart at the thin borders.
    step = 0.02 if nth % 2 else -0.02
    return _rgb(h, lightness + 0.11 - 0.2 * depth + step, s)


def _rgb(h: float, lightness: float, s: float) -> tuple[int, int, int]:
    light = min(max(lightness, 0.22), 0.9)
    r, g, b = (round(255 * c) for c in colorsys.hls_to_rgb(h % 1, light, min(s, 1)))
    return r, g, b
