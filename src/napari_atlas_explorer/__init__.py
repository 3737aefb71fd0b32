"""Explore brain atlases: one lookup core, with or without napari."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .core.lazy_names import lazy_names

if TYPE_CHECKING:
    from . import (
        comparison,
        dask_arrays,
        directions,
        figures,
        frames,
        lines,
        masks,
        packaging,
        points,
        qa,
        spatial_search,
        surfaces,
        values,
    )
    from .atlases.download.atlas import download_atlas
    from .atlases.local.table import list_atlases
    from .atlases.open import open_atlas
    from .core.atlas.atlas import Atlas
    from .core.errors import AtlasError
    from .core.orientation_field import OrientationField
    from .core.regions.region_map import RegionMap
    from .core.space.hemispheres import values_to_hemisphere
    from .core.space.value_index import ValueToIndexVoxels
    from .core.space.volume import ROIMask, VoxelData
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
    "comparison",
    "dask_arrays",
    "directions",
    "download_atlas",
    "figures",
    "frames",
    "lines",
    "list_atlases",
    "masks",
    "open_atlas",
    "package_atlas",
    "packaging",
    "points",
    "qa",
    "spatial_search",
    "surfaces",
    "values",
    "values_to_hemisphere",
]

# Names are imported when they are first used: the import itself costs nothing, not even NumPy.
_NAMES = {
    "Atlas": ".core.atlas.atlas",
    "AtlasError": ".core.errors",
    "OrientationField": ".core.orientation_field",
    "ROIMask": ".core.space.volume",
    "RegionMap": ".core.regions.region_map",
    "ValueToIndexVoxels": ".core.space.value_index",
    "VoxelData": ".core.space.volume",
    "download_atlas": ".atlases.download.atlas",
    "list_atlases": ".atlases.local.table",
    "open_atlas": ".atlases.open",
    "package_atlas": ".packaging.package_atlas",
    "values_to_hemisphere": ".core.space.hemispheres",
}
_TOPICS = (
    "comparison",
    "dask_arrays",
    "directions",
    "figures",
    "frames",
    "lines",
    "masks",
    "packaging",
    "points",
    "qa",
    "spatial_search",
    "surfaces",
    "values",
)
_get_lazily, _ = lazy_names(__name__, _NAMES | {topic: f".{topic}" for topic in _TOPICS})


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("napari-atlas-explorer")
    return _get_lazily(name)


def __dir__() -> list[str]:
    return sorted(__all__)
