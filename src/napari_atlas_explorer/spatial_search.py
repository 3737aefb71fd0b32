"""Voxels of a density in a range and outside fiber tracts: see `spatial_search`."""

from .analysis.spatial_search.search import SpatialSearch, spatial_search

__all__ = ["SpatialSearch", "spatial_search"]


def __dir__() -> list[str]:
    return __all__
