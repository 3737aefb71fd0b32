"""Lazy multiscale data for volumes too large to be drawn whole."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atlases.cache.ranks import coarse_levels
from ..core.errors import AtlasError
from ..core.regions.rank_volume import RankVolume
from ..formats.common.blocks import ErrorCallback

# ---- Lazy volumes --------------------------------------------------------------------------------

EAGER_VOXELS = 1 << 22
"""Maximum voxels of a block that is computed eagerly."""


class LazyVoxels:
    """Lazy elementwise function of volumes of one shape, computed slice by slice.

    napari crops a multiscale volume to the view before it takes a plane of it: a large
    block stays as lazy as the volume was.

    Parameters
    ----------
    compute
        Computes the values of a part of the volumes.
    *volumes
        Arrays of one shape; views (broadcast, mapped) take no memory.
    dtype
        Of the function's result.
    """

    def __init__(
        self, compute: Callable[..., NDArray[Any]], *volumes: NDArray[Any], dtype: Any
    ) -> None:
        self._compute, self._volumes = compute, volumes
        self.dtype = np.dtype(dtype)
        self.shape, self.ndim, self.size = (volumes[0].shape, volumes[0].ndim, volumes[0].size)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Compute the whole volume."""
        return np.asarray(self._compute(*self._volumes), dtype=dtype)

    def __len__(self) -> int:
        """Return the length of the first axis."""
        return int(self.shape[0])

    def __getitem__(self, key: Any) -> Any:
        """Return values of a part; lazy itself where that is large and has all axes."""
        parts = [volume[key] for volume in self._volumes]
        if np.ndim(parts[0]) == self.ndim and parts[0].size > EAGER_VOXELS:
            return self._derive(parts)
        return self._compute(*parts)

    def transpose(self, *axes: int) -> LazyVoxels:
        """Return the same with its axes in another order."""
        return self._derive([volume.transpose(*axes) for volume in self._volumes])

    def flipped(self, axis: int) -> LazyVoxels:
        """Return the same, mirrored along an axis."""
        return self._derive([np.flip(volume, axis) for volume in self._volumes])

    def _derive(self, volumes: list[NDArray[Any]]) -> LazyVoxels:
        return LazyVoxels(self._compute, *volumes, dtype=self.dtype)


class FileVoxels(LazyVoxels):
    """Slices of a mapped file of the user's; zeros where it was changed, which is reported once.

    Parameters
    ----------
    volume
        The map, or a view of it.
    report
        Called with the error.
    """

    def __init__(self, volume: NDArray[Any], report: ErrorCallback) -> None:
        super().__init__(np.asarray, volume, dtype=volume.dtype)
        self._report = report

    def __getitem__(self, key: Any) -> Any:
        """Return values of a part."""
        try:
            return super().__getitem__(key)
        except AtlasError as exc:
            self._report(exc)
            return np.array(np.broadcast_to(np.zeros((), self.dtype), self.shape)[key])

    def _derive(self, volumes: list[NDArray[Any]]) -> LazyVoxels:
        return FileVoxels(volumes[0], self._report)


# ---- Multiscale data -----------------------------------------------------------------------------

DRAWN_WHOLE = 1 << 28
"""Maximum voxels of a volume on the GPU: four 25 µm mouse brains."""

COARSEST = 256
"""Maximum voxels along the longest axis of the level that 3-D draws."""


def is_large(shape: Sequence[int]) -> bool:
    """Return whether a volume is too large for 3-D."""
    return int(np.prod([int(n) for n in shape])) > DRAWN_WHOLE


def rank_levels(rank_volume: RankVolume) -> list[NDArray[Any]]:
    """Return ranks at every level to draw, finest first; one level if all can be drawn."""
    if not is_large(rank_volume.raw.shape):
        return [rank_volume.raw]
    return [rank_volume.raw, *(coarse_levels(rank_volume) or strided_levels(rank_volume.raw)[1:])]


def strided_levels(values: NDArray[Any]) -> list[NDArray[Any]]:
    """Return every second, fourth, … voxel; the coarsest in memory, others as views.

    napari draws the coarsest in 3-D, and in 2-D the one whose voxels are about a pixel.
    """
    if not is_large(values.shape):
        return [values]
    levels = [values, *_subsample(values)]
    levels[-1] = np.ascontiguousarray(levels[-1])
    return levels


def stored_levels(levels: Sequence[Any]) -> list[Any]:
    """Return the levels of a file that the viewer chooses from.

    Parameters
    ----------
    levels
        dask arrays, the finest first.

    Returns
    -------
    Those down to the first that is small enough for 3-D. Where none is, every second, fourth, …
    voxel of the coarsest follows, and a pass over that is made here. The last one is in memory:
    3-D, the thumbnail and the contrast are made of it.
    """
    small = [n for n, level in enumerate(levels) if max(level.shape) <= COARSEST]
    kept = list(levels[: small[0] + 1] if small else levels)
    if not small:
        kept += _subsample(kept[-1])
    # Copied block by block: a view would keep its whole block in memory.
    coarsest = kept[-1].map_blocks(np.array, dtype=kept[-1].dtype, meta=np.empty(0))
    kept[-1] = coarsest.compute()
    return kept


def mask_to_regions(level: Any, ranks: NDArray[Any]) -> Any:
    """Return a level of an image with NaN where the atlas's voxel at the center is no region.

    Parameters
    ----------
    level
        dask array of floats that spans what the ranks span, in as many voxels or fewer.
    ranks
        Of the atlas's grid.
    """
    return level.map_blocks(
        _RegionFilter(ranks, level.shape), dtype=level.dtype, meta=np.empty(0, level.dtype)
    )


@dataclass(frozen=True)
class _RegionFilter:
    ranks: NDArray[Any]
    shape: tuple[int, ...]
    name: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __dask_tokenize__(self) -> str:
        """Return a token without hashing all ranks."""
        return self.name

    def __call__(self, values: NDArray[Any], block_info: Any = None) -> NDArray[Any]:
        """Return the values of a block; dask gives its position."""
        place = block_info[0]["array-location"]
        centers = [
            ((np.arange(start, stop) + 0.5) * n / m).astype(np.intp)
            for (start, stop), n, m in zip(place, self.ranks.shape, self.shape, strict=True)
        ]
        inside = self.ranks[np.ix_(*centers)] > 0
        return np.where(inside, values, values.dtype.type(np.nan))


def _subsample(values: Any) -> list[Any]:
    """Return every second, fourth, … voxel until the longest axis is short."""
    levels: list[Any] = []
    step = 1
    while max(levels[-1].shape if levels else values.shape) > COARSEST:
        step *= 2
        picked = slice(step // 2, None, step)
        levels.append(values[picked, picked, picked])
    return levels


def view_at_level(values: NDArray[Any], level: int, shape: Sequence[int]) -> NDArray[Any]:
    """Return every 2ⁿth voxel of a volume as a view, cut to a level's shape."""
    picked = slice(2**level // 2, None, 2**level)
    seen = values[(picked,) * values.ndim]
    return seen[tuple(slice(0, size) for size in shape)]


def as_layer_data(levels: list[Any]) -> tuple[Any, dict[str, Any]]:
    """Return the data of a layer and the matching option."""
    if len(levels) == 1:
        return levels[0], {}
    return levels, {"multiscale": True}
