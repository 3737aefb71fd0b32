"""Large packages: volumes read by block or lazily from the file."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ...core.errors import AtlasError, CacheError
from ...core.package import Dataset, Package
from ...core.progress import Progress
from ...core.regions.rank_volume import RankVolume
from ...core.regions.region_map import RegionMap
from ...core.space.grid import VoxelGrid
from ...core.space.volume import VoxelData
from ...core.text import parse_bytes
from ...formats.common.blocks import BlockSource
from ...formats.volume_header import NRRD_SUFFIXES, TIFF_SUFFIXES, ZARR_SUFFIXES
from .converted import load_converted
from .notes import note_repair
from .ranks import large_annotation

# ---- Lazy levels of large OME-Zarr images --------------------------------------------------------

Levels = Callable[[Callable[[AtlasError], None]], Sequence[Any]]


def levels_of(data: Dataset, shape: tuple[int, ...]) -> Levels | None:
    """Return the stored levels of an image as dask arrays; None where there are none.

    Parameters
    ----------
    data
        The dataset.
    shape
        Of the atlas: its level is the finest, and what is coarser follows.
    """
    if data.kind != "image" or data.path is None:
        return None
    if not data.path.name.lower().endswith(ZARR_SUFFIXES):
        return None
    from ...formats.ome_zarr.lazy import coarser_levels, dask_levels, has_fast_planes
    from ...formats.ome_zarr.reader import read_ome_zarr_header

    levels = read_ome_zarr_header(data.path).levels
    finest = next(level for level in levels if level.shape == shape)
    if not has_fast_planes(finest):
        return None
    stored = [finest, *filter(has_fast_planes, coarser_levels(levels, finest))]
    return lambda told: dask_levels(stored, told)


# ---- Large datasets, as blocks -------------------------------------------------------------------

LARGE_VARIABLE = "ATLAS_EXPLORER_LARGE_BYTES"
LARGE_BYTES = 20_000_000
"""Stored bytes from which on a volume is not read whole: a 25 µm mouse annotation has 0.3 · 10⁹,
one of 50 µm 39 · 10⁶. Below, reading takes less time than looking into the cache saves."""


NEVER_WHOLE = 1_000_000_000
"""Bytes from which on a volume is not even read whole where the cache cannot be used."""

WIDEST = 8
"""Bytes of a voxel at the most: no file is opened to see that a volume is small."""


def large_bytes() -> int:
    """Return the limit of large volumes, or the environment's (ATLAS_EXPLORER_LARGE_BYTES)."""
    stated = parse_bytes(os.environ.get(LARGE_VARIABLE, ""))
    return LARGE_BYTES if stated is None else stated


def blocks_of(data: Dataset, shape: tuple[int, ...]) -> BlockSource | None:
    """Return blocks of a dataset's file; None where small, in memory, or of another format.

    Parameters
    ----------
    data
        The dataset.
    shape
        Of its volume: the level of a Zarr volume, and a check of all others.
    """
    path = data.path
    if path is None or not path.exists() or WIDEST * math.prod(shape) < large_bytes():
        return None
    try:
        source = _open_source(path, shape)
    except AtlasError:
        return None  # loading it reports the error
    if source is None or source.shape != shape:
        return None
    size = math.prod(source.shape) * source.dtype.itemsize
    return source if size >= large_bytes() else None


def _open_source(path: Path, shape: tuple[int, ...]) -> BlockSource | None:
    name = path.name.lower()
    if name.endswith(NRRD_SUFFIXES):
        from ...formats.nrrd.blocks import nrrd_blocks
        from ...formats.nrrd.header import read_nrrd_header

        return nrrd_blocks(read_nrrd_header(path))
    if name.endswith(TIFF_SUFFIXES):
        from ...formats.tiff.reader import read_tiff_header, tiff_blocks

        return tiff_blocks(read_tiff_header(path))
    if name.endswith(ZARR_SUFFIXES):
        from ...formats.ome_zarr.lazy import zarr_blocks
        from ...formats.ome_zarr.reader import read_ome_zarr_header

        levels = read_ome_zarr_header(path).levels
        fitting = [level for level in levels if level.shape == shape]
        return zarr_blocks(fitting[0]) if fitting else None
    return None


# ---- Packages with large volumes -----------------------------------------------------------------


def map_large_volumes(package: Package) -> Package:
    """Return the package with its large volumes memory-mapped instead of read.

    The annotation becomes ranks in the cache; images are cached in slice order, except
    those that the file stores so already. Chunked images also have levels, which are read
    lazily from the file. Small packages are unchanged.
    """
    shape = package.grid.shape
    sources = {name: blocks_of(data, shape) for name, data in package.datasets.items()}
    large = {name: source for name, source in sources.items() if source is not None}
    if not large:
        return package
    datasets = {
        name: _map_dataset(data, large[name], package.grid) if name in large else data
        for name, data in package.datasets.items()
    }
    annotation = large.get(package.annotation)
    data = package.datasets[package.annotation]
    make = None if annotation is None else partial(_make_ranks, annotation, data)
    peek = None
    if annotation is not None and annotation.has_fast_lookup:
        peek = partial(_read_voxel, annotation)
    return replace(package, datasets=datasets, make_ranks=make, peek=peek)


def _make_ranks(
    source: BlockSource, data: Dataset, regions: RegionMap, grid: VoxelGrid, report: Progress
) -> RankVolume:
    try:
        return large_annotation(source, regions, grid, report)
    except CacheError as exc:
        _require_readable_whole(source, exc)
        return RankVolume.from_ids(data.load().raw, regions, grid)


def _require_readable_whole(source: BlockSource, exc: CacheError) -> None:
    """Note that a volume is read whole since the cache cannot be used; raise where it is too large.

    Also where the user has stated from which size on nothing is read whole.
    """
    size = math.prod(source.shape) * source.dtype.itemsize
    if LARGE_VARIABLE in os.environ or size >= NEVER_WHOLE:
        raise exc
    note_repair(f"{source.path}: read whole each time, since the cache cannot be used ({exc})")


def _read_voxel(source: BlockSource, index: tuple[int, ...]) -> int:
    return int(source.value_at(index))


def _map_dataset(data: Dataset, source: BlockSource, grid: VoxelGrid) -> Dataset:
    def load() -> VoxelData:
        if source.is_mapped_in_order and source.mapped is not None:
            return VoxelData.from_grid(source.mapped(), grid)
        try:
            return VoxelData.from_grid(load_converted(source), grid)
        except CacheError as exc:
            _require_readable_whole(source, exc)
            return data.load()

    levels = levels_of(data, grid.shape)
    at_once = source.is_mapped_in_order or levels is not None
    return replace(data, load=load, levels=levels, at_once=at_once)
