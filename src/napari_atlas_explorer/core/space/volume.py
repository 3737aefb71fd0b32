"""Volumes placed in the world: `VoxelData` and `ROIMask`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError
from ..peer_names import refuse_in_place
from .boxes import box_inside, box_of
from .grid import VoxelGrid
from .placed_volume import PlacedVolume, format_numbers


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


# ---- `VoxelData` ---------------------------------------------------------------------------------

UM3_PER = {"mm3": 1e9, "um3": 1.0}
"""Cubic micrometers in each unit that densities are counted in."""


class VoxelData(PlacedVolume):
    """Values on a regular grid of voxels (voxcell's ``VoxelData``).

    Operators, ufuncs and reductions work as on an array and answer plain arrays.

    In the examples of its members ``volume`` is
    ``VoxelData(np.arange(24).reshape(2, 3, 4), (25, 25, 25))``, ``atlas`` is
    ``open_atlas("sample")``, and ``folder`` the `Path` of a folder to write to.

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

        Examples
        --------
        >>> volume.with_data(np.ones((2, 3, 4))).sum().item()
        24.0
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

        Examples
        --------
        >>> volume.filter(lambda centers: centers[:, 0] < 25)[:, 2, 3].tolist()
        [11, 0]
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

        Examples
        --------
        >>> volume.clip([[0, 0, 0], [25, 50, 100]], na_value=-1)[0, :, 0].tolist()
        [0, 4, -1]
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

        Examples
        --------
        >>> compacted = volume.compact(na_values=range(12))
        >>> compacted.shape, compacted.offset.tolist()
        ((1, 3, 4), [25.0, 0.0, 0.0])
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

        Examples
        --------
        >>> VoxelData.reduce(np.add, [volume, volume]).max().item()
        46
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
        """Number of voxels whose value is one of ``values`` (scalar volumes).

        >>> volume.count([3, 5, 99])
        2
        """
        return int(np.isin(self._raw, np.asarray(_as_list(values))).sum())

    def volume(self, values: ArrayLike) -> float:
        """Return the volume (µm³) of the voxels whose value is one of ``values``.

        >>> volume.volume([3, 5])
        31250.0
        """
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

        Examples
        --------
        >>> density = VoxelData(np.full((2, 3, 4), 1000.0), (100, 100, 100))
        >>> density.integrate(per="mm3")
        24.0
        """
        axes = tuple(range(self.ndim))
        total = np.sum(self.raw, axis=axes, dtype=np.float64) * self.voxel_volume_in(per)
        return total if total.ndim else float(total)

    def voxel_volume_in(self, unit: str) -> float:
        """Return the volume of a voxel in "mm3" or "um3".

        >>> volume.voxel_volume_in("um3"), volume.voxel_volume_in("mm3")
        (15625.0, 1.5625e-05)
        """
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
        """Build a mask that is False everywhere but in a box, where it is ``inside``.

        >>> mask = ROIMask.from_box(volume.grid, np.s_[:1, :2, :], np.ones((1, 2, 4), bool))
        >>> mask.shape, int(mask.sum())
        ((2, 3, 4), 8)
        """
        raw = np.zeros(grid.shape, bool)
        raw[box] = inside
        return cls.from_grid(raw, grid)
