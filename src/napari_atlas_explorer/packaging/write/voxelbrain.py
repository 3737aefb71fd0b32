"""Writer of VoxelBrain folders: NRRD volumes, a nested hierarchy, and BrainGlobe's metadata."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...core.colors.region_colors import parse_rgb
from ...core.progress import StageProgress
from ...core.regions.region_map import RegionMap
from ...core.space.grid import VoxelGrid
from ...formats.nrrd.writer import write_nrrd
from ..plan.extra_volumes import QUICK, write_others
from ..plan.package_plan import PackagePlan
from .common import WrittenPackages, atlas_name, file_name, stage, write_json
from .meshes import write_obj_meshes

VOLUMES_SHARE = 0.4
NOT_IN_HIERARCHY = (
    "rgb_triplet",
    "color_hex_triplet",
    "structure_id_path",
    "parent_structure_id",
    "children",
    "graph_order",
    "depth",
)
"""Attributes that follow from the tree, or are written as Allen's ontology has them."""


def write_voxelbrain(plan: PackagePlan, folder: Path, progress: StageProgress) -> WrittenPackages:
    """Write one folder for each resolution, the finest first.

    Volumes and ``hierarchy.json`` are what voxcell opens. ``metadata.json`` keeps every key of
    BrainGlobe's, and ``meshes/ID.obj`` the surfaces, in µm.
    """
    package = plan.package
    name = file_name(plan.metadata.name or package.name)
    targets = [folder / atlas_name(name, float(np.abs(g.steps)[0])) for g in plan.grids]
    for target in targets:
        target.mkdir()
    volumes = stage(progress, 0, VOLUMES_SHARE)
    volumes(0, "annotation")
    levels = plan.read_levels(package.datasets[package.annotation])
    for target, level in zip(targets, levels, strict=True):
        ids = level.raw
        ids = ids.astype(np.uint32) if ids.dtype.kind == "f" or ids.dtype.itemsize == 8 else ids
        write_nrrd(target / "brain_regions.nrrd", ids, level.grid, QUICK)
    for n, (image, data) in enumerate(plan.images.items()):
        volumes((n + 1) / (len(plan.images) + 2), image)
        for target, level in zip(targets, plan.read_levels(data), strict=True):
            write_nrrd(target / f"{file_name(image)}.nrrd", level.raw, level.grid, QUICK)
    for target, level in zip(targets, plan.hemisphere_levels(), strict=False):
        write_nrrd(target / "hemisphere.nrrd", level.raw, level.grid, QUICK)
    volumes(0.9, "other volumes")
    write_others(plan, targets)
    for target, grid in zip(targets, plan.grids, strict=True):
        write_json(target / "hierarchy.json", nested_regions(package.region_map))
        write_json(target / "metadata.json", _make_metadata(plan, grid))
    meshes, notes = write_obj_meshes(plan, targets, stage(progress, VOLUMES_SHARE, 1))
    return WrittenPackages(targets, meshes, notes)


def nested_regions(regions: RegionMap) -> dict[str, Any]:
    """Return the nested hierarchy with Allen's color notation, and all other attributes."""
    nodes: list[dict[str, Any]] = [{}]
    for rank in range(1, len(regions) + 1):
        row = regions.row_of_rank(rank)
        node = {k: v for k, v in row.items() if k not in NOT_IN_HIERARCHY and v is not None}
        rgb = parse_rgb(row)
        if rgb is not None:
            node["color_hex_triplet"] = "".join(f"{v:02X}" for v in rgb)
        parent = int(regions.parent_ranks[rank])
        node["parent_structure_id"] = int(regions.ids[parent]) if parent else None
        node["children"] = []
        nodes.append(node)
        if parent:
            nodes[parent]["children"].append(node)
    return nodes[1]


def _make_metadata(plan: PackagePlan, grid: VoxelGrid) -> dict[str, Any]:
    """Return the metadata of one resolution, with the convention of the hemisphere volume."""
    values = {**plan.metadata.as_dict(), "resolution": [float(s) for s in np.abs(grid.steps)]}
    values["shape"] = list(grid.shape)
    values["additional_references"] = list(plan.reference_names)
    if plan.hemispheres.convention:
        values["hemisphere_convention"] = plan.hemispheres.convention
    return {k: v for k, v in values.items() if v is not None}
