"""Rows of a hierarchy as the checks ask for them: by id, with what their links come to."""

from __future__ import annotations

from dataclasses import dataclass

from ..atlases.raw_hierarchy import RawRow, cycles_of, is_flat
from ..core.errors import short
from ..core.region_rows import filled
from .check import NotRunError
from .subject import Subject


@dataclass(frozen=True)
class Links:
    """Rows by id, the first of each, and what their links come to.

    Attributes
    ----------
    rows
        First row of each whole-numbered id.
    parents
        Parent's id of each, None for a root.
    cycles
        Ids on each cycle.
    lost
        Ids from which no root is reached, those on cycles and those without a parent that is
        there among them.
    """

    rows: dict[int, RawRow]
    parents: dict[int, int | None]
    cycles: list[list[int]]
    lost: set[int]


def raw_rows(subject: Subject) -> tuple[RawRow, ...]:
    """Rows of the hierarchy, or say that there are none."""
    if not subject.raw.rows:
        raise NotRunError("no hierarchy that can be read")
    return subject.raw.rows


def tree_rows(subject: Subject) -> tuple[RawRow, ...]:
    """Rows of a hierarchy that tells a tree."""
    rows = raw_rows(subject)
    if is_flat(rows):
        raise NotRunError("the table is a list of labels without a tree")
    return rows


def acronym_of(row: RawRow) -> str:
    """Acronym as the source has it, "" without one."""
    value = row.attributes.get("acronym")
    return str(value) if filled(value) else ""


def called(row: RawRow) -> str:
    """How a message names a row: acronym and id."""
    acronym = acronym_of(row)
    return f"{acronym} (id {row.id})" if acronym else f"region {short(row.id)}"


def file_of(subject: Subject) -> str | None:
    """Name of the hierarchy's file, relative to the package where it lies in it."""
    path, folder = subject.raw.hierarchy_file, subject.raw.folder
    if path is None:
        return None
    inside = folder is not None and path.is_relative_to(folder)
    return path.relative_to(folder).as_posix() if inside and folder else path.name


def links_of(subject: Subject) -> Links:
    """Rows by id, and what their links come to."""

    def make() -> Links:
        rows: dict[int, RawRow] = {}
        for row in raw_rows(subject):
            if isinstance(row.id, int):
                rows.setdefault(row.id, row)
        parents = {region_id: row.parent for region_id, row in rows.items()}
        reached: dict[int, bool] = {}
        for start in rows:
            chain: list[int] = []
            node: int | None = start
            while node is not None and node in rows and node not in reached:
                reached[node] = False  # until a root is found: a cycle comes back to here
                chain.append(node)
                node = parents[node]
            found = node is None or (node in reached and reached[node])
            for region_id in chain:
                reached[region_id] = found
        lost = {region_id for region_id, found in reached.items() if not found}
        return Links(rows, parents, cycles_of(parents), lost)

    return subject.shared("hierarchy links", make)
