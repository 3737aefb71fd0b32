"""`atlas-explorer package`: a package from source files or another package."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..compute.meshes.settings import SurfaceSettings
from ..core.errors import ArgumentError
from ..core.text import parse_digits, quote_path
from ..packaging.make import PackageResult, make_package
from ..packaging.options import (
    EMPTY_RULES,
    LABEL_RULES,
    MESH_SOURCES,
    PACKAGE_FACES,
    TARGETS,
    PackageOptions,
    Target,
)
from ..packaging.source.metadata_options import METADATA_OPTIONS, stated_metadata
from ..packaging.source.sources import PackageSource
from ..packaging.source.update import PackageDifference
from .common import (
    Progress,
    UsageError,
    add_json_argument,
    catch_sigterm,
    note,
    parse_numbers,
    write_json,
)
from .memory_option import add_memory_argument, memory_of
from .options import add_scheduler_argument, cluster_of
from .terminal import say, standard_output

# ---- Report --------------------------------------------------------------------------------------


def report_lines(made: PackageResult, difference: PackageDifference | None) -> list[str]:
    """Return lines for people: fixes, findings, differences."""
    lines = [f"note: {text}" for text in made.notes]
    if made.meshes:
        lines.append(made.meshes)
    for path, report in zip(made.packages, made.reports, strict=False):
        open_ones = [one for one in report.listed if not one.known]
        counts = {
            severity: sum(one.finding.severity == severity for one in open_ones)
            for severity in ("error", "warning")
        }
        summary = ", ".join(f"{n} {word}{'s' if n != 1 else ''}" for word, n in counts.items() if n)
        lines.append(f"checked {path.name}: {summary or 'no problems found'}")
        errors = [one for one in open_ones if one.finding.severity == "error"]
        lines += [f"  {one.finding.code}: {one.finding.message}" for one in errors]
    if difference is not None:
        lines += ["differences from the old package:", *[f"  {x}" for x in difference.lines()]]
    lines += [f"wrote {path}" for path in (*made.packages, *made.archives)]
    return lines


def as_json(made: PackageResult, difference: PackageDifference | None) -> dict[str, Any]:
    """Return the report for programs."""
    grids = made.plan.grids
    return {
        "target": made.plan.options.target,
        "packages": [
            {
                "path": str(path),
                "shape": list(grid.shape),
                "resolution": [float(abs(s)) for s in grid.steps],
                "errors": _count_findings(made, n, "error"),
                "warnings": _count_findings(made, n, "warning"),
            }
            for n, (path, grid) in enumerate(zip(made.packages, grids, strict=True))
        ],
        "archives": [str(path) for path in made.archives],
        "notes": list(made.notes),
        "meshes": made.meshes,
        "difference": difference.as_dict() if difference is not None else None,
    }


def _count_findings(made: PackageResult, n: int, severity: str) -> int | None:
    if n >= len(made.reports):
        return None
    listed = made.reports[n].listed
    return sum(one.finding.severity == severity and not one.known for one in listed)


# ---- Command -------------------------------------------------------------------------------------

FINDINGS = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "ingredients",
        metavar="PACKAGE.toml",
        nargs="?",
        type=Path,
        help="source files and metadata; --template prints one to fill in",
    )
    parser.add_argument(
        "--template", action="store_true", help="print a PACKAGE.toml with explanations"
    )
    parser.add_argument(
        "--from",
        dest="source",
        metavar="PATH",
        help="an atlas of any readable layout, instead of source files",
    )
    parser.add_argument("--region-map", metavar="FILE", help="hierarchy that replaces --from's own")
    parser.add_argument("--to", dest="target", choices=TARGETS, help="layout to write")
    parser.add_argument(
        "-o", "--output", metavar="DIR", type=Path, help="folder for the package (default: here)"
    )
    add_metadata_arguments(parser)
    add_content_arguments(parser)
    after = parser.add_argument_group("afterwards")
    after.add_argument(
        "--archive", action="store_true", help="also make a .tar.gz, and its SHA-256"
    )
    after.add_argument(
        "--install", action="store_true", help="copy it into BrainGlobe's local cache"
    )
    after.add_argument(
        "--brainglobe-dir", metavar="DIR", type=Path, help="another folder as that cache"
    )
    after.add_argument(
        "--update",
        metavar="OLD",
        help="an earlier package of it: the version goes up by one, "
        "missing metadata is taken from it, and differences are shown",
    )
    after.add_argument(
        "--checks",
        metavar="GROUP,…",
        help="groups of quality checks (default all, 'none' for none)",
    )
    after.add_argument(
        "--keep-faulty", action="store_true", help="keep a package even if checks find errors"
    )
    parser.add_argument("--jobs", metavar="N", type=int, help="processes (default: one per core)")
    add_scheduler_argument(parser)
    add_memory_argument(parser)
    add_json_argument(parser)


def add_metadata_arguments(parser: argparse.ArgumentParser) -> None:
    """Add one option for each field of the metadata."""
    group = parser.add_argument_group("metadata that the source lacks or that replaces it")
    for option, key, title in METADATA_OPTIONS:
        group.add_argument(option, dest=f"metadata_{key}", metavar="TEXT", help=title)


def add_content_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options for the contents of a package."""
    group = parser.add_argument_group("contents")
    group.add_argument(
        "--resolutions", metavar="UM,…", help="further, coarser voxel sizes, such as 50,100"
    )
    group.add_argument(
        "--labels",
        choices=LABEL_RULES,
        help="id of a coarser voxel: of that at its center (default), or of most of its voxels",
    )
    group.add_argument(
        "--empty",
        choices=EMPTY_RULES,
        help="regions without voxels (default: drop, but keep those of a package)",
    )
    group.add_argument(
        "--meshes",
        choices=MESH_SOURCES,
        help="the source's own, of the labels, or none (default: its own if it has any)",
    )
    group.add_argument(
        "--faces",
        metavar="N",
        type=int,
        help=f"at most N triangles in a mesh of the labels (default {PACKAGE_FACES})",
    )
    group.add_argument(
        "--masks",
        action="store_true",
        help="brainglobe-v3: also one mask for each region, for get_structure_mask of "
        "brainglobe-atlasapi 3; large and slow",
    )
    group.add_argument("--hemisphere", choices=("left", "right"), help="one hemisphere alone")
    group.add_argument("--region", metavar="REGION", help="one region with its descendants alone")


