"""Regions as a package needs them: one tree below one root, acronyms unique, colors for all.

Nothing is repaired silently: each kind of change is noted in one sentence.
What would need a guess (which of several tops is the root) is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from ...core.colors.region_colors import distinct_color, parse_rgb
from ...core.errors import ArgumentError
from ...core.regions.region_map import RegionKey, RegionMap
from ...core.regions.rows import MADE_UP_ROOT

FEW = 5
"""How many regions a note names."""

WHITE = (255, 255, 255)
STRUCTURE_KEYS = ("acronym", "id", "name", "structure_id_path", "rgb_triplet")
"""Keys of a region in BrainGlobe's ``structures.json``, no more and no fewer."""

SAID_OTHERWISE = frozenset((*STRUCTURE_KEYS, "color_hex_triplet", "parent_structure_id"))


@dataclass(frozen=True)
class RepairedRegions:
    """Regions, and the notes on their repairs.

    Attributes
    ----------
    region_map
        The hierarchy.
    notes
        One sentence for each kind of change.
    """

    region_map: RegionMap
    notes: tuple[str, ...]


def repair_regions(
    regions: RegionMap, root_id: int | None, root_name: str = "root"
) -> RepairedRegions:
    """Give a hierarchy one root, unique acronyms, and a color for every region.

    Parameters
    ----------
    regions
        The hierarchy as its source gives it.
    root_id
        Id of the region above all others. Where several regions are at the top, a region with
        this id is put above them; where one is, it must be that one. None takes the only one;
        where no source states it, its id is one above the largest.
    root_name
        Name and acronym of a root that is put above.

    Returns
    -------
    Hierarchy in the same order, whose rows have kept their attributes and have ``rgb_triplet``
    as a list of three integers; and the notes.

    Raises
    ------
    ArgumentError
        If an id is below 1, or the root is ambiguous: the message names the regions at the top.
    """
    notes = list(regions.notes)
    regions = _state_root(regions, root_id)
    below = [int(i) for i in regions if i < 1]
    if below:
        raise ArgumentError(
            f"region {below[0]} ({regions.get(below[0], 'acronym')}); expected ids above 0, "
            f"since 0 is background: give it another id"
        )
    rows, parents = _make_one_root(regions, root_id, root_name, notes)
    _make_acronyms_unique(rows, notes)
    _fill_colors(rows, parents, notes)
    repaired = RegionMap(rows, parents)
    if "root" not in {row["acronym"] for row in rows}:
        notes.append(
            f"the root region is {repaired.acronym_of_rank(1)}: some of BrainGlobe's tools look "
            f"for 'root'"
        )
    return RepairedRegions(repaired, tuple(notes))


def drop_empty(regions: RegionMap, present_ids: Iterable[int]) -> RepairedRegions:
    """Drop the regions without a voxel, neither their own nor a descendant's.

    Parameters
    ----------
    regions
        The hierarchy.
    present_ids
        Ids that occur in the annotation; those that are no region's do not matter.
    """
    present = {int(i) for i in present_ids}
    kept: set[int] = set()
    # Backwards through the pre-order: descendants come before their ancestors.
    for rank in range(len(regions), 0, -1):
        region_id, parent = int(regions.ids[rank]), int(regions.parent_ranks[rank])
        if region_id in present or region_id in kept or parent == 0:
            kept.add(region_id)
            if parent:
                kept.add(int(regions.ids[parent]))
    gone = [
        regions.acronym_of_rank(k) for k in range(1, len(regions) + 1) if regions.ids[k] not in kept
    ]
    if not gone:
        return RepairedRegions(regions, ())
    return RepairedRegions(
        regions.restricted_to(kept), (f"{_count(gone)} without voxels left out: {_trim(gone)}",)
    )


def subtree(regions: RegionMap, region: RegionKey) -> RegionMap:
    """Return the hierarchy of a region and its descendants; it is the root.

    Raises
    ------
    UnknownRegionError
        If none, or more than one, answers to it.
    """
    rank = regions.rank(region)
    return _rebuild(regions, range(rank, int(regions.ends[rank])))


def structures_of(region_map: RegionMap) -> list[dict[str, Any]]:
    """Return the regions in pre-order as BrainGlobe lists them: exactly its five keys."""
    paths: list[list[int]] = [[]]
    listed = []
    for rank in range(1, len(region_map) + 1):
        region_id = int(region_map.ids[rank])
        paths.append([*paths[int(region_map.parent_ranks[rank])], region_id])
        listed.append(
            {
                "acronym": region_map.acronym_of_rank(rank),
                "id": region_id,
                "name": region_map.name_of_rank(rank),
                "structure_id_path": list(paths[rank]),
                "rgb_triplet": list(region_map.color_of_rank(rank)),
            }
        )
    return listed


def lost_attributes(region_map: RegionMap) -> list[str]:
    """Return attributes that BrainGlobe's list of regions cannot hold, in order of appearance.

    A parent's id and a color in hexadecimal digits are not lost: other keys hold them.
    """
    keys = (key for k in range(1, len(region_map) + 1) for key in region_map.row_of_rank(k))
    return [key for key in dict.fromkeys(keys) if key not in SAID_OTHERWISE]


