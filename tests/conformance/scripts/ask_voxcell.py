"""Answers for voxcell: its public names, and predicates for its filter."""

from pathlib import Path

import numpy as np
import voxcell
from voxcell import math_utils, quaternion
from voxcell.nexus.voxelbrain import Atlas
from voxcell.voxel_data import ValueToIndexVoxels
from wire import serve


def ball(center, radius):
    """Predicate that holds within a distance of a center."""
    return lambda points: np.linalg.norm(points - center, axis=1) <= radius


class Held(Atlas):
    """Atlas of a volume and a hierarchy in memory, so that no file is read for a mask."""

    def __init__(self, volume, region_map):
        super().__init__()
        self.volume, self.region_map = volume, region_map

    def load_data(self, data_type, cls=voxcell.VoxelData, memcache=False):
        """Give the volume."""
        return self.volume

    def load_region_map(self, memcache=False):
        """Give the hierarchy."""
        return self.region_map


serve(
    {
        "Atlas": Atlas,
        "Held": Held,
        "OrientationField": voxcell.OrientationField,
        "Path": Path,
        "ROIMask": voxcell.ROIMask,
        "RegionMap": voxcell.RegionMap,
        "ValueToIndexVoxels": ValueToIndexVoxels,
        "VoxelData": voxcell.VoxelData,
        "ball": ball,
        "matrices_to_quaternions": quaternion.matrices_to_quaternions,
        "maximum": np.maximum,
        "quaternions_to_matrices": quaternion.quaternions_to_matrices,
        "values_to_hemisphere": voxcell.values_to_hemisphere,
        "values_to_region_attribute": voxcell.values_to_region_attribute,
        "voxel_intersection": math_utils.voxel_intersection,
    }
)
