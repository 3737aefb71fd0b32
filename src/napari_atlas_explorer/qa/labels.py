"""Checks of labels: the annotation's values, the regions' pieces, and slice after slice."""

from __future__ import annotations

from . import label_ids, label_shapes, label_slices
from .check import Check, Threshold

THRESHOLDS: tuple[Threshold, ...] = (*label_shapes.THRESHOLDS, *label_slices.THRESHOLDS)
CHECKS: tuple[Check, ...] = (*label_ids.CHECKS, *label_shapes.CHECKS, *label_slices.CHECKS)
