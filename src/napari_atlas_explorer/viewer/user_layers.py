"""The user's layers: adopted as an atlas, in the atlas's space, as table columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ..analysis.points.counts import PlacedPoints, PointCounts, count_points, place_points
from ..analysis.values.images import region_values
from ..analysis.values.region_table import Column
from ..core.atlas.atlas import Atlas
from ..core.errors import ArgumentError
from ..core.package import Assumption, package_from_arrays
from ..core.progress import Progress
from ..core.regions.rank_volume import RankVolume
from ..core.regions.region_map import RegionMap
from ..core.regions.runs import encode_runs
from ..core.space.grid import VoxelGrid
from ..core.space.hemispheres import HEMISPHERE_NAMES
from ..core.space.volume import VoxelData
from ..core.statistics import sum_descendants
from ..core.text import grouped
from .layer_info import info_of
from .placement import display_axes, layer_placement
from .writers import micrometers, placed_values, reread_image

# ---- Adoption as an atlas ------------------------------------------------------------------------

MAX_REGIONS = 60_000


def atlas_from_layer(layer: Any) -> Atlas:
    """Make an atlas of a Labels layer (or an Image of whole numbers) with flat regions.

    Raises
    ------
    ArgumentError
        If the layer is not a volume of whole numbers.
    """
    if layer is None or layer.ndim != 3 or not hasattr(layer, "data"):
        raise ArgumentError("no volume is selected; select a Labels layer of three axes")
    values = np.asarray(layer.data)
    if values.ndim != 3 or values.dtype.kind not in "biu":
        raise ArgumentError(
            f"layer {layer.name!r} holds {values.dtype} values; an annotation holds whole numbers"
        )
    ids = [int(v) for v in np.unique(encode_runs(np.ascontiguousarray(values)).values) if v]
    if not ids or len(ids) > MAX_REGIONS:
        raise ArgumentError(
            f"layer {layer.name!r} holds {len(ids)} different values; "
            f"an annotation has between 1 and {MAX_REGIONS}"
        )
    rows = [{"id": i, "acronym": str(i), "name": f"label {i}"} for i in ids]
    region_map = RegionMap.flat(rows, root_name=f"all labels of {layer.name}")
    known = str(layer.units[-1]) not in ("pixel", "dimensionless")
    scale = np.abs(np.asarray(layer.scale, float)) * _micrometers(layer.units[-1])
    corner = np.asarray(layer.translate, float) * _micrometers(layer.units[-1]) - scale / 2
    grid = VoxelGrid.from_steps(values.shape, scale, corner)
    package = package_from_arrays(
        VoxelData.from_grid(values, grid), region_map, scale, name=layer.name
    )
    unknown = Assumption("resolution", f"{layer.name} is in pixels: quantities are in voxels")
    note = Assumption("hierarchy", f"{layer.name} has no hierarchy: its values are listed flat")
    assumptions = (note,) if known else (unknown, note)
    return Atlas(replace(package, resolution_known=known, assumptions=assumptions))


def _micrometers(unit: Any) -> float:
    try:
        return float((1 * unit).to("micrometer").magnitude)
    except (AttributeError, ValueError, TypeError):
        return 1.0


# ---- Positions in the atlas's space --------------------------------------------------------------

N_AXES = 3


def shown_to_atlas(atlas: Atlas) -> NDArray[np.float64]:
    """Return the matrix ``(4, 4)`` from window positions to atlas positions, both µm.

    The identity for most atlases. An oblique one is shown along its array axes, and one whose
    voxel size is not known in voxels.
    """
    axes = display_axes(atlas.grid)
    placement = layer_placement(atlas.grid, atlas.orientation, atlas.package.resolution_known)
    shown = np.eye(N_AXES + 1)
    if "affine" in placement:
        shown = np.asarray(placement["affine"], dtype=np.float64)
    else:
        shown[:-1, :-1] = np.diag(placement["scale"])
        shown[:-1, -1] = placement["translate"]
    # From a layer's voxel numbers (whole at centers) to the array's index space.
    indices = np.zeros((N_AXES + 1, N_AXES + 1))
    indices[-1, -1] = 1
    for layer_axis, array_axis in enumerate(axes):
        indices[array_axis, layer_axis] = 1
        indices[array_axis, -1] = 0.5
    matrix = np.asarray(atlas.grid.affine @ indices @ np.linalg.inv(shown))
    # Snap to the exact identity: rounding errors would make a grid oblique.
    return np.eye(N_AXES + 1) if np.allclose(matrix, np.eye(N_AXES + 1), atol=1e-9) else matrix


def positions_of(layer: Any, atlas: Atlas) -> NDArray[np.float64]:
    """Return positions ``(n, 3)`` of a Points layer in the atlas's space, µm.

    Raises
    ------
    ArgumentError
        If it has not three axes, or its unit is no length.
    """
    if layer.ndim != N_AXES:
        raise ArgumentError(
            f"layer {layer.name!r} has points of {layer.ndim} coordinates; expected three"
        )
    factors = _to_um(layer.units, atlas, layer.name, "import the file with ⋯ › Import points…")
    data = np.asarray(layer.data, dtype=np.float64)
    inner = np.asarray(layer.affine.affine_matrix) @ _make_inner_matrix(layer)
    world = (data @ inner[:-1, :-1].T + inner[:-1, -1]) * factors
    to_atlas = shown_to_atlas(atlas)
    return np.asarray(world @ to_atlas[:-1, :-1].T + to_atlas[:-1, -1])


def _make_inner_matrix(layer: Any) -> NDArray[np.float64]:
    """Return the matrix of a layer's scale, rotation, shear and translation."""
    from napari.utils.transforms import Affine

    inner = Affine(
        scale=layer.scale, translate=layer.translate, rotate=layer.rotate, shear=layer.shear
    )
    return np.asarray(inner.affine_matrix)


