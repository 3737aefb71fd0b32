"""Points and images by region, for `atlas-explorer stats`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.points.border_distance import border_distances
from ..analysis.points.counts import PointCounts, place_points
from ..analysis.points.features import point_features
from ..analysis.points.tables import PointTable
from ..analysis.region_measures import measure_regions, measures_as_dataframe
from ..core.atlas.atlas import Atlas
from ..core.query.region_search import region_key
from ..core.regions.collapse import Collapse
from ..core.text import grouped
from ..formats.common.atomic import atomic_write
from .common import Progress, UsageError
from .options import image_from, points_from

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
    words = None if args.regions is None else args.regions.split(",")
    named = None if words is None else [region_key(atlas, word) for word in words]
    paths: list[Path] = args.points or []
    tables = {_name_sample(path, paths): points_from(path, args, atlas) for path in paths}
    image = None if args.image is None else image_from(args, atlas)
    measures = measure_regions(
        atlas,
        {sample: (read.positions, read.values) for sample, read in tables.items()},
        None if image is None else image.volume,
        level=args.level,
        regions=named,
        both_sides=args.both_sides,
        progress=None if image is None else Progress("image"),
    )
    points: list[dict[str, Any]] = []
    notes: list[str] = []
    for sample, read in tables.items():
        points.append(_encode_counts(sample, read, measures.counts[sample]))
        notes.append(_describe_points(read, measures.counts[sample]))
    if image is not None and measures.values is not None:
        annotated = measures.values.direct.count[:, 1:].sum()
        every = max(int(atlas.ranks.counts[1:].sum()), 1)
        share = f"{100 * annotated / every:.1f} %"
        notes.append(f"{image.describe()}; {share} of the brain has a value")
    if args.per_point is not None:
        _write_per_point(atlas, measures.collapse, tables, args)
    table = measures_as_dataframe(atlas, measures)
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
    tables: Mapping[str, PointTable],
    args: argparse.Namespace,
) -> None:
    with atomic_write(args.per_point, args.force) as temporary:
        for n, (sample, read) in enumerate(tables.items()):
            table = _make_point_table(atlas, collapse, read)
            if len(tables) > 1:
                table.insert(0, "sample", sample)
            table.to_csv(
                temporary, mode="a" if n else "w", header=not n, index=False, lineterminator="\n"
            )


def _make_point_table(atlas: Atlas, collapse: Collapse, read: PointTable) -> pd.DataFrame:
    """Return coordinates, id, acronym, hemisphere and border distance (µm) by point."""
    import pandas as pd

    placed = place_points(atlas.ranks, atlas.hemisphere_rule, read.positions)
    distances = None
    if atlas.package.resolution_known:
        progress = Progress("distances to borders")
        distances = np.round(border_distances(atlas.ranks, placed, collapse, progress), 3)
    columns: dict[str, Any] = {f"axis_{axis}": read.coordinates[:, axis] for axis in range(3)}
    columns |= point_features(atlas.ranks, placed, collapse, distances)
    table = pd.DataFrame(columns).astype({"id": "Int64"})
    table.loc[~placed.inside, "id"] = pd.NA
    return table
