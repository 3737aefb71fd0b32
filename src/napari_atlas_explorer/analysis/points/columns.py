"""Coordinate columns, axes and units inferred from column names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ...core.errors import ArgumentError
from ...core.space.axes import FRONT_BACK, LEFT_RIGHT, UP_DOWN
from .frames import Unit

Three = tuple[int, int, int]

NUMBERED = (
    ("axis_0", "axis_1", "axis_2"),  # napari's own CSV, and ours
    ("coordinate_atlas_axis_0", "coordinate_atlas_axis_1", "coordinate_atlas_axis_2"),
    ("atlas_axis_0", "atlas_axis_1", "atlas_axis_2"),
)
"""Names that say which axis of the atlas they run along (BrainGlobe: brainmapper)."""
ANATOMICAL = (
    {"ap": FRONT_BACK, "dv": UP_DOWN, "ml": LEFT_RIGHT},
    {"ccf_ap": FRONT_BACK, "ccf_dv": UP_DOWN, "ccf_ml": LEFT_RIGHT},
    {
        "anterior_posterior_ccf_coordinate": FRONT_BACK,
        "dorsal_ventral_ccf_coordinate": UP_DOWN,
        "left_right_ccf_coordinate": LEFT_RIGHT,
    },
)
"""Names that say it where the orientation of the atlas is known."""
LETTERS = (
    ("x", "y", "z"),
    ("a", "b", "c"),
    ("xt", "yt", "zt"),
    ("x_ccf", "y_ccf", "z_ccf"),
    ("i", "j", "k"),
    ("pos_x", "pos_y", "pos_z"),
)
"""Names of coordinates that say nothing of the atlas's axes ("xt": ClearMap, in the atlas)."""

UNIT_ENDINGS: dict[str, Unit] = {
    "um": "um",
    "µm": "um",
    "micron": "um",
    "microns": "um",
    "mm": "mm",
    "voxel": "voxel",
    "voxels": "voxel",
    "vox": "voxel",
}
ENDING = re.compile(r"[ _]?[(\[]?(" + "|".join(UNIT_ENDINGS) + r")[)\]]?$")


@dataclass(frozen=True)
class Suggestion:
    """What the names of a table's columns say.

    Attributes
    ----------
    columns
        Positions of three columns, those along axes 0, 1 and 2 if ``ordered``.
    ordered
        Whether the names say which axis each runs along.
    unit
        If the names of all three end in the same one, else None.
    """

    columns: Three
    ordered: bool
    unit: Unit | None


def suggest_columns(names: Sequence[str], orientation: str | None = None) -> Suggestion | None:
    """Find three columns of coordinates by their names.

    Parameters
    ----------
    names
        Of all columns.
    orientation
        Of the atlas, where known: tells which axis "ap" means.

    Returns
    -------
    None where no set of names is known and there are not just three columns.

    Raises
    ------
    ArgumentError
        If one of the names stands there twice.
    """
    plain = [_strip_unit(name) for name in names]
    for wanted in NUMBERED:
        if _all_in(wanted, plain, names):
            return _make_suggestion(wanted, plain, names, ordered=True)
    for axes in ANATOMICAL:
        if _all_in(tuple(axes), plain, names):
            if orientation is None:
                return _make_suggestion(tuple(axes), plain, names, ordered=False)
            ordered = [
                next(name for name, pair in axes.items() if letter in pair)
                for letter in orientation
            ]
            return _make_suggestion(ordered, plain, names, ordered=True)
    for wanted in LETTERS:
        if _all_in(wanted, plain, names):
            return _make_suggestion(wanted, plain, names, ordered=False)
    if len(names) == 3:
        return Suggestion((0, 1, 2), ordered=False, unit=unit_of(names, (0, 1, 2)))
    return None


def _all_in(wanted: Sequence[str], plain: list[str], names: Sequence[str]) -> bool:
    if any(plain.count(name) > 1 for name in wanted):
        raise ArgumentError(f"columns {', '.join(names)}; expected each name once")
    return all(name in plain for name in wanted)


def _make_suggestion(
    wanted: Sequence[str], plain: list[str], names: Sequence[str], ordered: bool
) -> Suggestion:
    first, second, third = (plain.index(name) for name in wanted)
    columns = (first, second, third)
    return Suggestion(columns, ordered, unit_of(names, columns))


def unit_of(names: Sequence[str], columns: Three) -> Unit | None:
    """Return the unit that the names of three columns end in, all of them; else None."""
    ends = [ENDING.search(_fold_case(names[k])) for k in columns]
    units = {UNIT_ENDINGS[end[1]] if end else None for end in ends}
    return units.pop() if len(units) == 1 else None


def _strip_unit(name: str) -> str:
    return ENDING.sub("", _fold_case(name)) or _fold_case(name)


def _fold_case(name: str) -> str:
    return name.casefold().strip().replace("μ", "µ").replace("-", "_")
