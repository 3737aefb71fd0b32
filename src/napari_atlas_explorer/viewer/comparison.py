"""The map of disagreement between two atlases, as a layer on the first one's voxels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..analysis.comparison.comparison import (
    BEYOND,
    DIFFER,
    MEANINGS,
    ONLY_FIRST,
    ONLY_SECOND,
    Comparison,
)
from ..core.progress import Progress
from ..core.text import as_plain
from .color_table import exact_colormap
from .followers import add_quietly, make_placement
from .layer_info import info_of
from .multiscale import LazyVoxels, as_layer_data, is_large, rank_levels, view_at_level
from .placement import displayed

if TYPE_CHECKING:
    from napari.layers import Labels

    from ..core.progress import Progress
    from .display import AtlasDisplay

ROLE = "comparison"
OPACITY = 0.95
COLORS: dict[int, tuple[int, int, int]] = {
    DIFFER: (213, 94, 0),
    ONLY_FIRST: (86, 180, 233),
    ONLY_SECOND: (240, 228, 66),
    BEYOND: (153, 153, 153),
}
"""Vermilion, sky blue, yellow and gray: of Okabe and Ito's palette for color-blind readers.
Agreement is not colored."""


def layer_name(pair: Comparison) -> str:
    """Return the layer's name: the map and its two atlases."""
    return f"Disagreement by {pair.by}: {pair.first.name} – {pair.second.name}"


def map_levels(pair: Comparison, report: Progress = lambda share: None) -> list[Any]:
    """Return the values of the map in the first's axes; safe to call in a worker.

    A volume that is drawn whole is made here; the levels of a larger one are lazy.
    """
    rank_volume = pair.first.ranks
    if not is_large(rank_volume.raw.shape):
        return [pair.map(report).raw]
    # Voxel coordinates as broadcast views: one line per axis in memory.
    shape = rank_volume.raw.shape
    places = [
        np.broadcast_to(np.arange(n, dtype=np.intp).reshape(_make_axis_shape(axis)), shape)
        for axis, n in enumerate(shape)
    ]
    levels: list[Any] = []
    for n, ranks in enumerate(rank_levels(rank_volume)):
        seen = [view_at_level(place, n, ranks.shape) for place in places]
        levels.append(LazyVoxels(partial(_compute_meanings, pair), ranks, *seen, dtype=np.uint8))
    levels[-1] = np.asarray(levels[-1])  # napari draws 3-D and the thumbnail from the coarsest
    return levels


def _make_axis_shape(axis: int) -> tuple[int, ...]:
    return tuple(-1 if k == axis else 1 for k in range(3))


def _compute_meanings(pair: Comparison, ranks: Any, *places: NDArray[Any]) -> NDArray[np.uint8]:
    return pair.meanings_of(np.asarray(ranks), *places)


def map_layer(display: AtlasDisplay, pair: Comparison, levels: list[Any]) -> Labels:
    """Make the layer of the map, placed like the annotation."""
    from napari.layers import Labels

    grid = display.atlas.grid
    data, options = as_layer_data([displayed(level, grid) for level in levels])
    table = np.zeros((len(MEANINGS), 4), np.float32)
    for value, rgb in COLORS.items():
        table[value] = (*(c / 255 for c in rgb), 1)
    layer = Labels(
        data,
        name=as_plain(layer_name(pair)),
        colormap=exact_colormap(table),
        features={"index": list(range(len(MEANINGS))), "meaning": list(MEANINGS)},
        opacity=OPACITY,
        **make_placement(display, ROLE),
        **options,
    )
    layer.editable = False
    return layer


def show_map(display: AtlasDisplay, pair: Comparison, levels: list[Any]) -> Labels:
    """Put the map on top, replacing one of its name; the active layer stays active."""
    layer, viewer = map_layer(display, pair, levels), display.viewer
    for old in [la for la in viewer.layers if la.name == layer.name and is_map(la)]:
        viewer.layers.remove(old)
    add_quietly(viewer, layer)
    return layer


def is_map(layer: Any) -> bool:
    """Return whether a layer is a map of disagreement."""
    info = info_of(layer)
    return info is not None and info.role == ROLE
