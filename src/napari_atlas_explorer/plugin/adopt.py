"""Making an atlas of a layer that somebody else put into the viewer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..core.atlas import Atlas
from ..core.errors import ArgumentError
from ..core.grid import VoxelGrid
from ..core.memory import package_from_arrays
from ..core.package import Assumption
from ..core.regions import RegionMap
from ..core.runs import encode_runs
from ..core.voxels import VoxelData

MAX_REGIONS = 60_000


def atlas_from_layer(layer: Any) -> Atlas:
    """Atlas of a Labels layer (or an Image of whole numbers): each value becomes a region.

    Raises
    ------
    ArgumentError
        If the layer is not a volume of whole numbers.
    """
    if layer is None or layer.ndim != 3 or not hasattr(layer, "data"):
        raise ArgumentError("no volume is selected; select a Labels layer of three axes")
    values = np.asarray(layer.data)
    if values.ndim != 3 or values.dtype.kind not in "biu":
        raise ArgumentError(
            f"layer {layer.name!r} holds {values.dtype} values; an annotation holds whole numbers"
        )
    ids = [int(v) for v in np.unique(encode_runs(np.ascontiguousarray(values)).values) if v]
    if not ids or len(ids) > MAX_REGIONS:
        raise ArgumentError(
            f"layer {layer.name!r} holds {len(ids)} different values; "
            f"an annotation has between 1 and {MAX_REGIONS}"
        )
    rows = [{"id": i, "acronym": str(i), "name": f"label {i}"} for i in ids]
    region_map = RegionMap.flat(rows, root_name=f"all labels of {layer.name}")
    known = str(layer.units[-1]) not in ("pixel", "dimensionless")
    scale = np.abs(np.asarray(layer.scale, float)) * _micrometres(layer.units[-1])
    corner = np.asarray(layer.translate, float) * _micrometres(layer.units[-1]) - scale / 2
    grid = VoxelGrid.from_steps(values.shape, scale, corner)
    package = package_from_arrays(
        VoxelData.from_grid(values, grid), region_map, scale, name=layer.name
    )
    unknown = Assumption("resolution", f"{layer.name} is in pixels: quantities are in voxels")
    note = Assumption("hierarchy", f"{layer.name} has no hierarchy: its values are listed flat")
    assumptions = (note,) if known else (unknown, note)
    return Atlas(replace(package, resolution_known=known, assumptions=assumptions))


def _micrometres(unit: Any) -> float:
    try:
        return float((1 * unit).to("micrometer").magnitude)
    except (AttributeError, ValueError, TypeError):
        return 1.0
