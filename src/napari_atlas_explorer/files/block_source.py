"""Volumes that are read block by block: larger than what memory should hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compute.block_budget import slab_bytes


@dataclass(frozen=True)
class BlockSource:
    """A volume on disk that gives its values in slabs.

    Attributes
    ----------
    path
        The file, or folder of a Zarr array.
    shape, dtype
        Of the values.
    axis
        Along which slabs follow each other: the slowest in the file.
    thickness
        Planes of a slab; the last may have fewer.
    read
        Gives the slabs from a given one on, in their order.
    mapped
        Gives the values without reading them, where the file lies on the disk as they are; None
        where it does not.
    seen
        Gives what is indexed like the values and reads what is asked for (a Zarr array).
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    axis: int
    thickness: int
    read: Callable[[int], Iterator[NDArray[Any]]]
    mapped: Callable[[], NDArray[Any]] | None = None
    seen: Callable[[], Any] | None = None

    def value_at(self, index: tuple[int, ...]) -> Any:
        """Value of one voxel: of a mapped file, or of one chunk; None where all is to be read."""
        look = self.mapped or self.seen
        return None if look is None else look()[index]

    @property
    def can_look(self) -> bool:
        """Whether `value_at` has an answer."""
        return self.mapped is not None or self.seen is not None

    @property
    def n_slabs(self) -> int:
        """Number of slabs."""
        return -(-self.shape[self.axis] // self.thickness)

    @property
    def is_mapped_in_order(self) -> bool:
        """Whether slices along axis 0 can be had from the file at once."""
        return self.mapped is not None and self.axis == 0

    def where(self, slab: int) -> tuple[slice, ...]:
        """Place of a slab in the volume."""
        first = slab * self.thickness
        planes = slice(first, min(first + self.thickness, self.shape[self.axis]))
        return (*[slice(0, n) for n in self.shape[: self.axis]], planes,
                *[slice(0, n) for n in self.shape[self.axis + 1 :]])  # fmt: skip


def thickness_for(shape: Sequence[int], axis: int, itemsize: int, multiple: int = 1) -> int:
    """Planes of a slab of about `slab_bytes`, a multiple of a number if there are so many."""
    plane = itemsize * int(np.prod([n for k, n in enumerate(shape) if k != axis]))
    planes = max(1, min(slab_bytes() // max(plane, 1), shape[axis]))
    return max(multiple, planes - planes % multiple)


def mapped_slabs(
    values: Callable[[], NDArray[Any]], axis: int, thickness: int
) -> Callable[[int], Iterator[NDArray[Any]]]:
    """Slabs of values that are mapped into memory, in native byte order."""

    def read(first: int) -> Iterator[NDArray[Any]]:
        array = values()
        for start in range(first * thickness, array.shape[axis], thickness):
            part = array[(*[slice(None)] * axis, slice(start, start + thickness))]
            yield np.asarray(part, part.dtype.newbyteorder("="))

    return read
