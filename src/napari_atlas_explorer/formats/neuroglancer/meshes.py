"""Reader of neuroglancer's precomputed meshes, as in BrainGlobe's v3 packages.

The format (multi-resolution, Draco) is described in neuroglancer's
``datasource/precomputed/meshes.md``. BrainGlobe's packages depart from it: each mesh is one
fragment whose decoded points are nanometers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError, short
from ...core.mesh import Mesh
from ..common.text import load_json
from ..meshes.reader import decode_draco, read_mesh_bytes

KIND = "neuroglancer_multilod_draco"
MAX_LODS = 64
SAME_EXTENT = 0.05
"""Share of a chunk's edge by which the extent of absolute points may differ from it."""

INSIDE = 0.01
"""Share of a chunk's edge by which absolute points may be outside it."""


@dataclass(frozen=True)
class MeshInfo:
    """``info`` of a mesh folder: bits of the lattice, and its 3 × 4 transform to nm."""

    bits: int
    transform: NDArray[np.float64]


def read_mesh_info(folder: str | Path) -> MeshInfo:
    """Read ``info`` of a folder of meshes."""
    path = Path(folder) / "info"
    info = load_json(path)
    kind = info.get("@type") if isinstance(info, dict) else None
    if kind != "neuroglancer_multilod_draco" or "sharding" in info:
        what = (
            "sharded meshes" if kind == "neuroglancer_multilod_draco" else f"meshes {short(kind)}"
        )
        raise AtlasFileError(path, what, "'neuroglancer_multilod_draco', one file for each mesh")
    bits = info.get("vertex_quantization_bits")
    transform = info.get("transform", [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])
    try:
        matrix = np.array(transform, dtype=np.float64).reshape(3, 4)
    except (TypeError, ValueError) as exc:
        raise AtlasFileError(path, "its transform is no matrix", "12 numbers") from exc
    if bits not in (10, 16) or not np.isfinite(matrix).all():
        raise AtlasFileError(path, f"vertex_quantization_bits {short(bits)}", "10 or 16")
    return MeshInfo(bits, matrix)


def read_precomputed_mesh(fragments: str | Path, info: MeshInfo | None = None) -> Mesh:
    """Read a mesh in its finest resolution.

    Parameters
    ----------
    fragments
        The file named after the region's id; its index is ``<id>.index``.
    info
        Of the folder; read from it by default.

    Returns
    -------
    mesh
        Points in µm in the order of the volume's axes (z, y, x); faces turned accordingly.
    """
    path = Path(fragments)
    info = info or read_mesh_info(path.parent)
    raw = read_mesh_bytes(path)
    index = _read_manifest(path.with_name(path.name + ".index"))
    if sum(index.sizes) > len(raw):
        raise AtlasFileError(path, f"{len(raw)} bytes", f"{sum(index.sizes)}, as its index states")
    points, faces, start, count = [], [], 0, 0
    for position, size in zip(index.positions, index.sizes, strict=True):
        if size:
            mesh = decode_draco(raw[start : start + size], path)
            points.append(_convert_to_nm(mesh.points, position, index, info, path))
            faces.append(mesh.faces + count)
            count += len(mesh.points)
        start += size
    if not points:
        raise AtlasFileError(path, "a mesh without content", "a surface")
    nm = np.vstack(points) @ info.transform[:, :3].T + info.transform[:, 3]
    return Mesh(np.ascontiguousarray(nm[:, ::-1]) / 1e3, np.vstack(faces)[:, ::-1].copy())


@dataclass(frozen=True)
class _Manifest:
    chunk: NDArray[np.float64]
    corner: NDArray[np.float64]
    positions: NDArray[np.float64]
    sizes: list[int]


def _read_manifest(path: Path) -> _Manifest:
    """Read a manifest; only its finest resolution, which comes first."""
    raw = read_mesh_bytes(path)
    try:
        *numbers, lods = struct.unpack_from("<6fI", raw)
        if not 1 <= lods <= MAX_LODS:
            raise AtlasFileError(path, f"{lods} resolutions", f"1 to {MAX_LODS}")
        at = 28 + 4 * lods  # after the scales of the resolutions
        offset = struct.unpack_from("<3f", raw, at)
        at += 12 * lods
        count = struct.unpack_from("<I", raw, at)[0]
        at += 4 * lods
        if len(raw) < at + 16 * count:
            raise AtlasFileError(path, f"{len(raw)} bytes", f"{at + 16 * count} at the least")
        table = np.frombuffer(raw, "<u4", 4 * count, at).reshape(4, count)
    except struct.error as exc:
        raise AtlasFileError(path, f"{len(raw)} bytes", "an index of a mesh") from exc
    chunk, corner = np.array(numbers[:3]), np.array(numbers[3:]) + np.array(offset)
    if not (np.isfinite(chunk).all() and np.isfinite(corner).all() and (chunk > 0).all()):
        raise AtlasFileError(path, "a chunk without a place", "finite sizes and origins")
    return _Manifest(chunk, corner, table[:3].T.astype(np.float64), [int(n) for n in table[3]])


def _convert_to_nm(
    points: NDArray[np.float64],
    position: NDArray[np.float64],
    index: _Manifest,
    info: MeshInfo,
    path: Path,
) -> NDArray[np.float64]:
    """Convert points to nm, from lattice or plain coordinates, whichever fills the chunk."""
    lowest = index.corner + index.chunk * position
    extent = float(np.ptp(points, axis=0).max())
    edge = float(index.chunk.max())
    margin = INSIDE * index.chunk
    inside = bool(((points >= lowest - margin) & (points <= lowest + index.chunk + margin)).all())
    last = 2**info.bits - 1
    on_lattice = bool(
        ((points >= 0) & (points <= last)).all() and np.array_equal(points, np.rint(points))
    )
    if inside and (not on_lattice or abs(extent - edge) <= SAME_EXTENT * edge):
        return points
    if on_lattice:
        return np.asarray(lowest + index.chunk * points / last)
    raise AtlasFileError(
        path, "points neither inside their chunk nor on its lattice", "those of its index"
    )
