"""What a package is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..core.package import Package
from ..core.voxels import VoxelData
from .atlas_metadata import AtlasMetadata


@dataclass(frozen=True, eq=False)
class Source:
    """Ingredients, or an atlas that was opened.

    Attributes
    ----------
    package
        Volumes, regions, meshes and what tells sides, in the ingredients' own axes.
    metadata
        What the package is to say of itself.
    is_package
        Whether it was a package before: then what it holds is kept as it is unless something
        else is asked for.
    coarser
        Coarser versions of a dataset that were given, the finest first; others are made.
    components
        Name and version of components of a v3 package, by their key in its manifest; those that
        are not given are named after the atlas.
    """

    package: Package
    metadata: AtlasMetadata
    is_package: bool
    coarser: Mapping[str, tuple[VoxelData, ...]] = field(default_factory=dict)
    components: Mapping[str, tuple[str, str]] = field(default_factory=dict)
