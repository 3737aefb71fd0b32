"""Writer of ITK-SNAP files: 16-bit label volumes, a description file, images."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...core.atlas.itksnap import itksnap_labels
from ...core.progress import StageProgress
from ...core.regions.rank_volume import RankVolume
from ...formats.tables.label_tables import write_itksnap_table
from ...formats.volumes import write_placed_nrrd
from ..plan.extra_volumes import QUICK
from ..plan.package_plan import PackagePlan
from .common import WrittenPackages, atlas_name, file_name


def write_itksnap_folder(
    plan: PackagePlan, folder: Path, progress: StageProgress
) -> WrittenPackages:
    """Write ``segmentation.nrrd``, ``labels.txt`` and the images of each resolution.

    Ids above 65,535 get free numbers, and their label names the id. Origins are the center of
    the first voxel, as ITK reads them, and the headers state that.
    """
    package = plan.package
    name = file_name(plan.metadata.name or package.name)
    targets = [
        folder / f"{atlas_name(name, float(np.abs(g.steps)[0]))}_itksnap" for g in plan.grids
    ]
    levels = plan.read_levels(package.datasets[package.annotation])
    for target, level in zip(targets, levels, strict=True):
        target.mkdir()
        progress(0, "labels")
        rank_volume = RankVolume.from_ids(level.raw, package.region_map, level.grid)
        labels_by_id = itksnap_labels(rank_volume)
        write_placed_nrrd(
            target / "segmentation.nrrd",
            labels_by_id.numbers[rank_volume.raw],
            level.grid,
            package.orientation,
            level=QUICK,
            origin="centre",
        )
        write_itksnap_table(target / "labels.txt", labels_by_id.as_dataframe())
    for n, (image, data) in enumerate(plan.images.items()):
        progress((n + 1) / (len(plan.images) + 1), image)
        for target, level in zip(targets, plan.read_levels(data), strict=True):
            path = target / f"{file_name(image)}.nrrd"
            write_placed_nrrd(
                path, level.raw, level.grid, package.orientation, level=QUICK, origin="centre"
            )
    return WrittenPackages(targets)
