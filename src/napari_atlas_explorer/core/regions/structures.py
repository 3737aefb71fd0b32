"""Regions as plain dicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, overload

from .keys import RegionKey, for_each
from .region_map import RegionMap

if TYPE_CHECKING:
    from ..atlas.atlas import Atlas


class Structure(dict[str, Any]):
    """A region's attributes, path and color; ``mesh`` and ``mesh_filename`` are read on demand.

    The two are not among the keys, so that the dict can be written as JSON.
    """

    def __init__(self, node: Mapping[str, Any], atlas: Atlas | None) -> None:
        super().__init__(node)
        self._atlas = atlas

    def __missing__(self, key: str) -> Any:
        """Return the mesh of an atlas's package, or its file (None where it has none)."""
        if self._atlas is not None and key == "mesh":
            return self._atlas.mesh_from_structure(self["id"])
        if self._atlas is not None and key == "mesh_filename":
            return self._atlas.meshfile_from_structure(self["id"])
        raise KeyError(key)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy as a plain dict: the atlas stays."""
        return dict, (dict(self),)


class Structures(Mapping[int, Structure]):
    """Regions as dicts, by id, acronym or name (BrainGlobe's ``structures``).

    Parameters
    ----------
    region_map
        The hierarchy.
    atlas
        Atlas of the meshes; None for a hierarchy alone.
    """

    def __init__(self, region_map: RegionMap, atlas: Atlas | None = None) -> None:
        self._map = region_map
        self._atlas = atlas

    @overload
    def __getitem__(self, key: RegionKey) -> Structure: ...
    @overload
    def __getitem__(self, key: list[Any] | tuple[Any, ...]) -> list[Structure]: ...
    def __getitem__(self, key: Any) -> Any:
        """Region with its attributes, ``structure_id_path`` and ``rgb_triplet``; of a list, all."""
        return for_each(self._structure, key)

    def _structure(self, region: RegionKey) -> Structure:
        return Structure(self._map.node_of_rank(self._map.rank(region)), self._atlas)

    @property
    def tree(self) -> RegionMap:
        """The hierarchy.

        >>> atlas.structures.tree is atlas.region_map
        True
        """
        return self._map

    @property
    def acronym_to_id_map(self) -> dict[str, int]:
        """Id by acronym; see `RegionMap.get_id_acronym_map`.

        >>> atlas.structures.acronym_to_id_map["CA3"]
        222
        """
        return self._map.get_id_acronym_map()

    def __str__(self) -> str:
        """Draw the tree."""
        return str(self._map)

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
