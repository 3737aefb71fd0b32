"""Growing, components, holes and surfaces of masks, beside SciPy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from napari_atlas_explorer.analysis.masks.making import make_mask
from napari_atlas_explorer.compute.meshes.marching import extract_surface
from napari_atlas_explorer.compute.morphology import fill, grow, largest_component
from napari_atlas_explorer.core.mask_recipe import MaskRecipe
from napari_atlas_explorer.core.selection import Selection
from napari_atlas_explorer.core.text import grouped

from .data import RESOLUTION, Data
from .table import Goal, Row
from .timing import alternate, median

MILLION = 1_000_000
BY = 100.0
MARGIN = 5
"""Voxels around the region's box that SciPy is given: more than 100 µm reach at 25 µm."""


def rows(data: Data) -> Iterator[Row]:
    """All rows of this module."""
    atlas, grid = data.atlas, data.atlas.grid
    totals = atlas.ranks.total_counts[: len(atlas.region_map) + 1]
    rank = int(np.argmin(np.abs(totals - MILLION)))
    name = f"{atlas.region_map.acronym_of_rank(rank)} of {grouped(int(totals[rank]))} voxels"
    mask = atlas.get_structure_mask(int(atlas.ranks.ids[rank])).raw
    box = tuple(
        slice(max(0, side.start - MARGIN), side.stop + MARGIN)
        for side in ndimage.find_objects(mask.astype(np.uint8))[0]
    )
    part = np.ascontiguousarray(mask[box])

    # SciPy gets the region's box, cut out beforehand; ours get the whole volume.
    ours, theirs = alternate(
        lambda: grow(mask, grid, BY),
        lambda: ndimage.distance_transform_edt(~part, sampling=RESOLUTION) <= BY,
        repeats=5,
    )
    what = f"grow by {BY:g} µm ({name})"
    yield Row(what, median(ours), median(theirs), "scipy.ndimage, box alone", Goal.ms(1000))

    def labeled() -> np.ndarray:
        labels, _ = ndimage.label(part, np.ones((3, 3, 3)))
        return labels == 1 + np.argmax(np.bincount(labels.ravel())[1:])

    for what, work, peer in (
        ("largest component", lambda: largest_component(mask), labeled),
        ("fill holes", lambda: fill(mask), lambda: ndimage.binary_fill_holes(part)),
    ):
        ours, theirs = alternate(work, peer, repeats=5)
        label = f"{what} ({name})"
        yield Row(label, median(ours), median(theirs), "scipy.ndimage, box alone", None)

    (ours,) = alternate(lambda: extract_surface(mask, grid), repeats=5)
    n_faces = grouped(len(extract_surface(mask, grid).faces))
    yield Row(f"surface of {n_faces} triangles ({name})", median(ours))

    selection = Selection.of_ranks(atlas.ranks, [rank])
    recipe = MaskRecipe.of(atlas, selection)
    ranks = atlas.ranks.raw
    ours, floor = alternate(lambda: make_mask(atlas, recipe), lambda: ranks != 0, repeats=9)
    yield Row(
        f"mask from its recipe ({name})", median(ours), median(floor), "u16 != 0", Goal.ratio(1.5)
    )
