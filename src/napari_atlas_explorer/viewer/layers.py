"""Layer data tuples of an atlas's datasets; orientation fields as vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atlases.layouts.lone_volume import LAYOUT_WITH_TABLE
from ..core.arrays import FileMap
from ..core.atlas.atlas import Atlas
from ..core.colors.scales import contrast_limits
from ..core.errors import AtlasError
from ..core.orientation_field import OrientationField, quaternions_to_matrices
from ..core.package import Dataset, Package
from ..core.space.axes import FRONT_BACK, axis_of
from ..core.space.grid import VoxelGrid
from ..core.space.volume import VoxelData
from ..core.text import as_plain
from ..formats.common.blocks import FirstErrorReporter
from .color_table import MAX_VALUES, exact_colormap, rank_colors
from .layer_info import LayerInfo
from .multiscale import (
    FileVoxels,
    as_layer_data,
    mask_to_regions,
    rank_levels,
    stored_levels,
    strided_levels,
)
from .placement import display_axes, displayed, layer_placement

# ---- Orientation fields as vectors ---------------------------------------------------------------

MAX_GLYPHS = 60_000
"""napari scrolls 20,000 vectors in 7 ms and 100,000 in 53 ms."""

PRINCIPAL_AXIS = np.array([0.0, 1.0, 0.0])
"""VoxelBrain's quaternions turn +y onto the local direction, from white matter to pia."""


