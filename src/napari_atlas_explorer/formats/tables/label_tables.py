"""Label tables: ITK-SNAP, FreeSurfer and 3D Slicer color tables, FSL's XML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from ...core.errors import AtlasFileError
from ..common.atomic import atomic_write
from ..common.safety import reason_of

if TYPE_CHECKING:
    import pandas as pd


# ---- Writing ITK-SNAP label description files ----------------------------------------------------

HEADER = """\
################################################
# ITK-SnAP Label Description File
# Columns: IDX  -R-  -G-  -B-  -A--  VIS MSH  LABEL
################################################
"""
CLEAR = (0, 0, 0, 0, 0.0, 0, 0, "Clear Label")


def write_itksnap_table(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table with the columns IDX, -R-, -G-, -B-, -A--, VIS, MSH and LABEL.

    Label 0 is added; quotation marks in names become apostrophes, since the format has no way
    to write them.
    """
    columns = ["IDX", "-R-", "-G-", "-B-", "-A--", "VIS", "MSH", "LABEL"]
    rows = [CLEAR, *table[columns].sort_values("IDX").itertuples(index=False, name=None)]
    lines = [_format_line(row) for row in rows]
    with atomic_write(path) as temporary:
        temporary.write_text(HEADER + "".join(lines), encoding="utf-8", newline="\n")


def _format_line(row: tuple[object, ...]) -> str:
    number, r, g, b, alpha, visible, mesh, name = row
    label = " ".join(str(name).replace('"', "'").split())
    return f'{number:>5} {r:>4} {g:>4} {b:>4} {alpha:>8g} {visible:>2} {mesh:>2}    "{label}"\n'


# ---- Color tables ``id name R G B A``: FreeSurfer's LUT and 3D Slicer's .ctbl -------------------
#
# Both separate by blanks and write a name as one word, with underscores; they differ in A
# alone, which FreeSurfer counts as transparency and Slicer as opacity, and which is not used.

COLOR_TABLE_ROW = re.compile(
    r"\s*(\d{1,10})\s+(\"[^\"]*\"|\S+)\s+(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s+\d{1,3})?\s*",
    re.ASCII,
)


def is_color_table(line: str) -> bool:
    """Return whether a line is a row of a color table."""
    return COLOR_TABLE_ROW.fullmatch(line) is not None


def parse_color_table(lines: Sequence[str], path: Path) -> list[dict[str, Any]]:
    """Return the rows of a color table; label 0, the background, is left out."""
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = COLOR_TABLE_ROW.fullmatch(line)
        if match is None:
            raise AtlasFileError(path, f"line {number} is {line[:60]!r}", "id name R G B A")
        label, r, g, b = (int(v) for v in match.group(1, 3, 4, 5))
        if label:
            name = match[2].strip('"')
            rows.append({"id": label, "acronym": name, "name": name, "rgb_triplet": [r, g, b]})
    return rows


# ---- FSL's XML descriptions of atlases -----------------------------------------------------------
#
# The layout is that of the files in FSL's ``data/atlases``: ``<label index="3" …>Name</label>``.
# In an atlas of labels the index is the voxel's value; in a probabilistic one it counts the
# volumes from 0, and the summary volume (maxprob) holds index + 1.

MAX_DEPTH = 32


def parse_fsl_xml(text: str, path: Path) -> tuple[str, list[dict[str, Any]]]:
    """Return the name of the atlas and its labels; label 0 is left out.

    A document type, and with it every entity, is refused: FSL's files have none.
    """
    collected = _LabelCollector(path)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = collected.start
    parser.EndElementHandler = collected.end
    parser.CharacterDataHandler = collected.text
    parser.StartDoctypeDeclHandler = collected.refuse_doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError as exc:
        raise AtlasFileError(path, f"it is not valid XML ({reason_of(exc)})") from exc
    if collected.root != "atlas":
        raise AtlasFileError(path, f"XML of <{collected.root}>", "an FSL atlas, <atlas>")
    return collected.name.strip(), collected.rows()


class _LabelCollector:
    """Parser target that collects the labels of FSL's XML."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = ""
        self.name = ""
        self.kind = ""
        self.labels: list[tuple[dict[str, str], str]] = []
        self._open: list[str] = []
        self._attributes: dict[str, str] = {}
        self._text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.root = self.root or tag
        self._open.append(tag)
        if len(self._open) > MAX_DEPTH:
            raise AtlasFileError(self.path, f"elements more than {MAX_DEPTH} deep", "an FSL atlas")
        self._attributes, self._text = attributes, []

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        self._open.pop()
        text = "".join(self._text)
        self._text = []
        if tag == "label":
            self.labels.append((self._attributes, text.strip()))
        elif tag == "name" and not self.name:
            self.name = text
        elif tag == "type" and not self.kind:
            self.kind = text.strip().lower()

    def refuse_doctype(self, *_: object) -> None:
        raise AtlasFileError(self.path, "a document type declaration", "XML without one")

    def rows(self) -> list[dict[str, Any]]:
        first = 1 if self.kind.startswith("prob") else 0
        rows = []
        for attributes, name in self.labels:
            index = attributes.get("index", "")
            if not index.isdecimal() or len(index) > 12:
                raise AtlasFileError(self.path, f"a label with index {index[:20]!r}", "a number")
            value = attributes.get("value", "")
            label = int(value) if value.isdecimal() and len(value) < 13 else int(index) + first
            if label:
                rows.append({"id": label, "acronym": name, "name": name})
        return rows


# ---- ITK-SNAP label descriptions: ``IDX R G B A VIS MSH "LABEL"`` --------------------------------

ROW = re.compile(
    r"\s*(\d{1,10})\s+(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})\s+([\d.eE+-]+)\s+(\d)\s+(\d)\s+"
    r"\"([^\"]*)\"\s*",
    re.ASCII,
)


def is_itksnap(line: str) -> bool:
    """Return whether a line is an ITK-SNAP label row."""
    return ROW.fullmatch(line) is not None


def parse_itksnap(lines: Sequence[str], path: Path) -> list[dict[str, Any]]:
    """Return the rows of an ITK-SNAP label description file; label 0 ("Clear Label") is left out.

    A name runs to the next quote: the format has no way to write one inside.
    """
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = ROW.fullmatch(line)
        if match is None:
            raise AtlasFileError(
                path, f"line {number} is {line[:60]!r}", 'IDX R G B A VIS MSH "LABEL"'
            )
        label, r, g, b = (int(v) for v in match.group(1, 2, 3, 4))
        if label:
            name = match.group(8).strip()
            rows.append({"id": label, "acronym": name, "name": name, "rgb_triplet": [r, g, b]})
    return rows
