"""BrainGlobe's questions of the hierarchy, and its further images: members of an `Atlas`.

`Atlas` binds the functions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, overload

from ..errors import ArgumentError, UnknownImageError, short
from ..package import Package
from ..peer_names import accept_keywords
from ..regions.keys import RegionKey, for_each
from ..space.volume import VoxelData

if TYPE_CHECKING:
    from .atlas import Atlas


# ---- above and below a region --------------------------------------------------------------------


@overload
def get_structure_ancestors(atlas: Atlas, region: RegionKey) -> list[str]: ...
@overload
def get_structure_ancestors(
    atlas: Atlas, region: list[Any] | tuple[Any, ...]
) -> list[list[str]]: ...
@accept_keywords(structure="region")
def get_structure_ancestors(atlas: Atlas, region: Any) -> Any:
    """Return the acronyms of a region's ancestors, root first, without itself; of a list, lists.

    >>> atlas.get_structure_ancestors("HPF")
    ['root', 'grey', 'CH', 'CTX', 'CTXpl']
    """
    return for_each(lambda one: atlas.region_map.path(one)[:-1], region)


@overload
def get_structure_descendants(atlas: Atlas, region: RegionKey) -> list[str]: ...
@overload
def get_structure_descendants(
    atlas: Atlas, region: list[Any] | tuple[Any, ...]
) -> list[list[str]]: ...
@accept_keywords(structure="region")
def get_structure_descendants(atlas: Atlas, region: Any) -> Any:
    """Return the acronyms of all regions below a region, in pre-order; of a list, lists.

    >>> atlas.get_structure_descendants("CA3")
    ['CA3so', 'CA3sp', 'CA3sr']
    """
    regions = atlas.region_map

    def below(one: RegionKey) -> list[str]:
        rank = regions.rank(one)
        return [regions.acronym_of_rank(k) for k in range(rank + 1, int(regions.ends[rank]))]

    return for_each(below, region)


@accept_keywords(structure="region")
def get_structures_at_hierarchy_level(
    atlas: Atlas,
    region: RegionKey,
    hierarchy_level: int | None = None,
    as_acronym: bool = False,
) -> list[Any]:
    """Return the regions at a level of the hierarchy that are a region's line or descend from it.

    Parameters
    ----------
    region
        Id, acronym or exact name.
    hierarchy_level
        Steps from the root, which is level 0. Up to the region's own level there is one answer,
        its ancestor or itself. None is every level, one after the other.
    as_acronym
        Return acronyms instead of ids.

    Raises
    ------
    ArgumentError
        If no region below is as deep as that, or the level is no whole number from 0.

    Examples
    --------
    >>> atlas.get_structures_at_hierarchy_level("TH", 5, as_acronym=True)
    ['DORsm', 'DORpm']
    """
    regions = atlas.region_map
    rank = regions.rank(region)
    line = [*regions.ancestor_ranks(rank), *range(rank, int(regions.ends[rank]))]
    if hierarchy_level is None:
        ranks = sorted(line, key=lambda k: int(regions.depths[k]))
    else:
        at_level = set(regions.at_level(hierarchy_level))
        ranks = [k for k in line if int(regions.ids[k]) in at_level]
        if not ranks:
            raise ArgumentError(
                f"{regions.acronym_of_rank(rank)} has no region at level {hierarchy_level}; "
                f"expected at most {max(int(regions.depths[k]) for k in line)}"
            )
    return [regions.acronym_of_rank(k) if as_acronym else int(regions.ids[k]) for k in ranks]


# ---- further images ------------------------------------------------------------------------------


class AdditionalReferences(Mapping[str, VoxelData]):
    """Images of a package by name, without its reference; each is read when it is asked for."""

    def __init__(self, package: Package) -> None:
        self._datasets = {
            name: dataset
            for name, dataset in package.datasets.items()
            if dataset.kind == "image" and name != package.reference
        }
        self._images: dict[str, VoxelData] = {}

    def __getitem__(self, name: str) -> VoxelData:
        """Read an image, the first time from its file."""
        if name not in self._images:
            if name not in self._datasets:
                have = ", ".join(self) or "none"
                raise UnknownImageError(
                    f"no additional reference {short(name)}; the atlas has {have}"
                )
            self._images[name] = self._datasets[name].load()
        return self._images[name]

    def __contains__(self, name: object) -> bool:
        """Return whether there is an image of this name; no file is read."""
        return name in self._datasets

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._datasets)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._datasets)

    def __repr__(self) -> str:
        """List the names."""
        return f"<AdditionalReferences: {', '.join(self) or 'none'}>"
