"""A volume with its placement: `VoxelData`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from .errors import ArgumentError, OutsideError
from .grid import VoxelGrid

if TYPE_CHECKING:
    from pathlib import Path


class VoxelData:
    """Values on a regular grid of voxels (voxcell's ``VoxelData``).

    Parameters
    ----------
    raw
        Array of shape ``(*shape, *payload_shape)``: the grid's axes first, then the payload's
        (a vector or matrix per voxel), if any.
    voxel_dimensions
        Signed size of a voxel along each axis, µm; its length is the number of grid axes.
    offset
        World position (µm) of the corner of voxel (0, 0, 0); zeros if not given.
    """

    def __init__(
        self, raw: ArrayLike, voxel_dimensions: ArrayLike, offset: ArrayLike | None = None
    ) -> None:
        array = np.asarray(raw)
        steps = np.atleast_1d(np.asarray(voxel_dimensions, dtype=np.float64))
        if steps.ndim != 1 or steps.size > array.ndim:
            raise ArgumentError(
                f"{steps.size} voxel dimensions for an array of shape {array.shape}; "
                f"expected one per grid axis"
            )
        self._set(array, VoxelGrid.from_steps(array.shape[: steps.size], steps, offset))

    def _set(self, raw: NDArray[Any], grid: VoxelGrid) -> None:
        self._raw = raw
        self._grid = grid

    @classmethod
    def from_grid(cls, raw: ArrayLike, grid: VoxelGrid) -> Self:
        """Place an array on a grid, which may be oblique."""
        array = np.asarray(raw)
        if array.shape[: grid.ndim] != grid.shape:
            raise ArgumentError(
                f"array of shape {array.shape} does not fit a grid of shape {grid.shape}"
            )
        new = cls.__new__(cls)
        new._set(array, grid)
        new._check()
        return new

    def _check(self) -> None:
        """Refuse values that the class cannot hold; for subclasses."""

    @classmethod
    def load_nrrd(cls, path: str | Path, origin: str = "corner") -> Self:
        """Read an NRRD file; its ``space origin`` is the corner of voxel 0, or its centre.

        Raises
        ------
        AtlasFileError
            If the file is not a readable NRRD volume.
        """
        from ..files.nrrd import read_nrrd

        volume = read_nrrd(path, origin=origin)
        return cls.from_grid(volume.array, volume.grid)

    def save_nrrd(self, path: str | Path) -> None:
        """Write a gzip NRRD with payload axes first; bool becomes uint8, the origin the corner."""
        from ..files.nrrd_writer import write_nrrd

        write_nrrd(path, self.raw, self._grid)

    # ---- what it is ------------------------------------------------------------------------

    @property
    def raw(self) -> NDArray[Any]:
        """The values, ``(*shape, *payload_shape)``."""
        return self._raw

    @property
    def grid(self) -> VoxelGrid:
        """Placement of the volume."""
        return self._grid

    @property
    def voxel_dimensions(self) -> NDArray[np.float64]:
        """Signed voxel size along each axis, µm."""
        return self._grid.steps

    @property
    def offset(self) -> NDArray[np.float64]:
        """World position (µm) of the corner of voxel (0, 0, 0)."""
        return self._grid.corner

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along each grid axis."""
        return self._grid.shape

    @property
    def payload_shape(self) -> tuple[int, ...]:
        """Shape of the value of one voxel; ``()`` for scalars."""
        return tuple(self._raw.shape[self._grid.ndim :])

    @property
    def ndim(self) -> int:
        """Number of grid axes."""
        return self._grid.ndim

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values."""
        return self._raw.dtype

    @property
    def bbox(self) -> NDArray[np.float64]:
        """Lowest and highest world position, ``(2, ndim)`` µm."""
        return self._grid.bbox

    @property
    def voxel_volume(self) -> float:
        """Volume of one voxel, µm³."""
        return self._grid.voxel_volume

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Give the values to NumPy."""
        return np.array(self._raw, dtype=dtype, copy=copy)

    def __getitem__(self, key: Any) -> Any:
        """Index the values as the array is indexed."""
        return self._raw[key]

    def __repr__(self) -> str:
        """Describe the class, shape, dtype and voxel size."""
        size = " × ".join(f"{s:g}" for s in self.voxel_dimensions)
        return f"<{type(self).__name__} {self._raw.shape} {self.dtype}, {size} µm>"

    # ---- lookups ---------------------------------------------------------------------------

    def positions_to_indices(self, positions: ArrayLike, strict: bool = True) -> NDArray[np.intp]:
        """Voxel indices of world positions.

        Parameters
        ----------
        positions
            ``(..., ndim)`` µm; any leading shape.
        strict
            Raise for positions outside; else their indices are -1 in every component.

        Raises
        ------
        OutsideError
            If ``strict`` and a position is outside or not a number; it names the first one.
        """
        indices, inside = self._grid.locate(positions)
        if strict and not inside.all():
            points = np.asarray(positions, dtype=np.float64).reshape(-1, self.ndim)
            first = points[int(np.flatnonzero(~inside.ravel())[0])]
            low, high = self.bbox
            raise OutsideError(
                f"position {_figures(first)} is outside the volume, which spans "
                f"{_figures(low)} to {_figures(high)} µm"
            )
        return indices

    def indices_to_positions(self, indices: ArrayLike) -> NDArray[np.float64]:
        """World positions (µm) of index-space coordinates.

        An integer is a voxel's lower corner; add 0.5 for its centre.
        """
        return self._grid.to_world(indices)

    def lookup(self, positions: ArrayLike, outer_value: Any = None) -> NDArray[Any]:
        """Values at world positions.

        Parameters
        ----------
        positions
            ``(..., ndim)`` µm; any leading shape is kept.
        outer_value
            Answer for positions outside, in a dtype that holds it (-1 in an unsigned volume
            gives a signed answer); without it they raise `OutsideError`.

        Returns
        -------
        Array of shape ``(..., *payload_shape)``.
        """
        if outer_value is None:
            indices = self.positions_to_indices(positions, strict=True)
            return np.asarray(self._raw[tuple(np.moveaxis(indices, -1, 0))])
        indices, inside = self._grid.locate(positions)
        found = self._raw[tuple(np.moveaxis(indices[inside], -1, 0))]
        return self.fill_outside(found, inside, outer_value)

    def fill_outside(
        self, found: NDArray[Any], inside: NDArray[np.bool_], outer_value: Any
    ) -> NDArray[Any]:
        """Put found values where ``inside``, ``outer_value`` elsewhere, in a dtype for both."""
        outer = np.asarray(outer_value)
        result = np.empty((*inside.shape, *self.payload_shape), _dtype_for(found.dtype, outer))
        result[...] = outer
        result[inside] = found
        return result

    # ---- derived ---------------------------------------------------------------------------

    def with_data(self, raw: ArrayLike) -> VoxelData:
        """Place another array of the same grid shape on this grid (a plain `VoxelData`)."""
        return VoxelData.from_grid(raw, self._grid)

    def count(self, values: ArrayLike) -> int:
        """Number of voxels whose value is one of ``values`` (scalar volumes)."""
        return int(np.isin(self._raw, np.asarray(_listed(values))).sum())

    def volume(self, values: ArrayLike) -> float:
        """Volume (µm³) of the voxels whose value is one of ``values``."""
        return self.count(values) * self.voxel_volume


def _listed(values: Any) -> Any:
    return list(values) if isinstance(values, set | frozenset) else values


def _dtype_for(dtype: np.dtype[Any], outer: NDArray[Any]) -> np.dtype[Any]:
    """Return a dtype that holds an outer value beside a volume's own values."""
    if dtype.kind == outer.dtype.kind == "b":
        return dtype
    if np.issubdtype(dtype, np.integer) and np.issubdtype(outer.dtype, np.integer):
        info = np.iinfo(dtype)
        if outer.min() >= info.min and outer.max() <= info.max:
            return dtype
        ends = [np.min_scalar_type(int(end)) for end in (outer.min(), outer.max())]
        return np.result_type(dtype, *ends)
    if np.issubdtype(dtype, np.floating) and np.issubdtype(outer.dtype, np.number):
        return dtype
    return np.result_type(dtype, outer.dtype)


def _figures(values: Sequence[float] | NDArray[Any]) -> str:
    return "(" + ", ".join(f"{float(v):.6g}" for v in values) + ")"
