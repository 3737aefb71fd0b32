"""Operators, ufuncs and reductions of volumes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import DTypeLike, NDArray

from ..errors import ArgumentError


class ArrayOperations(NDArrayOperatorsMixin):
    """What an array-like can be asked as an array is asked.

    Answers are plain arrays and numbers, not objects of this class: the difference of two masks
    is no mask. There is no ``__array_function__``: NumPy's other functions convert by
    ``np.asarray``, and dask would no longer do so.
    """

    @property
    def raw(self) -> NDArray[Any]:
        """The values.

        >>> volume.raw.shape
        (2, 3, 4)
        """
        raise NotImplementedError

    # Elementwise `==` leaves identity as the only meaning a hash can have.
    __hash__ = object.__hash__

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """Apply a ufunc to the values."""
        outputs = inputs[:1] if method == "at" else kwargs.get("out", ())
        if any(isinstance(output, ArrayOperations) for output in outputs):
            raise ArgumentError(
                "a volume is not changed in place; change its raw array, or place another one on "
                "its grid by with_data"
            )
        if "where" in kwargs:
            kwargs["where"] = _values(kwargs["where"])
        return getattr(ufunc, method)(*map(_values, inputs), **kwargs)

    def __bool__(self) -> bool:
        """Raise as an array of several values does."""
        raise ArgumentError("the truth value of a volume is ambiguous; use any() or all()")

    def __contains__(self, value: object) -> bool:
        """Return whether a voxel has this value."""
        return bool(np.any(self == value))

    @property
    def T(self) -> NDArray[Any]:  # noqa: N802 - NumPy's name
        """The values with their axes in reverse order.

        >>> volume.T.shape
        (4, 3, 2)
        """
        return self.raw.T

    def astype(self, dtype: DTypeLike, **kwargs: Any) -> NDArray[Any]:
        """Return the values as an array of another type.

        >>> volume.astype("float32").dtype
        dtype('float32')
        """
        return self.raw.astype(dtype, **kwargs)

    def sum(self, *args: Any, **kwargs: Any) -> Any:
        """Sum the values; parameters are those of `numpy.ndarray.sum`.

        >>> volume.sum(axis=(1, 2)).tolist()
        [66, 210]
        """
        return self.raw.sum(*args, **kwargs)

    def mean(self, *args: Any, **kwargs: Any) -> Any:
        """Average the values; parameters are those of `numpy.ndarray.mean`.

        >>> float(volume.mean())
        11.5
        """
        return self.raw.mean(*args, **kwargs)

    def min(self, *args: Any, **kwargs: Any) -> Any:
        """Return the least value; parameters are those of `numpy.ndarray.min`.

        >>> int(volume.min())
        0
        """
        return self.raw.min(*args, **kwargs)

    def max(self, *args: Any, **kwargs: Any) -> Any:
        """Return the greatest value; parameters are those of `numpy.ndarray.max`.

        >>> int(volume.max())
        23
        """
        return self.raw.max(*args, **kwargs)

    def any(self, *args: Any, **kwargs: Any) -> Any:
        """Return whether a value is true; parameters are those of `numpy.ndarray.any`.

        >>> bool(volume.any())
        True
        """
        return self.raw.any(*args, **kwargs)

    def all(self, *args: Any, **kwargs: Any) -> Any:
        """Return whether all values are true; parameters are those of `numpy.ndarray.all`.

        >>> bool(volume.all())  # voxel (0, 0, 0) is 0
        False
        """
        return self.raw.all(*args, **kwargs)


def _values(operand: Any) -> Any:
    return operand.raw if isinstance(operand, ArrayOperations) else operand
