"""Arrays: read-only ones that several owners share, maps of the user's files, copies in C order."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from .errors import AtlasFileError

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


TILE = 32
"""Voxels along both axes of a tile: what is read and what is written stay in the cache."""


def as_c_order(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array in C order; a copy is made tile by tile.

    Between other orders NumPy reads or writes one value of each cache line at a time, which takes
    twice as long.

    >>> as_c_order(np.arange(6).reshape(2, 3).T).tolist()
    [[0, 3], [1, 4], [2, 5]]
    """
    if array.flags.c_contiguous or array.ndim < 2:
        return np.ascontiguousarray(array)
    nearest = int(np.argmin(np.abs(array.strides)))
    last = array.ndim - 1
    if nearest == last:
        return np.ascontiguousarray(array)
    out = np.empty(array.shape, array.dtype)
    where = [slice(None)] * array.ndim
    for first in range(0, array.shape[nearest], TILE):
        where[nearest] = slice(first, first + TILE)
        for start in range(0, array.shape[last], TILE):
            where[last] = slice(start, start + TILE)
            tile = tuple(where)
            out[tile] = array[tile]
    return out


COPIED_BYTES = 1 << 26
"""Slices up to this size are copied when they are taken, right after the check."""


class FileMap(np.memmap):
    """Memory map of a file of the user's, which is checked before each slice is taken.

    Reading a page that the file no longer has would end the process (SIGBUS on Linux), and a file
    that is written again under the map would give parts of two volumes. A file that is replaced
    by another one, or removed, is no change: the map keeps the old one.

    Values of small slices are copied at once; large ones are maps, checked when they are sliced.
    """

    _state: tuple[str, int, int, int] | None = None
    """Path, inode, time of the last change in ns, and least size."""

    @classmethod
    def open(
        cls,
        path: Path,
        dtype: np.dtype[Any],
        offset: int,
        shape: tuple[int, ...],
        order: Literal["C", "F"] = "C",
    ) -> FileMap:
        """Map the values of a file, from a byte on.

        Raises
        ------
        AtlasFileError
            If the file is shorter.
        OSError
            If it cannot be read.
        """
        found = path.stat()
        needed = offset + int(np.prod([int(n) for n in shape])) * dtype.itemsize
        if found.st_size < needed:
            raise AtlasFileError(
                path,
                f"{found.st_size - offset} bytes of data",
                f"{needed - offset}, as its header declares",
            )
        mapped = cls(path, dtype, "r", offset, shape, order)
        mapped._state = (str(path), found.st_ino, found.st_mtime_ns, needed)
        return mapped

    def __array_finalize__(self, obj: Any) -> None:
        """Give views the state of the file; copies have none."""
        super().__array_finalize__(obj)
        is_view = isinstance(obj, FileMap) and np.may_share_memory(self, obj)
        self._state = obj._state if is_view else None

    def __array_wrap__(
        self, arr: NDArray[Any], context: Any = None, return_scalar: bool = False
    ) -> Any:
        """Return results of operations, which are in memory, as plain arrays."""
        plain = np.asarray(arr)
        return plain[()] if return_scalar else plain

    def __getitem__(self, index: Any) -> Any:
        """Return a slice; raise `AtlasFileError` if the file was changed."""
        self.check()
        part = super().__getitem__(index)
        if isinstance(part, FileMap) and (part._state is None or part.nbytes <= COPIED_BYTES):
            return np.array(part)
        return part

    def take(self, *args: Any, **options: Any) -> Any:
        """Return the values at flat positions; raise `AtlasFileError` if the file was changed."""
        self.check()
        return np.asarray(super().take(*args, **options))

    def check(self) -> None:
        """Raise `AtlasFileError` if the file was changed since it was mapped."""
        if self._state is None:
            return
        path, inode, changed, needed = self._state
        try:
            found = Path(path).stat()
        except OSError:
            return
        if found.st_ino == inode and (found.st_mtime_ns != changed or found.st_size < needed):
            raise AtlasFileError(path, "it was changed while it was open; open it again")
