"""FSL's XML descriptions of atlases.

The layout is that of the files in FSL's ``data/atlases``: ``<label index="3" …>Name</label>``.
In an atlas of labels the index is the voxel's value; in a probabilistic one it counts the
volumes from 0, and the summary volume (maxprob) holds index + 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.parsers import expat

from ..core.errors import AtlasFileError
from .reasons import reason_of

MAX_DEPTH = 32


def parse_fsl_xml(text: str, path: Path) -> tuple[str, list[dict[str, Any]]]:
    """Name of the atlas and its labels; label 0 is left out.

    A document type, and with it every entity, is refused: FSL's files have none.
    """
    collected = _Labels(path)
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


class _Labels:
    """What the elements of an atlas say, collected while they are read."""

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
