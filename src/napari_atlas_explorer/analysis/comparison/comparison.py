"""Comparison of two atlases: points, map of disagreement, region volumes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.atlas.atlas import Atlas
from ...core.atlas.lookups import Hit
from ...core.errors import ArgumentError
from ...core.progress import Progress, ignore_progress
from ...core.space.axis_transform import AxisTransform
from ...core.space.grid import floor_columns
from ...core.space.volume import VoxelData

if TYPE_CHECKING:
    import pandas as pd

By = Literal["id", "acronym"]

AGREE, DIFFER, ONLY_FIRST, ONLY_SECOND, BEYOND = range(5)
"""Values of the disagreement map: the same region (or none) in both; another region; a region in
the first or in the second alone; outside the second's volume."""

MEANINGS = (
    "the same region",
    "another region",
    "in the first alone",
    "in the second alone",
    "outside the second's volume",
)

BLOCK = 1 << 22
"""Voxels that are looked at together."""

COUNTED = 1 << 22
"""Pairs of regions up to which a count of each is kept, instead of sorting the pairs found."""


@dataclass(frozen=True)
class PointPair:
    """What two atlases say of one point, and what tells whether it is the same region."""

    first: Hit
    second: Hit
    by: By = "id"

    @property
    def same(self) -> bool:
        """Whether both name the same region, or none.

        >>> pair.at((6600, 2500, 3300)).same
        True
        """
        a, b = self.first, self.second
        if self.by == "acronym" and a.acronym is not None and b.acronym is not None:
            return a.acronym == b.acronym
        return a.id == b.id


