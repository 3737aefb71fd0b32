"""Options of several commands: images, values, figures, points, cluster."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.points.framed_file import FramedPoints, read_framed_points
from ..analysis.points.frames import UNITS, WHOLES
from ..analysis.points.tables import PointTable, read_points
from ..atlases.cache.folder import require_cache_folder
from ..atlases.local.frames import load_frames
from ..compute.cluster.workers import Cluster, connect
from ..core.atlas.atlas import Atlas
from ..core.colors.scales import COLOR_MAPS, ColorScale
from ..core.errors import ArgumentError, AtlasFileError
from ..core.regions.listed_values import ListedValues
from ..core.space.frames import Frame
from ..core.space.grid import MATCH_TOLERANCE, VoxelGrid
from ..core.space.hemispheres import HEMISPHERE_NAMES
from ..core.space.volume import VoxelData
from ..core.text import grouped
from .common import UsageError, catch_sigterm, note, parse_resolution

if TYPE_CHECKING:
    from ..figures.figure import ColoredValues
    from ..figures.style import Style


# ---- Images --------------------------------------------------------------------------------------

ORIGINS = ("corner", "centre")


@dataclass(frozen=True)
class PlacedImage:
    """An image in the atlas's space.

    Attributes
    ----------
    path
        The file.
    volume
        Its values.
    placement
        Source of its placement.
    """

    path: Path
    volume: VoxelData
    placement: str

    def describe(self) -> str:
        """Return a text for a note."""
        size = " × ".join(f"{abs(s):g}" for s in self.volume.voxel_dimensions)
        shape = " × ".join(map(str, self.volume.shape))
        return f"{self.path}: {shape} voxels of {size} µm, {self.placement}"

    def as_json(self) -> dict[str, Any]:
        """Return the placement, and how regions sample the image."""
        return {
            "file": str(self.path),
            "shape": list(self.volume.shape),
            "voxel_size_um": np.abs(self.volume.voxel_dimensions).tolist(),
            "corner_um": self.volume.offset.tolist(),
            "placement": self.placement,
            "sampling": "value of the image's voxel at the center of each voxel of the atlas",
        }


def add_image_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --image and --image-origin."""
    parser.add_argument(
        "--image", metavar="FILE", type=Path, help="a volume: its values in every region"
    )
    parser.add_argument(
        "--image-origin",
        choices=ORIGINS,
        help="what the origin in the image's header is: the first voxel's corner or its center",
    )


def check_image_arguments(args: argparse.Namespace) -> None:
    """Raise for options that do not go together."""
    if args.image_origin is not None and args.image is None:
        raise UsageError("--image-origin without --image; expected both")


def image_from(args: argparse.Namespace, atlas: Atlas) -> PlacedImage:
    """Read the image of the arguments.

    One with the atlas's shape and voxel size has its placement. Any other has that of its
    header, its axes being the atlas's.

    Raises
    ------
    AtlasFileError
        If the file cannot be read, holds more than one value per voxel, or does not state
        its voxel size or the meaning of its origin.
    """
    from ..formats.volume_header import read_volume_header

    path: Path = args.image
    header = read_volume_header(path, args.image_origin or "corner", default_unit=None)
    if header.payload_shape or header.grid.ndim != atlas.grid.ndim:
        raise AtlasFileError(
            path,
            f"a volume of shape {(*header.grid.shape, *header.payload_shape)}",
            "one value per voxel of three axes",
        )
    grid, placement = header.grid, "placed by its header"
    if _has_same_shape(header.grid, atlas.grid, header.spacing_known):
        grid, placement = atlas.grid, "with the atlas's shape and so its placement"
    elif not header.spacing_known:
        raise AtlasFileError(
            path,
            f"a volume of {header.grid.shape} voxels whose size is not stated",
            f"the atlas's {atlas.shape}, or a file that states it",
        )
    elif args.image_origin is None:
        other = read_volume_header(path, "centre", default_unit=None).grid
        if not np.allclose(other.corner, grid.corner):
            raise AtlasFileError(
                path,
                "its origin may be the corner or the center of its first voxel",
                "--image-origin corner (VoxelBrain, Allen) or --image-origin centre (ITK, Slicer)",
            )
    else:
        placement += f", its origin being the first voxel's {args.image_origin}"
    if grid is header.grid:
        for assumption in header.assumptions:
            note(f"assumed: {assumption.statement}")
    return PlacedImage(path, VoxelData.from_grid(header.load(), grid), placement)


def _has_same_shape(image: VoxelGrid, atlas: VoxelGrid, spacing_known: bool) -> bool:
    if image.shape != atlas.shape:
        return False
    sizes, own = np.abs(image.steps), np.abs(atlas.steps)
    return not spacing_known or bool(np.allclose(sizes, own, rtol=MATCH_TOLERANCE))


# ---- Region values -------------------------------------------------------------------------------


