"""The atlas: everything that is asked of volumes and hierarchy together."""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..regions.region_map import RegionMap
from ..space.volume import VoxelData
from .lookups import OUTSIDE
from .reference_space import ReferenceSpace

__all__ = ["OUTSIDE", "Atlas"]


class Atlas(ReferenceSpace):
    """A brain atlas: volumes on one grid and a hierarchy of regions.

    Open one with `napari_atlas_explorer.open_atlas`, or make one with `from_arrays`. Volumes
    are read when first used.
    """

    @classmethod
    def from_arrays(
        cls,
        annotation: ArrayLike | VoxelData,
        region_map: RegionMap,
        resolution: ArrayLike,
        reference: ArrayLike | VoxelData | None = None,
        hemispheres: ArrayLike | VoxelData | None = None,
        orientation: str | None = None,
    ) -> Atlas:
        """Make an atlas of arrays in memory.

        Parameters
        ----------
        annotation
            Region ids, ``(n0, n1, n2)``.
        region_map
            The hierarchy.
        resolution
            Voxel size along each axis, µm.
        reference, hemispheres
            Volumes of the annotation's shape; hemispheres hold 0, 1 (left) and 2 (right).
        orientation
            Three letters such as "asr"; None if not known.
        """
        from ..package import package_from_arrays

        return cls(
            package_from_arrays(
                annotation, region_map, resolution, reference, hemispheres, orientation
            )
        )
