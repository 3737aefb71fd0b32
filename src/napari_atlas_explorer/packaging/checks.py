"""Checks before anything is written."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import numpy as np

from ..core.errors import ArgumentError, AtlasFileError
from ..formats.common.safety import reason_of
from .plan.package_plan import PackagePlan
from .source.metadata import FIELDS, check
from .write.common import file_name, package_path

BYTES_PER_VOXEL = {"brainglobe-v2": 4 + 1, "brainglobe-v3": 2, "voxelbrain": 1, "itksnap": 1}
"""Of annotation and hemispheres on the disk: plain TIFF, or compressed (measured: 0.2 to 1)."""
IMAGE_BYTES = 2
MESH_BYTES = {"brainglobe-v2": 45, "brainglobe-v3": 8, "voxelbrain": 45, "itksnap": 0}
"""For each triangle."""
FACES_GUESS = 4_000
"""Triangles of a mesh, on the average over an atlas."""


def check_plan(plan: PackagePlan) -> None:
    """Check that the target can be made; the error lists everything that is missing.

    Raises
    ------
    ArgumentError
        In one line.
    """
    package, options = plan.package, plan.options
    for name in package.datasets:
        file_name(name)
    if not options.is_brainglobe:
        return
    metadata = plan.metadata
    missing, stated = metadata.missing(), metadata.as_dict()
    wrong = [s for f in FIELDS if f.key in stated and (s := check(f.key, stated[f.key]))]
    if missing:
        wrong.insert(
            0,
            f"a BrainGlobe package needs {', '.join(missing)}, which nothing states; expected "
            f"them to be stated.",
        )
    if wrong:
        raise ArgumentError(" ".join(wrong), remedy="state metadata" if missing else "")
    if package.reference is None:
        raise ArgumentError(
            f"{package.name} has no reference image; expected one, as BrainGlobe packages have"
        )


def check_target(folder: Path, needed: int) -> None:
    """Check that a folder is writable, and its disk large enough.

    Raises
    ------
    AtlasFileError
        In one line.
    """
    if folder.exists() and not folder.is_dir():
        raise AtlasFileError(folder, "it is a file", "the name of a folder")
    parent = next(p for p in (folder, *folder.resolve().parents) if p.exists())
    try:
        # Permissions are unreliable on network disks and for root: a trial is not.
        with tempfile.TemporaryDirectory(prefix=".", dir=parent):
            pass
    except OSError as exc:
        raise AtlasFileError(
            folder, f"cannot be written to ({reason_of(exc)})", "a writable folder"
        ) from exc
    free = shutil.disk_usage(parent).free
    if free < needed:
        raise AtlasFileError(
            folder, f"{free / 1e9:.2g} GB are free", f"about {needed / 1e9:.2g} GB"
        )


def check_names(plan: PackagePlan, folder: Path, archive: bool) -> None:
    """Check that no package of this name and version, nor archive of it, exists."""
    metadata = plan.metadata
    name = metadata.name or plan.package.name
    for grid in plan.grids:
        size = float(np.abs(grid.steps)[0])
        target = folder / package_path(plan.options.target, name, size, metadata.version)
        for path in (target, target.with_name(f"{target.name}.tar.gz"))[: 1 + archive]:
            if path.exists():
                raise AtlasFileError(
                    path, "it exists", "another version or folder", remedy="replace"
                )


def expected_size(blueprint: PackagePlan) -> int:
    """Estimate the bytes that a package will take, on the large side."""
    target = blueprint.options.target
    voxels = sum(int(np.prod(grid.shape)) for grid in blueprint.grids)
    size = voxels * (BYTES_PER_VOXEL[target] + IMAGE_BYTES * len(blueprint.images))
    plan, n_regions = blueprint.meshes, len(blueprint.package.region_map)
    if plan.source == "package" and plan.files:
        size += sum(p.stat().st_size for p in plan.files.values()) * len(blueprint.grids)
    elif plan.source == "labels":
        size += n_regions * FACES_GUESS * MESH_BYTES[target]
    if blueprint.options.masks:
        size += voxels * n_regions // 500
    return size
