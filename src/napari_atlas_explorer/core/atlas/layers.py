"""Cortical layers that a VoxelBrain package defines by queries on the hierarchy (voxcell).

`Atlas` binds the functions named ``get_…``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, AtlasError
from ..space.volume import VoxelData

if TYPE_CHECKING:
    from .atlas import Atlas


def layer_names(metadata: Mapping[str, Any], atlas: str) -> list[str]:
    """Return the names of the layers, first one first.

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


def find_layer(atlas: Atlas, index: int) -> tuple[str, set[int]]:
    """Return the name and the region ids, descendants included, of one layer."""
    names = layer_names(atlas.metadata, atlas.name)
    if not 0 <= index < len(names):
        raise ArgumentError(f"layer {index}; the atlas has 0 to {len(names) - 1}")
    layers = atlas.metadata["layers"]
    query, attribute = layers["queries"][index], layers["attribute"]
    return names[index], atlas.region_map.find(query, attribute, with_descendants=True)


def layer_of_rank(atlas: Atlas) -> NDArray[np.uint8]:
    """Return ``(n_ranks,)`` number of each rank's layer, from 1; 0 for none, the later of two."""
    table = np.zeros(atlas.ranks.n_ranks, np.uint8)
    for number, ids in enumerate(atlas.get_layers()[1], 1):
        table[[atlas.region_map.rank_of_id(i) for i in ids]] = number
    return table


def get_layers(atlas: Atlas) -> tuple[list[str], list[set[int]]]:
    """Return names and region ids of the layers that the metadata define (voxcell).

    Raises
    ------
    AtlasError
        If the atlas's metadata define none.

    Examples
    --------
    >>> layered.metadata["layers"]
    {'names': ['so', 'sp'], 'queries': ['CA3so', 'CA3sp'], 'attribute': 'acronym'}
    >>> names, ids = layered.get_layers()
    >>> names, ids[1]
    (['so', 'sp'], {224})
    """
    names = layer_names(atlas.metadata, atlas.name)
    return names, [find_layer(atlas, n)[1] for n in range(len(names))]


def get_layer(atlas: Atlas, layer_index: int) -> tuple[str, set[int]]:
    """Return the name and region ids of one layer, counted from 0 (voxcell).

    >>> layered.get_layer(1)
    ('sp', {224})
    """
    return find_layer(atlas, layer_index)


def get_layer_volume(atlas: Atlas, memcache: bool = False) -> VoxelData:
    """Return the layer of each voxel, uint8: 1 for the first layer, 0 for none (voxcell).

    A region in two layers counts to the later one. The volume is made of the ranks each time:
    ``memcache`` changes nothing.

    >>> layered.get_layer_volume().count(2), int(atlas.get_structure_mask("CA3sp").sum())
    (3604, 3604)
    """
    return VoxelData.from_grid(layer_of_rank(atlas)[atlas.ranks.raw], atlas.grid)
