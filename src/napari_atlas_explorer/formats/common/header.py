"""Common header of volumes of every format."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

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


def unit_assumption(path: Path, unit: str) -> Assumption:
    """Return the assumption where a unit is guessed from the voxel size; "assumed µm" or mm."""
    taken = unit.removeprefix("assumed ")
    size = "1 or more" if taken == "µm" else "below 1"
    return Assumption(
        "unit", f"{path.name} states no unit: {taken} taken, as its voxel size is {size}"
    )
