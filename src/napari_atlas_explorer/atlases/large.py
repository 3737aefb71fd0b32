"""Packages whose volumes are too large to be read whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from ..core.annotation import Annotation
from ..core.grid import VoxelGrid
from ..core.package import Dataset, Package
from ..core.regions import RegionMap
from ..core.voxels import VoxelData
from ..files.block_source import BlockSource
from .converted import converted
from .lazy_levels import levels_of
from .rank_cache import large_annotation
from .volume_blocks import blocks_of


def with_large_volumes(package: Package) -> Package:
    """Package that maps its large volumes into memory instead of reading them.

    The annotation becomes ranks in the cache; images lie there in the order of slices, but for
    those that the file holds so already. Images in chunks also have levels, which are looked at
    where they lie. Small packages stay as they are.
    """
    shape = package.grid.shape
    found = {name: blocks_of(data, shape) for name, data in package.datasets.items()}
    large = {name: source for name, source in found.items() if source is not None}
    if not large:
        return package
    datasets = {
        name: _mapped(data, large[name], package.grid) if name in large else data
        for name, data in package.datasets.items()
    }
    annotation = large.get(package.annotation)
    make = None if annotation is None else partial(_labels, annotation)
    peek = None
    if annotation is not None and annotation.can_look:
        peek = partial(_peek, annotation)
    return replace(package, datasets=datasets, make_labels=make, peek=peek)


def _labels(
    source: BlockSource, regions: RegionMap, grid: VoxelGrid, report: Callable[[float], None]
) -> Annotation:
    return large_annotation(source, regions, grid, report)


def _peek(source: BlockSource, index: tuple[int, ...]) -> int:
    return int(source.value_at(index))


def _mapped(data: Dataset, source: BlockSource, grid: VoxelGrid) -> Dataset:
    def load() -> VoxelData:
        if source.is_mapped_in_order and source.mapped is not None:
            return VoxelData.from_grid(source.mapped(), grid)
        return VoxelData.from_grid(converted(source), grid)

    levels = levels_of(data, grid.shape)
    at_once = source.is_mapped_in_order or levels is not None
    return replace(data, load=load, levels=levels, at_once=at_once)
