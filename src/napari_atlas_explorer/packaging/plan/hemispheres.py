"""Hemispheres of a package: BrainGlobe's rule for symmetric atlases, or a volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError
from ...core.package import Package
from ...core.space.axes import LEFT_RIGHT, axis_of
from ...core.space.hemispheres import LEFT, HemispherePlane, HemisphereRule, brainglobe_symmetric
from .axes import BRAINGLOBE_AXES, AtlasTransform


@dataclass(frozen=True, eq=False)
class HemisphereFacts:
    """Hemispheres in the target's axes.

    Attributes
    ----------
    symmetric
        Whether BrainGlobe's rule for symmetric packages gives them; None where nothing does.
    volume
        0 outside, 1 left, 2 right, read in slices; None where there is no rule.
    convention
        Source of the rule.
    note
        What a user has to know about it; "" if nothing.
    """

    symmetric: bool | None
    volume: NDArray[np.uint8] | None
    convention: str = ""
    note: str = ""


def hemisphere_facts(
    package: Package, stated: bool | None, turn: AtlasTransform, brainglobe: bool
) -> HemisphereFacts:
    """Check whether BrainGlobe's rule holds, and return the hemisphere volume.

    Parameters
    ----------
    package
        The source, in its own axes.
    stated
        Its metadata's ``symmetric``.
    turn
        To the target's axes.
    brainglobe
        Whether the target is BrainGlobe's, which needs a hemisphere rule.

    Raises
    ------
    ArgumentError
        If the target is BrainGlobe's and there is no hemisphere rule.
    """
    rule = _make_rule(turn, package.orientation if not brainglobe else BRAINGLOBE_AXES)
    shape = turn.target.shape
    if package.hemisphere_rule is None:
        if stated and rule is not None:
            return HemisphereFacts(True, rule.seen(shape), "BrainGlobe")
        if brainglobe:
            raise ArgumentError(
                "left and right are unknown; expected a hemisphere volume (1 left, 2 right), "
                "or symmetric = true for BrainGlobe's rule (the middle of the right-left axis)"
            )
        return HemisphereFacts(None, None)
    volume = turn.array(package.hemisphere_rule.seen(package.grid.shape))
    holds = rule is not None and _are_equal(volume, rule.seen(shape))
    note = _compare(package.hemisphere_rule, turn, brainglobe)
    if stated and not holds:
        note = (
            "the atlas calls itself symmetric, but its hemispheres are not those of BrainGlobe's "
            "rule: it becomes symmetric = false, with its own hemisphere volume"
        ) + (f"; {note}" if note else "")
    symmetric = bool(holds and stated is not False)
    return HemisphereFacts(symmetric, volume, package.hemisphere_rule.convention, note)


def _are_equal(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> bool:
    """Return whether two volumes are equal; plane by plane, since they may be views."""
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def _make_rule(turn: AtlasTransform, orientation: str | None) -> HemispherePlane | None:
    if orientation is None:
        return None
    axis = axis_of(orientation, LEFT_RIGHT)
    return brainglobe_symmetric(axis, turn.target.shape[axis], orientation[axis] == "r")


def _compare(hemisphere_rule: HemisphereRule, turn: AtlasTransform, brainglobe: bool) -> str:
    """Return a note where Allen and BrainGlobe name the voxels' hemispheres differently."""
    allen = (
        isinstance(hemisphere_rule, HemispherePlane)
        and hemisphere_rule.convention == "Allen CCF"
        and hemisphere_rule.low == LEFT
    )
    if not (brainglobe and allen and not turn.axes.is_identity):
        return ""
    return (
        "the arrays were mirrored: Allen documents their last axis as running from left to right, "
        "BrainGlobe's from right to left. BrainGlobe's own package of the CCF takes the same "
        "arrays unmirrored; for that, state that it is asr and symmetric"
    )
