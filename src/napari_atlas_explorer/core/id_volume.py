"""Region ids seen through ranks: an annotation that is never kept as ids."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .annotation import Annotation
from .grid import VoxelGrid
from .voxels import VoxelData


class IdVolume(VoxelData):
    """Region id per voxel; ids of a slice or of positions are made from their ranks alone.

    ``raw`` makes the whole volume anew at each use: keep it if it is needed twice.
    """

    _labels: Annotation

    @classmethod
    def of(cls, labels: Annotation) -> IdVolume:
        """Give an annotation's ids."""
        new = cls.from_grid(labels.ranks, labels.grid)
        new._labels = labels
        return new

    def _like(self, raw: NDArray[Any], grid: VoxelGrid) -> VoxelData:  # type: ignore[override]
        # Other data on this grid is no longer seen through the annotation's ranks.
        return VoxelData.from_grid(raw, grid)

    @property
    def raw(self) -> NDArray[Any]:
        """All ids, made anew."""
        return self._labels.to_ids()

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the ids: uint32, or int64 where one needs it."""
        return self._table.dtype

    @property
    def _table(self) -> NDArray[Any]:
        return self._labels.id_table

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Give the ids to NumPy."""
        return np.asarray(self.raw, dtype=dtype)

    def __getitem__(self, key: Any) -> Any:
        """Ids of the indexed voxels."""
        return self._table[self._labels.ranks[key]]

    def lookup(self, positions: Any, outer_value: Any = None) -> NDArray[Any]:
        """Ids at world positions (µm); see `VoxelData.lookup`."""
        columns, inside = self.grid.locate_columns(positions)
        if outer_value is None:
            self._require(inside, positions)
            return np.asarray(self._table[self._labels.ranks_at(columns)])
        ids = self._table[self._labels.ranks_at([column[inside] for column in columns])]
        return self.fill_outside(ids, inside, outer_value)

    def count(self, values: Any) -> int:
        """Count the voxels that carry one of these ids."""
        ids = list(values) if isinstance(values, set | frozenset) else values
        return int(self._labels.counts[np.isin(self._labels.ids, np.asarray(ids))].sum())
