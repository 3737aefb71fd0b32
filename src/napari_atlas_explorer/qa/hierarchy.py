"""Checks of the hierarchy: of its rows by themselves, against its table, and against the volume."""

from __future__ import annotations

from . import hierarchy_rows, hierarchy_table, hierarchy_voxels
from .check import Check, Threshold

THRESHOLDS: tuple[Threshold, ...] = hierarchy_voxels.THRESHOLDS
CHECKS: tuple[Check, ...] = (
    *hierarchy_rows.CHECKS,
    *hierarchy_table.CHECKS,
    *hierarchy_voxels.CHECKS,
)
