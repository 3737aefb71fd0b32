"""Voxel sizes that a shape gives away: headers often state 1 mm for volumes of 25 µm."""

from __future__ import annotations

import numpy as np

from ..core.grid import VoxelGrid

CCF_SHAPES = {
    (132, 80, 114): 100.0, (133, 81, 115): 100.0, (264, 160, 228): 50.0, (528, 320, 456): 25.0,
    (1320, 800, 1140): 10.0,
}  # fmt: skip
"""Shapes of Allen's mouse CCF by voxel size, µm; they are met in any order of the axes."""

TOLERANCE = 0.1


def doubtful_size(grid: VoxelGrid) -> str | None:
    """Say why a stated voxel size is not to be believed, or None."""
    by_shape = {tuple(sorted(shape)): size for shape, size in CCF_SHAPES.items()}
    size = by_shape.get(tuple(sorted(grid.shape)))
    stated = np.abs(np.linalg.norm(grid.affine[:-1, :-1], axis=0))
    if size is None or np.allclose(stated, size, rtol=TOLERANCE):
        return None
    found = " × ".join(f"{s:g}" for s in stated)
    return (
        f"states voxels of {found} µm, but its shape is that of the Allen mouse CCF of {size:g} µm"
    )