def _state_root(regions: RegionMap, root_id: int | None) -> RegionMap:
    """Give a root that the source does not state an id that files can hold."""
    made_up = regions.made_up_root
    if not made_up:
        return regions
    ids = regions.ids[1:].tolist()
    new = max(0, *ids) + 1 if root_id is None else root_id
    if new in ids:  # the error will name the regions that it does not hold
        return regions.restricted_to([i for i in ids if i != MADE_UP_ROOT])
    rows = [
        {**regions.row_of_rank(k), "id": new if k == made_up else i} for k, i in enumerate(ids, 1)
    ]
    return RegionMap(rows, [None if row["id"] == new else new for row in rows])


def _make_one_root(
    regions: RegionMap, root_id: int | None, root_name: str, notes: list[str]
) -> tuple[list[dict[str, Any]], list[int | None]]:
    tops = regions.child_ranks(0)
    named = ", ".join(f"{regions.ids[k]} ({regions.acronym_of_rank(k)})" for k in tops[:FEW])
    named += f" and {len(tops) - FEW} more" if len(tops) > FEW else ""
    if root_id is not None and root_id < 1:
        raise ArgumentError(f"root_id {root_id}; expected a whole number above 0")
    if len(tops) == 1:
        if root_id is not None and root_id != regions.ids[1]:
            raise ArgumentError(
                f"root_id {root_id}, but the region above all others is {named}; "
                f"expected root_id {regions.ids[1]}"
            )
        return _collect_rows(regions, range(1, len(regions) + 1))
    if root_id is None:
        raise ArgumentError(
            f"{len(tops)} regions at the top of the hierarchy: {named}; expected one, or a "
            f"root_id that no region has: a root with it is put above them"
        )
    if regions.rank_of_id(root_id):
        raise ArgumentError(
            f"root_id {root_id} is that of {regions.get(root_id, 'acronym')}, which does not hold "
            f"all others: at the top are {named}; expected an id that no region has"
        )
    notes.append(
        f"a region {root_id} ({root_name}) is put above the {len(tops)} at the top: {named}"
    )
    above = {"id": root_id, "acronym": root_name, "name": root_name, "rgb_triplet": list(WHITE)}
    rows, parents = _collect_rows(regions, range(1, len(regions) + 1), above=root_id)
    return [above, *rows], [None, *(root_id if p is None else p for p in parents)]


def _collect_rows(
    regions: RegionMap, ranks: Collection[int], above: int | None = None
) -> tuple[list[dict[str, Any]], list[int | None]]:
    """Return the rows of ranks that are whole subtrees, with corrected parents."""
    selected = set(ranks)
    head = [] if above is None else [above]
    rows, parents = [], []
    for rank in sorted(selected):
        row = regions.row_of_rank(rank)
        chain = [int(regions.ids[k]) for k in regions.ancestor_ranks(rank) if k in selected]
        parent = chain[-1] if chain else None
        if "structure_id_path" in row:
            path = [*head, *chain, int(regions.ids[rank])]
            as_text = isinstance(row["structure_id_path"], str)
            row["structure_id_path"] = f"/{'/'.join(map(str, path))}/" if as_text else path
        if "parent_structure_id" in row:
            row["parent_structure_id"] = above if parent is None else parent
        rows.append(row)
        parents.append(parent)
    return rows, parents


def _rebuild(regions: RegionMap, ranks: Collection[int]) -> RegionMap:
    return RegionMap(*_collect_rows(regions, ranks))


def _make_acronyms_unique(rows: list[dict[str, Any]], notes: list[str]) -> None:
    numbers = [row["acronym"] for row in rows if row["acronym"] == str(row["id"])]
    if numbers:
        notes.append(f"{_count(numbers)} without an acronym: the id is used: {_trim(numbers)}")
    taken = {row["acronym"] for row in rows}
    seen: set[str] = set()
    changed = []
    for row in rows:
        acronym = row["acronym"]
        if acronym in seen:
            new = base = f"{acronym}-{row['id']}"
            n = 1
            while new in taken:
                n += 1
                new = f"{base}-{n}"
            row["acronym"] = new
            taken.add(new)
            changed.append(f"{acronym} is {new}")
        seen.add(row["acronym"])
    if changed:
        notes.append(f"{_count(changed)} had an acronym already in use: {_trim(changed)}")


def _fill_colors(rows: list[dict[str, Any]], parents: list[int | None], notes: list[str]) -> None:
    """Give every row its own color, its nearest colored ancestor's, or one of its rank.

    The color of a root is not inherited where it is white or gray: such a root contains
    everything, and all regions below it would look alike.
    """
    inherited: dict[int | None, tuple[int, int, int] | None] = {None: None}
    made = []
    for rank, (row, parent) in enumerate(zip(rows, parents, strict=True), 1):
        own = parse_rgb(row)
        above = inherited[parent]
        if own is None:
            made.append(row["acronym"])
        row["rgb_triplet"] = list(own or above or distinct_color(rank))
        gray_root = parent is None and own is not None and len(set(own)) == 1
        inherited[row["id"]] = None if gray_root else own or above
    if made:
        notes.append(
            f"{_count(made)} without a color got an ancestor's or a default one: {_trim(made)}"
        )


def _count(regions: Collection[object]) -> str:
    return f"{len(regions)} region{'s' if len(regions) != 1 else ''}"


def _trim(words: list[str]) -> str:
    return ", ".join(words[:FEW]) + (f" and {len(words) - FEW} more" if len(words) > FEW else "")
