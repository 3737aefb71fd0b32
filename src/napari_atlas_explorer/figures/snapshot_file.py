"""Snapshots of an atlas as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..core.atlas.atlas import Atlas
from ..core.colors.scales import ColorScale
from ..core.errors import AtlasFileError, UnknownRegionError
from ..core.regions.listed_values import listed_values
from ..core.regions.region_map import RegionKey
from ..formats.common.atomic import atomic_write
from .figure import DARK, LIGHT, ColoredValues, compose, middle_of_brain, point_at, through_region
from .png import save_png
from .snapshot import make_sheet
from .svg import save_svg

WRITERS = {".png": save_png, ".svg": save_svg}


def save_snapshot(
    atlas: Atlas,
    path: str | Path,
    region: RegionKey | None = None,
    at: Sequence[float] | None = None,
    *,
    voxels: bool = False,
    values: Mapping[RegionKey, float] | None = None,
    title: str = "value",
    colors: str = "viridis",
    limits: tuple[float, float] | None = None,
    log: bool = False,
    dark: bool = False,
    overwrite: bool = False,
) -> Path:
    """Draw three lettered sections into a file, as ``atlas-explorer snapshot`` does.

    Parameters
    ----------
    atlas
        The atlas.
    path
        Name that ends in .png or .svg.
    region
        Drawn in full, all else dimmed.
    at
        Where the sections meet: µm, or voxels with ``voxels``; by default where the region is
        largest, else the middle of the brain.
    values
        Numbers that regions are colored by; a region that is not listed takes the number of
        its nearest ancestor that is. A pandas Series by id or acronym is such a mapping.
    title, colors, limits, log
        Title of the color bar, and its scale; limits are by default those of what is drawn.
    dark
        On a dark page.
    overwrite
        Whether an existing file is replaced.

    Returns
    -------
    The path.

    Raises
    ------
    AtlasError
        If the file exists, or region, position or values do not fit the atlas.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> with TemporaryDirectory() as folder:
    ...     save_snapshot(atlas, f"{folder}/cells.png", values={"CTX": 120, "TH": 30}).name
    'cells.png'
    """
    if Path(path).suffix.lower() not in WRITERS:
        raise AtlasFileError(path, "no name of a figure", "one that ends in .png or .svg")
    with atomic_write(path, overwrite) as temporary:
        colored = None
        if values is not None:
            colored = _color_values(atlas, values, title, colors, limits, log)
        draw_snapshot(atlas, temporary, region, at, voxels=voxels, dark=dark, values=colored)
    return Path(path)


def draw_snapshot(
    atlas: Atlas,
    path: Path,
    region: RegionKey | None = None,
    at: Sequence[float] | None = None,
    *,
    voxels: bool = False,
    dark: bool = False,
    values: ColoredValues | None = None,
) -> None:
    """Draw a snapshot; parameters are those of `save_snapshot`, with values that have colors."""
    rank = None if region is None else atlas.region_map.rank(region)
    if rank is not None:
        point = through_region(atlas, rank)  # refuses a region without voxels, in any case
    if at is not None:
        point = point_at(atlas, at, voxels)
    elif rank is None:
        point = middle_of_brain(atlas)
    WRITERS[path.suffix.lower()](
        make_sheet(compose(atlas, point, rank, DARK if dark else LIGHT, values)), path
    )


def _color_values(
    atlas: Atlas,
    values: Mapping[RegionKey, float],
    title: str,
    colors: str,
    limits: tuple[float, float] | None,
    log: bool,
) -> ColoredValues:
    numbers = dict(values)  # a Series becomes a mapping by its index
    names = list(map(str, numbers))
    listed = listed_values(atlas.ranks, [""] * len(names), names, [*numbers.values()])
    if listed.unknown:
        raise UnknownRegionError(listed.unknown[0])
    filled = listed.filled_down()
    drawn = filled[1:][atlas.ranks.counts[1:] > 0]
    scale = ColorScale.fitted(drawn, colors, log)
    if limits is not None:
        scale = ColorScale(*limits, colors, log)
    return ColoredValues(filled, scale, title)
