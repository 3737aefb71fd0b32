"""Answers for AllenSDK's reference space and structure tree."""

import numpy as np
from allensdk.core.reference_space import ReferenceSpace
from allensdk.core.structure_tree import StructureTree
from wire import serve


def descends_from(tree):
    """Test of descent as a table, so that one question is enough for many pairs."""
    return lambda pairs: [tree.structure_descends_from(a, b) for a, b in pairs]


def count_voxels(space):
    """Count the voxels of all structures anew."""
    space.direct_voxel_counts()
    space.total_voxel_counts()


serve(
    {
        "ReferenceSpace": ReferenceSpace,
        "StructureTree": StructureTree,
        "count_voxels": count_voxels,
        "descends_from": descends_from,
        "uint8": np.uint8,
    }
)
