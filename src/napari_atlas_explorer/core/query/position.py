"""Places typed where one goes to: positions in any frame, voxels, regions with a side."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..errors import UnknownRegionError
from ..regions.region_map import RegionMap
from ..space.frames import UNIT_UM, Frame, Frames, UnknownFrameError
from ..text import THIN_SPACE
from .tokens import QueryError

WORDS = re.compile(r"[^\s,;=]+")
NUMBER = re.compile(r"[-+]?(\d{1,9}(\.\d{0,9})?|\.\d{1,9})")
NUMBER_WITH_UNIT = re.compile(rf"({NUMBER.pattern})(µm|um|mm)", re.IGNORECASE)
UNITS: Mapping[str, Literal["um", "mm"]] = {"\u03bcm": "um", "um": "um", "mm": "mm"}
"""By folded words: the micro sign becomes the Greek letter."""
VOXEL_WORDS = ("voxel", "voxels", "vox")
SIDES: tuple[Literal["left"], Literal["right"]] = ("left", "right")
THREE = 3


@dataclass(frozen=True)
class PositionTarget:
    """A position that was typed.

    Attributes
    ----------
    frame
        Frame of the numbers.
    numbers
        Three, in the order and the unit of the frame.
    is_voxel
        Whether whole numbers are voxels instead of edges between them.
    """

    frame: Frame
    numbers: tuple[float, float, float]
    is_voxel: bool = False

    @property
    def position(self) -> tuple[float, float, float]:
        """Position in the atlas's world, µm; the center of a voxel."""
        values = np.array(self.numbers)
        if self.is_voxel:
            values = np.where(values == np.floor(values), values + 0.5, values)
        x, y, z = self.frame.to_world(values).tolist()
        return x, y, z


@dataclass(frozen=True)
class RegionTarget:
    """A region on one side that was typed.

    Attributes
    ----------
    rank
        Of the region.
    hemisphere
        "left" or "right".
    """

    rank: int
    hemisphere: Literal["left", "right"]


@dataclass(frozen=True)
class _Word:
    text: str
    start: int
    end: int

    @property
    def folded(self) -> str:
        return self.text.casefold()


def parse_position(text: str, frames: Frames, current: Frame) -> PositionTarget | None:
    """Read three numbers with what may stand with them, None for a text of another kind.

    ``6600 2500 3300``, ``6.6, 2.5, 3.3 mm``, ``voxel 264 100 132``, ``AP -2.1 ML 1.5 DV -3.2``,
    each with ``@FRAME`` at the end.

    Parameters
    ----------
    text
        What was typed.
    frames
        Of the atlas.
    current
        Frame of numbers that name none.

    Raises
    ------
    QueryError
        If it is meant as a position and something of it is wrong: it points at that.

    Examples
    --------
    >>> current = frames["atlas"]
    >>> parse_position("6.6 2.5 3.3 mm", frames, current).position
    (6600.0, 2500.0, 3300.0)
    >>> parse_position("z 3300 x 6600 y 2500 @atlas", frames, frames["array"]).position
    (6600.0, 2500.0, 3300.0)
    >>> parse_position("voxel 110 41 55", frames, current).position
    (6630.0, 2490.0, 3330.0)
    >>> print(parse_position("visual cortex", frames, current))
    None
    """
    # The thousands of a position that the strip shows are spaced.
    plain = text.replace("μ", "µ").replace(THIN_SPACE, "")
    words = [_Word(m[0], m.start(), m.end()) for m in WORDS.finditer(plain)]
    if not _is_meant(words, frames):
        return None
    frame, words = _take_frame(plain, words, frames, current)
    is_voxel = bool(words) and words[0].folded in VOXEL_WORDS
    if is_voxel:
        if frame is not current and frame.name != "array":
            raise QueryError(plain, words[0].start, words[0].end, "voxels are of no other frame")
        frame, words = frames["array"], words[1:]
    words, unit = _take_unit(plain, words, frame)
    named = [word for word in words if not NUMBER.fullmatch(word.text)]
    values = _read_labeled(plain, words, frame) if named else _read_plain(plain, words, frame)
    if unit is not None:
        values = [v * UNIT_UM[unit] / UNIT_UM[frame.unit] for v in values]
    # Decimal fractions of mm are whole µm again.
    a, b, c = (round(v, 9) for v in values)
    return PositionTarget(frame, (a, b, c), is_voxel or frame.name == "array")


