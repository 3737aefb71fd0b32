"""Explore brain atlases: one lookup core, with or without napari."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .core.atlas.atlas import Atlas
from .core.errors import AtlasError
from .core.orientation_field import OrientationField
from .core.regions.region_map import RegionMap
from .core.space.value_index import ValueToIndexVoxels
from .core.space.volume import ROIMask, VoxelData

if TYPE_CHECKING:
    from .atlases.open import open_atlas
    from .packaging.package_atlas import package_atlas

    __version__: str

__all__ = [
    "Atlas",
    "AtlasError",
    "OrientationField",
    "ROIMask",
    "RegionMap",
    "ValueToIndexVoxels",
    "VoxelData",
    "__version__",
    "open_atlas",
    "package_atlas",
]


def __getattr__(name: str) -> Any:
    """Import the readers when they are first asked for: the import costs NumPy alone."""
    if name == "__version__":
        from importlib.metadata import version

        return version("napari-atlas-explorer")
    if name == "open_atlas":
        return import_module(".atlases.open", __name__).open_atlas
    if name == "package_atlas":
        return import_module(".packaging.package_atlas", __name__).package_atlas
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
