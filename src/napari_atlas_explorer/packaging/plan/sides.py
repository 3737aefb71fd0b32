"""What a package says of sides: BrainGlobe's rule for symmetric atlases, or a volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError
from ...core.package import Package
from ...core.space.axes import LEFT_RIGHT, axis_of
from ...core.space.sides import LEFT, SidePlane, Sides, brainglobe_symmetric
from .axes import BRAINGLOBE_AXES, Turn


@dataclass(frozen=True, eq=False)
class SideFacts:
    """Sides in the target's axes.

    Attributes
    ----------
    symmetric
        Whether BrainGlobe's rule for symmetric packages gives them; None where nothing does.
    volume
        0 outside, 1 left, 2 right, of which parts are to be read; None where nothing tells sides.
    convention
        Whose word it is.
    note
        What a user has to know about it; "" if nothing.
    """

    symmetric: bool | None
    volume: NDArray[np.uint8] | None
    convention: str = ""
    note: str = ""


def side_facts(package: Package, stated: bool | None, turn: Turn, brainglobe: bool) -> SideFacts:
    """Find out whether BrainGlobe's rule holds, and the volume of sides.

    Parameters
    ----------
    package
        The source, in its own axes.
    stated
        What its metadata say of ``symmetric``.
    turn
        To the target's axes.
    brainglobe
        Whether the target is BrainGlobe's: then something has to tell sides.

    Raises
    ------
    ArgumentError
        If a BrainGlobe package is asked for and nothing tells sides.
    """
    rule = _rule(turn, package.orientation if not brainglobe else BRAINGLOBE_AXES)
    shape = turn.target.shape
    if package.sides is None:
        if stated and rule is not None:
            return SideFacts(True, rule.seen(shape), "BrainGlobe")
        if brainglobe:
            raise ArgumentError(
                "nothing says which side is left; expected a hemisphere volume (1 left, 2 right), "
                "or symmetric = true for BrainGlobe's rule (the middle of the right-left axis)"
            )
        return SideFacts(None, None)
    volume = turn.array(package.sides.seen(package.grid.shape))
    holds = rule is not None and _alike(volume, rule.seen(shape))
    note = _disagreement(package.sides, turn, brainglobe)
    if stated and not holds:
        note = (
            "the atlas calls itself symmetric, but its hemispheres are not those of BrainGlobe's "
            "rule: it becomes symmetric = false, with its own hemisphere volume"
        ) + (f"; {note}" if note else "")
    symmetric = bool(holds and stated is not False)
    return SideFacts(symmetric, volume, package.sides.convention, note)


def _alike(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> bool:
    """Whether two volumes are the same; plane by plane, since they may only be seen."""
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def _rule(turn: Turn, orientation: str | None) -> SidePlane | None:
    if orientation is None:
        return None
    axis = axis_of(orientation, LEFT_RIGHT)
    return brainglobe_symmetric(axis, turn.target.shape[axis], orientation[axis] == "r")


def _disagreement(sides: Sides, turn: Turn, brainglobe: bool) -> str:
    """Say it where Allen's documents and BrainGlobe's packages name the same voxels otherwise."""
    allen = isinstance(sides, SidePlane) and sides.convention == "Allen CCF" and sides.low == LEFT
    if not (brainglobe and allen and not turn.axes.is_identity):
        return ""
    return (
        "the arrays were mirrored: Allen documents their last axis as running from left to right, "
        "BrainGlobe's from right to left. BrainGlobe's own package of the CCF takes the same "
        "arrays unmirrored; for that, say that it is asr and symmetric"
    )
