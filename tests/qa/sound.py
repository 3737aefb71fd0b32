"""An atlas without a fault, made of the sample: what the tests break in one way at a time.

The sample has asymmetries, empty regions, fragments, holes, shared colors and ids of more than
16 bits, as real atlases have; here the right half is mirrored onto the left, and the rest is
mended or left out.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_atlas_explorer import Atlas, RegionMap
from napari_atlas_explorer.atlases.phantom import make_phantom

from .mending import with_distinct_colors, with_small_ids, without_fragments


@dataclass(frozen=True)
class Ingredients:
    """Arrays and rows of an atlas; axes and resolution are the sample's ("asr", 60 µm)."""

    annotation: NDArray[Any]
    reference: NDArray[Any]
    hemispheres: NDArray[np.uint8]
    rows: tuple[dict[str, Any], ...]
    resolution: tuple[float, ...] = (60.0, 60.0, 60.0)
    orientation: str = "asr"

    def changed(self, **changes: Any) -> Ingredients:
        """Return a copy with some parts replaced."""
        return replace(self, **changes)

    def with_voxels(self, where: Any, value: int) -> Ingredients:
        """Return a copy in which some voxels carry another id."""
        ids = self.annotation.copy()
        ids[where] = value
        return self.changed(annotation=ids)

    def atlas(self) -> Atlas:
        """Open them in memory."""
        return Atlas.from_arrays(
            self.annotation,
            RegionMap.from_structures(self.rows),
            self.resolution,
            self.reference,
            self.hemispheres,
            self.orientation,
        )


@functools.cache
def sound() -> Ingredients:
    """Ingredients of the sound atlas; arrays are read-only."""
    phantom = make_phantom()
    ids, gray = phantom.annotation.copy(), phantom.reference.copy()
    middle = ids.shape[2] // 2
    ids[:, :, :middle] = without_fragments(ids[:, :, :middle])
    for volume in (ids, gray):
        volume[:, :, middle:] = volume[:, :, :middle][:, :, ::-1]
    sides = np.zeros(ids.shape, np.uint8)
    sides[:, :, :middle][ids[:, :, :middle] > 0] = 2
    sides[:, :, middle:][ids[:, :, middle:] > 0] = 1
    regions = RegionMap.from_structures(phantom.structures)
    fewer = Atlas.from_arrays(ids, regions, phantom.resolution).remove_unassigned().region_map
    rows = [fewer.row_of_rank(k) for k in range(1, len(fewer) + 1)]
    ids, rows = with_small_ids(ids, rows)
    rows = with_distinct_colors(ids, rows)
    for volume in (ids, gray, sides):
        volume.setflags(write=False)
    return Ingredients(ids, gray, sides, rows)
