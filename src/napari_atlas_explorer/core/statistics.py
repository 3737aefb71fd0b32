"""Sizes and places of all regions, from one run-length pass over the annotation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .annotation import Annotation
from .runs import Runs, encode_runs
from .sides import LEFT, RIGHT, SidePlane, Sides

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
    n, ndim = labels.n_ranks, labels.ranks.ndim
    twice = np.zeros((n, ndim))
    on_side = np.zeros((3, n), np.int64)
    plane = max(1, labels.ranks[:1].size)
    thickness = max(1, voxels_per_block // plane)
    for start in range(0, len(labels.ranks), thickness):
        block = labels.ranks[start : start + thickness]
        runs = encode_runs(block)
        ranks = runs.values.astype(np.int64)
        for axis, first in enumerate(np.unravel_index(runs.starts, runs.shape)):
            # Twice the sum of the voxels' centres; along the last axis the run itself is long.
            extent = runs.lengths if axis == ndim - 1 else 1
            centre = 2 * (first + (start if axis == 0 else 0)) + extent
            twice[:, axis] += np.bincount(ranks, weights=centre * runs.lengths, minlength=n)
        if isinstance(sides, SidePlane):
            on_side[sides.low] += _below(runs, ranks, sides, start, n)
        elif sides is not None:
            on_side += _by_side(block, sides, start, labels)
    if isinstance(sides, SidePlane):
        on_side[3 - sides.low] = labels.counts - on_side[sides.low]
    totals = labels.total_counts
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = with_descendants(twice / 2, labels) / totals[:, np.newaxis]
    left = right = None
    if sides is not None:
        left, right = (with_descendants(on_side[side], labels)[1:] for side in (LEFT, RIGHT))
    return RegionStatistics(
        labels,
        labels.counts[1:],
        totals[1:],
        labels.grid.to_world(mean)[1:],
        labels.total_boxes[1:],
        left,
        right,
    )


def _below(
    runs: Runs, ranks: NDArray[np.int64], plane: SidePlane, start: int, n: int
) -> NDArray[np.int64]:
    """Voxels of each rank below a plane: runs are cut, voxels not looked at."""
    at = np.unravel_index(runs.starts, runs.shape)[plane.axis]
    if plane.axis == len(runs.shape) - 1:
        below = np.clip(plane.boundary - at, 0, runs.lengths)
    else:
        first = at + (start if plane.axis == 0 else 0)
        below = np.where(first < plane.boundary, runs.lengths, 0)
    return np.bincount(ranks, weights=below, minlength=n).astype(np.int64)


def _by_side(
    block: NDArray[Any], sides: Sides, start: int, labels: Annotation
) -> NDArray[np.int64]:
    """``(3, n_ranks)`` voxels of each rank on no side, on the left and on the right."""
    n = labels.n_ranks
    volume = sides.volume(labels.ranks.shape)[start : start + len(block)]
    narrow = 3 * n <= 2**16
    sided = np.multiply(volume, n, dtype=np.uint16 if narrow else np.uint32)
    sided += block.astype(sided.dtype, copy=False)
    runs = encode_runs(sided)
    counts = np.bincount(runs.values, weights=runs.lengths, minlength=3 * n)
    return counts.astype(np.int64).reshape(3, n)


def with_descendants(values: NDArray[Any], labels: Annotation) -> NDArray[Any]:
    """Sum of a quantity ``(n_ranks, ...)`` over each region with its descendants."""
    running = np.concatenate(
        [np.zeros((1, *values.shape[1:]), values.dtype), values.cumsum(axis=0)]
    )
    return np.asarray(running[labels.ends] - running[: len(values)])
