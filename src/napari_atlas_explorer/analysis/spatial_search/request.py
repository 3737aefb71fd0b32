"""Spatial search of files and layers: request, answer, document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...core.atlas.atlas import Atlas
from ...core.errors import ArgumentError
from ...core.space.volume import VoxelData
from ...core.streamlines import Streamlines
from ...core.text import parse_digits
from ...formats.lines.writer import write_streamlines
from ..lines.crossings import UNANNOTATED_NAME
from ..points.counts import place_points
from .grid_data import GridVolume, read_grid_volume
from .search import HIGH, INJECTION_THRESHOLD, LOW, SpatialSearch, spatial_search


@dataclass(frozen=True, eq=False)
class SearchRequest:
    """What to search.

    Attributes
    ----------
    density
        File, or the values of a layer with their place.
    name
        Of the layer.
    tracts
        Regions that are skipped with all below them, by acronym, name or id (in digits, too); or
        a volume of the tracts, which are what is not 0.
    low, high
        The range; both ends belong to it.
    injection
        File of the injection's fraction, None for none.
    injection_threshold
        Voxels above are the injection site.
    corner
        Lower corners of voxels instead of centers.
    resolution
        Voxel size of density and injection in µm; None for what their headers say.
    """

    density: Path | VoxelData
    name: str
    tracts: Sequence[int | str] | Path
    low: float = LOW
    high: float = HIGH
    injection: Path | None = None
    injection_threshold: float = INJECTION_THRESHOLD
    corner: bool = False
    resolution: ArrayLike | None = None


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
    tracts
        What was skipped, in words.
    tract_ranks
        Its regions; none where a volume says where the tracts are.
    assumptions
        What was taken for granted of the files; sentences.
    """

    request: SearchRequest
    atlas: Atlas | None
    result: SpatialSearch
    density: GridVolume
    injection: GridVolume | None
    tracts: str
    tract_ranks: tuple[int, ...]
    assumptions: tuple[str, ...]


def search(request: SearchRequest, atlas: Atlas | None) -> SearchAnswer:
    """Read the files and search; without an atlas the tracts must be a volume.

    Raises
    ------
    AtlasError
        If a file cannot be read, a region is not known, or numbers make no range.
    """
    grid = atlas.grid if atlas is not None else None
    volumes: list[GridVolume] = []

    def read(source: Path | VoxelData, resolution: ArrayLike | None) -> GridVolume:
        if isinstance(source, VoxelData):
            return GridVolume(Path(request.name), source, ())
        volumes.append(read_grid_volume(source, resolution, grid))
        return volumes[-1]

    density = read(request.density, request.resolution)
    injection = None
    if request.injection is not None:
        injection = read(request.injection, request.resolution)
    ranks: tuple[int, ...] = ()
    if isinstance(request.tracts, Path):
        tracts = read(request.tracts, None).volume
        words = f"what is not 0 in {request.tracts.name}"
    else:
        if atlas is None:
            raise ArgumentError("regions of the fibre tracts without an atlas; expected both")
        ranks = _tract_ranks(atlas, request.tracts)
        regions = atlas.region_map
        tracts = atlas.get_structure_mask([int(regions.ids[k]) for k in ranks])
        listed = ", ".join(f"{regions.name_of_rank(k)} (id {regions.ids[k]})" for k in ranks)
        words = f"{listed} of {atlas.name}, with all regions below"
    result = spatial_search(
        density.volume,
        tracts,
        request.low,
        request.high,
        request.corner,
        None if injection is None else injection.volume,
        request.injection_threshold,
    )
    assumptions = tuple(sentence for volume in volumes for sentence in volume.assumptions)
    return SearchAnswer(request, atlas, result, density, injection, words, ranks, assumptions)


def _tract_ranks(atlas: Atlas, tracts: Sequence[int | str]) -> tuple[int, ...]:
    """Return the ranks of regions; digits are an id, unless they are a region's name."""
    regions = atlas.region_map
    if not all(str(region).strip() for region in tracts):
        raise ArgumentError("no region of the fibre tracts; expected its acronym, name or id")

    def key(region: int | str) -> int | str:
        number = parse_digits(region) if isinstance(region, str) else None
        return region if number is None or region in regions else number

    return tuple(regions.ranks_of(map(key, tracts)))


def save_search(
    path: Path, answer: SearchAnswer, force: bool = False, lines: Streamlines | None = None
) -> None:
    """Write ``data.json``: lines, injection sites, voxels found, and how they were found.

    Parameters
    ----------
    path, answer
        Where, and what.
    force
        Replace a file that is there.
    lines
        Lines to the voxels found; their injection sites stand in for those of the search, if it
        looked for none.

    Raises
    ------
    AtlasFileError
        If the file cannot be written, or exists and is not to be replaced.
    """
    lines = Streamlines(()) if lines is None else lines
    found, injection = answer.result.found, answer.result.injection
    sites = lines.injection_sites if injection is None else injection.positions
    written = Streamlines(lines.lines, sites, found.positions)
    write_streamlines(path, written, force, {"search": search_document(answer)})


def search_document(answer: SearchAnswer) -> dict[str, Any]:
    """Return request and counts as in data.json and the JSON answer."""
    result, atlas = answer.result, answer.atlas
    document: dict[str, Any] = {
        "density": _volume(answer.density, isinstance(answer.request.density, VoxelData)),
        "atlas": atlas.name if atlas is not None else None,
        "tracts": answer.tracts,
        "range": {
            "low": result.low,
            "low_included": True,
            "high": result.high,
            "high_included": True,
        },
        "positions": f"{'lower corner' if result.corner else 'centre'} of each voxel, µm",
        "assumptions": list(answer.assumptions),
        "counts": {
            "voxels": result.searched,
            "no_data": result.no_data,
            "below": result.below,
            "above": result.above,
            "in_range": result.in_range,
            "in_tract": result.in_tract,
            "outside": result.outside,
            "found": len(result.found),
        },
    }
    if answer.injection is not None and result.injection is not None:
        document["injection"] = {
            **_volume(answer.injection, False),
            "threshold": result.injection_threshold,
            "threshold_included": False,
            "no_data": result.injection_no_data,
            "voxels": len(result.injection),
        }
    if atlas is not None:
        document["regions"] = _regions(atlas, result)
    return document


def _volume(volume: GridVolume, is_layer: bool) -> dict[str, Any]:
    grid = volume.volume.grid
    return {
        "layer" if is_layer else "file": str(volume.path) if is_layer else volume.path.name,
        "shape": list(grid.shape),
        "voxel_size_um": [abs(float(s)) for s in grid.steps],
        "corner_um": grid.corner.tolist(),
    }


def _regions(atlas: Atlas, result: SpatialSearch) -> list[dict[str, Any]]:
    """Count the voxels found in each region's own voxels, in the order of the hierarchy."""
    placed = place_points(atlas.ranks, None, result.found.positions)
    ranks, counts = np.unique(placed.ranks[placed.inside], return_counts=True)
    regions, rows = atlas.region_map, []
    for rank, count in zip(ranks.tolist(), counts.tolist(), strict=True):
        known = 0 < rank < len(regions.ids)
        acronym = regions.acronym_of_rank(rank) if known else "" if rank else UNANNOTATED_NAME
        region_id = int(atlas.ranks.ids[rank]) if rank else None
        rows.append({"id": region_id, "acronym": acronym, "voxels": count})
    return rows
