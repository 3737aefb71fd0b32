"""Home-made atlases: a volume alone, or with a table of names and a reference."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import AtlasError, AtlasFileError, NotAnAnnotationError
from ...core.package import Assumption, Dataset, Package
from ...core.regions.region_map import RegionMap
from ...core.space.hemispheres import HemisphereVolume
from ...core.space.volume import VoxelData
from ...formats.common.integers import floats_to_integers
from ...formats.volume_header import NRRD_SUFFIXES, read_volume_header, volume_stem
from .datasets import doubtful_size, make_dataset, volumes_in
from .pairing import (
    JudgedVolume,
    Kind,
    distinct_ids,
    find_pair,
    judge_kind,
    judge_volume,
    region_maps_in,
)

__all__ = ["Kind", "flat_region_map", "judge_volume", "read_folder", "read_volume"]

LAYOUT_WITH_TABLE = "volume and table"
LAYOUT_ALONE = "volume alone"
MAX_FLAT_REGIONS = 100_000


def read_folder(folder: Path, region_map: RegionMap | None = None) -> Package | None:
    """Describe a folder of an annotation, a table of regions and, perhaps, a reference.

    None where the folder holds no table (unless ``region_map`` is given) or no annotation.
    """
    paths = volumes_in(folder)
    if not paths:
        return None
    tables: list[tuple[RegionMap, Path | None]] = [(region_map, None)] if region_map else []
    tables = tables or list(region_maps_in(folder))
    pair = find_pair(paths, tables)
    if pair is None:
        return None
    return _make_package(pair.volume, pair.region_map, pair.table, paths, folder)


def read_volume(
    path: Path, region_map: RegionMap | None = None, kind: Kind | None = None
) -> Package:
    """Describe one volume as an atlas; without a hierarchy its ids become a flat list."""
    judged = judge_volume(path, kind, "corner" if region_map else "centre")
    if judged.kind == "image":
        raise NotAnAnnotationError(
            path,
            f"it looks like an image, not an annotation ({judged.reason})",
            "region ids (or kind='annotation', if it holds them)",
            remedy="state annotation",
        )
    if region_map is not None:
        return _make_package(judged, region_map, None, [path], path)
    return _make_package(judged, flat_region_map(judged.data, path), None, [path], path, flat=True)


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


def _make_package(
    judged: JudgedVolume,
    region_map: RegionMap,
    table: Path | None,
    paths: Sequence[Path],
    path: Path,
    flat: bool = False,
) -> Package:
    header, grid = judged.header, judged.header.grid
    name = volume_stem(header.path)
    annotation = Dataset(name, "annotation", lambda: judged.data, header.path)
    datasets = {name: annotation}
    skipped = []
    for other in paths:
        if other == header.path:
            continue
        try:
            found = read_volume_header(other)
        except AtlasError as exc:
            skipped.append(str(exc))
            continue
        if found.grid.shape == grid.shape:
            kind = judge_kind(found)
            if kind == "hemispheres" and any(d.kind == kind for d in datasets.values()):
                kind = "mask"  # the first one defines the hemispheres
            datasets[volume_stem(other)] = make_dataset(other, kind, grid=grid)
    reference = next((d.name for d in datasets.values() if d.kind == "image"), None)
    hemispheres = next((d for d in datasets.values() if d.kind == "hemispheres"), None)
    assumptions = [*header.assumptions]
    if flat:
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
    doubt = doubtful_size(grid) if header.spacing_known else None
    if doubt:
        assumptions.append(Assumption("resolution", f"{header.path.name} {doubt}"))
    metadata: dict[str, Any] = {"hierarchy": table.name} if table else {}
    return Package(
        name=path.resolve().name if path.is_dir() else path.name,
        layout=LAYOUT_WITH_TABLE if table else LAYOUT_ALONE,
        grid=grid,
        region_map=region_map,
        datasets=datasets,
        annotation=name,
        reference=reference,
        hemispheres=hemispheres.name if hemispheres else None,
        path=path,
        metadata=metadata,
        orientation=header.orientation,
        hemisphere_rule=HemisphereVolume(lambda: hemispheres.load().raw) if hemispheres else None,
        assumptions=tuple(assumptions),
        resolution_known=header.spacing_known,
        region_file=table,
    )
