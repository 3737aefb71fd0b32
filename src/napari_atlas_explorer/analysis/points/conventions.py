"""Conventions of point files: which columns, along which axes, in which unit.

A convention states what a program writes, and no more: what it leaves open is asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ...core.atlas.atlas import Atlas
from ...core.errors import AtlasFileError
from ...core.space.axes import OPPOSITE
from ...formats.points.reader import PointsFile
from .frames import IN_ORDER, Signs, Three, Unit

Space = Literal["array", "CCF", "LPS", "RAS", "stereotaxic", "planes", "unstated"]
"""Axes of the three columns.

"array": axes 0, 1, 2 of the atlas. "CCF": from anterior, superior and one side, from the corner.
"LPS" and "RAS": toward these sides, in the world of medical images. "stereotaxic": from an origin
that is often bregma. "planes": the third counts planes from 1. "unstated": of some image.
"""


@dataclass(frozen=True)
class PointConvention:
    """Names of three columns, and what the program that writes them means.

    Attributes
    ----------
    columns
        Names in lower case, with underscores for blanks and hyphens, without unit.
    space
        What the columns run along.
    unit
        Of the numbers, where the program has only one.
    """

    columns: tuple[str, str, str]
    space: Space = "unstated"
    unit: Unit | None = None


def _name_columns(pattern: str, parts: str) -> tuple[str, str, str]:
    """Return the pattern three times, each with one of three words in place of its star."""
    first, second, third = (pattern.replace("*", part) for part in parts.split())
    return first, second, third


CONVENTIONS = (
    # The columns of an atlas come before those of the raw image, which the same tables have.
    PointConvention(_name_columns("coordinate_atlas_axis_*", "0 1 2"), "array", "voxel"),
    PointConvention(_name_columns("atlas_axis_*", "0 1 2"), "array"),
    PointConvention(_name_columns("axis_*", "0 1 2"), "array"),  # napari
    PointConvention(_name_columns("atlas_*", "x y z"), "CCF", "mm"),  # ABBA, in QuPath
    PointConvention(_name_columns("ccf*", "x y z"), "CCF"),
    PointConvention(_name_columns("ccf_*", "ap dv ml"), "CCF"),
    PointConvention(
        _name_columns("*_ccf_coordinate", "anterior_posterior dorsal_ventral left_right"), "CCF"
    ),  # AllenSDK
    PointConvention(_name_columns("*t", "x y z"), "unstated", "voxel"),  # ClearMap
    PointConvention(_name_columns("*_ccf", "x y z")),
    PointConvention(_name_columns("*", "ap dv ml"), "stereotaxic"),  # Pinpoint, wholebrain
    PointConvention(_name_columns("*", "l p s"), "LPS", "mm"),  # 3D Slicer
    PointConvention(_name_columns("*", "r a s"), "RAS", "mm"),
    PointConvention(_name_columns("position_*", "x y z")),  # TrackMate, Imaris
    PointConvention(_name_columns("coordinate_downsampled_axis_*", "0 1 2"), "unstated", "voxel"),
    PointConvention(_name_columns("coordinate_raw_axis_*", "0 1 2"), "unstated", "voxel"),
    PointConvention(_name_columns("*", "x y z")),
    PointConvention(_name_columns("pos_*", "x y z")),
    PointConvention(_name_columns("*", "a b c")),
    PointConvention(_name_columns("*", "i j k")),
    PointConvention(_name_columns("*", "x y slice"), "planes"),  # Fiji
)
"""All conventions, in the order in which they are tried."""

UNIT_WORDS: dict[str, Unit] = {
    **dict.fromkeys(("um", "µm", "micron", "microns", "micrometer", "micrometers"), "um"),
    **dict.fromkeys(("mm", "millimeter", "millimeters"), "mm"),
    **dict.fromkeys(("voxel", "voxels", "vox", "pixel", "pixels", "px"), "voxel"),
}
ENDING = re.compile(r"[ _]?[(\[]?(" + "|".join(UNIT_WORDS) + r")[)\]]?$")

STARTS = {"LPS": "rai", "RAS": "lpi", "CCF": "as"}
"""Sides on which the axes start; the third axis of the CCF runs from either side."""


@dataclass(frozen=True)
class StatedPoints:
    """What a file states of its coordinates.

    Attributes
    ----------
    columns
        Positions of three columns.
    space
        What they run along.
    unit
        Of the numbers, None where it is not stated. Voxels are of a size that is not stated.
    """

    columns: Three
    space: Space
    unit: Unit | None

    def find_axes(self, atlas: Atlas, unit: Unit | None) -> tuple[Three, Signs] | None:
        """Return order and signs of the columns along the atlas's axes; None where not stated.

        Parameters
        ----------
        atlas
            The atlas.
        unit
            In which the numbers are taken: voxels run along the axes of the array, all else
            along those of the world. None where it is not decided: both must agree then.
        """
        array, world = atlas.orientation, atlas.package.world_orientation
        if self.space == "array":
            steps = atlas.grid.affine[:-1, :-1]
            same = bool((np.diag(steps) > 0).all()) and np.array_equal(
                steps, np.diag(np.diag(steps))
            )
            return (IN_ORDER, (1, 1, 1)) if same or unit == "voxel" else None
        letters = array if unit == "voxel" else world
        if letters is None or (unit is None and array != world):
            return None
        if self.space in ("LPS", "RAS"):
            return _match_letters(STARTS[self.space], letters)
        if self.space == "CCF":
            third = next(letter for letter in letters if letter in "lr")
            matched = _match_letters(STARTS["CCF"] + third, letters)
            return matched if matched[1] == (1, 1, 1) else None
        return None


def _match_letters(starts: str, letters: str) -> tuple[Three, Signs]:
    """Return which axis of ``starts`` runs along each of ``letters``, and whether against it."""
    order = [next(k for k, s in enumerate(starts) if s in (x, OPPOSITE[x])) for x in letters]
    signs = [1 if starts[k] == x else -1 for k, x in zip(order, letters, strict=True)]
    return (order[0], order[1], order[2]), (signs[0], signs[1], signs[2])


def find_convention(names: Sequence[str]) -> PointConvention | None:
    """Return the first convention all columns of which are among the names."""
    plain = [_strip_unit(name) for name in names]
    return next((c for c in CONVENTIONS if all(name in plain for name in c.columns)), None)


def state_points(file: PointsFile) -> StatedPoints | None:
    """Return what a file states of its coordinates; None where no three columns are known.

    Raises
    ------
    AtlasFileError
        If two columns have one of the names, the unit is none of lengths or voxels, or a column
        counts planes.
    """
    names = file.names or ()
    convention = find_convention(names)
    if convention is None:
        three = file.n_columns == 3
        return StatedPoints(IN_ORDER, "unstated", state_unit(file, IN_ORDER)) if three else None
    plain = [_strip_unit(name) for name in names]
    if any(plain.count(name) > 1 for name in convention.columns):
        raise AtlasFileError(file.path, f"columns {file.format_columns()}", "each name once")
    first, second, third = (plain.index(name) for name in convention.columns)
    columns = (first, second, third)
    return StatedPoints(columns, file.space or convention.space, state_unit(file, columns))


def state_unit(file: PointsFile, columns: Three) -> Unit | None:
    """Return the unit of three columns, by their names, the file, or the convention.

    Raises
    ------
    AtlasFileError
        If the file states a unit that is none of lengths or voxels, or a column counts planes.
    """
    names = [_fold_case(file.names[k]) if file.names else "" for k in columns]
    if "slice" in names:
        raise AtlasFileError(
            file.path,
            "column Slice counts planes from 1, and X and Y may be in another unit",
            "columns x, y, z in one unit, with z = Slice - 1 in voxels",
        )
    ends = [ENDING.search(name) for name in names]
    words = [
        end[1] if end else file.unit_of(k).casefold().replace("μ", "µ")
        for end, k in zip(ends, columns, strict=True)
    ]
    for word in words:
        if word and word not in UNIT_WORDS:
            raise AtlasFileError(file.path, f"positions in {word!r}", "µm, mm or voxels")
    if any(words):
        units = {UNIT_WORDS.get(word) for word in words}
        return units.pop() if len(units) == 1 else None
    wanted = set(names)
    return next((c.unit for c in CONVENTIONS if wanted == set(c.columns)), None)


def _strip_unit(name: str) -> str:
    return ENDING.sub("", _fold_case(name)) or _fold_case(name)


def _fold_case(name: str) -> str:
    return re.sub(r"[ -]", "_", name.casefold().strip().replace("μ", "µ"))
