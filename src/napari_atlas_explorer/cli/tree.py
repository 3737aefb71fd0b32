"""`atlas-explorer tree`: the hierarchy, indented, with the size of every region."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..atlases.synonyms.tables import make_search
from ..core.atlas.atlas import Atlas
from ..core.query.region_search import SearchResult
from ..core.regions.region_map import RegionMap
from ..core.text import amount
from .common import add_atlas_arguments, add_json_argument, note, open_from, write_json
from .terminal import say

NONE_HERE = "none here"
MOST_LEVELS = 40
"""Levels that are indented; real hierarchies have up to 20."""
MOST_WIDTH = 120
"""Letters of the column of acronyms; longer ones stand out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_atlas_arguments(parser)
    parser.add_argument(
        "--find",
        metavar="TEXT",
        default="",
        help="words of acronym or name in any order, a synonym (V1, barrel cortex), or an id",
    )
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Print the tree."""
    atlas = open_from(args)
    matches = make_search(atlas.region_map).find(args.find)
    if args.json is not None:
        write_json(as_json(atlas, matches), args.json, args.force)
    elif matches.keep.any():
        for line in tree_lines(atlas, matches):
            say(line)
    if matches.offers or not matches.keep.any():
        meant = (
            f"; did you mean {' or '.join(map(repr, matches.offers))}?" if matches.offers else ""
        )
        exactly = " exactly" if matches.count else ""
        note(f"no region of {atlas.name} matches {args.find!r}{exactly}{meant}")


def tree_lines(atlas: Atlas, matches: SearchResult) -> Iterator[str]:
    """Yield one line per region: indented acronym, size with all descendants, name."""
    regions, rank_volume = atlas.region_map, atlas.ranks
    ranks = np.flatnonzero(matches.keep).tolist()
    sizes = [_format_size(atlas, int(rank_volume.total_counts[k])) for k in ranks]
    widths = (len(_indent(regions, k)) for k in ranks)
    wide, long = min(max(widths), MOST_WIDTH), max(map(len, sizes))
    for rank, size in zip(ranks, sizes, strict=True):
        name = regions.name_of_rank(rank)
        shown = "" if name == regions.acronym_of_rank(rank) else name
        yield f"{_indent(regions, rank):{wide}}  {size:>{long}}  {shown}".rstrip()


def _indent(regions: RegionMap, rank: int) -> str:
    """Return an acronym, indented by its level; far below the root, the level is written."""
    depth, acronym = int(regions.depths[rank]), regions.acronym_of_rank(rank)
    if depth <= MOST_LEVELS:
        return f"{'  ' * depth}{acronym}"
    # A chain of 20,000 regions would be 400 MB of blanks.
    return f"{'  ' * MOST_LEVELS}[level {depth}] {acronym}"


def _format_size(atlas: Atlas, n_voxels: int) -> str:
    if not n_voxels:
        return NONE_HERE
    return amount(n_voxels, atlas.grid.voxel_volume, atlas.package.resolution_known)


def as_json(atlas: Atlas, matches: SearchResult) -> list[dict[str, Any]]:
    """Return regions in the tree's order; a list, since JSON readers limit nesting."""
    regions, rank_volume = atlas.region_map, atlas.ranks
    known = atlas.package.resolution_known
    rows = []
    for rank in np.flatnonzero(matches.keep).tolist():
        parent, total = int(regions.parent_ranks[rank]), int(rank_volume.total_counts[rank])
        rows.append(
            {
                "id": regions.stated_id_of_rank(rank),
                "acronym": regions.acronym_of_rank(rank),
                "name": regions.name_of_rank(rank),
                "parent_id": regions.stated_id_of_rank(parent) if parent else None,
                "depth": int(regions.depths[rank]),
                "direct_voxels": int(rank_volume.counts[rank]),
                "total_voxels": total,
                "mm3": total * atlas.grid.voxel_volume / 1e9 if known else None,
                "match": bool(matches.matches[rank]),
            }
        )
    return rows
