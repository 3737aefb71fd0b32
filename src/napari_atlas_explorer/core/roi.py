"""Region-of-interest masks."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ArgumentError
from .grid import VoxelGrid
from .voxels import VoxelData


class ROIMask(VoxelData):
    """A boolean volume; made from bool, int8 or uint8 (non-zero is True), others are refused.

    The types are those that VoxelBrain stores masks in; a wider integer is more likely an
    annotation that was passed by mistake.
    """

    def __init__(
        self, raw: ArrayLike, voxel_dimensions: ArrayLike, offset: ArrayLike | None = None
    ) -> None:
        super().__init__(raw, voxel_dimensions, offset)
        self._check()

    def _check(self) -> None:
        if self._raw.dtype not in (np.dtype(bool), np.dtype(np.int8), np.dtype(np.uint8)):
            raise ArgumentError(f"a mask of dtype {self._raw.dtype}; expected bool, int8 or uint8")
        self._raw = self._raw.astype(bool, copy=False)

    @classmethod
    def from_box(cls, grid: VoxelGrid, box: tuple[slice, ...], inside: NDArray[Any]) -> ROIMask:
        """Build a mask that is False everywhere but in a box, where it is ``inside``."""
        raw = np.zeros(grid.shape, bool)
        raw[box] = inside
        return cls.from_grid(raw, grid)
