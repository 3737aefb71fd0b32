"""Home-made atlases: a volume by itself, or with a table of names and a reference beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..core.errors import AtlasError, AtlasFileError, NotAnAnnotationError
from ..core.grid import VoxelGrid
from ..core.package import Assumption, Dataset, Package
from ..core.regions import RegionMap
from ..core.runs import encode_runs
from ..core.sides import SideVolume
from ..core.voxels import VoxelData
from .label_content import ContentVerdict, judge_content
from .tables_beside import find_region_map
from .volumes import VolumeHeader, dataset, load_volume, read_volume_header, volumes_in

Kind = Literal["annotation", "image"]

LAYOUT_WITH_TABLE = "volume and table"
LAYOUT_ALONE = "volume alone"
ANNOTATION_HINT = re.compile(r"annot|label|seg|region|parcel|atlas|dseg", re.IGNORECASE)
HEMISPHERE_HINT = re.compile(r"hemi", re.IGNORECASE)
MAX_FLAT_REGIONS = 100_000
MIN_KNOWN_SHARE = 0.5
"""A table belongs to a volume if it knows half of its ids; QA reports the other half."""


@dataclass(frozen=True)
class JudgedVolume:
    """A volume that was read, and what it was taken for."""

    header: VolumeHeader
    data: VoxelData
    kind: Kind
    reason: str


def judge_volume(path: Path, kind: Kind | None = None, origin: str = "centre") -> JudgedVolume:
    """Read a volume and tell an annotation from an image.

    Parameters
    ----------
    path
        A NRRD or TIFF file.
    kind
        The user's word, which overrules what the voxels look like.
    origin
        What a NRRD's ``space origin`` means where the file does not say it; the format's
        specification says the centre.
    """
    header = read_volume_header(path, origin, default_unit=None)
    data = VoxelData.from_grid(load_volume(path, None, origin).raw, header.grid)
    if kind is not None:
        return JudgedVolume(header, data, kind, "as you said")
    if header.payload_shape:
        return JudgedVolume(header, data, "image", f"{header.payload_shape} values per voxel")
    verdict: ContentVerdict = judge_content(data.raw)
    return JudgedVolume(
        header, data, "annotation" if verdict.is_annotation else "image", verdict.reason
    )


def read_folder(folder: Path, region_map: RegionMap | None = None) -> Package | None:
    """Describe a folder of an annotation, a table of regions and, perhaps, a reference.

    None where the folder holds no table (unless ``region_map`` is given) or no annotation.
    """
    paths = volumes_in(folder)
    if not paths:
        return None
    table: Path | None = None
    if region_map is None:
        found, where = find_region_map(folder)
        if found is None or not isinstance(where, Path):
            return None
        region_map, table = found, where
    annotation = _find_annotation(paths, region_map)
    if annotation is None:
        return None
    return _package(annotation, region_map, table, paths, folder)


def read_volume(
    path: Path, region_map: RegionMap | None = None, kind: Kind | None = None
) -> Package:
    """Describe one volume as an atlas; without a hierarchy its ids become a flat list."""
    judged = judge_volume(path, kind, "corner" if region_map else "centre")
    if judged.kind == "image":
        raise NotAnAnnotationError(
            path,
            f"it looks like an image, not an annotation ({judged.reason})",
            "region ids (if it holds them: kind='annotation', or --kind annotation)",
        )
    if region_map is not None:
        return _package(judged, region_map, None, [path], path)
    return _package(judged, flat_region_map(judged.data, path), None, [path], path, flat=True)


def distinct_ids(data: VoxelData) -> list[int]:
    """Whole numbers that occur in a volume, ascending."""
    # Per run, not per voxel: a volume has some twenty-five times as many voxels as runs.
    raw = data.raw.T if data.raw.flags.f_contiguous else np.ascontiguousarray(data.raw)
    return [int(v) for v in np.unique(encode_runs(raw).values).tolist()]


def flat_region_map(data: VoxelData, path: Path) -> RegionMap:
    """One region per id of a volume, under one root."""
    if data.raw.dtype.kind == "f" and not np.array_equal(data.raw, np.rint(data.raw)):
        raise AtlasFileError(path, "fractions or missing values", "whole-numbered region ids")
    ids = [i for i in distinct_ids(data) if i]
    if len(ids) > MAX_FLAT_REGIONS:
        raise AtlasFileError(
            path, f"{len(ids)} different values", f"at most {MAX_FLAT_REGIONS} region ids"
        )
    if not ids:
        raise AtlasFileError(path, "only zeros", "an annotation with at least one region")
    rows = [{"id": i, "acronym": str(i), "name": f"region {i}"} for i in ids]
    return RegionMap.flat(rows, root_name=f"all regions of {path.name}")


def _find_annotation(paths: Sequence[Path], region_map: RegionMap) -> JudgedVolume | None:
    """Of the volumes that look like annotations, take the one whose ids the table knows best."""
    likely = [p for p in paths if not HEMISPHERE_HINT.search(p.stem)]
    hinted = [p for p in likely if ANNOTATION_HINT.search(p.stem)]
    for group in (hinted, likely):
        best: tuple[float, JudgedVolume] | None = None
        for path in group:
            judged = judge_volume(path, origin="corner")
            if judged.kind != "annotation":
                continue
            ids = [i for i in distinct_ids(judged.data) if i]
            known = sum(i in region_map for i in ids) / max(1, len(ids))
            if best is None or known > best[0]:
                best = (known, judged)
        if best is not None and best[0] >= MIN_KNOWN_SHARE:
            return best[1]
    return None


def _package(
    judged: JudgedVolume,
    region_map: RegionMap,
    table: Path | None,
    paths: Sequence[Path],
    path: Path,
    flat: bool = False,
) -> Package:
    header, grid = judged.header, judged.header.grid
    name = header.path.stem
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
            datasets[other.stem] = _beside(other, found, grid)
    reference = next((d.name for d in datasets.values() if d.kind == "image"), None)
    sides = next((d for d in datasets.values() if d.kind == "hemispheres"), None)
    assumptions = [*header.assumptions]
    if flat:
        assumptions.append(
            Assumption("hierarchy", f"{header.path.name} has no hierarchy: its ids are listed flat")
        )
    if judged.reason != "as you said":
        assumptions.append(
            Assumption("kind", f"{header.path.name} is taken as an annotation: {judged.reason}")
        )
    if header.orientation:
        assumptions.append(
            Assumption(
                "orientation",
                f"{header.orientation} is taken from the header's space {header.space!r}",
            )
        )
    metadata: dict[str, Any] = {"hierarchy": table.name} if table else {}
    return Package(
        name=path.resolve().name if path.is_dir() else path.name,
        layout=LAYOUT_WITH_TABLE if table else LAYOUT_ALONE,
        grid=grid,
        region_map=region_map,
        datasets=datasets,
        annotation=name,
        reference=reference,
        hemispheres=sides.name if sides else None,
        path=path,
        metadata=metadata,
        orientation=header.orientation,
        sides=SideVolume(lambda: sides.load().raw) if sides else None,
        assumptions=tuple(assumptions),
        resolution_known=header.spacing_known,
    )


def _beside(path: Path, header: VolumeHeader, grid: VoxelGrid) -> Dataset:
    """A volume of the annotation's shape takes the annotation's placement."""
    if ANNOTATION_HINT.search(path.stem):
        return dataset(path, "annotation", grid=grid)
    if HEMISPHERE_HINT.search(path.stem):
        return dataset(path, "hemispheres", grid=grid)
    return dataset(path, "vectors" if header.payload_shape else "image", grid=grid)
