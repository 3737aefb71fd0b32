"""Points in µm of an atlas as a layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .followers import make_placement
from .placement import in_layer

if TYPE_CHECKING:
    from napari.layers import Points

    from .display import AtlasDisplay

POINT_SHARE = 160.0
"""Divisor of the volume's diagonal for a point's size; the minimum is a voxel."""
INJECTION_COLOR, TARGET_COLOR = "#ff3b30", "#ffd60a"


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
        size = max(1.0, float(np.linalg.norm(display.atlas.shape)) / POINT_SHARE)
    options = make_placement(display, "points")
    # napari shows the points within a slice one unit thick: as thick as they are wide, so that
    # voxels of a coarser volume are seen in every slice that they reach.
    options["scale"] = np.asarray(options["scale"]) * size
    return Points(
        in_layer(display, positions) / size,
        ndim=3,
        name=name,
        size=1.0,
        face_color=color,
        border_width=0,
        features=features,
        **options,
    )
