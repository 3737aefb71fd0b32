"""Counts from densities, region by region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .annotation import Annotation
from .errors import ArgumentError
from .statistics import region_names
from .voxels import VoxelData

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class RegionCounts:
    """What a density amounts to, by rank.

    Attributes
    ----------
    labels
        The annotation.
    direct, total
        ``(n_ranks,)`` float64: in voxels of the region's own id, and with all descendants.
    """

    labels: Annotation
    direct: NDArray[np.float64]
    total: NDArray[np.float64]

    def as_dataframe(self) -> pd.DataFrame:
        """Table with a row per region and unknown id."""
        import pandas as pd

        columns = {"direct": self.direct[1:], "total": self.total[1:]}
        return pd.DataFrame({**region_names(self.labels), **columns})


def integrated(labels: Annotation, density: VoxelData, per: str) -> RegionCounts:
    """Σ value × voxel volume over each region's voxels; see `Atlas.integrate`."""
    if density.payload_shape or not labels.grid.matches(density.grid):
        raise ArgumentError(
            f"{density!r} does not fit the annotation of shape {labels.grid.shape} and voxels of "
            f"{labels.grid.steps.tolist()} µm; expected scalars on the annotation's grid"
        )
    sums = np.zeros(labels.n_ranks)
    # Plane by plane: bincount makes float64 and int64 copies of what it is given.
    for ranks, values in zip(labels.ranks, density.raw, strict=True):
        sums += np.bincount(ranks.ravel(), weights=values.ravel(), minlength=labels.n_ranks)
    direct = sums * density.voxel_volume_in(per)
    total = direct.copy()
    parents = labels.region_map.parents
    # Children first, and no running sums: a NaN then stays with its own ancestors.
    for rank in range(len(parents) - 1, 0, -1):
        if parents[rank]:
            total[parents[rank]] += total[rank]
    return RegionCounts(labels, direct, total)
