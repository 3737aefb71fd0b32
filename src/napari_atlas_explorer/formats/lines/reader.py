"""Reader of line files, with detection of the layout, and streamlines in JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError, AtlasFileError, short
from ...core.streamlines import FARTHEST, Line, Streamlines, sites
from ..common.safety import memory_budget, reason_of
from ..common.text import load_json
from .swc import read_swc

#
# Three layouts hold the same: an answer of the service (``{"success", "msg": [items]}``), the
# ``data.json`` of its example (``{"lines": [items], "injectionCoordinates": [[x, y, z]]}``), and
# ``{"lines": [[{"x", "y", "z"}]], "injection_sites": [{"x", "y", "z"}]}``, which is sometimes
# nested once more. All are in µm, along the axes of Allen's CCF.

JSON_SHARE = 12
"""Bytes of memory that a byte of JSON takes once parsed, at most."""
MAX_NESTING = 4
MAX_VALUES = 32
"""Quantities of a point."""
SITE_KEYS = ("injection_sites", "injectionCoordinates", "injection_coordinates")
TARGET_KEY = "targetCoordinates"
AXES = ("x", "y", "z")
STREAMLINES_JSON_EXPECTED = '{"lines": […]} or {"msg": […]} of points in µm'


def read_streamlines_json(path: str | Path) -> Streamlines:
    """Read lines from JSON, detecting the layout from the content.

    Raises
    ------
    AtlasFileError
        If the file is too large for the memory, of another layout, or holds coordinates that
        are no numbers; also if it is an answer in which the service reports an error.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({exc.strerror or exc})") from exc
    if size * JSON_SHARE > memory_budget():
        raise AtlasFileError(path, f"{size >> 20} MiB of JSON", "less, for the memory there is")
    return streamlines_from_json(load_json(path), path)


def streamlines_from_json(data: Any, source: object) -> Streamlines:
    """Build lines from parsed JSON.

    Parameters
    ----------
    data
        Of one of the layouts.
    source
        The file or address, for messages.
    """
    return _LineParser(source).read(data)


class _LineParser:
    """Parser of the lines of one file; its errors name the position in the file."""

    def __init__(self, source: object) -> None:
        self._source = source
        self._lines: list[Line] = []
        self._empty = 0

    def read(self, data: Any) -> Streamlines:
        for _ in range(MAX_NESTING):  # the whole may be nested in a list of one
            if not (isinstance(data, list) and len(data) == 1):
                break
            data = data[0]
        if not isinstance(data, dict):
            raise self._make_error(f"JSON of type {type(data).__name__}", STREAMLINES_JSON_EXPECTED)
        if "lines" in data:
            self._collect(data["lines"], MAX_NESTING)
            given: Any = next((data[key] for key in SITE_KEYS if key in data), [])
            found = self._read_sites(given, "injection site")
            kind = "streamlines.json" if "injection_sites" in data else "data.json"
        elif "msg" in data:
            found, kind = self._read_answer(data), "target search"
        else:
            keys = ", ".join(map(str, list(data)[:8])) or "none"
            raise self._make_error(f"JSON with the keys {short(keys)}", STREAMLINES_JSON_EXPECTED)
        notes = (f"{self._empty} lines without points are left out",) if self._empty else ()
        targets = self._read_sites(data.get(TARGET_KEY) or [], "target")
        return Streamlines(tuple(self._lines), found, targets, kind, notes)

    def _read_answer(self, data: dict[str, Any]) -> NDArray[np.float64]:
        """Return the lines of a target search, and collect its experiments' injection sites."""
        items = data["msg"]
        if data.get("success") is False or not isinstance(items, list):
            raise self._make_error(f"the answer {short(items)}", "lines in msg")
        if not all(isinstance(item, dict) for item in items):
            raise self._make_error("an answer with other things than objects in msg", "lines")
        if items and not any("path" in item for item in items):
            raise self._make_error("an answer without paths in msg", "that of a target search")
        self._collect(items, 1)
        key = "injection-coordinates"
        given = [line.attributes[key] for line in self._lines if key in line.attributes]
        return self._read_sites(given, "injection site")

    def _collect(self, node: Any, deepest: int) -> None:
        """Collect the lines of a list: items with a path, lists of points, or lists of those."""
        if not isinstance(node, list):
            raise self._make_error(f"lines of type {type(node).__name__}", "a list")
        if node and all(map(_is_point, node)):
            self._add(node, {})
            return
        for element in node:
            if isinstance(element, dict) and isinstance(element.get("path", []), list | None):
                rest = {key: value for key, value in element.items() if key != "path"}
                self._add(element.get("path") or [], rest)
            elif isinstance(element, list) and (not element or _is_point(element[0])):
                self._add(element, {})
            elif isinstance(element, list) and deepest > 1:
                self._collect(element, deepest - 1)
            else:
                raise self._make_error(
                    f"{short(element)} among its lines", "paths or lists of points"
                )

    def _add(self, points: list[Any], attributes: Mapping[str, Any]) -> None:
        if not points:
            self._empty += 1
            return
        where = f"point {{}} of line {len(self._lines) + self._empty + 1}"
        coordinates = np.array(
            [self._read_position(point, where.format(n)) for n, point in enumerate(points, 1)]
        )
        try:
            line = Line(coordinates, self._read_values(points, where), attributes)
        except ArgumentError as exc:
            raise self._make_error(str(exc), "") from exc
        self._lines.append(line)

    def _read_values(self, points: list[Any], where: str) -> dict[str, NDArray[np.float64]]:
        """Return the numbers that points have besides coordinates; NaN where one has none."""
        named = [p for p in points if isinstance(p, dict)]
        names = {key: None for p in named for key in p if key not in (*AXES, "coord")}
        if len(names) > MAX_VALUES:
            raise self._make_error(f"points with {len(names)} quantities", f"at most {MAX_VALUES}")
        values = {}
        for name in names:
            given = [p.get(name) if isinstance(p, dict) else None for p in points]
            if all(value is None or _is_number(value) for value in given):
                values[name] = np.array([_as_float(value) for value in given])
        return values

    def _read_position(self, point: Any, where: str) -> list[float]:
        given: Any = point
        if isinstance(point, dict):
            given = point["coord"] if "coord" in point else [point.get(axis) for axis in AXES]
        if not (isinstance(given, list) and len(given) == 3 and all(map(_is_number, given))):
            raise self._make_error(f"{where} is {short(point)}", "three numbers, µm")
        coordinates = [_as_float(value) for value in given]
        if not all(abs(value) <= FARTHEST for value in coordinates):  # NaN too
            raise self._make_error(f"{where} is at {short(given)}", f"µm up to {FARTHEST:g}")
        return coordinates

    def _read_sites(self, given: Any, what: str) -> NDArray[np.float64]:
        for _ in range(MAX_NESTING):
            if not (isinstance(given, list) and len(given) == 1 and isinstance(given[0], list)):
                break
            if given[0] and not isinstance(given[0][0], list | dict):
                break  # one site of three numbers
            given = given[0]
        if not isinstance(given, list):
            raise self._make_error(f"{what}s of type {type(given).__name__}", "a list of positions")
        return sites([self._read_position(p, f"{what} {n}") for n, p in enumerate(given, 1)])

    def _make_error(self, problem: str, expected: str) -> AtlasFileError:
        return AtlasFileError(self._source, problem, expected)


