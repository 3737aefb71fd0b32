"""`atlas-explorer downsample`: a coarser copy of an atlas as a package."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ..atlases.layouts import brainglobe_v2, brainglobe_v3
from ..compute.meshes.settings import SurfaceSettings
from ..core.text import quote_path
from ..packaging.make import make_package
from ..packaging.options import LABEL_RULES, PACKAGE_FACES, TARGETS, PackageOptions, Target
from ..packaging.source.sources import source_of_package
from .common import (
    Progress,
    add_json_argument,
    catch_sigterm,
    note,
    open_from,
    parse_resolution,
    write_json,
)
from .package import as_json, report_lines
from .terminal import say

SAME: dict[str, Target] = {
    brainglobe_v2.LAYOUT: "brainglobe-v2",
    brainglobe_v3.LAYOUT: "brainglobe-v3",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "path",
        metavar="PATH",
        help="folder, file or archive of an atlas, its name in a local cache, or 'sample'",
    )
    parser.add_argument(
        "--resolution",
        dest="coarser",
        metavar="UM[,UM,UM]",
        required=True,
        help="voxel size of the copy, µm, one for all axes or one for each",
    )
    parser.add_argument(
        "--voxel-size",
        dest="resolution",
        metavar="UM[,UM,UM]",
        help="voxel size of the atlas itself, where its files do not state it",
    )
    parser.add_argument("--region-map", metavar="FILE", help="hierarchy or table of regions")
    parser.add_argument(
        "--orientation", metavar="asr", help="letters of the sides on which the axes start"
    )
    parser.set_defaults(kind=None, midline=False)
    parser.add_argument(
        "--labels",
        choices=LABEL_RULES,
        default="nearest",
        help="id of a coarser voxel: of the voxel at its center, or of most of its voxels",
    )
    parser.add_argument(
        "--to",
        dest="target",
        choices=TARGETS,
        help="layout (default: the atlas's own if it can be written, else a VoxelBrain folder)",
    )
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, required=True, help="folder for the copy"
    )
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Make the copy."""
    atlas = open_from(args)
    size = parse_resolution(args.coarser)
    options = PackageOptions(
        target=args.target or SAME.get(atlas.package.layout, "voxelbrain"),
        resolutions=(size,) if size is not None else (),
        only_coarser=True,
        labels=args.labels,
        meshes="package" if atlas.package.mesh_files else "none",
        surfaces=SurfaceSettings(PACKAGE_FACES),
        processes=os.cpu_count() or 1,
    )
    with catch_sigterm():
        made = make_package(
            source_of_package(atlas.package),
            options,
            args.output,
            checks=(),
            force=args.force,
            progress=Progress(),
        )
    for line in report_lines(made, None):
        note(line)
    if args.json is not None:
        write_json(as_json(made, None), args.json, args.force)
    else:
        say(quote_path(made.packages[0]))
