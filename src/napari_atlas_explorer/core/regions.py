"""The hierarchy of regions, numbered in pre-order."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .colors import Rgb, distinct_color, parse_rgb
from .errors import ArgumentError, HierarchyError, UnknownRegionError
from .region_rows import as_id, filled, sibling_keys
from .region_sources import MAX_NODES, nested_rows, parents_of_rows
from .tree import number_forest

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

RegionKey = int | str
"""What names one region: its id, acronym or exact name."""


class RegionMap:
    """A tree of regions with their attributes (voxcell's ``RegionMap``).

    Regions are numbered in the hierarchy's pre-order: the region of *rank* ``k`` (1 to
    ``len(self)``; 0 is background) stands with all its descendants in the ranks
    ``[k, ends[k])``. Siblings follow ``graph_order`` where all of them give it, else the
    order of the source.

    Parameters
    ----------
    rows
        One mapping per region with at least ``id``; ``acronym`` and ``name`` default to the id
        and to the acronym. Other keys are kept as attributes.
    parents
        The parent's id for each row, None for a root.
    """

    def __init__(self, rows: Sequence[Mapping[str, Any]], parents: Sequence[int | None]) -> None:
        if not rows:
            raise HierarchyError("the hierarchy holds no region; expected at least one")
        if len(rows) > MAX_NODES:
            raise HierarchyError(f"{len(rows)} regions; this reader's limit is {MAX_NODES}")
        ids = [as_id(row.get("id")) for row in rows]
        pre = number_forest(ids, parents, sibling_keys(rows))
        order = pre.order.tolist()
        background = np.zeros(1, np.int64)
        self.ids: NDArray[np.int64] = np.concatenate(
            [background, np.array([ids[i] for i in order], np.int64)]
        )
        self.parents: NDArray[np.int64] = np.concatenate([background, pre.parent + 1])
        self.ends: NDArray[np.int64] = np.concatenate([background + 1, pre.end + 1])
        self.depths: NDArray[np.int64] = np.concatenate([background - 1, pre.depth])
        self._rows: list[dict[str, Any]] = [{}]
        for i in order:
            row = dict(rows[i])
            row["id"] = ids[i]
            row["acronym"] = str(row.get("acronym") if filled(row.get("acronym")) else ids[i])
            row["name"] = str(row["name"] if filled(row.get("name")) else row["acronym"])
            self._rows.append(row)
        self._rank_of_id = {int(v): k for k, v in enumerate(self.ids.tolist()) if k}

    # ---- making one ------------------------------------------------------------------------

    @classmethod
    def load_json(cls, path: str | Path) -> RegionMap:
        """Read nested JSON, an Allen API answer (``msg``) or BrainGlobe's flat list."""
        from ..files.hierarchy_json import load_region_map_json

        return load_region_map_json(path)

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> RegionMap:
        """Build from nested dicts ``{id, acronym, name, ..., children: [...]}``.

        An Allen API answer (``{"msg": [root]}``) is unwrapped.
        """
        return cls(*nested_rows(d))

    @classmethod
    def from_structures(cls, rows: Sequence[Mapping[str, Any]]) -> RegionMap:
        """Build from flat rows with ``structure_id_path`` or ``parent_structure_id``.

        A path is a list of ids from the root to the region itself, or a string such as
        "/997/8/"; it wins over the parent column where a row has both. A row with neither is
        a root.
        """
        return cls(rows, parents_of_rows(rows))

    @classmethod
    def from_dataframe(cls, df: pd.DataFrame) -> RegionMap:
        """Build from a table as `as_dataframe` gives it: index ``id``, column ``parent_id``."""
        import pandas as pd

        table = df.reset_index() if df.index.name == "id" else df
        missing = {"id", "parent_id"} - set(table.columns)
        if missing:
            raise ArgumentError(f"the table has no column {sorted(missing)}; see as_dataframe")
        rows = []
        parents: list[int | None] = []
        for record in table.to_dict(orient="records"):
            parent = record.pop("parent_id")
            above = None if pd.isna(parent) else as_id(parent)
            parents.append(None if above == -1 else above)
            record.pop("children_count", None)
            rows.append({str(k): v for k, v in record.items() if filled(v)})
        return cls(rows, parents)

    @classmethod
    def flat(cls, labels: Sequence[Mapping[str, Any]], root_name: str = "all regions") -> RegionMap:
        """Build a root with one child per label: what a table without parents says.

        The root's id is one above the largest label, so that it cannot be taken for one.
        """
        ids = [as_id(row.get("id")) for row in labels]
        root_id = max([*ids, 0]) + 1
        taken = any(row.get("acronym") == "root" for row in labels)
        root = {
            "id": root_id,
            "acronym": "all" if taken else "root",
            "name": root_name,
            "rgb_triplet": [255, 255, 255],
        }
        return cls([root, *labels], [None, *[root_id] * len(labels)])

    # ---- size, iteration -------------------------------------------------------------------

    def __len__(self) -> int:
        """Return the number of regions (background not counted)."""
        return len(self._rows) - 1

    def __contains__(self, region: object) -> bool:
        """Tell whether an id, acronym or exact name is that of a region."""
        return (isinstance(region, int | np.integer | str)) and bool(self._candidates(region))

    def __iter__(self) -> Iterator[int]:
        """Iterate over the ids in pre-order."""
        return iter(self.ids[1:].tolist())

    # ---- names to ranks --------------------------------------------------------------------

    @cached_property
    def _ranks_of_acronym(self) -> dict[str, list[int]]:
        return self._index_by("acronym")

    @cached_property
    def _ranks_of_name(self) -> dict[str, list[int]]:
        return self._index_by("name")

    def _index_by(self, key: str) -> dict[str, list[int]]:
        table: dict[str, list[int]] = {}
        for rank in range(1, len(self._rows)):
            table.setdefault(self._rows[rank][key], []).append(rank)
        return table

    def _candidates(self, region: RegionKey | np.integer[Any]) -> list[int]:
        if isinstance(region, bool):
            return []
        if isinstance(region, int | np.integer):
            rank = self._rank_of_id.get(int(region))
            return [rank] if rank else []
        return self._ranks_of_acronym.get(region) or self._ranks_of_name.get(region) or []

    def rank(self, region: RegionKey | np.integer[Any]) -> int:
        """Pre-order rank of a region named by id, acronym or exact name (in this order).

        Raises
        ------
        UnknownRegionError
            If none answers to it (with close matches), or several do (with their ids).
        """
        found = self._candidates(region)
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(str(self.ids[k]) for k in found[:6]) + (", …" * (len(found) > 6))
            raise UnknownRegionError(
                region, f"{len(found)} regions share it (ids {ids}); name one by its id"
            )
        close: list[str] = []
        if isinstance(region, str):
            by_folded = {a.casefold(): a for a in self._ranks_of_acronym}
            near = difflib.get_close_matches(region.casefold(), by_folded, n=3, cutoff=0.6)
            close = [by_folded[a] for a in near]
        raise UnknownRegionError(region, suggestions=close)

    def rank_of_id(self, region_id: int) -> int:
        """Rank of an id, 0 if the hierarchy does not know it."""
        return self._rank_of_id.get(int(region_id), 0)

    # ---- attributes ------------------------------------------------------------------------

    def row(self, rank: int) -> dict[str, Any]:
        """All attributes of the region with this rank (a fresh dict)."""
        return dict(self._rows[rank])

    def acronym(self, rank: int) -> str:
        """Acronym of the region with this rank."""
        return str(self._rows[rank]["acronym"])

    def name(self, rank: int) -> str:
        """Name of the region with this rank."""
        return str(self._rows[rank]["name"])

    @cached_property
    def _colors(self) -> tuple[list[Rgb], list[bool]]:
        found = [parse_rgb(row) for row in self._rows]
        return (
            [c if c is not None else distinct_color(k) for k, c in enumerate(found)],
            [c is not None for c in found],
        )

    def color(self, rank: int) -> Rgb:
        """Colour of a region: the source's own, else a made-up but repeatable one."""
        return self._colors[0][rank]

    def has_own_color(self, rank: int) -> bool:
        """Whether the source states the region's colour."""
        return self._colors[1][rank]

    def get(self, id: int, attr: str, with_ascendants: bool = False) -> Any:
        """Attribute of a region, or the list of it from the region up to the root (voxcell).

        Raises
        ------
        UnknownRegionError
            If no region has this id.
        ArgumentError
            If the region, or one of its ancestors, has no such attribute.
        """
        rank = self._require_id(id)
        chain = [rank, *self.ancestor_ranks(rank)[::-1]] if with_ascendants else [rank]
        values = []
        for k in chain:
            if attr not in self._rows[k]:
                raise ArgumentError(
                    f"region {self.ids[k]} has no attribute {attr!r}; "
                    f"it has {', '.join(sorted(self._rows[k]))}"
                )
            values.append(self._rows[k][attr])
        return values if with_ascendants else values[0]

    def is_leaf_id(self, id: int) -> bool:
        """Whether the region with this id has no children."""
        rank = self._require_id(id)
        return bool(self.ends[rank] == rank + 1)

    def find(
        self, value: Any, attr: str, ignore_case: bool = False, with_descendants: bool = False
    ) -> set[int]:
        """Ids of the regions whose attribute equals a value; an empty set if none (voxcell).

        Parameters
        ----------
        value
            The value sought; a string that starts with "@" is a regular expression that is
            searched for anywhere in the attribute.
        attr
            The attribute's key, for instance "acronym".
        ignore_case
            Compare strings without regard to case.
        with_descendants
            Include all descendants of what is found.
        """
        if isinstance(value, str) and value.startswith("@"):
            try:
                pattern = re.compile(value[1:], re.IGNORECASE if ignore_case else 0)
            except re.error as exc:
                raise ArgumentError(f"{value[1:]!r} is no regular expression: {exc}") from exc

            def matches(v: Any) -> bool:
                return v is not None and pattern.search(str(v)) is not None
        elif ignore_case and isinstance(value, str):
            folded = value.casefold()

            def matches(v: Any) -> bool:
                return isinstance(v, str) and v.casefold() == folded
        else:

            def matches(v: Any) -> bool:
                return bool(v == value)

        hits = [k for k in range(1, len(self._rows)) if matches(self._rows[k].get(attr))]
        if with_descendants:
            return {int(i) for k in hits for i in self.ids[k : self.ends[k]]}
        return {int(self.ids[k]) for k in hits}

    def _require_id(self, region_id: int) -> int:
        is_id = isinstance(region_id, int | np.integer) and not isinstance(region_id, bool)
        rank = self._rank_of_id.get(int(region_id)) if is_id else None
        if rank is None:
            raise UnknownRegionError(region_id, "no region has this id")
        return rank

    # ---- relations -------------------------------------------------------------------------

    def ancestor_ranks(self, rank: int) -> list[int]:
        """Ranks of a region's ancestors, root first, without itself."""
        chain: list[int] = []
        parent = int(self.parents[rank])
        while parent:
            chain.append(parent)
            parent = int(self.parents[parent])
        return chain[::-1]

    def child_ranks(self, rank: int) -> list[int]:
        """Ranks of a region's children in sibling order; of the roots for rank 0."""
        first, stop = (1, len(self) + 1) if rank == 0 else (rank + 1, int(self.ends[rank]))
        children = []
        while first < stop:
            children.append(first)
            first = int(self.ends[first])
        return children

    def path(self, rank: int) -> list[str]:
        """Acronyms from the root to the region itself; empty for background."""
        return [self.acronym(k) for k in (*self.ancestor_ranks(rank), rank)] if rank else []

    def at_depth(self, depth: int) -> NDArray[np.int64]:
        """For every rank, the rank of its ancestor at a depth (0 is the root) or its own.

        Returns
        -------
        (n + 1,) array; a region above the depth stands for itself, background for background.
        """
        target = np.arange(len(self.ids))
        deeper = self.depths > depth
        # Parents precede children in pre-order, so one pass in order settles every node.
        for rank in np.flatnonzero(deeper).tolist():
            target[rank] = target[self.parents[rank]]
        return target

    def descends_from(self, region: RegionKey, ancestor: RegionKey) -> bool:
        """Whether a region is another, or lies anywhere below it."""
        top = self.rank(ancestor)
        return top <= self.rank(region) < int(self.ends[top])

    def ranks_of(self, regions: RegionKey | Iterable[RegionKey]) -> list[int]:
        """Ranks of one region or of several, in the order given."""
        if isinstance(regions, str) or not isinstance(regions, Iterable):
            return [self.rank(regions)]
        return [self.rank(region) for region in regions]

    def intervals(self, ranks: Collection[int]) -> list[tuple[int, int]]:
        """Disjoint, ascending rank intervals that cover these regions with all descendants."""
        merged: list[tuple[int, int]] = []
        for rank in sorted(set(ranks)):
            start, stop = rank, int(self.ends[rank])
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
            else:
                merged.append((start, stop))
        return merged

    def as_dataframe(self) -> pd.DataFrame:
        """Table with index ``id``, every attribute, ``parent_id`` (-1: none) and child counts."""
        import pandas as pd

        table = pd.DataFrame(self._rows[1:]).set_index("id")
        parents = self.parents[1:]
        table["parent_id"] = np.where(parents > 0, self.ids[parents], -1)
        table["children_count"] = [len(self.child_ranks(k)) for k in range(1, len(self) + 1)]
        return table
