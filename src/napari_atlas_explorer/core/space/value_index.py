"""Index from a volume's values to their voxels (voxcell's `ValueToIndexVoxels`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import read_only
from ..errors import ArgumentError
from ..regions.runs import encode_runs


class ValueToIndexVoxels:
    """Indices of the voxels of each value, found once for all values (voxcell).

    Where many regions are visited one after the other, taking their voxels by index costs what
    each region measures; a mask costs what the volume measures.

    Parameters
    ----------
    values
        Label volume, of any shape; in C or Fortran order.

    Examples
    --------
    >>> index = ValueToIndexVoxels([[5, 5], [0, 5]])
    >>> index.value_to_indices(5).tolist()
    [[0, 0], [0, 1], [1, 1]]
    >>> index.ravel([[1.0, 2.0], [3.0, 4.0]])[index.value_to_1d_indices(5)].tolist()
    [1.0, 2.0, 4.0]
    """

    def __init__(self, values: ArrayLike) -> None:
        volume = np.asarray(values)
        if volume.ndim == 0:
            raise ArgumentError("a single value; expected a volume")
        self._shape = volume.shape
        self._order: Any = "C"
        if volume.flags.f_contiguous and not volume.flags.c_contiguous:
            self._order = "F"
        # Labels come in runs: sorting those and not the voxels is twenty times less to sort.
        runs = encode_runs(np.ascontiguousarray(volume.T if self._order == "F" else volume))
        self._values, codes = np.unique(runs.values, return_inverse=True)
        by_value = np.argsort(codes, kind="stable")
        starts, lengths = runs.starts[by_value], runs.lengths[by_value]
        ends = np.cumsum(lengths)
        steps = np.arange(volume.size) - np.repeat(ends - lengths, lengths)
        self._indices: NDArray[np.int64] = read_only(np.repeat(starts, lengths) + steps)
        counts = np.bincount(codes, weights=runs.lengths, minlength=len(self._values))
        self._bounds = np.concatenate([[0], np.cumsum(counts.astype(np.int64))])

    def __repr__(self) -> str:
        """Describe how many values of which type lie in which volume."""
        shape = " × ".join(map(str, self._shape))
        return (
            f"<ValueToIndexVoxels: {self.index_size} values ({self.index_dtype}) in {shape} voxels>"
        )

    @property
    def values(self) -> NDArray[Any]:
        """The volume's values, ascending, read-only.

        >>> ValueToIndexVoxels([[5, 5], [0, 5]]).values.tolist()
        [0, 5]
        """
        return read_only(self._values)

    @property
    def index_size(self) -> int:
        """Number of different values.

        >>> ValueToIndexVoxels([[5, 5], [0, 5]]).index_size
        2
        """
        return len(self._values)

    @property
    def index_dtype(self) -> np.dtype[Any]:
        """Type of the values.

        >>> ValueToIndexVoxels(np.zeros((2, 2), "uint8")).index_dtype
        dtype('uint8')
        """
        return self._values.dtype

    def value_to_1d_indices(self, value: Any) -> NDArray[np.int64]:
        """Return the ascending 1-D indices (see `ravel`) of one value, read-only.

        >>> ValueToIndexVoxels([[5, 5], [0, 5]]).value_to_1d_indices(5).tolist()
        [0, 1, 3]
        """
        at = int(np.searchsorted(self._values, value))
        if at == len(self._values) or self._values[at] != value:
            return np.zeros(0, np.int64)
        return self._indices[self._bounds[at] : self._bounds[at + 1]]

    def value_to_indices(self, values: Any) -> NDArray[np.intp]:
        """Return voxel indices ``(n, ndim)`` of values, in the order given.

        >>> ValueToIndexVoxels([[5, 5], [0, 7]]).value_to_indices([0, 7]).tolist()
        [[1, 0], [1, 1]]
        """
        several = np.ndim(values) > 0 or isinstance(values, set | frozenset)
        listed: Iterable[Any] = dict.fromkeys(values) if several else [values]
        flat = [self.value_to_1d_indices(value) for value in listed]
        found = np.concatenate(flat) if flat else np.zeros(0, np.int64)
        return np.stack(np.unravel_index(found, self._shape, order=self._order), axis=-1)

    def ravel(self, voxel_data: ArrayLike) -> NDArray[Any]:
        """Flatten an array of the volume's shape into the order of the 1-D indices.

        Payload axes, if any, stay: ``(*shape, *payload)`` becomes ``(n, *payload)``.

        >>> ValueToIndexVoxels([[5, 5], [0, 5]]).ravel([[1, 2], [3, 4]]).tolist()
        [1, 2, 3, 4]
        """
        data = np.asarray(voxel_data)
        if data.shape[: len(self._shape)] != self._shape:
            raise ArgumentError(f"array of shape {data.shape}; expected {self._shape}")
        if self._order == "F":
            ndim = len(self._shape)
            data = data.transpose(*range(ndim)[::-1], *range(ndim, data.ndim))
        return data.reshape(-1, *data.shape[len(self._shape) :])

    def unravel(self, raveled_voxel_array: ArrayLike) -> NDArray[Any]:
        """Return the array of the volume's shape from one in the order of the 1-D indices.

        >>> ValueToIndexVoxels([[5, 5], [0, 5]]).unravel([1, 2, 3, 4]).tolist()
        [[1, 2], [3, 4]]
        """
        flat = np.asarray(raveled_voxel_array)
        if flat.shape[:1] != (int(np.prod(self._shape)),):
            raise ArgumentError(
                f"array of shape {flat.shape}; expected {int(np.prod(self._shape))} values"
            )
        payload = flat.shape[1:]
        if self._order == "C":
            return flat.reshape(*self._shape, *payload)
        ndim = len(self._shape)
        turned = flat.reshape(*self._shape[::-1], *payload)
        return turned.transpose(*range(ndim)[::-1], *range(ndim, turned.ndim))
