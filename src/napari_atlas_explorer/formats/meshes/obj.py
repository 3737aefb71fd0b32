"""Wavefront OBJ: plain files parsed in bulk, others line by line.

The format is described at https://paulbourke.net/dataformats/obj. Materials, normals and
textures are passed over, and no file that it names is opened.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError
from ..common.safety import reason_of

# ---- Plain OBJ, parsed in bulk: the kind nearly every atlas has ----------------------------------
#
# Comments at the top, then points of three decimal numbers, then triangles of three whole ones,
# with one blank between the words of a line. Everything else is left to the parser that goes from
# line to line; this one gives its answers, to the bit, or none.

BLANK, NEWLINE, MINUS, POINT = b" \n-."
POINT_BYTES = b"v0123456789.- \n"
FACE_BYTES = b"f0123456789 \n"
MAX_DIGITS = 18
"""Any number of so many digits fits into an int64."""

EXACT = 2**53
"""Whole numbers below are exact as float64."""

POWERS = 10.0 ** np.arange(MAX_DIGITS + 1)
"""Exact, too: up to 10^22."""

Parsed = tuple[NDArray[np.float64], NDArray[np.int64]]


def parse_plain_obj(text: bytes) -> Parsed | None:
    """Return points ``(n, 3)`` and corners ``(m, 3)`` as written, from 1; None for any other text.

    ``text`` has its line ends as newlines.
    """
    start = _skip_comments(text)
    middle = text.find(b"\nf ", start) + 1
    if not middle or b"\\" in text[:start]:
        return None
    points = _parse_numbers(text[start:middle])
    if points is None:
        return None
    triangles = _parse_corners(text[middle:].rstrip(b"\n") + b"\n")
    return None if triangles is None else (points, triangles)


def _skip_comments(text: bytes) -> int:
    start = 0
    while text[start : start + 1] in (b"#", b"\n"):
        start = text.find(b"\n", start) + 1
        if not start:
            return len(text)
    return start


def _parse_numbers(lines: bytes) -> NDArray[np.float64] | None:
    """Return the decimal numbers of lines that begin with "v".

    A number of up to 15 digits is its digits, a whole number, divided by a power of ten. Both
    are exact, so that IEEE's division rounds as reading the text would (W. D. Clinger, "How to
    read floating point numbers accurately", 1990). Of the others each is read by itself.
    """
    ends = _find_word_ends(lines, b"v", POINT_BYTES)
    if ends is None:
        return None
    digits = lines.replace(b".", b"")
    signs = lines.count(b"-")
    if signs and (lines.count(b" -") != signs or b"- " in digits or b"-\n" in digits):
        return None
    whole = _parse_integers(digits, b"v", len(ends))
    if whole is None:
        return None
    raw = np.frombuffer(lines, np.uint8)
    starts, stops = ends[:, :3].ravel() + 1, ends[:, 1:].ravel()
    points = np.flatnonzero(raw == POINT)
    word = np.searchsorted(stops, points)
    if (word[1:] == word[:-1]).any():
        return None
    decimals = np.zeros(len(stops), np.intp)
    decimals[word] = stops[word] - points - 1
    negative_zero = (whole == 0) & (raw[starts] == MINUS)
    hard = (np.abs(whole) >= EXACT) | (stops - starts > MAX_DIGITS) | negative_zero
    numbers: NDArray[np.float64] = whole / POWERS[np.where(hard, 0, decimals)]
    at = np.flatnonzero(hard)
    numbers[at] = [
        float(lines[a:b]) for a, b in zip(starts[at].tolist(), stops[at].tolist(), strict=True)
    ]
    return numbers.reshape(-1, 3)


def _parse_corners(lines: bytes) -> NDArray[np.int64] | None:
    """Return the whole numbers of lines that begin with "f"; None where one is 0 or too long."""
    ends = _find_word_ends(lines, b"f", FACE_BYTES)
    if ends is None or np.diff(ends, axis=1).max() > MAX_DIGITS + 1:
        return None
    corners = _parse_integers(lines, b"f", len(ends))
    return None if corners is None or not corners.all() else corners.reshape(-1, 3)


def _find_word_ends(lines: bytes, first: bytes, allowed: bytes) -> NDArray[np.intp] | None:
    """Find where the words of each line end, ``(n, 4)``.

    None unless each line has four, the first and no other is ``first``, and all bytes are
    allowed.
    """
    if lines.translate(None, allowed):
        return None
    raw = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(raw <= BLANK)
    n = lines.count(b"\n")
    if len(ends) != 4 * n or raw[-1] != NEWLINE:
        return None
    of_line = ends.reshape(-1, 4)
    begin = first + b" "
    if (raw[of_line[:, 3]] != NEWLINE).any() or lines.count(first) != n:
        return None
    return of_line if lines.startswith(begin) and lines.count(b"\n" + begin) == n - 1 else None


def _parse_integers(lines: bytes, first: bytes, n: int) -> NDArray[np.int64] | None:
    """Return three of each line; None where a word is empty."""
    numbers = np.fromstring(lines.replace(first, b" "), dtype=np.int64, sep=" ")
    return numbers if len(numbers) == 3 * n else None


# ---- General OBJ, parsed line by line ------------------------------------------------------------

SPACES = (b" ", b"\t")


def parse_obj(raw: bytes, path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return points ``(n, 3)`` as stored and triangles ``(m, 3)``; indices count from 0.

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
        points = [line.split()[1:4] for line in lines if _has_keyword(line, b"v")]
        numbers = np.array([float(word) for point in points for word in point])
        if any(len(point) != 3 for point in points):
            raise ValueError("a point has fewer than three coordinates")
        faces = [line.split()[1:] for line in lines if _has_keyword(line, b"f")]
        triangles = _parse_triangles(faces)
    except (ValueError, OverflowError) as exc:
        raise AtlasFileError(path, f"its OBJ data are damaged ({reason_of(exc)})") from exc
    if not triangles.all():
        raise AtlasFileError(path, "a face that names point 0", "numbers from 1, or negative ones")
    if (triangles < 0).any():
        triangles = _resolve_indices(triangles, faces, lines)
    return numbers.reshape(-1, 3), triangles - 1


def _has_keyword(line: bytes, word: bytes) -> bool:
    return line[:1] == word and line[1:2] in SPACES


def _parse_triangles(faces: list[list[bytes]]) -> NDArray[np.int64]:
    """Return indices as written; in ``1/2/3`` the first names the point."""
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


def _resolve_indices(
    triangles: NDArray[np.int64], faces: list[list[bytes]], lines: list[bytes]
) -> NDArray[np.int64]:
    """Convert negative indices, which count back from the last point before the face."""
    before, count = [], 0
    for line in lines:
        count += _has_keyword(line, b"v")
        if _has_keyword(line, b"f"):
            before.append(count)
    of_triangle = np.repeat(before, [len(face) - 2 for face in faces])[:, np.newaxis]
    back = triangles + of_triangle + 1
    # Those that reach before the first point stay out of range.
    return np.where(triangles < 0, np.where(back > 0, back, triangles), triangles)
