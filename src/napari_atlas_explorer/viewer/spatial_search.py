"""Result of a spatial search as text and as layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.points.counts import place_points
from ..analysis.points.features import point_features
from ..analysis.spatial_search.request import SearchAnswer
from ..analysis.spatial_search.search import Sites, SpatialSearch, tract_ranks
from ..core.atlas.atlas import Atlas
from ..core.colors.scales import ColorScale
from ..core.space.volume import VoxelData
from ..core.text import grouped
from .points import INJECTION_COLOR, MOST_SHOWN, sites_layer

if TYPE_CHECKING:
    from napari.layers import Points

    from .display import AtlasDisplay


def tract_region(atlas: Atlas) -> str:
    """Return the acronym of the only region of all fibre tracts, "" without one."""
    ranks = tract_ranks(atlas.region_map)
    return atlas.region_map.acronym_of_rank(ranks[0]) if len(ranks) == 1 else ""


def describe_answer(answer: SearchAnswer) -> str:
    """Return the counts as text."""
    result, atlas = answer.result, answer.atlas
    names = [atlas.region_map.name_of_rank(rank) for rank in answer.tract_ranks] if atlas else []
    lines = [
        f"{grouped(len(result.found))} voxels found.",
        f"Of {grouped(result.searched)} voxels, {grouped(result.no_data)} hold no data, "
        f"{grouped(result.below)} are below {result.low:g} and {grouped(result.above)} above "
        f"{result.high:g}.",
        f"Of {grouped(result.in_range)} in the range, {grouped(result.in_tract)} are in "
        f"{', '.join(names)} and {grouped(result.outside)} outside the atlas.",
    ]
    if result.injection is not None:
        lines.append(
            f"Injection site: {grouped(len(result.injection))} voxels above "
            f"{result.injection_threshold:g}."
        )
    every = _choose_stride(result.found)
    if every > 1:
        lines.append(f"Every {every}th of the voxels found is drawn; all of them are saved.")
    lines += [f"Assumed: {sentence}." for sentence in answer.assumptions]
    return "\n".join(lines)


def search_layers(display: AtlasDisplay, answer: SearchAnswer) -> list[Points]:
    """Return points of the voxels found, colored by density, and of the injection site."""
    result, name = answer.result, answer.request.name
    layers = []
    if len(result.found):
        colors = ColorScale(*_find_span(result)).colors(result.found.values)
        layers.append(
            _make_layer(
                display, f"{name} found", result.found, colors, answer.density.volume, "density"
            )
        )
    if result.injection is not None and len(result.injection) and answer.injection is not None:
        layers.append(
            _make_layer(
                display,
                f"{name} injection sites",
                result.injection,
                INJECTION_COLOR,
                answer.injection.volume,
                "injection",
            )
        )
    return layers


def _find_span(result: SpatialSearch) -> tuple[float, float]:
    fitted = ColorScale.fitted([result.low, result.high])
    return fitted.low, fitted.high


def _choose_stride(sites: Sites) -> int:
    return max(1, -(-len(sites) // MOST_SHOWN))


def _make_layer(
    display: AtlasDisplay, name: str, sites: Sites, color: Any, volume: VoxelData, value: str
) -> Points:
    rank_volume, every = display.atlas.ranks, _choose_stride(sites)
    sites = Sites(sites.voxels[::every], sites.positions[::every], sites.values[::every])
    if not isinstance(color, str):
        color = color[::every]
    placed = place_points(rank_volume, display.atlas.hemisphere_rule, sites.positions)
    features = {value: np.asarray(sites.values, np.float64), **point_features(rank_volume, placed)}
    # As wide as a voxel of the volume, measured in voxels of the atlas.
    share = np.cbrt(volume.grid.voxel_volume / display.atlas.grid.voxel_volume)
    return sites_layer(display, name, sites.positions, color, features, max(0.8, 0.8 * share))