def _to_um(units: Sequence[Any], atlas: Atlas, name: str, otherwise: str) -> NDArray[np.float64]:
    """Return µm (voxels without µm) per layer unit, by axis."""
    factors = [micrometers(unit) for unit in units]
    if not atlas.package.resolution_known:
        if any(factor is not None for factor in factors):
            raise ArgumentError(
                f"layer {name!r} is in {units[0]} and the atlas's voxel size is not known; "
                f"state it with ⋯ › Orientation and voxel size…"
            )
        return np.ones(len(factors))
    if any(factor is None for factor in factors):
        raise ArgumentError(
            f"layer {name!r} is in pixels, so that its position is unknown; "
            f"set its units to µm, or {otherwise}"
        )
    return np.array(factors, dtype=np.float64)


def volume_of(layer: Any, atlas: Atlas) -> VoxelData:
    """Return the values of an Image layer, placed in the atlas's space.

    A layer in pixels with as many voxels as the atlas has, and no scale of its own, has the
    atlas's placement: it was opened without one.

    Raises
    ------
    ArgumentError
        If it is no volume of three axes with one value each, or its position is unknown.
    """
    if getattr(layer, "rgb", False):
        raise ArgumentError(f"layer {layer.name!r} holds colors; expected one value per voxel")
    data, meta, _ = layer.as_layer_data_tuple()
    if getattr(layer, "multiscale", False):
        data = data[0]
    if layer.ndim != N_AXES:
        raise ArgumentError(f"layer {layer.name!r} has {layer.ndim} axes; expected three")
    info = info_of(layer)
    if info is not None and info.atlas is atlas:
        image = reread_image(atlas, info)
        if image is not None:
            return image
    axes = display_axes(atlas.grid)
    if tuple(data.shape) == tuple(atlas.shape[a] for a in axes) and _is_unplaced(layer):
        values = np.asarray(data).transpose(np.argsort(axes))
        return VoxelData.from_grid(values, atlas.grid)
    if atlas.package.resolution_known:
        placed = placed_values(np.asarray(data), meta)
        if placed.atlas is atlas:
            return VoxelData.from_grid(placed.values, placed.grid)
        grid = placed.grid
    else:
        _to_um(layer.units, atlas, layer.name, "match it to the atlas's voxels")
        placed = placed_values(np.asarray(data), {**meta, "units": ("um",) * N_AXES})
        grid = placed.grid
    return VoxelData.from_grid(
        placed.values, VoxelGrid(grid.shape, shown_to_atlas(atlas) @ grid.affine)
    )


def _is_unplaced(layer: Any) -> bool:
    """Return whether a layer has napari's default placement."""
    matrix = np.asarray(layer.affine.affine_matrix) @ _make_inner_matrix(layer)
    return all(micrometers(unit) is None for unit in layer.units) and np.allclose(
        matrix, np.eye(len(matrix))
    )


# ---- Table columns -------------------------------------------------------------------------------

Statistic = Literal["mean", "median", "sum", "min", "max", "count", "per_mm3"]

OF_IMAGES: tuple[Statistic, ...] = ("mean", "median", "sum", "min", "max", "count")
OF_POINTS: tuple[Statistic, ...] = ("count", "per_mm3")
WORDS: dict[Statistic, str] = {
    "mean": "mean",
    "median": "median",
    "sum": "sum",
    "min": "least",
    "max": "greatest",
    "count": "count",
    "per_mm3": "count per mm³",
}

Source = VoxelData | NDArray[np.float64]


