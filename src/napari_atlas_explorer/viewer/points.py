"""Points as layers: imported ones with the region of each, and sites in µm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..analysis.points.border_distance import border_distances
from ..analysis.points.counts import PlacedPoints, place_points
from ..analysis.points.features import point_features
from ..analysis.points.frames import PointFrame
from ..core.atlas.atlas import Atlas
from ..core.errors import ArgumentError
from ..core.progress import Progress
from ..core.text import as_plain
from .followers import make_placement
from .layer_info import LayerInfo
from .layers import LayerData
from .placement import display_axes, in_layer, layer_placement

if TYPE_CHECKING:
    from napari.layers import Points

    from .display import AtlasDisplay

MOST_SHOWN = 500_000
"""Maximum points that napari draws smoothly; of more, evenly spaced ones are shown."""

SIZE_SHARE = 120.0
"""Divisor of the volume's diagonal for a point's size."""

COLOR = "#ff5bd1"
SITE_SHARE = 160.0
"""As `SIZE_SHARE` for sites; the minimum is a voxel."""
INJECTION_COLOR, TARGET_COLOR = "#ff3b30", "#ffd60a"


@dataclass(frozen=True)
class ImportedPoints:
    """Points of a file in an atlas.

    Attributes
    ----------
    layer
        To be added to the viewer.
    placed
        All points of the file, shown or not.
    not_numbers
        Rows without three numbers; they are left out of the layer, and counted as outside.
    every
        The layer holds every n-th point.
    """

    layer: LayerData
    placed: PlacedPoints
    not_numbers: int
    every: int


def import_points(
    atlas: Atlas,
    name: str,
    coordinates: NDArray[np.float64],
    frame: PointFrame,
    choices: Mapping[str, Any],
    progress: Progress | None = None,
) -> ImportedPoints:
    """Place points in an atlas and make their layer.

    Parameters
    ----------
    atlas
        The atlas.
    name
        Of the layer.
    coordinates
        ``(n, 3)`` numbers of the file.
    frame
        Meaning of the numbers.
    choices
        Choices to remember for file and columns.
    progress
        Called with the share that is done, 0 to 1.

    Raises
    ------
    ArgumentError
        If no row holds three numbers.
    """
    positions = frame.to_um(coordinates, atlas.grid)
    placed = place_points(atlas.ranks, atlas.hemisphere_rule, positions)
    finite: NDArray[np.bool_] = np.asarray(np.isfinite(positions).all(axis=1))
    if not finite.any():
        raise ArgumentError(f"{name}: no row holds three numbers")
    rows = np.flatnonzero(finite)
    every = -(-len(rows) // MOST_SHOWN)
    rows = rows[::every]
    shown = PlacedPoints(
        positions[rows], placed.inside[rows], placed.ranks[rows], placed.hemispheres[rows]
    )
    distances = None
    if atlas.package.resolution_known:
        distances = border_distances(atlas.ranks, shown, progress=progress)
    features = point_features(atlas.ranks, shown, None, distances)
    for axis in range(positions.shape[1]):
        features[f"axis_{axis}_um"] = positions[rows, axis]
    info = LayerInfo(
        atlas,
        role="points",
        choices={**choices, **frame_as_dict(frame)},
        sampling=f"every {every}th of {int(finite.sum())} points" if every > 1 else "",
    )
    options = {
        "name": as_plain(name),
        # That of the annotation: napari shows points within a slice one unit thick, and its
        # slider goes by units; in µm alone that would be a thousandth of a millimeter.
        **layer_placement(atlas.grid, atlas.orientation, atlas.package.resolution_known),
        "size": float(np.linalg.norm(atlas.shape)) / SIZE_SHARE,
        "face_color": COLOR,
        "border_width": 0,
        "features": features,
        "metadata": info.as_metadata(),
    }
    layer = (layer_coordinates(positions[rows], atlas), options, "points")
    return ImportedPoints(layer, placed, int(len(finite) - finite.sum()), every)


def layer_coordinates(positions: NDArray[np.float64], atlas: Atlas) -> NDArray[np.float64]:
    """Return coordinates ``(n, 3)`` of positions in µm, in the annotation layer's voxels and axes.

    Whole numbers are voxel centers, as napari has it.
    """
    q = atlas.grid.to_index_space(positions) - 0.5
    return np.asarray(q[:, list(display_axes(atlas.grid))])


def frame_as_dict(frame: PointFrame) -> dict[str, Any]:
    """Return the choices of a frame for storage."""
    return {
        "unit": frame.unit,
        "voxel_size_um": None if frame.voxel_size is None else list(frame.voxel_size),
        "integer_is": frame.integer_is,
        "signs": list(frame.signs),
    }


# ---- Sites ---------------------------------------------------------------------------------------


def sites_layer(
    display: AtlasDisplay,
    name: str,
    positions: NDArray[np.float64],
    color: Any,
    features: Mapping[str, Any] | pd.DataFrame | None = None,
    size: float | None = None,
) -> Points:
    """Return points in µm of an atlas as a layer.

    Parameters
    ----------
    display
        The atlas's display.
    name
        Of the layer.
    positions
        ``(n, 3)`` µm.
    color
        Of all, or ``(n, 4)``.
    features
        Properties of each point.
    size
        Diameter in voxels of the atlas; None for a visible default.
    """
    from napari.layers import Points

    if size is None:
        size = max(1.0, float(np.linalg.norm(display.atlas.shape)) / SITE_SHARE)
    options = make_placement(display, "points")
    # napari shows the points within a slice one unit thick: as thick as they are wide, so that
    # voxels of a coarser volume are seen in every slice that they reach.
    options["scale"] = np.asarray(options["scale"]) * size
    return Points(
        in_layer(display, positions) / size,
        ndim=3,
        name=as_plain(name),
        size=1.0,
        face_color=color,
        border_width=0,
        features=features,
        **options,
    )