@dataclass(frozen=True)
class _Overlaps:
    """How often each pair of regions lies at one place; regions by their common numbers."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    voxels: NDArray[np.int64]
    beyond: int


class Comparison:
    """Two atlases whose volumes show one space.

    A position of the first is carried to the second by the letters of their axes: both have
    their corner at the same place of the animal, and cover the same extent to within a voxel of
    the coarser. Where an atlas does not say how its axes run, both have to be silent, and axes
    are taken as they are; ``arrays`` takes them so whatever the atlases say.

    In the examples of its members ``atlas`` is ``open_atlas("sample")`` and ``pair`` is
    ``Comparison(atlas, atlas.downsample(120))``.

    Parameters
    ----------
    first, second
        The atlases.
    by
        Whether regions are the same if their ids are, or if their acronyms are.
    arrays
        Compare the arrays as stored; stated axes are ignored.

    Raises
    ------
    ArgumentError
        Where their volumes cannot show one space.

    Examples
    --------
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> pair = Comparison(atlas, atlas.downsample(120), by="acronym")
    >>> pair.at((6600, 2500, 3300)).same
    True
    >>> dict(zip(MEANINGS, pair.counts()))["the same region"] > 0
    True
    """

    def __init__(self, first: Atlas, second: Atlas, by: By = "id", arrays: bool = False) -> None:
        if by not in ("id", "acronym"):
            raise ArgumentError(f"regions compared by {by!r}; expected 'id' or 'acronym'")
        self.first, self.second, self.by, self.arrays = first, second, by, arrays
        self._turn = turn_between(first, second, arrays)
        self._counted: _Overlaps | None = None

    def __repr__(self) -> str:
        """Describe the two atlases and what tells regions apart."""
        as_stored = ", arrays as stored" * self.arrays
        return f"<Comparison by {self.by}{as_stored}:\n first  {self.first}\n second {self.second}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows; the voxels that agree once `counts` was asked."""
        from ...figures.notebook import comparison_html

        return comparison_html(self)

    @property
    def is_counted(self) -> bool:
        """Whether `counts` is known without looking at the volumes.

        >>> Comparison(atlas, atlas).is_counted
        False
        """
        return self._counted is not None

    @property
    def mirrored(self) -> bool:
        """Whether one atlas calls left what the other calls right in the same arrays.

        BrainGlobe and Allen do; nothing is relabeled, so that their own words make the two
        mirror images.

        >>> pair.mirrored
        False
        """
        hemispheres = {
            s.convention
            for s in (self.first.hemisphere_rule, self.second.hemisphere_rule)
            if s is not None
        }
        return not self.arrays and {"BrainGlobe", "Allen CCF"} <= hemispheres

    def to_second(self, positions: ArrayLike) -> NDArray[np.float64]:
        """Return the positions of the first atlas, ``(..., 3)`` µm, as positions of the second.

        >>> pair.to_second((6600, 2500, 3300)).tolist()
        [6600.0, 2500.0, 3300.0]
        """
        q = self._turn.points(self.first.grid.to_index_space(positions))
        steps = np.abs(self.first.grid.steps)
        micrometers = q * np.array(self._turn.steps(steps.tolist()))
        in_second = micrometers / np.abs(self.second.grid.steps)
        return self.second.grid.to_world(in_second)

    def at(self, position: Sequence[float]) -> PointPair:
        """Look a position of the first (µm) up in both.

        >>> twins = pair.at((6600, 2500, 3300))
        >>> twins.first.acronym, twins.second.acronym, twins.same
        ('CA3sr', 'CA3sr', True)
        """
        return self.beside(self.first.at(position))

    def beside(self, hit: Hit) -> PointPair:
        """Look the position of a hit in the first up in the second.

        >>> pair.beside(atlas.at((6600, 2500, 3300))).second.acronym
        'CA3sr'
        """
        return PointPair(hit, self.second.at(self.to_second(hit.position).tolist()), self.by)

    def map(self, progress: Progress = ignore_progress) -> VoxelData:
        """Map of disagreement: uint8 on the first's grid, see `MEANINGS`.

        >>> MEANINGS[pair.map()[110, 41, 55]]
        'the same region'
        """
        out = np.empty(self.first.shape, np.uint8)
        for planes, ours, theirs, inside in self._blocks(progress):
            out[planes] = _classify_ranks(ours, theirs, inside)
        return VoxelData.from_grid(out, self.first.grid)

    def meanings_of(
        self, ranks: NDArray[Any], *columns: NDArray[np.integer[Any]]
    ) -> NDArray[np.uint8]:
        """Return the values of the map for some voxels of the first.

        Parameters
        ----------
        ranks
            The first's ranks there, of any shape.
        columns
            Indices of the voxels, for each axis an array of that shape.

        Examples
        --------
        >>> columns = np.array([110]), np.array([41]), np.array([55])
        >>> MEANINGS[pair.meanings_of(atlas.ranks.raw[columns], *columns)[0]]
        'the same region'
        """
        voxels = [
            line[columns[axis]] for line, axis in zip(self._lines, self._turn.order, strict=True)
        ]
        inside = np.logical_and.reduce([v >= 0 for v in voxels])
        found = self.second.ranks.ranks_at([np.where(inside, v, 0) for v in voxels])
        ours, theirs = self._common
        return _classify_ranks(ours[ranks], theirs[found.astype(np.intp)], inside)

    def counts(self, progress: Progress = ignore_progress) -> list[int]:
        """Count the first's voxels for each of `MEANINGS`, without the map; cached.

        >>> dict(zip(MEANINGS, pair.counts()))["outside the second's volume"]
        0
        """
        found = self._overlaps(progress)
        inside = np.ones(len(found.voxels), bool)
        meant = _classify_ranks(found.first, found.second, inside)
        counts = np.zeros(len(MEANINGS), np.int64)
        np.add.at(counts, meant, found.voxels)
        counts[BEYOND] = found.beyond
        return [int(n) for n in counts]

    def regions(self) -> NDArray[np.intp]:
        """Return ranks ``(n, 2)`` in both of each region of either, 0 where one has it not.

        Those of the first in its order, then what the second alone has: the table's rows.

        >>> pair.regions().shape == (len(atlas.region_map), 2)
        True
        """
        keys = dict.fromkeys([*self._keys(self.first), *self._keys(self.second)])
        ranks = [[self._rank(atlas, key) for atlas in (self.first, self.second)] for key in keys]
        return np.array(ranks, np.intp).reshape(-1, 2)

    def as_dataframe(self, progress: Progress = ignore_progress) -> pd.DataFrame:
        """Return one row for each region of either atlas, with descendants.

        Columns ``id``, ``acronym``, ``name``; ``first_mm3``, ``second_mm3`` and their
        ``difference_mm3`` and ``difference_percent`` of the first; ``both_mm3``, what both agree
        on, counted on the first's voxels, and ``dice`` of it. NaN where a region is missing.

        >>> table = pair.as_dataframe().set_index("acronym")
        >>> bool(0.9 < table.dice["CTX"] < 1)
        True
        """
        import pandas as pd

        first, second = _measure_volumes(self.first), _measure_volumes(self.second)
        both, voxel = self._agreed(progress), self.first.grid.voxel_volume
        rows = []
        for a, b in self.regions().tolist():
            atlas, rank = (self.first, a) if a else (self.second, b)
            key = self._key(atlas, rank)
            mm3 = (first[a] if a else np.nan, second[b] if b else np.nan)
            shared = both.get(key, 0) * voxel / 1e9 if a and b else np.nan
            total = mm3[0] + mm3[1]
            rows.append(
                {
                    "id": atlas.region_map.stated_id_of_rank(rank),
                    "acronym": atlas.region_map.acronym_of_rank(rank),
                    "name": atlas.region_map.name_of_rank(rank),
                    "first_mm3": mm3[0],
                    "second_mm3": mm3[1],
                    "difference_mm3": mm3[1] - mm3[0],
                    "difference_percent": 100 * (mm3[1] / mm3[0] - 1) if mm3[0] else np.nan,
                    "both_mm3": shared,
                    "dice": 2 * shared / total if total else np.nan,
                }
            )
        ids = [row["id"] for row in rows]
        # pandas would make floats of ids beside a root that has none.
        return pd.DataFrame(rows).assign(id=np.array(ids, object if None in ids else np.int64))

    # ---- how --------------------------------------------------------------------------------

    def _keys(self, atlas: Atlas) -> list[Any]:
        regions = atlas.region_map
        ranks = range(1, len(regions) + 1)
        if self.by == "id":
            return [int(regions.ids[k]) for k in ranks]
        return [regions.acronym_of_rank(k) for k in ranks]

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
            rank_volume = atlas.ranks
            of_rank = [("background", 0), *self._keys(atlas)]
            of_rank += [("unknown", int(i)) for i in rank_volume.unknown_ids]
            numbers.append(np.array([keys.setdefault(key, len(keys)) for key in of_rank]))
        return numbers[0], numbers[1]

    @cached_property
    def _lines(self) -> list[NDArray[np.intp]]:
        """For each axis of the second: its voxels at the centers of the first's, -1 outside.

        The axes of one run along those of the other, so that three lines tell all voxels.
        """
        lines = []
        for axis, along in enumerate(self._turn.order):
            q = np.full((self.first.shape[along], 3), 0.5)
            q[:, along] = np.arange(len(q)) + 0.5
            grid = self.second.grid
            there = grid.to_index_space(self.to_second(self.first.grid.to_world(q)))
            size, tolerance = grid.shape[axis : axis + 1], grid.edge_tolerance
            (line,), inside = floor_columns(there[:, axis : axis + 1], size, tolerance)
            lines.append(np.where(inside, line, -1))
        return lines

    def _blocks(
        self, progress: Progress
    ) -> Iterator[tuple[slice, NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]]:
        """Yield the common numbers of the first's voxels and of the second's at their centers."""
        ours, theirs = self._common
        shape, order = self.first.shape, self._turn.order
        to_first = np.argsort(order)
        together = max(1, BLOCK // max(1, shape[1] * shape[2]))
        for start in range(0, shape[0], together):
            progress(start / shape[0])
            planes = slice(start, min(start + together, shape[0]))
            lines = [
                line[planes] if along == 0 else line
                for line, along in zip(self._lines, order, strict=True)
            ]
            there = self.second.ranks.raw[np.ix_(*(np.maximum(line, 0) for line in lines))]
            a, b, c = (line >= 0 for line in lines)
            inside = (a[:, None, None] & b[:, None] & c).transpose(to_first)
            found = theirs[there.transpose(to_first).astype(np.intp)]
            found[~inside] = 0
            yield planes, ours[self.first.ranks.raw[planes]], found, inside

    def _overlaps(self, progress: Progress) -> _Overlaps:
        if self._counted is None:
            self._counted = self._count(progress)
        return self._counted

    def _count(self, progress: Progress) -> _Overlaps:
        n = 1 + max(int(numbers.max()) for numbers in self._common)
        few, beyond = n * n <= COUNTED, 0
        codes = np.arange(n * n) if few else np.zeros(0, np.int64)
        voxels = np.zeros(len(codes), np.int64)
        for _, ours, theirs, inside in self._blocks(progress):
            within = (ours * n + theirs)[inside]
            beyond += inside.size - within.size
            if few:
                voxels += np.bincount(within, minlength=n * n)
            else:
                found, times = np.unique(within, return_counts=True)
                codes, places = np.unique(np.concatenate([codes, found]), return_inverse=True)
                voxels = np.bincount(places, np.concatenate([voxels, times]), len(codes)).astype(
                    np.int64
                )
        there = voxels > 0
        return _Overlaps(codes[there] // n, codes[there] % n, voxels[there], beyond)

    def _agreed(self, progress: Progress) -> dict[Any, int]:
        """Return the voxels of each region, with descendants, that both atlases give it.

        Whole numbers: a sum of mm³ is rounded, and Dice of the same voxels would not be 1.
        """
        a, b = self.first.ranks, self.second.ranks
        found = self._overlaps(progress)
        back = _first_rank(self._common[0]), _first_rank(self._common[1])
        shared: dict[Any, int] = {}
        for number, other, n in zip(
            found.first.tolist(), found.second.tolist(), found.voxels.tolist(), strict=True
        ):
            above = _list_lineage(self.first, back[0].get(number, 0), a.region_map)
            also = _list_lineage(self.second, back[1].get(other, 0), b.region_map)
            mine = {self._key(self.first, k) for k in above}
            for key in mine & {self._key(self.second, k) for k in also}:
                shared[key] = shared.get(key, 0) + n
        return shared

    def _key(self, atlas: Atlas, rank: int) -> Any:
        regions = atlas.region_map
        return int(regions.ids[rank]) if self.by == "id" else regions.acronym_of_rank(rank)


def turn_between(first: Atlas, second: Atlas, arrays: bool = False) -> AxisTransform:
    """Find the axis transform between two atlases; only headers are read.

    Raises
    ------
    ArgumentError
        Where the axes of one alone are not known, or their volumes measure differently.
    """
    n0, n1, n2 = first.shape
    letters = (None, None) if arrays else (first.orientation, second.orientation)
    if None in letters and letters != (None, None):
        raise ArgumentError(
            f"nothing says how the axes of {silent_one(first, second)} run; expected an "
            f"orientation for both atlases, or for neither"
        )
    turn = AxisTransform.between(letters[0] or "asr", letters[1] or "asr", (n0, n1, n2))
    extent = np.abs(first.grid.steps) * first.shape
    turned = np.array(turn.steps(extent.tolist()))
    theirs = np.abs(second.grid.steps) * second.shape
    margin = np.maximum(turn.steps(np.abs(first.grid.steps).tolist()), second.resolution)
    if np.any(np.abs(turned - theirs) > margin * (1 + 1e-9)):
        raise ArgumentError(
            f"{first.name} measures {_format_size(turned)} µm and {second.name} "
            f"{_format_size(theirs)} µm along the same axes; expected atlases of one space"
        )
    return turn


def silent_one(first: Atlas, second: Atlas) -> str:
    """Name of the one of two atlases that alone does not say how its axes run; "" for none."""
    silent = [a.name for a in (first, second) if a.orientation is None]
    return silent[0] if len(silent) == 1 else ""


def _classify_ranks(
    ours: NDArray[np.int64], theirs: NDArray[np.int64], inside: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return the values of the map of common numbers, 0 for no region."""
    found = np.where(ours == theirs, AGREE, DIFFER).astype(np.uint8)
    found[(ours != 0) & (theirs == 0)] = ONLY_FIRST
    found[(ours == 0) & (theirs != 0)] = ONLY_SECOND
    found[~inside] = BEYOND
    return found


def _measure_volumes(atlas: Atlas) -> NDArray[np.float64]:
    return np.asarray(atlas.ranks.total_counts * atlas.grid.voxel_volume / 1e9)


def _first_rank(numbers: NDArray[np.int64]) -> dict[int, int]:
    return {int(n): k for k, n in reversed(list(enumerate(numbers.tolist())))}


def _list_lineage(atlas: Atlas, rank: int, regions: Any) -> list[int]:
    """Return a region and its ancestors; nothing for background and unknown ids."""
    if not 0 < rank <= len(regions):
        return []
    return [*regions.ancestor_ranks(rank), rank]


def _format_size(values: ArrayLike) -> str:
    return " × ".join(f"{v:g}" for v in np.asarray(values).tolist())
