"""Requirements of analyses: voxel size and hemispheres."""

from __future__ import annotations

from ..core.atlas.atlas import Atlas
from ..core.errors import ArgumentError, AtlasError


def require_voxel_size(atlas: Atlas, why: str = "") -> None:
    """Refuse micrometers where nothing states how large a voxel is; ``why`` ends the problem."""
    if not atlas.package.resolution_known:
        raise ArgumentError(
            f"the files of {atlas.name} do not state the voxel size{why}; expected it to be stated",
            remedy="state voxel size",
        )


def require_hemispheres(atlas: Atlas) -> None:
    """Refuse one hemisphere where nothing tells left from right."""
    if atlas.hemisphere_rule is None:
        raise AtlasError(
            f"nothing says which side of {atlas.name} is left; expected a hemisphere volume, "
            f"or names of regions that all state it",
            remedy="state orientation" if atlas.orientation is None else "state midline",
        )
