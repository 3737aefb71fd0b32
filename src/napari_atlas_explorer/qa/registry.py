"""Every check and every threshold, in the order in which they are run and listed."""

from __future__ import annotations

from . import (
    bids,
    colors,
    hierarchy,
    labels,
    meshes,
    orientation,
    package,
    symmetry,
    template,
    versions,
)
from .check import Check, Threshold

MODULES = (
    package, hierarchy, labels, colors, symmetry, template, meshes, orientation, versions, bids,
)  # fmt: skip

CHECKS: tuple[Check, ...] = tuple(check for module in MODULES for check in module.CHECKS)
THRESHOLDS: tuple[Threshold, ...] = tuple(t for module in MODULES for t in module.THRESHOLDS)
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(check.group for check in CHECKS))