def add_value_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --values and its options."""
    parser.add_argument(
        "--values",
        metavar="FILE",
        type=Path,
        help="a table with a column id, acronym or name: color the regions by its numbers",
    )
    parser.add_argument("--column", metavar="C", help="with --values: which column of numbers")
    parser.add_argument(
        "--colors", choices=tuple(COLOR_MAPS), help="with --values: viridis, or one with a middle"
    )
    parser.add_argument(
        "--limits", metavar="LOW,HIGH", help="with --values: numbers at both ends of the colors"
    )
    parser.add_argument(
        "--log", action="store_true", help="with --values: equal factors are equal steps of color"
    )


def check_value_arguments(args: argparse.Namespace) -> None:
    """Raise for options that do not go together, before anything is read."""
    if args.values is not None:
        return
    for option, value in (
        ("--column", args.column),
        ("--colors", args.colors),
        ("--limits", args.limits),
        ("--log", args.log),
    ):
        if value:
            raise UsageError(f"{option} without --values; expected both")


def values_from(args: argparse.Namespace, atlas: Atlas) -> ColoredValues | None:
    """Read the numbers of the arguments, and note how they were used.

    A region that is not listed takes the number of its nearest ancestor that is; an empty cell
    is "no value", for a region and what is below it. Columns, or rows, of the left and the right
    color each hemisphere by its own.
    """
    from ..figures.figure import ColoredValues, require_hemispheres
    from ..figures.snapshot_file import join_hemispheres
    from ..formats.tables.region_values import read_values

    if args.values is None:
        return None
    file = read_values(args.values)
    pair = file.find_hemispheres(args.column)
    column = args.column
    if column is None and pair is None:
        if len(file.columns) > 1:
            raise AtlasFileError(
                file.path, f"columns {', '.join(file.columns)}", "--column with one of them"
            )
        column = file.columns[0]
    if pair is not None:
        require_hemispheres(atlas)
    columns = [column] if pair is None else [pair.left, pair.right]
    listed = [file.match_regions(name, atlas.ranks) for name in columns]
    filled = [one.filled_down() for one in listed]
    drawn = np.concatenate([values[1:][atlas.ranks.counts[1:] > 0] for values in filled])
    name = args.colors or "viridis"
    if args.limits is not None:
        scale = ColorScale(*_parse_limits(args.limits), name, args.log)
    else:
        scale = ColorScale.fitted(drawn, name, args.log)
    title = str(column) if pair is None else pair.title
    note(f"{file.path}: {_describe(listed, columns, drawn, scale)}")
    values = filled[0] if pair is None else join_hemispheres(*filled)
    return ColoredValues(values, scale, title)


def _parse_limits(text: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise UsageError(f"--limits {text}; expected two numbers LOW,HIGH") from None
    return low, high


def _describe(
    listed: list[ListedValues], columns: list[str], drawn: np.ndarray, scale: ColorScale
) -> str:
    missing = int(np.isnan(drawn).sum())
    named = np.any([one.listed for one in listed], axis=0)
    parts = [
        f"column{'s' * (len(columns) > 1)} {' and '.join(columns)} for "
        f"{grouped(int(named.sum()))} regions",
        f"colors from {scale.low:.4g} to {scale.high:.4g}",
    ]
    if missing:
        regions = "regions" if len(listed) == 1 else "regions on one side"
        parts.append(f"{grouped(missing)} {regions} that have voxels have no value")
    unknown = list(dict.fromkeys(name for one in listed for name in one.unknown))
    if unknown:
        some = ", ".join(unknown[:5]) + (", …" if len(unknown) > 5 else "")
        parts.append(f"{grouped(len(unknown))} not in the atlas: {some}")
    return "; ".join(parts)


# ---- Figures -------------------------------------------------------------------------------------


def add_drawing_arguments(
    parser: argparse.ArgumentParser, width_mm: float, font_size: float
) -> None:
    """Declare which regions are drawn, and how; sizes are those without an option."""
    parser.add_argument(
        "--depth",
        metavar="N",
        type=int,
        help="draw regions below this depth as their ancestors at it; 0 is the root",
    )
    parser.add_argument(
        "--hemisphere", choices=tuple(HEMISPHERE_NAMES.values()), help="draw this one alone"
    )
    parser.add_argument(
        "--palette",
        choices=("atlas", "colorblind"),
        default="atlas",
        help="colors of the atlas, or ones in which neighbors differ for color-blind readers too",
    )
    parser.add_argument(
        "--width", metavar="MM", default=f"{width_mm:g}", help=f"in print, mm ({width_mm:g})"
    )
    parser.add_argument(
        "--font-size", metavar="PT", default=f"{font_size:g}", help=f"points ({font_size:g})"
    )
    parser.add_argument("--dark", action="store_true", help="on a dark page")
    parser.add_argument(
        "--frame",
        metavar="NAME",
        help="coordinate frame of titles and grids, such as bregma-ibl ('info' lists them)",
    )


def in_frame(style: Style, args: argparse.Namespace, atlas: Atlas) -> Style:
    """Return a style with the coordinate frame of the arguments, if they name one."""
    if args.frame is None:
        return style
    frame = load_frames(atlas)[args.frame]
    note(f"{frame.name}: {frame.remarks}")
    return replace(style, frame=frame)


def style_from(args: argparse.Namespace, names: bool, title: str = "") -> Style:
    """Return the style of the arguments, without the frame, see `in_frame`.

    Raises
    ------
    UsageError
        If a size is no number, or out of range.
    """
    from ..figures.style import Style

    sizes = []
    for option, unit, text in (
        ("width", "mm", args.width),
        ("font-size", "points", args.font_size),
    ):
        try:
            sizes.append(float(text))
        except ValueError:
            raise UsageError(f"--{option} {text}; expected a number of {unit}") from None
    if args.depth is not None and args.depth < 0:
        raise UsageError(f"--depth {args.depth}; expected 0 (the root) or more")
    try:
        return Style(sizes[0], sizes[1], args.dark, names, args.palette, title)
    except ArgumentError as exc:
        raise UsageError(str(exc)) from exc


def note_fonts() -> None:
    """Print a note where no font of the computer is known."""
    from ..figures.png import find_font_file

    if find_font_file(bold=False) is None:
        note(
            "no font was found on this computer; text is drawn in a built-in one, and characters "
            "that it lacks are spelled in plain letters"
        )


# ---- Cluster -------------------------------------------------------------------------------------


def add_scheduler_argument(parser: argparse.ArgumentParser) -> None:
    """Add --scheduler."""
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="use the workers of a dask.distributed cluster, such as tcp://host:8786; they must "
        "see the same files",
    )


@contextmanager
def cluster_of(args: argparse.Namespace) -> Iterator[Cluster | None]:
    """Connect to the cluster of the arguments; None without one.

    Raises
    ------
    AtlasError
        If there is none at that address, or its workers cannot do this work.
    """
    if args.scheduler is None:
        yield None
        return
    if getattr(args, "jobs", None) is not None:
        raise UsageError("--jobs with --scheduler; the cluster has a fixed number of workers")
    with catch_sigterm(), connect(args.scheduler, require_cache_folder("shared")) as cluster:
        yield cluster


# ---- Points --------------------------------------------------------------------------------------


def add_point_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options for files of points."""
    parser.add_argument(
        "--columns",
        metavar="A,B,C",
        help="columns along x, y and z of the atlas ('info' says where they run), or along axes "
        "0, 1 and 2 for voxels; by name, or by number from 0 where they have none",
    )
    parser.add_argument(
        "--unit",
        choices=UNITS,
        help="of the coordinates, where the file does not state it: µm or mm in the atlas's world, "
        "or voxels",
    )
    parser.add_argument(
        "--voxel-size",
        metavar="UM[,UM,UM]",
        help="with --unit voxel: size of the voxels that are counted; the atlas's own without it",
    )
    parser.add_argument(
        "--integer-is",
        choices=WHOLES,
        help="with --unit voxel: whether a whole number is a voxel's center or its lower corner",
    )


