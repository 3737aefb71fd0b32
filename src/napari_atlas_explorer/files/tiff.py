"""Reading TIFF volumes."""

from __future__ import annotations

import lzma
import math
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
from .nrrd_header import UNITS_IN_MICROMETRES

# What tifffile and its decoders raise on damaged files (found by damaging files at random).
DAMAGE = (
    ValueError, LookupError, TypeError, AttributeError, AssertionError, RuntimeError,
    ArithmeticError, EOFError, SyntaxError, struct.error, zlib.error, lzma.LZMAError,
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
    with _opened(path) as tiff:
        series = tiff.series[0]
        shape = tuple(int(n) for n in series.shape)
        if len(shape) != 3 or "S" in series.axes:  # S: the samples of a colour picture
            raise AtlasFileError(
                path,
                f"an image of shape {shape} (axes {series.axes})",
                "a volume of three axes: a stack of pages of one channel",
            )
        dtype = np.dtype(series.dtype).newbyteorder("=")
        checked_size(path, shape, dtype)
        return TiffHeader(path, shape, dtype, _imagej_steps(tiff) or _ome_steps(tiff))


def read_tiff(path: str | Path) -> NDArray[Any]:
    """Read the volume, C-contiguous ``(pages, rows, columns)`` in native byte order."""
    header = read_tiff_header(path)
    with _opened(header.path) as tiff:
        array = tiff.series[0].asarray()
    return np.ascontiguousarray(array, dtype=header.dtype)


@contextmanager
def _opened(path: Path) -> Iterator[tifffile.TiffFile]:
    try:
        with tifffile.TiffFile(path) as tiff:
            if not tiff.series:
                raise AtlasFileError(path, "a TIFF without pages", "a stack of pages")
            yield tiff
    except AtlasFileError:
        raise
    except (tifffile.TiffFileError, OSError) as exc:
        reason = getattr(exc, "strerror", None) or exc
        raise AtlasFileError(path, f"cannot be read as TIFF ({reason})") from exc
    except DAMAGE as exc:
        raise AtlasFileError(
            path, f"its TIFF structure is damaged ({exc or type(exc).__name__})"
        ) from exc


def _imagej_steps(tiff: tifffile.TiffFile) -> tuple[float, float, float] | None:
    metadata = tiff.imagej_metadata
    if not metadata or "spacing" not in metadata:
        return None
    unit = str(metadata.get("unit", "")).replace("\\u00B5", "µ").lower()
    factor = UNITS_IN_MICROMETRES.get(unit)
    page = tiff.pages.first
    if factor is None or not {"XResolution", "YResolution"} <= {t.name for t in page.tags}:
        return None
    per_unit = []
    for name in ("YResolution", "XResolution"):
        numerator, denominator = page.tags[name].value
        if not numerator or not denominator:
            return None
        per_unit.append(numerator / denominator)
    z = abs(float(metadata["spacing"]))
    return _usable(z * factor, factor / per_unit[0], factor / per_unit[1])


def _ome_steps(tiff: tifffile.TiffFile) -> tuple[float, float, float] | None:
    if not tiff.is_ome or not tiff.ome_metadata:
        return None
    parsed = tifffile.xml2dict(tiff.ome_metadata)
    image = parsed.get("OME", {}).get("Image", {})
    image = image[0] if isinstance(image, list) else image
    pixels = image.get("Pixels", {})
    steps = []
    for axis in "ZYX":
        size = pixels.get(f"PhysicalSize{axis}")
        factor = UNITS_IN_MICROMETRES.get(str(pixels.get(f"PhysicalSize{axis}Unit", "µm")).lower())
        if not size or factor is None:
            return None
        steps.append(float(size) * factor)
    return _usable(steps[0], steps[1], steps[2])


def _usable(*steps: float) -> tuple[float, float, float] | None:
    """Return three sizes of a voxel, None unless all are positive numbers."""
    ok = all(math.isfinite(s) and s > 0 for s in steps)
    return (steps[0], steps[1], steps[2]) if ok else None
