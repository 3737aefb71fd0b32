"""Outline of the selection over the annotation."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..core.selection import Selection, chosen_voxels
from .color_table import exact_colormap
from .followers import LayerFollower, add_quietly, make_placement
from .multiscale import LazyVoxels, as_layer_data, rank_levels, view_at_level
from .placement import displayed

if TYPE_CHECKING:
    from napari.layers import Labels

    from .display import AtlasDisplay

NAME = "selection"
COLORS = np.array([(0, 0, 0, 0), (1.0, 0.85, 0.1, 1.0)], np.float32)
"""Yellow: rare in atlases, and visible on gray in light and dark themes."""

FILLED_OPACITY, OUTLINE_OPACITY = 0.5, 1.0
LINE_PIXELS, THICKEST = 1.6, 4
"""Width of the line on the canvas, and the most voxels that it takes when one looks from afar:
a line of one voxel breaks up where voxels are smaller than pixels."""


class SelectionMarks:
    """The current selection, shared by all levels of the overlay."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.outline = True
        self.pixels_per_voxel = 1.0

    def width(self, level: int = 0) -> int:
        """Return the line width in voxels at a level whose voxels are 2ⁿ as large."""
        width: float = LINE_PIXELS / (self.pixels_per_voxel * 2**level)
        return min(THICKEST, max(1, math.ceil(width)))

    def marks(
        self, level: int, ranks: NDArray[Any], hemispheres: NDArray[np.uint8] | None = None
    ) -> NDArray[Any]:
        """Return 0 and 1 for voxels of these ranks and hemispheres; for a plane, the outline.

        napari's own contour is not drawn in 3-D, and it warns every time.
        """
        chosen = chosen_voxels(
            self.selection.bits,
            ranks,
            hemispheres if self.selection.depends_on_hemispheres else None,
        )
        if self.outline and chosen.ndim == 2:
            chosen = outline_of(chosen, self.width(level))
        return np.asarray(chosen, np.uint8)


def outline_of(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Return the mask's voxels within a city-block distance of its complement.

    The plane's own edge is no border: a part of a plane has the same lines as the whole.
    """
    inner = mask
    for _ in range(width):
        smaller = inner.copy()
        smaller[1:] &= inner[:-1]
        smaller[:-1] &= inner[1:]
        smaller[:, 1:] &= inner[:, :-1]
        smaller[:, :-1] &= inner[:, 1:]
        inner = smaller
    return mask & ~inner


def selected_levels(display: AtlasDisplay, chosen: SelectionMarks) -> list[LazyVoxels]:
    """Return volumes of 0 and 1 at every level of the annotation.

    napari slices them as arrays; a slice costs what a slice measures, and a change of the
    selection costs nothing until the next one. Their axes are in display order.
    """
    grid, hemisphere_rule = display.atlas.grid, display.atlas.hemisphere_rule
    levels = []
    for n, ranks in enumerate(rank_levels(display.atlas.ranks)):
        volumes = [displayed(ranks, grid)]
        if hemisphere_rule is not None:
            seen = displayed(hemisphere_rule.seen(display.atlas.shape), grid)
            volumes.append(view_at_level(seen, n, volumes[0].shape))
        levels.append(LazyVoxels(partial(chosen.marks, n), *volumes, dtype=np.uint8))
    return levels


class SelectionOverlay(LayerFollower):
    """A Labels layer of the selection, above the annotation.

    Parameters
    ----------
    display
        The atlas's display, whose view is followed.
    """

    def __init__(self, display: AtlasDisplay) -> None:
        super().__init__(display)
        self._chosen = SelectionMarks(Selection.nothing(display.atlas.ranks))
        self._follow(self.update, display.view.selection_changed)
        self._follow(self._on_zoom, display.viewer.scene.camera.events.zoom)

    @property
    def layer(self) -> Labels | None:
        """The layer, None before anything is selected."""
        return self._layer

    @property
    def outline(self) -> bool:
        """Whether outlines are drawn instead of filled regions."""
        return self._chosen.outline

    def set_outline(self, on: bool) -> None:
        """Draw outlines around the selection, or fill it."""
        self._chosen.outline = on
        if self._layer is not None:
            self._layer.opacity = OUTLINE_OPACITY if on else FILLED_OPACITY
            self._redraw()

    def update(self) -> None:
        """Draw the current selection."""
        selection = self._display.view.selection
        self._chosen.selection = selection
        if self._layer is None:
            if selection:
                self._layer = self._add_layer()
            return
        if self._layer.visible != bool(selection):
            self._layer.visible = bool(selection)
        if selection:
            self._redraw()

    def _on_zoom(self, event: Any = None) -> None:
        """Keep the line about as wide on the canvas; redraw only where it changes."""
        before = self._chosen.width()
        size = float(np.min(np.abs(self._display.layer.scale)))
        self._chosen.pixels_per_voxel = self._display.viewer.scene.camera.zoom * size
        shown = self._layer is not None and self._layer.visible and self.outline
        if shown and self._chosen.width() != before:
            self._redraw()

    def _redraw(self) -> None:
        if self._layer is not None:
            self._layer.refresh(thumbnail=False, highlight=False, extent=False)

    def _add_layer(self) -> Labels:
        from napari.layers import Labels

        self._on_zoom()
        data, scales = as_layer_data(selected_levels(self._display, self._chosen))
        layer = Labels(
            data,
            **scales,
            name=NAME,
            colormap=exact_colormap(COLORS),
            **make_placement(self._display, NAME),
        )
        layer.editable = False
        add_quietly(self._display.viewer, layer)
        layer.opacity = OUTLINE_OPACITY if self.outline else FILLED_OPACITY
        return layer
