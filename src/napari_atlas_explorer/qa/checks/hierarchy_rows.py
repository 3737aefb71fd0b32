"""Checks of the hierarchy's rows as stored: ids, names, parents, paths."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from ...atlases.raw_hierarchy import RawRow, find_cycles, is_flat, path_of, stated_parent
from ...core.errors import short
from ...core.regions.rows import filled
from ...core.text import listed
from ..check import CheckGroup, Limits, NotRunError
from ..finding import Anchor, Finding
from ..subject import Subject
from .package_facts import relative_to

# ---- Rows by id, and their parent links ----------------------------------------------------------


@dataclass(frozen=True)
class ParentLinks:
    """Rows by id, the first of each, and the results of following their links.

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
    """Return the rows of the hierarchy, or raise `NotRunError`."""
    if not subject.raw.rows:
        raise NotRunError("no hierarchy that can be read")
    return subject.raw.rows


def tree_rows(subject: Subject) -> tuple[RawRow, ...]:
    """Return the rows of a hierarchy that has a tree."""
    rows = raw_rows(subject)
    if is_flat(rows):
        raise NotRunError("the table is a list of labels without a tree")
    return rows


def acronym_of(row: RawRow) -> str:
    """Return the acronym as stored, "" without one."""
    value = row.attributes.get("acronym")
    return str(value) if filled(value) else ""


def format_row(row: RawRow) -> str:
    """Format a row for messages: acronym and id."""
    acronym = acronym_of(row)
    return f"{acronym} (id {row.id})" if acronym else f"region {short(row.id)}"


def file_of(subject: Subject) -> str | None:
    """Return the hierarchy's file name, relative to the package where inside it."""
    path, folder = subject.raw.hierarchy_file, subject.raw.folder
    if path is None:
        return None
    return relative_to(path, folder) if folder else path.name


def links_of(subject: Subject) -> ParentLinks:
    """Return the rows by id, and the results of following their links."""

    def make() -> ParentLinks:
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
            reaches_root = node is None or (node in reached and reached[node])
            for region_id in chain:
                reached[region_id] = reaches_root
        lost = {region_id for region_id, found in reached.items() if not found}
        return ParentLinks(rows, parents, find_cycles(parents), lost)

    return subject.shared("hierarchy links", make)


# ---- Ids, names, parents, paths ------------------------------------------------------------------

check = CheckGroup("hierarchy", ("hierarchy",), "quick")


def _make_anchor(subject: Subject, row: RawRow, key: str) -> Anchor:
    node = row.id if isinstance(row.id, int) else None
    return Anchor(node=node, file=file_of(subject), key=f"row {row.number + 1}: {key}")


