"""`atlas-explorer compare`: two atlases of one space."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..analysis.comparison.comparison import MEANINGS, Comparison
from ..core.atlas.lookups import Hit
from ..formats.common.atomic import atomic_write
from ..formats.volumes import write_placed_nrrd
from .common import (
    Progress,
    UsageError,
    add_json_argument,
    align_rows,
    atlas_path,
    note,
    note_assumptions,
    parse_coordinates,
    require_resolution,
    write_json,
)
from .terminal import say

MOST_CHANGED = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("first", metavar="A", help="an atlas, as for every command")
    parser.add_argument("second", metavar="B", help="another of the same space, in any axes")
    parser.add_argument(
        "--at", nargs=3, metavar=("X", "Y", "Z"), help="a position of A in µm: its region in both"
    )
    parser.add_argument(
        "--by",
        choices=("id", "acronym"),
        default="id",
        help="regions are the same if their ids are (default), or if their acronyms are",
    )
    parser.add_argument(
        "--arrays",
        action="store_true",
        help="compare the arrays as stored, ignoring the stated axes",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE.csv", type=Path, help="table of all regions"
    )
    parser.add_argument(
        "--map",
        metavar="FILE.nrrd",
        type=Path,
        help="label volume on A's voxels: "
        + ", ".join(f"{n} {text}" for n, text in enumerate(MEANINGS)),
    )
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Compare two atlases."""
    from ..atlases.open import open_atlas

    for path, suffix in ((args.output, ".csv"), (args.map, ".nrrd")):
        if path is not None and path.suffix.lower() != suffix:
            raise UsageError(f"{path}; expected a name that ends in {suffix}")
    first, second = open_atlas(atlas_path(args.first)), open_atlas(atlas_path(args.second))
    for atlas in (first, second):
        require_resolution(atlas)
    pair = Comparison(first, second, args.by, args.arrays)
    for atlas in (first, second):
        note_assumptions(atlas)
    if not args.arrays:
        _warn_of_conventions(pair)
    if args.at is not None:
        _print_point(pair, parse_coordinates(args.at, "--at"), args)
        return
    _print_volumes(pair, args)


def _warn_of_conventions(pair: Comparison) -> None:
    """Warn where one atlas's left is the other's right; nothing is relabeled."""
    conventions = {
        s.convention
        for s in (pair.first.hemisphere_rule, pair.second.hemisphere_rule)
        if s is not None
    }
    if pair.mirrored:
        note(
            "BrainGlobe and Allen swap left and right for the same arrays, so the two atlases are "
            "compared as mirror images; to compare the arrays as stored, add --arrays"
        )
    elif len(conventions) > 1:
        note(f"hemispheres follow two conventions: {' and '.join(sorted(conventions))}")


def _print_point(pair: Comparison, position: tuple[float, ...], args: argparse.Namespace) -> None:
    twins = pair.at(position)
    position_in_second = pair.to_second(position).tolist()
    if not all(map(math.isfinite, (*position, *position_in_second))):
        raise UsageError(f"--at {' '.join(args.at)}; expected three finite numbers X Y Z")
    if args.json is not None:
        answer = {
            "same": twins.same,
            "first": _encode_hit(twins.first, pair.first.name, position),
            "second": _encode_hit(twins.second, pair.second.name, position_in_second),
        }
        write_json(answer, args.json, args.force)
        return
    rows = []
    for atlas, hit, place in (
        (pair.first, twins.first, position),
        (pair.second, twins.second, position_in_second),
    ):
        what = f"{hit.acronym} ({hit.id}) {hit.name}" if hit.id else "no region"
        if hit.outside:
            what = "outside the volume"
        at = "  ".join(f"{v:g}" for v in place)
        rows.append((atlas.name, f"{what}; {hit.hemisphere or 'hemisphere unknown'}; {at} µm"))
    say(align_rows(rows))


def _encode_hit(hit: Hit, atlas: str, position: Sequence[float]) -> dict[str, Any]:
    return {
        "id": hit.id,
        "acronym": hit.acronym,
        "name": hit.name,
        "hemisphere": hit.hemisphere,
        "outside": hit.outside,
        "atlas": atlas,
        "position": list(position),
    }


def _print_volumes(pair: Comparison, args: argparse.Namespace) -> None:
    progress = Progress("comparing")
    volume = pair.map(lambda share: progress(share / 2))
    counts = np.bincount(volume.raw.ravel(), minlength=len(MEANINGS))
    table = pair.as_dataframe(lambda share: progress((1 + share) / 2))
    progress(1)
    if args.map is not None:
        with atomic_write(args.map, args.force) as temporary:
            write_placed_nrrd(temporary, volume.raw, volume.grid, pair.first.orientation)
        note(f"wrote {args.map}")
    if args.output is not None:
        with atomic_write(args.output, args.force) as temporary:
            table.to_csv(temporary, index=False)
        note(f"wrote {args.output}")
    shares = {text: int(n) for text, n in zip(MEANINGS, counts, strict=True)}
    if args.json is not None:
        rows = table.astype(object).where(table.notna(), None).to_dict(orient="records")
        answer = {
            "first": pair.first.name,
            "second": pair.second.name,
            "by": pair.by,
            "voxels": shares,
            "regions": rows,
        }
        write_json(answer, args.json, args.force)
        return
    total = max(1, int(counts.sum()))
    lines = [(text, f"{n} voxels, {100 * n / total:.3g} %") for text, n in shares.items() if n]
    say(align_rows(lines))
    changed = table.assign(size=table["difference_mm3"].abs()).sort_values("size", ascending=False)
    changed = changed[changed["size"] > 0].head(MOST_CHANGED)
    if len(changed):
        say("regions whose volume differs most:")
        say(
            align_rows(
                [
                    (
                        f"  {row.acronym}",
                        f"{row.first_mm3:.4g} and {row.second_mm3:.4g} mm³, Dice {row.dice:.3f}",
                    )
                    for row in changed.itertuples()
                ]
            )
        )
