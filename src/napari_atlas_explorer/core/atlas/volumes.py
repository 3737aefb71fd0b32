"""An atlas's identity and volumes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from ..errors import ArgumentError
from ..package import Assumption, Package
from ..regions.annotation import Annotation, IdVolume
from ..regions.region_map import RegionMap
from ..regions.structures import Structures
from ..space.grid import VoxelGrid
from ..space.sides import Sides
from ..space.volume import VoxelData

V = TypeVar("V", bound=VoxelData)


def _unheard(share: float) -> None:
    """Say nothing."""


class AtlasVolumes:
    """What an atlas is and holds; see `Atlas`."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self._lock = RLock()
        self.on_progress: Callable[[float], None] = _unheard
        """Told how far the annotation of a large atlas is, when it is made ready."""

    # ---- what it is ------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Name of the atlas."""
        return self.package.name

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the package says of itself."""
        return self.package.metadata

    @property
    def path(self) -> Path | None:
        """Folder or file that it was opened from."""
        return self.package.path

    @property
    def orientation(self) -> str | None:
        """Three letters naming the side on which each axis starts, or None if not stated."""
        return self.package.orientation

    @property
    def grid(self) -> VoxelGrid:
        """Placement of the annotation."""
        return self.package.grid

    @property
    def resolution(self) -> tuple[float, ...]:
        """Size of a voxel along each axis, µm, positive."""
        return tuple(float(abs(s)) for s in self.grid.steps)

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along each axis."""
        return self.grid.shape

    @property
    def region_map(self) -> RegionMap:
        """The hierarchy."""
        return self.package.region_map

    def load_region_map(self) -> RegionMap:
        """Return the hierarchy (voxcell's name for `region_map`)."""
        return self.package.region_map

    @property
    def structures(self) -> Structures:
        """Regions as dicts, by id or acronym."""
        return Structures(self.region_map)

    @property
    def datasets(self) -> list[str]:
        """Names of every volume in the package."""
        return list(self.package.datasets)

    @property
    def sides(self) -> Sides | None:
        """What tells the hemisphere, None if nothing does."""
        return self.package.sides

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What the package does not state and had to be taken for granted."""
        return self.package.assumptions

    def __repr__(self) -> str:
        """Describe name, shape and resolution."""
        size = " × ".join(f"{s:g}" for s in self.resolution)
        return f"<Atlas {self.name}: {' × '.join(map(str, self.shape))} voxels of {size} µm>"

    # ---- volumes ---------------------------------------------------------------------------

    def load_data(self, name: str, cls: type[V] = VoxelData) -> V:  # type: ignore[assignment]
        """Read a dataset by name, as `VoxelData` or one of its subclasses."""
        dataset = self.package.datasets.get(name)
        if dataset is None:
            raise ArgumentError(
                f"atlas {self.name} has no dataset {name!r}; it has {', '.join(self.datasets)}"
            )
        data: VoxelData = dataset.load()
        return data if isinstance(data, cls) else cls.from_grid(data.raw, data.grid)

    @cached_property
    def labels(self) -> Annotation:
        """The annotation as pre-order ranks; read when first used."""
        with self._lock:
            if "labels" in self.__dict__:  # another thread was quicker
                ready: Annotation = self.__dict__["labels"]
                return ready
            if self.package.make_labels is not None:
                return self.package.make_labels(self.region_map, self.grid, self.on_progress)
            data = self.load_data(self.package.annotation, VoxelData)
            return Annotation.from_ids(data.raw, self.region_map, self.grid)

    @property
    def annotation(self) -> IdVolume:
        """Region id per voxel; made from the ranks when asked and not kept."""
        return IdVolume.of(self.labels)

    @cached_property
    def reference(self) -> VoxelData | None:
        """The reference image, None if the package has none."""
        return self.load_data(self.package.reference, VoxelData) if self.package.reference else None

    @cached_property
    def hemispheres(self) -> VoxelData | None:
        """0 outside, 1 left, 2 right per voxel; None where sides are unknown."""
        if self.sides is None:
            return None
        return VoxelData.from_grid(self.sides.volume(self.shape), self.grid)
