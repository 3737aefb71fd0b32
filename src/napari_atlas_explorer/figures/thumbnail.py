"""Small picture of an atlas: its middle coronal section in the colors of the regions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..core.atlas.atlas import Atlas
from ..formats.common.atomic import atomic_write
from .figure import middle_of_brain
from .paint import region_colors
from .sections import three_sections

FINER = 4
"""Voxels of the section for each pixel, which are averaged; more are left out."""


def draw_thumbnail(atlas: Atlas, width: int, height: int) -> NDArray[np.uint8]:
    """Draw the section through the middle of the labeled voxels, the surroundings clear.

    Parameters
    ----------
    atlas
        Only its annotation is read, one plane of it: the reference may be a large file.
    width, height
        Pixels into which the picture fits.

    Returns
    -------
    ``(rows, columns, 4)`` red, green, blue and opacity.
    """
    section = three_sections(atlas.orientation, middle_of_brain(atlas).index)[0]
    ranks = atlas.ranks
    box = ranks.box(1, ranks.n_ranks) if ranks.n_ranks > 1 else None
    plane = section.cut(ranks.raw, box or tuple(slice(0, n) for n in atlas.shape))
    rows, columns = plane.shape
    high, wide = (
        n * atlas.resolution[a] for n, a in ((rows, section.down), (columns, section.across))
    )
    scale = min(width / wide, height / high)
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    plane = plane[:: max(1, rows // (FINER * size[1])), :: max(1, columns // (FINER * size[0]))]
    colors = region_colors(ranks, over_reference=False, chosen=None)
    colors[1:, 3] = 255
    picture = Image.fromarray(colors[plane])
    return np.asarray(picture.resize(size, Image.Resampling.BOX))


def save_thumbnail(atlas: Atlas, path: Path, width: int, height: int) -> None:
    """Draw the picture of an atlas into a PNG file."""
    picture = Image.fromarray(draw_thumbnail(atlas, width, height))
    with atomic_write(path) as temporary:
        picture.save(temporary, format="PNG")
