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


def region_statistics(labels: Annotation, sides: Sides | None) -> RegionStatistics:
    """Measure every region of an annotation."""
    n = labels.n_ranks
    runs = encode_runs(labels.ranks)
    ranks = runs.values.astype(np.int64)
    sums = np.empty((n, len(runs.shape)))
    for axis, first in enumerate(np.unravel_index(runs.starts, runs.shape)):
        # Centre of a run's voxels; along the last axis the run itself is long.
        middle = first + (runs.lengths / 2 if axis == len(runs.shape) - 1 else 0.5)
        sums[:, axis] = np.bincount(ranks, weights=middle * runs.lengths, minlength=n)
    totals = labels.total_counts
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = with_descendants(sums, labels) / totals[:, np.newaxis]
    left = right = None
    if isinstance(sides, SidePlane):
        left, right = _by_plane(labels, runs, ranks, sides)
    elif sides is not None:
        left, right = _by_side(labels, sides)
    return RegionStatistics(
        labels,
        labels.counts[1:],
        totals[1:],
        labels.grid.to_world(mean)[1:],
        labels.total_boxes[1:],
        left,
        right,
    )


def _by_plane(
    labels: Annotation, runs: Runs, ranks: NDArray[np.int64], plane: SidePlane
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Total voxels on the left and on the right of a plane: runs are cut, voxels not looked at."""
    at = np.unravel_index(runs.starts, runs.shape)[plane.axis]
    if plane.axis == len(runs.shape) - 1:
        below = np.clip(plane.boundary - at, 0, runs.lengths)
    else:
        below = np.where(at < plane.boundary, runs.lengths, 0)
    counts = np.bincount(ranks, weights=below, minlength=labels.n_ranks).astype(np.int64)
    low = with_descendants(counts, labels)
    high = labels.total_counts - low
    left, right = (low, high) if plane.low == LEFT else (high, low)
    return left[1:], right[1:]


def _by_side(labels: Annotation, sides: Sides) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Total voxels of every region on the left and on the right."""
    n = labels.n_ranks
    narrow = 3 * n <= 2**16
    sided = np.multiply(
        sides.volume(labels.ranks.shape), n, dtype=np.uint16 if narrow else np.uint32
    )
    sided += labels.ranks.astype(sided.dtype, copy=False)
    runs = encode_runs(sided)
    counts = np.bincount(runs.values, weights=runs.lengths, minlength=3 * n).astype(np.int64)
    left, right = (with_descendants(counts[s * n : (s + 1) * n], labels) for s in (LEFT, RIGHT))
    return left[1:], right[1:]


def with_descendants(values: NDArray[Any], labels: Annotation) -> NDArray[Any]:
    """Sum of a quantity ``(n_ranks, ...)`` over each region with its descendants."""
    running = np.concatenate(
        [np.zeros((1, *values.shape[1:]), values.dtype), values.cumsum(axis=0)]
    )
    return np.asarray(running[labels.ends] - running[: len(values)])
