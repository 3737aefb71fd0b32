"""Named coordinate frames: what three numbers mean, and their place in the atlas's world."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..arrays import read_only
from ..errors import ArgumentError, short
from ..text import listed
from .grid import as_points

UNIT_UM = {"um": 1.0, "mm": 1000.0}
"""Micrometers in one of a unit of length."""

UNIT_WORDS = {"um": "µm", "mm": "mm", "voxel": "voxels"}

DIRECTIONS = {
    "anterior": "a",
    "posterior": "p",
    "superior": "s",
    "dorsal": "s",
    "inferior": "i",
    "ventral": "i",
    "left": "l",
    "right": "r",
}
"""Letter of the side to which an axis rises, by the word for it."""


@dataclass(frozen=True)
class FrameAxis:
    """One axis of a frame.

    Attributes
    ----------
    name
        What is written before its number, such as "AP".
    positive
        The side to which its numbers rise, such as "anterior"; "" where it is not known.
    """

    name: str
    positive: str = ""

    def __str__(self) -> str:
        """Return the name, and in which direction it rises."""
        return f"{self.name} ({self.positive} +)" if self.positive else self.name


@dataclass(frozen=True, eq=False)
class Frame:
    """A coordinate frame: three axes, a unit, and an invertible map to the atlas's world.

    In the examples of its members ``frame`` is in mm, with AP 1 mm before the world's zero.

    Attributes
    ----------
    name
        Such as "bregma-ibl".
    unit
        "um", "mm" or "voxel".
    axes
        In the order of the three numbers.
    origin
        What lies at 0 0 0.
    source
        Who published it, and where.
    uncertainty
        What of it is an estimate; "" where nothing is.
    affine
        ``(4, 4)`` float64: numbers of the frame to x, y, z of the atlas's world, µm.
    note
        What the frame contradicts in this atlas, "" for nothing.
    landmark
        What the origin is in every brain, such as "bregma": frames that share one can be
        compared. "" for none.
    """

    name: str
    unit: str
    axes: tuple[FrameAxis, FrameAxis, FrameAxis]
    origin: str
    source: str
    affine: NDArray[np.float64]
    uncertainty: str = ""
    note: str = ""
    landmark: str = ""

    def __post_init__(self) -> None:
        """Check the matrix; freeze a copy of it, and its inverse."""
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise ArgumentError(f"frame {self.name}: its matrix is not 4 × 4 finite numbers")
        scale = float(np.abs(affine[:3, :3]).max())
        if scale == 0 or abs(np.linalg.det(affine[:3, :3] / scale)) < 1e-9:
            raise ArgumentError(f"frame {self.name}: its matrix has no inverse")
        object.__setattr__(self, "affine", read_only(affine))

    @cached_property
    def _inverse(self) -> NDArray[np.float64]:
        return np.asarray(np.linalg.inv(self.affine))

    def to_world(self, positions: ArrayLike) -> NDArray[np.float64]:
        """Return positions ``(..., 3)`` of the frame as x, y, z of the atlas's world, µm.

        >>> frame.to_world([1.5, 0, 0]).tolist()
        [500.0, 0.0, 0.0]
        """
        return _apply(self.affine, as_points(positions, 3))

    def from_world(self, positions: ArrayLike) -> NDArray[np.float64]:
        """Return positions ``(..., 3)`` of the atlas's world, µm, in the frame.

        >>> frame.from_world([[500, 0, 0], [0, 0, 250]]).tolist()
        [[1.5, 0.0, 0.0], [1.0, 0.0, 0.25]]
        """
        return _apply(self._inverse, as_points(positions, 3))

    @property
    def remarks(self) -> str:
        """What a reader of its numbers has to know: signs, contradictions, estimates, source.

        >>> frame.remarks
        'AP (anterior +), DV (dorsal +), ML (right +); lab book 12'
        """
        axes = ", ".join(str(axis) for axis in self.axes)
        return "; ".join(part for part in (axes, self.note, self.uncertainty, self.source) if part)

    @property
    def unit_word(self) -> str:
        """Word for the unit that users read.

        >>> frame.unit_word
        'mm'
        """
        return UNIT_WORDS[self.unit]

    @property
    def origin_um(self) -> NDArray[np.float64]:
        """``(3,)`` position of 0 0 0 in the atlas's world, µm.

        >>> frame.origin_um.tolist()
        [-1000.0, 0.0, 0.0]
        """
        return np.asarray(self.affine[:3, 3])

    def toward_sides(self, position: Sequence[float]) -> NDArray[np.float64]:
        """Return a position of the world as µm to the front, the right and the top of the origin.

        For frames of length whose axes all rise to named sides.

        >>> frame.toward_sides((0, 250, 500)).tolist()
        [1000.0, 500.0, 250.0]
        """
        toward = np.zeros(3)
        for axis, value in zip(self.axes, self.from_world(position), strict=True):
            letter = DIRECTIONS[axis.positive]
            k = next(k for k, pair in enumerate(("ap", "rl", "si")) if letter in pair)
            toward[k] = value * UNIT_UM[self.unit] * (1 if letter in "ars" else -1)
        return toward

    def write(self, numbers: Sequence[float], separator: str = " ") -> str:
        """Return three numbers of the frame, each after its axis, and the unit.

        >>> frame.write([-2.1, 1.5, 0.25])
        'AP -2.100 DV 1.500 ML 0.250 mm'
        """
        parts = [
            f"{axis.name} {self.round(value)}"
            for axis, value in zip(self.axes, numbers, strict=True)
        ]
        return f"{separator.join(parts)} {self.unit_word}"

    def round(self, value: float) -> str:
        """Return one number with the decimals of a micrometer, or of a tenth of a voxel.

        >>> frame.round(-0.00001)
        '0.000'
        """
        decimals = {"um": 0, "mm": 3, "voxel": 1}[self.unit]
        return f"{round(value, decimals) + 0.0:.{decimals}f}"

    def as_json(self) -> dict[str, Any]:
        """Return every fact with its key.

        >>> frame.as_json()["axes"][0]
        {'name': 'AP', 'positive': 'anterior'}
        """
        return {
            "name": self.name,
            "unit": self.unit,
            "axes": [{"name": a.name, "positive": a.positive or None} for a in self.axes],
            "origin": self.origin,
            "origin_um": self.origin_um.tolist() if self.unit != "voxel" else None,
            "source": self.source,
            "uncertainty": self.uncertainty or None,
            "note": self.note or None,
            "to_atlas": self.affine.tolist(),
        }


@dataclass(frozen=True, eq=False)
class FrameDifference:
    """One position in a frame, and how far it is from the same numbers in another.

    Attributes
    ----------
    frame
        The frame.
    numbers
        ``(3,)`` the position in it.
    distance_um
        µm between this and the frame that it is compared with.
    """

    frame: Frame
    numbers: NDArray[np.float64]
    distance_um: float


def _apply(affine: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore", invalid="ignore"):  # infinite stays infinite, or NaN
        return np.asarray(points @ affine[:3, :3].T + affine[:3, 3])


class Frames(Mapping[str, Frame]):
    """The frames of an atlas by name, and those that it cannot have with the reason.

    In the examples of its members ``frames`` is ``open_atlas("sample").frames``.

    Parameters
    ----------
    frames
        Those that can be used.
    unavailable
        Reason for each of the others.
    letters
        Sides on which x, y and z of the atlas's world start, None where they are not known.
    """

    def __init__(
        self,
        frames: Iterable[Frame],
        unavailable: Mapping[str, str] | None = None,
        letters: str | None = None,
    ) -> None:
        self._frames = {frame.name: frame for frame in frames}
        self.unavailable = dict(unavailable or {})
        self.letters = letters

    def __getitem__(self, name: str) -> Frame:
        """Return a frame.

        Raises
        ------
        UnknownFrameError
            If there is no such frame, or if this atlas cannot have it.
        """
        if name in self._frames:
            return self._frames[name]
        if name in self.unavailable:
            raise UnknownFrameError(f"frame {name}: {self.unavailable[name]}")
        close = difflib.get_close_matches(name, [*self._frames, *self.unavailable], 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        known = listed(self._frames, 12)
        raise UnknownFrameError(f"there is no frame {short(name)}; known are {known}{hint}")

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names of the frames that can be used."""
        return iter(self._frames)

    def __len__(self) -> int:
        """Return how many can be used."""
        return len(self._frames)

    def __repr__(self) -> str:
        """List the names."""
        return f"<Frames {', '.join(self._frames)}>"

    def compare(self, name: str, position: Sequence[float]) -> list[FrameDifference]:
        """Return one position in a frame and in those of the same landmark, and how they differ.

        Parameters
        ----------
        name
            Of the frame.
        position
            ``(3,)`` in the atlas's world, µm.

        Returns
        -------
        The frame itself first, with a distance of 0; only it where none shares its landmark.

        Examples
        --------
        >>> [(d.frame.name, d.distance_um) for d in frames.compare("atlas", (6600, 2500, 3300))]
        [('atlas', 0.0)]
        """
        first = self[name]
        others = [
            frame
            for frame in self.values()
            if frame is not first and frame.landmark and frame.landmark == first.landmark
        ]
        if not others:
            return [FrameDifference(first, first.from_world(position), 0.0)]
        own = first.toward_sides(position)
        return [FrameDifference(first, first.from_world(position), 0.0)] + [
            FrameDifference(
                frame,
                frame.from_world(position),
                float(np.linalg.norm(frame.toward_sides(position) - own)),
            )
            for frame in others
        ]

    def convert(self, positions: ArrayLike, source: str, target: str) -> NDArray[np.float64]:
        """Return positions ``(..., 3)`` of one frame in another.

        >>> frames.convert([[6600, 2500, 3300]], "atlas", "array").round(2).tolist()
        [[110.0, 41.67, 55.0]]
        """
        return self[target].from_world(self[source].to_world(positions))

    def extend(self, frames: Iterable[Frame], unavailable: Mapping[str, str]) -> Frames:
        """Return these frames and others.

        Raises
        ------
        ArgumentError
            If two have one name.

        Examples
        --------
        >>> len(frames.extend([], {"bregma-lab": "the orientation is not stated"}).unavailable)
        5
        """
        every = [*self._frames.values(), *frames]
        names = [*(f.name for f in every), *self.unavailable, *unavailable]
        for name in names:
            if names.count(name) > 1:
                raise ArgumentError(f"two frames are called {name}; expected another name")
        return Frames(every, {**self.unavailable, **unavailable}, self.letters)


