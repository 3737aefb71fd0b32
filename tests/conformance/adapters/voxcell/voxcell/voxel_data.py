"""Volumes."""

from napari_atlas_explorer import (
    OrientationField,
    ROIMask,
    ValueToIndexVoxels,
    VoxelData,
    values_to_hemisphere,
)

__all__ = [
    "OrientationField",
    "ROIMask",
    "ValueToIndexVoxels",
    "VoxelData",
    "values_to_hemisphere",
    "values_to_region_attribute",
]


def values_to_region_attribute(values, region_map, attr="acronym"):
    """Call the method of the region map."""
    return region_map.values_to_region_attribute(values, attr)