@dataclass(frozen=True)
class LayerRequest:
    """Request for a column of a layer; made in the window's thread, run in a worker.

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
        """Compute the column.

        Raises
        ------
        ArgumentError
            If the layer's place in the atlas is unknown, or it holds no numbers.
        """
        if kind_of(self.layer) == "points":
            placed = place_points(atlas.ranks, None, positions_of(self.layer, atlas))
            return points_column(atlas, self.name, self.statistic, placed)
        volume = volume_of(self.layer, atlas)
        return image_column(atlas, self.name, self.statistic, volume, progress)


def kind_of(layer: Any) -> Literal["image", "points", "other"]:
    """Return whether columns can be made of a layer, and which."""
    kind = getattr(layer, "_type_string", "")
    if kind == "image" and not getattr(layer, "rgb", False):
        return "image"
    return "points" if kind == "points" else "other"


def statistics_of(layer: Any, atlas: Atlas) -> tuple[Statistic, ...]:
    """Return the statistics that a layer offers."""
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
    """Return one statistic of an image over every region with its descendants."""
    statistics = region_values(
        atlas.ranks, volume, None, median=statistic == "median", progress=progress
    ).total
    counts = statistics.count[0]
    if statistic == "count":
        values = counts.astype(np.float64)
    else:
        chosen = {
            "mean": statistics.mean,
            "sum": statistics.sum,
            "min": statistics.min,
            "max": statistics.max,
            "median": statistics.median,
        }[statistic]
        if chosen is None:
            raise ArgumentError(f"no {statistic} of an image")
        # A sum over no values is unknown, not zero.
        values = np.where(counts > 0, chosen[0], np.nan)
    if not counts[1:].any():
        raise ArgumentError(f"layer {name!r} does not overlap the atlas: no region has a value")
    grid = volume.grid
    size = " × ".join(f"{abs(s):.4g}" for s in grid.steps)
    about = (
        f"{WORDS[statistic]} of {name} over the voxels of the region with all descendants; the "
        f"image's value at the center of each voxel of the atlas (image voxels of {size} µm)"
    )
    kind: Literal["whole", "real"] = "whole" if statistic == "count" else "real"
    return Column(f"{name} {statistic}", f"{name} {WORDS[statistic]}", kind, values[1:], about)


def points_column(atlas: Atlas, name: str, statistic: Statistic, placed: PlacedPoints) -> Column:
    """Return the number of points in every region with its descendants, or per mm³."""
    counts = count_points(atlas.ranks, None, placed)
    totals = sum_descendants(counts.direct, atlas.ranks)[0].astype(np.float64)
    about = f"points of {name} in the region with all descendants; {describe_counts(counts)}"
    if statistic == "count":
        return Column(f"{name} count", f"{name} count", "whole", totals[1:], about, True)
    mm3 = atlas.ranks.total_counts * atlas.grid.voxel_volume / 1e9
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.where(mm3 > 0, totals / mm3, np.nan)
        own_mm3 = atlas.ranks.counts * atlas.grid.voxel_volume / 1e9
        own = np.where(own_mm3 > 0, counts.direct[0] / own_mm3, np.nan)
    title = f"{name} per mm³"
    return Column(f"{name} per_mm3", title, "real", values[1:], about, own=own[1:])


def import_columns(atlas: Atlas, name: str, placed: PlacedPoints) -> list[Column]:
    """Return the columns of imported points: all, left, right, and per mm³, where known."""
    columns = [points_column(atlas, name, "count", placed)]
    if atlas.hemisphere_rule is not None:
        counts = count_points(atlas.ranks, atlas.hemisphere_rule, placed)
        totals = sum_descendants(counts.direct, atlas.ranks).astype(np.float64)
        for hemisphere, cells in zip(counts.hemispheres, totals, strict=True):
            if hemisphere in HEMISPHERE_NAMES.values():
                title = f"{name} {hemisphere}"
                about = (
                    f"points of {name} in the {hemisphere} hemisphere of the region with all "
                    f"descendants, by {atlas.hemisphere_rule.convention}"
                )
                columns.append(Column(title, title, "whole", cells[1:], about, True))
    if atlas.package.resolution_known:
        columns.append(points_column(atlas, name, "per_mm3", placed))
    return columns


def describe_counts(counts: PointCounts) -> str:
    """Return how many points there are, in regions and outside."""
    return (
        f"{grouped(counts.n_points)} points, {grouped(counts.in_regions)} in regions, "
        f"{grouped(counts.unannotated)} in none, {grouped(counts.outside)} outside"
    )


def listed_column(
    name: str, values: NDArray[np.float64], about: str, rank_volume: RankVolume
) -> Column:
    """Return a file's numbers by rank ``(n_ranks,)`` as a column."""
    cells = values[1 : rank_volume.n_ranks]
    finite = cells[np.isfinite(cells)]
    whole = len(finite) == np.count_nonzero(~np.isnan(cells)) and bool((finite % 1 == 0).all())
    large = len(finite) and np.abs(finite).max() >= 2**53
    return Column(name, name, "whole" if whole and not large else "real", cells, about)


def is_own(layer: Any) -> bool:
    """Return whether a layer shows the plugin's own marks and no measurement."""
    info = info_of(layer)
    return info is not None and info.role == "selection"
