"""Volumes that are worked out where they are looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORKED_OUT = 1 << 22
"""Voxels of a block that is worked out at once; of a larger one only a part of it is."""


class LazyVoxels:
    """What a function makes of volumes of one shape, slice by slice.

    napari cuts a multiscale volume to what is in view before it takes a plane of it: a large
    block stays as lazy as the volume was.

    Parameters
    ----------
    work_out
        Makes the values of a part of the volumes.
    *volumes
        Arrays of one shape; those that are only seen (broadcast, mapped) fill no memory.
    dtype
        Of what the function gives.
    """

    def __init__(
        self, work_out: Callable[..., NDArray[Any]], *volumes: NDArray[Any], dtype: Any
    ) -> None:
        self._work_out, self._volumes = work_out, volumes
        self.dtype = np.dtype(dtype)
        self.shape, self.ndim, self.size = (
            volumes[0].shape, volumes[0].ndim, volumes[0].size,
        )  # fmt: skip

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Work the whole volume out."""
        return np.asarray(self._work_out(*self._volumes), dtype=dtype)

    def __len__(self) -> int:
        """Length of the first axis."""
        return int(self.shape[0])

    def __getitem__(self, key: Any) -> Any:
        """Values of a part; lazy itself where that is large and has all axes."""
        parts = [volume[key] for volume in self._volumes]
        if np.ndim(parts[0]) == self.ndim and parts[0].size > WORKED_OUT:
            return self._like(parts)
        return self._work_out(*parts)

    def transpose(self, *axes: int) -> LazyVoxels:
        """The same with its axes in another order."""
        return self._like([volume.transpose(*axes) for volume in self._volumes])

    def flipped(self, axis: int) -> LazyVoxels:
        """The same, mirrored along an axis."""
        return self._like([np.flip(volume, axis) for volume in self._volumes])

    def _like(self, volumes: list[NDArray[Any]]) -> LazyVoxels:
        return LazyVoxels(self._work_out, *volumes, dtype=self.dtype)
