"""NRRD files put together field by field, also wrong ones."""

from __future__ import annotations

import bz2
import gzip
from functools import partial
from pathlib import Path

import numpy as np

TYPES = {
    "u1": "uint8",
    "i2": "int16",
    "u2": "uint16",
    "u4": "uint32",
    "f4": "float",
    "f8": "double",
}
PACK = {"raw": bytes, "gzip": partial(gzip.compress, mtime=0), "bzip2": bz2.compress}


def header_of(array: np.ndarray, **fields: object) -> dict[str, object]:
    """Fields for an array whose axes are as in the file; None takes a field away.

    A key that starts with "=" is a custom one, written as ``key:=value``.
    """
    usual: dict[str, object] = {
        "type": TYPES[array.dtype.str[1:]],
        "dimension": array.ndim,
        "sizes": " ".join(map(str, array.shape)),
        "endian": "big" if array.dtype.str[0] == ">" else "little",
        "encoding": "raw",
        "spacings": " ".join(["1"] * array.ndim),
    }
    named = {k if k[0] == "=" else k.replace("_", " "): v for k, v in fields.items()}
    return {k: v for k, v in (usual | named).items() if v is not None}


def write(
    path: Path,
    array: np.ndarray,
    data: bytes | None = None,
    encode: str = "utf-8",
    **fields: object,
) -> Path:
    """Write an attached NRRD; ``data`` takes the place of the array's own bytes."""
    header = header_of(array, **fields)
    if data is None:
        flat = array.tobytes(order="F")
        encoding = str(header["encoding"])
        data = (
            " ".join(map(str, array.ravel(order="F").tolist())).encode()
            if encoding == "ascii"
            else PACK[encoding](flat)
        )
    lines = [
        f"{key}:={value}" if key.startswith("=") else f"{key}: {value}"
        for key, value in header.items()
    ]
    text = "NRRD0005\n" + "\n".join(line.lstrip("=") for line in lines) + "\n\n"
    path.write_bytes(text.encode(encode) + data)
    return path
