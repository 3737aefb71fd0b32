"""Streamlines of tracing experiments and branches of neurons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .arrays import read_only
from .errors import ArgumentError
from .space.grid import as_points
from .text import counted

FARTHEST = 1e9
"""µm from the origin beyond which no brain lies: a kilometer."""


@dataclass(frozen=True, eq=False)
class Line:
    """A chain of points.

    Attributes
    ----------
    positions
        ``(n, 3)`` float64 µm in the order of the atlas's axes, n ≥ 1; finite.
    values
        Quantities of each point by name ("density", "intensity", "radius"), ``(n,)`` float64;
        NaN where a point has none.
    attributes
        What the source says of the whole line: "id" and "name" of the experiment, "branch".

    Examples
    --------
    >>> line = Line([(0, 0, 0), (30, 40, 0)], {"density": [0.1, 0.2]})
    >>> line, line.reversed().positions[0].tolist()
    (<Line: 2 points, 50 µm>, [30.0, 40.0, 0.0])
    """

    positions: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check shapes and numbers."""
        points = as_points(self.positions, 3)
        if points.ndim != 2 or not len(points):
            raise ArgumentError(f"a line of shape {points.shape}; expected (n, 3), n of 1 or more")
        if not (np.abs(points) <= FARTHEST).all():  # NaN too
            raise ArgumentError(
                f"a line with a coordinate that is no number or more than {FARTHEST:g}; expected µm"
            )
        values = {name: np.asarray(v, dtype=np.float64) for name, v in self.values.items()}
        for name, given in values.items():
            if given.shape != (len(points),):
                raise ArgumentError(f"{name} of shape {given.shape} for {len(points)} points")
        object.__setattr__(self, "positions", points)
        object.__setattr__(self, "values", values)

    def __repr__(self) -> str:
        """Describe the number of points and the length."""
        return f"<Line: {counted(len(self), 'point')}, {self.length:.0f} µm>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: length, box and pictures."""
        from ..figures.notebook import line_html

        return line_html(self)

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.positions)

    @property
    def length(self) -> float:
        """Length in µm; 0 for one point.

        >>> Line([(0, 0, 0), (30, 40, 0)]).length
        50.0
        """
        return float(np.linalg.norm(np.diff(self.positions, axis=0), axis=1).sum())

    def reversed(self) -> Line:
        """Return the same line from its last point to its first.

        >>> Line([(0, 0, 0), (30, 40, 0)]).reversed().positions.tolist()
        [[30.0, 40.0, 0.0], [0.0, 0.0, 0.0]]
        """
        values = {name: v[::-1] for name, v in self.values.items()}
        return Line(self.positions[::-1], values, self.attributes)


@dataclass(frozen=True, eq=False)
class Streamlines:
    """Lines of one source, and the sites that belong to them.

    Attributes
    ----------
    lines
        The lines, in the order of the source.
    injection_sites
        ``(m, 3)`` µm: voxels or centers of injection sites.
    targets
        ``(k, 3)`` µm: points that a spatial search found, whose lines may be asked for.
    kind
        What the source is, in words ("target search", "SWC").
    notes
        What was left out, or taken for granted; sentences.

    Examples
    --------
    >>> lines = Streamlines((Line([(0, 0, 0), (30, 40, 0)]),))
    >>> len(lines), lines[0].length
    (1, 50.0)
    """

    lines: tuple[Line, ...]
    injection_sites: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    targets: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 3)))
    kind: str = ""
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Describe the number of lines and points, and their source."""
        points = counted(int(self.starts[-1]), "point")
        kind = f" of {self.kind}" if self.kind else ""
        return f"<Streamlines: {counted(len(self), 'line')}{kind}, {points}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: counts, lengths, box and pictures."""
        from ..figures.notebook import streamlines_html

        return streamlines_html(self)

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.lines)

    def __iter__(self) -> Iterator[Line]:
        """Go through the lines."""
        return iter(self.lines)

    def __getitem__(self, number: int) -> Line:
        """Line by its number from 0."""
        return self.lines[number]

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """``(n_lines + 1,)``: points ``starts[i]`` to ``starts[i + 1]`` are those of line i.

        >>> lines = Streamlines((Line([(0, 0, 0), (30, 40, 0)]), Line([(5, 5, 5)])))
        >>> lines.starts.tolist()
        [0, 2, 3]
        """
        return read_only(np.cumsum([0, *(len(line) for line in self.lines)], dtype=np.int64))

    @cached_property
    def positions(self) -> NDArray[np.float64]:
        """``(n_points, 3)`` µm: the points of all lines, one line after another.

        >>> Streamlines((Line([(0, 0, 0)]), Line([(5, 5, 5)]))).positions.tolist()
        [[0.0, 0.0, 0.0], [5.0, 5.0, 5.0]]
        """
        points = [np.zeros((0, 3)), *(line.positions for line in self.lines)]
        return read_only(np.concatenate(points))

    @cached_property
    def line_of_point(self) -> NDArray[np.int64]:
        """``(n_points,)`` number of the line of each point.

        >>> lines = Streamlines((Line([(0, 0, 0), (30, 40, 0)]), Line([(5, 5, 5)])))
        >>> lines.line_of_point.tolist()
        [0, 0, 1]
        """
        return read_only(np.repeat(np.arange(len(self.lines)), np.diff(self.starts)))

    @property
    def n_points(self) -> int:
        """Points of all lines.

        >>> Streamlines((Line([(0, 0, 0), (30, 40, 0)]), Line([(5, 5, 5)]))).n_points
        3
        """
        return int(self.starts[-1])

    @cached_property
    def value_names(self) -> tuple[str, ...]:
        """Names of the quantities that any line has, in the order in which they turn up.

        >>> Streamlines((Line([(0, 0, 0)], {"density": [0.5]}), Line([(5, 5, 5)]))).value_names
        ('density',)
        """
        return tuple(dict.fromkeys(name for line in self.lines for name in line.values))

    def values(self, name: str) -> NDArray[np.float64]:
        """Return ``(n_points,)`` a quantity of all points; NaN on lines that do not have it.

        >>> lines = Streamlines((Line([(0, 0, 0)], {"density": [0.5]}), Line([(5, 5, 5)])))
        >>> lines.values("density").tolist()
        [0.5, nan]
        """
        if name not in self.value_names:
            known = ", ".join(self.value_names) or "none"
            raise ArgumentError(f"no value {name!r} on these lines; they have {known}")
        given = [line.values.get(name, np.full(len(line), np.nan)) for line in self.lines]
        return np.concatenate(given)

    def reversed(self) -> Streamlines:
        """Return the same lines, each from its last point to its first.

        >>> lines = Streamlines((Line([(0, 0, 0), (30, 40, 0)]),))
        >>> lines.reversed()[0].positions[0].tolist()
        [30.0, 40.0, 0.0]
        """
        turned = tuple(line.reversed() for line in self.lines)
        return Streamlines(turned, self.injection_sites, self.targets, self.kind, self.notes)


def sites(positions: Sequence[Any] | ArrayLike) -> NDArray[np.float64]:
    """Return positions as ``(n, 3)`` float64, n of 0 or more."""
    points = np.asarray(positions, dtype=np.float64)
    return np.zeros((0, 3)) if points.size == 0 else as_points(points, 3).reshape(-1, 3)
