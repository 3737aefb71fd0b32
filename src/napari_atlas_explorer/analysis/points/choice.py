"""Choices of a point import, with the share of points inside the brain for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.atlas.atlas import Atlas
from ...core.errors import ArgumentError, AtlasFileError
from ...formats.points.reader import PointsFile
from .conventions import StatedPoints, state_points
from .frames import (
    AS_WRITTEN,
    ORDERS,
    WHOLES,
    PointFrame,
    Signs,
    Three,
    Unit,
    Whole,
    plausibility,
)

LOOKED_AT = 4_000
"""Points by which the choices are compared: 0.1 in 100 of them is four."""

OWN_VOXELS, OTHER_VOXELS = "own voxels", "other voxels"
UnitChoice = str
"""\"um\", \"mm\", `OWN_VOXELS` or `OTHER_VOXELS`."""


@dataclass(frozen=True)
class PointsChoice:
    """What is known of a file's coordinates; None is "not decided".

    Attributes
    ----------
    columns
        Positions of three columns.
    order
        Which of the three runs along x, y and z of the atlas, or along axis 0, 1 and 2 for voxels.
    unit
        "um", "mm", `OWN_VOXELS` (of the atlas) or `OTHER_VOXELS`.
    voxel_size
        µm along axes 0, 1 and 2, of `OTHER_VOXELS`.
    whole
        What a whole number of voxels is.
    signs
        -1 for each of x, y and z against which its column runs, else 1.
    """

    columns: Three | None = None
    order: Three | None = None
    unit: UnitChoice | None = None
    voxel_size: tuple[float, float, float] | None = None
    whole: Whole | None = None
    signs: Signs = AS_WRITTEN

    @property
    def of_voxels(self) -> bool:
        """Whether voxels are counted."""
        return self.unit in (OWN_VOXELS, OTHER_VOXELS)

    @property
    def frame_unit(self) -> Unit | None:
        """Unit without the size of voxels, None where it is not decided."""
        units: dict[UnitChoice | None, Unit] = {"um": "um", "mm": "mm"}
        return "voxel" if self.of_voxels else units.get(self.unit)

    def open_question(self) -> str:
        """Return the choice that is still missing, "" for none."""
        if self.columns is None or len(set(self.columns)) < 3:
            return "choose three different columns"
        if self.order is None:
            return "choose which column runs along which axis"
        if self.unit is None:
            return "choose the unit"
        if self.unit == OTHER_VOXELS and self.voxel_size is None:
            return "say how large a voxel is"
        if self.of_voxels and self.whole is None:
            return "choose what a whole number is"
        return ""

    def frame(self) -> PointFrame:
        """Return the meaning that was chosen.

        Raises
        ------
        ArgumentError
            If something is not decided yet.
        """
        question, unit = self.open_question(), self.frame_unit
        if question or self.order is None or unit is None:
            raise ArgumentError(question)
        if unit != "voxel":
            return PointFrame(self.order, unit, signs=self.signs)
        size = self.voxel_size if self.unit == OTHER_VOXELS else None
        return PointFrame(self.order, "voxel", size, self.whole)

    def _possible(self, known: bool) -> list[PointsChoice]:
        """Return every way to decide what is not decided."""
        orders = ORDERS if self.order is None else (self.order,)
        units = unit_choices(known, self.voxel_size) if self.unit is None else (self.unit,)
        wholes = WHOLES if self.whole is None else (self.whole,)
        found = []
        for order in orders:
            for unit in units:
                one = replace(self, order=order, unit=unit)
                if not one.of_voxels:
                    found.append(one)
                elif not one.open_question() or self.whole is None:
                    found += [replace(one, whole=whole) for whole in wholes]
        return [one for one in found if not one.open_question()]


def parse_choice(said: Mapping[str, Any]) -> PointsChoice:
    """Return a choice that was stored as a dictionary of its attributes.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is none, or something in it is not decided.
    """

    def three(value: Any, kind: Callable[[Any], Any]) -> Any:
        first, second, third = value
        return kind(first), kind(second), kind(third)

    size = said["voxel_size"]
    choice = PointsChoice(
        three(said["columns"], int),
        three(said["order"], int),
        said["unit"],
        None if size is None else three(size, float),
        said["whole"],
        three(said["signs"], int),
    )
    if choice.open_question():
        raise ValueError(choice.open_question())
    choice.frame()
    return choice


