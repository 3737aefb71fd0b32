"""3D Slicer's segmentations (.seg.nrrd) as atlases: segments are regions with their colors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError, HierarchyError
from ...core.package import Assumption, Dataset, Package
from ...core.regions.region_map import RegionMap
from ...core.space.grid import VoxelGrid
from ...core.space.volume import VoxelData
from ...formats.nrrd.segmentation import Segment, Segmentation, read_seg_nrrd
from ...formats.volume_header import SEGMENTATION_SUFFIX, volume_stem

LAYOUT = "segmentation"


def is_segmentation_file(path: Path) -> bool:
    """Return whether a file's name is that of a segmentation."""
    return path.name.lower().endswith(SEGMENTATION_SUFFIX)


def read_segmentation(path: Path, region_map: RegionMap | None = None) -> Package:
    """Describe a segmentation as an annotation of its segments.

    An annotation holds one region per voxel. Layers that share no voxel are joined; of layers
    that overlap, the first is the annotation and the others are datasets.
    """
    segmentation = read_seg_nrrd(path)
    layers, segments = segmentation.layers, segmentation.segments
    names = [volume_stem(path), *(f"layer {n}" for n in range(1, len(layers)))]
    assumptions = [Assumption("names", note) for note in segmentation.notes]
    shared = _count_shared_voxels(layers)
    if len(layers) > 1 and not shared:
        layers, segments = _join_layers(segmentation)
        names = names[:1]
        statement = (
            f"{len(segmentation.layers)} layers, which share no voxel, are joined; regions are "
            f"numbered in the order of the segments"
        )
        assumptions.append(Assumption("layers", statement))
    elif shared:
        others = ", ".join(s.name for s in segments if s.layer)
        statement = (
            f"{shared} voxels are in several segments; regions are those of the first layer, "
            f"{others} are in the datasets {', '.join(names[1:])}"
        )
        assumptions.append(Assumption("layers", statement))
    datasets = {
        name: Dataset(name, "annotation", _make_loader(layer, segmentation.grid), path)
        for name, layer in zip(names, layers, strict=True)
    }
    return Package(
        name=path.name,
        layout=LAYOUT,
        grid=segmentation.grid,
        region_map=region_map or _make_regions(segments, path),
        datasets=datasets,
        annotation=names[0],
        path=path,
        metadata={"segments": [s.name for s in segments]},
        orientation=segmentation.orientation,
        assumptions=(*assumptions, *segmentation.header.assumptions),
        resolution_known=segmentation.header.spacing_known,
    )


def _count_shared_voxels(layers: Sequence[NDArray[Any]]) -> int:
    """Count the voxels that are not 0 in more than one layer."""
    seen = layers[0] != 0
    shared = np.zeros_like(seen)
    for layer in layers[1:]:
        shared |= seen & (layer != 0)
        seen |= layer != 0
    return int(np.count_nonzero(shared))


def _join_layers(
    segmentation: Segmentation,
) -> tuple[tuple[NDArray[Any], ...], tuple[Segment, ...]]:
    """Return one layer of numbers in the order of the segments, and segments with these numbers.

    Values that belong to no segment get the numbers after them.
    """
    joined = np.zeros(segmentation.grid.shape, np.uint32)
    segments = []
    free = len(segmentation.segments) + 1
    for index, layer in enumerate(segmentation.layers):
        listed = set()
        for number, segment in enumerate(segmentation.segments, 1):
            if segment.layer == index:
                joined[layer == segment.label_value] = number
                listed.add(segment.label_value)
        for value in sorted({*np.unique(layer).tolist()} - listed - {0}):
            joined[layer == value] = free
            free += 1
    for number, segment in enumerate(segmentation.segments, 1):
        segments.append(replace(segment, label_value=number, layer=0))
    return (joined,), tuple(segments)


def _make_loader(layer: NDArray[Any], grid: VoxelGrid) -> Callable[[], VoxelData]:
    return lambda: VoxelData.from_grid(layer, grid)


def _make_regions(segments: Sequence[Segment], path: Path) -> RegionMap:
    rows = []
    for segment in segments:
        if segment.layer or not segment.label_value:
            continue
        row: dict[str, Any] = {
            "id": segment.label_value,
            "acronym": segment.name,
            "name": segment.name,
        }
        if segment.color is not None:
            row["rgb_triplet"] = [round(255 * c) for c in segment.color]
        rows.append(row)
    if not rows:
        raise AtlasFileError(path, "no segment in its first layer", "one at least")
    try:
        return RegionMap.flat(rows, root_name=f"all segments of {path.name}")
    except HierarchyError as exc:
        raise AtlasFileError(path, str(exc)) from exc
