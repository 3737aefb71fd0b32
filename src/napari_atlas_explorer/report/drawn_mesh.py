"""A mesh in a section: its outline over the labels, and the edges at which it is not sound."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..compute.mesh_quality import faulty_edges
from ..compute.mesh_section import crossing
from ..core.grid import VoxelGrid
from ..core.mesh import Mesh
from .sections import Section

Color = tuple[int, int, int]

OUTLINE: Color = (64, 178, 255)
FAULT: Color = (255, 48, 48)
CAPTION = "Blue: outline of the mesh. Red lines: edges at fault near the section."
NEAR = 1.5
"""Voxels from a section within which edges at fault are drawn into it."""


class DrawnMesh:
    """A mesh on the annotation's voxels.

    Parameters
    ----------
    mesh
        The mesh, µm.
    grid
        The annotation's grid.
    """

    def __init__(self, mesh: Mesh, grid: VoxelGrid) -> None:
        self._mesh = Mesh(np.asarray(grid.to_index_space(mesh.points)), mesh.faces)
        found = faulty_edges(mesh)
        self._faults = np.asarray(grid.to_index_space(np.concatenate([found.open, found.crowded])))

    @property
    def bounds(self) -> tuple[list[float], list[float]]:
        """Low and high corner of the mesh, in index space."""
        used = self._mesh.points[np.unique(self._mesh.faces)]
        return used.min(axis=0).tolist(), used.max(axis=0).tolist()

    def lines(self, section: Section) -> Iterator[tuple[NDArray[np.float64], Color, int]]:
        """Lines in a section ``(n, 2, 3)`` in index space, their colour and thickness."""
        at = section.index + 0.5
        yield crossing(self._mesh, section.axis, at), OUTLINE, 1
        if len(self._faults):
            away = np.abs(self._faults[:, :, section.axis] - at).min(axis=1)
            yield self._faults[away <= NEAR], FAULT, 2


def clipped(lines: NDArray[np.float64], size: tuple[float, float]) -> NDArray[np.float64]:
    """Parts of lines ``(n, 2, 2)`` that lie between 0 and a size: a pen draws all it is told.

    Pillow goes through every pixel of a line, those outside of the picture as well; a damaged
    mesh may reach as far as numbers do.
    """
    start, way = lines[:, 0], lines[:, 1] - lines[:, 0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        one, other = -start / way, (np.array(size) - start) / way
    # A line along an edge never crosses it: it is inside throughout, or nowhere.
    within = (start >= 0) & (start <= np.array(size))
    still = way == 0
    first = np.where(still, np.where(within, 0, np.inf), np.minimum(one, other)).max(axis=1)
    last = np.where(still, np.where(within, 1, -np.inf), np.maximum(one, other)).min(axis=1)
    first, last = np.maximum(first, 0), np.minimum(last, 1)
    seen = first <= last
    start, way = start[seen], way[seen]
    ends = [start + share[seen, np.newaxis] * way for share in (first, last)]
    return np.asarray(np.clip(np.stack(ends, axis=1), 0, size))
