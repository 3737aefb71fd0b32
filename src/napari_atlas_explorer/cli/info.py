"""`atlas-explorer info`: facts about an atlas, and assumptions about it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from ..atlases.local.frames import load_frames
from ..core.atlas.atlas import Atlas
from ..core.space.axes import OPPOSITE, SIDES
from ..core.space.frames import Frames
from ..core.text import grouped, micrometers
from .common import add_atlas_arguments, add_json_argument, align_rows, open_from, write_json
from .terminal import say

FIRST_IDS = 5
HEMISPHERES_UNKNOWN = "unknown (--midline takes the middle of the left-right axis)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_atlas_arguments(parser)
    parser.add_argument(
        "--frames", metavar="FILE.toml", type=Path, help="coordinate frames of your own"
    )
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Describe the atlas."""
    atlas = open_from(args)
    frames = load_frames(atlas, args.frames)
    if args.json is not None:
        write_json(as_json(atlas, frames), args.json, args.force)
    else:
        say(as_text(atlas, frames))


def describe_axes(orientation: str) -> list[str]:
    """Return the course of each axis: "anterior to posterior" and so on."""
    return [f"{SIDES[letter]} to {SIDES[OPPOSITE[letter]]}" for letter in orientation]


def as_json(atlas: Atlas, frames: Frames) -> dict[str, Any]:
    """Return every fact as a key with raw values."""
    rank_volume, package = atlas.ranks, atlas.package
    known = package.resolution_known
    assumptions = (*atlas.assumptions, *package.hemisphere_doubts)
    first = 1 + atlas.region_map.made_up_root
    own = rank_volume.counts[first : len(atlas.region_map) + 1]
    total = rank_volume.total_counts[first : len(atlas.region_map) + 1]
    return {
        "name": atlas.name,
        "layout": package.layout,
        "path": str(atlas.path) if atlas.path is not None else None,
        "shape": list(atlas.shape),
        "resolution_um": list(atlas.resolution) if known else None,
        "steps_um": atlas.grid.steps.tolist() if known else None,
        "corner_um": atlas.grid.corner.tolist() if known else None,
        "axis_aligned": atlas.grid.is_axis_aligned,
        "orientation": atlas.orientation,
        "axes": describe_axes(atlas.orientation) if atlas.orientation else None,
        "world_axes": describe_world(atlas),
        "frames": [frame.as_json() for frame in frames.values()],
        "frames_unavailable": [
            {"name": name, "reason": reason} for name, reason in frames.unavailable.items()
        ],
        "hemispheres": atlas.hemisphere_rule.convention
        if atlas.hemisphere_rule is not None
        else None,
        "regions": atlas.region_map.n_stated,
        "names": _list_tables(atlas),
        "depth": int(atlas.region_map.depths.max()),
        "regions_with_own_voxels": int(np.count_nonzero(own)),
        "regions_with_voxels": int(np.count_nonzero(total)),
        "ids_not_in_hierarchy": [int(i) for i in rank_volume.unknown_ids],
        "datasets": atlas.datasets,
        "annotation": package.annotation,
        "reference": package.reference,
        "citation": _read_citation(atlas),
        "assumptions": [{"quantity": a.quantity, "statement": a.statement} for a in assumptions],
    }


def as_text(atlas: Atlas, frames: Frames) -> str:
    """Return the facts as text."""
    facts = as_json(atlas, frames)
    rows = [("name", atlas.name), ("layout", facts["layout"])]
    if facts["path"]:
        rows.append(("path", facts["path"]))
    rows.append(("shape", " × ".join(grouped(n) for n in atlas.shape) + " voxels"))
    rows.append(("resolution", _describe_resolution(atlas)))
    if facts["corner_um"] is not None and any(facts["corner_um"]):
        rows.append(("corner", ", ".join(micrometers(c) for c in facts["corner_um"]) + " µm"))
    rows.append(("orientation", _describe_orientation(atlas)))
    world = ", ".join(f"{'xyz'[k]} {words}" for k, words in enumerate(facts["world_axes"]))
    unit = "µm" if atlas.package.resolution_known else "voxels"
    rows.append(("positions", f"x y z in {unit}: {world}"))
    labels = ["frames", *[""] * (len(frames) + len(frames.unavailable))]
    rows += zip(labels, _describe_frames(frames), strict=False)
    hemispheres = facts["hemispheres"]
    answer = f"left and right · {hemispheres}" if hemispheres else HEMISPHERES_UNKNOWN
    rows.append(("hemispheres", answer))
    rows.append(
        (
            "regions",
            f"{grouped(facts['regions'])}, up to {facts['depth']} levels below the root; "
            f"{grouped(facts['regions_with_voxels'])} have voxels "
            f"({grouped(facts['regions_with_own_voxels'])} of their own)",
        )
    )
    rows.append(("names", _describe_names(facts["names"])))
    rows.append(("unknown ids", _describe_unknown_ids(facts["ids_not_in_hierarchy"])))
    rows.append(("datasets", ", ".join(atlas.datasets)))
    if facts["citation"]:
        rows.append(("citation", facts["citation"]))
    assumed = [f"assumed: {a.statement}" for a in atlas.assumptions]
    doubtful = [f"doubtful: {a.statement}" for a in atlas.package.hemisphere_doubts]
    return "\n".join([align_rows(rows), *assumed, *doubtful])