def run(args: argparse.Namespace) -> int | None:
    """Make the package."""
    if args.template:
        from ..packaging.source.spec_writer import template_toml

        standard_output().write(template_toml())
        return None
    _check_arguments(args)
    source, targets, options = _read_source_and_options(args)
    old = None
    if args.update is not None:
        from ..packaging.source.update import update_metadata

        source, old = update_metadata(source, args.update, stated_metadata(args))
    made = []
    with catch_sigterm(), memory_of(args), cluster_of(args) as cluster:
        for target in targets:
            made.append(
                make_package(
                    source,
                    replace(options, target=target, cluster=cluster),
                    args.output or Path(),
                    checks=_parse_checks(args.checks),
                    archive=args.archive,
                    faulty=args.keep_faulty,
                    force=args.force,
                    progress=Progress(),
                )
            )
    return _print_report(args, made, old)


def _print_report(args: argparse.Namespace, made: list[PackageResult], old: Any) -> int | None:
    installed: list[Path] = []
    answers = []
    for result in made:
        difference = None
        if old is not None:
            from ..atlases.open import open_atlas
            from ..packaging.source.update import compare_versions as compare

            difference = compare(old, open_atlas(result.packages[0]))
        if args.install:
            from ..packaging.install import install_package

            for package in result.packages:
                installed += install_package(package, args.force, args.brainglobe_dir)
        for line in report_lines(result, difference):
            note(line)
        answers.append(as_json(result, difference))
    for path in dict.fromkeys(installed):
        note(f"installed {quote_path(path)}")
    if args.json is not None:
        answer = {"packages": answers, "installed": [str(p) for p in dict.fromkeys(installed)]}
        write_json(answer, args.json, args.force)
    else:
        for result in made:
            for path in result.packages:
                say(quote_path(path))
    return FINDINGS if any(_has_errors(one) for one in made) else None


