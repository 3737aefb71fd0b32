"""Masks of regions, and how a set of them covers a domain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError, UnknownRegionError
from ..regions.region_map import RegionKey, RegionMap
from ..space.hemispheres import hemisphere_number
from ..space.volume import ROIMask

if TYPE_CHECKING:
    from .atlas import Atlas

MakeMask = Callable[[], ROIMask]


def ranks_named(regions: RegionMap, region: Any, attr: str | None, ignore_case: bool) -> list[int]:
    """Return the ranks that a region, several, or an attribute's value name."""
    if attr is None:
        ranks = regions.ranks_of(region)
        if not ranks:
            raise ArgumentError("no region given; expected at least one")
        return ranks
    ids = regions.find(region, attr, ignore_case)
    if not ids:
        raise UnknownRegionError(region, f"no region has this {attr}")
    return [regions.rank_of_id(i) for i in ids]


def make_mask(
    atlas: Atlas, ranks: list[int], hemisphere: str | int | None, direct_only: bool
) -> ROIMask:
    """Make the mask of the union of some ranks; see `Atlas.get_structure_mask`."""
    if direct_only:
        intervals = [(rank, rank + 1) for rank in sorted(set(ranks))]
    else:
        intervals = atlas.region_map.intervals(ranks)
    hemisphere_id = hemisphere_number(hemisphere)
    # Asked before the mask is made: a mask of a large atlas takes its time.
    hemisphere_rule = None if hemisphere_id is None else atlas.require_hemisphere_rule()
    mask = atlas.ranks.mask(intervals)
    if hemisphere_rule is not None and hemisphere_id is not None:
        hemisphere_rule.keep(mask, hemisphere_id)
    return ROIMask.from_grid(mask, atlas.grid)


def iterate_masks(
    atlas: Atlas,
    regions: Iterable[RegionKey],
    output_cb: Callable[[int, MakeMask], Any] | None,
    direct_only: bool,
) -> Iterator[Any]:
    """Make one mask after the other; see `Atlas.many_structure_masks`."""
    ids = [int(atlas.region_map.ids[rank]) for rank in atlas.region_map.ranks_of(regions)]

    def maker(region_id: int) -> MakeMask:
        return lambda: atlas.get_structure_mask(region_id, direct_only=direct_only)

    if output_cb is None:
        return ((i, maker(i)()) for i in ids)
    return (output_cb(i, maker(i)) for i in ids)


def write_mask_once(base_dir: str | Path, structure_id: int, make: MakeMask) -> Path:
    """Write a region's mask to ``structure_<id>.nrrd`` unless the file is there.

    The file holds uint8, the atlas's voxel size and origin. For `Atlas.many_structure_masks`:
    ``output_cb=functools.partial(Atlas.check_and_write, folder)``.

    Returns
    -------
    Path of the file; an existing one was not touched, and its mask not made.
    """
    path = Path(base_dir) / f"structure_{structure_id}.nrrd"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        make().save_nrrd(path)
    return path


def as_domain(domain_mask: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a domain as booleans, or raise where it is not a mask of this shape."""
    domain = np.asarray(domain_mask)
    if domain.shape != shape:
        raise ArgumentError(f"domain mask of shape {domain.shape}; expected {shape}")
    if domain.dtype != bool and not np.isin(domain, (0, 1)).all():
        raise ArgumentError("the domain mask holds other values than 0 and 1")
    return domain.astype(bool, copy=False)
