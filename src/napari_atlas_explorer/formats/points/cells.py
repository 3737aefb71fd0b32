"""Cells of cellfinder and of Fiji's Cell Counter: voxels of the image, as XML or YAML."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ...core.errors import AtlasFileError
from ..common.text import parse_strictly, read_text
from .table import PointColumns

NAMES = ("x", "y", "z", "type")
UNITS = ("voxel", "voxel", "voxel", "")
XML_NAMES = {"MarkerX": 0, "MarkerY": 1, "MarkerZ": 2}
FIELD = re.compile(r"\b(type|x|y|z): *([-+.\w]+)")
EXPECTED = "<CellCounter_Marker_File>"
NO_CELL, CELL = 1, 2
"""Types of cellfinder, which keeps the candidates that it found to be no cells."""


def xml_cells(path: Path) -> PointColumns:
    """Read ``<CellCounter_Marker_File>``; a document type, and with it every entity, is refused."""
    reader = _MarkerReader(path)
    parse_strictly(path.read_bytes(), reader, path, EXPECTED)
    return _keep_cells(reader.rows)


class _MarkerReader:
    """Parser target that collects the markers."""

    def __init__(self, path: Path) -> None:
        self.rows: list[list[float]] = []
        self._path = path
        self._root = ""
        self._text = ""
        self._marker = [np.nan] * 4
        self._type = np.nan

    def start(self, tag: str, _: object) -> None:
        self._root = self._root or tag
        if self._root != "CellCounter_Marker_File":
            raise AtlasFileError(
                self._path, f"XML of <{tag[:60]}>", "<CellCounter_Marker_File>, as cellfinder's"
            )
        self._text = ""
        if tag == "Marker":
            self._marker = [np.nan, np.nan, np.nan, self._type]

    def text(self, text: str) -> None:
        self._text += text

    def end(self, tag: str) -> None:
        if tag == "Marker":
            self.rows.append(self._marker)
        elif tag == "Type":
            self._type = _parse_number(self._path, self._text)
        elif tag in XML_NAMES:
            self._marker[XML_NAMES[tag]] = _parse_number(self._path, self._text)


def yaml_cells(path: Path) -> PointColumns:
    """Read a list of ``type``, ``x``, ``y`` and ``z``, the YAML that cellfinder writes."""
    rows = []
    for n, item in enumerate(re.split(r"^\s*- ", read_text(path), flags=re.MULTILINE)[1:], 1):
        fields = dict(FIELD.findall(item))
        if not {"x", "y", "z"} <= set(fields):
            raise AtlasFileError(path, f"item {n} of the list has no x, y and z", "cells")
        rows.append([_parse_number(path, fields.get(name, "nan")) for name in NAMES])
    if not rows:
        raise AtlasFileError(path, "YAML without a list", "cells with type, x, y and z")
    return _keep_cells(rows)


def _keep_cells(rows: list[list[float]]) -> PointColumns:
    """Leave out what cellfinder found to be no cell, where the file has both types."""
    numbers = np.array(rows, np.float64).reshape(-1, 4)
    note = ""
    if set(np.unique(numbers[:, 3]).tolist()) == {NO_CELL, CELL}:
        cells = numbers[:, 3] == CELL
        note = f"{int((~cells).sum())} markers of type 1, no cells for cellfinder, left out"
        numbers = numbers[cells]
    return PointColumns(NAMES, numbers, UNITS, note=note)


def _parse_number(path: Path, text: str) -> float:
    try:
        return float(text)
    except ValueError as exc:
        raise AtlasFileError(path, f"{text.strip()[:40]!r}", "a number") from exc