def sampled_vectors(
    field: OrientationField, slice_axis: int, max_glyphs: int = MAX_GLYPHS
) -> tuple[NDArray[np.float32], int]:
    """Return the principal axis of an orientation field at regularly sampled voxels.

    Parameters
    ----------
    field
        The orientation field.
    slice_axis
        Axis that the slider moves along: every one of its planes is sampled, so that no slice
        is empty for lack of samples.
    max_glyphs
        At most this many vectors.

    Returns
    -------
    vectors
        ``(n, 2, 3)`` float32: voxel and direction, both in index units; the direction is as
        long as the sampling is coarse.
    step
        Voxels between samples within a plane.
    """
    present = np.any(np.nan_to_num(np.asarray(field.raw, dtype=np.float32)) != 0, axis=-1)
    n_present = int(present.sum())
    # A step s within a plane keeps one voxel of s²; the loop corrects for uneven fields.
    step = max(1, int(np.ceil(np.sqrt(n_present / max_glyphs))))
    while True:
        stride = tuple(
            slice(None) if axis == slice_axis else slice(step // 2, None, step)
            for axis in range(field.ndim)
        )
        sampled = np.zeros_like(present)
        sampled[stride] = present[stride]
        where = np.argwhere(sampled)
        if len(where) <= max_glyphs:
            break
        step += 1
    quaternions = field.as_float(field.raw[tuple(where.T)])
    directions = quaternions_to_matrices(quaternions) @ PRINCIPAL_AXIS
    # World directions to index units, then to the length of the sampling step.
    in_index = directions @ np.linalg.inv(field.grid.affine[:-1, :-1]).T
    length = np.linalg.norm(in_index, axis=1, keepdims=True)
    in_index *= 0.75 * max(step, 2) / length
    return np.stack([where, in_index], axis=1).astype(np.float32), step


# ---- Datasets as layer data tuples ---------------------------------------------------------------

REGIONS, BRAIN_IMAGE = "Regions", "Brain image"
"""Names of the layers that an atlas opens with."""
HEMISPHERES = "hemispheres"

LayerData = tuple[Any, dict[str, Any], str]

RANKS = (
    "display ranks, not region ids; the layer's features map them to ids, and 'Add annotation "
    "with atlas ids' makes a layer of ids"
)
ANNOTATION_OPACITY = 0.45
"""Over a reference image; where nothing lies below, regions are opaque."""
QUANTITY_OPACITY = 0.8
EXTREMES = (0.01, 0.99)
SIDE_COLORS = {
    None: (0, 0, 0, 0),
    0: (0, 0, 0, 0),
    1: (0.90, 0.62, 0.0, 1),
    2: (0.34, 0.71, 0.91, 1),
}
"""Left orange, right sky blue (Okabe and Ito's palette for color-blind readers)."""


def preview_layer(atlas: Atlas) -> LayerData | None:
    """Return the reference image of an atlas whose annotation has to be converted first.

    None where the annotation is read at once, or the image takes as long.
    """
    package = atlas.package
    if package.make_ranks is None or package.reference is None:
        return None
    if not package.datasets[package.reference].at_once:
        return None
    return dataset_layer(atlas, package.reference)


def atlas_layers(atlas: Atlas, reference: bool = True) -> list[LayerData]:
    """Return the layers that an atlas opens with: the image below, the regions above.

    The other datasets are added when they are asked for.

    Parameters
    ----------
    atlas
        The atlas.
    reference
        Whether the image is among them.
    """
    package = atlas.package
    layers = []
    if reference:
        images = [package.reference] if package.reference else _images_aside(package)
        layers += [dataset_layer(atlas, name) for name in images]
    return [*layers, dataset_layer(atlas, package.annotation)]


def further_datasets(atlas: Atlas) -> list[str]:
    """Return the names that `dataset_layer` takes, with the hemispheres that a rule gives."""
    by_rule = atlas.package.hemispheres is None and atlas.hemisphere_rule is not None
    return [*atlas.datasets, *([HEMISPHERES] if by_rule else [])]


def _images_aside(package: Package) -> list[str]:
    """Return the first image of a home-made folder none of whose images has the voxels."""
    if package.layout != LAYOUT_WITH_TABLE:
        return []
    return [d.name for d in package.datasets.values() if d.kind == "image"][:1]


def dataset_layer(atlas: Atlas, name: str) -> LayerData:
    """Return the layer of one dataset, by its content."""
    package = atlas.package
    rule = atlas.hemisphere_rule
    if name == HEMISPHERES and package.hemispheres is None and rule is not None:
        # A broadcast view, which takes no memory.
        return _make_hemispheres(
            atlas, VoxelData.from_grid(rule.seen(atlas.shape), atlas.grid), name
        )
    dataset = package.datasets[name]
    if name == package.annotation:
        return _make_annotation(atlas)
    if name == package.orientation_field:
        return _make_orientation(atlas, name)
    if name == package.hemispheres:
        return _make_hemispheres(atlas, atlas.load_data(name, VoxelData), name)
    if dataset.levels is not None:
        return _make_lazy_image(atlas, dataset, dataset.levels(report_damage))
    data = atlas.load_data(name, VoxelData)
    if data.payload_shape:
        return _make_payload_image(atlas, dataset, data)
    if dataset.kind in ("mask", "hemispheres", "annotation"):
        values = data.raw.astype(np.uint8) if data.raw.dtype.kind in "bi" else data.raw
        if dataset.kind == "annotation":
            values = data.raw.astype(np.int32, copy=False)
        return displayed(values, data.grid), _make_options(atlas, dataset.name, data.grid), "labels"
    return _make_image(atlas, dataset.name, data)


def _make_options(
    atlas: Atlas, dataset: str, grid: VoxelGrid, label: str | None = None, **info: Any
) -> dict[str, Any]:
    known = atlas.package.resolution_known
    return {
        # Always a name: napari's fallback cuts "v1.2" at the dot.
        "name": as_plain(label or (BRAIN_IMAGE if dataset == atlas.package.reference else dataset)),
        **layer_placement(grid, atlas.orientation, known),
        "metadata": LayerInfo(atlas, dataset, **info).as_metadata(),
    }


def _make_image(atlas: Atlas, name: str, data: VoxelData) -> LayerData:
    options = _make_options(atlas, name, data.grid)
    if name != atlas.package.reference and data.raw.dtype.kind == "f":
        return _make_quantity_image(atlas, data, options)
    return _make_gray_image(options, strided_levels(data.raw), data.grid)


def _make_gray_image(options: dict[str, Any], levels: list[Any], grid: VoxelGrid) -> LayerData:
    limits = contrast_limits(levels[-1])
    report = FirstErrorReporter(report_change)
    guarded: list[Any] = [FileVoxels(v, report) if isinstance(v, FileMap) else v for v in levels]
    pixels, scales = as_layer_data([displayed(v, grid) for v in guarded])
    style = {"contrast_limits": limits, "colormap": "gray", "interpolation2d": "linear"}
    return pixels, {**options, **style, **scales}, "image"


def _make_lazy_image(atlas: Atlas, dataset: Dataset, stored: Sequence[Any]) -> LayerData:
    """Make an image that reads the levels of its file lazily."""
    # The levels cache blocks; napari's cache would hold them a second time.
    options = {**_make_options(atlas, dataset.name, atlas.grid), "cache": False}
    if dataset.name == atlas.package.reference or stored[0].dtype.kind != "f":
        return _make_gray_image(options, stored_levels(stored), atlas.grid)
    levels = stored_levels([mask_to_regions(level, atlas.ranks.raw) for level in stored])
    return _make_color_image(options, levels, atlas.grid)


def report_change(error: AtlasError) -> None:
    """Report that the file of an image was changed under the window; from any thread."""
    from napari.utils.notifications import show_error

    show_error(as_plain(f"{error}; drawn as zeros until then"))


def report_damage(error: AtlasError) -> None:
    """Report that a chunk of an image cannot be read; from any thread."""
    from napari.utils.notifications import show_error

    show_error(as_plain(f"{error}; drawn as zeros, like other damaged chunks of this volume"))


def _make_quantity_image(atlas: Atlas, data: VoxelData, options: dict[str, Any]) -> LayerData:
    """Make an image of numbers that are no gray levels, colored, in regions alone.

    The limits are the 1st and 99th percentile of the values in regions; voxels outside are
    not drawn.
    """
    values = data.raw
    if data.shape == atlas.shape:
        values = np.where(atlas.ranks.raw > 0, values, np.float32(np.nan))
    return _make_color_image(options, [values], data.grid)


def _make_color_image(options: dict[str, Any], levels: list[Any], grid: VoxelGrid) -> LayerData:
    finite = levels[-1][np.isfinite(levels[-1])]
    low, high = np.quantile(finite, EXTREMES) if finite.size else (0.0, 1.0)
    limits = (float(low), float(high)) if high > low else (float(low), float(low) + 1.0)
    pixels, scales = as_layer_data([displayed(v, grid) for v in levels])
    style = {"contrast_limits": limits, "colormap": "viridis", "opacity": QUANTITY_OPACITY}
    return pixels, {**options, **style, **scales}, "image"


def _make_payload_image(atlas: Atlas, dataset: Dataset, data: VoxelData) -> LayerData:
    """Make an image with its components as a leading axis with a slider."""
    shown = displayed(data.raw, data.grid)
    array = np.moveaxis(shown, range(data.ndim, data.raw.ndim), range(len(data.payload_shape)))
    n_extra = len(data.payload_shape)
    options = _make_options(atlas, dataset.name, data.grid)
    for key, fill in (("scale", 1.0), ("translate", 0.0), ("units", "pixel")):
        if key in options:
            options[key] = (fill,) * n_extra + tuple(options[key])
    options["axis_labels"] = ("component",) * n_extra + tuple(options["axis_labels"])
    if "affine" in options:
        affine = np.eye(array.ndim + 1)
        affine[n_extra:, n_extra:] = options["affine"]
        options["affine"] = affine
    return array, {**options, "contrast_limits": contrast_limits(data.raw)}, "image"


def _make_annotation(atlas: Atlas) -> LayerData:
    rank_volume = atlas.ranks
    if rank_volume.n_ranks > MAX_VALUES:
        raise AtlasError(
            f"atlas {atlas.name} has {rank_volume.n_ranks - 1} regions and ids; "
            f"the window can show "
            f"{MAX_VALUES - 1} (the commands and Python have no such limit)"
        )
    table = exact_colormap(rank_colors(rank_volume))
    options = {
        **_make_options(
            atlas, atlas.package.annotation, rank_volume.grid, label=REGIONS, values=RANKS
        ),
        "colormap": table,
        "opacity": 1.0 if atlas.package.reference is None else ANNOTATION_OPACITY,
        "features": rank_features(atlas),
    }
    data, scales = as_layer_data([displayed(v, rank_volume.grid) for v in rank_levels(rank_volume)])
    return data, {**options, **scales}, "labels"


def rank_features(atlas: Atlas) -> dict[str, Any]:
    """Return ids and names by layer value: napari shows them in its status bar."""
    rank_volume, regions = atlas.ranks, atlas.region_map
    n_known = len(regions)
    ranks = range(rank_volume.n_ranks)
    unknown = "not in the hierarchy"
    return {
        "index": list(ranks),
        "id": rank_volume.stated_ids,  # None would make floats of a list
        "acronym": ["", *(regions.acronym_of_rank(k) if k <= n_known else "?" for k in ranks[1:])],
        "name": [
            "background",
            *(regions.name_of_rank(k) if k <= n_known else unknown for k in ranks[1:]),
        ],
    }


def id_layer(atlas: Atlas) -> LayerData:
    """Return a Labels layer with the atlas's own ids, for saving and for other plugins."""
    volume = atlas.annotation
    options = _make_options(atlas, atlas.package.annotation, volume.grid, label="annotation ids")
    return displayed(volume.raw, volume.grid), {**options, "visible": False}, "labels"


def _make_hemispheres(atlas: Atlas, data: VoxelData, name: str) -> LayerData:
    from napari.utils.colormaps import DirectLabelColormap

    options = _make_options(atlas, name, data.grid)
    options["colormap"] = DirectLabelColormap(color_dict=SIDE_COLORS)
    options["features"] = {"index": [0, 1, 2], "side": ["outside", "left", "right"]}
    levels = strided_levels(data.raw.astype(np.uint8, copy=False))
    values, scales = as_layer_data([displayed(v, data.grid) for v in levels])
    return values, {**options, **scales, "opacity": 0.4}, "labels"


def _make_orientation(atlas: Atlas, name: str) -> LayerData:
    field = atlas.load_data(name, OrientationField)
    axis = axis_of(atlas.orientation, FRONT_BACK) if atlas.orientation else 0
    vectors, step = sampled_vectors(field, axis)
    vectors = vectors[..., list(display_axes(field.grid))]
    sampling = f"every {step}th voxel within a plane"
    options = _make_options(atlas, name, field.grid, sampling=sampling)
    return (
        vectors,
        {
            **options,
            "edge_width": max(0.35, step / 6),
            "edge_color": "#ffc400",
            "vector_style": "line",
            "opacity": 0.9,
        },
        "vectors",
    )
