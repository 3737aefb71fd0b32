"""Every check and every threshold, in the order in which they are run and listed."""

from __future__ import annotations

from .check import Check, Threshold, checks_in
from .checks import (
    bids,
    colors,
    hierarchy_rows,
    hierarchy_table,
    hierarchy_voxels,
    label_damage,
    label_shapes,
    label_slices,
    label_values,
    mesh_labels,
    mesh_shape,
    orientation_field,
    package_components,
    package_files,
    package_levels,
    package_metadata,
    package_orientation,
    package_space,
    reference,
    symmetry,
    versions,
)

MODULES = (
    package_files,
    package_components,
    package_levels,
    package_metadata,
    package_space,
    package_orientation,
    hierarchy_rows,
    hierarchy_table,
    hierarchy_voxels,
    label_values,
    label_damage,
    label_shapes,
    label_slices,
    colors,
    symmetry,
    reference,
    mesh_labels,
    mesh_shape,
    orientation_field,
    versions,
    bids,
)

CHECKS: tuple[Check, ...] = tuple(check for module in MODULES for check in checks_in(module))
THRESHOLDS: tuple[Threshold, ...] = tuple(
    threshold for module in MODULES for threshold in getattr(module, "THRESHOLDS", ())
)
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(check.group for check in CHECKS))
