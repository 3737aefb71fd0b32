"""Volumes placed in the world: `VoxelData` and `ROIMask`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from ..errors import ArgumentError, OutsideError
from ..peer_names import accept_keywords, refuse_in_place
from .array_operations import ArrayOperations
from .boxes import box_inside, box_of
from .exchange import save, to_nibabel, to_xarray
from .grid import VoxelGrid

if TYPE_CHECKING:
    from pathlib import Path


# ---- Predicates ----------------------------------------------------------------------------------


def evaluate_predicate(
    predicate: Callable[[NDArray[np.float64]], NDArray[np.bool_]], centers: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Answer of a predicate for centers ``(n, ndim)``, or raise if it is not ``(n,)`` booleans."""
    answer = np.asarray(predicate(centers))
    if answer.dtype != bool or answer.size != len(centers):
        raise ArgumentError(
            f"the predicate gave {answer.dtype} of shape {answer.shape}; "
            f"expected ({len(centers)},) booleans"
        )
    return answer.reshape(len(centers))


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
        array = np.asarray(raw)
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
        """Place an array on a grid, which may be oblique."""
        array = np.asarray(raw)
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
        """The values, ``(*shape, *payload_shape)``."""
        return self._raw

    @property
    def grid(self) -> VoxelGrid:
        """Placement of the volume."""
        return self._grid

    @property
    def voxel_dimensions(self) -> NDArray[np.float64]:
        """Signed voxel size along each axis, µm; a copy, which may be changed to other units."""
        return self._grid.steps.copy()

    @property
    def offset(self) -> NDArray[np.float64]:
        """World position (µm) of the corner of voxel (0, 0, 0); a copy."""
        return self._grid.corner.copy()

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
    def size(self) -> int:
        """Number of values, payloads included."""
        return self._raw.size

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
        """Put found values where ``inside``, ``outer_value`` elsewhere, in a dtype for both."""
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


# ---- `VoxelData` ---------------------------------------------------------------------------------

UM3_PER = {"mm3": 1e9, "um3": 1.0}
"""Cubic micrometers in each unit that densities are counted in."""


