"""The sample atlas in napari's File > Open Sample menu."""

from __future__ import annotations

from .layers import LayerData, atlas_layers


def phantom_brain() -> list[LayerData]:
    """Layers of the sample atlas; made once and then read from the cache."""
    from ..atlases.sample import sample_atlas

    return atlas_layers(sample_atlas())
