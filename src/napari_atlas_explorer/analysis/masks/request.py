"""Requests for masks, resolved to recipes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.atlas.atlas import Atlas
from ...core.colors.region_colors import Rgb
from ...core.errors import AtlasError
from ...core.mask_recipe import MaskRecipe, Operation
from ...core.query.parser import select
from ...core.query.region_search import region_key
from ...core.selection import ALL_SIDES, Selection
from ...core.space.hemispheres import HEMISPHERE_NAMES, hemisphere_number
from ...core.space.volume import ROIMask
from ...formats.masks import NamedMask
from ...formats.recipes import read_recipes
from ..requirements import require_hemispheres, require_voxel_size
from .edit import WHY, Step, parse_steps
from .making import make_mask


@dataclass(frozen=True)
class MaskRequest:
    """One mask to be made.

    Attributes
    ----------
    name
        For people.
    selection
        Its voxels, before any step.
    recipe
        How to make it.
    rank
        Region that it is of, None where it is of several.
    """

    name: str
    selection: Selection
    recipe: MaskRecipe
    rank: int | None = None


@dataclass(frozen=True)
class MaskRequests:
    """What a command line asks for: all of it as one, and piece by piece.

    Attributes
    ----------
    atlas
        The atlas.
    whole
        One mask of everything; None where recipes of several segments were given.
    pieces
        One mask for each region that was named; the whole where a query was given.
    each
        By rank of each region what of it is wanted; none where recipes were given.
    """

    atlas: Atlas
    whole: MaskRequest | None
    pieces: list[MaskRequest]
    each: dict[int, MaskRequest]

    def made(
        self, wanted: MaskRequest, voxels_of: Callable[[Selection], NDArray[np.bool_]] | None = None
    ) -> NamedMask:
        """Make one mask, of voxels that something else finds if that is given.

        Raises
        ------
        AtlasError
            If it has no voxel.
        """
        mask: NDArray[np.bool_] = make_mask(self.atlas, wanted.recipe, voxels_of=voxels_of).raw
        if not mask.any():
            steps = ", ".join(o.describe() for o in wanted.recipe.operations)
            after = f" after {steps}" if wanted.selection.count(self.atlas.hemisphere_rule) else ""
            raise AtlasError(f"{wanted.name}: no voxel of {self.atlas.name} is in this mask{after}")
        rank = wanted.rank
        color = None if rank is None else color_of(self.atlas, rank)
        stated = rank is not None and rank != self.atlas.region_map.made_up_root
        word = f"structure_{self.atlas.ranks.ids[rank]}" if stated else ""
        return NamedMask(wanted.name, mask, wanted.recipe, color, word)


def resolve_requests(atlas: Atlas, args: argparse.Namespace) -> MaskRequests:
    """Return the masks that the arguments ask for."""
    if not args.output.name.lower().endswith(".csv"):
        require_voxel_size(atlas, WHY)
    if args.recipe is not None:
        return _request_recipes(atlas, read_recipes(args.recipe))
    hemisphere = hemisphere_number(args.hemisphere) or ALL_SIDES
    if hemisphere != ALL_SIDES:
        require_hemispheres(atlas)
    if args.expr is not None:
        return _request_query(atlas, args.expr, hemisphere, args.steps)
    return _request_regions(atlas, args.regions, hemisphere, args.direct, args.steps)


def _request_regions(
    atlas: Atlas, words: list[str], hemisphere: int, direct: bool, steps: tuple[Operation, ...]
) -> MaskRequests:
    ranks = list(dict.fromkeys(_find_rank(atlas, word) for word in words))
    side_word = "" if hemisphere == ALL_SIDES else f", {HEMISPHERE_NAMES[hemisphere]}"
    each = {}
    for rank in ranks:
        found = Selection.of_ranks(atlas.ranks, [rank], not direct).in_hemisphere(hemisphere)
        each[rank] = _make_request(atlas, found, name_of(atlas, rank) + side_word, "", steps, rank)
    pieces = list(each.values())
    if len(pieces) == 1:
        return MaskRequests(atlas, pieces[0], pieces, each)
    everything = Selection.of_ranks(atlas.ranks, ranks, not direct).in_hemisphere(hemisphere)
    whole = _make_request(atlas, everything, everything.describe(), "", steps)
    return MaskRequests(atlas, whole, pieces, each)


def _request_query(
    atlas: Atlas, query: str, hemisphere: int, steps: tuple[Operation, ...]
) -> MaskRequests:
    whole = _request_whole(atlas, query, hemisphere, steps)
    each = {}
    for rank in whole.selection.ranks.tolist():
        part = whole.selection & Selection.of_ranks(atlas.ranks, [rank])
        each[rank] = _make_request(atlas, part, name_of(atlas, rank), query, steps, rank)
    return MaskRequests(atlas, whole, [whole], each)


def _request_whole(
    atlas: Atlas, query: str, hemisphere: int, steps: tuple[Operation, ...]
) -> MaskRequest:
    found = select(query, atlas.ranks).in_hemisphere(hemisphere)
    return _make_request(atlas, found, query, query, steps)


def query_mask(
    atlas: Atlas, query: str, hemisphere: str | int | None = None, steps: Iterable[Step] = ()
) -> ROIMask:
    """Make the mask of an expression, as ``atlas-explorer mask --expr`` does.

    Parameters
    ----------
    atlas
        The atlas.
    query
        Regions, and what holds of them: ``"left:(CTX - VIS) & volume>1"``.
    hemisphere
        "left" or "right": that hemisphere alone.
    steps
        What is done to the mask, the first one first; see `apply_steps`.

    Raises
    ------
    AtlasError
        If the expression is none, no voxel is in the mask, or a step has a size while the
        atlas does not state how large a voxel is.

    Examples
    --------
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> mask = query_mask(atlas, "left:(HPF - CA1)", steps=[("grow", 100), "largest component"])
    >>> mask.raw.sum() > atlas.get_structure_mask("CA3", "left").raw.sum()
    np.True_
    """
    number = hemisphere_number(hemisphere) or ALL_SIDES
    if number != ALL_SIDES:
        require_hemispheres(atlas)
    requests = MaskRequests(atlas, None, [], {})
    wanted = _request_whole(atlas, query, number, parse_steps(steps))
    return ROIMask.from_grid(requests.made(wanted).mask, atlas.grid)


def _request_recipes(atlas: Atlas, recipes: tuple[MaskRecipe, ...]) -> MaskRequests:
    pieces = []
    for recipe in recipes:
        selection = recipe.selection(atlas)
        parts = selection.parts()
        rank = parts[0][0] if len(parts) == 1 and not recipe.query else None
        name = name_of(atlas, rank) if rank is not None else recipe.query or selection.describe()
        pieces.append(MaskRequest(name, selection, recipe, rank))
    return MaskRequests(atlas, pieces[0] if len(pieces) == 1 else None, pieces, {})


def _make_request(
    atlas: Atlas,
    selection: Selection,
    name: str,
    query: str,
    steps: tuple[Operation, ...],
    rank: int | None = None,
) -> MaskRequest:
    recipe = MaskRecipe.of(atlas, selection, query, steps)
    return MaskRequest(name, selection, recipe, rank)


def _find_rank(atlas: Atlas, word: str) -> int:
    """Return the rank of a region, or of an id that the hierarchy does not know but voxels have."""
    key = region_key(atlas, word)
    rank_volume = atlas.ranks
    if isinstance(key, int) and key not in atlas.region_map:
        strangers = np.flatnonzero(rank_volume.unknown_ids == key)
        if len(strangers):
            return len(atlas.region_map) + 1 + int(strangers[0])
    return atlas.region_map.rank(key)


def name_of(atlas: Atlas, rank: int) -> str:
    """Name of a region; of an id that the hierarchy does not know, that."""
    if rank <= len(atlas.region_map):
        return atlas.region_map.name_of_rank(rank)
    return f"id {atlas.ranks.ids[rank]}, not in the hierarchy"


def color_of(atlas: Atlas, rank: int) -> Rgb | None:
    """Color of a region, None for an id that the hierarchy does not know."""
    return atlas.region_map.color_of_rank(rank) if rank <= len(atlas.region_map) else None
