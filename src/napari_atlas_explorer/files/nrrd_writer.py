"""Writing NRRD volumes as voxcell does, with our word on what the origin means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError
from ..core.grid import VoxelGrid
from .nrrd_header import ORIGIN_KEY, TYPES
from .nrrd_stream import custom_fields, write_stream

STORED_AS = {"float16": np.float32}


ENCODINGS = ("gzip", "bzip2", "raw", "ascii")


def write_nrrd(
    path: str | Path,
    array: NDArray[Any],
    grid: VoxelGrid,
    level: int = 6,
    encoding: str = "gzip",
    origin: str = "corner",
    fields: Mapping[str, Any] = MappingProxyType({}),
    custom: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write a NRRD, payload axes first; the same bytes each time.

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
    encoding
        One of `ENCODINGS`.
    origin
        Whether ``space origin`` is the "corner" or the "centre" of voxel 0.
    fields
        ``space`` and ``kinds`` as they stood in the file that the values came from; kinds are
        left out where their number no longer fits.
    custom
        Key/value pairs of one's own; `nrrd_stream.unescaped` takes their values back.
    """
    if encoding not in ENCODINGS:
        raise ArgumentError(f"encoding {encoding!r}; expected one of {', '.join(ENCODINGS)}")
    if origin not in ("corner", "centre"):
        raise ArgumentError(f"origin {origin!r}; expected 'corner' or 'centre'")
    start = grid.corner if origin == "corner" else grid.to_world(np.full(grid.ndim, 0.5))
    if array.dtype == bool:
        array = array.view(np.uint8)  # no copy: a mask may take a good part of memory
    values = array.astype(STORED_AS.get(array.dtype.name, array.dtype), copy=False)
    if values.dtype.str[1:] not in TYPES.values():
        raise ArgumentError(f"values of dtype {array.dtype}; NRRD holds integers and floats")
    n_payload = values.ndim - grid.ndim
    values = np.moveaxis(values, range(grid.ndim, values.ndim), range(n_payload))
    none = np.full((n_payload, grid.ndim), np.nan)
    kinds = [str(kind) for kind in fields.get("kinds", ())]
    if len(kinds) != values.ndim:
        kinds = [*_payload_kinds(values.shape[:n_payload]), *["domain"] * grid.ndim]
    space = fields.get("space")
    header = {
        "encoding": encoding,
        "endian": "little",
        **({"space": space} if space else {"space dimension": grid.ndim}),
        "space directions": np.concatenate([none, grid.affine[:-1, :-1].T]),
        "space origin": start,
        "space units": ["um"] * grid.ndim,
        "kinds": kinds,
        ORIGIN_KEY: origin,
        **custom_fields(custom),
    }
    write_stream(path, values, header, level)


def _payload_kinds(payload: tuple[int, ...]) -> list[str]:
    return ["quaternion" if payload == (4,) else "vector"] * len(payload)
