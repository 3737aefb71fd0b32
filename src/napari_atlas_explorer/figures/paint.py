"""Sections as pixels and lines: reference, regions, meshes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..compute.contacts import contacts_of, label_faces
from ..compute.meshes.quality import faulty_edges
from ..compute.meshes.section import find_crossing
from ..core.atlas.atlas import Atlas
from ..core.colors.difference import color_difference
from ..core.colors.palettes import colorblind_safe, distinct_neighbor_colors, safe_palette
from ..core.colors.region_colors import Rgb, distinct_color
from ..core.colors.scales import contrast_limits
from ..core.mesh import Mesh
from ..core.regions.rank_volume import RankVolume
from ..core.space.grid import VoxelGrid
from ..core.space.volume import VoxelData
from .sections import Box, Section

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
    own: NDArray[np.uint8] | None = None,
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
    own
        Colors ``(n_ranks, 3)`` in the place of the atlas's.
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
    if own is not None:
        table[:, :3] = own
    else:
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


def colorblind_colors(rank_volume: RankVolume, drawn: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return ``(n_ranks, 3)`` colors in which neighbors differ for common kinds of color vision.

    Parameters
    ----------
    rank_volume
        The annotation.
    drawn
        ``(n_ranks,)`` rank as which each rank is drawn; 0 if it is not.
    """
    pairs = np.sort(drawn[contacts_of(label_faces(rank_volume.raw)).pairs], axis=1)
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    return distinct_neighbor_colors(
        rank_volume.n_ranks, pairs, safe_palette(), colorblind_safe(color_difference)
    )
