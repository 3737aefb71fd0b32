"""What is at a position: one, or a million; the answer is a `Hit`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError, AtlasError, short
from ..space.grid import as_points, floor_columns, floor_one
from ..space.sides import SIDE_NAMES, Sides
from .volumes import AtlasVolumes

# -----------------------------------------------------------------------------
# The answer to "what is here?".


@dataclass(slots=True)
class Hit:
    """What is at a position.

    Attributes
    ----------
    id
        Region id; 0 for background and outside.
    rank
        Pre-order rank of the region; 0 for background and outside.
    acronym, name
        Of the region; None for background, outside and ids that the hierarchy does not know.
    path
        Acronyms from the root to the region itself.
    hemisphere
        "left", "right", or None where it is outside or unknown.
    index
        Voxel, or None outside.
    position
        The position that was asked, µm.
    outside
        Whether the position is outside the volume.
    """

    id: int
    rank: int
    acronym: str | None
    name: str | None
    path: tuple[str, ...]
    hemisphere: str | None
    index: tuple[int, ...] | None
    position: tuple[float, ...]
    outside: bool


# -----------------------------------------------------------------------------
# What is at a position: one, or a million.

OUTSIDE = "Outside atlas"
"""Answer of the queries by name for positions outside and for background (as BrainGlobe)."""


class AtlasLookups(AtlasVolumes):
    """Regions and hemispheres of positions; see `Atlas`."""

    def at(self, position: Sequence[float]) -> Hit:
        """What is at a position of three µm in array-axis order; never raises for outside."""
        values = self._one(position)
        return self._hit(self.grid.locate_one(values), values)

    def at_voxel(self, index: Sequence[float]) -> Hit:
        """What is in a voxel; fractions lie between the voxel's edges."""
        values = self._one(index)
        voxel = floor_one(values, self.shape)
        # A whole number means the voxel, and the voxel's position is that of its centre.
        q = [v + 0.5 if v.is_integer() else v for v in values]
        return self._hit(voxel, tuple(self.grid.to_world(q).tolist()))

    def _one(self, position: Sequence[float]) -> tuple[float, ...]:
        """One position as floats, or raise; plain Python, since hovering asks it."""
        try:
            values = tuple(map(float, position))
        except (TypeError, ValueError) as exc:
            raise ArgumentError(f"position {short(position)}; expected numbers") from exc
        if len(values) != self.grid.ndim:
            raise ArgumentError(f"position {values}; expected {self.grid.ndim} coordinates")
        return values

    def _hit(self, index: tuple[int, ...] | None, position: tuple[float, ...]) -> Hit:
        if index is None:
            return Hit(0, 0, None, None, (), None, None, position, True)
        if self.package.peek is not None and "labels" not in self.__dict__:
            return self._peeked(index, position, self.package.peek)
        rank = self.labels.ranks.item(index)
        side = None if self.sides is None else SIDE_NAMES.get(self.sides.of_one(index))
        told = self._told.get(rank)
        if told is None:
            told = self._told[rank] = self._tell(rank)
        return Hit(*told, side, index, position, False)

    def _peeked(
        self,
        index: tuple[int, ...],
        position: tuple[float, ...],
        peek: Callable[[tuple[int, ...]], int],
    ) -> Hit:
        """Answer from the file: the ranks of a large annotation are not there yet.

        An id that the hierarchy does not know has no rank before all of them are known.
        """
        region_id, regions = peek(index), self.region_map
        rank = regions.rank_of_id(region_id) or 0
        side = None if self.sides is None else SIDE_NAMES.get(self.sides.of_one(index))
        told: tuple[str | None, str | None, tuple[str, ...]] = (None, None, ())
        if rank:
            told = regions.acronym(rank), regions.name(rank), tuple(regions.path(rank))
        return Hit(region_id, rank, *told, side, index, position, False)

    def _tell(self, rank: int) -> tuple[int, int, str | None, str | None, tuple[str, ...]]:
        """Id, rank, acronym, name and path: what `at` says of every voxel of a rank."""
        regions, region_id = self.region_map, int(self.labels.ids[rank])
        if not 0 < rank <= len(regions):
            return region_id, rank, None, None, ()
        path = tuple(regions.path(rank))
        return region_id, rank, regions.acronym(rank), regions.name(rank), path

    @cached_property
    def _told(self) -> dict[int, tuple[int, int, str | None, str | None, tuple[str, ...]]]:
        return {}

    def _locate(
        self, coords: ArrayLike, microns: bool
    ) -> tuple[list[NDArray[np.intp]], NDArray[np.bool_]]:
        points = as_points(coords, self.grid.ndim)
        if microns:
            return self.grid.locate_columns(points)
        return floor_columns(points, self.shape)

    def structure_from_coords(
        self,
        coords: ArrayLike,
        microns: bool = False,
        as_acronym: bool = False,
        hierarchy_lev: int | None = None,
    ) -> Any:
        """Region at one position or at many (BrainGlobe).

        Parameters
        ----------
        coords
            ``(3,)`` or ``(..., 3)``: voxels, or µm with ``microns``.
        microns
            Whether the coordinates are µm.
        as_acronym
            Answer acronyms instead of ids.
        hierarchy_lev
            Answer the ancestor at this depth (0 is the root); regions above it stand for
            themselves.

        Returns
        -------
        An int or str for one position, else an array of the leading shape; 0 or
        "Outside atlas" for background and outside.
        """
        columns, inside = self._locate(coords, microns)
        ranks = np.zeros(inside.shape, np.int64)
        if inside.any():
            ranks = np.where(inside, self.labels.ranks_at(columns), 0)
        if hierarchy_lev is not None:
            known = np.arange(len(self.region_map.ids), self.labels.n_ranks)
            ranks = np.concatenate([self.region_map.at_depth(hierarchy_lev), known])[ranks]
        table = self._acronym_table if as_acronym else self.labels.ids
        answer = table[ranks]
        if answer.ndim:
            return answer
        return str(answer) if as_acronym else int(answer)

    @cached_property
    def _acronym_table(self) -> NDArray[np.str_]:
        names = [OUTSIDE, *(self.region_map.acronym(k + 1) for k in range(len(self.region_map)))]
        return np.array([*names, *(str(i) for i in self.labels.unknown_ids)])

    def hemisphere_from_coords(
        self, coords: ArrayLike, microns: bool = False, as_string: bool = False
    ) -> Any:
        """Hemisphere at one position or at many (BrainGlobe).

        Returns
        -------
        1 left, 2 right, 0 outside; or "left", "right", "Outside atlas" with ``as_string``. One
        value for one position, else an array of the leading shape.

        Raises
        ------
        AtlasError
            If nothing tells the sides of this atlas.
        """
        sides = self._require_sides()
        columns, inside = self._locate(coords, microns)
        answer = np.zeros(inside.shape, np.uint8)
        answer[inside] = sides.of(np.stack([column[inside] for column in columns], axis=-1))
        if as_string:
            names = np.array([OUTSIDE, "left", "right"])[np.minimum(answer, 2)]
            return names if names.ndim else str(names)
        return answer if answer.ndim else int(answer)

    def _require_sides(self) -> Sides:
        if self.sides is None:
            raise AtlasError(
                f"atlas {self.name} does not say which side is left; "
                f"state its orientation to use hemispheres"
            )
        return self.sides
