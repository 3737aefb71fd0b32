"""Values of another type, cast where they are read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from ..files.ome_zarr_writer import Sliceable


class Recast:
    """An array whose parts are cast when they are asked for: a mapped one stays on the disk.

    Parameters
    ----------
    values
        The array.
    dtype
        Of the parts. Values are expected to fit.
    """

    def __init__(self, values: NDArray[Any], dtype: DTypeLike) -> None:
        self._values, self.dtype = values, np.dtype(dtype)
        self.shape = values.shape

    @classmethod
    def to(cls, values: NDArray[Any], dtype: DTypeLike) -> Sliceable:
        """The values themselves where they are of this type."""
        return values if values.dtype == dtype else cls(values, dtype)

    def __getitem__(self, key: Any, /) -> NDArray[Any]:
        """Values of a part."""
        return np.asarray(self._values[key]).astype(self.dtype)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All of them."""
        return self._values.astype(dtype or self.dtype)
