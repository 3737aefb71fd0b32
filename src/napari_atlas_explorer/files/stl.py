"""STL: triangles, each with corners of its own, in binary or as text.

The layout is described at https://paulbourke.net/dataformats/stl. Normals are passed over.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.errors import AtlasFileError
from .reasons import reason_of

START = 84
TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
VERTEX = re.compile(rb"^[ \t]*vertex\s+(\S+)\s+(\S+)\s+(\S+)", re.MULTILINE | re.IGNORECASE)


def parse_stl(raw: bytes, path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points ``(3 m, 3)`` and triangles ``(m, 3)``: three points for each, in their order.

    A file is binary where its length is that of the triangles it counts: many a binary one
    begins with the word "solid" too.
    """
    count = int.from_bytes(raw[80:START], "little") if len(raw) >= START else -1
    if count >= 0 and len(raw) == START + count * TRIANGLE.itemsize:
        points = np.frombuffer(raw, TRIANGLE, count, START)["corners"].reshape(-1, 3)
    elif raw.lstrip()[:5].lower() == b"solid":
        points = _text(raw, path)
    else:
        raise AtlasFileError(
            path,
            f"{len(raw)} bytes with a count of {max(count, 0)} triangles",
            f"{START + max(count, 0) * TRIANGLE.itemsize} bytes, or text that starts with 'solid'",
        )
    return points.astype(np.float64), np.arange(len(points)).reshape(-1, 3)


def _text(raw: bytes, path: Path) -> NDArray[np.float64]:
    lines = raw.replace(b"\r", b"\n")
    try:
        numbers = [float(word) for match in VERTEX.finditer(lines) for word in match.groups()]
    except ValueError as exc:
        raise AtlasFileError(path, f"its STL data are damaged ({reason_of(exc)})") from exc
    corners, triangles = len(numbers) // 3, len(re.findall(rb"\bendfacet\b", lines, re.IGNORECASE))
    if corners != 3 * triangles:
        raise AtlasFileError(path, f"{corners} corners of {triangles} triangles", "three of each")
    if not re.search(rb"\bendsolid\b", lines, re.IGNORECASE):
        raise AtlasFileError(path, "no 'endsolid' at its end", "a whole file")
    return np.array(numbers, dtype=np.float64).reshape(-1, 3)
