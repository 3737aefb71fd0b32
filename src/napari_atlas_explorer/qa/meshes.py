"""Checks of meshes: by themselves, and against the labels they were made of."""

from __future__ import annotations

from . import mesh_labels, mesh_shape
from .check import Check, Threshold

THRESHOLDS: tuple[Threshold, ...] = (*mesh_labels.THRESHOLDS, *mesh_shape.THRESHOLDS)
CHECKS: tuple[Check, ...] = (*mesh_labels.CHECKS, *mesh_shape.CHECKS)
