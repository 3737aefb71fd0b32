"""Every check and every threshold, in the order in which they are run and listed."""

from __future__ import annotations

from .check import Check, Threshold
from .checks import (
    bids,
    colors,
    hierarchy_rows,
    hierarchy_table,
    hierarchy_voxels,
    label_shapes,
    label_slices,
    label_values,
    mesh_labels,
    mesh_shape,
    orientation_field,
    package_files,
    package_metadata,
    package_orientation,
    package_space,
    symmetry,
    template,
    versions,
)

# -----------------------------------------------------------------------------
# Checks of labels: the annotation's values, the regions' pieces, and slice after slice.

LABEL_THRESHOLDS: tuple[Threshold, ...] = (*label_shapes.THRESHOLDS, *label_slices.THRESHOLDS)
LABEL_CHECKS: tuple[Check, ...] = (*label_values.CHECKS, *label_shapes.CHECKS, *label_slices.CHECKS)


# -----------------------------------------------------------------------------
# Checks of meshes: by themselves, and against the labels they were made of.

MESH_THRESHOLDS: tuple[Threshold, ...] = (*mesh_labels.THRESHOLDS, *mesh_shape.THRESHOLDS)
MESH_CHECKS: tuple[Check, ...] = (*mesh_labels.CHECKS, *mesh_shape.CHECKS)


# -----------------------------------------------------------------------------
# Checks of the hierarchy: of its rows by themselves, against its table, and against the volume.

HIERARCHY_THRESHOLDS: tuple[Threshold, ...] = hierarchy_voxels.THRESHOLDS
HIERARCHY_CHECKS: tuple[Check, ...] = (
    *hierarchy_rows.CHECKS,
    *hierarchy_table.CHECKS,
    *hierarchy_voxels.CHECKS,
)


# -----------------------------------------------------------------------------
# Checks of the package: its files, its metadata, and where its volumes lie.

MODULES = (package_files, package_metadata, package_space, package_orientation)

PACKAGE_THRESHOLDS: tuple[Threshold, ...] = (
    *package_space.THRESHOLDS,
    *package_orientation.THRESHOLDS,
)
PACKAGE_CHECKS: tuple[Check, ...] = tuple(check for module in MODULES for check in module.CHECKS)


# -----------------------------------------------------------------------------
# Every check and every threshold, in the order in which they are run and listed.

CHECKS: tuple[Check, ...] = (
    *PACKAGE_CHECKS, *HIERARCHY_CHECKS, *LABEL_CHECKS, *colors.CHECKS, *symmetry.CHECKS,
    *template.CHECKS, *MESH_CHECKS, *orientation_field.CHECKS, *versions.CHECKS, *bids.CHECKS,
)  # fmt: skip
THRESHOLDS: tuple[Threshold, ...] = (
    *PACKAGE_THRESHOLDS, *HIERARCHY_THRESHOLDS, *LABEL_THRESHOLDS, *colors.THRESHOLDS,
    *symmetry.THRESHOLDS, *template.THRESHOLDS, *MESH_THRESHOLDS, *orientation_field.THRESHOLDS,
    *versions.THRESHOLDS, *bids.THRESHOLDS,
)  # fmt: skip
GROUPS: tuple[str, ...] = tuple(dict.fromkeys(check.group for check in CHECKS))
