"""BrainGlobe's terminologies: regions named by identifier, painted by annotation value."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError
from ...core.text import listed
from ..common.text import sanitize_values
from .cells import parse_id

COLUMNS = frozenset({"identifier", "parent_identifier", "annotation_value"})


def is_terminology(text: str) -> bool:
    """Return whether a table has the columns of a terminology."""
    fields = text.lstrip("\n").partition("\n")[0].split(",")
    return {field.strip().strip('"') for field in fields} >= COLUMNS


def parse_terminology(text: str, path: Path) -> tuple[list[dict[str, Any]], list[str]]:
    """Parse a terminology.

    Returns
    -------
    Rows with all cells under their heads, and ``id``, ``acronym`` and ``parent_structure_id`` as
    ids of the volume (an unknown parent as it is stated); and notes.
    """
    records = list(csv.DictReader(io.StringIO(text, newline="")))
    if not records or "identifier" not in records[0]:
        raise AtlasFileError(path, "no column 'identifier'", "a BrainGlobe terminology")
    ids, moved = _assign_ids(records)
    rows = []
    for record in records:
        parent = record.get("parent_identifier") or None
        row: dict[str, Any] = {k: v for k, v in record.items() if k is not None}
        row |= {
            "id": ids[record["identifier"]] if record["identifier"] else None,
            "acronym": record.get("abbreviation") or "",
            "parent_structure_id": ids.get(parent, parent) if parent else None,
        }
        rows.append(sanitize_values(row))
    if not moved:
        return rows, []
    return rows, [
        f"identifiers that are another region's annotation value are replaced: {listed(moved)}"
    ]


def _assign_ids(records: Sequence[Mapping[str, str]]) -> tuple[dict[str, Any], list[str]]:
    """Return the volume's id of each identifier, and which regions get another than their own.

    A region that is not painted has its identifier as its id, but where that is another's
    annotation value: the voxels are the other's. It then gets 10**k + identifier, above all.
    """
    painted = {
        r["identifier"]: _parse(r["annotation_value"]) for r in records if r.get("annotation_value")
    }
    values = set(painted.values())
    numbers = [n for n in (*values, *(_parse(r["identifier"]) for r in records)) if _is_id(n)]
    above = 10 ** len(str(max([*numbers, 1])))
    ids: dict[str, Any] = dict(painted)
    moved = []
    for record in records:
        identifier = record["identifier"]
        if identifier in ids:
            continue
        number = _parse(identifier)
        if number in values and _is_id(number):
            moved.append(
                f"{record.get('abbreviation') or identifier} ({number}) is {above + number}"
            )
            number += above
        ids[identifier] = number
    return ids, moved


def _parse(text: str | None) -> Any:
    number = parse_id((text or "").strip())
    return text if number is None else number


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and 0 <= value < 10**17
