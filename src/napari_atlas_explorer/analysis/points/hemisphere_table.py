"""The table "how many of my cells are in each region": one row per region and side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...core.regions.collapse import Collapse
from ...core.regions.rank_volume import RankVolume
from ...core.space.hemispheres import HemisphereRule
from ...core.statistics import hemisphere_names, region_statistics, shown_rows, sum_descendants
from ..values.images import RegionValues
from .counts import PointCounts

if TYPE_CHECKING:
    import pandas as pd

UNANNOTATED, OUTSIDE = "unannotated", "outside"
"""Acronyms of the two rows that stand for no region."""

REAL = ("mm3", "per_mm3", "value_sum", "value_mean")
IMAGE_COUNTS = ("image_voxels", "image_outside", "image_missing")
SPECIAL_NAMES = {UNANNOTATED: "in the volume, in no region", OUTSIDE: "outside the volume"}


@dataclass(frozen=True)
class HemisphereTable:
    """Counts and image statistics, ready to be laid out as rows.

    Attributes
    ----------
    rank_volume
        The annotation.
    hemisphere_rule
        What tells the hemisphere; None gives one row for both.
    collapse
        Which regions have rows, and what each region counts for.
    counts
        By the name of the sample; may be empty.
    values
        Statistics of an image, by the same sides; or None.
    resolution_known
        Whether volumes in mm³ have a meaning.
    """

    rank_volume: RankVolume
    hemisphere_rule: HemisphereRule | None
    collapse: Collapse
    counts: Mapping[str, PointCounts]
    values: RegionValues | None = None
    resolution_known: bool = True

    def as_dataframe(self) -> pd.DataFrame:
        """Return the table with one row per sample, region and side.

        Columns: ``sample`` (of several), ``id``, ``acronym``, ``name``, ``parent_id``, ``side``;
        of points ``direct`` (those that count for the region itself), ``total`` (with all its
        descendants), ``value_sum`` and ``value_mean`` (of ``total``, where points have
        values); ``mm3`` and ``per_mm3`` (``total`` / ``mm3``), with all descendants; of an image,
        with all descendants, ``image_voxels``, ``image_mean`` and so on. Rows "unannotated" and
        "outside" make ``direct`` sum to the number of points. What is not there is missing,
        never zero: a region without voxels has no density.
        """
        import pandas as pd

        samples: list[tuple[str | None, PointCounts | None]] = list(self.counts.items())
        parts = []
        for sample, counts in samples or [(None, None)]:
            columns = self._rows(counts)
            if len(samples) > 1:
                columns = {"sample": [sample] * len(columns["id"]), **columns}
            parts.append(pd.DataFrame(columns))
        table = pd.concat(parts, ignore_index=True)
        whole = ["id", "parent_id", "direct", "total", *IMAGE_COUNTS]
        real = [name for name in map(str, table) if name in REAL or name.startswith("image_")]
        types = dict.fromkeys(real, "float64") | dict.fromkeys(whole, "Int64")
        return table.astype({name: kind for name, kind in types.items() if name in table})

    def _rows(self, counts: PointCounts | None) -> dict[str, Any]:
        shown = self._shown_hemispheres(counts)
        shape = (len(self.collapse.shown), len(shown))
        ranks = np.repeat(self.collapse.shown, len(shown))
        rows = np.tile(np.array(shown, np.intp), shape[0])
        columns = {**self._names(ranks), "side": [self._hemisphere(k) for k in rows.tolist()]}
        if counts is not None:
            columns |= _count_voxels(counts, self.rank_volume, self.collapse, rows, ranks)
        if self.resolution_known:
            mm3 = self._mm3()[rows, ranks]
            columns["mm3"] = mm3
            if counts is not None:
                with np.errstate(invalid="ignore", divide="ignore"):
                    density = columns["total"] / mm3
                columns["per_mm3"] = np.where(mm3 > 0, density, np.nan)
        if self.values is not None:
            columns |= _image_columns(self.values, rows, ranks)
        if counts is not None:
            nowhere = shown_rows(hemisphere_names(self.hemisphere_rule), counts.direct[:, 0] > 0)
            columns = _with_special_rows(
                columns, counts, [(k, self._hemisphere(k)) for k in nowhere]
            )
        return columns

    def _shown_hemispheres(self, counts: PointCounts | None) -> list[int]:
        names = hemisphere_names(self.hemisphere_rule)
        # Only the background is on neither side in most atlases; that is no row for a region.
        filled = np.asarray(self._voxels[:, 1:].any(axis=1))
        if counts is not None:
            filled |= counts.direct[:, 1:].any(axis=1)
        return shown_rows(names, filled)

    def _hemisphere(self, row: int) -> str:
        return (
            "both" if self.hemisphere_rule is None else hemisphere_names(self.hemisphere_rule)[row]
        )

    def _names(self, ranks: NDArray[np.int64]) -> dict[str, Any]:
        regions, n_known = self.rank_volume.region_map, len(self.rank_volume.region_map)
        listed, ids = ranks.tolist(), self.rank_volume.stated_ids
        known = [k if k <= n_known else 0 for k in listed]
        parents = [int(regions.parent_ranks[k]) for k in known]
        return {
            "id": ids[ranks],
            "acronym": [regions.acronym_of_rank(k) if k else None for k in known],
            "name": [regions.name_of_rank(k) if k else None for k in known],
            "parent_id": [ids[p] if p else None for p in parents],
        }

    @cached_property
    def _voxels(self) -> NDArray[np.int64]:
        """``(n_sides, n_ranks)`` voxels of each region with its descendants."""
        total = self.rank_volume.total_counts
        if self.hemisphere_rule is None:
            return total[np.newaxis]
        found = region_statistics(self.rank_volume, self.hemisphere_rule)
        left, right = (
            np.append(0, hemisphere if hemisphere is not None else 0 * total[1:])
            for hemisphere in (found.left, found.right)
        )
        neither = total - left - right
        neither[0] = 0
        return np.stack([neither, left, right])

    def _mm3(self) -> NDArray[np.float64]:
        return np.asarray(self._voxels * self.rank_volume.grid.voxel_volume / 1e9)


def _count_voxels(
    counts: PointCounts,
    rank_volume: RankVolume,
    collapse: Collapse,
    rows: NDArray[np.intp],
    ranks: NDArray[np.int64],
) -> dict[str, Any]:
    direct = collapse.collected(counts.direct.astype(np.float64)).astype(np.int64)
    columns = {
        "direct": direct[rows, ranks],
        "total": sum_descendants(counts.direct, rank_volume)[rows, ranks],
    }
    if counts.value_sum is not None and counts.value_count is not None:
        sums = sum_descendants(counts.value_sum, rank_volume)[rows, ranks]
        numbers = sum_descendants(counts.value_count, rank_volume)[rows, ranks]
        columns |= {"value_sum": sums, "value_mean": _divide(sums, numbers)}
    return columns


def _image_columns(
    values: RegionValues, rows: NDArray[np.intp], ranks: NDArray[np.int64]
) -> dict[str, Any]:
    found = values.total
    columns = {
        "image_voxels": found.count,
        "image_outside": found.outside,
        "image_missing": found.missing,
        "image_mean": found.mean,
        "image_median": found.median,
        "image_sum": np.where(found.count > 0, found.sum, np.nan),
        "image_min": found.min,
        "image_max": found.max,
    }
    return {name: array[rows, ranks] for name, array in columns.items() if array is not None}


def _with_special_rows(
    columns: Mapping[str, Any], counts: PointCounts, shown: list[tuple[int, str]]
) -> dict[str, Any]:
    """Add what is in no region, per side, and what is outside."""
    special: list[dict[str, Any]] = []
    for row, hemisphere in shown:
        n = int(counts.direct[row, 0])
        special.append(
            {**_name_columns(UNANNOTATED), "id": 0, "side": hemisphere, "direct": n, "total": n}
        )
        if counts.value_sum is not None and counts.value_count is not None:
            special[-1] |= _value_columns(counts.value_sum[row, 0], counts.value_count[row, 0])
    n = counts.outside
    special.append({**_name_columns(OUTSIDE), "side": "", "direct": n, "total": n})
    if counts.value_sum is not None:
        special[-1] |= _value_columns(counts.outside_sum, counts.outside_count)
    return {
        name: [*np.asarray(column, object), *(extra.get(name) for extra in special)]
        for name, column in columns.items()
    }


def _name_columns(what: str) -> dict[str, Any]:
    return {"acronym": what, "name": SPECIAL_NAMES[what]}


def _value_columns(total: float, number: float) -> dict[str, Any]:
    return {"value_sum": float(total), "value_mean": float(_divide(total, number))}


def _divide(total: Any, number: Any) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.true_divide(total, number))
