"""Readers of meshes: OBJ, STL, PLY and Draco.

OBJ and STL are parsed here: trimesh reads OBJ's index 0 as 1 and reorders faces by material,
merges the points of an STL or not depending on its version, and needs a second to import, which
most atlases' meshes (OBJ) then never pay. PLY is trimesh's.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasFileError
from ...core.mesh import Mesh
from ..common.safety import BUDGET_VARIABLE, memory_budget, reason_of
from .obj import parse_obj

#
# The layout is described at https://paulbourke.net/dataformats/stl. Normals are passed over.

START = 84
TRIANGLE = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
VERTEX = re.compile(rb"^[ \t]*vertex\s+(\S+)\s+(\S+)\s+(\S+)", re.MULTILINE | re.IGNORECASE)


def parse_stl(raw: bytes, path: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return points ``(3 m, 3)`` and triangles ``(m, 3)``: three points for each, in file order.

    A file is binary where its length is that of the triangles it counts: many a binary one
    begins with the word "solid" too.
    """
    count = int.from_bytes(raw[80:START], "little") if len(raw) >= START else -1
    if count >= 0 and len(raw) == START + count * TRIANGLE.itemsize:
        points = np.frombuffer(raw, TRIANGLE, count, START)["corners"].reshape(-1, 3)
    elif raw.lstrip()[:5].lower() == b"solid":
        points = _parse_text_stl(raw, path)
    else:
        raise AtlasFileError(
            path,
            f"{len(raw)} bytes with a count of {max(count, 0)} triangles",
            f"{START + max(count, 0) * TRIANGLE.itemsize} bytes, or text that starts with 'solid'",
        )
    return points.astype(np.float64), np.arange(len(points)).reshape(-1, 3)


def _parse_text_stl(raw: bytes, path: Path) -> NDArray[np.float64]:
    lines = raw.replace(b"\r", b"\n")
    try:
        numbers = [float(word) for match in VERTEX.finditer(lines) for word in match.groups()]
    except ValueError as exc:
        raise AtlasFileError(path, f"its STL data are damaged ({reason_of(exc)})") from exc
    corners, triangles = len(numbers) // 3, len(re.findall(rb"\bendfacet\b", lines, re.IGNORECASE))
    if corners != 3 * triangles:
        raise AtlasFileError(path, f"{corners} corners of {triangles} triangles", "three of each")
    if not re.search(rb"\bendsolid\b", lines, re.IGNORECASE):
        raise AtlasFileError(path, "no 'endsolid' at its end", "a whole file")
    return np.array(numbers, dtype=np.float64).reshape(-1, 3)


MESH_SUFFIXES = (".obj", ".stl", ".ply", ".drc")
DRACO_MAGIC = b"DRACO"
MAX_MESH_BYTES = 1 << 30
MEMORY_PER_BYTE = 16
"""Bytes that reading takes for each byte of the file (measured on OBJ: 11)."""

PLY_ELEMENT = re.compile(rb"^element\s+(vertex|face)\s+(\d{1,18})", re.MULTILINE)
MAX_PLY_HEADER = 1 << 16

# What trimesh raises on damaged files (found by damaging files at random).
DAMAGE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    ArithmeticError,
    AssertionError,
    EOFError,
    NameError,
)


def read_mesh(path: str | Path) -> Mesh:
    r"""Read a mesh: points and faces as stored, polygons cut into triangles.

    The format is detected by content where possible (Draco, PLY), else by suffix. Points
    keep the file's unit, axes and order; STL has three for each face.

    Raises
    ------
    AtlasFileError
        Where the file is damaged, empty or too large, a face names a missing point,
        or a coordinate is not a finite number.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "triangle.obj")
    ...     _ = path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    ...     read_mesh(path)
    <Mesh: 3 points, 1 triangles>
    """
    path = Path(path)
    raw = read_mesh_bytes(path)
    kind = _detect_format(path, raw)
    if kind == ".obj":
        points, faces = parse_obj(raw, path)
    elif kind == ".stl":
        points, faces = parse_stl(raw, path)
    elif kind == ".drc":
        points, faces = _read_draco(raw, path)
    else:
        points, faces = _read_ply(raw, path)
    return check_mesh(points, faces, path)


