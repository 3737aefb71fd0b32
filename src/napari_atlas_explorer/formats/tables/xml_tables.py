"""Region tables in XML: FSL's descriptions of atlases, and the Waxholm atlas's ``.ilf``.

The layout of FSL is that of the files in ``data/atlases``: ``<label index="3" …>Name</label>``.
In an atlas of labels the index is the voxel's value; in a probabilistic one it counts the
volumes from 0, and the summary volume (maxprob) holds index + 1. In ``.ilf``, within ``<milf>``,
labels are nested: ``<label id="3" name="…" abbreviation="…" color="#…"><label …/></label>``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError
from ..common.text import parse_strictly
from .cells import parse_color, parse_id

MAX_DEPTH = 64
EXPECTED = "an FSL atlas, <atlas>, or the Waxholm atlas's <milf>"


def parse_xml(text: str, path: Path) -> tuple[str, list[dict[str, Any]]]:
    """Return the name of the atlas, "" without one, and its rows; label 0 is left out.

    A document type, and with it every entity, is refused: neither format has one.
    """
    collected = _LabelCollector(path)
    parse_strictly(text, collected, path, EXPECTED)
    if collected.root == "milf":
        return "", collected.nested
    if collected.root != "atlas":
        raise AtlasFileError(path, f"XML of <{collected.root}>", EXPECTED)
    return collected.name.strip(), collected.rows()


class _LabelCollector:
    """Parser target that collects labels."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.root = ""
        self.name = ""
        self.kind = ""
        self.labels: list[tuple[dict[str, str], str]] = []
        self.nested: list[dict[str, Any]] = []
        self._open: list[str] = []
        self._above: list[int] = []
        self._attributes: dict[str, str] = {}
        self._text: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.root = self.root or tag
        self._open.append(tag)
        if len(self._open) > MAX_DEPTH:
            raise AtlasFileError(self.path, f"elements more than {MAX_DEPTH} deep", EXPECTED)
        self._attributes, self._text = attributes, []
        if tag == "label" and self.root == "milf":
            self._add_nested(attributes)

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, tag: str) -> None:
        self._open.pop()
        text = "".join(self._text)
        self._text = []
        if tag == "label" and self.root == "milf":
            self._above.pop()
        elif tag == "label":
            self.labels.append((self._attributes, text.strip()))
        elif tag == "name" and not self.name:
            self.name = text
        elif tag == "type" and not self.kind:
            self.kind = text.strip().lower()

    def _add_nested(self, attributes: dict[str, str]) -> None:
        region_id = parse_id(attributes.get("id", "").strip())
        if region_id is None:
            raise AtlasFileError(
                self.path, f"a label with id {attributes.get('id', '')[:20]!r}", "a number"
            )
        row: dict[str, Any] = {
            "id": region_id,
            "parent_structure_id": self._above[-1] if self._above else None,
        }
        color = parse_color(attributes.get("color", ""))
        row |= {"rgb_triplet": list(color)} if color else {}
        for key, name in (("acronym", "abbreviation"), ("name", "name")):
            row |= {key: attributes[name].strip()} if attributes.get(name, "").strip() else {}
        if region_id or self._above:
            self.nested.append(row)
        self._above.append(region_id)

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
