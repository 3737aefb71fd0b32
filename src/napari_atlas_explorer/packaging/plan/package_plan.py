"""Package before it is written: volumes, regions and meshes in the target's axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np

from ...compute.majority import majority_labels
from ...core.atlas.atlas import Atlas
from ...core.mesh import Mesh
from ...core.package import Dataset, Package
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import HemisphereVolume
from ...core.space.resampling import AVERAGED, Coarsening
from ...core.space.volume import VoxelData
from ..options import MeshSource, PackageOptions
from ..source.metadata import AtlasMetadata
from .axes import AtlasTransform
from .hemispheres import HemisphereFacts


@dataclass(frozen=True, eq=False)
class MeshPlan:
    """Meshes to be written.

    Attributes
    ----------
    source
        Files that there are, surfaces of the labels, or none.
    files
        File of each region id, where ``source`` is "package".
    read
        Reads one of them: points in µm of the source's space.
    turn
        Carries points to the target's space.
    """

    source: MeshSource
    turn: AtlasTransform
    files: Mapping[int, Path] = field(default_factory=dict)
    read: Callable[[Path], Mesh] | None = None

    @property
    def are_copied(self) -> bool:
        """Whether files keep their points, so that those of the same format are copied."""
        return self.source == "package" and self.turn.is_identity


T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class PackagePlan:
    """Input of a layout's writer.

    Attributes
    ----------
    package
        The atlas in the target's axes; its hierarchy is repaired.
    metadata
        Its metadata; resolution is that of the finest level.
    options
        What was asked.
    steps
        To the further resolutions, the finest first.
    hemispheres
        Whether it is symmetric, and its hemisphere volume.
    meshes
        Where the meshes are from.
    coarser
        Coarser versions of datasets that were given, in the target's axes.
    components
        Names and versions that were given to the components of a v3 package, by manifest key.
    notes
        Repairs and assumptions, one sentence each.
    """

    package: Package
    metadata: AtlasMetadata
    options: PackageOptions
    steps: tuple[Coarsening, ...]
    hemispheres: HemisphereFacts
    meshes: MeshPlan
    coarser: Mapping[str, tuple[VoxelData, ...]] = field(default_factory=dict)
    components: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def atlas(self) -> Atlas:
        """Atlas at the finest resolution."""
        return Atlas(self.package)

    @property
    def grids(self) -> list[VoxelGrid]:
        """Placement of each level, the finest first."""
        return self.keep([self.package.grid, *[step.coarse for step in self.steps]])

    def keep(self, levels: list[T]) -> list[T]:
        """Drop the finest level where only coarser ones are requested."""
        return levels[1:] if self.options.only_coarser else levels

    @property
    def images(self) -> dict[str, Dataset]:
        """Reference, under this name, and BrainGlobe's additional references."""
        images = {}
        if self.package.reference is not None:
            images["reference"] = self.package.datasets[self.package.reference]
        return images | {name: self.package.datasets[name] for name in self.reference_names}

    @property
    def reference_names(self) -> tuple[str, ...]:
        """Names of the images."""
        return tuple(self.package.metadata.get("additional_references", ()))

    @property
    def others(self) -> list[Dataset]:
        """Volumes outside BrainGlobe's layouts, which are added as NRRD."""
        known = {self.package.annotation, self.package.reference, self.package.hemispheres}
        known |= set(self.reference_names)
        return [d for name, d in self.package.datasets.items() if name not in known]

    def read_levels(self, data: Dataset) -> list[VoxelData]:
        """Read a volume; it and its coarser versions, as far as they are kept."""
        finest = data.load()
        given = self.coarser.get(data.name, ())
        levels = [finest]
        for n, step in enumerate(self.steps):
            levels.append(given[n] if n < len(given) else self.coarsen(finest, data, step))
        return self.keep(levels)

    def coarsen(self, volume: VoxelData, data: Dataset, step: Coarsening) -> VoxelData:
        """Coarsen a volume: labels by the requested rule, images averaged."""
        if not volume.grid.matches(step.fine):
            return volume
        if data.kind == AVERAGED and not volume.payload_shape:
            return step.averaged(volume)
        if data.name == self.package.annotation and self.options.labels == "majority":
            factors = tuple(round(f) for f in step.factors)
            ids = majority_labels(volume.raw, factors, step.coarse.shape)
            return VoxelData.from_grid(ids, step.coarse)
        return step.nearest(volume)

    def hemisphere_levels(self) -> list[VoxelData]:
        """Return the hemisphere volume at every resolution; none where there is no rule."""
        if self.hemispheres.volume is None:
            return []
        finest = VoxelData.from_grid(self.hemispheres.volume, self.package.grid)
        given = [
            _place_hemispheres(v) for v in self.coarser.get(self.package.hemispheres or "", ())
        ]
        return self.keep([finest, *given, *[s.nearest(finest) for s in self.steps[len(given) :]]])


def _place_hemispheres(volume: VoxelData) -> VoxelData:
    values = HemisphereVolume(lambda: volume.raw).volume(volume.shape)
    return VoxelData.from_grid(values, volume.grid)


def are_whole_factors(step: Coarsening) -> bool:
    """Return whether every coarse voxel is made of whole fine ones."""
    return bool(np.allclose(step.factors, np.rint(step.factors), rtol=0, atol=1e-6))
