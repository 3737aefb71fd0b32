"""`atlas-explorer lookup`: the region at a position, or at each of many."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..analysis.points.answers import answer_points, answers_as_json, write_answers
from ..core.atlas.atlas import Atlas
from ..core.atlas.lookups import Hit
from ..core.text import grouped, micrometers
from ..formats.common.atomic import atomic_write
from .common import (
    UsageError,
    add_atlas_arguments,
    add_json_argument,
    align_rows,
    note,
    note_assumptions,
    open_from,
    parse_coordinates,
    require_resolution,
    write_json,
)
from .options import (
    add_point_arguments,
    check_point_arguments,
    list_given_options,
    points_from,
)
from .terminal import say, standard_output


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_atlas_arguments(parser)
    parser.add_argument(
        "position",
        metavar="X Y Z",
        nargs="*",
        help="position in the atlas's world, µm ('info' says where x, y and z run); with --voxels "
        "indices of the array's axes",
    )
    parser.add_argument(
        "--points",
        metavar="FILE",
        type=Path,
        help="table (.csv, .tsv), .npy, .json, .fcsv or cells of cellfinder (.xml, .yml)",
    )
    add_point_arguments(parser)
    parser.add_argument(
        "--voxels",
        action="store_true",
        help="voxels along axes 0, 1 and 2, not µm; with --points the same as --unit voxel",
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE.csv", type=Path, help="table of answers for --points"
    )
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Look up one position, or a file of them."""
    if args.points is None:
        options = ["-o"] if args.output is not None else list_given_options(args)
        if options:
            raise UsageError(f"{options[0]} without --points; expected --points FILE")
        position = parse_coordinates(args.position, "the position")
        atlas = open_from(args)
        _look_up(atlas, position, args)
    else:
        if args.position:
            raise UsageError("both a position and --points are given; expected one of them")
        if args.json is not None and args.output is not None:
            raise UsageError("both --json and -o are given; expected one of them")
        if args.voxels:
            if args.unit not in (None, "voxel"):
                raise UsageError(f"both --voxels and --unit {args.unit}; expected one of them")
            args.unit = "voxel"
        check_point_arguments(args)
        atlas = open_from(args)
        _look_up_many(atlas, args)
    note_assumptions(atlas)


def _look_up(atlas: Atlas, position: tuple[float, float, float], args: argparse.Namespace) -> None:
    if not args.voxels:
        require_resolution(atlas)
    hit = atlas.at_voxel(position) if args.voxels else atlas.at(position)
    if args.json is not None:
        write_json(hit_as_json(atlas, hit), args.json, args.force)
    elif hit.outside:
        say(_describe_outside(atlas, position, args.voxels))
    else:
        say(align_rows(_make_rows(atlas, hit)))


def hit_as_json(atlas: Atlas, hit: Hit) -> dict[str, Any]:
    """Return the answer for one position; its keys are those of the list for many."""
    known = atlas.package.resolution_known
    finite = all(abs(p) < float("inf") for p in hit.position)
    return {
        "id": hit.id,
        "acronym": hit.acronym,
        "name": hit.name,
        "path": list(hit.path),
        "hemisphere": hit.hemisphere,
        "hemisphere_convention": atlas.hemisphere_rule.convention
        if atlas.hemisphere_rule is not None
        else None,
        "voxel": list(hit.index) if hit.index is not None else None,
        "position_um": list(hit.position) if known and finite else None,
        "outside": hit.outside,
    }


def _make_rows(atlas: Atlas, hit: Hit) -> list[tuple[str, str]]:
    rows = [("id", str(hit.id))]
    if hit.acronym is not None and hit.name is not None:
        rows += [("acronym", hit.acronym), ("name", hit.name), ("path", " › ".join(hit.path))]
    else:
        rows.append(("name", "not in the hierarchy" if hit.rank else "background"))
    rows.append(("hemisphere", _describe_hemisphere(atlas, hit)))
    rows.append(("voxel", " ".join(grouped(i) for i in hit.index or ())))
    if atlas.package.resolution_known:
        rows.append(("x y z", "  ".join(micrometers(p) for p in hit.position) + " µm"))
    return rows


def _describe_hemisphere(atlas: Atlas, hit: Hit) -> str:
    if atlas.hemisphere_rule is None:
        return "unknown"
    return f"{hit.hemisphere or 'neither'} · {atlas.hemisphere_rule.convention}"


def _describe_outside(atlas: Atlas, numbers: tuple[float, ...], voxels: bool) -> str:
    position = " ".join(f"{v:g}" for v in numbers)
    if voxels:
        return f"outside the atlas: voxel {position} of {' × '.join(map(str, atlas.shape))}"
    low, high = ("  ".join(micrometers(v) for v in ends) for ends in atlas.grid.bbox.tolist())
    return f"outside the atlas: {position} µm; it spans {low} to {high} µm"


def _look_up_many(atlas: Atlas, args: argparse.Namespace) -> None:
    points = points_from(args.points, args, atlas, text=True)
    answers = answer_points(atlas, points.positions)
    names = points.columns if points.named else points.axes
    if args.json is not None:
        write_json(answers_as_json(atlas, points.positions, answers), args.json, args.force)
    elif args.output is None:
        write_answers(names, points.written, answers, standard_output())
    else:
        with (
            atomic_write(args.output, args.force) as temporary,
            temporary.open("w", encoding="utf-8", newline="") as stream,
        ):
            write_answers(names, points.written, answers, stream)
    outside = int((~answers.inside).sum())
    note(f"{grouped(len(answers.ids))} points, {points.describe()}; {grouped(outside)} outside")
