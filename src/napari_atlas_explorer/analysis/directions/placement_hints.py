"""VoxelBrain placement hints: depth of a voxel and layer boundaries.

``[PH]y`` is the distance from the region's bottom along its direction, µm; ``[PH]<layer>`` holds
a layer's bottom and top in the same measure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...core.space.volume import VoxelData

PREFIX = "[PH]"
DISTANCE = "[PH]y"


@dataclass(frozen=True)
class Depth:
    """Where a voxel lies between the bottom and the top of its region.

    Attributes
    ----------
    height
        Distance from the bottom, µm.
    thickness
        From the bottom to the top of the highest layer, µm; None without layers.
    layer
        Name of the layer that the height lies in, None where there is none.
    bounds
        Bottom and top of each layer, µm, lowest first.
    """

    height: float
    thickness: float | None
    layer: str | None
    bounds: Mapping[str, tuple[float, float]]


class PlacementHints:
    """Distance and layers of an atlas.

    Parameters
    ----------
    distance
        ``[PH]y``: scalars, µm.
    layers
        Payload ``(2,)`` of each layer by its name.
    """

    def __init__(self, distance: VoxelData, layers: Mapping[str, VoxelData]) -> None:
        self._distance = distance
        self._layers = {
            name: data
            for name, data in layers.items()
            if data.payload_shape == (2,) and data.shape == distance.shape
        }

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along each axis."""
        return self._distance.shape

    def at(self, index: tuple[int, ...]) -> Depth | None:
        """Return the depth of a voxel inside the volume; None where no hint stands."""
        height = float(self._distance.raw[index])
        if not np.isfinite(height):
            return None
        bounds = {}
        for name, data in self._layers.items():
            bottom, top = (float(v) for v in data.raw[index])
            if np.isfinite(bottom) and np.isfinite(top):
                bounds[name] = (bottom, top)
        bounds = dict(sorted(bounds.items(), key=lambda item: item[1]))
        if not bounds and height == 0:
            return None  # volumes that know no NaN hold 0 outside their regions
        layer = next((n for n, (a, b) in bounds.items() if a <= height <= b), None)
        thickness = max((b for _, b in bounds.values()), default=None)
        return Depth(height, thickness, layer, bounds)