def unit_choices(known: bool, size: Any = True) -> tuple[UnitChoice, ...]:
    """Return the units that coordinates can have; without a voxel size the atlas's voxels alone."""
    if not known:
        return (OWN_VOXELS,)
    return ("um", "mm", OWN_VOXELS, *([OTHER_VOXELS] if size else []))


def first_choice(file: PointsFile, atlas: Atlas, unit: Unit | None = None) -> PointsChoice:
    """Choose what the file states of its coordinates, without a guess.

    Parameters
    ----------
    file
        The file.
    atlas
        The atlas.
    unit
        What the user states of it, if anything.

    Raises
    ------
    AtlasFileError
        If the file's positions have no place in the atlas, or contradict the unit.
    """
    stated = state_points(file)
    if stated is None:
        return PointsChoice((0, 1, 2) if file.names is None and file.n_columns >= 3 else None)
    unit = agreed_unit(file, stated.unit, unit)
    axes = stated.find_axes(atlas, unit)
    if axes is None and stated.space in ("LPS", "RAS"):
        raise AtlasFileError(
            file.path,
            f"positions in {stated.space}, and the orientation of the atlas is not known",
            "an atlas whose axes are known",
            remedy="state axes",
        )
    order, signs = axes or (None, AS_WRITTEN)
    # Voxels are of a size that no file states: perhaps those of the atlas, perhaps others.
    known = unit if unit != "voxel" and atlas.package.resolution_known else None
    return PointsChoice(stated.columns, order, known, signs=signs)


def agreed_unit(file: PointsFile, stated: Unit | None, given: Unit | None) -> Unit | None:
    """Return the unit that the file or the user states; they may not contradict each other."""
    if stated is not None and given is not None and stated != given:
        words = {"um": "µm", "mm": "mm", "voxel": "voxels"}
        raise AtlasFileError(
            file.path, f"it states that its positions are in {words[stated]}, not {words[given]}"
        )
    return given or stated


def describe_doubt(stated: StatedPoints | None) -> str:
    """Return why the axes of columns are open, as the rest of "the columns …"."""
    if stated is not None and stated.space == "stereotaxic":
        return "may count from bregma instead of the atlas's own origin"
    return "do not state their axes in the atlas"


class Shares:
    """Share of a file's points that each choice puts into the brain.

    Parameters
    ----------
    atlas
        The atlas.
    coordinates
        ``(n, 3)`` of the three columns.
    """

    def __init__(self, atlas: Atlas, coordinates: NDArray[np.float64]) -> None:
        self._atlas = atlas
        self._known = atlas.package.resolution_known
        step = max(1, -(-len(coordinates) // LOOKED_AT))
        self._points = coordinates[::step]
        self._seen: dict[PointFrame, float] = {}

    def of(self, choice: PointsChoice) -> float | None:
        """Return the share, 0 to 1, at the best of what is not decided; None without columns."""
        frames = [one.frame() for one in choice._possible(self._known)]
        if not frames or not len(self._points):
            return None
        new = [frame for frame in frames if frame not in self._seen]
        for found in plausibility(self._points, self._atlas.ranks, new):
            self._seen[found.frame] = found.in_brain
        return max(self._seen[frame] for frame in frames)

    def of_orders(self, choice: PointsChoice) -> list[float | None]:
        """Return the shares of the six orders."""
        # What turns the columns around holds for the order that the file states.
        other = replace(choice, signs=AS_WRITTEN)
        return [
            self.of(choice if order == choice.order else replace(other, order=order))
            for order in ORDERS
        ]

    def of_units(self, choice: PointsChoice) -> list[float | None]:
        """Return the shares of the units, as `unit_choices` lists them."""
        units = unit_choices(self._known)
        return [self.of(replace(choice, unit=unit)) for unit in units]

    def of_wholes(self, choice: PointsChoice) -> list[float | None]:
        """Return the shares of "centre" and "corner"."""
        return [self.of(replace(choice, whole=whole)) for whole in WHOLES]


def percent(share: float | None) -> str:
    """Return the share as it is shown: "99.1 %"; "–" for none."""
    return "–" if share is None else f"{100 * share:.1f} %"
