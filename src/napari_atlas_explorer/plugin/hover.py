"""From the cursor to a voxel: in 2-D and 3-D, for any axis order and any unit of the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.annotation import Annotation
from ..core.sides import Sides
from .placement import to_array_axes
from .region_view import RegionView

RAY_STEP = 0.5
"""Voxels between the samples along a ray; coarser ones slip through thin regions."""


def unit_factor(viewer_units: Sequence[Any] | None, layer_units: Sequence[Any]) -> float:
    """Viewer's world units in the layer's units.

    A viewer that shows layers in µm and mm at once counts in one of them, and a layer's
    ``world_to_data`` does not convert. Pixel units on either side leave numbers as they are.
    """
    if not viewer_units:
        return 1.0
    here, there = viewer_units[-1], layer_units[-1]
    if here == there or not here.is_compatible_with(there):
        return 1.0
    return float((1 * here).to(there).magnitude)


def point_under_cursor(
    layer: Any,
    position: Sequence[float],
    viewer_units: Sequence[Any] | None,
    axes: Sequence[int] = (0, 1, 2),
    sliced: Sequence[int] = (),
) -> tuple[float, ...]:
    """Point of the array that a layer shows, at a world position; voxel edges are integers.

    The layer puts voxel centres on whole numbers, so half a voxel is added; ``axes`` are those
    of `placement.display_axes`, ``sliced`` the layer's axes that have a slider.
    """
    factor = unit_factor(viewer_units, layer.units)
    data = np.asarray(layer.world_to_data(np.asarray(position, dtype=float) * factor))
    point = data[-layer.ndim :]
    for axis in sliced:
        # The slice that napari shows, which is the nearest: a slider that stands between two
        # (other layers can have other steps) must not make us name the one that is not seen.
        point[axis] = np.round(point[axis])
    return to_array_axes((point + 0.5).tolist(), axes)


def point_along_ray(
    layer: Any,
    position: Sequence[float],
    view_direction: Sequence[float],
    dims_displayed: Sequence[int],
    viewer_units: Sequence[Any] | None,
    labels: Annotation,
    view: RegionView,
    sides: Sides | None,
    axes: Sequence[int] = (0, 1, 2),
) -> tuple[float, ...] | None:
    """Middle of the first voxel on the line of sight that is drawn, None if there is none.

    napari's own ``get_value`` would answer hidden regions too: it does not look at the
    colormap.
    """
    factor = unit_factor(viewer_units, layer.units)
    scaled = np.asarray(position, dtype=float) * factor
    start, end = layer.get_ray_intersections(scaled, view_direction, list(dims_displayed))
    if start is None or end is None:
        return None
    first, last = (to_array_axes(np.asarray(p)[-3:].tolist(), axes) for p in (start, end))
    voxels = _voxels_between(np.array(first), np.array(last), labels.ranks.shape)
    ranks = labels.ranks[tuple(voxels.T)]
    visible = view.drawn()[ranks] > 0
    if view.side is not None and sides is not None:
        visible &= sides.of(voxels) == view.side
    hits = np.flatnonzero(visible)
    return tuple((voxels[hits[0]] + 0.5).tolist()) if len(hits) else None


def _voxels_between(
    start: NDArray[np.float64], end: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.intp]:
    length = float(np.linalg.norm(end - start))
    n = max(2, int(np.ceil(length / RAY_STEP)) + 1)
    points = start + np.linspace(0, 1, n)[:, np.newaxis] * (end - start)
    voxels = np.floor(points + 0.5).astype(np.intp)
    return np.clip(voxels, 0, np.asarray(shape) - 1)
