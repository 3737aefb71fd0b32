"""Transform from a source's axes to the package's: volumes, meshes, vectors and rotations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.mesh import Mesh
from ...core.package import Dataset, DatasetKind, MakeRanks, Package
from ...core.progress import Progress
from ...core.regions.rank_volume import RankVolume
from ...core.regions.region_map import RegionMap
from ...core.space.axis_transform import AxisTransform
from ...core.space.grid import VoxelGrid
from ...core.space.volume import VoxelData

BRAINGLOBE_AXES = "asr"
"""Axes of every BrainGlobe package: front to back, top to bottom, right to left."""


@dataclass(frozen=True, eq=False)
class AtlasTransform:
    """Map of array axes, and the grids before and after it.

    Attributes
    ----------
    axes
        What becomes of the array axes.
    source, target
        Placement before and after. The target of a BrainGlobe package begins at 0.
    """

    axes: AxisTransform
    source: VoxelGrid
    target: VoxelGrid

    @classmethod
    def to_brainglobe(cls, grid: VoxelGrid, orientation: str) -> AtlasTransform:
        """Turn a volume to BrainGlobe's axes; its corner moves to 0."""
        axes = AxisTransform.between(orientation, BRAINGLOBE_AXES, grid.shape)
        steps = axes.steps(np.abs(grid.steps).tolist())
        return cls(axes, grid, VoxelGrid.from_steps(axes.target_shape, steps))

    @classmethod
    def identity(cls, grid: VoxelGrid) -> AtlasTransform:
        """Return the identity transform."""
        return cls(AxisTransform.between("asr", "asr", grid.shape), grid, grid)

    @cached_property
    def is_identity(self) -> bool:
        """Whether positions in µm are unchanged."""
        return self.axes.is_identity and np.array_equal(self.source.affine, self.target.affine)

    def array(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the values of one number for each voxel, in the target's axes."""
        return self.axes.volume(values)

    def volume(self, data: VoxelData, kind: DatasetKind) -> VoxelData:
        """Turn a volume on the source's grid; vectors and rotations themselves turn, too."""
        values = data.raw
        if kind == "orientation":
            values = self.axes.quaternions(self._along_axes.quaternions(values))
        elif kind == "vectors" or (data.payload_shape == (3,) and values.dtype.kind == "f"):
            values = self.axes.vectors(self._along_axes.vectors(values))
        return type(data).from_grid(self.axes.volume(values), self.target)

    def dataset(self, data: Dataset) -> Dataset:
        """Describe the turned volume; it is read on demand."""
        return Dataset(data.name, data.kind, self._make_loader(data), data.path)

    def turn_ranks(self, package: Package) -> MakeRanks | None:
        """Return the turned ranks of a package that converts a large annotation, without a copy."""
        make = package.make_ranks
        if make is None:
            return None

        def turned(regions: RegionMap, grid: VoxelGrid, report: Progress) -> RankVolume:
            rank_volume = make(regions, package.grid, report)
            return RankVolume(
                self.axes.volume(rank_volume.raw),
                regions,
                grid,
                rank_volume.unknown_ids,
                rank_volume.counts,
                self.axes.boxes(rank_volume.boxes),
            )

        return turned

    def mesh(self, mesh: Mesh) -> Mesh:
        """Transform a surface from µm of the source's space to the target's."""
        if self.is_identity:
            return mesh
        q = self.axes.points(self.source.to_index_space(mesh.points))
        faces = mesh.faces[:, ::-1] if self._mirrors else mesh.faces
        return Mesh(self.target.to_world(q), np.ascontiguousarray(faces))

    @cached_property
    def _along_axes(self) -> AxisTransform:
        """Convert world directions to directions along the array axes, mirrored for negative steps.

        Oblique volumes are taken along their array axes, as they are shown.
        """
        a, b, c = (bool(d < 0) for d in np.diag(self.source.affine)[:3])
        flips = (a, b, c) if self.source.is_axis_aligned else (False, False, False)
        return replace(AxisTransform.between("asr", "asr", self.source.shape), flips=flips)

    @cached_property
    def _mirrors(self) -> bool:
        determinants = [
            np.linalg.det(m)
            for m in (self.source.affine[:3, :3], self.axes.matrix, self.target.affine[:3, :3])
        ]
        return bool(np.prod(np.sign(determinants)) < 0)

    def _make_loader(self, data: Dataset) -> Callable[[], VoxelData]:
        return lambda: self.volume(data.load(), data.kind)