def _is_meant(words: list[_Word], frames: Frames) -> bool:
    """Return whether a text is meant as a position: an id alone, or a query, is not."""
    if not words:
        return False
    numbers = sum(
        1 for w in words if NUMBER.fullmatch(w.text) or NUMBER_WITH_UNIT.fullmatch(w.text)
    )
    first = words[0].folded
    if any(w.text.startswith("@") for w in words):
        return True
    if first in VOXEL_WORDS:
        return numbers > 0
    axes = {axis.name.casefold() for frame in frames.values() for axis in frame.axes}
    axes |= {"ap", "ml", "dv"}
    if first in axes:
        return len(words) > 1 and bool(NUMBER.fullmatch(words[1].text))
    return numbers > 1 and NUMBER.match(words[0].text) is not None and numbers >= len(words) - 1


def _take_frame(
    text: str, words: list[_Word], frames: Frames, current: Frame
) -> tuple[Frame, list[_Word]]:
    named = [word for word in words if word.text.startswith("@")]
    if not named:
        return current, words
    word = named[0]
    if len(named) > 1 or word is not words[-1]:
        word = named[1] if len(named) > 1 else words[words.index(word) + 1]
        raise QueryError(text, word.start, word.end, "nothing may follow the frame")
    try:
        return frames[word.text[1:]], words[:-1]
    except UnknownFrameError as exc:
        raise QueryError(text, word.start, word.end, str(exc)) from exc


def _take_unit(
    text: str, words: list[_Word], frame: Frame
) -> tuple[list[_Word], Literal["um", "mm"] | None]:
    if not words:
        return words, None
    last = words[-1]
    unit = UNITS.get(last.folded)
    joined = NUMBER_WITH_UNIT.fullmatch(last.text)
    if unit is not None:
        words = words[:-1]
    elif joined is not None:
        number = joined[1]
        unit = UNITS[last.folded[len(number) :]]
        words = [*words[:-1], _Word(number, last.start, last.start + len(number))]
    if unit is not None and frame.unit not in UNIT_UM:
        raise QueryError(text, last.start, last.end, f"{frame.name} is in {frame.unit_word}")
    return words, unit


def _read_plain(text: str, words: list[_Word], frame: Frame) -> list[float]:
    axes = " ".join(axis.name for axis in frame.axes)
    if len(words) > THREE:
        word = words[THREE]
        raise QueryError(text, word.start, word.end, f"expected three numbers, {axes}")
    if len(words) < THREE:
        end = len(text.rstrip())
        raise QueryError(text, end, end, f"expected three numbers, {axes}")
    return [float(word.text) for word in words]


def _read_labeled(text: str, words: list[_Word], frame: Frame) -> list[float]:
    """Read numbers that follow the names of their axes, in any order."""
    names = {axis.name.casefold().replace(" ", ""): k for k, axis in enumerate(frame.axes)}
    axes = ", ".join(axis.name for axis in frame.axes)
    values: dict[int, float] = {}
    for k in range(0, len(words), 2):
        label = words[k]
        axis = names.get(label.folded)
        if axis is None:
            why = f"expected an axis of {frame.name} ({axes}), or @ and the name of another frame"
            raise QueryError(text, label.start, label.end, why)
        if axis in values:
            raise QueryError(text, label.start, label.end, "this axis has a number already")
        if k + 1 == len(words) or not NUMBER.fullmatch(words[k + 1].text):
            at = words[k + 1] if k + 1 < len(words) else None
            start, end = (at.start, at.end) if at else (len(text), len(text))
            raise QueryError(text, start, end, f"expected a number for {label.text}")
        values[axis] = float(words[k + 1].text)
    missing = [axis.name for k, axis in enumerate(frame.axes) if k not in values]
    if missing:
        end = len(text.rstrip())
        raise QueryError(text, end, end, f"expected a number for {missing[0]} too")
    return [values[k] for k in range(THREE)]


def parse_region_side(text: str, regions: RegionMap) -> RegionTarget | None:
    """Read an acronym or a name that a side follows or precedes, None for another text.

    >>> target = parse_region_side("CA1 left", regions)
    >>> regions.acronym_of_rank(target.rank), target.hemisphere
    ('CA1', 'left')
    >>> print(parse_region_side("CA1", regions), parse_region_side("no such left", regions))
    None None
    """
    words = text.split()
    if len(words) < 2:
        return None
    for side in SIDES:
        for own, rest in ((words[-1], words[:-1]), (words[0], words[1:])):
            if own.casefold() == side:
                rank = _find_rank(" ".join(rest), regions)
                # Some hierarchies have regions of one side, whose names end so.
                if rank and not _find_rank(" ".join(words), regions):
                    return RegionTarget(rank, side)
    return None


def _find_rank(name: str, regions: RegionMap) -> int:
    for attribute in ("acronym", "name"):
        found = regions.find(name, attribute, ignore_case=True) if name[:1] != "@" else set()
        if len(found) == 1:
            return regions.rank_of_id(next(iter(found)))
    try:
        return regions.rank(name)
    except UnknownRegionError:
        return 0
