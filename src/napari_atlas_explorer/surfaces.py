"""Surfaces of regions: see `cached_surface`, which makes each one once."""

from .atlases.cache.meshes import cached_surface
from .compute.meshes.settings import RAW, SurfaceSettings
from .core.mesh import Mesh
from .formats.meshes.reader import read_mesh
from .formats.meshes.writer import write_mesh

__all__ = ["RAW", "Mesh", "SurfaceSettings", "cached_surface", "read_mesh", "write_mesh"]


def __dir__() -> list[str]:
    return __all__
