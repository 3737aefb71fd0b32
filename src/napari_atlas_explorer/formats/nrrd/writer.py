"""Writer of NRRD volumes as voxcell writes them: deterministic, and safe for UTF-8."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

import nrrd
import numpy as np
from numpy.typing import NDArray
from zlib_ng import zlib_ng

from ...compute.blocks import planes_in_slab, slabs
from ...core.arrays import as_c_order
from ...core.errors import ArgumentError
from ...core.space.grid import VoxelGrid
from ..common.atomic import atomic_write
from ..common.decoding import GZIP_WINDOW
from .header import ORIGIN_KEY, TYPES

# ---- Deterministic, UTF-8-safe NRRD output on top of pynrrd --------------------------------------
#
# pynrrd writes the time of day into each header, so that no two files are alike, and ends with an
# error at the first letter that is not ASCII, while Slicer's headers are UTF-8. Escapes in custom
# values are those of the definition (https://teem.sourceforge.net/nrrd/format.html).

TIME = b"# on "
GUARD = re.compile(rb"\x01([0-9a-f]+)\x02")
SIZES = b"sizes: "
STREAMED = ("raw", "gzip")
"""Encodings whose values are written slab by slab; pynrrd copies the whole volume for others."""
PIECE_BYTES = 1 << 20
"""Bytes compressed at once."""
CUSTOM_KEY = re.compile(r"[A-Za-z]\w*", re.ASCII)


def write_stream(
    path: str | Path, values: NDArray[Any], header: Mapping[str, Any], level: int = 9
) -> None:
    """Write header and values to one file atomically.

    Parameters
    ----------
    path
        Target.
    values
        In the order of the file's axes.
    header
        Fields as pynrrd takes them.
    level
        Of compression, 1 (quick) to 9.
    """
    guarded = {k: _encode_letters(v) if isinstance(v, str) else v for k, v in header.items()}
    with atomic_write(path) as temporary, temporary.open("wb") as target:
        if header["encoding"] not in STREAMED:
            nrrd.write(_HeaderFilter(target), values, guarded, compression_level=level)
            return
        # The header of one voxel, with the sizes of all; its value is dropped.
        voxel = np.zeros((1,) * values.ndim, values.dtype)
        nrrd.write(_HeaderFilter(target, values.shape), voxel, guarded)
        if header["encoding"] == "raw":
            for part in _iterate_bytes(values):
                target.write(part)
            return
        packer = zlib_ng.compressobj(level, zlib_ng.DEFLATED, GZIP_WINDOW)
        # In pieces of one size: what zlib-ng packs depends on how much it is given at once.
        for piece in _cut(_iterate_bytes(values), PIECE_BYTES):
            target.write(packer.compress(piece))
        target.write(packer.flush())


def _cut(parts: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Cut what comes in parts of any size into pieces of one; the last may be shorter."""
    rest = bytearray()
    for part in parts:
        rest += part
        whole = len(rest) - len(rest) % size
        for first in range(0, whole, size):
            yield bytes(rest[first : first + size])
        del rest[:whole]
    yield bytes(rest)


def _iterate_bytes(values: NDArray[Any]) -> Iterator[bytes]:
    """Yield the bytes of the values, the first axis fastest, slab by slab along the last."""
    # Along its first axis a transposed array in C order has what is in the file.
    turned = values.T
    for planes in slabs(0, len(turned), planes_in_slab(turned.shape, turned.dtype.itemsize)):
        yield as_c_order(turned[planes]).tobytes()


def escape_fields(pairs: Mapping[str, str]) -> dict[str, str]:
    """Return key/value pairs as stored in a header: backslashes and line feeds escaped."""
    wrong = next((key for key in pairs if not CUSTOM_KEY.fullmatch(key)), None)
    if wrong is not None:
        raise ArgumentError(f"a custom NRRD field {wrong!r}; expected a word of ASCII letters")
    return {k: v.replace("\\", "\\\\").replace("\n", "\\n") for k, v in pairs.items()}


def unescape(value: str) -> str:
    """Return the value of a key/value pair that `escape_fields` escaped."""
    return re.sub(r"\\([\\n])", lambda m: "\n" if m[1] == "n" else "\\", value)


def _encode_letters(text: str) -> str:
    """Encode letters beyond ASCII as numbers between two control characters."""
    return re.sub(r"[^\x00-\x7f]", lambda m: f"\x01{ord(m[0]):x}\x02", text)


class _HeaderFilter(io.RawIOBase):
    """Stream filter that drops the time from the header and restores UTF-8 letters.

    pynrrd writes one line of the header at a time and an empty one at its end.

    Parameters
    ----------
    target
        What is written to.
    sizes
        To be stated instead of those that pynrrd is given, whose values are dropped then.
    """

    def __init__(self, target: IO[bytes], sizes: tuple[int, ...] | None = None) -> None:
        super().__init__()
        self._target, self._in_header, self._sizes = target, True, sizes

    def write(self, data: Any) -> int:
        if not self._in_header:
            if self._sizes is None:
                self._target.write(data)
        elif data == b"\n":
            self._in_header = False
            self._target.write(data)
        elif self._sizes is not None and data.startswith(SIZES):
            self._target.write(SIZES + " ".join(map(str, self._sizes)).encode() + b"\n")
        elif not data.startswith(TIME):
            self._target.write(GUARD.sub(lambda m: chr(int(m[1], 16)).encode(), data))
        return len(data)


# ---- NRRD volumes as voxcell writes them, with the meaning of the origin stated ------------------

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
        Custom key/value pairs; `unescape` takes their values back.
    """
    if encoding not in ENCODINGS:
        raise ArgumentError(f"encoding {encoding!r}; expected one of {', '.join(ENCODINGS)}")
    if origin not in ("corner", "centre"):
        raise ArgumentError(f"origin {origin!r}; expected 'corner' or 'centre'")
    start = grid.corner if origin == "corner" else grid.to_world(np.full(grid.ndim, 0.5))
    if array.dtype == bool:
        array = array.view(np.uint8)  # no copy: a mask may take much memory
    values = array.astype(STORED_AS.get(array.dtype.name, array.dtype), copy=False)
    if values.dtype.str[1:] not in TYPES.values():
        raise ArgumentError(f"values of dtype {array.dtype}; NRRD holds integers and floats")
    n_payload = values.ndim - grid.ndim
    values = np.moveaxis(values, range(grid.ndim, values.ndim), range(n_payload))
    none = np.full((n_payload, grid.ndim), np.nan)
    kinds = [str(kind) for kind in fields.get("kinds", ())]
    if len(kinds) != values.ndim:
        kinds = [*_choose_kinds(values.shape[:n_payload]), *["domain"] * grid.ndim]
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
        **escape_fields(custom),
    }
    write_stream(path, values, header, level)


def _choose_kinds(payload: tuple[int, ...]) -> list[str]:
    return ["quaternion" if payload == (4,) else "vector"] * len(payload)
