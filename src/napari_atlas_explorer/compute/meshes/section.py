"""Intersection of a mesh with a plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.mesh import Mesh


def find_crossing(mesh: Mesh, axis: int, at: float) -> NDArray[np.float64]:
    """Return lines along which a surface crosses a plane across one axis.

    Parameters
    ----------
    mesh
        The surface; it need not be closed.
    axis, at
        The plane, in the points' unit.

    Returns
    -------
    ``(n, 2, 3)`` ends of the lines, one for each face that crosses the plane.
    """
    import trimesh

    along = mesh.points[:, axis][mesh.faces]
    near = (along.min(axis=1) <= at) & (along.max(axis=1) >= at)
    if not near.any():
        return np.zeros((0, 2, 3))
    normal, origin = np.eye(3)[axis], np.eye(3)[axis] * at
    surface = trimesh.Trimesh(mesh.points, mesh.faces[near], process=False, validate=False)
    lines = trimesh.intersections.mesh_plane(  # type: ignore[no-untyped-call]
        surface, normal, origin
    )
    return np.asarray(lines, np.float64).reshape(-1, 2, 3)
