"""Metadata of the plugin's layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..core.atlas.atlas import Atlas
from ..core.mask_recipe import MaskRecipe

METADATA_KEY = "atlas_explorer"


@dataclass(frozen=True, eq=False)
class LayerInfo:
    """Origin of a layer; replaced as a whole, since copies of a layer share it.

    Attributes
    ----------
    atlas
        The atlas that it was made from, None for a lone volume.
    dataset
        The dataset of the atlas that it shows, "" for none.
    role
        Role of a layer that is no dataset: "mask", "selection", "points", ….
    values
        Meaning of its values, where they are not those of the dataset.
    recipe, valued
        Recipe of a mask, and whether it has a value for each region.
    rank, axis
        The region of a surface; the axis of a mirror image.
    sampling
        Shown part of the voxels or points, where it is not all.
    choices
        The user's choices for a file of points.
    path, taken_for, assumptions
        A lone volume: its file, what it was taken for and why, and its assumptions.
    """

    atlas: Atlas | None = None
    dataset: str = ""
    role: str = ""
    values: str = ""
    recipe: MaskRecipe | None = None
    valued: bool = False
    rank: int = 0
    axis: int = 0
    sampling: str = ""
    choices: Mapping[str, Any] = field(default_factory=dict)
    path: str = ""
    taken_for: str = ""
    assumptions: tuple[str, ...] = ()

    def as_metadata(self) -> dict[str, Any]:
        """Return this object as layer metadata."""
        return {METADATA_KEY: self}


def info_of(layer: Any) -> LayerInfo | None:
    """Return the metadata of a layer, None for foreign layers."""
    return info_in(layer.metadata)


def dataset_of(layer: Any) -> str:
    """Return the dataset that a layer shows, "" for none."""
    info = info_of(layer)
    return info.dataset if info is not None else ""


USERS_ROLES = ("mask", "points")
"""Roles of layers that hold what the user made or imported."""


def is_users(layer: Any) -> bool:
    """Return whether a layer is the user's: it stays when its atlas goes."""
    info = info_of(layer)
    return info is not None and info.role in USERS_ROLES


def info_in(metadata: Mapping[str, Any] | None) -> LayerInfo | None:
    """Return the `LayerInfo` in layer metadata, None without one."""
    info = (metadata or {}).get(METADATA_KEY)
    return info if isinstance(info, LayerInfo) else None
