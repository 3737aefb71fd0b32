"""Levels of large images that are looked at where they lie: those of OME-Zarr."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..core.errors import AtlasError
from ..core.package import Dataset
from .volume_formats import ZARR_SUFFIXES

Levels = Callable[[Callable[[AtlasError], None]], Sequence[Any]]


def levels_of(data: Dataset, shape: tuple[int, ...]) -> Levels | None:
    """What gives the stored levels of an image as dask arrays; None for what holds none.

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
    from ..files.ome_zarr import read_ome_zarr_header
    from ..files.zarr_voxels import can_be_seen, coarser_levels, dask_levels

    levels = read_ome_zarr_header(data.path).levels
    finest = next(level for level in levels if level.shape == shape)
    if not can_be_seen(finest):
        return None
    stored = [finest, *filter(can_be_seen, coarser_levels(levels, finest))]
    return lambda told: dask_levels(stored, told)
