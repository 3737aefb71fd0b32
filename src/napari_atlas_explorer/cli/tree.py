"""`atlas-explorer tree`: the hierarchy, indented, with the size of every region."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from ..atlases.synonyms.tables import make_search
from ..core.atlas.atlas import Atlas
from ..core.query.region_search import SearchResult
from ..core.text import amount
from .common import add_atlas_arguments, add_json_argument, note, open_from, write_json
from .terminal import say

SUMMARY = "the hierarchy of regions with their sizes; --find keeps matches and their ancestors"
NONE_HERE = "none here"


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
        say(as_text(atlas, matches))
    if matches.offers or not matches.keep.any():
        meant = (
            f"; did you mean {' or '.join(map(repr, matches.offers))}?" if matches.offers else ""
        )
        exactly = " exactly" if matches.count else ""
        note(f"no region of {atlas.name} matches {args.find!r}{exactly}{meant}")


def as_text(atlas: Atlas, matches: SearchResult) -> str:
    """Return one line per region: indented acronym, size with all descendants, name."""
    regions, rank_volume = atlas.region_map, atlas.ranks
    ranks = np.flatnonzero(matches.keep).tolist()
    places = [f"{'  ' * int(regions.depths[k])}{regions.acronym_of_rank(k)}" for k in ranks]
    sizes = [_format_size(atlas, int(rank_volume.total_counts[k])) for k in ranks]
    wide, long = max(map(len, places)), max(map(len, sizes))
    lines = []
    for rank, place, size in zip(ranks, places, sizes, strict=True):
        name = regions.name_of_rank(rank)
        shown = "" if name == regions.acronym_of_rank(rank) else name
        lines.append(f"{place:{wide}}  {size:>{long}}  {shown}".rstrip())
    return "\n".join(lines)


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
