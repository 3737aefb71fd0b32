"""Reader of TIFF volumes, whole or by block, with voxel sizes of ImageJ and OME."""

from __future__ import annotations

import logging
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

from ...core.arrays import FileMap
from ...core.errors import AtlasFileError
from ...core.package import Assumption
from ...core.space.grid import VoxelGrid
from ...core.text import counted, listed
from ..common.blocks import BlockSource, map_slabs, thickness_for
from ..common.decoding import GZIP_ERROR
from ..common.header import FACTORS, VolumeHeader, infer_unit, spacing_assumptions
from ..common.safety import check_size, reason_of
from ..nrrd.header import UNITS_IN_MICROMETERS
from .checks import check_data, check_description, count_pages
from .sequence import describe_sequence, sequence_of

# What tifffile logs of damaged files is refused or assumed here, in our own words. Without a
# handler Python would print it on the terminal; one that the user adds gets it as before.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

# ---- Voxel sizes from ImageJ and OME metadata ----------------------------------------------------

Steps = tuple[float, float, float]


def stated_steps(tiff: tifffile.TiffFile) -> tuple[Steps | None, bool]:
    """Return the sizes of a voxel along z, y and x, and whether their unit is stated.

    The sizes are in µm where it is, else numbers without a unit; None unless all three are there.
    """
    steps, has_unit = _read_imagej_steps(tiff)
    return (steps, has_unit) if steps else (_read_ome_steps(tiff), True)


def _read_imagej_steps(tiff: tifffile.TiffFile) -> tuple[Steps | None, bool]:
    metadata = tiff.imagej_metadata
    page = tiff.pages.first
    if not metadata or "spacing" not in metadata:
        return None, False
    if not {"XResolution", "YResolution"} <= {t.name for t in page.tags}:
        return None, False
    units = [str(metadata.get("unit", ""))] * 3
    # ImageJ names the units along y and z only where they differ from that along x.
    for k, key in enumerate(("zunit", "yunit")):
        units[k] = str(metadata.get(key, units[k]))
    sizes = [abs(float(metadata["spacing"]))]
    for name in ("YResolution", "XResolution"):
        numerator, denominator = page.tags[name].value
        if not numerator or not denominator:
            return None, False
        sizes.append(denominator / numerator)
    if not any(units):
        # Steps of 1 without a unit are what ImageJ writes where nothing is known.
        return (_validate(sizes) if any(size != 1 for size in sizes) else None), False
    factors = [_parse_unit(unit) for unit in units]
    if None in factors:
        return None, False
    return _validate([s * (f or 0) for s, f in zip(sizes, factors, strict=True)]), True


def _read_ome_steps(tiff: tifffile.TiffFile) -> Steps | None:
    if not tiff.is_ome or not tiff.ome_metadata:
        return None
    parsed = tifffile.xml2dict(tiff.ome_metadata)
    image = parsed.get("OME", {}).get("Image", {})
    image = image[0] if isinstance(image, list) else image
    pixels = image.get("Pixels", {})
    steps = []
    for axis in "ZYX":
        size = pixels.get(f"PhysicalSize{axis}")
        factor = _parse_unit(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
        if not size or factor is None:
            return None
        steps.append(float(size) * factor)
    return _validate(steps)


def _parse_unit(unit: object) -> float | None:
    return UNITS_IN_MICROMETERS.get(str(unit).replace("\\u00B5", "µ").strip().lower())


def _validate(steps: list[float]) -> Steps | None:
    """Return three sizes of a voxel, None unless all are positive numbers."""
    ok = all(math.isfinite(s) and s > 0 for s in steps)
    return (steps[0], steps[1], steps[2]) if ok else None


# ---- Volumes -------------------------------------------------------------------------------------

# What tifffile and its decoders raise on damaged files (found by damaging files at random).
DAMAGE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    RuntimeError,
    ArithmeticError,
    EOFError,
    SyntaxError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
    GZIP_ERROR,
)


