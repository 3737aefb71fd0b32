"""Writing NRRD volumes as voxcell does, with our word on what the origin means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nrrd
import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError
from ..core.grid import VoxelGrid
from .atomic import replacing
from .nrrd_header import ORIGIN_KEY, TYPES

STORED_AS = {"bool": np.uint8, "float16": np.float32}


def write_nrrd(path: str | Path, array: NDArray[Any], grid: VoxelGrid, level: int = 6) -> None:
    """Write a gzip NRRD: payload axes first, origin at the corner of voxel 0.

    Parameters
    ----------
    path
        Target; replaced in one step.
    array
        ``(*grid.shape, *payload)``; bool is stored as uint8, float16 as float32.
    grid
        Placement, µm.
    level
        gzip's compression level, 1 (quick) to 9.
    """
    values = array.astype(STORED_AS.get(array.dtype.name, array.dtype), copy=False)
    if values.dtype.str[1:] not in TYPES.values():
        raise ArgumentError(f"values of dtype {array.dtype}; NRRD holds integers and floats")
    n_payload = values.ndim - grid.ndim
    values = np.moveaxis(values, range(grid.ndim, values.ndim), range(n_payload))
    none = np.full((n_payload, grid.ndim), np.nan)
    header = {
        "encoding": "gzip",
        "endian": "little",
        "space dimension": grid.ndim,
        "space directions": np.concatenate([none, grid.affine[:-1, :-1].T]),
        "space origin": grid.corner,
        "space units": ["um"] * grid.ndim,
        "kinds": [*_payload_kinds(values.shape[:n_payload]), *["domain"] * grid.ndim],
        ORIGIN_KEY: "corner",
    }
    with replacing(path) as temporary:
        nrrd.write(str(temporary), values, header, compression_level=level)


def _payload_kinds(payload: tuple[int, ...]) -> list[str]:
    return ["quaternion" if payload == (4,) else "vector"] * len(payload)
