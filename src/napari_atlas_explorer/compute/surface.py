"""Surfaces of masks as triangles."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from zmesh import Mesher

from ..core.errors import ArgumentError
from ..core.grid import VoxelGrid
from ..core.mesh import Mesh
from .boxes import occupied_box


def surface_of(mask: NDArray[np.bool_], grid: VoxelGrid) -> Mesh:
    """Surface of a mask by marching cubes (zmesh), neither smoothed nor made simpler.

    It runs half-way between the centre of a voxel inside and one outside: through the faces of
    voxels, with edges and corners cut off by half a voxel. So a cube of n³ voxels reaches as far
    as its voxels do and holds (n - 1)³ + 3 (n - 1)² + 3/2 (n - 1) + 1/6 of them; what is cut off
    the bulges of a smooth region is put into its hollows (Allen's isocortex and hypothalamus at
    25 µm: the volume of their voxels to one part in ten thousand).

    Parameters
    ----------
    mask
        Booleans of ``grid.shape``; where it reaches the volume's edge, the surface closes there.
    grid
        Placement, µm.

    Returns
    -------
    Points in µm of the atlas's world; faces are closed and run counter-clockwise seen from
    outside.

    Raises
    ------
    ArgumentError
        If no voxel is in the mask.
    """
    if mask.dtype != bool or mask.ndim != 3 or mask.shape != grid.shape:
        raise ArgumentError(
            f"a mask of shape {mask.shape} and dtype {mask.dtype}; expected {grid.shape} and bool"
        )
    box = occupied_box(mask)
    if box is None:
        raise ArgumentError("no voxel is in the mask: it has no surface")
    # With a rim of its own the surface is closed; zmesh's `close` shifts it by a voxel.
    padded = np.pad(mask[box], 1).astype(np.uint8)
    mesher = Mesher((1.0, 1.0, 1.0))
    mesher.mesh(padded, close=False)
    # Halves of voxels are exact in float32; only then come µm, in float64.
    mesh = mesher.get(1, normals=False, reduction_factor=0, voxel_centered=True)
    start = np.array([side.start - 1 for side in box], dtype=np.float64)
    points = grid.to_world(mesh.vertices.astype(np.float64) + start)
    faces = mesh.faces.astype(np.int64)
    if np.linalg.det(grid.affine[:3, :3]) < 0:  # a mirror turns the faces inside out
        faces = faces[:, ::-1]
    return Mesh(points, np.ascontiguousarray(faces))
