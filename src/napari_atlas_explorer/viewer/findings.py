"""Findings in the viewer: navigation and highlighted voxels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..qa.finding import Anchor, Finding
from .color_table import exact_colormap
from .display import AtlasDisplay
from .followers import LayerFollower, add_quietly, make_placement
from .placement import displayed

if TYPE_CHECKING:
    from napari.layers import Labels


NAME = "QA findings"
COLORS = np.array([(0, 0, 0, 0), (1.0, 0.15, 0.35, 1.0)], np.float32)
"""Red: seen on gray and through the colors of most atlases."""

OPACITY = 0.9


class FindingsLayer(LayerFollower):
    """A Labels layer of the voxels at fault; created on first use.

    Parameters
    ----------
    display
        The atlas's display.
    """

    def __init__(self, display: AtlasDisplay) -> None:
        super().__init__(display)
        self._volume: NDArray[np.uint8] | None = None
        self._lit: NDArray[np.int64] = np.zeros(0, np.int64)

    @property
    def layer(self) -> Labels | None:
        """The layer, None before the first use."""
        return self._layer

    def highlight(self, positions: NDArray[np.int64]) -> None:
        """Highlight voxels, given as C-order positions of the annotation, and no others."""
        if self._volume is None:
            if not len(positions):
                return
            self._volume = np.zeros(self._display.atlas.shape, np.uint8)
        flat = self._volume.reshape(-1)
        # Reset only the old voxels: a pass over the volume would be slow.
        flat[self._lit] = 0
        flat[positions] = 1
        self._lit = positions
        if self._layer is None:
            self._layer = self._add_layer(self._volume)
        self._layer.visible = bool(len(positions))
        self.lift()
        self._layer.refresh(thumbnail=False, highlight=False, extent=False)

    def lift(self) -> None:
        """Put the layer above the outline of the selection, which would cover its voxels."""
        layers = self._display.viewer.layers
        if self._layer is None or self._layer not in layers:
            return
        at = layers.index(self._layer)
        if at < len(layers) - 1:
            layers.move(at, len(layers))

    def toggle(self) -> None:
        """Hide or show the highlighted voxels."""
        if self._layer is not None:
            self._layer.visible = not self._layer.visible

    def _add_layer(self, volume: NDArray[np.uint8]) -> Labels:
        from napari.layers import Labels

        layer = Labels(
            displayed(volume, self._display.atlas.grid),
            name=NAME,
            colormap=exact_colormap(COLORS),
            opacity=OPACITY,
            **make_placement(self._display, NAME),
        )
        layer.editable = False
        add_quietly(self._display.viewer, layer)
        return layer


# ---- Navigation to a finding ---------------------------------------------------------------------

ROOM = 4.0
"""Share of the view for the finding's box, so that its surroundings are visible."""

CLOSEST = 8.0
"""Maximum zoom relative to that of the whole brain: a single voxel would fill the view."""


def go_to(display: AtlasDisplay, finding: Finding, layer: FindingsLayer) -> bool:
    """Show a finding on the canvas; return False where it has no place there."""
    rank_volume = display.atlas.ranks
    if finding.marked is not None:
        layer.highlight(finding.marked.positions(rank_volume))
    else:
        layer.highlight(np.zeros(0, np.int64))
    ranks = region_ranks(display, finding)
    if ranks:
        reveal(display, ranks)
    anchor = finding.anchor
    if anchor.voxel is not None:
        _show_hemisphere(display, anchor.voxel)
        display.go_to_voxel(anchor.voxel)
        zoom_to(display, anchor)
        return True
    return bool(ranks) and display.jump_to(ranks[0])


def region_ranks(display: AtlasDisplay, finding: Finding) -> list[int]:
    """Return the ranks of a finding's regions that the atlas shows."""
    rank_volume = display.atlas.ranks
    rank_of = {int(i): k for k, i in enumerate(rank_volume.ids.tolist()) if k}
    return [rank_of[i] for i in finding.region_ids if i in rank_of]


def reveal(display: AtlasDisplay, ranks: Sequence[int]) -> None:
    """Make regions visible: unhide them, and increase the depth."""
    view, rank_volume = display.view, display.atlas.ranks
    hidden = [k for k in ranks if rank_volume.counts[k] and not view.state.shown[k]]
    if hidden:
        view.set_shown(hidden, True)
    depths = display.atlas.region_map.depths
    known = [k for k in ranks if k < len(depths)]
    if view.depth is not None and known and max(int(depths[k]) for k in known) > view.depth:
        view.set_depth(None)


def _show_hemisphere(display: AtlasDisplay, voxel: Sequence[int]) -> None:
    """Show both hemispheres where only the other one is shown."""
    hemisphere, hemisphere_rule = display.view.hemisphere, display.atlas.hemisphere_rule
    if (
        hemisphere is not None
        and hemisphere_rule is not None
        and hemisphere_rule.of_one(tuple(voxel)) != hemisphere
    ):
        display.view.set_hemisphere(None)


def zoom_to(display: AtlasDisplay, anchor: Anchor) -> None:
    """Zoom to the finding's box with its surroundings."""
    if anchor.extent is None or anchor.voxel is None or display.viewer.dims.ndisplay != 2:
        return
    viewer = display.viewer
    center = tuple(viewer.scene.camera.center)
    viewer.reset_view()
    whole = viewer.scene.camera.zoom
    share = max(_measure(display, axis, anchor.extent) for axis in _list_displayed_axes(display))
    nearer = min(CLOSEST, 1 / (ROOM * share))
    if nearer > 1:  # else the whole brain, as after opening
        viewer.scene.camera.zoom = whole * nearer
        viewer.scene.camera.center = center


def _measure(display: AtlasDisplay, axis: int, extent: Sequence[tuple[int, int]]) -> float:
    """Return the share of the volume's length along an axis that a box takes."""
    low, high = extent[axis]
    return (high - low) / display.atlas.shape[axis]


def _list_displayed_axes(display: AtlasDisplay) -> list[int]:
    """Return the axes of the array that the canvas shows."""
    offset = display.viewer.dims.ndim - display.layer.ndim
    axes: NDArray[np.intp] = np.array(display.axes)
    return [int(axes[d - offset]) for d in display.viewer.dims.displayed if d >= offset]
