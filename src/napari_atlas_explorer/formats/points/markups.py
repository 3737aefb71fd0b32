"""Markups of 3D Slicer: points in LPS or RAS, mm."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ...core.errors import AtlasFileError
from ..common.text import read_text
from .table import PointColumns

NAMES = ("x", "y", "z")
DEFAULT_COLUMNS = ["id", *NAMES]
SYSTEMS: dict[str, Literal["LPS", "RAS"]] = {"LPS": "LPS", "RAS": "RAS", "1": "LPS", "0": "RAS"}
"""Spelled out, or by number, as Slicer wrote them before version 4.11."""


def fcsv_points(path: Path) -> PointColumns:
    """Read .fcsv: lines of metadata that begin with ``#``, then one point a line."""
    lines = read_text(path).split("\n")
    fields = [line[1:].partition("=") for line in lines if line.startswith("#")]
    stated = {key.strip(): value.strip() for key, _, value in fields}
    columns = [name.strip() for name in stated.get("columns", "").split(",")]
    if not set(NAMES) <= set(columns):
        columns = DEFAULT_COLUMNS
    at = [columns.index(name) for name in NAMES]
    rows = csv.reader(line for line in lines if line.strip() and not line.startswith("#"))
    numbers = []
    for n, row in enumerate(rows, 1):
        try:
            numbers.append([float(row[k]) for k in at])
        except (ValueError, IndexError) as exc:
            raise AtlasFileError(path, f"point {n} has no three numbers", "x, y, z") from exc
    space = _find_system(path, stated.get("CoordinateSystem"))
    return PointColumns(NAMES, np.array(numbers).reshape(-1, 3), ("mm",) * 3, space)


def markup_points(path: Path, markups: Any) -> PointColumns:
    """Return the points of .mrk.json; those that were never placed are left out.

    Raises
    ------
    AtlasFileError
        If the sets of points are not all in one coordinate system and unit, LPS or RAS.
    """
    numbers, systems, units = [], set(), set()
    try:
        for markup in markups:
            systems.add(markup.get("coordinateSystem"))
            unit = markup.get("coordinateUnits", "mm")
            # Later versions write the code, its scheme and its meaning.
            units.add(str(unit[0] if isinstance(unit, list) else unit))
            for point in markup.get("controlPoints", ()):
                if point.get("positionStatus", "defined") == "defined":
                    x, y, z = point["position"]
                    numbers.append([float(x), float(y), float(z)])
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError) as exc:
        raise AtlasFileError(path, "markups without positions", "x, y, z of each point") from exc
    if len(systems) != 1 or len(units) != 1:
        stated = ", ".join(sorted(map(str, systems | units)))
        raise AtlasFileError(path, f"markups in {stated}", "one coordinate system and one unit")
    return PointColumns(
        NAMES,
        np.array(numbers, np.float64).reshape(-1, 3),
        (units.pop(),) * 3,
        _find_system(path, systems.pop()),
    )


def _find_system(path: Path, stated: Any) -> Literal["LPS", "RAS"]:
    system = SYSTEMS.get(str(stated).strip())
    if system is None:
        text = "no coordinate system" if stated is None else f"coordinate system {str(stated)[:40]}"
        raise AtlasFileError(path, text, "LPS or RAS")
    return system
