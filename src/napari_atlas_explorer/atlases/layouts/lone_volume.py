"""Home-made atlases: a volume alone, or with a table of names and a reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...core.errors import AtlasError, AtlasFileError, NotAnAnnotationError, Remedy
from ...core.package import Assumption, Dataset, Package, assume_hierarchy
from ...core.regions.region_map import RegionMap
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import HemisphereVolume
from ...core.space.volume import VoxelData
from ...formats.common.integers import floats_to_integers
from ...formats.volume_header import NRRD_SUFFIXES, format_shape, read_volume_header, volume_stem
from .datasets import doubtful_size, make_dataset, volumes_in
from .pairing import (
    FolderTables,
    Kind,
    Pair,
    Table,
    distinct_ids,
    find_pair,
    judge_kind,
    judge_volume,
    kind_by_content,
    pair_volume,
    table_stem,
)

__all__ = ["Kind", "flat_region_map", "judge_volume", "read_folder", "read_volume"]

LAYOUT_WITH_TABLE = "volume and table"
LAYOUT_ALONE = "volume alone"
MAX_FLAT_REGIONS = 100_000
MAX_REASONS = 2
"""Volumes whose refusal an error explains."""

EXPECTED_PAIR = "a volume of region ids and a table that lists them"


def read_folder(
    folder: Path, region_map: RegionMap | None = None, kind: Kind | None = None
) -> Package | None:
    """Describe a folder of an annotation, a table of regions and, perhaps, a reference.

    None where the folder holds no volume, or no table (unless ``region_map`` is given).

    Raises
    ------
    AtlasFileError
        If no volume is an annotation whose ids a table knows; with the reason for each.
    """
    paths = volumes_in(folder)
    if not paths:
        return None
    tables = _tables_of(folder, region_map)
    if not tables.read:
        return None
    pair, refused = find_pair(paths, tables, kind)
    if pair is None:
        reasons = "; ".join(reason for _, reason in refused[:MAX_REASONS])
        more = f"; and {len(refused) - MAX_REASONS} more" if len(refused) > MAX_REASONS else ""
        count = f"{len(paths)} volume{'s' if len(paths) > 1 else ''}"
        problem = f"{count}, no annotation whose ids a table of regions lists ({reasons}{more})"
        images = any(" is taken as an image: " in reason for _, reason in refused)
        remedy: Remedy = "state annotation" if images and kind is None else ""
        raise AtlasFileError(folder, problem, EXPECTED_PAIR, remedy=remedy)
    return _make_package(pair, paths, folder)


def read_volume(
    path: Path, region_map: RegionMap | None = None, kind: Kind | None = None
) -> Package:
    """Describe a volume and what its folder holds for it.

    Without a hierarchy, given or in the folder, its ids become a flat list.
    """
    tables = _tables_of(path.parent, region_map, path)
    judged = judge_volume(path, kind)
    if judged.kind == "image":
        raise NotAnAnnotationError(
            path,
            f"it looks like an image, not an annotation ({judged.reason})",
            "region ids (or kind='annotation', if it holds them)",
            remedy="state annotation",
        )
    paths = volumes_in(path.parent)
    if region_map is not None:
        return _make_package(Pair(judged, tables.read[0]), paths, path)
    pair = pair_volume(judged, tables, paths)
    if pair.table is not None:
        return _make_package(pair, paths, path)
    assumptions = tuple(
        Assumption("names", f"{text}; it does not name the regions of {path.name}")
        for table, text in tables.refused
        if table_stem(table) == volume_stem(path).casefold()
    )
    return _make_package(Pair(judged, None, assumptions=assumptions), [path], path)


def _tables_of(
    folder: Path, region_map: RegionMap | None, volume: Path | None = None
) -> FolderTables:
    if region_map is not None:
        return FolderTables((Table(region_map, None),))
    return FolderTables.of_folder(folder, volume)


def flat_region_map(data: VoxelData, path: Path) -> RegionMap:
    """Return one region per id of a volume, under one root."""
    if data.raw.dtype.kind == "f" and not np.array_equal(data.raw, np.rint(data.raw)):
        raise AtlasFileError(path, "fractions or missing values", "whole-numbered region ids")
    ids = [i for i in distinct_ids(data.raw) if i]
    if len(ids) > MAX_FLAT_REGIONS:
        raise AtlasFileError(
            path, f"{len(ids)} different values", f"at most {MAX_FLAT_REGIONS} region ids"
        )
    if not ids:
        raise AtlasFileError(path, "only zeros", "an annotation with at least one region")
    rows = [{"id": i, "acronym": str(i), "name": f"region {i}"} for i in ids]
    return RegionMap.flat(rows, root_name=f"all regions of {path.name}")


def _make_package(pair: Pair, paths: Sequence[Path], path: Path) -> Package:
    header, grid = pair.volume.header, pair.volume.header.grid
    name = volume_stem(header.path)
    annotation = Dataset(name, "annotation", pair.volume.make_loader(), header.path)
    others, aside, left_out = _find_others([p for p in paths if p != header.path], grid)
    datasets = {name: annotation, **others}
    reference = next((n for n, d in others.items() if d.kind == "image" and n not in aside), None)
    hemispheres = next((d for d in datasets.values() if d.kind == "hemispheres"), None)
    table = pair.table.path if pair.table else None
    return Package(
        name=path.resolve().name if path.is_dir() else path.name,
        layout=LAYOUT_WITH_TABLE if table else LAYOUT_ALONE,
        grid=grid,
        region_map=pair.table.region_map
        if pair.table
        else flat_region_map(pair.volume.data, header.path),
        datasets=datasets,
        annotation=name,
        reference=reference,
        hemispheres=hemispheres.name if hemispheres else None,
        path=path,
        metadata={
            **({"hierarchy": table.name} if table else {}),
            **({"standard_space": header.standard_space} if header.standard_space else {}),
        },
        orientation=header.orientation,
        hemisphere_rule=HemisphereVolume(lambda: hemispheres.load().raw) if hemispheres else None,
        assumptions=(*_list_assumptions(pair), *left_out),
        resolution_known=header.spacing_known,
        region_file=table,
        tables=pair.matches,
    )


def _find_others(
    paths: Sequence[Path], grid: VoxelGrid
) -> tuple[dict[str, Dataset], set[str], list[Assumption]]:
    """Return the other volumes of a folder by name.

    Returns
    -------
    datasets
        By name; volumes of the annotation's shape are placed as it is.
    aside
        Names of those on another grid, which keep their own placement.
    assumptions
        Volumes on another grid, and files that cannot be read.
    """
    datasets: dict[str, Dataset] = {}
    aside: set[str] = set()
    assumptions = []
    for path in paths:
        try:
            header = read_volume_header(path, None, default_unit=None)
        except AtlasError as exc:
            assumptions.append(Assumption("volumes", f"left out: {exc}"))
            continue
        name = volume_stem(path)
        if header.grid.shape == grid.shape:
            kind = judge_kind(header)
            if kind == "hemispheres" and any(d.kind == kind for d in datasets.values()):
                kind = "mask"  # the first one defines the hemispheres
            datasets[name] = make_dataset(path, kind, grid=grid)
        elif header.grid.ndim == 3 and not header.payload_shape and header.spacing_known:
            datasets[name] = make_dataset(path, kind_by_content(header), grid=header.grid)
            aside.add(name)
            assumptions.append(
                Assumption(
                    "volumes",
                    f"{path.name} is on another grid ({format_shape(header.grid.shape)} voxels "
                    f"instead of {format_shape(grid.shape)}); it is shown where its header "
                    f"places it",
                )
            )
        else:
            shape = format_shape(header.grid.shape + header.payload_shape)
            statement = f"left out: {path.name}, a volume of {shape} voxels"
            assumptions.append(Assumption("volumes", statement))
    return datasets, aside, assumptions


def _list_assumptions(pair: Pair) -> list[Assumption]:
    judged = pair.volume
    header = judged.header
    assumptions = [*header.assumptions, *pair.assumptions]
    if pair.table is not None:
        file = pair.table.path.name if pair.table.path else ""
        assumptions += assume_hierarchy(pair.table.region_map, file)
    if pair.table is None:
        assumptions.append(
            Assumption("hierarchy", f"{header.path.name} has no hierarchy: its ids are listed flat")
        )
    if judged.reason != "as stated":
        assumptions.append(
            Assumption("kind", f"{header.path.name} is taken as an annotation: {judged.reason}")
        )
    whole = floats_to_integers(judged.seen)
    if whole is not None and whole.possibly_lost:
        assumptions.append(
            Assumption(
                "ids",
                f"{header.path.name} holds ids as {judged.seen.dtype}, which distinguishes numbers "
                f"up to {whole.exact_below}; larger ids may have lost their last digits",
            )
        )
    if header.orientation and header.path.name.lower().endswith(NRRD_SUFFIXES):
        # A NRRD's space is often copied from elsewhere; a NIfTI's transform is what it is for.
        assumptions.append(
            Assumption("orientation", f"{header.orientation} is taken from {header.space}")
        )
    doubt = doubtful_size(header.grid) if header.spacing_known else None
    if doubt:
        assumptions.append(Assumption("resolution", f"{header.path.name} {doubt}"))
    return assumptions
