"""Small picture of an atlas: its middle coronal section in the colors of the regions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..core.atlas.atlas import Atlas
from ..formats.common.atomic import atomic_write
from .figure import middle_of_brain
from .paint import region_colors
from .sections import Section, three_sections

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
    return draw_section(atlas, section, width, height)


def draw_section(atlas: Atlas, section: Section, width: int, height: int) -> NDArray[np.uint8]:
    """Draw one section of the labeled voxels; see `draw_thumbnail`."""
    ranks = atlas.ranks
    box = ranks.box(1, ranks.n_ranks) if ranks.n_ranks > 1 else None
    plane = section.cut(ranks.raw, box or tuple(slice(0, n) for n in atlas.shape))
    colors = region_colors(ranks, over_reference=False, chosen=None)
    colors[1:, 3] = 255
    steps = atlas.resolution
    # Colors are looked up after voxels are left out.
    sparse = colors[thin_out(plane, width, height)]
    down, across = (n / m for n, m in zip(plane.shape, sparse.shape[:2], strict=True))
    return fit_picture(
        sparse, steps[section.down] * down, steps[section.across] * across, width, height
    )


def thin_out(plane: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    """Leave out what is more than `FINER` voxels for each pixel."""
    rows, columns = plane.shape
    return plane[:: max(1, rows // (FINER * height)), :: max(1, columns // (FINER * width))]


def fit_picture(
    pixels: NDArray[np.uint8], down: float, across: float, width: int, height: int
) -> NDArray[np.uint8]:
    """Scale pixels ``(rows, columns, 4)`` of the given sizes into a box, with their proportions."""
    rows, columns = pixels.shape[:2]
    scale = min(width / (columns * across), height / (rows * down))
    size = max(1, round(columns * across * scale)), max(1, round(rows * down * scale))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BOX))


def save_thumbnail(atlas: Atlas, path: Path, width: int, height: int) -> None:
    """Draw the picture of an atlas into a PNG file."""
    picture = Image.fromarray(draw_thumbnail(atlas, width, height))
    with atomic_write(path, durable=False) as temporary:
        picture.save(temporary, format="PNG")
