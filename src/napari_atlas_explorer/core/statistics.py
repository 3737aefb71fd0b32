"""Sizes and places of all regions, from one run-length pass over the annotation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .annotation import Annotation
from .region_sums import RegionSums, sums_of_block
from .sides import LEFT, RIGHT, Sides

if TYPE_CHECKING:
    import pandas as pd

VOXELS_PER_BLOCK = 1 << 26
"""Voxels that are looked at together: 67 million, a 25 µm mouse brain."""


@dataclass(frozen=True)
class RegionStatistics:
    """Columns with one row per region of the hierarchy, then one per unknown id.

    Attributes
    ----------
    labels
        The annotation they were taken from.
    direct, total
        ``(n,)`` voxels that carry the region's own id, and with all descendants.
    centroid
        ``(n, ndim)`` µm, mean of the centres of the region's voxels with descendants; NaN
        without voxels.
    box
        ``(n, ndim, 2)`` first voxel and one past the last, with descendants; zeros without.
    left, right
        ``(n,)`` total voxels on each side, None where sides are unknown.
    """

    labels: Annotation
    direct: NDArray[np.int64]
    total: NDArray[np.int64]
    centroid: NDArray[np.float64]
    box: NDArray[np.int64]
    left: NDArray[np.int64] | None
    right: NDArray[np.int64] | None

    def as_dataframe(self) -> pd.DataFrame:
        """Table with a row per region; volumes in mm³, centroids in µm, boxes in voxels."""
        import pandas as pd

        per_mm3 = self.labels.grid.voxel_volume / 1e9
        columns: dict[str, Any] = {
            **region_names(self.labels),
            "direct_voxels": self.direct,
            "total_voxels": self.total,
            "direct_mm3": self.direct * per_mm3,
            "total_mm3": self.total * per_mm3,
        }
        for side, counts in (("left", self.left), ("right", self.right)):
            if counts is not None:
                columns[f"{side}_voxels"] = counts
                columns[f"{side}_mm3"] = counts * per_mm3
        for axis in range(self.box.shape[1]):
            columns[f"centroid_{axis}_um"] = self.centroid[:, axis]
        for axis in range(self.box.shape[1]):
            columns[f"box_{axis}_start"] = self.box[:, axis, 0]
            columns[f"box_{axis}_stop"] = self.box[:, axis, 1]
        return pd.DataFrame(columns)


def region_names(labels: Annotation) -> dict[str, Any]:
    """Columns ``id``, ``acronym`` and ``name``: the regions in pre-order, then unknown ids."""
    regions, n_known = labels.region_map, len(labels.region_map)
    ranks = range(1, labels.n_ranks)
    return {
        "id": labels.ids[1:],
        "acronym": [regions.acronym(k) if k <= n_known else None for k in ranks],
        "name": [regions.name(k) if k <= n_known else None for k in ranks],
    }


def region_statistics(
    labels: Annotation, sides: Sides | None, voxels_per_block: int = VOXELS_PER_BLOCK
) -> RegionStatistics:
    """Measure every region of an annotation, block by block of whole planes.

    What is summed are whole numbers, so that the answer does not depend on the blocks.
    """
    shape, n = labels.ranks.shape, labels.n_ranks
    sums = RegionSums.nothing(n, len(shape))
    for planes in blocks_of_planes(shape, voxels_per_block):
        start = (planes.start, *[0] * (len(shape) - 1))
        sums += sums_of_block(labels.ranks[planes], start, shape, n, sides)
    return statistics_of(labels, sides, sums)


def blocks_of_planes(shape: Sequence[int], voxels_per_block: int = VOXELS_PER_BLOCK) -> list[slice]:
    """Planes along axis 0 that are looked at together, one after the other."""
    thickness = max(1, voxels_per_block // max(1, math.prod(shape[1:])))
    return [slice(a, min(a + thickness, shape[0])) for a in range(0, shape[0], thickness)]


def statistics_of(labels: Annotation, sides: Sides | None, sums: RegionSums) -> RegionStatistics:
    """Statistics from the sums over all voxels of an annotation; its ranks are not looked at."""
    totals = labels.total_counts
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = with_descendants(sums.twice, labels) / 2 / totals[:, np.newaxis]
    left = right = None
    if sides is not None:
        left, right = (with_descendants(sums.on_side[side], labels)[1:] for side in (LEFT, RIGHT))
    return RegionStatistics(
        labels,
        labels.counts[1:],
        totals[1:],
        labels.grid.to_world(mean)[1:],
        labels.total_boxes[1:],
        left,
        right,
    )


def with_descendants(values: NDArray[Any], labels: Annotation) -> NDArray[Any]:
    """Sum of a quantity ``(n_ranks, ...)`` over each region with its descendants."""
    running = np.concatenate(
        [np.zeros((1, *values.shape[1:]), values.dtype), values.cumsum(axis=0)]
    )
    return np.asarray(running[labels.ends] - running[: len(values)])
