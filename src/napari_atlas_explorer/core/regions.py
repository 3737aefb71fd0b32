"""The hierarchy of regions, numbered in pre-order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .errors import ArgumentError, HierarchyError
from .region_attributes import RegionKey
from .region_relations import RegionRelations
from .region_rows import as_id, filled, sibling_keys
from .region_sources import MAX_NODES, nested_rows, parents_of_rows
from .tree import number_forest

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["RegionKey", "RegionMap"]


class RegionMap(RegionRelations):
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
        ordered = []
        for i in pre.order.tolist():
            row = dict(rows[i])
            row["id"] = ids[i]
            row["acronym"] = str(row.get("acronym") if filled(row.get("acronym")) else ids[i])
            row["name"] = str(row["name"] if filled(row.get("name")) else row["acronym"])
            ordered.append(row)
        super().__init__(ids, pre, ordered)

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

    # ---- giving it away --------------------------------------------------------------------

    def as_dataframe(self) -> pd.DataFrame:
        """Table with index ``id``, every attribute, ``parent_id`` (-1: none) and child counts."""
        import pandas as pd

        table = pd.DataFrame(self._rows[1:]).set_index("id")
        parents = self.parents[1:]
        table["parent_id"] = np.where(parents > 0, self.ids[parents], -1)
        table["children_count"] = [len(self.child_ranks(k)) for k in range(1, len(self) + 1)]
        return table

    def as_dict(self) -> dict[str, Any]:
        """Nested dicts ``{id, acronym, name, ..., children: [...]}``, as `from_dict` takes them.

        Several roots stand in ``{"msg": [...]}``.
        """
        nodes: list[dict[str, Any]] = [{**row, "children": []} for row in self._rows]
        for rank in range(1, len(nodes)):
            nodes[int(self.parents[rank])]["children"].append(nodes[rank])
        roots: list[dict[str, Any]] = nodes[0]["children"]
        return roots[0] if len(roots) == 1 else {"msg": roots}

    def restricted_to(self, ids: Collection[int]) -> RegionMap:
        """Hierarchy of some of the regions; each hangs below its nearest ancestor among them."""
        kept = sorted(self.require_id(i) for i in set(ids))
        wanted = set(kept)
        parents = []
        for rank in kept:
            above = [k for k in self.ancestor_ranks(rank) if k in wanted]
            parents.append(int(self.ids[above[-1]]) if above else None)
        return RegionMap([self._rows[k] for k in kept], parents)
