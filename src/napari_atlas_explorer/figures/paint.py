"""Sections as pixels and lines: reference, regions, outlines, meshes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compute.meshes.quality import faulty_edges
from ..compute.meshes.section import find_crossing
from ..core.atlas.atlas import Atlas
from ..core.colors.region_colors import Rgb, distinct_color
from ..core.colors.scales import contrast_limits
from ..core.mesh import Mesh
from ..core.regions.rank_volume import RankVolume
from ..core.space.grid import VoxelGrid
from ..core.space.volume import VoxelData
from .sections import Box, Section


def outlines(labels: NDArray[Any]) -> list[NDArray[np.int64]]:
    """Return polylines along the edges between pixels of different labels.

    Every edge is on exactly one polyline, once. Polylines end where three or four edges meet;
    one that meets no other is closed (its last point is its first). Beyond the picture's rim
    is label 0, so a region that touches the rim is closed along it.

    Parameters
    ----------
    labels
        ``(rows, cols)`` integers or booleans.

    Returns
    -------
    Arrays ``(n, 2)`` of corners: row and column in index space, where pixel ``i`` covers
    ``[i, i + 1)``. Only the corners at which a line turns are there, not every voxel's.
    """
    padded = np.pad(labels, 1)
    n_cols = labels.shape[1] + 1
    # Edges by the vertex at their upper or left end, on the (rows + 1, cols + 1) vertices.
    below = np.pad(padded[1:-1, 1:] != padded[1:-1, :-1], ((0, 1), (0, 0)))
    after = np.pad(padded[1:, 1:-1] != padded[:-1, 1:-1], ((0, 0), (0, 1)))
    above, before = np.roll(below, 1, axis=0), np.roll(after, 1, axis=1)
    junction = below.astype(np.uint8) + above + after + before > 2
    # Column by column for the vertical runs, hence the transposes.
    upright = _find_runs(below.T, above.T, junction.T)
    rows, cols = upright % below.shape[0], upright // below.shape[0]
    runs = np.concatenate([rows * n_cols + cols, _find_runs(after, before, junction)])
    corners = _chain_runs(runs, junction.ravel())
    return [np.stack(np.divmod(np.array(chain, np.int64), n_cols), axis=1) for chain in corners]


def _find_runs(
    onward: NDArray[np.bool_], backward: NDArray[np.bool_], junction: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Find first and last vertex ``(n, 2)`` of straight runs of edges along the last axis.

    Parameters
    ----------
    onward, backward
        Whether an edge leads from a vertex to the next one, and to the one before.
    junction
        Vertices at which runs end.
    """
    passing = onward & backward & ~junction
    firsts = np.flatnonzero(onward & ~passing)
    lasts = np.flatnonzero(backward & ~passing)
    # Runs along a line do not overlap: the k-th first belongs to the k-th last.
    return np.stack([firsts, lasts], axis=1).astype(np.int64)


def _chain_runs(runs: NDArray[np.int64], junction: NDArray[np.bool_]) -> list[list[int]]:
    """Join runs at the corners that just two of them share.

    Parameters
    ----------
    runs
        ``(n, 2)`` first and last vertex of each run.
    junction
        By vertex: whether more than two edges meet there.

    Returns
    -------
    Vertices of each polyline.
    """
    ends = runs.ravel()
    order = np.argsort(ends, kind="stable")
    same = (ends[order][1:] == ends[order][:-1]) & ~junction[ends[order][1:]]
    partner = np.full(len(ends), -1)
    partner[order[:-1][same]] = order[1:][same]
    partner[order[1:][same]] = order[:-1][same]
    vertices, mates = ends.tolist(), partner.tolist()
    used = bytearray(len(runs))
    # Open lines first, from a loose end to the other; the remaining ones are closed.
    starts = [*np.flatnonzero(partner < 0).tolist(), *range(0, len(ends), 2)]
    chains = []
    for start in starts:
        if used[start >> 1]:
            continue
        chain = [vertices[start]]
        end = start
        while end >= 0 and not used[end >> 1]:
            used[end >> 1] = True
            chain.append(vertices[end ^ 1])  # the run's other end
            end = mates[end ^ 1]
        chains.append(chain)
    return chains


# ---- Meshes --------------------------------------------------------------------------------------

Color = tuple[int, int, int]

OUTLINE: Color = (64, 178, 255)
FAULT: Color = (255, 48, 48)
CAPTION = "Blue: outline of the mesh. Red lines: edges at fault near the section."
NEAR = 1.5
"""Distance in voxels within which edges at fault are drawn into a section."""


class DrawnMesh:
    """A mesh on the annotation's voxels.

    Parameters
    ----------
    mesh
        The mesh, µm.
    grid
        The annotation's grid.
    """

    def __init__(self, mesh: Mesh, grid: VoxelGrid) -> None:
        self._mesh = Mesh(np.asarray(grid.to_index_space(mesh.points)), mesh.faces)
        edges = faulty_edges(mesh)
        self._faults = np.asarray(grid.to_index_space(np.concatenate([edges.open, edges.crowded])))

    @property
    def bounds(self) -> tuple[list[float], list[float]]:
        """Low and high corner of the mesh, in index space."""
        used = self._mesh.points[np.unique(self._mesh.faces)]
        return used.min(axis=0).tolist(), used.max(axis=0).tolist()

    def lines(self, section: Section) -> Iterator[tuple[NDArray[np.float64], Color, int]]:
        """Yield the lines in a section ``(n, 2, 3)`` in index space, their color and thickness."""
        at = section.index + 0.5
        yield find_crossing(self._mesh, section.axis, at), OUTLINE, 1
        if len(self._faults):
            away = np.abs(self._faults[:, :, section.axis] - at).min(axis=1)
            yield self._faults[away <= NEAR], FAULT, 2


