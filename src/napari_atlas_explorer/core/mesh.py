"""Triangle meshes and their offset from the annotation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .arrays import read_only
from .regions.rank_volume import RankVolume


class Mesh(NamedTuple):
    """A surface of triangles.

    Attributes
    ----------
    points
        ``(n, 3)`` float64.
    faces
        ``(m, 3)`` int64, indices of points.
    """

    points: NDArray[np.float64]
    faces: NDArray[np.int64]

    def __repr__(self) -> str:
        """Describe the number of points and triangles."""
        return f"<Mesh: {len(self.points)} points, {len(self.faces)} triangles>"


@dataclass(frozen=True)
class MeshOffset:
    """Offset of a package's meshes from its annotation.

    Attributes
    ----------
    median, spread
        ``(3,)`` µm: median over regions of mesh center − label center, and interquartile range.
    n_regions
        Regions that were compared.
    is_steady
        Whether the spread is below half a voxel along every axis: then the offset is the
        package's, and not that of single meshes.
    """

    median: NDArray[np.float64]
    spread: NDArray[np.float64]
    n_regions: int
    is_steady: bool

    @property
    def shift(self) -> NDArray[np.float64]:
        """Vector that aligns meshes with the annotation; zeros if the offset varies.

        >>> packaged.mesh_offset.shift.shape
        (3,)
        """
        return -self.median if self.is_steady else np.zeros(3)

    def describe(self) -> str:
        """Say what was measured and what was done.

        >>> atlas.mesh_offset.describe()  # of an atlas without meshes
        'no mesh could be compared with its labels: meshes are taken as they stand'
        """
        if not self.n_regions:
            return "no mesh could be compared with its labels: meshes are taken as they stand"
        by = ", ".join(f"{v:+.4g}" for v in self.median)
        if not self.is_steady:
            return f"meshes differ from their labels by {by} µm, not steadily: taken as they stand"
        return f"meshes stand {by} µm from their labels (median of {self.n_regions}): shifted back"


def measure_offset(rank_volume: RankVolume, meshes: Mapping[int, Mesh]) -> MeshOffset:
    """Measure the offset of meshes from their regions.

    Parameters
    ----------
    rank_volume
        The annotation.
    meshes
        Mesh by rank, µm; a region's mesh holds its descendants.

    Notes
    -----
    Centers are those of bounding boxes: smoothing moves a surface inwards on both sides alike.
    """
    distances = []
    for rank, mesh in meshes.items():
        box = rank_volume.total_boxes[rank]
        if box[0, 1] == 0:
            continue
        middle = rank_volume.grid.to_world(box.mean(axis=1))
        distances.append((mesh.points.min(axis=0) + mesh.points.max(axis=0)) / 2 - middle)
    if not distances:
        return MeshOffset(np.zeros(3), np.zeros(3), 0, False)
    low, median, high = np.percentile(np.array(distances), [25, 50, 75], axis=0)
    half = np.abs(rank_volume.grid.steps) / 2
    spread = high - low
    is_steady = bool((spread < half).all())
    return MeshOffset(read_only(median), read_only(spread), len(distances), is_steady)


def sample_ranks(
    rank_volume: RankVolume, available: Mapping[int, object], most: int = 40
) -> list[int]:
    """Pick regions with a mesh and enough voxels, spread evenly."""
    counts = rank_volume.total_counts
    ranks = [
        rank
        for rank in range(1, len(rank_volume.region_map) + 1)
        if int(rank_volume.ids[rank]) in available and counts[rank] >= 50
    ]
    if len(ranks) <= most:
        return ranks
    return [ranks[int(k)] for k in np.linspace(0, len(ranks) - 1, most)]
