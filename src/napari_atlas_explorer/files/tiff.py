"""Reading TIFF volumes."""

from __future__ import annotations

import lzma
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from ..core.errors import AtlasFileError
from .budget import checked_size
from .inflate import GZIP_ERROR
from .reasons import reason_of
from .tiff_checks import check_data, check_description, count_pages
from .tiff_steps import stated_steps

# What tifffile and its decoders raise on damaged files (found by damaging files at random).
DAMAGE = (
    ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError,
    ArithmeticError, EOFError, SyntaxError, struct.error, zlib.error, lzma.LZMAError, GZIP_ERROR,
)  # fmt: skip


@dataclass(frozen=True)
class TiffHeader:
    """What a TIFF file says of its volume before its pixels are read.

    Attributes
    ----------
    shape
        Pages, rows, columns.
    dtype
        Of the pixels, native byte order.
    steps
        µm along each axis from ImageJ or OME metadata, or None where the file has none.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    steps: tuple[float, float, float] | None


def read_tiff_header(path: str | Path) -> TiffHeader:
    """Read the header of a multi-page TIFF of one channel."""
    path = Path(path)
    with opened_tiff(path) as tiff:
        series = tiff.series[0]
        steps = stated_steps(tiff)
        shape = _volume_shape(series, steps is not None)
        if len(shape) != 3 or "S" in series.axes:  # S: the samples of a colour picture
            raise AtlasFileError(
                path,
                f"an image of shape {shape} (axes {series.axes})",
                "a volume of three axes: a stack of pages of one channel",
            )
        dtype = np.dtype(series.dtype).newbyteorder("=")
        checked_size(path, shape, dtype)
        return TiffHeader(path, shape, dtype, steps)


def read_tiff(path: str | Path) -> NDArray[Any]:
    """Read the volume, C-contiguous ``(pages, rows, columns)`` in native byte order."""
    header = read_tiff_header(path)
    with opened_tiff(header.path) as tiff:
        check_data(tiff.series[0], header.path)
        array = tiff.series[0].asarray()
    return np.ascontiguousarray(array, dtype=header.dtype).reshape(header.shape)


def _volume_shape(series: Any, has_depth: bool) -> tuple[int, ...]:
    """Shape of a series; axes of one voxel, which tifffile leaves out, where a depth is stated."""
    shape = tuple(int(n) for n in series.shape)
    if len(shape) == 3 or not has_depth:
        return shape
    sizes = dict(zip(series.get_axes(squeeze=False), series.get_shape(squeeze=False), strict=True))
    others = [n for axis, n in sizes.items() if axis not in "ZYX"]
    if set("ZYX") <= set(sizes) and all(n == 1 for n in others):
        return tuple(int(sizes[axis]) for axis in "ZYX")
    return shape


@contextmanager
def opened_tiff(path: Path) -> Iterator[tifffile.TiffFile]:
    """Open a file whose pages and descriptions are harmless; what it raises names the file."""
    try:
        count_pages(path)
        # What a file's metadata say of other files is not followed.
        with tifffile.TiffFile(path, _multifile=False) as tiff:
            check_description(tiff, path)
            if not tiff.series:
                raise AtlasFileError(path, "a TIFF without pages", "a stack of pages")
            yield tiff
    except AtlasFileError:
        raise
    except (tifffile.TiffFileError, OSError) as exc:
        raise AtlasFileError(path, f"cannot be read as TIFF ({reason_of(exc)})") from exc
    except DAMAGE as exc:
        raise AtlasFileError(path, f"its TIFF structure is damaged ({reason_of(exc)})") from exc
