"""Regions as plain dicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .region_map import RegionKey, RegionMap


class Structures(Mapping[int, dict[str, Any]]):
    """Regions as dicts, by id or acronym (BrainGlobe's ``structures``)."""

    def __init__(self, region_map: RegionMap) -> None:
        self._map = region_map

    def __getitem__(self, key: RegionKey) -> dict[str, Any]:
        """Region with its attributes, ``structure_id_path`` and ``rgb_triplet``."""
        rank = self._map.rank(key)
        row = self._map.row_of_rank(rank)
        chain = [*self._map.ancestor_ranks(rank), rank]
        row["structure_id_path"] = [int(self._map.ids[k]) for k in chain]
        row["rgb_triplet"] = list(self._map.color_of_rank(rank))
        return row

    def __repr__(self) -> str:
        """Describe what is in it, and how it is asked."""
        return f"<Structures: {len(self)} regions, by id, acronym or name>"

    def _ipython_key_completions_(self) -> list[str]:
        """Return the acronyms, which Tab completes after ``structures["``."""
        return [self._map.acronym_of_rank(k) for k in range(1, len(self) + 1)]

    def __iter__(self) -> Iterator[int]:
        """Iterate over the ids in pre-order."""
        return iter(self._map)

    def __len__(self) -> int:
        """Return the number of regions."""
        return len(self._map)

    def __contains__(self, key: object) -> bool:
        """Tell whether exactly one region has this id, acronym or name."""
        return len(self._map.candidates(key)) == 1
