"""Columns that a layer adds to the table of regions: an image's values, a count of points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..core.annotation import Annotation
from ..core.atlas import Atlas
from ..core.errors import ArgumentError
from ..core.figures import grouped
from ..core.point_counts import PlacedPoints, PointCounts, count_points, place_points
from ..core.region_values import region_values
from ..core.side_groups import summed
from ..core.voxels import VoxelData
from .layer_space import positions_of, volume_of
from .layers import METADATA_KEY
from .region_table import Column

Statistic = Literal["mean", "median", "sum", "min", "max", "count", "per_mm3"]
Progress = Callable[[float], None]

OF_IMAGES: tuple[Statistic, ...] = ("mean", "median", "sum", "min", "max", "count")
OF_POINTS: tuple[Statistic, ...] = ("count", "per_mm3")
WORDS: dict[Statistic, str] = {
    "mean": "mean", "median": "median", "sum": "sum", "min": "least", "max": "greatest",
    "count": "count", "per_mm3": "count per mm³",
}  # fmt: skip

Source = VoxelData | NDArray[np.float64]


@dataclass(frozen=True)
class LayerRequest:
    """What is to be taken from which layer; made in the window's thread, worked off in another.

    Attributes
    ----------
    name
        Of the layer.
    statistic
        One of `OF_IMAGES` or `OF_POINTS`.
    layer
        The layer.
    """

    name: str
    statistic: Statistic
    layer: Any

    def column(self, atlas: Atlas, progress: Progress | None = None) -> Column:
        """Work the column out.

        Raises
        ------
        ArgumentError
            If nothing says where the layer lies in the atlas, or it holds no numbers.
        """
        if kind_of(self.layer) == "points":
            placed = place_points(atlas.labels, None, positions_of(self.layer, atlas))
            return points_column(atlas, self.name, self.statistic, placed)
        volume = volume_of(self.layer, atlas)
        return image_column(atlas, self.name, self.statistic, volume, progress)


def kind_of(layer: Any) -> Literal["image", "points", "other"]:
    """Whether columns can be made of a layer, and which."""
    kind = getattr(layer, "_type_string", "")
    if kind == "image" and not getattr(layer, "rgb", False):
        return "image"
    return "points" if kind == "points" else "other"


def statistics_of(layer: Any, atlas: Atlas) -> tuple[Statistic, ...]:
    """What a layer can be asked for."""
    if kind_of(layer) == "image":
        return OF_IMAGES
    if kind_of(layer) == "points":
        return OF_POINTS if atlas.package.resolution_known else OF_POINTS[:1]
    return ()


def image_column(
    atlas: Atlas,
    name: str,
    statistic: Statistic,
    volume: VoxelData,
    progress: Progress | None = None,
) -> Column:
    """One statistic of an image over every region with its descendants."""
    found = region_values(
        atlas.labels, volume, None, median=statistic == "median", progress=progress
    ).total
    counts = found.count[0]
    if statistic == "count":
        values = counts.astype(np.float64)
    else:
        chosen = {
            "mean": found.mean, "sum": found.sum, "min": found.min, "max": found.max,
            "median": found.median,
        }[statistic]  # fmt: skip
        if chosen is None:
            raise ArgumentError(f"no {statistic} of an image")
        # The sum over nothing is nothing known, and not zero.
        values = np.where(counts > 0, chosen[0], np.nan)
    if not counts[1:].any():
        raise ArgumentError(f"layer {name!r} lies beside the atlas: no region holds a value of it")
    grid = volume.grid
    size = " × ".join(f"{abs(s):.4g}" for s in grid.steps)
    about = (
        f"{WORDS[statistic]} of {name} over the voxels of the region with all descendants; the "
        f"image's value at the centre of each voxel of the atlas (image voxels of {size} µm)"
    )
    kind: Literal["whole", "real"] = "whole" if statistic == "count" else "real"
    return Column(f"{name} {statistic}", f"{name} {WORDS[statistic]}", kind, values[1:], about)


def points_column(atlas: Atlas, name: str, statistic: Statistic, placed: PlacedPoints) -> Column:
    """Points in every region with its descendants, or so many in a mm³ of it."""
    counts = count_points(atlas.labels, None, placed)
    totals = summed(counts.direct, atlas.labels)[0].astype(np.float64)
    about = f"points of {name} in the region with all descendants; {told(counts)}"
    if statistic == "count":
        return Column(f"{name} count", f"{name} count", "whole", totals[1:], about)
    mm3 = atlas.labels.total_counts * atlas.grid.voxel_volume / 1e9
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.where(mm3 > 0, totals / mm3, np.nan)
    return Column(f"{name} per_mm3", f"{name} per mm³", "real", values[1:], about)


def told(counts: PointCounts) -> str:
    """How many points there are, and how many of them in no region."""
    return (
        f"{grouped(counts.n_points)} points, {grouped(counts.in_regions)} in regions, "
        f"{grouped(counts.unannotated)} in none, {grouped(counts.outside)} outside"
    )


def listed_column(name: str, values: NDArray[np.float64], about: str, labels: Annotation) -> Column:
    """Numbers by rank ``(n_ranks,)`` that a file gives, as a column."""
    cells = values[1 : labels.n_ranks]
    finite = cells[np.isfinite(cells)]
    whole = len(finite) == np.count_nonzero(~np.isnan(cells)) and bool((finite % 1 == 0).all())
    large = len(finite) and np.abs(finite).max() >= 2**53
    return Column(name, name, "whole" if whole and not large else "real", cells, about)


def is_own(layer: Any) -> bool:
    """Whether a layer shows the plugin's own marks and holds no measurement."""
    said = layer.metadata.get(METADATA_KEY)
    return isinstance(said, dict) and said.get("role") == "selection"