def _has_errors(made: PackageResult) -> bool:
    return any(report.worst() == "error" for report in made.reports)


def _check_arguments(args: argparse.Namespace) -> None:
    if (args.ingredients is None) == (args.source is None):
        problem = "neither PACKAGE.toml nor --from"
        if args.source is not None:
            problem = "both PACKAGE.toml and --from"
        raise UsageError(f"{problem}; expected one of them (--template prints a PACKAGE.toml)")
    if args.region_map and args.source is None:
        raise UsageError("--region-map with a PACKAGE.toml, which names its regions; expected one")
    if args.jobs is not None and args.jobs < 1:
        raise UsageError(f"--jobs {args.jobs}; expected 1 or more")
    if args.brainglobe_dir is not None and not args.install:
        raise UsageError("--brainglobe-dir without --install; expected both")


def _read_source_and_options(
    args: argparse.Namespace,
) -> tuple[PackageSource, tuple[Target, ...], PackageOptions]:
    from ..packaging.source.sources import source_of_package, source_of_spec
    from ..packaging.source.spec import read_package_spec

    stated = stated_metadata(args)
    options = content_options(args, args.target or TARGETS[0])
    if args.source is not None:
        if args.target is None:
            raise UsageError(f"--from without --to; expected --to {', '.join(TARGETS)}")
        return source_of_package(_open_source(args), stated), (args.target,), options
    spec = read_package_spec(args.ingredients)
    if stated:
        merged = {**spec.metadata.as_dict(), **stated}
        spec = replace(spec, metadata=type(spec.metadata).from_mapping(merged))
    targets = (args.target,) if args.target else spec.targets
    if not targets:
        raise UsageError(
            f"{args.ingredients} names no targets; expected targets in it, or "
            f"--to {', '.join(TARGETS)}"
        )
    options = replace(
        options,
        resolutions=options.resolutions or spec.resolutions,
        labels=args.labels or spec.labels,
        empty=args.empty or spec.empty_regions,
        meshes=args.meshes or (spec.meshes if isinstance(spec.meshes, str) else None),
    )
    return source_of_spec(spec), targets, options


def _open_source(args: argparse.Namespace) -> Any:
    from ..atlases.open import find_package
    from ..formats.tables.regions import load_region_table
    from .common import atlas_path

    regions = load_region_table(args.region_map) if args.region_map else None
    return find_package(atlas_path(args.source), regions)


def content_options(args: argparse.Namespace, target: Target) -> PackageOptions:
    """Return the requested contents of a package."""
    region: Any = args.region
    if region is not None:
        number = parse_digits(region)
        region = region if number is None else number
    return PackageOptions(
        target=target,
        resolutions=_parse_resolutions(args.resolutions),
        labels=args.labels or "nearest",
        empty=args.empty,
        meshes=args.meshes,
        surfaces=SurfaceSettings(PACKAGE_FACES if args.faces is None else args.faces),
        masks=args.masks,
        hemisphere=args.hemisphere,
        region=region,
        processes=args.jobs or os.cpu_count() or 1,
    )


def _parse_resolutions(text: str | None) -> tuple[float, ...]:
    if text is None:
        return ()
    sizes = parse_numbers(text.split(","))
    if not sizes or min(sizes) <= 0:
        raise ArgumentError(f"--resolutions {text}; expected µm such as 50,100")
    return tuple(sizes)


def _parse_checks(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return () if text == "none" else tuple(text.split(","))
