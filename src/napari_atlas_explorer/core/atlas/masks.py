"""Masks of regions, and how a set of them covers a domain."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError, UnknownRegionError
from ..peer_names import accept_keywords
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


@accept_keywords(structure="region")
def get_structure_mask(
    atlas: Atlas,
    region: RegionKey | Iterable[RegionKey],
    hemisphere: str | int | None = None,
    direct_only: bool = False,
    attr: str | None = None,
    ignore_case: bool = False,
) -> ROIMask:
    """Return the mask of a region or of the union of several.

    Parameters
    ----------
    region
        Id, acronym or exact name, or a collection of them.
    hemisphere
        "left" or "right"; None for both.
    direct_only
        Leave the descendants out.
    attr
        Take ``region`` for a value of this attribute, as `RegionMap.find` does: "@layer 1$"
        with ``attr="name"`` is every region whose name ends so.
    ignore_case
        With ``attr``: compare strings without regard to case.

    Raises
    ------
    UnknownRegionError
        If nothing answers to ``region``; a mask of nothing would hide a misspelling.
    ArgumentError
        If ``region`` is an empty list, or no region has the attribute.

    Examples
    --------
    >>> int(atlas.get_structure_mask("HPF", hemisphere="left").sum())
    60397
    >>> mask = atlas.get_structure_mask("@stratum radiatum$", attr="name")
    >>> mask.lookup((6600, 2500, 3300)).item()
    True
    """
    ranks = ranks_named(atlas.region_map, region, attr, ignore_case)
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


@accept_keywords(structure_ids="regions")
def many_structure_masks(
    atlas: Atlas,
    regions: Iterable[RegionKey],
    output_cb: Callable[[int, MakeMask], Any] | None = None,
    direct_only: bool = False,
) -> Iterator[Any]:
    """Iterate over masks; each is made when it is asked for.

    Parameters
    ----------
    regions
        Ids, acronyms or names; all are checked before the first mask is made.
    output_cb
        Called with each region's id and a function that makes its mask; what it returns is
        yielded. Without it, pairs of id and mask are. `check_and_write` with its folder
        filled in writes files.
    direct_only
        Leave descendants out.

    Examples
    --------
    >>> masks = atlas.many_structure_masks(["CA1", "CA3"])
    >>> [(region_id, int(mask.sum())) for region_id, mask in masks]
    [(213, 18732), (222, 29854)]
    """
    ids = [int(atlas.region_map.ids[rank]) for rank in atlas.region_map.ranks_of(regions)]

    def maker(region_id: int) -> MakeMask:
        return lambda: atlas.get_structure_mask(region_id, direct_only=direct_only)

    return ((output_cb or return_mask)(i, maker(i)) for i in ids)


def return_mask(structure_id: int, make: MakeMask) -> tuple[int, ROIMask]:
    """Return the pair of a region's id and its mask.

    >>> region_id, mask = next(atlas.many_structure_masks([225], Atlas.return_mask_cb))
    >>> region_id
    225
    """
    return structure_id, make()


def check_and_write(base_dir: str | Path, structure_id: int, make: MakeMask) -> Path:
    """Write a region's mask to ``structure_<id>.nrrd`` unless the file is there.

    The file holds uint8, the atlas's voxel size and origin. For `Atlas.many_structure_masks`:
    ``output_cb=functools.partial(Atlas.check_and_write, folder)``.

    Returns
    -------
    Path of the file; an existing one was not touched, and its mask not made.

    Examples
    --------
    >>> from functools import partial
    >>> write = partial(Atlas.check_and_write, folder)
    >>> [path.name for path in atlas.many_structure_masks([225], write)]
    ['structure_225.nrrd']
    """
    path = Path(base_dir) / f"structure_{structure_id}.nrrd"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        make().save_nrrd(path)
    return path


# ---- tilings of a domain -------------------------------------------------------------------------


def as_domain(domain_mask: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return a domain as booleans, or raise where it is not a mask of this shape."""
    domain = np.asarray(domain_mask)
    if domain.shape != shape:
        raise ArgumentError(f"domain mask of shape {domain.shape}; expected {shape}")
    if domain.dtype != bool and not np.isin(domain, (0, 1)).all():
        raise ArgumentError("the domain mask holds other values than 0 and 1")
    return domain.astype(bool, copy=False)


@accept_keywords(structure_ids="regions")
def check_coverage(
    atlas: Atlas, regions: Collection[RegionKey], domain_mask: ArrayLike
) -> NDArray[np.int8]:
    """Compare a set of regions, descendants included, with a domain.

    Parameters
    ----------
    regions
        Ids, acronyms or names.
    domain_mask
        Booleans, or 0 and 1, of the annotation's shape.

    Returns
    -------
    int8 of the annotation's shape: 1 in the domain and in no region, -1 in a region and
    outside the domain, 0 elsewhere.

    Examples
    --------
    >>> cortex = atlas.get_structure_mask("CTX")
    >>> np.unique(atlas.check_coverage(["CTX"], cortex)).tolist()
    [0]
    >>> int((atlas.check_coverage(["CTXpl"], cortex) == 1).sum())
    31364
    """
    domain = as_domain(domain_mask, atlas.shape)
    return np.asarray(domain.astype(np.int8) - atlas.get_structure_mask(regions).raw)


@accept_keywords(structure_ids="regions")
def validate_structures(
    atlas: Atlas, regions: Collection[RegionKey], domain_mask: ArrayLike
) -> tuple[set[int], NDArray[np.bool_]]:
    """Check that regions tile a domain: none above another, and no voxel missed.

    Returns
    -------
    overlaps
        Ids of the regions that are ancestors of others of the list.
    missing
        ``True`` for the domain's voxels that are in none of them.

    Examples
    --------
    >>> overlaps, missing = atlas.validate_structures(["CA1", "CA"], atlas.get_structure_mask("CA"))
    >>> overlaps, int(missing.sum())
    ({212}, 0)
    """
    ids = [int(atlas.region_map.ids[rank]) for rank in atlas.region_map.ranks_of(regions)]
    return atlas.region_map.has_overlaps(ids), atlas.check_coverage(ids, domain_mask) == 1
