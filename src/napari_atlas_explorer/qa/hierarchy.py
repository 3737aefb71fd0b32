"""Checks of the hierarchy: of its rows by themselves, and against the volume."""

from __future__ import annotations

from . import hierarchy_rows, hierarchy_voxels
from .check import Check, Threshold

THRESHOLDS: tuple[Threshold, ...] = hierarchy_voxels.THRESHOLDS
CHECKS: tuple[Check, ...] = (*hierarchy_rows.CHECKS, *hierarchy_voxels.CHECKS)
