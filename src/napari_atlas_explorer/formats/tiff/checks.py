"""Safety checks of a TIFF file before tifffile reads it.

tifffile trusts the file: OME metadata name other files, which it would open wherever
they are, and compressed strips are unpacked to any size. Both are checked here.
"""

from __future__ import annotations

import lzma
import math
import re
import struct
from pathlib import Path
from typing import Any, BinaryIO

import tifffile
from zlib_ng import zlib_ng

from ...core.errors import AtlasFileError, short

MAX_PAGES = 100_000
MAX_TAGS = 4096
MAX_DESCRIPTION = 32 << 20
UNSUSPECTED = 64 << 20
"""Bytes to which a compressed segment may unpack without a check."""

DEFLATE = {8: "deflate", 32946: "deflate", 50013: "deflate"}
LZMA = {34925: "LZMA"}
UNPACKED_BY_TIFFFILE = {1: "none", 32773: "PackBits"} | DEFLATE | LZMA
NEEDS_CODECS = {5: "LZW", 50000: "Zstandard", 34926: "Zstandard"}
MAX_RATIO = {1: 1, 32773: 64, 5: 2731} | dict.fromkeys(DEFLATE, 1032)
MAX_RATIO |= dict.fromkeys([*LZMA, 50000, 34926], 100_000)
"""Unpacked bytes of one packed byte; for LZMA and Zstandard, in real files."""

ZLIB_OR_GZIP = 47  # zlib's code for "either header, largest window"


def count_pages(path: Path) -> int:
    """Count the chain of pages without reading them; refuse a loop and too many."""
    with path.open("rb") as stream:
        start = stream.read(16)
        order = {b"II": "<", b"MM": ">"}.get(start[:2])
        version = struct.unpack(f"{order}H", start[2:4])[0] if order and len(start) >= 8 else 0
        if version == 42:
            offset_type, count_type, tag_size = "I", "H", 12
            offset = struct.unpack(f"{order}I", start[4:8])[0]
        elif version == 43 and len(start) == 16:
            offset_type, count_type, tag_size = "Q", "Q", 20
            offset = struct.unpack(f"{order}Q", start[8:16])[0]
        else:
            raise AtlasFileError(path, f"it starts with {start[:4]!r}", "a TIFF file")
        return _walk_pages(
            stream, path, offset, (f"{order}{count_type}", f"{order}{offset_type}", tag_size)
        )


def _walk_pages(stream: BinaryIO, path: Path, offset: int, layout: tuple[str, str, int]) -> int:
    count_format, offset_format, tag_size = layout
    end = stream.seek(0, 2)
    seen: set[int] = set()
    while offset:
        if offset in seen:
            raise AtlasFileError(path, f"its chain of pages runs in a circle (to byte {offset})")
        if len(seen) >= MAX_PAGES:
            raise AtlasFileError(path, f"more than {MAX_PAGES} pages", "a volume")
        if offset >= end:
            raise AtlasFileError(path, f"page {len(seen)} beyond its end", "a whole file")
        seen.add(offset)
        stream.seek(offset)
        raw = stream.read(struct.calcsize(count_format))
        tags = (
            struct.unpack(count_format, raw)[0] if len(raw) == struct.calcsize(count_format) else 0
        )
        if not 0 < tags <= MAX_TAGS:
            raise AtlasFileError(path, f"{tags} tags on page {len(seen) - 1}", f"1 to {MAX_TAGS}")
        stream.seek(tags * tag_size, 1)
        raw = stream.read(struct.calcsize(offset_format))
        # Some writers leave out the last link with the end of the file.
        offset = (
            struct.unpack(offset_format, raw)[0]
            if len(raw) == struct.calcsize(offset_format)
            else 0
        )
    return len(seen)


def check_description(tiff: tifffile.TiffFile, path: Path) -> None:
    """Refuse metadata that are XML with entities, or that spread the image over files."""
    description = tiff.pages.first.description
    if len(description) > MAX_DESCRIPTION:
        raise AtlasFileError(path, f"{len(description)} bytes of metadata", f"{MAX_DESCRIPTION}")
    if "<!DOCTYPE" in description.upper() or "<!ENTITY" in description.upper():
        raise AtlasFileError(path, "a document type in its metadata", "XML without one")
    if tiff.is_ndtiff:
        raise AtlasFileError(path, "one of the files of an NDTiff data set", "a single TIFF")
    if tiff.is_ome:
        _check_counts(description, path)
        for name in re.findall(r"\bFileName\s*=\s*[\"']([^\"']*)", description):
            if name.lower() != path.name.lower():
                raise AtlasFileError(
                    path, f"an image that continues in {short(name)}", "a single file"
                )