def clip_lines(lines: NDArray[np.float64], size: tuple[float, float]) -> NDArray[np.float64]:
    """Clip lines ``(n, 2, 2)`` to the range from 0 to a size.

    Pillow visits every pixel of a line, even outside of the picture, and the coordinates of a
    damaged mesh may be huge.
    """
    start, way = lines[:, 0], lines[:, 1] - lines[:, 0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        one, other = -start / way, (np.array(size) - start) / way
    # A line along an edge never crosses it: it is inside throughout, or nowhere.
    within = (start >= 0) & (start <= np.array(size))
    still = way == 0
    first = np.where(still, np.where(within, 0, np.inf), np.minimum(one, other)).max(axis=1)
    last = np.where(still, np.where(within, 1, -np.inf), np.maximum(one, other)).min(axis=1)
    first, last = np.maximum(first, 0), np.minimum(last, 1)
    seen = first <= last
    start, way = start[seen], way[seen]
    ends = [start + share[seen, np.newaxis] * way for share in (first, last)]
    return np.asarray(np.clip(np.stack(ends, axis=1), 0, size))


# ---- Pixels --------------------------------------------------------------------------------------

OVER_REFERENCE = 0.45
WITHOUT_REFERENCE = 0.9
CHOSEN = 0.92
DIMMED = 0.1
DIMMED_WITHOUT_REFERENCE = 0.16
DIMMED_VALUE = 0.2

FAINT = 0.06
"""Maximum brightness of noise around the brain."""

BRIGHTEST = 0.998
"""Share of the voxels up to which brightness rises: one hot voxel does not darken the rest."""


@dataclass(frozen=True)
class Contrast:
    """Values of the reference that are drawn black and white."""

    low: float
    high: float

    def apply(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return brightness from 0 to 1; payloads (colors) are averaged."""
        numbers = np.nan_to_num(np.asarray(values, dtype=np.float64))
        if numbers.ndim > 2:
            numbers = numbers.reshape(*numbers.shape[:2], -1).mean(axis=-1)
        return np.clip((numbers - self.low) / (self.high - self.low), 0, 1)


def contrast_of(values: NDArray[Any]) -> Contrast:
    """Return the contrast of a whole volume, so that all sections of a figure share it."""
    return Contrast(*contrast_limits(values))


def reference_plane(reference: VoxelData, atlas: Atlas, section: Section, box: Box) -> NDArray[Any]:
    """Return the reference's values in a section, sampled where its grid differs."""
    if reference.shape == atlas.shape:
        return section.cut(reference.raw, box)
    ranges: list[NDArray[np.int64]] = [np.arange(side.start, side.stop) for side in box]
    ranges[section.axis] = np.array([section.index])
    centers = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1) + 0.5
    values = reference.lookup(atlas.grid.to_world(centers), outer_value=0)
    whole = tuple(slice(0, len(r)) for r in ranges)
    flat = Section(
        section.axis,
        0,
        section.down,
        section.across,
        section.flip_down,
        section.flip_across,
        section.name,
        section.letters,
    )
    return flat.cut(values, whole)


def gray_pixels(
    brightness: NDArray[np.float64], ranks: NDArray[Any], page: Rgb
) -> NDArray[np.uint8]:
    """Return the gray picture ``(rows, cols, 3)`` of a reference on the page's color.

    On a light page the empty surroundings of the brain are page, not black: they fade into
    it. What is labeled is drawn as it is, dark or not.
    """
    paper = np.array(page, dtype=np.float64)
    gray = np.repeat(brightness[..., np.newaxis] * 255, 3, axis=-1)
    solid = np.where(ranks > 0, 1.0, np.clip((brightness - FAINT) / 0.2, 0, 1))[..., np.newaxis]
    if sum(page) < 3 * 128:
        mixed = paper + solid * gray * (255 - paper) / 255
    else:
        mixed = solid * gray + (1 - solid) * paper
    return np.rint(mixed).astype(np.uint8)


def region_colors(
    rank_volume: RankVolume,
    over_reference: bool,
    chosen: tuple[int, int] | None,
    values: NDArray[np.float32] | None = None,
) -> NDArray[np.uint8]:
    """Return ``(n_ranks, 4)`` color and opacity of every rank; background is clear.

    Parameters
    ----------
    rank_volume
        The annotation.
    over_reference
        Whether a reference is to be seen through the colors.
    chosen
        Interval of ranks that are drawn in full, all others dimmed; None for all alike.
    values
        Colors ``(n_ranks, 4)`` of numbers, 0 to 1, as `ColorScale.rank_table`
        makes them: drawn as they are, so that they can be compared with their key.
    """
    if values is not None:
        table = np.rint(values * 255).astype(np.uint8)
        if chosen is not None:
            others = np.ones(len(table), bool)
            others[slice(*chosen)] = False
            table[others, 3] = np.minimum(table[others, 3], round(255 * DIMMED_VALUE))
        return table
    regions = rank_volume.region_map
    table = np.zeros((rank_volume.n_ranks, 4), np.uint8)
    for rank in range(1, rank_volume.n_ranks):
        known = rank <= len(regions)
        table[rank, :3] = regions.color_of_rank(rank) if known else distinct_color(rank)
    opacity = OVER_REFERENCE if over_reference else WITHOUT_REFERENCE
    if chosen is not None:
        opacity = DIMMED if over_reference else DIMMED_WITHOUT_REFERENCE
    table[1:, 3] = round(255 * opacity)
    if chosen is not None:
        table[slice(*chosen), 3] = round(255 * CHOSEN)
    return table
