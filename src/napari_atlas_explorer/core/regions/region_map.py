"""The regions of an atlas: names, attributes and relations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..colors.region_colors import Rgb, distinct_color, parse_rgb
from ..errors import ArgumentError, HierarchyError, UnknownRegionError
from ..peer_names import accept_keywords
from ..text import counted, listed
from . import attributes, relations, structure_sets, structure_tree, tables
from .drawing import draw_tree
from .hierarchy import Hierarchy, number_forest
from .keys import RegionKey, Regions, for_each
from .mapping import RegionMapping
from .notebook import describe, digest, html_tree, is_same
from .rows import (
    MADE_UP_ROOT,
    MAX_NODES,
    LinkedRows,
    Row,
    as_id,
    as_records,
    describe_row,
    filled,
    linked_rows,
    nested_rows,
    sibling_keys,
    table_rows,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["RegionKey", "RegionMap", "Regions"]


class RegionMap:
    """A tree of regions with their attributes (voxcell's ``RegionMap``).

    Methods take a region by its id, acronym or exact name; those that take a rank are named so.
    In the examples of its members ``regions`` is ``open_atlas("sample").region_map``.

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

    Attributes
    ----------
    notes
        One sentence for each thing that the source leaves open and that was assumed.

    Examples
    --------
    >>> cortex = {"id": 688, "acronym": "CTX", "name": "Cerebral cortex"}
    >>> regions = RegionMap.from_dict({"id": 997, "acronym": "root", "children": [cortex]})
    >>> regions.name(688), regions.path("CTX"), regions.name_of_rank(2)
    ('Cerebral cortex', ['root', 'CTX'], 'Cerebral cortex')
    >>> regions.child_ids("root"), regions.parent_ids([688, "root"])
    ([[688]], [997, None])
    >>> [node["acronym"] for node in regions.ancestors(["CTX"])[0]]
    ['CTX', 'root']
    >>> print(regions)
    root (997)
    └── CTX (688)
    """

    notes: tuple[str, ...] = ()

    def __init__(self, rows: Sequence[Mapping[str, Any]], parents: Sequence[int | None]) -> None:
        if not rows:
            raise HierarchyError("the hierarchy holds no region; expected at least one")
        if len(rows) > MAX_NODES:
            raise HierarchyError(f"{len(rows)} regions; this reader's limit is {MAX_NODES}")
        ids = [as_id(row.get("id")) for row in rows]
        pre = number_forest(ids, parents, sibling_keys(rows))
        self.hierarchy = Hierarchy(ids, pre)
        # As the source has them, for what is written; and with the names that all regions have.
        self._stated: list[dict[str, Any]] = [{}]
        self._rows: list[dict[str, Any]] = [{}]
        for i in pre.order.tolist():
            row = {**rows[i], "id": ids[i]}
            acronym = str(row["acronym"] if filled(row.get("acronym")) else ids[i])
            name = str(row["name"] if filled(row.get("name")) else acronym)
            self._stated.append(row)
            self._rows.append({**row, "acronym": acronym, "name": name})

    # ---- making one ------------------------------------------------------------------------

    @classmethod
    @accept_keywords(filepath="path")
    def load_json(cls, path: str | Path) -> RegionMap:
        """Read nested JSON, an Allen API answer (``msg``) or BrainGlobe's flat list.

        >>> RegionMap.load_json(atlas.fetch_hierarchy()) == regions
        True
        """
        from ...formats.tables.hierarchies import load_region_map_json

        return load_region_map_json(path)

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> RegionMap:
        """Build from nested dicts ``{id, acronym, name, ..., children: [...]}``.

        An Allen API answer (``{"msg": [root]}``) is unwrapped. A region that is listed below
        several parents is below the first of them.

        >>> child = {"id": 2, "acronym": "a"}
        >>> RegionMap.from_dict({"id": 1, "acronym": "A", "children": [child]}).path("a")
        ['A', 'a']
        """
        return cls._from_linked(nested_rows(d))

    @classmethod
    def from_structures(cls, rows: Sequence[Mapping[str, Any]] | pd.DataFrame) -> RegionMap:
        """Build from flat rows, or a table, with ``structure_id_path`` or ``parent_structure_id``.

        A path is a list of ids from the root to the region itself, or a string such as
        "/997/8/"; it wins over the parent column where a row has both. A row with neither is
        a root. Of a path that does not end at the region, or leads through ids without a row,
        the last known id is the parent, which `notes` say.

        >>> made = RegionMap.from_structures([{"id": 1}, {"id": 2, "structure_id_path": "/1/2/"}])
        >>> made.parent_ids([1, 2])
        [None, 1]
        """
        return cls._from_linked(linked_rows(as_records(rows)))

    @classmethod
    def _from_linked(cls, linked: LinkedRows) -> RegionMap:
        region_map = cls(linked.rows, linked.parents)
        region_map.notes = linked.notes
        return region_map

    @classmethod
    @accept_keywords(hierarchy_df="df")
    def from_dataframe(cls, df: pd.DataFrame) -> RegionMap:
        """Build from a table as `as_dataframe` gives it: index ``id``, column ``parent_id``.

        A region lacks the attributes whose cells are NaN.

        >>> RegionMap.from_dataframe(regions.as_dataframe()) == regions
        True
        """
        import pandas as pd

        table = df.reset_index() if df.index.name == "id" else df
        missing = {"id", "parent_id"} - set(table.columns)
        if missing:
            raise ArgumentError(f"the table has no column {sorted(missing)}; see as_dataframe")
        records = table.to_dict(orient="records")
        given = [{str(k): v for k, v in row.items() if v is not pd.NA} for row in records]
        return cls._from_linked(table_rows(given))

    @classmethod
    def flat(cls, labels: Sequence[Mapping[str, Any]], root_name: str = "all regions") -> RegionMap:
        """Build a root with one child per label: what a table without parents says.

        No file states this root: its id is one that no voxel can have; see `made_up_root`.

        >>> RegionMap.flat([{"id": 7, "acronym": "S1"}]).path("S1")
        ['root', 'S1']
        """
        taken = any(row.get("acronym") == "root" for row in labels)
        root = {
            "id": MADE_UP_ROOT,
            "acronym": "all" if taken else "root",
            "name": root_name,
            "rgb_triplet": [255, 255, 255],
        }
        return cls([root, *labels], [None, *[MADE_UP_ROOT] * len(labels)])

    # ---- the hierarchy, by rank ------------------------------------------------------------

    @property
    def ids(self) -> NDArray[np.int64]:
        """``(n + 1,)`` id of each rank; ``ids[0]`` is 0.

        >>> int(regions.ids[regions.rank("CA3sr")])
        225
        """
        return self.hierarchy.ids

    @property
    def parent_ranks(self) -> NDArray[np.int64]:
        """``(n + 1,)`` rank of each rank's parent; 0 for a root and for background.

        >>> regions.acronym_of_rank(regions.parent_ranks[regions.rank("CA3sr")])
        'CA3'
        """
        return self.hierarchy.parents

    @property
    def ends(self) -> NDArray[np.int64]:
        """``(n + 1,)``: rank ``k`` with all its descendants is ``[k, ends[k])``.

        >>> rank = regions.rank("CA3")
        >>> [regions.acronym_of_rank(k) for k in range(rank, regions.ends[rank])]
        ['CA3', 'CA3so', 'CA3sp', 'CA3sr']
        """
        return self.hierarchy.ends

    @property
    def depths(self) -> NDArray[np.int64]:
        """``(n + 1,)`` steps from the root; -1 for background.

        >>> int(regions.depths[regions.rank("CA3")]), len(regions.path("CA3"))
        (8, 9)
        """
        return self.hierarchy.depths

    __eq__, __hash__, __repr__, _repr_html_ = is_same, digest, describe, html_tree

    def __len__(self) -> int:
        """Return the number of regions (background not counted)."""
        return len(self.hierarchy)

    @property
    def all_ranks(self) -> range:
        """Ranks of all regions.

        >>> regions.all_ranks
        range(1, 456)
        """
        return range(1, len(self) + 1)

    @property
    def root_id(self) -> int:
        """Id of the root: the region called "root" where several have no parent.

        >>> regions.root_id
        1
        """
        roots = self.child_ranks(0)
        return int(self.ids[roots[0] if len(roots) == 1 else self.rank("root")])

    @property
    def made_up_root(self) -> int:
        """Rank of a root that the source does not state, 0 where it states all regions.

        >>> RegionMap.flat([{"id": 7}]).made_up_root, regions.made_up_root
        (1, 0)
        """
        return self.rank_of_id(MADE_UP_ROOT)

    @property
    def n_stated(self) -> int:
        """Number of regions that the source states.

        >>> made = RegionMap.flat([{"id": 7}, {"id": 8}])
        >>> len(made), made.n_stated
        (3, 2)
        """
        return len(self) - bool(self.made_up_root)

    def stated_id_of_rank(self, rank: int) -> int | None:
        """Return the id of a rank, None for a root that the source does not state.

        >>> made = RegionMap.flat([{"id": 7}])
        >>> [made.stated_id_of_rank(rank) for rank in made.all_ranks]
        [None, 7]
        """
        region_id = int(self.ids[rank])
        return None if region_id == MADE_UP_ROOT else region_id

    @cached_property
    def ambiguities(self) -> tuple[str, ...]:
        """One sentence for several roots, and one for acronyms that several regions share.

        >>> RegionMap.flat([{"id": 7, "acronym": "S1"}, {"id": 8, "acronym": "S1"}]).ambiguities
        ('1 acronym shared by several regions, to be named by id: S1 (7, 8)',)
        """
        sentences = []
        roots = self.child_ranks(0)
        if 1 < len(roots) < len(self):
            named = listed(describe_row(self._rows[k]) for k in roots)
            sentences.append(f"{len(roots)} regions have no parent, each is a root: {named}")
        shared = [ranks for ranks in self._ranks_of_acronym.values() if len(ranks) > 1]
        if shared:
            named = listed(
                f"{self.acronym_of_rank(ranks[0])} ({listed(str(self.ids[k]) for k in ranks)})"
                for ranks in shared
            )
            sentences.append(
                f"{counted(len(shared), 'acronym')} shared by several regions, to be named by id: "
                f"{named}"
            )
        return tuple(sentences)

    def __iter__(self) -> Iterator[int]:
        """Iterate over the ids in pre-order."""
        return iter(self.hierarchy)

    def rank_of_id(self, region_id: float | np.number[Any]) -> int:
        """Return the rank of an id, 0 if the hierarchy does not know it.

        >>> regions.rank_of_id(225) == regions.rank("CA3sr"), regions.rank_of_id(10**9)
        (True, 0)
        """
        return self.hierarchy.rank_of_id(region_id)

    def ancestor_ranks(self, rank: int) -> list[int]:
        """Return the ranks of a region's ancestors, root first, without the region itself.

        >>> [regions.acronym_of_rank(k) for k in regions.ancestor_ranks(regions.rank("CTX"))]
        ['root', 'grey', 'CH']
        """
        return self.hierarchy.ancestor_ranks(rank)

    def child_ranks(self, rank: int) -> list[int]:
        """Return the ranks of a region's children in sibling order; the roots for rank 0.

        >>> [regions.acronym_of_rank(k) for k in regions.child_ranks(regions.rank("CA3"))]
        ['CA3so', 'CA3sp', 'CA3sr']
        """
        return self.hierarchy.child_ranks(rank)

    def at_depth(self, depth: int) -> NDArray[np.int64]:
        """Map every rank to its ancestor at a depth; see `Hierarchy.at_depth`.

        >>> regions.acronym_of_rank(regions.at_depth(4)[regions.rank("CA3sr")])
        'CTXpl'
        """
        return self.hierarchy.at_depth(depth)

    def intervals(self, ranks: Collection[int]) -> list[tuple[int, int]]:
        """Merge regions with their descendants into disjoint, ascending rank intervals.

        >>> ranks = regions.ranks_of(["CA3", "CA3sr", "CA2"])
        >>> [(regions.acronym_of_rank(low), high - low) for low, high in regions.intervals(ranks)]
        [('CA2', 8)]
        """
        return self.hierarchy.intervals(ranks)

    def __contains__(self, region: object) -> bool:
        """Tell whether an id, acronym or exact name is that of a region."""
        return bool(self.candidates(region))

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

    def candidates(self, region: object) -> list[int]:
        """Return the ranks of all regions that an id, acronym or exact name names.

        >>> regions.candidates("CA3") == [regions.rank("CA3")], regions.candidates("nowhere")
        (True, [])
        """
        if isinstance(region, str):
            return self._ranks_of_acronym.get(region) or self._ranks_of_name.get(region) or []
        if isinstance(region, bool) or not isinstance(region, int | float | np.number):
            return []
        # An id beside an empty cell comes from pandas as 997.0, which is the key 997 of a dict.
        rank = self.rank_of_id(region)
        return [rank] if rank else []

    def rank(self, region: RegionKey) -> int:
        """Return the pre-order rank of a region named by id, acronym or exact name (in this order).

        Raises
        ------
        UnknownRegionError
            If none answers to it (with close matches), or several do (with their ids).

        Examples
        --------
        >>> regions.rank("Field CA3") == regions.rank("CA3") == regions.rank(222)
        True
        """
        found = self.candidates(region)
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(str(self.ids[k]) for k in found[:6]) + (", …" * (len(found) > 6))
            raise UnknownRegionError(
                region, f"{len(found)} regions share it (ids {ids}); name one by its id"
            )
        from ..query.near_regions import near_regions

        near = near_regions(self, region) if isinstance(region, str) else []
        raise UnknownRegionError(region, suggestions=near)

    def ranks_of(self, regions: Regions) -> list[int]:
        """Return the ranks of one region or of several, in the order given.

        >>> [regions.acronym_of_rank(rank) for rank in regions.ranks_of([225, "CTX"])]
        ['CA3sr', 'CTX']
        """
        ranks = for_each(self.rank, regions)
        return ranks if isinstance(ranks, list) else [ranks]

    # ---- attributes ------------------------------------------------------------------------

    row = attributes.row
    acronym = attributes.acronym
    name = attributes.name
    color = attributes.color
    has_own_color = attributes.has_own_color
    get = attributes.get
    is_leaf_id = attributes.is_leaf_id
    find = attributes.find
    path = attributes.path
    values_to_region_attribute = attributes.values_to_region_attribute

    def row_of_rank(self, rank: int) -> dict[str, Any]:
        """Return all attributes of the region with this rank (a fresh dict).

        >>> regions.row_of_rank(regions.rank("CA3"))["name"]
        'Field CA3'
        """
        return dict(self._rows[rank])

    def acronym_of_rank(self, rank: int) -> str:
        """Return the acronym of the region with this rank.

        >>> regions.acronym_of_rank(1)
        'root'
        """
        return str(self._rows[rank]["acronym"])

    def name_of_rank(self, rank: int) -> str:
        """Return the name of the region with this rank.

        >>> regions.name_of_rank(regions.rank("CA3"))
        'Field CA3'
        """
        return str(self._rows[rank]["name"])

    @cached_property
    def _colors(self) -> tuple[list[Rgb], list[bool]]:
        found = [parse_rgb(row) for row in self._rows]
        return (
            [c if c is not None else distinct_color(k) for k, c in enumerate(found)],
            [c is not None for c in found],
        )

    def color_of_rank(self, rank: int) -> Rgb:
        """Return the color of the region with this rank; see `color`.

        >>> regions.color_of_rank(regions.rank("CA3"))
        (99, 181, 106)
        """
        return self._colors[0][rank]

    # ---- relations -------------------------------------------------------------------------

    descends_from = relations.descends_from
    parent_ids = relations.parent_ids
    child_ids = relations.child_ids
    ancestor_ids = relations.ancestor_ids
    descendant_ids = relations.descendant_ids
    common_ancestor = relations.common_ancestor
    at_level = relations.at_level
    has_overlaps = relations.has_overlaps
    structure_descends_from = relations.descends_from

    # ---- AllenSDK's structure tree ---------------------------------------------------------

    node_of_rank = structure_tree.node_of_rank
    nodes = structure_tree.nodes
    node_ids = structure_tree.node_ids
    filter_nodes = structure_tree.filter_nodes
    nodes_by_property = structure_tree.nodes_by_property
    value_map = structure_tree.value_map
    parents = structure_tree.parents
    children = structure_tree.children
    ancestors = structure_tree.ancestors
    descendants = structure_tree.descendants
    get_structures_by_id = structure_tree.get_structures_by_id
    get_structures_by_acronym = structure_tree.get_structures_by_acronym
    get_structures_by_name = structure_tree.get_structures_by_name
    get_structures_by_set_id = structure_sets.get_structures_by_set_id
    get_structure_sets = structure_sets.get_structure_sets
    with_structure_sets = structure_sets.with_structure_sets
    load_structure_sets = structure_sets.load_structure_sets
    get_name_map = structure_tree.get_name_map
    get_id_acronym_map = structure_tree.get_id_acronym_map
    get_colormap = structure_tree.get_colormap
    get_ancestor_id_map = structure_tree.get_ancestor_id_map
    export_label_description = structure_tree.export_label_description

    # ---- mappings --------------------------------------------------------------------------

    def mapping_to(self, regions: Regions) -> RegionMapping:
        """Collapse the hierarchy to a list of regions, as iblatlas does to Beryl and Cosmos.

        Each region stands for itself and for everything below it that no lower region of the
        list stands for; what is under none of them stands for its root.

        >>> mapping = regions.mapping_to(["HPF", "TH"])
        >>> regions.acronym(int(mapping.remap(225).ids))
        'HPF'
        """
        return RegionMapping.to(self.hierarchy, self.ranks_of(regions))

    # ---- giving it away --------------------------------------------------------------------

    as_dataframe = tables.as_dataframe
    names_dataframe = tables.names_dataframe
    as_dict = tables.as_dict

    def __str__(self) -> str:
        """Draw the tree, a line for each region: acronym and id."""
        return draw_tree(self)

    def restricted_to(self, ids: Regions) -> RegionMap:
        """Keep some regions, each below its nearest ancestor among them.

        >>> print(regions.restricted_to(["root", "CTX", "CA3"]))
        root (1)
        └── CTX (4)
            └── CA3 (222)
        """
        wanted = set(self.ranks_of(ids))
        kept = sorted(wanted)
        parents = []
        for rank in kept:
            above = [k for k in self.ancestor_ranks(rank) if k in wanted]
            parents.append(int(self.ids[above[-1]]) if above else None)
        return RegionMap([self._stated[k] for k in kept], parents)

    def _change_rows(self, change: Callable[[Row], Row]) -> RegionMap:
        """Return the same hierarchy with other attributes."""
        parents = [int(self.ids[rank]) if rank else None for rank in self.parent_ranks[1:]]
        changed = RegionMap([change(row) for row in self._stated[1:]], parents)
        changed.notes = self.notes
        return changed
