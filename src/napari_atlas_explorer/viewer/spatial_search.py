"""The spatial search in the window: what is asked, what is said and shown of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.points.counts import place_points
from ..analysis.points.features import point_features
from ..analysis.spatial_search.grid_data import read_grid_volume
from ..analysis.spatial_search.search import Sites, SpatialSearch, spatial_search, tract_ranks
from ..core.atlas.atlas import Atlas
from ..core.colors.scales import ColorScale
from ..core.errors import ArgumentError
from ..core.space.volume import VoxelData
from ..core.streamlines import Streamlines
from ..core.text import grouped
from ..formats.lines.writer import write_streamlines
from .points import MOST_SHOWN
from .sites import INJECTION_COLOR, sites_layer

if TYPE_CHECKING:
    from napari.layers import Points

    from .display import AtlasDisplay


@dataclass(frozen=True, eq=False)
class SearchRequest:
    """What is asked.

    Attributes
    ----------
    density
        File, or values with their place.
    name
        Of the density.
    low, high
        The range; both ends belong to it.
    tracts
        Acronym, name or id of the region that is skipped.
    injection
        File of the injection's fraction, None for none.
    injection_threshold
        Voxels above are the injection site.
    corner
        Lower corners of voxels instead of centres.
    """

    density: Path | VoxelData
    name: str
    low: float
    high: float
    tracts: str
    injection: Path | None
    injection_threshold: float
    corner: bool


@dataclass(frozen=True, eq=False)
class SearchAnswer:
    """What was found, and how.

    Attributes
    ----------
    request, atlas
        What was asked, and of which atlas.
    result
        What was found.
    density, injection
        The volumes, in their place.
    tract_rank
        Region that was skipped.
    assumptions
        What was taken for granted of the files; sentences.
    """

    request: SearchRequest
    atlas: Atlas
    result: SpatialSearch
    density: VoxelData
    injection: VoxelData | None
    tract_rank: int
    assumptions: tuple[str, ...]


def tract_region(atlas: Atlas) -> str:
    """Acronym of the region of all fibre tracts, "" where the hierarchy has none or several."""
    found = tract_ranks(atlas.region_map)
    return atlas.region_map.acronym(found[0]) if len(found) == 1 else ""


def search(atlas: Atlas, request: SearchRequest) -> SearchAnswer:
    """Read the files and search; safe to call in a worker.

    Raises
    ------
    AtlasError
        If a file cannot be read, the region is not known, or numbers make no range.
    """
    if not atlas.package.resolution_known:
        raise ArgumentError(
            f"the voxel size of {atlas.name} is not known, and the search is in µm; "
            f"state it with ⋯ › How the atlas lies…"
        )
    rank = _tract_rank(atlas, request.tracts)
    said: list[str] = []
    density, injection = request.density, None
    if isinstance(density, Path):
        volume = read_grid_volume(density, None, atlas.grid)
        density = volume.volume
        said += volume.assumptions
    if request.injection is not None:
        volume = read_grid_volume(request.injection, None, atlas.grid)
        injection = volume.volume
        said += volume.assumptions
    tracts = atlas.get_structure_mask(int(atlas.region_map.ids[rank]))
    result = spatial_search(
        density, tracts, request.low, request.high, request.corner, injection,
        request.injection_threshold,
    )  # fmt: skip
    return SearchAnswer(request, atlas, result, density, injection, rank, tuple(said))


def _tract_rank(atlas: Atlas, named: str) -> int:
    named = named.strip()
    if not named:
        raise ArgumentError("no region of the fibre tracts; expected its acronym, name or id")
    known = named in atlas.region_map
    return atlas.region_map.rank(int(named) if named.isdecimal() and not known else named)


def said(answer: SearchAnswer) -> str:
    """Counts in words."""
    result, regions = answer.result, answer.atlas.region_map
    lines = [
        f"{grouped(len(result.found))} voxels found.",
        f"Of {grouped(result.searched)} voxels, {grouped(result.no_data)} hold no data, "
        f"{grouped(result.below)} are below {result.low:g} and {grouped(result.above)} above "
        f"{result.high:g}.",
        f"Of {grouped(result.in_range)} in the range, {grouped(result.in_tract)} lie in "
        f"{regions.name(answer.tract_rank)} and {grouped(result.outside)} outside the atlas.",
    ]
    if result.injection is not None:
        lines.append(
            f"Injection site: {grouped(len(result.injection))} voxels above "
            f"{result.injection_threshold:g}."
        )
    every = _every(result.found)
    if every > 1:
        lines.append(f"Every {every}th of the voxels found is drawn; all of them are saved.")
    lines += [f"Assumed: {sentence}." for sentence in answer.assumptions]
    return "\n".join(lines)


def search_layers(display: AtlasDisplay, answer: SearchAnswer) -> list[Points]:
    """Points of the voxels found, coloured by density, and of the injection site."""
    result, name = answer.result, answer.request.name
    layers = []
    if len(result.found):
        colors = ColorScale(*_span(result)).colors(result.found.values)
        layers.append(
            _layer(display, f"{name} found", result.found, colors, answer.density, "density")
        )
    if result.injection is not None and len(result.injection) and answer.injection is not None:
        layers.append(
            _layer(display, f"{name} injection sites", result.injection, INJECTION_COLOR,
                   answer.injection, "injection")
        )  # fmt: skip
    return layers


def _span(result: SpatialSearch) -> tuple[float, float]:
    fitted = ColorScale.fitted([result.low, result.high])
    return fitted.low, fitted.high


def _every(sites: Sites) -> int:
    return max(1, -(-len(sites) // MOST_SHOWN))


def _layer(
    display: AtlasDisplay, name: str, sites: Sites, color: Any, volume: VoxelData, value: str
) -> Points:
    labels, every = display.atlas.labels, _every(sites)
    sites = Sites(sites.voxels[::every], sites.positions[::every], sites.values[::every])
    if not isinstance(color, str):
        color = color[::every]
    placed = place_points(labels, display.atlas.sides, sites.positions)
    features = {value: np.asarray(sites.values, np.float64), **point_features(labels, placed)}
    # As wide as a voxel of the volume, measured in voxels of the atlas.
    share = np.cbrt(volume.grid.voxel_volume / display.atlas.grid.voxel_volume)
    return sites_layer(display, name, sites.positions, color, features, max(0.8, 0.8 * share))


def save_search(path: Path, answer: SearchAnswer, force: bool = False) -> None:
    """Write ``data.json``: injection sites, voxels found, and how they were found.

    Raises
    ------
    AtlasFileError
        If the file cannot be written, or exists and is not to be replaced.
    """
    result = answer.result
    sites = np.zeros((0, 3)) if result.injection is None else result.injection.positions
    lines = Streamlines((), sites, result.found.positions)
    write_streamlines(path, lines, force, {"search": _document(answer)})


def _document(answer: SearchAnswer) -> dict[str, Any]:
    result, request, regions = answer.result, answer.request, answer.atlas.region_map
    told: dict[str, Any] = {
        "density": _volume(request.density, request.name, answer.density),
        "atlas": answer.atlas.name,
        "tracts": f"{regions.name(answer.tract_rank)} (id {regions.ids[answer.tract_rank]}) of "
        f"{answer.atlas.name}, with all regions below",
        "range": {
            "low": result.low, "low_included": True, "high": result.high, "high_included": True,
        },
        "positions": "lower corner of each voxel, µm" if result.corner
        else "centre of each voxel, µm",
        "assumptions": list(answer.assumptions),
        "counts": {
            "voxels": result.searched, "no_data": result.no_data, "below": result.below,
            "above": result.above, "in_range": result.in_range, "in_tract": result.in_tract,
            "outside": result.outside, "found": len(result.found),
        },
    }  # fmt: skip
    if answer.injection is not None and result.injection is not None:
        told["injection"] = {
            **_volume(request.injection, "", answer.injection),
            "threshold": result.injection_threshold, "threshold_included": False,
            "no_data": result.injection_no_data, "voxels": len(result.injection),
        }  # fmt: skip
    return told


def _volume(source: Path | VoxelData | None, name: str, volume: VoxelData) -> dict[str, Any]:
    named = {"file": source.name} if isinstance(source, Path) else {"layer": name}
    grid = volume.grid
    return {
        **named,
        "shape": list(grid.shape),
        "voxel_size_um": [abs(float(s)) for s in grid.steps],
        "corner_um": grid.corner.tolist(),
    }