def _describe_frames(frames: Frames) -> list[str]:
    """Return a line for each frame, and for each reason why others are missing."""
    known = [
        f"{name} in {frame.unit_word}: {', '.join(str(axis) for axis in frame.axes)}"
        for name, frame in frames.items()
    ]
    reasons: dict[str, list[str]] = {}
    for name, reason in frames.unavailable.items():
        reasons.setdefault(reason, []).append(name)
    missing = [f"no {', '.join(names)}: {reason}" for reason, names in reasons.items()]
    return [*known, *missing]


def _describe_resolution(atlas: Atlas) -> str:
    if not atlas.package.resolution_known:
        return "not stated: positions count voxels"
    size = " × ".join(f"{s:.6g}" for s in atlas.resolution) + " µm"
    return f"{size}, oblique" if atlas.grid.is_oblique else size


def _describe_orientation(atlas: Atlas) -> str:
    if atlas.orientation is None:
        return "unknown"
    runs = [f"axis {k} {words}" for k, words in enumerate(describe_axes(atlas.orientation))]
    return f"{atlas.orientation}: " + ", ".join(runs).replace("axis 0 ", "axis 0 runs ", 1)


def describe_world(atlas: Atlas) -> list[str]:
    """Return for x, y and z of positions where they run, or the array axis that they run along.

    Positions are given in this order; it is the order of the array's axes only where these are
    not permuted.
    """
    grid, letters = atlas.grid, atlas.package.world_orientation
    if letters is not None:
        return describe_axes(letters)
    along = {int(world): axis for axis, world in enumerate(grid.world_axes)}
    if len(along) < grid.ndim:
        return ["oblique"] * grid.ndim
    falling = {axis for axis, world in enumerate(grid.world_axes) if grid.affine[world, axis] < 0}
    return [
        f"{'against' if along[w] in falling else 'along'} axis {along[w]}" for w in range(grid.ndim)
    ]


def _list_tables(atlas: Atlas) -> dict[str, Any]:
    """Return the table that names the regions, the ids it knows, and others that fit."""
    rank_volume, package = atlas.ranks, atlas.package
    ids = int(np.count_nonzero(rank_volume.counts[1:]))
    used = package.region_file
    return {
        "table": str(used) if used is not None else None,
        "ids": ids,
        "ids_known": ids - len(rank_volume.unknown_ids),
        "other_tables": [
            {"table": str(match.path), "ids_known": match.known, "regions": match.regions}
            for match in package.tables[1:]
        ],
    }


def _describe_names(names: dict[str, Any]) -> str:
    source = Path(names["table"]).name if names["table"] else "from no file"
    text = f"{source}; it lists {names['ids_known']} of the annotation's {names['ids']} ids"
    others = [Path(other["table"]).name for other in names["other_tables"]]
    return f"{text}; {', '.join(others)} would fit too" if others else text


def _describe_unknown_ids(ids: list[int]) -> str:
    if not ids:
        return "none: every id of the annotation is in the hierarchy"
    shown = ", ".join(str(i) for i in ids[:FIRST_IDS]) + (", …" * (len(ids) > FIRST_IDS))
    return f"{grouped(len(ids))} not in the hierarchy: {shown}"


def _read_citation(atlas: Atlas) -> str | None:
    citation = atlas.metadata.get("citation")
    return str(citation) if citation else None
