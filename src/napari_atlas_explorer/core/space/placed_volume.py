"""Arrays placed in the world by a grid: what all volumes can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..arrays import FileMap
from ..errors import ArgumentError, OutsideError
from ..peer_names import accept_keywords
from .array_operations import ArrayOperations
from .exchange import save, to_nibabel, to_xarray
from .grid import VoxelGrid

if TYPE_CHECKING:
    from pathlib import Path


# ---- Gathering values ----------------------------------------------------------------------------


def take_voxels(raw: NDArray[Any], columns: Sequence[NDArray[np.intp]]) -> NDArray[Any]:
    """Return values ``(*leading, *payload)`` of voxels inside a volume.

    Parameters
    ----------
    raw
        ``(*shape, *payload)``.
    columns
        For each axis of the shape, indices of one leading shape; all inside.

    Notes
    -----
    An array that fills its memory in some order of its axes (a NRRD volume is read with its
    first axis fastest) is flat in that order, and one flat index is half the work of one index
    per axis: 17 ms against 40 for a million voxels. Other arrays are views with gaps.
    """
    ndim = len(columns)
    order = sorted(range(ndim), key=lambda axis: -raw.strides[axis])
    ordered = raw.transpose(*order, *range(ndim, raw.ndim))
    if not ordered.flags.c_contiguous:
        return np.asarray(raw[tuple(columns)])
    flat = np.zeros(columns[0].shape, np.intp)
    for axis in order:
        flat *= raw.shape[axis]
        flat += columns[axis]
    return np.asarray(ordered.reshape(-1, *raw.shape[ndim:]).take(flat, axis=0))


# ---- Placed volumes ------------------------------------------------------------------------------

KEPT_FIELDS = ("space", "kinds")


class PlacedVolume(ArrayOperations):
    """Values on a regular grid of voxels; see `VoxelData`."""

    def __init__(
        self, raw: ArrayLike, voxel_dimensions: ArrayLike, offset: ArrayLike | None = None
    ) -> None:
        array = raw if isinstance(raw, FileMap) else np.asarray(raw)
        steps = np.atleast_1d(np.asarray(voxel_dimensions, dtype=np.float64))
        if steps.ndim != 1 or steps.size > array.ndim:
            raise ArgumentError(
                f"{steps.size} voxel dimensions for an array of shape {array.shape}; "
                f"expected one per grid axis"
            )
        self._set(array, VoxelGrid.from_steps(array.shape[: steps.size], steps, offset))

    OUT_OF_BOUNDS = -1
    """Index of a position outside, in every component."""

    nrrd_fields: Mapping[str, Any] = MappingProxyType({})
    """``space`` and ``kinds`` of the NRRD file it was read from; kept when it is saved again."""

    def _set(self, raw: NDArray[Any], grid: VoxelGrid) -> None:
        self._raw = raw
        self._grid = grid
        self._check()

    @classmethod
    def from_grid(cls, raw: ArrayLike, grid: VoxelGrid) -> Self:
        """Place an array on a grid, which may be oblique.

        >>> VoxelData.from_grid(np.zeros(atlas.shape, "uint8"), atlas.grid)
        <VoxelData (216, 128, 180) uint8, 60 × 60 × 60 µm>
        """
        array = raw if isinstance(raw, FileMap) else np.asarray(raw)
        if array.shape[: grid.ndim] != grid.shape:
            raise ArgumentError(
                f"array of shape {array.shape} does not fit a grid of shape {grid.shape}"
            )
        new = cls.__new__(cls)
        new._set(array, grid)
        return new

    def _check(self) -> None:
        """Refuse values that the class cannot hold; for subclasses."""

    @classmethod
    @accept_keywords(nrrd_path="path")
    def load_nrrd(cls, path: str | Path, origin: str = "corner") -> Self:
        """Read an NRRD file; its ``space origin`` is the corner of voxel 0, or its center.

        Raises
        ------
        AtlasFileError
            If the file is not a readable NRRD volume.

        Examples
        --------
        >>> VoxelData.load_nrrd(atlas.fetch_data("reference"))
        <VoxelData (216, 128, 180) uint16, 60 × 60 × 60 µm>
        """
        from ...formats.nrrd.reader import read_nrrd

        volume = read_nrrd(path, origin=origin)
        new = cls.from_grid(volume.array, volume.grid)
        new.nrrd_fields = {k: v for k, v in volume.header.fields.items() if k in KEPT_FIELDS}
        return new

    @accept_keywords(nrrd_path="path")
    def save_nrrd(self, path: str | Path, encoding: str = "gzip", origin: str = "corner") -> None:
        """Write a NRRD with payload axes first; bool becomes uint8.

        Parameters
        ----------
        path
            Target; replaced in one step.
        encoding
            "gzip", "bzip2", "raw" or "ascii".
        origin
            Whether ``space origin`` is the "corner" of voxel 0, as voxcell and Allen take it, or
            its "centre", as ITK does; a key in the header says which.

        Examples
        --------
        >>> volume.save_nrrd(folder / "volume.nrrd")
        >>> VoxelData.load_nrrd(folder / "volume.nrrd")
        <VoxelData (2, 3, 4) int64, 25 × 25 × 25 µm>
        """
        from ...formats.nrrd.writer import write_nrrd

        write_nrrd(
            path, self.raw, self._grid, encoding=encoding, origin=origin, fields=self.nrrd_fields
        )

    save, to_nibabel, to_xarray = save, to_nibabel, to_xarray

    @classmethod
    def from_nibabel(cls, image: Any) -> Self:
        """Place the values of an image of nibabel; the world is RAS+, in µm, as of a file.

        Parameters
        ----------
        image
            Three axes, and those of the payload. Where it has neither sform nor qform its
            corner is at the origin.

        Examples
        --------
        >>> volume = VoxelData(np.zeros((2, 3, 4), "uint8"), (25, 25, 25), (100, 0, 0))
        >>> VoxelData.from_nibabel(volume.to_nibabel("lpi"))
        <VoxelData (2, 3, 4) uint8, 25 × 25 × 25 µm>
        """
        from ...formats.nifti.volumes import read_image

        return cls.from_grid(*read_image(image))

    # ---- what it is ------------------------------------------------------------------------

    @property
    def raw(self) -> NDArray[Any]:
        """The values, ``(*shape, *payload_shape)``.

        >>> volume.raw[1, 2].tolist()
        [20, 21, 22, 23]
        """
        return self._raw

    @property
    def grid(self) -> VoxelGrid:
        """Placement of the volume.

        >>> volume.grid.to_world((1, 0, 0)).tolist()
        [25.0, 0.0, 0.0]
        """
        return self._grid

    @property
    def voxel_dimensions(self) -> NDArray[np.float64]:
        """Signed voxel size along each axis, µm; a copy, which may be changed to other units.

        >>> (volume.voxel_dimensions / 1000).tolist()
        [0.025, 0.025, 0.025]
        """
        return self._grid.steps.copy()

    @property
    def offset(self) -> NDArray[np.float64]:
        """World position (µm) of the corner of voxel (0, 0, 0); a copy.

        >>> volume.offset.tolist()
        [0.0, 0.0, 0.0]
        """
        return self._grid.corner.copy()

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along each grid axis.

        >>> volume.shape
        (2, 3, 4)
        """
        return self._grid.shape

    @property
    def payload_shape(self) -> tuple[int, ...]:
        """Shape of the value of one voxel; ``()`` for scalars.

        >>> volume.payload_shape, atlas.load_data("orientation").payload_shape
        ((), (4,))
        """
        return tuple(self._raw.shape[self._grid.ndim :])

    @property
    def ndim(self) -> int:
        """Number of grid axes.

        >>> volume.ndim
        3
        """
        return self._grid.ndim

    @property
    def size(self) -> int:
        """Number of values, payloads included.

        >>> volume.size
        24
        """
        return self._raw.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the values.

        >>> volume.dtype
        dtype('int64')
        """
        return self._raw.dtype

    @property
    def bbox(self) -> NDArray[np.float64]:
        """Lowest and highest world position, ``(2, ndim)`` µm.

        >>> volume.bbox.tolist()
        [[0.0, 0.0, 0.0], [50.0, 75.0, 100.0]]
        """
        return self._grid.bbox

    @property
    def voxel_volume(self) -> float:
        """Volume of one voxel, µm³.

        >>> volume.voxel_volume
        15625.0
        """
        return self._grid.voxel_volume

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the values as a NumPy array."""
        return np.array(self._raw, dtype=dtype, copy=copy)

    def __getitem__(self, key: Any) -> Any:
        """Index the values as the array is indexed."""
        return self._raw[key]

    def __len__(self) -> int:
        """Return the number of planes along the first axis."""
        return len(self._raw)

    def __repr__(self) -> str:
        """Describe the class, shape, dtype and voxel size."""
        size = " × ".join(f"{s:g}" for s in self.voxel_dimensions)
        return f"<{type(self).__name__} {self._raw.shape} {self.dtype}, {size} µm>"

    # ---- lookups ---------------------------------------------------------------------------

    def positions_to_indices(
        self, positions: ArrayLike, strict: bool = True, keep_fraction: bool = False
    ) -> NDArray[Any]:
        """Return the voxel indices of world positions.

        Parameters
        ----------
        positions
            ``(..., ndim)`` µm; any leading shape. Of a volume of one axis, ``(...)`` will do.
        strict
            Raise for positions outside; else their indices are `OUT_OF_BOUNDS` in every
            component.
        keep_fraction
            Answer float64 index-space coordinates (2.5 is the middle of voxel 2) instead of
            integers.

        Raises
        ------
        OutsideError
            If ``strict`` and a position is outside or not a number; it names the first one.

        Examples
        --------
        >>> volume.positions_to_indices([30, 60, 99]).tolist()
        [1, 2, 3]
        >>> volume.positions_to_indices([[30, 60, 99], [-1, 0, 0]], strict=False).tolist()
        [[1, 2, 3], [-1, -1, -1]]
        """
        indices, inside = self._grid.locate(positions)
        if strict:
            self._require(inside, positions)
        if keep_fraction:
            q = np.clip(self._grid.to_index_space(positions), 0, np.nextafter(self.shape, 0))
            return np.where(inside[..., np.newaxis], q, -1.0).reshape(np.shape(positions))
        return indices.reshape(np.shape(positions))

    def _require(self, inside: NDArray[np.bool_], positions: ArrayLike) -> None:
        if not inside.all():
            points = np.asarray(positions, dtype=np.float64).reshape(-1, self.ndim)
            first = points[int(np.flatnonzero(~inside.ravel())[0])]
            low, high = self.bbox
            raise OutsideError(
                f"position {_format_exactly(first)} is outside the volume, which spans "
                f"{_format_exactly(low)} to {_format_exactly(high)} µm"
            )

    def indices_to_positions(self, indices: ArrayLike) -> NDArray[np.float64]:
        """Return the world positions (µm) of index-space coordinates.

        An integer is a voxel's lower corner; add 0.5 for its center. The answer has the shape of
        the indices: ``(..., ndim)``, or ``(...)`` of a volume of one axis.

        >>> volume.indices_to_positions([1.5, 0.5, 0.5]).tolist()
        [37.5, 12.5, 12.5]
        """
        return self._grid.to_world(indices).reshape(np.shape(indices))

    def lookup(self, positions: ArrayLike, outer_value: Any = None) -> NDArray[Any]:
        """Return the values at world positions.

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

        Examples
        --------
        >>> volume.lookup([30, 60, 99]).item(), volume.lookup([-1, 0, 0], outer_value=-7).item()
        (23, -7)
        """
        if outer_value is None:
            columns, inside = self._grid.locate_columns(positions)
            self._require(inside, positions)
            return take_voxels(self._raw, columns)
        columns, inside = self._grid.locate_columns(positions)
        found = take_voxels(self._raw, [column[inside] for column in columns])
        return self.fill_outside(found, inside, outer_value)

    def fill_outside(
        self, found: NDArray[Any], inside: NDArray[np.bool_], outer_value: Any
    ) -> NDArray[Any]:
        """Put found values where ``inside``, ``outer_value`` elsewhere, in a dtype for both.

        >>> volume.fill_outside(np.array([5]), np.array([True, False]), -1).tolist()
        [5, -1]
        """
        outer = np.asarray(outer_value)
        result = np.empty((*inside.shape, *self.payload_shape), _common_dtype(found.dtype, outer))
        result[...] = outer
        result[inside] = found
        return result


def _common_dtype(dtype: np.dtype[Any], outer: NDArray[Any]) -> np.dtype[Any]:
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


def format_numbers(values: Sequence[float] | NDArray[Any]) -> str:
    """Return numbers as they stand in a message: "(1, 2.5, 3)"."""
    return "(" + ", ".join(f"{float(v):.6g}" for v in values) + ")"


def _format_exactly(values: NDArray[np.float64]) -> str:
    """Return numbers with every digit: rounded, a position beside an edge looks inside."""
    return "(" + ", ".join(repr(v).removesuffix(".0") for v in values.tolist()) + ")"
