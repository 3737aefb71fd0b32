"""Masks as Labels layers that know how they were made."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.atlas.atlas import Atlas
from ..core.mask_recipe import MaskRecipe
from ..core.selection import Selection
from .color_table import exact_colormap
from .layers import METADATA_KEY, LayerData
from .placement import displayed, layer_placement

MASK = "mask"
MASK_COLOR = (0.95, 0.45, 0.1, 1.0)
MOST_LAYERS = 30
"""Layers that one click may add: napari's list is no place for a hundred."""


def mask_layer(atlas: Atlas, mask: NDArray[np.bool_], recipe: MaskRecipe, name: str) -> LayerData:
    """Labels layer of 0 and 1, with its recipe in the metadata; the user may paint in it."""
    table = np.array([(0, 0, 0, 0), MASK_COLOR], np.float32)
    return (
        displayed(mask.astype(np.uint8), atlas.grid),
        {**_options(atlas, recipe, name), "colormap": exact_colormap(table)},
        "labels",
    )


def valued_layer(atlas: Atlas, selection: Selection, recipe: MaskRecipe, name: str) -> LayerData:
    """Labels layer with one value for each region, in its colour; features name them."""
    values = np.zeros(atlas.shape, np.uint16)
    rows: dict[str, list[Any]] = {"index": [0], "id": [0], "acronym": [""], "name": ["background"]}
    colors = [(0.0, 0.0, 0.0, 0.0)]
    n_known = len(atlas.region_map)
    for number, part in enumerate(selection.parts(), 1):
        rank = part[0]
        values[Selection.of_parts(atlas.labels, [part]).mask(atlas.sides)] = number
        known = rank <= n_known
        rows["index"].append(number)
        rows["id"].append(int(atlas.labels.ids[rank]))
        rows["acronym"].append(atlas.region_map.acronym(rank) if known else "?")
        rows["name"].append(atlas.region_map.name(rank) if known else "not in the hierarchy")
        r, g, b = atlas.region_map.color(rank) if known else (128, 128, 128)
        colors.append((r / 255, g / 255, b / 255, 1.0))
    options = {
        **_options(atlas, recipe, name),
        "features": rows,
        "colormap": exact_colormap(np.array(colors, np.float32)),
    }
    options["metadata"][METADATA_KEY]["valued"] = True
    return displayed(values, atlas.grid), options, "labels"


def each_part(selection: Selection) -> list[Selection]:
    """One selection for each region of another."""
    return [Selection.of_parts(selection.labels, [part]) for part in selection.parts()]


def mask_name(selection: Selection, query: str = "") -> str:
    """Name of a mask's layer: the query it was asked with, else its regions."""
    return f"mask {query or selection.describe(3)}"


def recipe_of(layer: Any) -> MaskRecipe | None:
    """Recipe of a mask layer, None for others."""
    said = layer.metadata.get(METADATA_KEY)
    recipe = said.get("recipe") if isinstance(said, dict) else None
    return recipe if isinstance(recipe, MaskRecipe) else None


def _options(atlas: Atlas, recipe: MaskRecipe, name: str) -> dict[str, Any]:
    return {
        "name": name,
        **layer_placement(atlas.grid, atlas.orientation, atlas.package.resolution_known),
        "opacity": 0.6,
        "metadata": {METADATA_KEY: {"atlas": atlas, "role": MASK, "recipe": recipe}},
    }