class UnknownFrameError(ArgumentError, KeyError):
    """No frame has a name, or the atlas cannot have it."""

    def __str__(self) -> str:
        """Return the message itself (`KeyError` would quote it)."""
        return str(self.args[0])


def facing_affine(
    axes: Sequence[FrameAxis],
    letters: str,
    origin: Sequence[float],
    unit_um: float,
    scale: Sequence[float] = (1.0, 1.0, 1.0),
    tilt: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return the matrix of a frame whose axes rise to named sides.

    Parameters
    ----------
    axes
        Of the frame; `DIRECTIONS` has every ``positive``.
    letters
        Sides on which x, y and z of the world start.
    origin
        ``(3,)`` position of the frame's zero in the world, µm.
    unit_um
        Micrometers in one of the frame's unit.
    scale
        Factors from lengths of the atlas to lengths of the frame, along each of its axes.
    tilt
        ``(3, 3)`` rotation of the frame's axes, before the scale; None for none.

    Returns
    -------
    affine
        ``(4, 4)``, from the frame to the world.

    Raises
    ------
    ArgumentError
        If an axis rises to no known side, or two run along one line.

    Examples
    --------
    >>> axes = [FrameAxis("ML", "right"), FrameAxis("AP", "anterior"), FrameAxis("DV", "dorsal")]
    >>> affine = facing_affine(axes, "asl", (5400, 332, 5739), 1000)
    >>> (affine @ [1.5, -2.1, -3.2, 1])[:3].tolist()  # to the right, behind and below
    [7500.0, 3532.0, 7239.0]
    """
    forward = np.zeros((3, 3))
    for row, axis in enumerate(axes):
        letter = DIRECTIONS.get(axis.positive)
        if letter is None:
            raise ArgumentError(
                f"axis {axis.name} rises to {axis.positive!r}; expected {listed(DIRECTIONS, 8)}"
            )
        pair = next(p for p in ("ap", "si", "lr") if letter in p)
        world = next(k for k, start in enumerate(letters) if start in pair)
        # The world's numbers rise away from the side on which it starts.
        forward[row, world] = -1.0 if letters[world] == letter else 1.0
    if abs(np.linalg.det(forward)) != 1:
        words = ", ".join(str(axis) for axis in axes)
        raise ArgumentError(f"axes {words}; two of them run along one line")
    if tilt is not None:
        forward = tilt @ forward
    forward = np.asarray(scale, dtype=np.float64)[:, np.newaxis] * forward / unit_um
    affine = np.eye(4)
    affine[:3, :3] = np.linalg.inv(forward)
    affine[:3, 3] = origin
    return affine