def _check_counts(description: str, path: Path) -> None:
    """Refuse OME metadata that count more planes than a volume has: tifffile lists each."""
    planes = [
        math.prod(int(n[:20]) for n in re.findall(r"\bSize[ZCT]\s*=\s*[\"'](\d+)", tag))
        for tag in re.findall(r"<(?:\w+:)?Pixels\b[^>]*>", description)
    ]
    numbers = re.findall(r"\b(?:IFD|First[ZCT]|PlaneCount|NumPlanes)\s*=\s*[\"'](\d+)", description)
    most = max([*planes, *(int(n[:20]) for n in numbers)], default=0)
    if most > MAX_PAGES:
        raise AtlasFileError(path, f"metadata that count {most} planes", f"at most {MAX_PAGES}")


def check_data(series: Any, path: Path) -> None:
    """Refuse pixels with an unknown compression, missing pixels, or far too many."""
    if series.dataoffset is not None:
        # Contiguous, and so uncompressed; metadata alone may state its number of pages.
        available = series.parent.filehandle.size - series.dataoffset
        if series.nbytes > available:
            raise AtlasFileError(
                path,
                f"its pixels end after {max(available, 0)} bytes",
                f"{series.nbytes}, as its header declares",
            )
        return
    for page in series.pages:
        if page is None:
            raise AtlasFileError(path, "pages that its metadata list are missing", "all pages")
        kind = int(page.compression)
        if kind in NEEDS_CODECS and not _has_codecs():
            raise AtlasFileError(
                path,
                f"it is compressed by {NEEDS_CODECS[kind]}, which needs the package imagecodecs",
                "'pip install imagecodecs', or a TIFF with no compression or deflate",
            )
        if kind not in UNPACKED_BY_TIFFFILE and kind not in NEEDS_CODECS:
            raise AtlasFileError(
                path,
                f"compression {getattr(page.compression, 'name', kind)}",
                "none, deflate, LZW, PackBits, LZMA or Zstandard",
            )
        packed = sum(page.databytecounts)
        if packed * MAX_RATIO[kind] < page.nbytes:
            raise AtlasFileError(
                path,
                f"a page of {packed} bytes, too few for what its header declares",
                f"{page.nbytes} bytes of pixels",
            )
        if kind != 1:
            _check_segments(page, kind, path)


def _check_segments(page: Any, kind: int, path: Path) -> None:
    most = max(4 * page.nbytes, UNSUSPECTED)
    for offset, size in zip(page.dataoffsets, page.databytecounts, strict=True):
        if kind not in DEFLATE | LZMA:
            too_much = size * MAX_RATIO[kind] > most and size > page.nbytes
        else:
            suspect = kind in LZMA or size * MAX_RATIO[kind] > most
            too_much = suspect and _measure_strip(page, offset, size, kind, most) > most
        if too_much:
            raise AtlasFileError(
                path,
                f"a strip of {size} bytes that unpacks to far more than its page",
                f"{page.nbytes} bytes",
            )


def _measure_strip(page: Any, offset: int, size: int, kind: int, most: int) -> int:
    """Return the unpacked size of a strip without keeping it, up to ``most`` bytes."""
    handle = page.parent.filehandle
    handle.seek(offset)
    data = handle.read(size)
    total = 0
    if kind in LZMA:
        engine: Any = lzma.LZMADecompressor(memlimit=256 << 20)
        while total <= most and not engine.eof:
            block = engine.decompress(data, 1 << 22)
            data = b""
            total += len(block)
            if not block and engine.needs_input:
                break
        return total
    engine = zlib_ng.decompressobj(ZLIB_OR_GZIP)
    while data and total <= most and not engine.eof:
        total += len(engine.decompress(data, 1 << 22))
        data = engine.unconsumed_tail
    return total


def _has_codecs() -> bool:
    import importlib.util

    return importlib.util.find_spec("imagecodecs") is not None
