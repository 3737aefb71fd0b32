"""Color tables with one row per value of the annotation layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..core.colors.region_colors import distinct_color
from ..core.regions.rank_volume import RankVolume

if TYPE_CHECKING:
    from napari.utils.colormaps import CyclicLabelColormap

MAX_VALUES = 2**16
"""Maximum length of napari's table of label colors."""


def rank_colors(rank_volume: RankVolume) -> NDArray[np.float32]:
    """Return ``(n_ranks, 4)`` colors by rank, 0 to 1; background is transparent.

    Regions have the atlas's own colors; ids that the hierarchy does not know have made-up
    ones.
    """
    n_known = len(rank_volume.region_map)
    colors = np.ones((rank_volume.n_ranks, 4), np.float32)
    for rank in range(1, rank_volume.n_ranks):
        own = (
            rank_volume.region_map.color_of_rank(rank) if rank <= n_known else distinct_color(rank)
        )
        colors[rank, :3] = own
    colors[1:, :3] /= 255
    colors[0] = 0
    return colors


def make_table(
    colors: NDArray[np.float32],
    drawn: NDArray[np.int64],
    hemisphere: int | None,
    by_hemisphere: bool,
) -> NDArray[np.float32]:
    """Make the colors of every value of the layer.

    Parameters
    ----------
    colors
        ``(n_ranks, 4)`` colors by rank; row 0 transparent.
    drawn
        ``(n_ranks,)`` rank as which each rank is drawn, 0 where it is hidden.
    hemisphere
        The side that is drawn, None for both.
    by_hemisphere
        Whether the layer's values are ``rank + side * n_ranks`` (see `split_by_hemisphere`).
    """
    table = colors[drawn]
    if not by_hemisphere:
        return table
    hidden = np.zeros_like(table)
    return np.concatenate([table if hemisphere in (None, block) else hidden for block in range(3)])


def split_by_hemisphere(
    ranks: NDArray[np.integer], hemispheres: NDArray[np.uint8], n_ranks: int
) -> NDArray[np.integer]:
    """Return values of rank and hemisphere: ``rank + side * n_ranks``, uint16.

    There can be no more than `MAX_VALUES` of them (see `AtlasDisplay.can_show_hemispheres`).
    """
    values = np.multiply(hemispheres, n_ranks, dtype=np.uint16)
    values += ranks
    # Background stays background on either side.
    values[ranks == 0] = 0
    return values


def exact_colormap(table: NDArray[np.float32]) -> CyclicLabelColormap:
    """Make a label colormap in which row k is the color of value k.

    napari draws 8- and 16-bit labels through such a table on the GPU; its "cycle" never comes
    round, since there is a row for every value.
    """
    from napari.utils.colormaps import CyclicLabelColormap

    return CyclicLabelColormap(colors=table, background_value=0, name="atlas colors")
