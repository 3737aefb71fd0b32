"""`atlas-explorer spatial-search`: voxels of a density outside fibre tracts, in µm."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..analysis.spatial_search.request import SearchRequest, save_search, search, search_document
from ..analysis.spatial_search.search import (
    HIGH,
    INJECTION_THRESHOLD,
    LOW,
    TRACT_NAMES,
    SpatialSearch,
    tract_ranks,
)
from ..core.atlas.atlas import Atlas
from ..core.errors import ArgumentError
from ..core.text import grouped
from ..formats.lines.reader import plain_positions
from .common import (
    UsageError,
    add_json_argument,
    align_rows,
    note,
    note_assumptions,
    open_from,
    parse_resolution,
    require_resolution,
    write_json,
)
from .fetch_options import FetchedFiles, add_fetch_arguments, check_fetch_arguments, fetched_from
from .terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "density",
        metavar="DENSITY",
        type=Path,
        nargs="?",
        help="volume of a projection density: NRRD, MetaImage, NIfTI, TIFF, or a ZIP of MetaImage",
    )
    parser.add_argument(
        "--atlas", dest="path", metavar="PATH", help="atlas that defines the fibre tracts"
    )
    parser.add_argument("--region-map", metavar="FILE", help="hierarchy or table of regions")
    parser.add_argument(
        "--atlas-resolution", metavar="UM[,UM,UM]", help="voxel size of the atlas, if not stated"
    )
    parser.add_argument(
        "--tract",
        metavar="REGION",
        action="append",
        help=f"region that is skipped, with all below it; several times for several "
        f"(the one called {TRACT_NAMES[0]!r})",
    )
    parser.add_argument(
        "--tract-mask", metavar="FILE", type=Path, help="volume of the tracts: nonzero voxels"
    )
    parser.add_argument(
        "--low", metavar="D", type=float, default=LOW, help=f"lower end, included ({LOW})"
    )
    parser.add_argument(
        "--high", metavar="D", type=float, default=HIGH, help=f"upper end, included ({HIGH})"
    )
    parser.add_argument(
        "--injection", metavar="FILE", type=Path, help="volume of the injection's fraction"
    )
    parser.add_argument(
        "--injection-threshold",
        metavar="T",
        type=float,
        help=f"voxels above this are the injection site ({INJECTION_THRESHOLD})",
    )
    parser.add_argument(
        "--corner",
        action="store_true",
        help="lower corners of voxels, as the Allen example has them, instead of centers",
    )
    parser.add_argument(
        "--resolution",
        metavar="UM[,UM,UM]",
        help="voxel size of the density and the injection; with --fetch, the grid to fetch (100)",
    )
    add_fetch_arguments(parser)
    parser.add_argument(
        "-o",
        "--output",
        metavar="data.json",
        type=Path,
        help="lines, injection sites and the voxels found",
    )
    add_json_argument(parser)
    parser.set_defaults(orientation=None, kind=None, midline=False)


def run(args: argparse.Namespace) -> None:
    """Search, and write the result."""
    _check_arguments(args)
    sizes = parse_resolution(args.resolution)
    atlas = _open_atlas(args)
    fetched = fetched_from(args, sizes)
    density = args.density if args.density is not None else fetched.density
    assert density is not None  # _check_arguments guarantees this
    threshold = args.injection_threshold
    request = SearchRequest(
        Path(density),
        "",
        _choose_tracts(args, atlas, fetched),
        args.low,
        args.high,
        args.injection or fetched.injection,
        INJECTION_THRESHOLD if threshold is None else threshold,
        args.corner,
        sizes,
    )
    answer = search(request, atlas)
    result = answer.result
    lines = fetched.lines(result.found.positions, result.found.values)
    if args.output is not None:
        save_search(args.output, answer, args.force, lines)
    if args.json is not None:
        write_json(
            {**search_document(answer), "voxels": _encode_voxels(result)}, args.json, args.force
        )
    elif args.output is None:
        say(align_rows(_make_rows(result)))
    if atlas is not None:
        note_assumptions(atlas)
    for sentence in answer.assumptions:
        note(f"assumed: {sentence}")
    note(f"tracts: {answer.tracts}")
    if answer.injection is not None and threshold is None:
        note(f"injection sites: above {INJECTION_THRESHOLD}, as in the Allen example")
    for sentence in fetched.notes:
        note(sentence)
    if args.output is not None:
        note("; ".join(f"{key} {value}" for key, value in _make_rows(result)))


def _check_arguments(args: argparse.Namespace) -> None:
    """Raise for invalid combinations, before anything is opened."""
    check_fetch_arguments(args)
    if args.density is None and not args.fetch:
        raise UsageError("no DENSITY; expected a volume, or --experiment ID --fetch")
    if args.tract is not None and args.tract_mask is not None:
        raise UsageError("both --tract and --tract-mask are given; expected one of them")
    if args.path is None:
        if args.tract is not None:
            raise UsageError("--tract without --atlas; expected both")
        if args.tract_mask is None and not args.fetch:
            raise UsageError("specify --atlas or --tract-mask to define the fibre tracts")
    if args.injection_threshold is not None and args.injection is None and not args.fetch:
        raise UsageError("--injection-threshold without --injection; expected both")


def _open_atlas(args: argparse.Namespace) -> Atlas | None:
    if args.path is None:
        return None
    named = argparse.Namespace(**{**vars(args), "resolution": args.atlas_resolution})
    atlas = open_from(named)
    if not atlas.package.resolution_known:
        raise ArgumentError(
            f"the files of {atlas.name} do not state the voxel size; expected --atlas-resolution UM"
        )
    require_resolution(atlas)
    return atlas


def _choose_tracts(
    args: argparse.Namespace, atlas: Atlas | None, fetched: FetchedFiles
) -> Sequence[int | str] | Path:
    """Return the volume of the tracts, or the regions that are tracts."""
    file = args.tract_mask or (fetched.tracts if atlas is None else None)
    if file is not None:
        return Path(file)
    assert atlas is not None  # _check_arguments guarantees this
    return args.tract or [_find_tract_region(atlas)]


def _find_tract_region(atlas: Atlas) -> int:
    ranks = tract_ranks(atlas.region_map)
    if len(ranks) != 1:
        raise ArgumentError(
            f"{len(ranks) or 'no'} regions of {atlas.name} are called {TRACT_NAMES[0]!r}; "
            f"expected --tract REGION or --tract-mask FILE"
        )
    return int(atlas.region_map.ids[ranks[0]])


def _make_rows(result: SpatialSearch) -> list[tuple[str, str]]:
    point = "corners" if result.corner else "centers"
    rows = [
        ("voxels", grouped(result.searched)),
        ("without data", grouped(result.no_data)),
        (f"below {result.low:g}", grouped(result.below)),
        (f"above {result.high:g}", grouped(result.above)),
        (f"in range, {result.low:g} and {result.high:g} included", grouped(result.in_range)),
        ("skipped, in a tract", grouped(result.in_tract)),
        ("skipped, outside the tracts' volume", grouped(result.outside)),
        (f"found ({point})", grouped(len(result.found))),
    ]
    if result.injection is not None:
        what = f"injection site, above {result.injection_threshold:g}"
        rows.append((what, grouped(len(result.injection))))
    return rows


def _encode_voxels(result: SpatialSearch) -> list[dict[str, Any]]:
    sites = result.found
    rows = zip(
        sites.voxels.tolist(), plain_positions(sites.positions), sites.values.tolist(), strict=True
    )
    return [{"voxel": v, "position_um": p, "density": d} for v, p, d in rows]
