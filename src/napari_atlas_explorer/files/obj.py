"""Wavefront OBJ: points and faces of a text file.

The format is described at https://paulbourke.net/dataformats/obj. Materials, normals and
textures are passed over, and no file that it names is opened.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..core.errors import AtlasFileError
from .obj_in_bulk import parse_plain_obj
from .reasons import reason_of

SPACES = (b" ", b"\t")


def parse_obj(raw: bytes, path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points ``(n, 3)`` as stored and triangles ``(m, 3)``; indices count from 0.

    Polygons are cut into fans. Indices are not checked against the points, but for 0, which
    OBJ does not have.
    """
    text = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    plain = parse_plain_obj(text)
    if plain is not None:
        return plain[0], plain[1] - 1
    return _parse_lines(text.replace(b"\\\n", b" "), path)


def _parse_lines(text: bytes, path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    lines = text.split(b"\n")
    try:
        points = [line.split()[1:4] for line in lines if _is(line, b"v")]
        numbers = np.array([float(word) for point in points for word in point])
        if any(len(point) != 3 for point in points):
            raise ValueError("a point has fewer than three coordinates")
        faces = [line.split()[1:] for line in lines if _is(line, b"f")]
        triangles = _triangles(faces)
    except (ValueError, OverflowError) as exc:
        raise AtlasFileError(path, f"its OBJ data are damaged ({reason_of(exc)})") from exc
    if not triangles.all():
        raise AtlasFileError(path, "a face that names point 0", "numbers from 1, or negative ones")
    if (triangles < 0).any():
        triangles = _absolute(triangles, faces, lines)
    return numbers.reshape(-1, 3), triangles - 1


def _is(line: bytes, word: bytes) -> bool:
    return line[:1] == word and line[1:2] in SPACES


def _triangles(faces: list[list[bytes]]) -> NDArray[np.int64]:
    """Indices as written; of the parts of ``1/2/3`` the first names the point."""
    if any(len(face) < 3 for face in faces):
        raise ValueError("a face has fewer than three corners")
    if all(len(face) == 3 for face in faces):
        flat = [int(word.partition(b"/")[0]) for face in faces for word in face]
    else:
        flat = []
        for face in faces:
            corners = [int(word.partition(b"/")[0]) for word in face]
            for second, third in pairwise(corners[1:]):
                flat += [corners[0], second, third]
    return np.array(flat, dtype=np.int64).reshape(-1, 3)


def _absolute(
    triangles: NDArray[np.int64], faces: list[list[bytes]], lines: list[bytes]
) -> NDArray[np.int64]:
    """Turn negative indices, which count back from the last point before the face."""
    before, count = [], 0
    for line in lines:
        count += _is(line, b"v")
        if _is(line, b"f"):
            before.append(count)
    of_triangle = np.repeat(before, [len(face) - 2 for face in faces])[:, np.newaxis]
    back = triangles + of_triangle + 1
    # Those that reach before the first point stay out of range.
    return np.where(triangles < 0, np.where(back > 0, back, triangles), triangles)
