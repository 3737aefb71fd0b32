"""What a v3 package holds for neuroglancer beside the meshes: segments, and their names."""

from __future__ import annotations

from pathlib import Path

from ..files.ome_zarr_writer import Sliceable
from ..files.precomputed_writer import write_segment_properties, write_segmentation
from .blueprint import Blueprint


def write_precomputed_annotation(blueprint: Blueprint, folder: Path, ids: Sliceable) -> None:
    """Write the finest labels and the name of each region; ``mesh`` is written beside them."""
    regions = blueprint.package.region_map
    rows = []
    for rank in range(1, len(regions) + 1):
        row = regions.row(rank)
        rows.append((int(row["id"]), f"{row['acronym']}: ({row['name']})"))
    steps = [float(abs(s)) for s in blueprint.grids[0].steps]
    meshes = blueprint.meshes.source != "none"
    write_segmentation(folder, ids, (steps[0], steps[1], steps[2]), meshes=meshes)
    write_segment_properties(folder, rows)
