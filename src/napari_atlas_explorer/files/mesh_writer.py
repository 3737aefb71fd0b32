"""Writing surfaces as OBJ, STL and PLY."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError, AtlasFileError
from .atomic import replacing

WRITTEN_MESHES = (".obj", ".stl", ".ply")
OBJ_DIGITS = 6
"""Behind the point: a µm to its millionth."""


def write_mesh(path: str | Path, points: NDArray[Any], faces: NDArray[Any]) -> None:
    """Write triangles; the suffix decides on the format. STL and PLY are binary.

    Parameters
    ----------
    path
        Target; replaced in one step.
    points
        ``(n, 3)``, µm; none of the formats states a unit. OBJ keeps a millionth of a µm; STL and
        PLY have float32, which at 10 mm is good to a thousandth.
    faces
        ``(m, 3)`` indices of points.
    """
    # trimesh takes a second to be imported.
    import trimesh
    from trimesh.exchange.obj import export_obj
    from trimesh.exchange.ply import export_ply
    from trimesh.exchange.stl import export_stl

    suffix = Path(path).suffix.lower()
    if suffix not in WRITTEN_MESHES:
        raise AtlasFileError(path, "a format that is not written", ", ".join(WRITTEN_MESHES))
    if not len(faces) or not np.isfinite(points).all():
        raise ArgumentError(f"a surface of {len(faces)} triangles; expected some, of finite points")
    mesh = trimesh.Trimesh(points, faces, process=False)
    content: Any
    if suffix == ".obj":
        options = {"include_normals": False, "digits": OBJ_DIGITS, "header": "in micrometres"}
        text = export_obj(mesh, **options)  # type: ignore[no-untyped-call]
        content = text.encode()
    else:
        content = (export_stl if suffix == ".stl" else export_ply)(mesh)
    with replacing(path) as temporary:
        temporary.write_bytes(content)