@check("hierarchy-duplicate-id", "error", "Id used by two regions")
def check_duplicate_id(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding for every id that more than one row has."""
    by_id: dict[int, list[RawRow]] = defaultdict(list)
    for row in raw_rows(subject):
        if isinstance(row.id, int):
            by_id[row.id].append(row)
    for region_id, rows in by_id.items():
        if len(rows) > 1:
            names = listed(acronym_of(r) or f"row {r.number + 1}" for r in rows)
            yield Finding(
                f"Id {region_id} occurs in {len(rows)} rows ({names}); each id may occur once.",
                (region_id,),
                len(rows) - 1,
                _make_anchor(subject, rows[1], "id"),
                "Give the later rows other ids, in the volume too, or remove them.",
            )


@check("hierarchy-duplicate-acronym", "warning", "Acronym used by two regions")
def check_duplicate_acronym(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding for every acronym that several regions have."""
    for acronym, rows in _group_by_acronym(subject, fold=False).items():
        ids = tuple(dict.fromkeys(r.id for r in rows))
        if len(ids) > 1:
            yield Finding(
                f"The acronym {acronym} belongs to {len(ids)} regions "
                f"(ids {listed(map(str, ids))}): it is ambiguous.",
                ids,
                len(ids),
                _make_anchor(subject, rows[1], "acronym"),
                "Change the acronym of all but one of them.",
            )


@check("hierarchy-acronym-case", "info", "Acronyms that differ by case alone")
def check_acronym_case(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding for acronyms that differ by upper and lower case alone."""
    for rows in _group_by_acronym(subject, fold=True).values():
        forms = list(dict.fromkeys(acronym_of(r) for r in rows))
        ids = tuple(dict.fromkeys(r.id for r in rows))
        if len(forms) > 1:
            yield Finding(
                f"The acronyms {' and '.join(forms)} differ in case alone: files named after "
                f"them overwrite each other on Windows and macOS.",
                ids,
                len(ids),
                _make_anchor(subject, rows[0], "acronym"),
                "Name files by region id, or change one of the acronyms.",
            )


def _group_by_acronym(subject: Subject, fold: bool) -> dict[str, list[RawRow]]:
    groups: dict[str, list[RawRow]] = defaultdict(list)
    for row in links_of(subject).rows.values():
        acronym = acronym_of(row)
        if acronym:
            groups[acronym.casefold() if fold else acronym].append(row)
    return groups


@check("hierarchy-missing-parent", "error", "Parent that is not in the hierarchy")
def check_missing_parent(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding for every row whose parent does not exist."""
    links = links_of(subject)
    for region_id, row in links.rows.items():
        parent = links.parents[region_id]
        if parent is not None and parent not in links.rows:
            yield Finding(
                f"{format_row(row)} names {parent} as its parent, which is not in the hierarchy.",
                (region_id,),
                1,
                _make_anchor(subject, row, "parent"),
                "Add the parent, or move the region below an existing one.",
            )


@check("hierarchy-path-end", "error", "Path that ends at another region")
def check_path_end(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding for every path that does not end at its own region."""
    _require_paths(subject)
    for region_id, row in links_of(subject).rows.items():
        value, column = row.attributes.get("structure_id_path"), _path_column(row)
        path = path_of(row)
        if not filled(value) or (path and path[-1] == region_id):
            continue
        yield Finding(
            f"The {column} of {format_row(row)} is {short(value)}; a path of ids from the "
            f"root must end at the region's own id {region_id}.",
            (region_id,),
            1,
            _make_anchor(subject, row, _path_column(row)),
            "Rewrite the path from the parents.",
        )


@check("hierarchy-path-parent", "error", "Path that contradicts the parent")
def check_path_parent(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding for every region whose path and parent contradict each other."""
    rows = tree_rows(subject)
    tells = ("structure_id_path", "parent_structure_id")
    if not any(filled(row.attributes.get(key)) for row in rows for key in tells):
        raise NotRunError("the hierarchy is defined by nesting alone")
    links = links_of(subject)
    for region_id, row in links.rows.items():
        if region_id in links.lost:
            continue  # a cycle or a missing parent, which is reported as such
        contradiction = _describe_contradiction(row, links)
        if contradiction:
            yield Finding(
                f"{format_row(row)}: {contradiction}.",
                (region_id,),
                1,
                _make_anchor(subject, row, _path_column(row)),
                "Find out which one is right, and rewrite paths and parents from it.",
            )


def _describe_contradiction(row: RawRow, links: ParentLinks) -> str:
    path, stated, parent = path_of(row), stated_parent(row), row.parent
    ends_well = path is not None and path[-1:] == [row.id]
    if path is not None and ends_well:
        above = path[-2] if len(path) > 1 else None
        if stated is not None and above != stated:
            return f"its path leads through {above}, but its parent is given as {stated}"
        if above != parent:
            return f"its path leads through {above}, but it hangs below {parent}"
        of_parent = path_of(links.rows[parent]) if parent in links.rows else None
        if of_parent is not None and of_parent[-1:] == [parent] and path[:-1] != of_parent:
            return f"its path is {path}, but its parent's is {of_parent}"
    elif path is None and stated is not None and stated != parent:
        return f"its parent is given as {stated}, but it hangs below {parent}"
    return ""


@check("hierarchy-cycle", "error", "Region that is its own ancestor")
def check_cycle(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding for every cycle."""
    tree_rows(subject)
    links = links_of(subject)
    for ids in links.cycles:
        names = [acronym_of(links.rows[i]) or str(i) for i in ids]
        way = " → ".join([*names, names[0]])
        yield Finding(
            f"{format_row(links.rows[ids[0]])} is its own ancestor: {way} (child → parent).",
            tuple(ids),
            len(ids),
            _make_anchor(subject, links.rows[ids[0]], "parent"),
            "Hang one of these regions below another parent.",
        )


@check("hierarchy-several-roots", "warning", "Several roots")
def check_several_roots(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield one finding where more than one region has no parent."""
    tree_rows(subject)
    links = links_of(subject)
    roots = [i for i, parent in links.parents.items() if parent is None]
    if len(roots) > 1:
        names = listed(format_row(links.rows[i]) for i in roots)
        yield Finding(
            f"The hierarchy has {len(roots)} roots instead of one: {names}.",
            tuple(roots),
            len(roots) - 1,
            _make_anchor(subject, links.rows[roots[1]], "parent"),
            "Hang all but one of them below the root.",
        )


@check("hierarchy-unreachable", "error", "Region that no root leads to")
def check_unreachable(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding for every region whose ancestors lead to no root."""
    tree_rows(subject)
    links = links_of(subject)
    on_cycle = {i for ids in links.cycles for i in ids}
    for region_id, row in links.rows.items():
        parent = links.parents[region_id]
        if region_id not in links.lost or region_id in on_cycle or parent not in links.rows:
            continue
        top = links.rows[_find_break(region_id, links, on_cycle)]
        yield Finding(
            f"{format_row(row)} is reached from no root: at {format_row(top)} above it, the "
            f"hierarchy is broken.",
            (region_id,),
            1,
            _make_anchor(subject, row, "parent"),
            "Fix the hierarchy above it.",
        )


def _find_break(region_id: int, links: ParentLinks, on_cycle: set[int]) -> int:
    while region_id not in on_cycle:
        parent = links.parents[region_id]
        if parent is None or parent not in links.rows:
            break
        region_id = parent
    return region_id


@check("hierarchy-id-invalid", "error", "Id that is no whole number")
def check_id_invalid(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding for every id that is no whole number above 0."""
    for row in raw_rows(subject):
        if isinstance(row.id, int) and row.id >= 0:
            continue
        yield Finding(
            f"The id of {acronym_of(row) or 'a region'} in row {row.number + 1} is "
            f"{short(row.id)}; a region's id is a whole number above 0.",
            (row.id,) if isinstance(row.id, int) else (),
            1,
            _make_anchor(subject, row, "id"),
            "Give the region a whole number above 0, in the volume too.",
        )


@check("hierarchy-id-zero", "info", "Region with the id of background")
def check_id_zero(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield a finding for a region with id 0."""
    for row in raw_rows(subject):
        if row.id == 0 and isinstance(row.id, int):
            yield Finding(
                f"{format_row(row)} has the id of background: its voxels count as such.",
                (0,),
                1,
                _make_anchor(subject, row, "id"),
                "Give the region an id above 0, or remove it if it means background.",
            )


@check("hierarchy-name-missing", "info", "Region without a name")
def check_name_missing(subject: Subject, _limits: Limits) -> Iterator[Finding]:
    """Yield one finding for the regions without a name."""
    nameless = [r for r in links_of(subject).rows.values() if not filled(r.attributes.get("name"))]
    if nameless:
        yield Finding(
            f"{len(nameless)} region{'s have' if len(nameless) > 1 else ' has'} no name: "
            f"{listed(format_row(r) for r in nameless)}.",
            tuple(r.id for r in nameless),
            len(nameless),
            _make_anchor(subject, nameless[0], "name"),
            "Write the region's full name in the hierarchy.",
        )


def _path_column(row: RawRow) -> str:
    """Return the name of the column that states a row's path."""
    terminology = "root_identifier_path"
    return terminology if terminology in row.attributes else "structure_id_path"


def _require_paths(subject: Subject) -> None:
    if not any(filled(row.attributes.get("structure_id_path")) for row in tree_rows(subject)):
        raise NotRunError("the hierarchy has no structure_id_path")
