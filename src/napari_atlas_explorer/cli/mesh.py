"""`atlas-explorer mesh`: surfaces of regions as files."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..compute.meshes.settings import MAX_FACES, RAW, SMOOTHING_ROUNDS, SurfaceSettings
from ..core.atlas.atlas import Atlas
from ..core.query.region_search import region_key
from ..formats.meshes.writer import WRITTEN_MESHES
from .common import (
    UsageError,
    add_atlas_arguments,
    add_json_argument,
    note,
    note_assumptions,
    open_from,
    write_json,
)
from .mesh_outputs import MeshTargets, export_meshes, summary_lines
from .options import add_scheduler_argument, cluster_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_atlas_arguments(parser)
    parser.add_argument("regions", metavar="REGION", nargs="*", help="id, acronym or name")
    parser.add_argument("--all", action="store_true", help="every region that has voxels")
    parser.add_argument("--hemisphere", choices=("left", "right"), help="one hemisphere alone")
    parser.add_argument(
        "--from",
        dest="source",
        choices=("labels", "package"),
        default="labels",
        help="make them of the voxels (the default), or take the package's own, moved to where "
        "its labels are, wherever there is one",
    )
    parser.add_argument(
        "--faces", metavar="N", type=int, help=f"at most N triangles (default {MAX_FACES})"
    )
    parser.add_argument(
        "--max-deviation",
        metavar="UM",
        type=float,
        help="at most UM µm from the surface of the voxels, even if that takes more triangles",
    )
    parser.add_argument(
        "--smooth",
        metavar="ROUNDS",
        type=int,
        help=f"rounds of Taubin's filter (default {SMOOTHING_ROUNDS}, 0 for none)",
    )
    parser.add_argument(
        "--raw", action="store_true", help="the surface of the voxels itself: marching cubes"
    )
    parser.add_argument(
        "--format", choices=[s[1:] for s in WRITTEN_MESHES], help="of the files in a folder (obj)"
    )
    parser.add_argument(
        "--names",
        choices=("id", "acronym"),
        default="id",
        help="files in a folder are called ID.obj, or ID_ACRONYM.obj",
    )
    parser.add_argument("--jobs", metavar="N", type=int, help="processes (default: one per core)")
    add_scheduler_argument(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE|DIR",
        type=Path,
        required=True,
        help=f"a file for one region ({', '.join(WRITTEN_MESHES)}), else a folder, in which "
        "existing files are kept",
    )
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Make the surfaces and write them."""
    settings = _read_settings(args)
    _check_arguments(args)
    with cluster_of(args) as cluster:
        atlas = open_from(args)
        ranks = _find_ranks(atlas, args)
        targets = MeshTargets.of(
            atlas, ranks, args.output, args.format, args.hemisphere, args.names
        )
        rows = export_meshes(
            atlas,
            targets,
            settings,
            args.hemisphere,
            args.source == "package",
            args.jobs or os.cpu_count() or 1,
            args.force,
            cluster,
        )
    note_assumptions(atlas)
    for line in summary_lines(rows, args.output, atlas.package.resolution_known):
        note(line)
    if args.json is not None:
        write_json({"atlas": atlas.name, "unit": "µm", "meshes": rows}, args.json, args.force)


def _read_settings(args: argparse.Namespace) -> SurfaceSettings:
    if args.raw:
        for option, value in (
            ("--faces", args.faces),
            ("--smooth", args.smooth),
            ("--max-deviation", args.max_deviation),
        ):
            if value is not None:
                raise UsageError(f"{option} with --raw; a raw surface is left as it is")
        return RAW
    return SurfaceSettings(
        max_faces=MAX_FACES if args.faces is None else args.faces,
        smoothing=SMOOTHING_ROUNDS if args.smooth is None else args.smooth,
        max_deviation=args.max_deviation,
    )


def _check_arguments(args: argparse.Namespace) -> None:
    """Raise for invalid combinations, before an atlas is opened."""
    if args.all == bool(args.regions):
        problem = "both REGION and --all" if args.all else "neither REGION nor --all"
        raise UsageError(f"{problem}; expected one of REGION… and --all")
    if args.jobs is not None and args.jobs < 1:
        raise UsageError(f"--jobs {args.jobs}; expected 1 or more")
    if args.output.suffix.lower() in WRITTEN_MESHES and not args.output.is_dir():
        if args.all or len(args.regions) > 1:
            raise UsageError(f"-o {args.output} for several regions; expected a folder")
        if args.format is not None:
            raise UsageError("--format with the name of a file; expected one of them")


def _find_ranks(atlas: Atlas, args: argparse.Namespace) -> list[int]:
    if args.all:
        counts = atlas.ranks.total_counts
        return [k for k in range(1, len(atlas.region_map) + 1) if counts[k]]
    ranks = [atlas.region_map.rank(region_key(atlas, word)) for word in args.regions]
    return list(dict.fromkeys(ranks))
