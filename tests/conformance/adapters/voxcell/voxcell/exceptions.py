"""Errors."""

from napari_atlas_explorer import AtlasError as VoxcellError

__all__ = ["VoxcellError"]
