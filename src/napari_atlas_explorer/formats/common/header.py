"""Common header of volumes of every format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...core.package import Assumption
from ...core.space.grid import VoxelGrid


@dataclass(frozen=True, kw_only=True)
class VolumeHeader(ABC):
    """Header of a volume's file; each format has a subclass.

    Attributes
    ----------
    path
        The file, or folder of an OME-Zarr volume.
    grid
        Placement, µm; counts voxels where ``spacing_known`` is False.
    dtype
        Of the stored values, with byte order.
    payload_shape
        Shape of one voxel's value.
    spacing_known
        Whether the file states the voxel size.
    space
        Where the orientation is from, "" if there is none.
    orientation
        Letters of the sides on which the array axes start, or None.
    standard_space
        Name of the standard space that the file says it is in, "" where it names none.
    assumptions
        What the file leaves open and how it was taken.
    """

    path: Path
    grid: VoxelGrid
    dtype: np.dtype[Any]
    payload_shape: tuple[int, ...] = ()
    spacing_known: bool
    space: str = ""
    orientation: str | None = None
    standard_space: str = ""
    assumptions: tuple[Assumption, ...] = ()

    @abstractmethod
    def load(self) -> NDArray[Any]:
        """Read the values, ``(*grid.shape, *payload_shape)``."""


Header = TypeVar("Header", bound=VolumeHeader)


@dataclass(frozen=True)
class StoredVolume(Generic[Header]):
    """Values of a file, ``(*grid.shape, *payload_shape)``, and its header."""

    array: NDArray[Any]
    header: Header

    @classmethod
    def of(cls, header: Header) -> StoredVolume[Header]:
        """Read the values that a header describes."""
        return cls(header.load(), header)

    @property
    def grid(self) -> VoxelGrid:
        """Placement, µm."""
        return self.header.grid


def spacing_assumptions(path: Path, known: bool) -> tuple[Assumption, ...]:
    """Return the assumptions made where a file does not state its voxel size."""
    statement = f"{path.name} does not state its voxel size: quantities are in voxels"
    return () if known else (Assumption("resolution", statement),)


# ---- Unit of lengths where a file states none ----------------------------------------------------

LONGEST_BRAIN = 350.0
"""Largest extent of a volume that is believed, mm: a human head in a scanner's field of view."""
SHORTEST_BRAIN = 0.2
"""Smallest extent of a whole brain that is believed, mm: fly larvae measure a little more."""
LARGEST_STEP, SMALLEST_STEP = 5.0, 0.03
"""Voxel sizes beyond which a number cannot be mm, and cannot be µm."""
MICROMETERS, MILLIMETERS = "assumed µm", "assumed mm"
FACTORS = {MICROMETERS: 1.0, MILLIMETERS: 1e3}


def infer_unit(path: Path, steps: ArrayLike, shape: Sequence[int]) -> tuple[str, Assumption]:
    """Judge by the extent of a volume whether its numbers are µm or mm.

    As mm a brain may be as long as `LONGEST_BRAIN`; what would be longer is in µm. Voxels of
    parts of a brain, whose extent tells nothing, are judged by `LARGEST_STEP`.

    Parameters
    ----------
    path
        File, for the statement.
    steps
        Lengths of the steps along the axes, without a unit.
    shape
        Voxels along these axes.

    Returns
    -------
    unit
        `MICROMETERS` or `MILLIMETERS`.
    assumption
        What was taken, and why.
    """
    lengths = np.abs(np.asarray(steps, dtype=np.float64))
    longest = float((lengths * np.asarray(shape)).max())
    step = float(lengths.min())
    if step > LARGEST_STEP:
        unit, why = MICROMETERS, f"as mm its voxels would measure {step:g} mm"
    elif step < SMALLEST_STEP:
        unit, why = MILLIMETERS, f"as µm its voxels would measure {step:g} µm"
    elif longest > LONGEST_BRAIN:
        unit, why = MICROMETERS, f"as mm it would be {longest:.3g} mm long"
    else:
        unit, why = MILLIMETERS, f"as µm it would be {longest / 1e3:.2g} mm long"
    statement = f"{path.name} states no unit: {why}; taken as {unit.removeprefix('assumed ')}"
    return unit, Assumption("unit", statement)


def doubtful_extent(grid: VoxelGrid) -> str | None:
    """Return why a stated voxel size makes no brain of any species, or None.

    Parts of a brain may be small: only a length below that of the smallest brains, with
    voxels enough for a whole one, is doubted.
    """
    lengths = np.linalg.norm(grid.affine[:-1, :-1], axis=0) / 1e3
    longest = float((lengths * grid.shape).max())
    if longest > LONGEST_BRAIN:
        return f"makes it {longest:.3g} mm long; no brain is longer than {LONGEST_BRAIN:g} mm"
    if longest < SHORTEST_BRAIN and max(grid.shape) >= WHOLE_BRAIN_VOXELS:
        return f"makes it {longest:.2g} mm long; brains are longer than {SHORTEST_BRAIN:g} mm"
    return None


WHOLE_BRAIN_VOXELS = 100
"""Voxels along the longest axis from which on a volume is taken for that of a whole brain."""
