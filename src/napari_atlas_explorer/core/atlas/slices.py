"""Colored sections of an annotation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, OutsideError
from ..regions.rank_volume import RankVolume
from ..space.grid import floor_one

if TYPE_CHECKING:
    from .atlas import Atlas

UNKNOWN_COLOR = (128, 128, 128)
"""Gray for ids that the hierarchy does not know."""


def get_slice_image(
    atlas: Atlas, axis: int, position: float, cmap: Mapping[int, Sequence[int]] | None = None
) -> NDArray[np.uint8]:
    """Return the colored section of the annotation.

    Parameters
    ----------
    axis
        Array axis to cut across.
    position
        World coordinate along that axis, µm.
    cmap
        Red, green and blue by id, for the ids that shall not have the atlas's color; 0 is
        background, black if not given.

    Returns
    -------
    uint8 ``(a, b, 3)`` with the two other axes in their order.

    Raises
    ------
    OutsideError
        If the position is outside the volume.

    Examples
    --------
    >>> atlas.get_slice_image(0, 6600).shape
    (128, 180, 3)
    """
    return slice_image(atlas.ranks, axis, position, cmap or {})


def slice_image(
    rank_volume: RankVolume, axis: int, position: float, cmap: Mapping[int, Sequence[int]]
) -> NDArray[np.uint8]:
    """Color a section; see `Atlas.get_slice_image`."""
    grid = rank_volume.grid
    if axis not in range(grid.ndim):
        raise ArgumentError(f"axis {axis}; expected 0 to {grid.ndim - 1}")
    if not grid.is_axis_aligned:
        raise ArgumentError(
            "the annotation's axes do not run along x, y and z; a position along one is not µm"
        )
    q = (float(position) - grid.corner[axis]) / grid.steps[axis]
    found = floor_one([q], [grid.shape[axis]], grid.edge_tolerance)
    if found is None:
        low, high = grid.bbox[:, axis]
        raise OutsideError(
            f"position {position:g} µm is outside the volume, which spans {low:g} to {high:g} "
            f"along axis {axis}"
        )
    return np.asarray(color_table(rank_volume, cmap)[rank_volume.raw.take(found[0], axis=axis)])


def color_table(rank_volume: RankVolume, cmap: Mapping[int, Sequence[int]]) -> NDArray[np.uint8]:
    """Return ``(n_ranks, 3)`` colors by rank, some replaced by id."""
    regions = rank_volume.region_map
    table = np.full((rank_volume.n_ranks, 3), UNKNOWN_COLOR, np.uint8)
    table[0] = 0
    table[1 : len(regions) + 1] = [regions.color_of_rank(k) for k in range(1, len(regions) + 1)]
    if cmap:
        rank_of = {int(i): k for k, i in enumerate(rank_volume.ids.tolist()) if k} | {0: 0}
        for region_id, rgb in cmap.items():
            if region_id in rank_of:
                table[rank_of[region_id]] = rgb
    return table
