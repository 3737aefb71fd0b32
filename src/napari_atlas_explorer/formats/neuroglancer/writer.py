"""Writer of neuroglancer's precomputed labels and meshes, as in BrainGlobe's v3 packages.

The formats are described in neuroglancer's ``datasource/precomputed``; where BrainGlobe departs
from them, see `meshes`. Everything is in nanometers and in the order x, y, z, the
reverse of the volume's.
"""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError, AtlasFileError
from ...core.mesh import Mesh
from ..common.safety import reason_of
from ..ome_zarr.writer import SliceableArray
from .meshes import KIND

#
# The encoding is described in neuroglancer's ``sliceview/compressed_segmentation``: blocks of
# 8 × 8 × 8 voxels, each with a table of its labels and, per voxel, a number in that table of as
# few bits as will do.

BLOCK = 8
"""Edge of a block, voxels."""

VOXELS = BLOCK**3
WIDTHS = np.array([0, 1, 2, 4, 8, 16])
"""Bits that a voxel's number may take; a table of ``2**bits`` labels needs so many."""

MAX_TABLE_START = 1 << 24
"""A header has 24 bits for the position of a table, in words of 4 bytes."""


def encode_segmentation(labels: NDArray[np.uint32]) -> bytes:
    """Encode one chunk of labels.

    Parameters
    ----------
    labels
        ``(n0, n1, n2)`` uint32; the last axis is neuroglancer's x.

    Returns
    -------
    A channel's offset, then for each block a header (place of the table, bits, place of the
    numbers), then the numbers and the table of each block: little-endian words of 4 bytes.
    """
    if labels.dtype != np.uint32 or labels.ndim != 3 or labels.size == 0:
        raise ArgumentError(
            f"labels of shape {labels.shape} and dtype {labels.dtype}; expected uint32 voxels on "
            f"three axes"
        )
    blocks = _split_blocks(labels)
    mixed = np.flatnonzero((blocks != blocks[:, :1]).any(axis=1))
    ordered, ranks, numbers = _build_tables(blocks[mixed])
    n_labels = np.ones(len(blocks), np.int64)
    n_labels[mixed] = ranks[:, -1] + 1
    bits = WIDTHS[np.searchsorted(2**WIDTHS, n_labels)]
    n_words = VOXELS // 32 * bits
    sizes = n_words + n_labels
    starts = 2 * len(blocks) + np.cumsum(sizes) - sizes
    tables = starts + n_words
    if tables[-1] >= MAX_TABLE_START:
        raise ArgumentError(f"a chunk of shape {labels.shape}; expected a smaller one")
    words = np.empty(int(starts[-1] + sizes[-1]), np.uint32)
    words[0 : 2 * len(blocks) : 2] = tables | bits << 24
    words[1 : 2 * len(blocks) : 2] = starts
    words[tables] = blocks[:, 0]
    words[tables[mixed][:, None] + ranks] = ordered
    for width in np.unique(bits[mixed]):
        which = bits[mixed] == width
        at = starts[mixed][which][:, None] + np.arange(VOXELS // 32 * width)
        words[at] = _pack_bits(numbers[which], int(width))
    return np.concatenate([np.array([1], "<u4"), words.astype("<u4", copy=False)]).tobytes()


def _split_blocks(labels: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Split into blocks ``(n, 512)``, x fastest; those at the far edges are padded."""
    padded = np.pad(labels, [(0, -n % BLOCK) for n in labels.shape], mode="edge")
    n0, n1, n2 = (n // BLOCK for n in padded.shape)
    parted = padded.reshape(n0, BLOCK, n1, BLOCK, n2, BLOCK)
    return parted.transpose(0, 2, 4, 1, 3, 5).reshape(-1, VOXELS)


def _build_tables(
    blocks: NDArray[np.uint32],
) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.uint32]]:
    """Return the sorted labels of each block, their indices in its table, and each voxel's."""
    order = np.argsort(blocks, axis=1, kind="stable")
    ordered = np.take_along_axis(blocks, order, axis=1)
    ranks = np.zeros(blocks.shape, np.int64)
    np.cumsum(ordered[:, 1:] != ordered[:, :-1], axis=1, out=ranks[:, 1:])
    numbers = np.empty(blocks.shape, np.uint32)
    np.put_along_axis(numbers, order, ranks.astype(np.uint32), axis=1)
    return ordered, ranks, numbers


def _pack_bits(numbers: NDArray[np.uint32], width: int) -> NDArray[Any]:
    """Pack numbers ``(n, 512)`` of so many bits into 32-bit words, lowest bits first."""
    per_word = 32 // width
    shifts = np.arange(per_word, dtype=np.uint32) * np.uint32(width)
    parted = numbers.reshape(len(numbers), -1, per_word) << shifts
    return np.asarray(np.bitwise_or.reduce(parted, axis=2))


# Writing neuroglancer's precomputed labels and meshes as BrainGlobe's v3 packages hold them.

QUANTIZATION_BITS = 16
COMPRESSION = 0
"""Draco's: keeping the order of points, more of it makes larger files (3 %) and not smaller."""

CHUNK = (64, 256, 256)
"""Voxels of a chunk of labels, in the volume's order; BrainGlobe's choice."""

NM_DIGITS = 6
PROPERTIES = "segment_properties"


def write_mesh_info(folder: str | Path) -> None:
    """Write ``info`` of a new folder of meshes."""
    identity = np.eye(3, 4).ravel().tolist()
    info = {
        "@type": KIND,
        "vertex_quantization_bits": QUANTIZATION_BITS,
        "transform": identity,
        "lod_scale_multiplier": 1.0,
    }
    _write_file(Path(folder) / "info", _encode_json(info))


def write_precomputed_mesh(folder: str | Path, mesh_id: int, mesh: Mesh) -> None:
    """Write a mesh, ``<mesh_id>``, and its index, ``<mesh_id>.index``.

    Number and order of points and faces are kept, also of those that occur twice.

    Parameters
    ----------
    folder
        Of the meshes; it is made.
    mesh_id
        Id of the region.
    mesh
        Points in µm in the order of the volume's axes.

    Notes
    -----
    Points are on a lattice of ``65535`` steps along the longest edge of the mesh's box, so that
    a coordinate moves by at most ``edge / 65535 / 2``, and by the rounding of float32: 12 mm give
    0.09 µm + 0.001 µm.
    """
    import DracoPy

    points, faces = _check_mesh(mesh_id, mesh)
    corner = points.min(axis=0)
    edge = float(np.ptp(points, axis=0).max())
    stream = DracoPy.encode(
        points,
        faces,
        quantization_bits=QUANTIZATION_BITS,
        compression_level=COMPRESSION,
        quantization_range=edge,
        quantization_origin=corner.tolist(),
        preserve_order=True,
    )
    target = Path(folder) / str(int(mesh_id))
    _write_file(target, stream)
    _write_file(target.with_name(target.name + ".index"), _encode(corner, edge, len(stream)))


def write_segment_properties(folder: str | Path, rows: Sequence[tuple[int, str]]) -> None:
    """Write the label of each segment.

    Parameters
    ----------
    folder
        Of the volume (``annotations.precomputed``); ``segment_properties`` is made in it.
    rows
        Id and label; BrainGlobe's labels are such as "CTX: (Cerebral cortex)".
    """
    values = [label for _, label in rows]
    info = {
        "@type": "neuroglancer_segment_properties",
        "inline": {
            "ids": [str(int(i)) for i, _ in rows],
            "properties": [{"id": "abbreviation", "type": "label", "values": values}],
        },
    }
    _write_file(Path(folder) / PROPERTIES / "info", _encode_json(info))


def write_segmentation(
    folder: str | Path, labels: SliceableArray, resolution_um: Sequence[float], meshes: bool = True
) -> None:
    """Write a volume of labels: ``info`` and a folder of chunks, named after its voxel size.

    Parameters
    ----------
    folder
        Of the volume (``annotations.precomputed``), which is made. Its ``info`` says that there
        are segment properties: `write_segment_properties`.
    labels
        ``(n0, n1, n2)`` ids, 0 to 2³² − 1, axes in the orientation "asr"; read 64 planes at a
        time.
    resolution_um
        ``(3,)`` size of a voxel.
    meshes
        Whether there are meshes, in its folder ``mesh``.
    """
    shape = tuple(int(n) for n in labels.shape)
    if len(shape) != 3 or min(shape) < 1 or np.dtype(labels.dtype).kind not in "iu":
        raise ArgumentError(
            f"labels of shape {shape} and dtype {labels.dtype}; expected integers on three axes"
        )
    nm = _convert_to_nm(resolution_um)
    key = "_".join(map(str, nm))
    scale = {
        "chunk_sizes": [list(CHUNK[::-1])],
        "compressed_segmentation_block_size": [BLOCK] * 3,
        "encoding": "compressed_segmentation",
        "key": key,
        "resolution": nm,
        "size": list(shape[::-1]),
        "voxel_offset": [0, 0, 0],
    }
    info = {"data_type": "uint32", "num_channels": 1, "scales": [scale], "type": "segmentation"}
    info["segment_properties"] = PROPERTIES
    if meshes:
        info["mesh"] = "mesh"
    target = Path(folder)
    for start in range(0, shape[0], CHUNK[0]):
        planes = _convert_ids(np.asarray(labels[start : start + CHUNK[0]]))
        for y, x in itertools.product(*(range(0, shape[k], CHUNK[k]) for k in (1, 2))):
            part = planes[:, y : y + CHUNK[1], x : x + CHUNK[2]]
            ends = zip((x, y, start), part.shape[::-1], strict=True)
            name = "_".join(f"{first}-{first + n}" for first, n in ends)
            _write_file(target / key / name, encode_segmentation(part))
    _write_file(target / "info", _encode_json(info))


def _check_mesh(mesh_id: int, mesh: Mesh) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
    """Return the points in nm, x first, and the faces that then point outwards."""
    points, faces = np.asarray(mesh.points, np.float64), np.asarray(mesh.faces)
    if not 0 < int(mesh_id) < 1 << 64:
        raise ArgumentError(f"a mesh with id {mesh_id}; expected 1 or more")
    if points.ndim != 2 or points.shape[1] != 3 or faces.ndim != 2 or faces.shape[1] != 3:
        raise ArgumentError(
            f"mesh {mesh_id}: points of shape {points.shape}, faces of {faces.shape}; expected "
            f"triangles in space"
        )
    if not len(faces) or faces.min() < 0 or faces.max() >= len(points):
        raise ArgumentError(
            f"mesh {mesh_id}: {len(faces)} faces of {len(points)} points; expected faces that "
            f"name existing points"
        )
    if not np.isfinite(points).all():
        raise ArgumentError(f"mesh {mesh_id}: a point with a coordinate that is no finite number")
    nm = np.ascontiguousarray(points[:, ::-1] * 1e3, np.float32)
    if not np.ptp(nm, axis=0).any():
        raise ArgumentError(f"mesh {mesh_id}: all points are one; expected a surface")
    return nm, np.ascontiguousarray(faces[:, ::-1], np.uint32)


def _encode(corner: NDArray[np.float32], edge: float, size: int) -> bytes:
    """Return the manifest of one fragment in one resolution, 64 bytes.

    A chunk's edges, the corner of the grid; resolutions, their scale, the offset of their points,
    their fragments; the fragment's position and bytes.
    """
    return struct.pack(
        "<6f I f 3f I 3I I", *[edge] * 3, *corner.tolist(), 1, edge, 0, 0, 0, 1, 0, 0, 0, size
    )


def _convert_to_nm(resolution_um: Sequence[float]) -> list[int] | list[float]:
    """Return the voxel size x, y, z; whole numbers where all are, as CloudVolume names folders."""
    um = np.asarray(resolution_um, np.float64)
    if um.shape != (3,) or not (np.isfinite(um) & (um > 0)).all():
        raise ArgumentError(f"a resolution of {um.tolist()} µm; expected three positive numbers")
    nm = np.round(um[::-1] * 1e3, NM_DIGITS).tolist()
    return [int(v) for v in nm] if all(v.is_integer() for v in nm) else nm


def _convert_ids(values: NDArray[Any]) -> NDArray[np.uint32]:
    last = np.iinfo(np.uint32).max
    if not np.can_cast(values.dtype, np.uint32) and (values.min() < 0 or values.max() > last):
        raise ArgumentError(f"ids from {values.min()} to {values.max()}; expected 0 to {last}")
    return values.astype(np.uint32, copy=False)


def _encode_json(document: Any) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False).encode()


def _write_file(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be written ({reason_of(exc)})") from exc
