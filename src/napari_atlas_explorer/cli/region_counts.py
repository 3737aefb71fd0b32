"""Points and images by region, for `atlas-explorer stats`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.points.border_distance import border_distances
from ..analysis.points.counts import PlacedPoints, PointCounts, count_points, place_points
from ..analysis.points.features import point_features
from ..analysis.points.hemisphere_table import HemisphereTable
from ..analysis.values.images import region_values
from ..core.atlas.atlas import Atlas
from ..core.regions.collapse import Collapse
from ..core.text import grouped
from ..formats.common.atomic import atomic_write
from .common import Progress, UsageError
from .options import image_from
from .point_options import PointTable, points_from

if TYPE_CHECKING:
    import pandas as pd


def report(
    atlas: Atlas, args: argparse.Namespace
) -> tuple[pd.DataFrame, dict[str, Any], list[str]]:
    """Count points and measure images of the arguments.

    Returns
    -------
    The table; its provenance: atlas, version, convention of the hemispheres, and the choices
    made for points and image; and notes for the reader.
    """
    named = None if args.regions is None else [name.strip() for name in args.regions.split(",")]
    collapse = Collapse.of(atlas.ranks, args.level, named)
    hemisphere_rule = None if args.both_sides else atlas.hemisphere_rule
    known = atlas.package.resolution_known
    counts: dict[str, PointCounts] = {}
    points: list[dict[str, Any]] = []
    notes: list[str] = []
    answers: dict[str, tuple[PointTable, PlacedPoints]] = {}
    paths: list[Path] = args.points or []
    for path in paths:
        read = points_from(path, args, atlas)
        placed = place_points(atlas.ranks, atlas.hemisphere_rule, read.positions)
        sample = _name_sample(path, paths)
        counts[sample] = count_points(atlas.ranks, hemisphere_rule, placed, read.values)
        points.append(_encode_counts(sample, read, counts[sample]))
        notes.append(_describe_points(read, counts[sample]))
        if args.per_point is not None:
            answers[sample] = read, placed
    values = image = None
    if args.image is not None:
        image = image_from(args, atlas)
        progress = Progress("image")
        values = region_values(atlas.ranks, image.volume, hemisphere_rule, progress=progress)
        annotated = values.direct.count[:, 1:].sum()
        every = max(int(atlas.ranks.counts[1:].sum()), 1)
        share = f"{100 * annotated / every:.1f} %"
        notes.append(f"{image.describe()}; {share} of the brain has a value")
    if args.per_point is not None:
        _write_per_point(atlas, collapse, answers, args)
    table = HemisphereTable(
        atlas.ranks, hemisphere_rule, collapse, counts, values, known
    ).as_dataframe()
    if hemisphere_rule is None and atlas.hemisphere_rule is None:
        table["side"] = ""
    provenance = {
        "atlas": atlas.name,
        "version": atlas.metadata.get("version"),
        "hemisphere_convention": atlas.hemisphere_rule.convention
        if atlas.hemisphere_rule
        else None,
        "level": args.level,
        "collapsed_to": named,
        "points": points,
        "image": None if image is None else image.as_json(),
        "assumptions": [assumption.statement for assumption in atlas.assumptions],
    }
    return table, provenance, notes


def _name_sample(path: Path, paths: Sequence[Path]) -> str:
    """Return a file's name in a set: its stem, or its path where that is taken."""
    if paths.count(path) > 1:
        raise UsageError(f"--points names {path} twice; expected each file once")
    return path.stem if [p.stem for p in paths].count(path.stem) == 1 else str(path)


def _encode_counts(sample: str, read: PointTable, counts: PointCounts) -> dict[str, Any]:
    return {
        "sample": sample,
        **read.as_json(),
        "n_points": counts.n_points,
        "in_regions": counts.in_regions,
        "unannotated": counts.unannotated,
        "outside": counts.outside,
        "not_numbers": counts.not_numbers,
    }


def _describe_points(read: PointTable, counts: PointCounts) -> str:
    n, nowhere, outside = counts.n_points, counts.unannotated, counts.outside
    share = f"{100 * counts.in_regions / n:.1f} %" if n else "no point"
    strange = f" ({grouped(counts.not_numbers)} not numbers)" if counts.not_numbers else ""
    return (
        f"{read.path}: {grouped(n)} points, {read.describe()}; inside the brain: {share}; "
        f"{grouped(nowhere)} unannotated, {grouped(outside)} outside{strange}"
    )


def _write_per_point(
    atlas: Atlas,
    collapse: Collapse,
    answers: Mapping[str, tuple[PointTable, PlacedPoints]],
    args: argparse.Namespace,
) -> None:
    with atomic_write(args.per_point, args.force) as temporary:
        for n, (sample, (read, placed)) in enumerate(answers.items()):
            table = _make_point_table(atlas, collapse, read, placed)
            if len(answers) > 1:
                table.insert(0, "sample", sample)
            table.to_csv(
                temporary, mode="a" if n else "w", header=not n, index=False, lineterminator="\n"
            )


def _make_point_table(
    atlas: Atlas, collapse: Collapse, read: PointTable, placed: PlacedPoints
) -> pd.DataFrame:
    """Return coordinates, id, acronym, hemisphere and border distance (µm) by point."""
    import pandas as pd

    distances = None
    if atlas.package.resolution_known:
        progress = Progress("distances to borders")
        distances = np.round(border_distances(atlas.ranks, placed, collapse, progress), 3)
    columns: dict[str, Any] = {f"axis_{axis}": read.coordinates[:, axis] for axis in range(3)}
    columns |= point_features(atlas.ranks, placed, collapse, distances)
    table = pd.DataFrame(columns).astype({"id": "Int64"})
    table.loc[~placed.inside, "id"] = pd.NA
    return table