def _is_point(node: Any) -> bool:
    if isinstance(node, dict):
        return "x" in node or "coord" in node
    return isinstance(node, list) and len(node) == 3 and all(map(_is_number, node))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_float(value: float | None) -> float:
    if value is None:
        return float("nan")
    try:
        return float(value)
    except OverflowError:  # a whole number of more than 308 digits
        return float("inf")


def line_item(line: Line) -> dict[str, Any]:
    """Return one line as an item of ``data.json``: its attributes, then its path."""
    coordinates = plain_positions(line.positions)
    columns: Sequence[tuple[str, list[float | None]]] = [
        (name, [None if np.isnan(v) else v for v in values.tolist()])
        for name, values in line.values.items()
    ]
    path = [
        {"coord": position, **{name: values[n] for name, values in columns}}
        for n, position in enumerate(coordinates)
    ]
    return {**line.attributes, "path": path}


def plain_positions(positions: NDArray[np.float64]) -> list[list[float]]:
    """Convert positions to lists; whole numbers without a decimal point, as the service does."""
    return [[int(v) if v.is_integer() else v for v in p] for p in positions.tolist()]


HEAD_BYTES = 1 << 16
EXPECTED = "lines as JSON (data.json, streamlines.json, a target search's answer) or SWC"
SWC_ROW = re.compile(r"-?\d+(\.0*)?([\s,]+[-+\d.eE]+){6}")


def read_streamlines(path: str | Path) -> Streamlines:
    r"""Read lines from ``data.json``, ``streamlines.json``, a target search's answer, or SWC.

    Raises
    ------
    AtlasFileError
        If the file is none of these, or damaged.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "neuron.swc")
    ...     _ = path.write_text("1 1 0 0 0 5 -1\n2 3 30 40 0 1 1\n")
    ...     read_streamlines(path).kind
    'SWC'
    """
    path = Path(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(HEAD_BYTES)
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    text = raw.decode("utf-8-sig", "replace").lstrip()
    if text.startswith(("{", "[")):
        return read_streamlines_json(path)
    rows = (line.strip() for line in text.splitlines())
    first = next((row for row in rows if row and not row.startswith("#")), "")
    # A comment longer than the sample leaves no row to detect SWC by.
    if SWC_ROW.match(first) or (not first and text.startswith("#")):
        return read_swc(path)
    raise AtlasFileError(path, f"it starts with {short(text[:40])}", EXPECTED)
