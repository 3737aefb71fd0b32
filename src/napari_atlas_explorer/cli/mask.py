"""`atlas-explorer mask`: masks of regions as volumes, segmentations, surfaces and lists."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..analysis.masks.request import MaskRequests, resolve_requests
from ..compute.cluster.workers import Cluster
from ..core import mask_recipe
from ..core.atlas.atlas import Atlas
from ..core.mask_recipe import Operation
from ..formats.masks import WRITTEN_MASKS
from .common import (
    UsageError,
    add_atlas_arguments,
    add_json_argument,
    note,
    note_assumptions,
    open_from,
    write_json,
)
from .mask_outputs import MaskReport, write_each, write_itksnap, write_list, write_one
from .memory_option import add_memory_argument, memory_of
from .options import add_scheduler_argument, cluster_of

LIST = ".csv"
ITKSNAP = (".nii.gz", ".nii")


class _AddStep(argparse.Action):
    """Action that adds a step to the named ones, in their order."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        size = values if isinstance(values, float) else None
        steps = (*(getattr(namespace, "steps", None) or ()), Operation(str(self.const), size))
        namespace.steps = steps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_atlas_arguments(parser)
    parser.add_argument("regions", metavar="REGION", nargs="*", help="id, acronym or name")
    parser.add_argument("--expr", metavar="QUERY", help='such as "left:(CTX - VIS) & volume>1"')
    parser.add_argument(
        "--recipe",
        metavar="FILE",
        type=Path,
        help="make a mask from a recipe (JSON), or from a mask that contains one",
    )
    parser.add_argument("--hemisphere", choices=("left", "right"), help="one hemisphere alone")
    parser.add_argument(
        "--direct", action="store_true", help="the regions' own voxels, without those below"
    )
    for option, name, what in (
        ("--grow", mask_recipe.GROW, "add voxels within this distance, µm"),
        ("--shrink", mask_recipe.SHRINK, "remove voxels within this distance of the outside, µm"),
        ("--shell", mask_recipe.SHELL, "keep only the voxels that --shrink would remove"),
    ):
        parser.add_argument(
            option, metavar="UM", type=float, action=_AddStep, const=name, dest="steps", help=what
        )
    for option, name, what in (
        ("--fill", mask_recipe.FILL, "fill the holes"),
        ("--largest", mask_recipe.LARGEST, "keep the largest component alone"),
    ):
        parser.add_argument(
            option,
            nargs=0,
            action=_AddStep,
            const=name,
            dest="steps",
            help=f"{what}; steps run in the order of the options",
        )
    parser.add_argument(
        "--each",
        action="store_true",
        help="one structure_ID.nrrd in the folder -o for each REGION, or for each region that "
        "--expr finds; existing files are kept",
    )
    parser.add_argument(
        "--to", choices=("itksnap",), help="the regions' labels for ITK-SNAP, and their names"
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE|DIR",
        type=Path,
        required=True,
        help=f"{', '.join(WRITTEN_MASKS)}, or {LIST} for a list of the regions",
    )
    add_scheduler_argument(parser)
    add_memory_argument(parser)
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Make the masks and write them."""
    args.steps = tuple(args.steps or ())
    _check_arguments(args)
    with memory_of(args), cluster_of(args) as cluster:
        atlas = open_from(args)
        answer = _write(resolve_requests(atlas, args), args, cluster)
    note_assumptions(atlas)
    _note_short_steps(atlas, args.steps)
    for line in answer.lines:
        note(line)
    if args.json is not None:
        write_json({"atlas": atlas.name, **answer.content}, args.json, args.force)


def _note_short_steps(atlas: Atlas, steps: Sequence[Operation]) -> None:
    """Note steps that do nothing since no other voxel is that near."""
    least = float(np.abs(atlas.grid.steps).min())
    for step in steps:
        if step.micrometers is not None and step.micrometers < least:
            note(f"{step.describe()} reaches no other voxel: the next one is {least:g} µm away")


def _write(masks: MaskRequests, args: argparse.Namespace, cluster: Cluster | None) -> MaskReport:
    if args.each:
        return write_each(masks, args.output, args.force, cluster)
    if args.to == "itksnap":
        return write_itksnap(masks, args.output, args.force)
    if args.output.name.lower().endswith(LIST):
        return write_list(masks, args.output, args.force)
    return write_one(masks, args.output, args.force, cluster)


def _check_arguments(args: argparse.Namespace) -> None:
    """Raise for invalid combinations, before an atlas is opened."""
    sources = [
        ("REGION", bool(args.regions)),
        ("--expr", args.expr is not None),
        ("--recipe", args.recipe is not None),
    ]
    names = [name for name, value in sources if value]
    if len(names) != 1:
        problem = " and ".join(names) if names else "neither REGION nor --expr nor --recipe"
        raise UsageError(f"{problem}; expected one of REGION…, --expr and --recipe")
    if args.recipe is not None:
        _refuse_options("--recipe", args, "a recipe is complete")
    if args.scheduler is not None and (args.to is not None or args.output.name.endswith(LIST)):
        raise UsageError("--scheduler with --to or a list of regions; expected a mask or --each")
    if args.direct and args.expr is not None:
        raise UsageError("--direct goes with REGION; expected own:REGION in --expr")
    name = args.output.name.lower()
    if args.each:
        if args.to is not None:
            raise UsageError("both --each and --to are given; expected one of them")
        if name.endswith((*WRITTEN_MASKS, LIST)):
            raise UsageError(f"-o {args.output} with --each; expected the name of a folder")
    elif args.to is not None:
        _require_suffix(args.output, ITKSNAP)
        _refuse_steps(args, "ITK-SNAP's labels")
    else:
        _require_suffix(args.output, (*WRITTEN_MASKS, LIST))
        if name.endswith(LIST):
            _refuse_steps(args, "a list of regions")


def _refuse_options(option: str, args: argparse.Namespace, why: str) -> None:
    others = (
        ("--hemisphere", args.hemisphere),
        ("--direct", args.direct),
        ("a step such as --grow", args.steps),
        ("--each", args.each),
    )
    for other, value in others:
        if value:
            raise UsageError(f"{other} with {option}; {why}")


def _refuse_steps(args: argparse.Namespace, what: str) -> None:
    if args.steps:
        step = args.steps[0].describe()
        raise UsageError(f"{step} for {what}; a step changes voxels, not regions")


def _require_suffix(output: Path, expected: Sequence[str]) -> None:
    if not output.name.lower().endswith(tuple(expected)):
        raise UsageError(f"-o {output}: expected a name that ends in {', '.join(expected)}")
