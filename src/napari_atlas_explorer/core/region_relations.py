"""How regions stand to one another: parents, levels, sets, and tables of names.

Named as in AllenSDK's ``StructureTree``, which answers lists for lists of ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ArgumentError, UnknownRegionError, short
from .region_attributes import RegionAttributes, RegionKey
from .region_mapping import RegionMapping


class RegionRelations(RegionAttributes):
    """Questions on several regions at once; see `RegionMap`."""

    # ---- relations -------------------------------------------------------------------------

    def descends_from(self, region: RegionKey, ancestor: RegionKey) -> bool:
        """Whether a region is another, or lies anywhere below it."""
        top = self.rank(ancestor)
        return top <= self.rank(region) < int(self.ends[top])

    def parent_ids(self, ids: Iterable[int]) -> list[int | None]:
        """Parent of each region, None for a root."""
        parents = [int(self.parents[self.require_id(i)]) for i in ids]
        return [int(self.ids[p]) if p else None for p in parents]

    def child_ids(self, ids: Iterable[int]) -> list[list[int]]:
        """Children of each region, in sibling order."""
        return [self._ids(self.child_ranks(self.require_id(i))) for i in ids]

    def ancestor_ids(self, ids: Iterable[int]) -> list[list[int]]:
        """Each region with its ancestors, itself first and its root last."""
        ranks = [self.require_id(i) for i in ids]
        return [self._ids([rank, *self.ancestor_ranks(rank)[::-1]]) for rank in ranks]

    def descendant_ids(self, ids: Iterable[int]) -> list[list[int]]:
        """Each region with its descendants, itself first, in pre-order."""
        ranks = [self.require_id(i) for i in ids]
        return [self.ids[rank : self.ends[rank]].tolist() for rank in ranks]

    def _ids(self, ranks: list[int]) -> list[int]:
        return [int(self.ids[rank]) for rank in ranks]

    def common_ancestor(self, regions: Iterable[RegionKey]) -> int | None:
        """Id of the lowest region that all these regions are or descend from.

        None where they stand under different roots.
        """
        ranks = self.ranks_of(regions)
        if not ranks:
            raise ArgumentError("no region given; expected at least one")
        first, last = min(ranks), max(ranks)
        # In pre-order, a subtree that holds the first and the last holds all between them.
        while first and self.ends[first] <= last:
            first = int(self.parents[first])
        return int(self.ids[first]) if first else None

    def at_level(self, level: int) -> list[int]:
        """Ids of the regions that are ``level`` steps from their root, in pre-order."""
        if level < 0:
            raise ArgumentError(f"level {level}; expected 0 (the root) or more")
        return [int(i) for i in self.ids[self.depths == level]]

    def has_overlaps(self, ids: Iterable[int]) -> set[int]:
        """Those of these regions that are ancestors of others of them."""
        ranks = np.unique([self.require_id(i) for i in ids]).astype(np.int64)
        following = np.append(ranks[1:], len(self.ids))
        return {int(i) for i in self.ids[ranks[self.ends[ranks] > following]]}

    # ---- tables ----------------------------------------------------------------------------

    def get_name_map(self) -> dict[int, str]:
        """Name by id."""
        return {i: self.name(k) for k, i in enumerate(self, 1)}

    def get_id_acronym_map(self) -> dict[str, int]:
        """Id by acronym; upper and lower case are different.

        Raises
        ------
        ArgumentError
            If several regions share an acronym, so that no such table can be right.
        """
        found = Counter(self.acronym(k) for k in range(1, len(self.ids)))
        shared = [a for a, n in found.items() if n > 1]
        if shared:
            ids = self.find(shared[0], "acronym")
            raise ArgumentError(
                f"{len(shared)} acronyms are shared by several regions, "
                f"for instance {shared[0]!r} by {sorted(ids)}"
            )
        return {self.acronym(k): i for k, i in enumerate(self, 1)}

    def get_colormap(self) -> dict[int, list[int]]:
        """Red, green and blue (0 to 255) by id."""
        return {i: list(self.color(k)) for k, i in enumerate(self, 1)}

    def get_ancestor_id_map(self) -> dict[int, list[int]]:
        """For each id what `ancestor_ids` answers."""
        return dict(zip(self, self.ancestor_ids(self), strict=True))

    def values_to_region_attribute(
        self, values: ArrayLike, attr: str = "acronym"
    ) -> NDArray[np.object_]:
        """Attribute of the region of each id, in an array of the ids' shape (voxcell).

        Raises
        ------
        UnknownRegionError
            If an id is not in the hierarchy; 0 is not, unless a region has it.
        """
        ids = np.asarray(values)
        unique, where = np.unique(ids, return_inverse=True)
        table = np.empty(len(unique), object)
        table[:] = [self.get(int(i), attr) for i in unique]
        return table[where.reshape(ids.shape)]

    # ---- sets and mappings -----------------------------------------------------------------

    def get_structure_sets(self) -> list[int]:
        """Ids of the structure sets that regions belong to; empty where the source names none."""
        return sorted({s for k in range(1, len(self.ids)) for s in _sets_of(self._rows[k])})

    def get_structures_by_set_id(self, set_ids: Iterable[int]) -> list[dict[str, Any]]:
        """Rows of the regions that belong to any of these structure sets, in pre-order.

        Raises
        ------
        UnknownRegionError
            If no region belongs to one of the sets.
        """
        wanted = set(set_ids)
        strange = wanted - set(self.get_structure_sets())
        if strange:
            raise UnknownRegionError(min(strange), "no region belongs to this structure set")
        ranks = range(1, len(self.ids))
        return [self.row(k) for k in ranks if wanted & _sets_of(self._rows[k])]

    def mapping_to(self, regions: Iterable[RegionKey]) -> RegionMapping:
        """Collapse the hierarchy to a list of regions, as iblatlas does to Beryl and Cosmos.

        Each region stands for itself and for everything below it that no lower region of the
        list stands for; what is under none of them stands for its root.
        """
        return RegionMapping.to(self, self.ranks_of(regions))


def _sets_of(row: Mapping[str, Any]) -> set[int]:
    listed = row.get("structure_sets", row.get("structure_set_ids")) or ()
    if isinstance(listed, str):
        raise ArgumentError(f"structure sets are {short(listed)}; expected a list of ids")
    return {int(s["id"] if isinstance(s, Mapping) else s) for s in listed}
