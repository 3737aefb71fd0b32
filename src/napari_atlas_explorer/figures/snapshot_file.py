"""Snapshots of an atlas as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..core.atlas.atlas import Atlas
from ..core.colors.scales import ColorScale
from ..core.errors import ArgumentError, AtlasFileError, UnknownRegionError
from ..core.regions.listed_values import listed_values
from ..core.regions.region_map import RegionKey
from ..core.space.hemispheres import HEMISPHERE_NAMES
from ..formats.common.atomic import atomic_write
from .figure import (
    ColoredValues,
    DrawnRegions,
    Marks,
    compose,
    middle_of_brain,
    point_at,
    through_region,
)
from .pdf import require_reportlab, save_pdf
from .png import save_png
from .snapshot import make_sheet
from .style import Style
from .svg import save_svg

WRITERS = {".png": save_png, ".svg": save_svg, ".pdf": save_pdf}


def save_snapshot(
    atlas: Atlas,
    path: str | Path,
    region: RegionKey | None = None,
    at: Sequence[float] | Sequence[Sequence[float]] | None = None,
    *,
    voxels: bool = False,
    planes: Sequence[str] | None = None,
    depth: int | None = None,
    hemisphere: str | None = None,
    values: Mapping[RegionKey, float | tuple[float, float]] | None = None,
    title: str = "value",
    colors: str = "viridis",
    limits: tuple[float, float] | None = None,
    log: bool = False,
    points: Mapping[str, ArrayLike] | None = None,
    within: float | None = None,
    style: Style | None = None,
    dark: bool = False,
    overwrite: bool = False,
) -> Path:
    """Draw lettered sections into a file, as ``atlas-explorer snapshot`` does.

    Parameters
    ----------
    atlas
        The atlas.
    path
        Name that ends in .png, .svg or .pdf (which needs the extra ``figures``).
    region
        Drawn in full, all else dimmed.
    at
        Where the sections meet: µm, or voxels with ``voxels``; by default where the region is
        largest, else the middle of the brain. Of several points each has its sections.
    planes
        Of "coronal", "sagittal" and "horizontal"; by default all.
    depth
        Regions below this depth are drawn as their ancestors at it (0 is the root).
    hemisphere
        "left" or "right" to draw one alone.
    values
        Numbers that regions are colored by, or pairs of them for left and right; a region that
        is not listed takes the number of its nearest ancestor that is. A pandas Series by id or
        acronym is such a mapping.
    title, colors, limits, log
        Title of the color bar, and its scale; limits are by default those of what is drawn.
    points
        Positions ``(n, 3)``, µm, by a title; drawn as dots in the sections near them.
    within
        Distance of points from a section, µm; by default those in its own voxels are drawn.
    style
        Width, size of text, names, palette.
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
        If the file exists, or region, position, planes or values do not fit the atlas.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from napari_atlas_explorer import open_atlas
    >>> atlas = open_atlas("sample")
    >>> with TemporaryDirectory() as folder:
    ...     save_snapshot(atlas, f"{folder}/cells.png", values={"CTX": (120, 90), "TH": 30}).name
    'cells.png'
    """
    check_name(path)
    style = style or Style()
    if dark:
        style = replace(style, dark=True)
    positions = None if at is None else np.atleast_2d(at).tolist()
    with atomic_write(path, overwrite) as temporary:
        colored = None
        if values is not None:
            colored = _color_values(atlas, values, title, colors, limits, log)
        drawn = DrawnRegions(targets_at_depth(atlas, depth), parse_hemisphere(hemisphere))
        draw_snapshot(
            atlas,
            temporary,
            region,
            positions,
            voxels=voxels,
            planes=planes,
            style=style,
            values=colored,
            drawn=drawn,
            marks=[
                Marks(np.asarray(positions_um, float).reshape(-1, 3), name, within=within)
                for name, positions_um in (points or {}).items()
            ],
        )
    return Path(path)


def check_name(path: str | Path) -> None:
    """Raise for a name of no figure, and for a PDF where what writes it is not installed."""
    suffix = Path(path).suffix.lower()
    if suffix not in WRITERS:
        raise AtlasFileError(path, "no name of a figure", "one that ends in .png, .svg or .pdf")
    if suffix == ".pdf":
        require_reportlab()


def targets_at_depth(atlas: Atlas, depth: int | None) -> NDArray[np.int64] | None:
    """Return ``(n_ranks,)`` the rank as which each rank is drawn at a depth; None for no depth."""
    if depth is None:
        return None
    if depth < 0:
        raise ArgumentError(f"depth {depth}; expected 0 (the root) or more")
    targets = np.arange(atlas.ranks.n_ranks)
    known = atlas.region_map.at_depth(depth)
    targets[: len(known)] = known
    return targets


def parse_hemisphere(name: str | None) -> int | None:
    """Return the number of a hemisphere; None for both."""
    if name is None:
        return None
    for hemisphere, its_name in HEMISPHERE_NAMES.items():
        if name == its_name:
            return hemisphere
    raise ArgumentError(f"hemisphere {name!r}; expected left or right")


def draw_snapshot(
    atlas: Atlas,
    path: Path,
    region: RegionKey | None = None,
    positions: Sequence[Sequence[float]] | None = None,
    *,
    voxels: bool = False,
    planes: Sequence[str] | None = None,
    style: Style | None = None,
    values: ColoredValues | None = None,
    drawn: DrawnRegions | None = None,
    marks: Sequence[Marks] = (),
) -> None:
    """Draw a snapshot; parameters are those of `save_snapshot`, with values that have colors."""
    rank = None if region is None else atlas.region_map.rank(region)
    if rank is not None:
        points = [through_region(atlas, rank)]  # refuses a region without voxels, in any case
    if positions is not None:
        points = [point_at(atlas, position, voxels) for position in positions]
    elif rank is None:
        points = [middle_of_brain(atlas)]
    figure = compose(atlas, points, rank, style, values, planes=planes, drawn=drawn, marks=marks)
    WRITERS[path.suffix.lower()](make_sheet(figure), path)


def _color_values(
    atlas: Atlas,
    values: Mapping[RegionKey, float | tuple[float, float]],
    title: str,
    colors: str,
    limits: tuple[float, float] | None,
    log: bool,
) -> ColoredValues:
    numbers = dict(values)  # a Series becomes a mapping by its index
    names = list(map(str, numbers))
    pairs = [n if isinstance(n, tuple | list) else (n, n) for n in numbers.values()]
    if any(len(pair) != 2 for pair in pairs):
        raise ArgumentError("values of another number than one or, for left and right, two")
    by_side = [
        listed_values(atlas.ranks, [""] * len(names), names, [pair[k] for pair in pairs])
        for k in (0, 1)
    ]
    if by_side[0].unknown:
        raise UnknownRegionError(by_side[0].unknown[0])
    filled = np.stack([listed.filled_down() for listed in by_side])
    drawn = filled[:, atlas.ranks.counts > 0]
    scale = ColorScale.fitted(drawn.ravel(), colors, log)
    if limits is not None:
        scale = ColorScale(*limits, colors, log)
    if not any(isinstance(n, tuple | list) for n in numbers.values()):
        return ColoredValues(filled[0], scale, title)
    return ColoredValues(join_hemispheres(filled[0], filled[1]), scale, title)


def join_hemispheres(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values ``(3, n_ranks)`` of both hemispheres; voxels on neither have none."""
    return np.stack([np.full_like(left, np.nan), left, right])
