"""Regions and hemispheres of positions: a `Hit` for one, arrays for many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError, short
from ..space.grid import as_points, floor_columns, floor_one
from ..space.hemispheres import HEMISPHERE_NAMES

if TYPE_CHECKING:
    from .atlas import Atlas

OUTSIDE = "Outside atlas"
"""Answer of the queries by name for positions outside and for background (as BrainGlobe)."""

ONE_HEMISPHERE = (OUTSIDE, "left", "right")

Description = tuple[int, int, str | None, str | None, tuple[str, ...]]
"""Id, rank, acronym, name and path: the part of a `Hit` that all voxels of a rank share."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Region, hemisphere and voxel at a position.

    Attributes
    ----------
    id
        Region id; 0 for background and outside.
    rank
        Pre-order rank of the region; 0 for background and outside.
    acronym, name
        Of the region; None for background, outside and ids that the hierarchy does not know.
    path
        Acronyms from the root to the region itself.
    hemisphere
        "left", "right", or None where it is outside or unknown.
    index
        Voxel, or None outside.
    position
        The position that was asked, µm.
    outside
        Whether the position is outside the volume.
    """

    id: int
    rank: int
    acronym: str | None
    name: str | None
    path: tuple[str, ...]
    hemisphere: str | None
    index: tuple[int, ...] | None
    position: tuple[float, ...]
    outside: bool


def as_position(position: Sequence[float], ndim: int) -> tuple[float, ...]:
    """Return one position as floats, or raise; plain Python, since each mouse move asks it."""
    try:
        values = tuple(map(float, position))
    except (TypeError, ValueError) as exc:
        raise ArgumentError(f"position {short(position)}; expected numbers") from exc
    if len(values) != ndim:
        raise ArgumentError(f"position {values}; expected {ndim} coordinates")
    return values


def find_hit(atlas: Atlas, index: tuple[int, ...] | None, position: tuple[float, ...]) -> Hit:
    """Describe a voxel; None is outside the volume."""
    if index is None:
        return Hit(0, 0, None, None, (), None, None, position, True)
    if atlas.package.peek is not None and not atlas.is_loaded:
        return _peek(atlas, index, position, atlas.package.peek)
    rank = atlas.ranks.raw.item(index)
    description = atlas.descriptions.get(rank)
    if description is None:
        description = atlas.descriptions[rank] = _describe(atlas, rank)
    return Hit(*description, _hemisphere(atlas, index), index, position, False)


def _hemisphere(atlas: Atlas, index: tuple[int, ...]) -> str | None:
    hemisphere_rule = atlas.package.hemisphere_rule
    return None if hemisphere_rule is None else HEMISPHERE_NAMES.get(hemisphere_rule.of_one(index))


def _describe(atlas: Atlas, rank: int) -> Description:
    regions, region_id = atlas.region_map, int(atlas.ranks.ids[rank])
    if not 0 < rank <= len(regions):
        return region_id, rank, None, None, ()
    return (
        region_id,
        rank,
        regions.acronym_of_rank(rank),
        regions.name_of_rank(rank),
        tuple(regions.path(region_id)),
    )


def _peek(
    atlas: Atlas,
    index: tuple[int, ...],
    position: tuple[float, ...],
    peek: Callable[[tuple[int, ...]], int],
) -> Hit:
    """Answer from the file: the ranks of a large annotation are not there yet.

    An id that the hierarchy does not know has no rank before all of them are known.
    """
    region_id, regions = peek(index), atlas.region_map
    rank = regions.rank_of_id(region_id)
    names: tuple[str | None, str | None, tuple[str, ...]] = (None, None, ())
    if rank:
        names = (
            regions.acronym_of_rank(rank),
            regions.name_of_rank(rank),
            tuple(regions.path(region_id)),
        )
    return Hit(region_id, rank, *names, _hemisphere(atlas, index), index, position, False)


def find_voxels(
    atlas: Atlas, coords: ArrayLike, microns: bool
) -> tuple[list[NDArray[np.intp]], NDArray[np.bool_]]:
    """Return voxel indices, one array per axis, and whether each position is inside."""
    points = as_points(coords, atlas.grid.ndim)
    if microns:
        return atlas.grid.locate_columns(points)
    return floor_columns(points, atlas.shape)


def find_ranks(
    atlas: Atlas, coords: ArrayLike, microns: bool, hierarchy_lev: int | None
) -> NDArray[np.int64]:
    """Return the rank at each position, raised to a level of the hierarchy; 0 outside."""
    columns, inside = find_voxels(atlas, coords, microns)
    ranks = np.zeros(inside.shape, np.int64)
    if inside.any():
        ranks = np.where(inside, atlas.ranks.ranks_at(columns), 0)
    if hierarchy_lev is not None:
        unknown = np.arange(len(atlas.region_map.ids), atlas.ranks.n_ranks)
        ranks = np.concatenate([atlas.region_map.at_depth(hierarchy_lev), unknown])[ranks]
    return ranks


NUMBERS = frozenset({int, float, np.float64, np.int64})


def _is_one_position(coords: Any, ndim: int) -> bool:
    """Return whether coordinates are those of one position, in plain numbers.

    Everything else goes the way of many positions, which checks it; for one position that way
    takes 20 times as long.
    """
    if type(coords) is np.ndarray:
        return coords.shape == (ndim,) and coords.dtype.type in NUMBERS
    return (
        type(coords) in (tuple, list)
        and len(coords) == ndim
        and NUMBERS.issuperset(map(type, coords))
    )


def _find_voxel(atlas: Atlas, coords: Any, microns: bool) -> tuple[int, ...] | None:
    """Return the voxel of one position, None outside."""
    values = coords.tolist() if type(coords) is np.ndarray else coords
    return atlas.grid.locate_one(values) if microns else floor_one(values, atlas.shape)


def _find_structure(
    atlas: Atlas,
    index: tuple[int, ...] | None,
    as_acronym: bool,
    hierarchy_lev: int | None,
    key_error_string: str,
) -> int | str:
    """Return the region of a voxel; see `structure_from_coords`."""
    rank, region_id = 0, 0
    regions = atlas.region_map
    if index is None:
        pass
    elif atlas.package.peek is not None and not atlas.is_loaded:
        region_id = atlas.package.peek(index)
        rank = regions.rank_of_id(region_id)
        if region_id and not rank:
            return str(region_id) if as_acronym else region_id
    else:
        rank = atlas.ranks.raw.item(index)
        region_id = atlas.ranks.ids.item(rank)
    if hierarchy_lev is not None:
        ancestors = regions.at_depth(hierarchy_lev)
        if 0 < rank <= len(regions):
            rank = int(ancestors[rank])
            region_id = int(regions.ids[rank])
    if not as_acronym:
        return region_id
    if not rank:
        return key_error_string
    return regions.acronym_of_rank(rank) if rank <= len(regions) else str(region_id)


def acronym_table(atlas: Atlas) -> NDArray[np.str_]:
    """Return ``(n_ranks,)`` acronym by rank; unknown ids as their number."""
    regions = atlas.region_map
    acronyms = [regions.acronym_of_rank(k) for k in range(1, len(regions) + 1)]
    return np.array([OUTSIDE, *acronyms, *(str(i) for i in atlas.ranks.unknown_ids)])


def structure_from_coords(
    atlas: Atlas,
    coords: ArrayLike,
    microns: bool = False,
    as_acronym: bool = False,
    hierarchy_lev: int | None = None,
    key_error_string: str = OUTSIDE,
) -> Any:
    """Return the region at one position or at many (BrainGlobe).

    Parameters
    ----------
    coords
        ``(3,)`` or ``(..., 3)``: voxels, or µm with ``microns``.
    microns
        Whether the coordinates are µm.
    as_acronym
        Return acronyms instead of ids.
    hierarchy_lev
        Return this place of the path from the root (0) to the region; -1 is the region, -2
        its parent. Beyond the ends of a path it is the region itself, or the root.
    key_error_string
        Answer for background and outside with ``as_acronym``.

    Returns
    -------
    An int or str for one position, else an array of the leading shape; 0 or
    "Outside atlas" for background and outside.

    Examples
    --------
    >>> atlas.structure_from_coords((6600, 2500, 3300), microns=True, as_acronym=True)
    'CA3sr'
    >>> atlas.structure_from_coords([(110, 41, 55), (0, 0, 0)], hierarchy_lev=-2).tolist()
    [222, 0]
    """
    if _is_one_position(coords, atlas.grid.ndim):
        index = _find_voxel(atlas, coords, microns)
        return _find_structure(atlas, index, as_acronym, hierarchy_lev, key_error_string)
    ranks = find_ranks(atlas, coords, microns, hierarchy_lev)
    answer = (atlas.rank_acronyms if as_acronym else atlas.ranks.ids)[ranks]
    if as_acronym and key_error_string != OUTSIDE:
        answer = np.where(ranks == 0, key_error_string, answer)
    if answer.ndim:
        return answer
    return str(answer) if as_acronym else int(answer)


def hemisphere_from_coords(
    atlas: Atlas, coords: ArrayLike, microns: bool = False, as_string: bool = False
) -> Any:
    """Return the hemisphere at one position or at many (BrainGlobe).

    Returns
    -------
    1 left, 2 right, 0 outside; or "left", "right", "Outside atlas" with ``as_string``. One
    value for one position, else an array of the leading shape.

    Raises
    ------
    AtlasError
        If the hemispheres of this atlas are unknown.

    Examples
    --------
    >>> atlas.hemisphere_from_coords((6600, 2500, 3300), microns=True, as_string=True)
    'right'
    """
    hemisphere_rule = atlas.require_hemisphere_rule()
    if _is_one_position(coords, atlas.grid.ndim):
        index = _find_voxel(atlas, coords, microns)
        side = 0 if index is None else hemisphere_rule.of_one(index)
        return ONE_HEMISPHERE[min(side, 2)] if as_string else side
    columns, inside = find_voxels(atlas, coords, microns)
    answer = np.zeros(inside.shape, np.uint8)
    answer[inside] = hemisphere_rule.of(np.stack([column[inside] for column in columns], axis=-1))
    if as_string:
        names = np.array(ONE_HEMISPHERE)[np.minimum(answer, 2)]
        return names if names.ndim else str(names)
    return answer if answer.ndim else int(answer)