def read_mesh_bytes(path: Path) -> bytes:
    """Return a file's content if it is small enough to be read as a mesh."""
    try:
        size = path.stat().st_size
        most = min(MAX_MESH_BYTES, memory_budget() // MEMORY_PER_BYTE)
        if size > most:
            raise AtlasFileError(
                path, f"{size} bytes of a mesh", f"at most {most} (set {BUDGET_VARIABLE})"
            )
        return path.read_bytes()
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc


def decode_draco(raw: bytes, path: Path) -> Mesh:
    """Decode one Draco stream."""
    return check_mesh(*_read_draco(raw, path), path)


def check_mesh(points: Any, faces: Any, path: Path) -> Mesh:
    """Return a mesh whose points are finite and whose faces name existing points, or raise."""
    points = np.asarray(points, dtype=np.float64)
    faces = np.asarray(faces)
    if points.size == 0 or faces.size == 0:
        n_points = len(points) if points.ndim else 0
        raise AtlasFileError(path, f"a mesh of {n_points} points and no face", "a surface")
    if points.ndim != 2 or points.shape[1] != 3 or faces.ndim != 2 or faces.shape[1] != 3:
        raise AtlasFileError(
            path, f"points of shape {points.shape}, faces of {faces.shape}", "triangles in space"
        )
    low, high = int(faces.min()), int(faces.max())
    if low < 0 or high >= len(points):
        raise AtlasFileError(
            path,
            f"a face that names point {low if low < 0 else high}",
            f"points 0 to {len(points) - 1}",
        )
    if not np.isfinite(points).all():
        raise AtlasFileError(path, "a point with a coordinate that is no finite number")
    return Mesh(points, faces.astype(np.int64, copy=False))


def _detect_format(path: Path, raw: bytes) -> str:
    if raw.startswith(DRACO_MAGIC):
        return ".drc"
    if raw.startswith((b"ply\n", b"ply\r")):
        return ".ply"
    suffix = path.suffix.lower()
    if suffix in (".obj", ".stl"):
        return suffix
    raise AtlasFileError(path, f"it starts with {raw[:12]!r}", "a mesh in OBJ, STL, PLY or Draco")


def _read_draco(raw: bytes, path: Path) -> tuple[Any, Any]:
    import DracoPy

    try:
        mesh = DracoPy.decode(raw)
        return mesh.points, getattr(mesh, "faces", np.empty((0, 3)))
    except (DracoPy.FileTypeException, MemoryError, *DAMAGE) as exc:
        raise AtlasFileError(path, f"its Draco data are damaged ({reason_of(exc)})") from exc


def _read_ply(raw: bytes, path: Path) -> tuple[Any, Any]:
    import io

    import trimesh

    try:
        with np.errstate(all="ignore"):  # what is no number is refused further down
            mesh = trimesh.load_mesh(
                io.BytesIO(raw), file_type="ply", process=False, skip_materials=True
            )
            points, faces = mesh.vertices, mesh.faces
    except DAMAGE as exc:
        raise AtlasFileError(path, f"its PLY data are damaged ({reason_of(exc)})") from exc
    declared = {kind: int(n) for kind, n in PLY_ELEMENT.findall(raw[:MAX_PLY_HEADER])}
    # A text that is cut off is read as far as it goes; polygons become more triangles.
    if len(points) < declared.get(b"vertex", 0) or len(faces) < declared.get(b"face", 0):
        raise AtlasFileError(
            path,
            f"{len(points)} points and {len(faces)} triangles",
            f"{declared.get(b'vertex', 0)} and {declared.get(b'face', 0)} as its header declares",
        )
    return points, faces
