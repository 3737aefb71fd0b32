"""Two atlases of one space: the same point in both, where they disagree, what regions measure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .atlas import Atlas
from .errors import ArgumentError
from .hit import Hit
from .reorientation import Reorientation
from .voxels import VoxelData

if TYPE_CHECKING:
    import pandas as pd

By = Literal["id", "acronym"]

AGREE, DIFFER, ONLY_FIRST, ONLY_SECOND, BEYOND = range(5)
"""Values of the disagreement map: the same region (or none) in both; another region; a region in
the first or in the second alone; outside the second's volume."""

MEANINGS = (
    "the same region", "another region", "in the first alone", "in the second alone",
    "outside the second's volume",
)  # fmt: skip

PLANES = 16
"""Planes that are looked at together."""


@dataclass(frozen=True)
class Twins:
    """What two atlases say of one point."""

    first: Hit
    second: Hit

    @property
    def same(self) -> bool:
        """Whether both name the same id."""
        return self.first.id == self.second.id


class Comparison:
    """Two atlases whose volumes show one space.

    A position of the first is carried to the second by the letters of their axes: both have
    their corner at the same place of the animal, and cover the same extent to within a voxel of
    the coarser. Where an atlas does not say how its axes run, both have to be silent, and axes
    are taken as they are.

    Parameters
    ----------
    first, second
        The atlases.
    by
        Whether regions are the same if their ids are, or if their acronyms are.

    Raises
    ------
    ArgumentError
        Where their volumes cannot show one space.
    """

    def __init__(self, first: Atlas, second: Atlas, by: By = "id") -> None:
        if by not in ("id", "acronym"):
            raise ArgumentError(f"regions compared by {by!r}; expected 'id' or 'acronym'")
        self.first, self.second, self.by = first, second, by
        self._turn = _turn(first, second)
        extent = np.abs(first.grid.steps) * first.shape
        turned = np.array(self._turn.steps(extent.tolist()))
        theirs = np.abs(second.grid.steps) * second.shape
        margin = np.maximum(self._turn.steps(np.abs(first.grid.steps).tolist()), second.resolution)
        if np.any(np.abs(turned - theirs) > margin * (1 + 1e-9)):
            raise ArgumentError(
                f"{first.name} measures {_size(turned)} µm and {second.name} {_size(theirs)} µm "
                f"along the same axes; expected atlases of one space"
            )

    def to_second(self, positions: ArrayLike) -> NDArray[np.float64]:
        """Positions of the first atlas, ``(..., 3)`` µm, as positions of the second."""
        q = self._turn.points(self.first.grid.to_index_space(positions))
        steps = np.abs(self.first.grid.steps)
        micrometres = q * np.array(self._turn.steps(steps.tolist()))
        in_second = micrometres / np.abs(self.second.grid.steps)
        return self.second.grid.to_world(in_second)

    def at(self, position: Sequence[float]) -> Twins:
        """What both say of a position of the first, µm."""
        there = self.to_second(position).tolist()
        return Twins(self.first.at(position), self.second.at(there))

    def map(self, progress: Callable[[float], None] = lambda share: None) -> VoxelData:
        """Where they disagree: uint8 on the first's grid, see `MEANINGS`."""
        out = np.empty(self.first.shape, np.uint8)
        for planes, ours, theirs, inside in self._blocks(progress):
            part = np.where(ours == theirs, AGREE, DIFFER).astype(np.uint8)
            part[(ours != 0) & (theirs == 0)] = ONLY_FIRST
            part[(ours == 0) & (theirs != 0)] = ONLY_SECOND
            part[~inside] = BEYOND
            out[planes] = part
        return VoxelData.from_grid(out, self.first.grid)

    def as_dataframe(self, progress: Callable[[float], None] = lambda share: None) -> pd.DataFrame:
        """One row for each region of either atlas, with descendants.

        Columns ``id``, ``acronym``, ``name``; ``first_mm3``, ``second_mm3`` and their
        ``difference_mm3`` and ``difference_percent`` of the first; ``both_mm3``, what both agree
        on, counted on the first's voxels, and ``dice`` of it. NaN where a region is missing.
        """
        import pandas as pd

        first, second = _volumes(self.first), _volumes(self.second)
        both = self._agreed(progress)
        keys = list(dict.fromkeys([*self._keys(self.first), *self._keys(self.second)]))
        rows = []
        for key in keys:
            a, b = self._rank(self.first, key), self._rank(self.second, key)
            atlas, rank = (self.first, a) if a else (self.second, b)
            mm3 = (first[a] if a else np.nan, second[b] if b else np.nan)
            shared = both.get(key, 0.0) if a and b else np.nan
            total = mm3[0] + mm3[1]
            rows.append(
                {
                    "id": int(atlas.region_map.ids[rank]),
                    "acronym": atlas.region_map.acronym(rank),
                    "name": atlas.region_map.name(rank),
                    "first_mm3": mm3[0],
                    "second_mm3": mm3[1],
                    "difference_mm3": mm3[1] - mm3[0],
                    "difference_percent": 100 * (mm3[1] / mm3[0] - 1) if mm3[0] else np.nan,
                    "both_mm3": shared,
                    "dice": 2 * shared / total if total else np.nan,
                }
            )
        return pd.DataFrame(rows)

    # ---- how --------------------------------------------------------------------------------

    def _keys(self, atlas: Atlas) -> list[Any]:
        regions = atlas.region_map
        ranks = range(1, len(regions) + 1)
        if self.by == "id":
            return [int(regions.ids[k]) for k in ranks]
        return [regions.acronym(k) for k in ranks]

    def _rank(self, atlas: Atlas, key: Any) -> int:
        return self._tables[0 if atlas is self.first else 1].get(key, 0)

    @cached_property
    def _tables(self) -> tuple[dict[Any, int], dict[Any, int]]:
        """Rank of each key in either atlas."""
        found = [
            {key: k for k, key in enumerate(self._keys(atlas), start=1)}
            for atlas in (self.first, self.second)
        ]
        return found[0], found[1]

    @cached_property
    def _common(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """A number for each rank of either atlas that is the same for the same region."""
        keys: dict[Any, int] = {}
        numbers = []
        for atlas in (self.first, self.second):
            labels = atlas.labels
            of_rank = [("background", 0), *self._keys(atlas)]
            of_rank += [("unknown", int(i)) for i in labels.unknown_ids]
            numbers.append(np.array([keys.setdefault(key, len(keys)) for key in of_rank]))
        return numbers[0], numbers[1]

    def _blocks(
        self, progress: Callable[[float], None]
    ) -> Iterator[tuple[slice, NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]]:
        """Common numbers of the first's voxels and of the second's at their centres."""
        ours, theirs = self._common
        shape = self.first.shape
        j, k = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[2]) + 0.5, indexing="ij")
        for start in range(0, shape[0], PLANES):
            progress(start / shape[0])
            planes = slice(start, min(start + PLANES, shape[0]))
            q = np.empty((planes.stop - start, *j.shape, 3))
            q[..., 0] = (np.arange(start, planes.stop) + 0.5)[:, np.newaxis, np.newaxis]
            q[..., 1], q[..., 2] = j, k
            there = self.to_second(self.first.grid.to_world(q))
            columns, inside = self.second.grid.locate_columns(there)
            found = theirs[self.second.labels.ranks_at(columns).astype(np.intp)]
            found[~inside] = 0
            yield planes, ours[self.first.labels.ranks[planes]], found, inside

    def _agreed(self, progress: Callable[[float], None]) -> dict[Any, float]:
        """mm³ of each region, with descendants, that both atlases give it."""
        a, b = self.first.labels, self.second.labels
        pairs = np.zeros((0, 2), np.int64)
        counts = np.zeros(0, np.int64)
        back = _first_rank(self._common[0]), _first_rank(self._common[1])
        for _, ours, theirs, inside in self._blocks(progress):
            both = np.stack([ours[inside], theirs[inside]], axis=1)
            found, times = np.unique(both, axis=0, return_counts=True)
            pairs = np.concatenate([pairs, found])
            counts = np.concatenate([counts, times])
        shared: dict[Any, float] = {}
        voxel = self.first.grid.voxel_volume / 1e9
        for (number, other), n in zip(pairs.tolist(), counts.tolist(), strict=True):
            above = _lineage(self.first, back[0].get(number, 0), a.region_map)
            also = _lineage(self.second, back[1].get(other, 0), b.region_map)
            mine = {self._key(self.first, k) for k in above}
            for key in mine & {self._key(self.second, k) for k in also}:
                shared[key] = shared.get(key, 0.0) + n * voxel
        return shared

    def _key(self, atlas: Atlas, rank: int) -> Any:
        regions = atlas.region_map
        return int(regions.ids[rank]) if self.by == "id" else regions.acronym(rank)


def _turn(first: Atlas, second: Atlas) -> Reorientation:
    n0, n1, n2 = first.shape
    if first.orientation is None and second.orientation is None:
        return Reorientation.between("asr", "asr", (n0, n1, n2))
    if first.orientation is None or second.orientation is None:
        silent = first if first.orientation is None else second
        raise ArgumentError(
            f"nothing says how the axes of {silent.name} run; expected an orientation for both "
            f"atlases, or for neither"
        )
    return Reorientation.between(first.orientation, second.orientation, (n0, n1, n2))


def _volumes(atlas: Atlas) -> NDArray[np.float64]:
    return np.asarray(atlas.labels.total_counts * atlas.grid.voxel_volume / 1e9)


def _first_rank(numbers: NDArray[np.int64]) -> dict[int, int]:
    return {int(n): k for k, n in reversed(list(enumerate(numbers.tolist())))}


def _lineage(atlas: Atlas, rank: int, regions: Any) -> list[int]:
    """A region and its ancestors; nothing for background and unknown ids."""
    if not 0 < rank <= len(regions):
        return []
    return [*regions.ancestor_ranks(rank), rank]


def _size(values: ArrayLike) -> str:
    return " × ".join(f"{v:g}" for v in np.asarray(values).tolist())
