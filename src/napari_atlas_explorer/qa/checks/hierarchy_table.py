"""Checks of region tables: which one names the regions, and whether two of a package agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ...atlases.raw_hierarchy import RawRow, read_rows
from ...core.errors import AtlasError, short
from ...core.regions.rows import filled
from ...core.text import listed
from ..check import CheckGroup, Limits, NotRunError
from ..finding import Anchor, Finding
from ..subject import Subject
from .hierarchy_rows import format_row
from .package_facts import package_folder

JSON, TABLE = "structures.json", "structures.csv"
check = CheckGroup("hierarchy", (f"{JSON} and {TABLE}",), "quick")
FIX = f"Rewrite {TABLE} from {JSON}."

Rows = dict[int, RawRow]


@check("hierarchy-table", "warning", "Table that contradicts the JSON of the hierarchy")
def check_table(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding for rows that only one file has, and for each column that differs."""
    folder = package_folder(subject)
    if not (folder / JSON).is_file() or not (folder / TABLE).is_file():
        raise NotRunError(f"no {JSON} together with a {TABLE}")
    if subject.raw.hierarchy_file != folder / JSON:
        raise NotRunError(f"{JSON} cannot be read")
    json_rows = _index_rows(subject.raw.rows)
    try:
        table_rows = _index_rows(read_rows(folder / TABLE))
    except AtlasError as exc:
        yield Finding(
            f"The table of the hierarchy cannot be read: {exc}.",
            anchor=Anchor(file=TABLE),
            fix=FIX,
            key="unreadable",
        )
        return
    yield from _report_lone(json_rows, table_rows, f"are in {JSON}, but not in {TABLE}", "missing")
    yield from _report_lone(table_rows, json_rows, f"are in {TABLE}, but not in {JSON}", "extra")
    both = [
        (row, table_rows[region_id])
        for region_id, row in json_rows.items()
        if region_id in table_rows
    ]
    for name, value in COLUMNS.items():
        yield from _report_differences(both, name, value)


@check("hierarchy-names", "warning", "Several tables that name the regions")
def check_names(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding where the table was chosen among several, or does not fit well."""
    package = subject.atlas.package
    table = package.region_file
    for assumption in package.assumptions:
        if assumption.quantity == "names":
            yield Finding(
                f"{assumption.statement}.",
                anchor=Anchor(file=table.name if table is not None else None),
                fix="Keep one table with the annotation, named like it, or give it when opening.",
            )


def _report_lone(rows: Rows, others: Rows, where: str, key: str) -> Iterator[Finding]:
    lone = [row for region_id, row in rows.items() if region_id not in others]
    if lone:
        where = where if len(lone) > 1 else where.replace("are", "is", 1)
        regions = f"{len(lone)} region{'s' if len(lone) > 1 else ''}"
        yield _make_finding(
            f"{regions} {where}: {listed(format_row(row) for row in lone)}.", lone, key, None
        )


def _report_differences(
    both: list[tuple[RawRow, RawRow]], name: str, value: Callable[[RawRow], Any]
) -> Iterator[Finding]:
    pairs = [(a, b) for a, b in both if value(a) != value(b)]
    # A column that the table does not have cannot be wrong.
    if not pairs or not any(value(b) is not None for _, b in both):
        return
    words = [f"{format_row(a)} has {short(value(a))} and {short(value(b))}" for a, b in pairs]
    regions = f"{len(pairs)} region{'s' if len(pairs) > 1 else ''}"
    yield _make_finding(
        f"The {name} of {regions} differs between {JSON} and {TABLE}: {listed(words, 3)}.",
        [a for a, _ in pairs],
        name,
        pairs[0][1],
    )


def _make_finding(message: str, rows: list[RawRow], key: str, at: RawRow | None) -> Finding:
    ids = tuple(int(row.id) for row in rows)
    place = f"row {at.number + 1}: {key}" if at is not None else None
    anchor = Anchor(node=ids[0], file=TABLE, key=place)
    return Finding(message, ids, len(ids), anchor, FIX, key=key)


def _index_rows(rows: tuple[RawRow, ...]) -> Rows:
    """Return the rows by id, the first of each; id 0 means background."""
    rows_by_id: Rows = {}
    for row in rows:
        if isinstance(row.id, int) and row.id != 0:
            rows_by_id.setdefault(row.id, row)
    return rows_by_id


def _make_getter(column: str) -> Callable[[RawRow], str | None]:
    def value(row: RawRow) -> str | None:
        cell = row.attributes.get(column)
        return " ".join(str(cell).split()) if filled(cell) else None

    return value


COLUMNS: dict[str, Callable[[RawRow], Any]] = {
    "acronym": _make_getter("acronym"),
    "name": _make_getter("name"),
    "parent": lambda row: row.parent,
}
