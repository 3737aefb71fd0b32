"""Coordinate frames of point files, and their plausibility."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.errors import ArgumentError
from ...core.regions.rank_volume import RankVolume
from ...core.space.grid import VoxelGrid, as_points

Unit = Literal["um", "mm", "voxel"]
Whole = Literal["centre", "corner"]
UNITS: tuple[Unit, ...] = ("um", "mm", "voxel")
WHOLES: tuple[Whole, ...] = ("centre", "corner")
Three = tuple[int, int, int]
Signs = tuple[int, int, int]
IN_ORDER: Three = (0, 1, 2)
AS_WRITTEN: Signs = (1, 1, 1)
ORDERS: tuple[Three, ...] = tuple((a, b, c) for a, b, c in permutations(range(3)))

SAMPLED = 20_000
"""Points that `plausibility` looks at: a share of 1 in 100 is then known to 0.1 in 100."""


@dataclass(frozen=True)
class PointFrame:
    """One meaning of three columns of numbers.

    Attributes
    ----------
    order
        Which of the three columns runs along x, y and z of the atlas's world, or along axis 0, 1
        and 2 of its array for voxels: (2, 1, 0) for z, y, x given as x, y, z.
    unit
        "um" and "mm" are positions in the atlas's own space; "voxel" counts voxels from the
        atlas's corner along its axes.
    voxel_size
        µm along axes 0, 1 and 2 of the voxels that are counted; None for the atlas's own.
    integer_is
        Whether a whole number of voxels is the "centre" of that voxel or its lower "corner";
        None in other units.
    signs
        -1 for each axis of the atlas against which its column runs, else 1; not for voxels.
    """

    order: Three
    unit: Unit
    voxel_size: tuple[float, float, float] | None = None
    integer_is: Whole | None = None
    signs: Signs = AS_WRITTEN

    def __post_init__(self) -> None:
        """Check that the parts fit together."""
        if sorted(self.order) != [0, 1, 2]:
            raise ArgumentError(f"order {self.order}; expected 0, 1 and 2, each once")
        if self.unit not in UNITS:
            raise ArgumentError(f"unit {self.unit!r}; expected {', '.join(UNITS)}")
        if (self.unit == "voxel") != (self.integer_is in WHOLES):
            raise ArgumentError(
                f"unit {self.unit} with integer_is {self.integer_is!r}; "
                f"expected 'centre' or 'corner' for voxels and nothing for other units"
            )
        if not set(self.signs) <= {1, -1} or (self.unit == "voxel" and -1 in self.signs):
            raise ArgumentError(f"signs {self.signs}; expected 1 or -1, and 1 for voxels")
        if self.voxel_size is not None:
            sizes = np.asarray(self.voxel_size, dtype=np.float64)
            if self.unit != "voxel":
                raise ArgumentError(f"a voxel size with unit {self.unit}; expected unit voxel")
            if sizes.shape != (3,) or not (np.isfinite(sizes) & (sizes > 0)).all():
                raise ArgumentError(f"voxel size {self.voxel_size}; expected three positive µm")

    def to_um(self, coordinates: ArrayLike, grid: VoxelGrid) -> NDArray[np.float64]:
        """Return the positions in the atlas's space.

        Parameters
        ----------
        coordinates
            ``(n, 3)`` as they stand in the file.
        grid
            Of the atlas.

        Returns
        -------
        ``(n, 3)`` µm; x, y, z of the atlas's world.
        """
        ordered = as_points(coordinates, 3)[:, list(self.order)]
        if -1 in self.signs:
            ordered = ordered * np.array(self.signs, np.float64)
        if self.unit == "um":
            return ordered
        if self.unit == "mm":
            return ordered * 1000
        q = ordered + 0.5 if self.integer_is == "centre" else ordered
        if self.voxel_size is not None:
            q = q * self.voxel_size / np.linalg.norm(grid.affine[:-1, :-1], axis=0)
        return grid.to_world(q)


@dataclass(frozen=True)
class Plausibility:
    """How well a meaning fits.

    Attributes
    ----------
    frame
        The meaning.
    in_brain
        Share of the points that lie in a region, 0 to 1; NaN without points.
    in_volume
        Share that lies in the volume.
    """

    frame: PointFrame
    in_brain: float
    in_volume: float


def plausibility(
    coordinates: ArrayLike,
    rank_volume: RankVolume,
    frames: Iterable[PointFrame],
    most: int = SAMPLED,
) -> list[Plausibility]:
    """Return the share of points inside the brain for each frame.

    A hint, not a proof: a mirrored or turned brain may hold nearly as many points.

    Parameters
    ----------
    coordinates
        ``(n, 3)`` as they stand in the file.
    rank_volume
        The atlas's annotation.
    frames
        The meanings to try; `likely_frames` lists the usual ones.
    most
        Points to look at; of more, evenly spaced ones.

    Returns
    -------
    One answer for each meaning, in their order.
    """
    points = as_points(coordinates, 3)
    points = points[:: max(1, -(-len(points) // most))]
    answers = []
    for frame in frames:
        columns, inside = rank_volume.grid.locate_columns(frame.to_um(points, rank_volume.grid))
        found = rank_volume.ranks_at([column[inside] for column in columns])
        n = len(points) or float("nan")
        answers.append(Plausibility(frame, np.count_nonzero(found) / n, int(inside.sum()) / n))
    return answers


def likely_frames(
    orders: Sequence[Three] = ORDERS,
    units: Sequence[Unit] = UNITS,
    voxel_sizes: Sequence[tuple[float, float, float] | None] = (None,),
    wholes: Sequence[Whole] = WHOLES,
) -> list[PointFrame]:
    """Return all meanings of these orders and units; voxels of each size, in each way."""
    frames = []
    for unit in units:
        for order in orders:
            if unit != "voxel":
                frames.append(PointFrame(order, unit))
            else:
                frames += [
                    PointFrame(order, unit, size, whole) for size in voxel_sizes for whole in wholes
                ]
    return frames