def list_given_options(args: argparse.Namespace) -> list[str]:
    """Return the given options about points."""
    names = ("columns", "unit", "voxel_size", "integer_is", "value", "per_point")
    return [f"--{n.replace('_', '-')}" for n in names if getattr(args, n, None) is not None]


def check_point_arguments(args: argparse.Namespace) -> None:
    """Raise for options that do not go together, before anything is read."""
    if args.unit != "voxel":
        for name, value in (("voxel-size", args.voxel_size), ("integer-is", args.integer_is)):
            if value is not None:
                raise UsageError(f"--{name} without --unit voxel; expected both")
    if args.columns is not None and len(_split_columns(args.columns)) != 3:
        raise UsageError(f"--columns {args.columns}; expected three, divided by commas")
    _parse_voxel_size(args.voxel_size)


def points_from(
    path: Path, args: argparse.Namespace, atlas: Atlas, text: bool = False
) -> PointTable:
    """Read a file of points as the options state; see `read_points`."""
    return read_points(
        path,
        atlas,
        columns=None if args.columns is None else _split_columns(args.columns),
        unit=args.unit,
        voxel_size=_parse_voxel_size(args.voxel_size),
        integer_is=args.integer_is,
        value=getattr(args, "value", None),
        text=text,
        word_option=_word_option,
    )


def framed_points_from(path: Path, args: argparse.Namespace, frame: Frame) -> FramedPoints:
    """Read a file of points whose numbers are of a frame; see `read_framed_points`."""
    columns = None if args.columns is None else _split_columns(args.columns)
    return read_framed_points(path, frame, columns, _word_option)


def _word_option(name: str, value: str) -> str:
    return f"--{name.replace('_', '-')} {quote(value)}"


def _split_columns(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _parse_voxel_size(text: str | None) -> tuple[float, float, float] | None:
    size = parse_resolution(text, "--voxel-size")
    if size is None:
        return None
    sizes = size if isinstance(size, tuple) else (size, size, size)
    if not all(0 < s < float("inf") for s in sizes):
        raise UsageError(f"--voxel-size {text}; expected µm as 25 or 25,25,50")
    return sizes