@dataclass(frozen=True, kw_only=True)
class TiffHeader(VolumeHeader):
    """Header of a TIFF volume; the dtype is of native byte order.

    Attributes
    ----------
    planes
        Files of one plane each, in their order; empty for a file of many pages.
    """

    planes: tuple[Path, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """Pages, rows, columns."""
        return self.grid.shape

    def load(self) -> NDArray[Any]:
        """Read all pages."""
        if self.planes:
            return np.concatenate(list(_read_planes(self, len(self.planes), 0)))
        return read_tiff(self.path)


def read_tiff_header(path: str | Path) -> TiffHeader:
    """Read the header of a multi-page TIFF of one channel, or of numbered files of one page."""
    path = Path(path)
    with open_tiff(path) as tiff:
        series = tiff.series[0]
        if len(tiff.series) == 1 and len(series.shape) == 2 and "S" not in series.axes:
            planes = sequence_of(path)
            if planes:
                return _read_sequence_header(planes, tiff)
        left_out = _check_other_series(tiff, path)
        steps, has_unit = stated_steps(tiff)
        shape = _find_shape(series, steps is not None)
        if len(shape) != 3 or "S" in series.axes:  # S: the samples of a color picture
            raise AtlasFileError(
                path,
                f"an image of shape {shape} (axes {series.axes})",
                "a volume of three axes: a stack of pages of one channel",
            )
        dtype = np.dtype(series.dtype).newbyteorder("=")
        check_size(path, shape, dtype)
        assumptions = [*spacing_assumptions(path, steps is not None), *left_out]
        if steps is not None and not has_unit:
            unit, assumption = infer_unit(path, steps, shape)
            z, y, x = steps
            steps = (z * FACTORS[unit], y * FACTORS[unit], x * FACTORS[unit])
            assumptions.append(assumption)
        return TiffHeader(
            path=path,
            grid=VoxelGrid.from_steps(shape, steps or (1.0, 1.0, 1.0)),
            dtype=dtype,
            spacing_known=steps is not None,
            assumptions=tuple(assumptions),
        )


def _check_other_series(tiff: tifffile.TiffFile, path: Path) -> list[Assumption]:
    """Refuse pages of several sizes or types, of which tifffile gives the first kind alone.

    Levels of a pyramid are no series. Few other pages are a label or a thumbnail, and those that
    the file does not call reduced ones are an assumption.
    """
    first, *rest = tiff.series
    unlike = [s for s in rest if not _is_reduced(s)]
    if not unlike:
        return []
    last = max(page.index for page in first.pages if page is not None)
    # A label or a thumbnail does not interrupt the stack.
    others = [s for s in unlike if len(s.pages) * 4 >= len(first.pages) or s.keyframe.index < last]
    if others:
        kinds = "; ".join(f"{len(s.pages)} pages of {s.dtype}" for s in (first, *others))
        raise AtlasFileError(
            path, f"pages of several sizes or types ({kinds})", "pages of one size and type"
        )
    kinds = listed(
        f"{counted(len(s.pages), 'page')} of {' × '.join(map(str, s.shape))} {s.dtype}"
        for s in unlike
    )
    return [Assumption("volumes", f"of {path.name}, {kinds} is left out, as a label or thumbnail")]


def _is_reduced(series: Any) -> bool:
    """Return whether the file itself calls pages a thumbnail (NewSubfileType, bit 0)."""
    return bool(series.keyframe.is_reduced)


def _read_sequence_header(planes: list[Path], tiff: tifffile.TiffFile) -> TiffHeader:
    """Return the header of files of one plane, the first or any of which is open."""
    series = tiff.series[0]
    rows, columns = (int(n) for n in series.shape)
    shape = (len(planes), rows, columns)
    dtype = np.dtype(series.dtype).newbyteorder("=")
    check_size(planes[0], shape, dtype)
    return TiffHeader(
        path=planes[0],
        grid=VoxelGrid.from_steps(shape, 1.0),
        dtype=dtype,
        spacing_known=False,
        assumptions=(
            *spacing_assumptions(planes[0], False),
            Assumption("volumes", describe_sequence(planes)),
        ),
        planes=tuple(planes),
    )


def read_tiff(path: str | Path) -> NDArray[Any]:
    """Read the volume, C-contiguous ``(pages, rows, columns)`` in native byte order."""
    header = read_tiff_header(path)
    with open_tiff(header.path) as tiff:
        check_data(tiff.series[0], header.path)
        array = tiff.series[0].asarray()
    return np.ascontiguousarray(array, dtype=header.dtype).reshape(header.shape)


def _find_shape(series: Any, has_depth: bool) -> tuple[int, ...]:
    """Return the shape of a series; tifffile omits axes of one voxel, unless depth is stated."""
    shape = tuple(int(n) for n in series.shape)
    if len(shape) == 3 or not has_depth:
        return shape
    sizes = dict(zip(series.get_axes(squeeze=False), series.get_shape(squeeze=False), strict=True))
    others = [n for axis, n in sizes.items() if axis not in "ZYX"]
    if set("ZYX") <= set(sizes) and all(n == 1 for n in others):
        return tuple(int(sizes[axis]) for axis in "ZYX")
    return shape


@contextmanager
def open_tiff(path: Path) -> Iterator[tifffile.TiffFile]:
    """Open a file whose pages and descriptions are harmless; errors name the file."""
    try:
        count_pages(path)
        # References to other files in the metadata are not followed.
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


# ---- Volumes slab by slab: memory-mapped, or a few pages at a time -------------------------------


def tiff_blocks(header: TiffHeader) -> BlockSource:
    """Return the slabs of pages."""
    thickness = thickness_for(header.shape, 0, header.dtype.itemsize)
    if header.planes:

        def read_files(first: int) -> Iterator[NDArray[Any]]:
            return _read_planes(header, thickness, first)

        return BlockSource(header.path, header.shape, header.dtype, 0, thickness, read_files)
    stored = _find_raw_pixels(header)
    if stored is None:

        def read(first: int) -> Iterator[NDArray[Any]]:
            return _read_pages(header, thickness, first)

        return BlockSource(header.path, header.shape, header.dtype, 0, thickness, read)
    offset, dtype = stored

    def mapped() -> NDArray[Any]:
        return FileMap.open(header.path, dtype, offset, header.shape)

    return BlockSource(
        header.path,
        header.shape,
        header.dtype,
        0,
        thickness,
        map_slabs(mapped, 0, thickness),
        mapped,
    )


def _find_raw_pixels(header: TiffHeader) -> tuple[int, np.dtype[Any]] | None:
    """Return offset and dtype of pixels stored contiguously and uncompressed, else None."""
    with open_tiff(header.path) as tiff:
        series = tiff.series[0]
        check_data(series, header.path)
        if series.dataoffset is None:
            return None
        dtype = np.dtype(series.dtype).newbyteorder(tiff.byteorder)
        return int(series.dataoffset), dtype


def _read_pages(header: TiffHeader, thickness: int, first: int) -> Iterator[NDArray[Any]]:
    _, rows, columns = header.shape
    with open_tiff(header.path) as tiff:
        series = tiff.series[0]
        for start in range(first * thickness, header.shape[0], thickness):
            stop = min(start + thickness, header.shape[0])
            pages = [series.pages[n].asarray() for n in range(start, stop)]
            slab = np.stack(pages).reshape(stop - start, rows, columns)
            yield np.asarray(slab, header.dtype)


def _read_planes(header: TiffHeader, thickness: int, first: int) -> Iterator[NDArray[Any]]:
    """Yield slabs of files of one plane each; all have to be alike."""
    plane = header.shape[1:]
    for start in range(first * thickness, header.shape[0], thickness):
        slab = np.empty((min(thickness, header.shape[0] - start), *plane), header.dtype)
        for target, path in zip(slab, header.planes[start:], strict=False):
            with open_tiff(path) as tiff:
                series = tiff.series[0]
                check_data(series, path)
                dtype = np.dtype(series.dtype).newbyteorder("=")
                if tuple(series.shape) != plane or dtype != header.dtype:
                    raise AtlasFileError(
                        path,
                        f"a plane of {series.shape} {dtype} values",
                        f"{plane} {header.dtype}, as {header.path.name}",
                    )
                target[...] = series.asarray()
        yield slab
