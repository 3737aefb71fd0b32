"""Layers that a VoxelBrain package defines in its metadata by queries on the hierarchy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import AtlasError
from .regions import RegionMap


def layer_names(metadata: Mapping[str, Any], atlas: str) -> list[str]:
    """Names of the layers, first one first.

    Raises
    ------
    AtlasError
        If the metadata have no usable ``layers``: ``names`` and ``queries`` of one length, and
        the ``attribute`` that the queries are about.
    """
    layers = metadata.get("layers")
    if not isinstance(layers, Mapping):
        raise AtlasError(f"atlas {atlas} defines no layers; expected 'layers' in its metadata.json")
    names, queries = layers.get("names"), layers.get("queries")
    if (
        not isinstance(names, list)
        or not isinstance(queries, list)
        or len(names) != len(queries)
        or not isinstance(layers.get("attribute"), str)
    ):
        raise AtlasError(
            f"the layers of atlas {atlas} are not as expected: 'names' and 'queries', two lists "
            f"of one length, and 'attribute', a string"
        )
    return [str(name) for name in names]


def layer_ids(metadata: Mapping[str, Any], region_map: RegionMap, index: int) -> set[int]:
    """Ids of the regions of a layer, with their descendants; see `layer_names`."""
    layers = metadata["layers"]
    query = layers["queries"][index]
    return region_map.find(query, layers["attribute"], with_descendants=True)
