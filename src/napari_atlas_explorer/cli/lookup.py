"""`atlas-explorer lookup`: the region at a position, or at each of many."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..analysis.points.answers import answer_points, answers_as_json, write_answers
from ..analysis.points.framed_file import FramedPoints
from ..analysis.points.tables import PointTable
from ..atlases.local.frames import load_frames
from ..core.atlas.atlas import Atlas
from ..core.atlas.lookups import Hit
from ..core.space.frames import Frame, Frames
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
    framed_points_from,
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
    add_frame_arguments(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE.csv", type=Path, help="table of answers for --points"
    )
    add_json_argument(parser)


def add_frame_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the frames of what is asked and of what is answered."""
    parser.add_argument(
        "--frame",
        metavar="NAME",
        help="coordinate frame of the position, or of the points, such as bregma-ibl ('info' "
        "lists them, with their axes and units)",
    )
    parser.add_argument(
        "--to-frame", metavar="NAME", help="give the position in this coordinate frame, too"
    )
    parser.add_argument(
        "--frames", metavar="FILE.toml", type=Path, help="coordinate frames of your own"
    )


def run(args: argparse.Namespace) -> None:
    """Look up one position, or a file of them."""
    if args.frame is not None and args.voxels:
        raise UsageError("both --frame and --voxels are given; expected one of them")
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
        if args.frame is not None and list_given_options(args) not in ([], ["--columns"]):
            options = [name for name in list_given_options(args) if name != "--columns"]
            raise UsageError(f"both --frame and {options[0]} are given; expected one of them")
        check_point_arguments(args)
        atlas = open_from(args)
        _look_up_many(atlas, args)
    note_assumptions(atlas)


@dataclass(frozen=True)
class _Frames:
    """Frame of the position asked, and frame in which the answer is given, too."""

    every: Frames
    asked: Frame | None
    answer: Frame | None

    @classmethod
    def of(cls, args: argparse.Namespace, atlas: Atlas) -> _Frames:
        """Find the frames of the arguments, and print what is to be known of them."""
        if args.frame is None and args.to_frame is None:
            return cls(Frames([]), None, None)
        every = load_frames(atlas, args.frames)
        asked = every[args.frame] if args.frame is not None else None
        answer = every[args.to_frame] if args.to_frame is not None else None
        for frame in dict.fromkeys(f for f in (asked, answer) if f is not None):
            note(f"{frame.name}: {frame.remarks}")
        return cls(every, asked, answer)

    def as_json(self, position: Sequence[float]) -> dict[str, Any]:
        """Return a position (µm) in both frames."""
        frames = {"frame": self.asked, "to_frame": self.answer}
        return {
            key: position_as_json(frame, frame.from_world(position).tolist())
            for key, frame in frames.items()
            if frame is not None
        }

    def as_rows(self, position: Sequence[float]) -> list[tuple[str, str]]:
        """Return a position (µm) in the frame of the answer, and how others differ from it."""
        if self.answer is None:
            return []
        return [
            (
                found.frame.name,
                found.frame.write(found.numbers.tolist())
                + (f" ({micrometers(found.distance_um)} µm apart)" if n else ""),
            )
            for n, found in enumerate(self.every.compare(self.answer.name, position))
        ]


def position_as_json(frame: Frame, numbers: Sequence[float]) -> dict[str, Any]:
    """Return three numbers with their frame, unit and axes."""
    finite = all(abs(n) < float("inf") for n in numbers)
    return {
        "name": frame.name,
        "unit": frame.unit,
        "axes": [axis.name for axis in frame.axes],
        "position": list(numbers) if finite else None,
    }


def _look_up(atlas: Atlas, numbers: tuple[float, float, float], args: argparse.Namespace) -> None:
    frames = _Frames.of(args, atlas)
    if args.voxels:
        hit = atlas.at_voxel(numbers)
    elif frames.asked is not None:
        hit = atlas.at(frames.asked.to_world(numbers).tolist())
    else:
        require_resolution(atlas)
        hit = atlas.at(numbers)
    if args.json is not None:
        document = hit_as_json(atlas, hit) | frames.as_json(hit.position)
        write_json(document, args.json, args.force)
    elif hit.outside:
        asked = frames.asked
        given = f"{asked.write(numbers)} of {asked.name} is " if asked is not None else ""
        position = numbers if args.voxels else hit.position
        say(_describe_outside(atlas, position, args.voxels, given))
    else:
        say(align_rows([*_make_rows(atlas, hit), *frames.as_rows(hit.position)]))


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


def _describe_outside(
    atlas: Atlas, numbers: tuple[float, ...], voxels: bool, given: str = ""
) -> str:
    position = " ".join(f"{v:.10g}" for v in numbers)
    if voxels or not atlas.package.resolution_known:
        return f"outside the atlas: {given}voxel {position} of {' × '.join(map(str, atlas.shape))}"
    low, high = ("  ".join(micrometers(v) for v in ends) for ends in atlas.grid.bbox.tolist())
    return f"outside the atlas: {given}{position} µm; it spans {low} to {high} µm"


def _look_up_many(atlas: Atlas, args: argparse.Namespace) -> None:
    frames = _Frames.of(args, atlas)
    points: PointTable | FramedPoints
    if frames.asked is not None:
        points = framed_points_from(args.points, args, frames.asked)
        names: Sequence[str] = points.columns
    else:
        points = points_from(args.points, args, atlas, text=True)
        names = points.columns if points.named else points.axes
    answers = answer_points(atlas, points.positions)
    if args.json is not None:
        rows = answers_as_json(atlas, points.positions, answers)
        rows = [
            row | frames.as_json(position)
            for row, position in zip(rows, points.positions.tolist(), strict=True)
        ]
        write_json(rows, args.json, args.force)
    else:
        added = {}
        if (frame := frames.answer) is not None:
            columns = frame.from_world(points.positions).T
            added = {
                f"{frame.name}_{axis.name}_{frame.unit}": column
                for axis, column in zip(frame.axes, columns, strict=True)
            }
        if args.output is None:
            write_answers(names, points.written, answers, standard_output(), added)
        else:
            with (
                atomic_write(args.output, args.force) as temporary,
                temporary.open("w", encoding="utf-8", newline="") as stream,
            ):
                write_answers(names, points.written, answers, stream, added)
    outside = int((~answers.inside).sum())
    note(f"{grouped(len(answers.ids))} points, {points.describe()}; {grouped(outside)} outside")
