"""Writer of BrainGlobe packages of the v2 layout: TIFF volumes, JSON, OBJ meshes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from ...compute.blocks import planes_in_slab, slabs
from ...core.progress import StageProgress
from ...core.space.grid import VoxelGrid
from ...formats.ome_zarr.writer import SliceableArray
from ..plan.extra_volumes import write_others
from ..plan.images import CastArray, image_levels
from ..plan.package_plan import PackagePlan
from ..plan.repair_regions import structures_of
from .common import (
    WrittenPackages,
    file_name,
    stage,
    v2_folder,
    write_json,
    write_readme,
    write_structures_csv,
)
from .meshes import write_obj_meshes

VOLUMES_SHARE = 0.3
"""Share of the volumes in the work; the rest are the meshes."""

CLASSIC_TIFF_BYTES = 2**32 - 2**25
"""Values beyond which a TIFF's offsets have 64 bits: 4 GB less what all the headers may take."""


def write_brainglobe_v2(
    plan: PackagePlan, folder: Path, progress: StageProgress
) -> WrittenPackages:
    """Write one package for each resolution into a folder, the finest first.

    The layout is that of BrainGlobe's own packager (brainglobe-atlasapi 2.3), but for the files
    that follow from hierarchy and time: the README has no date, so that the same source files
    give the same bytes.
    """
    names, notes = plan.metadata, []
    targets = [
        folder / v2_folder(names.name, float(np.abs(grid.steps)[0]), names.version)
        for grid in plan.grids
    ]
    for target in targets:
        target.mkdir()
    volumes = stage(progress, 0, VOLUMES_SHARE)
    package = plan.package
    volumes(0, "annotation")
    for target, level in zip(
        targets, plan.read_levels(package.datasets[package.annotation]), strict=True
    ):
        _write_tiff(target / "annotation.tiff", CastArray.to(level.raw, np.uint32))
    for n, (name, image) in enumerate(plan.images.items()):
        volumes((n + 1) / (len(plan.images) + 2), name)
        levels, note = image_levels(plan, image)
        notes += [note] if note else []
        for target, values in zip(targets, levels, strict=True):
            _write_tiff(target / f"{file_name(name)}.tiff", values)
    if plan.hemispheres.symmetric is False:
        for target, level in zip(targets, plan.hemisphere_levels(), strict=True):
            _write_tiff(target / "hemispheres.tiff", level.raw)
    volumes(0.9, "other volumes")
    write_others(plan, targets)
    structures = structures_of(package.region_map)
    for target, grid in zip(targets, plan.grids, strict=True):
        metadata = v2_metadata(plan, grid)
        write_json(target / "metadata.json", metadata)
        write_json(target / "structures.json", structures)
        write_structures_csv(target / "structures.csv", structures)
        write_readme(target / "README.txt", metadata, package.region_map)
    described, more = write_obj_meshes(plan, targets, stage(progress, VOLUMES_SHARE, 1))
    return WrittenPackages(targets, described, (*notes, *more))


def v2_metadata(plan: PackagePlan, grid: VoxelGrid) -> dict[str, Any]:
    """Return the metadata of one resolution, BrainGlobe's keys first, then the source's own."""
    own = {
        "name": plan.metadata.name,
        "citation": plan.metadata.citation,
        "atlas_link": plan.metadata.atlas_link,
        "species": plan.metadata.species,
        "symmetric": bool(plan.hemispheres.symmetric),
        "resolution": [float(s) for s in np.abs(grid.steps)],
        "orientation": plan.package.orientation,
        "version": plan.metadata.version,
        "shape": list(grid.shape),
        "additional_references": list(plan.reference_names),
        "atlas_packager": plan.metadata.atlas_packager,
    }
    extra = {k: v for k, v in plan.metadata.extra.items() if k not in own}
    return {**own, **extra}


def _write_tiff(path: Path, values: SliceableArray) -> None:
    """Write an uncompressed stack of pages, as BrainGlobe does: so it can be memory-mapped."""
    size = int(np.prod(values.shape)) * values.dtype.itemsize
    tifffile.imwrite(
        path,
        _iterate_planes(values),
        shape=values.shape,
        dtype=values.dtype,
        photometric="minisblack",
        bigtiff=size > CLASSIC_TIFF_BYTES,
    )


def _iterate_planes(values: SliceableArray) -> Iterator[NDArray[Any]]:
    """Yield planes along axis 0; many are read at once, since a turned volume is crosswise."""
    step = planes_in_slab(values.shape, values.dtype.itemsize)
    for planes in slabs(0, values.shape[0], step):
        yield from np.ascontiguousarray(values[planes])