class VoxelData(PlacedVolume):
    """Values on a regular grid of voxels (voxcell's ``VoxelData``).

    Operators, ufuncs and reductions work as on an array and answer plain arrays.

    Parameters
    ----------
    raw
        Array of shape ``(*shape, *payload_shape)``: the grid's axes first, then the payload's
        (a vector or matrix per voxel), if any.
    voxel_dimensions
        Signed size of a voxel along each axis, µm; its length is the number of grid axes.
    offset
        World position (µm) of the corner of voxel (0, 0, 0); zeros if not given.

    Examples
    --------
    >>> volume = VoxelData(np.arange(8).reshape(2, 2, 2), (25, 25, 25))
    >>> volume.raw[volume > 5].tolist(), int((volume * 2).max()), np.mean(volume).item()
    ([6, 7], 14, 3.5)
    """

    def with_data(self, raw: ArrayLike) -> VoxelData:
        """Place another array of the same grid shape on this grid, as an object of this class.

        Raises
        ------
        ArgumentError
            If the array has another shape, or values that this class cannot hold; then
            ``VoxelData.from_grid(raw, volume.grid)`` takes them.
        """
        return self._like(np.asarray(raw), self._grid)

    def _like(self, raw: NDArray[Any], grid: VoxelGrid) -> Self:
        new = type(self).from_grid(raw, grid)
        new.nrrd_fields = self.nrrd_fields
        return new

    def filter(
        self,
        predicate: Callable[[NDArray[np.float64]], NDArray[np.bool_]],
        inplace: bool = False,
    ) -> Self:
        """Keep the voxels whose centers satisfy a predicate; the others become zero (voxcell).

        Parameters
        ----------
        predicate
            Takes ``(n, ndim)`` centers in µm and gives ``(n,)`` booleans; called plane by
            plane, so that the centers of the whole volume are never in memory at once.
        inplace
            May only be False: a volume is never changed.
        """
        refuse_in_place(inplace, "volume = volume.filter(predicate)")
        kept = self.raw.copy()
        for i in range(self.shape[0]):
            wanted = evaluate_predicate(predicate, self._plane_of_centers(i))
            kept[i][~wanted.reshape(self.shape[1:])] = 0
        return self._like(kept, self._grid)

    def _plane_of_centers(self, i: int) -> NDArray[np.float64]:
        rest = np.indices(self.shape[1:]).reshape(self.ndim - 1, -1).T
        first = np.full((len(rest), 1), i)
        return self._grid.to_world(np.concatenate([first, rest], axis=1) + 0.5)

    def clip(self, bbox: ArrayLike, na_value: Any = 0, inplace: bool = False) -> Self:
        """Set all voxels that do not lie wholly inside a box to a value (voxcell).

        Parameters
        ----------
        bbox
            ``(2, ndim)`` lowest and highest corner of the box, µm.
        na_value
            Value of the voxels outside the box.
        inplace
            May only be False: a volume is never changed.

        Raises
        ------
        ArgumentError
            If no voxel lies wholly inside the box.
        """
        refuse_in_place(inplace, "volume = volume.clip(bbox)")
        box = box_inside(self._grid, bbox)
        clipped = np.full_like(self.raw, na_value)
        clipped[box] = self.raw[box]
        return self._like(clipped, self._grid)

    def compact(self, na_values: Iterable[Any] = (0,), inplace: bool = False) -> Self:
        """Crop to the smallest box that holds every voxel with another value (voxcell).

        Parameters
        ----------
        na_values
            Values that may be cut off; NaN is one of them where it is listed. A voxel with a
            payload is cut off where all its components are such values.
        inplace
            May only be False: a volume is never changed.

        Raises
        ------
        ArgumentError
            If nothing would be left.
        """
        refuse_in_place(inplace, "volume = volume.compact()")
        box = box_of(self.raw, self.ndim, na_values)
        corner = self._grid.to_world([span.start for span in box])
        affine = self._grid.affine.copy()
        affine[:-1, -1] = corner
        kept = self.raw[box].copy()
        return self._like(kept, VoxelGrid(kept.shape[: self.ndim], affine))

    @staticmethod
    def reduce(
        function: Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]],
        iterable: Iterable[VoxelData],
    ) -> VoxelData:
        """Combine the values of several volumes of one grid, two at a time (voxcell).

        Of one volume it gives a copy. The result has the first one's class.

        Raises
        ------
        ArgumentError
            If there is no volume, or their grids differ.
        """
        volumes = list(iterable)
        if not volumes:
            raise ArgumentError("no volume to reduce; expected at least one")
        first = volumes[0]
        for n, other in enumerate(volumes[1:], 2):
            if not first.grid.matches(other.grid):
                raise ArgumentError(
                    f"the grid of volume {n} is {other.shape} of "
                    f"{format_numbers(other.grid.steps)} µm; expected the first one's, "
                    f"{first.shape} of {format_numbers(first.grid.steps)} µm"
                )
        raws = [volume.raw for volume in volumes]
        return first.with_data(reduce(function, raws) if len(raws) > 1 else raws[0].copy())

    def count(self, values: ArrayLike) -> int:
        """Number of voxels whose value is one of ``values`` (scalar volumes)."""
        return int(np.isin(self._raw, np.asarray(_as_list(values))).sum())

    def volume(self, values: ArrayLike) -> float:
        """Return the volume (µm³) of the voxels whose value is one of ``values``."""
        return self.count(values) * self.voxel_volume

    def integrate(self, per: str) -> Any:
        """Sum of value × voxel volume: the count of what a density volume holds.

        Parameters
        ----------
        per
            Volume that the density is counted in: "mm3" (as VoxelBrain's cell densities) or
            "um3". There is no default, since a wrong one is wrong by 10⁹.

        Returns
        -------
        A float for scalars, else an array of the payload's shape. NaN where a value is NaN.
        """
        axes = tuple(range(self.ndim))
        total = np.sum(self.raw, axis=axes, dtype=np.float64) * self.voxel_volume_in(per)
        return total if total.ndim else float(total)

    def voxel_volume_in(self, unit: str) -> float:
        """Return the volume of a voxel in "mm3" or "um3"."""
        if unit not in UM3_PER:
            raise ArgumentError(f"volume unit {unit!r}; expected {' or '.join(map(repr, UM3_PER))}")
        return self.voxel_volume / UM3_PER[unit]


def _as_list(values: Any) -> Any:
    return list(values) if isinstance(values, set | frozenset) else values


class ROIMask(VoxelData):
    """A boolean volume; made from bool, int8 or uint8 (non-zero is True), others are refused.

    The types are those that VoxelBrain stores masks in; a wider integer is more likely an
    annotation that was passed by mistake.

    Examples
    --------
    >>> mask = ROIMask(np.array([[[0, 1], [1, 1]]], "uint8"), (25, 25, 25))
    >>> int(mask.sum()), mask.lookup((10, 10, 40)).item()
    (3, True)
    """

    def _repr_html_(self) -> str:
        """Return what a notebook shows: voxels, mm³ and a picture."""
        from ...figures.notebook import mask_html

        return mask_html(self)

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
