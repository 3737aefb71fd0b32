"""3D Slicer's segmentations (.seg.nrrd) as atlases: segments are regions with their colors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError
from ...core.package import Assumption, Dataset, Package
from ...core.regions.region_map import RegionMap
from ...core.space.volume import VoxelData
from ...formats.nrrd.segmentation import Segmentation, read_seg_nrrd
from ...formats.volume_header import SEGMENTATION_SUFFIX, volume_stem

LAYOUT = "segmentation"


def is_segmentation_file(path: Path) -> bool:
    """Return whether a file's name is that of a segmentation."""
    return path.name.lower().endswith(SEGMENTATION_SUFFIX)


def read_segmentation(path: Path, region_map: RegionMap | None = None) -> Package:
    """Describe a segmentation: its first layer is the annotation, others are datasets.

    Segments overlap only across layers, and an annotation holds one region per voxel.
    """
    segmentation = read_seg_nrrd(path)
    names = [volume_stem(path), *(f"layer {n}" for n in range(1, len(segmentation.layers)))]
    datasets = {
        name: Dataset(name, "annotation", _make_loader(segmentation, n), path)
        for n, name in enumerate(names)
    }
    assumptions = []
    if len(segmentation.layers) > 1:
        others = [s.name for s in segmentation.segments if s.layer]
        assumptions.append(
            Assumption(
                "layers",
                f"{len(segmentation.layers)} layers overlap; regions are those of the first, "
                f"{', '.join(others)} are in the datasets {', '.join(names[1:])}",
            )
        )
    return Package(
        name=path.name,
        layout=LAYOUT,
        grid=segmentation.grid,
        region_map=region_map or _make_regions(segmentation, path),
        datasets=datasets,
        annotation=names[0],
        path=path,
        metadata={"segments": [s.name for s in segmentation.segments]},
        orientation=segmentation.orientation,
        assumptions=tuple(assumptions),
        resolution_known=segmentation.header.spacing_known,
    )


def _make_loader(segmentation: Segmentation, layer: int) -> Callable[[], VoxelData]:
    return lambda: VoxelData.from_grid(segmentation.layers[layer], segmentation.grid)


def _make_regions(segmentation: Segmentation, path: Path) -> RegionMap:
    rows = []
    for segment in segmentation.segments:
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
    return RegionMap.flat(rows, root_name=f"all segments of {path.name}")
