"""Names of voxcell that answer from this library."""

from napari_atlas_explorer import OrientationField, ROIMask, VoxelData

from .region_map import RegionMap

__all__ = ["OrientationField", "ROIMask", "RegionMap", "VoxelData"]
