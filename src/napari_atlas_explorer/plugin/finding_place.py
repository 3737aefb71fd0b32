"""Going to a finding: slice, camera, filter, depth, and the voxels lit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..qa.finding import Anchor, Finding
from .display import AtlasDisplay
from .findings_layer import FindingsLayer

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROOM = 4.0
"""The finding's box takes a quarter of the view, so that its surroundings are seen."""

CLOSEST = 8.0
"""Never nearer than so many times the whole brain's zoom: a single voxel would fill the view."""


def go_to(display: AtlasDisplay, finding: Finding, layer: FindingsLayer) -> bool:
    """Show a finding on the canvas; False where it has no place there."""
    labels = display.atlas.labels
    if finding.marked is not None:
        layer.light(finding.marked.positions(labels))
    else:
        layer.light(np.zeros(0, np.int64))
    ranks = region_ranks(display, finding)
    if ranks:
        reveal(display, ranks)
    anchor = finding.anchor
    if anchor.voxel is not None:
        _show_side(display, anchor.voxel)
        display.go_to_voxel(anchor.voxel)
        zoom_to(display, anchor)
        return True
    return bool(ranks) and display.jump_to(ranks[0])


def region_ranks(display: AtlasDisplay, finding: Finding) -> list[int]:
    """Ranks of the regions that a finding is about, those that the atlas shows."""
    labels = display.atlas.labels
    rank_of = {int(i): k for k, i in enumerate(labels.ids.tolist()) if k}
    return [rank_of[i] for i in finding.region_ids if i in rank_of]


def reveal(display: AtlasDisplay, ranks: Sequence[int]) -> None:
    """Make regions visible: show them where they are hidden, and deep enough."""
    view, labels = display.view, display.atlas.labels
    hidden = [k for k in ranks if labels.counts[k] and not view.state.shown[k]]
    if hidden:
        view.set_shown(hidden, True)
    depths = display.atlas.region_map.depths
    known = [k for k in ranks if k < len(depths)]
    if view.depth is not None and known and max(int(depths[k]) for k in known) > view.depth:
        view.set_depth(None)


def _show_side(display: AtlasDisplay, voxel: Sequence[int]) -> None:
    """Show both sides where only the other one is shown."""
    side, sides = display.view.side, display.atlas.sides
    if side is not None and sides is not None and sides.of_one(tuple(voxel)) != side:
        display.view.set_side(None)


def zoom_to(display: AtlasDisplay, anchor: Anchor) -> None:
    """Move the camera so near that the finding's box can be seen, with its surroundings."""
    if anchor.extent is None or anchor.voxel is None or display.viewer.dims.ndisplay != 2:
        return
    viewer = display.viewer
    center = tuple(viewer.scene.camera.center)
    viewer.reset_view()
    whole = viewer.scene.camera.zoom
    share = max(_share(display, axis, anchor.extent) for axis in _displayed_array_axes(display))
    nearer = min(CLOSEST, 1 / (ROOM * share))
    if nearer > 1:  # else the whole brain, as it is seen after opening
        viewer.scene.camera.zoom = whole * nearer
        viewer.scene.camera.center = center


def _share(display: AtlasDisplay, axis: int, extent: Sequence[tuple[int, int]]) -> float:
    """Share of the volume's length along an axis that a box takes."""
    low, high = extent[axis]
    return (high - low) / display.atlas.shape[axis]


def _displayed_array_axes(display: AtlasDisplay) -> list[int]:
    """Axes of the array that the canvas shows."""
    offset = display.viewer.dims.ndim - display.layer.ndim
    axes: NDArray[np.intp] = np.array(display.axes)
    return [int(axes[d - offset]) for d in display.viewer.dims.displayed if d >= offset]
