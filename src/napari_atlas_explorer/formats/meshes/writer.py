"""Writers of meshes: OBJ, STL and PLY."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError, AtlasFileError
from ..common.atomic import atomic_write

WRITTEN_MESHES = (".obj", ".stl", ".ply")
OBJ_DIGITS = 6
"""Decimals: a µm to its millionth."""


def write_mesh(path: str | Path, points: NDArray[Any], faces: NDArray[Any]) -> None:
    """Write triangles in the format of the suffix. STL and PLY are binary.

    Parameters
    ----------
    path
        Target; replaced in one step.
    points
        ``(n, 3)``, µm; none of the formats states a unit. OBJ keeps a millionth of a µm; STL and
        PLY have float32, which at 10 mm is good to a thousandth.
    faces
        ``(m, 3)`` indices of points.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "triangle.obj")
    ...     write_mesh(path, np.eye(3), np.array([[0, 1, 2]]))
    ...     path.read_text().splitlines()[-1]
    'f 1 2 3'
    """
    suffix = Path(path).suffix.lower()
    if suffix not in WRITTEN_MESHES:
        raise AtlasFileError(path, "a format that is not written", ", ".join(WRITTEN_MESHES))
    if not len(faces) or not np.isfinite(points).all():
        raise ArgumentError(f"a surface of {len(faces)} triangles; expected more, of finite points")
    content = (
        format_obj(points, faces).encode() if suffix == ".obj" else _export(suffix, points, faces)
    )
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)


def format_obj(points: NDArray[Any], faces: NDArray[Any]) -> str:
    """Return the OBJ text in one pass: trimesh's export takes four times as long."""
    number = f"%.{OBJ_DIGITS}f"
    coordinates = np.asarray(points, np.float64).ravel().tolist()
    corners = (np.asarray(faces, np.int64) + 1).ravel().tolist()
    vertices = f"v {number} {number} {number}\n" * len(points) % tuple(coordinates)
    return f"# in micrometers\n{vertices}" + "f %d %d %d\n" * len(faces) % tuple(corners)


def _export(suffix: str, points: NDArray[Any], faces: NDArray[Any]) -> Any:
    # It takes a second to be imported.
    import trimesh
    from trimesh.exchange.ply import export_ply
    from trimesh.exchange.stl import export_stl

    mesh = trimesh.Trimesh(points, faces, process=False)
    return (export_stl if suffix == ".stl" else export_ply)(mesh)
