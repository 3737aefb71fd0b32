"""Read-only arrays, for what several owners share."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

A = TypeVar("A", bound=NDArray[Any])


def read_only(array: A) -> A:
    """Return an array as a read-only view; what is no array of NumPy as it is.

    >>> depths = read_only(np.arange(3))
    >>> depths += 1
    Traceback (most recent call last):
    ValueError: output array is read-only
    """
    if not isinstance(array, np.ndarray):  # ranks may be an array of dask
        return array
    view = array.view()
    view.flags.writeable = False
    return view
