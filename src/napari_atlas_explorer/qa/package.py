"""Checks of the package: its files, its metadata, and where its volumes lie."""

from __future__ import annotations

from . import package_files, package_metadata, package_orientation, package_space
from .check import Check, Threshold

MODULES = (package_files, package_metadata, package_space, package_orientation)

THRESHOLDS: tuple[Threshold, ...] = (
    *package_space.THRESHOLDS,
    *package_orientation.THRESHOLDS,
)
CHECKS: tuple[Check, ...] = tuple(check for module in MODULES for check in module.CHECKS)
