"""Output of brainreg: an atlas's annotation registered to a sample, in the sample's space.

``brainreg.json`` names the atlas. Region names come from that atlas where it is in a local
cache; the voxels are of the atlas's size, as brainreg resamples the sample to it.
"""

from __future__ import annotations

import re
from pathlib import Path

from ...core.errors import AtlasError, AtlasFileError
from ...core.package import Assumption, Dataset, DatasetKind, Package
from ...core.regions.region_map import RegionMap
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import HemisphereVolume
from ...formats.common.text import load_json
from ...formats.volume_header import read_volume_header
from ..local.installed import find_local
from . import brainglobe_v2, brainglobe_v3
from .datasets import load_volume, make_dataset, volumes_in
from .lone_volume import flat_region_map
from .pairing import find_table

LAYOUT = "brainreg output"
METADATA, ANNOTATION = "brainreg.json", "registered_atlas.tiff"
HEMISPHERES, REFERENCE = "registered_hemispheres", "downsampled"
SIZE_IN_NAME = re.compile(r"_(\d+(?:\.\d+)?)um$")


def matches(folder: Path) -> bool:
    """Return whether a folder holds a registered annotation and the settings of its run."""
    return (folder / METADATA).is_file() and (folder / ANNOTATION).is_file()


def read(folder: Path, region_map: RegionMap | None = None, file: Path | None = None) -> Package:
    """Describe a registration; the atlas it was made with names the regions."""
    settings = load_json(folder / METADATA)
    name = settings.get("atlas") if isinstance(settings, dict) else None
    if not isinstance(name, str) or not name:
        raise AtlasFileError(folder / METADATA, "it names no atlas", "a key 'atlas'")
    header = read_volume_header(folder / ANNOTATION)
    atlas = _find_atlas(name)
    assumptions: list[Assumption] = []
    grid = _find_grid(header.grid, header.spacing_known, name, atlas, assumptions)
    if region_map is None and atlas is not None:
        region_map = atlas.region_map
    table: Path | None = None
    if region_map is None:
        found = find_table(folder / ANNOTATION)
        if found is not None:
            region_map, table = found[0].region_map, found[0].path
            assumptions += found[1]
    if region_map is None:
        assumptions.append(
            Assumption(
                "hierarchy",
                f"atlas {name} is not in a local cache, so that ids are listed flat "
                f"until a table of its regions is given",
            )
        )
        region_map = flat_region_map(load_volume(folder / ANNOTATION), folder / ANNOTATION)
    datasets = _find_datasets(folder, grid)
    hemispheres = datasets.get(HEMISPHERES)
    return Package(
        name=f"{folder.resolve().name} ({name})",
        layout=LAYOUT,
        grid=grid,
        region_map=region_map,
        datasets=datasets,
        annotation="registered_atlas",
        reference=REFERENCE if REFERENCE in datasets else None,
        hemispheres=HEMISPHERES if hemispheres else None,
        path=folder,
        metadata={**settings, "hierarchy": table.name if table else name},
        hemisphere_rule=HemisphereVolume(lambda: hemispheres.load().raw, "BrainGlobe")
        if hemispheres
        else None,
        assumptions=tuple(assumptions),
        resolution_known=header.spacing_known or grid != header.grid,
        region_file=table or (atlas.region_file if atlas is not None else None),
    )


def _find_atlas(name: str) -> Package | None:
    folder = find_local(name)
    if folder is None:
        return None
    try:
        if brainglobe_v2.matches(folder):
            return brainglobe_v2.read(folder)
        return brainglobe_v3.read(folder)
    except AtlasError:
        return None  # a broken cache is no reason to refuse the registration


def _find_grid(
    grid: VoxelGrid, known: bool, name: str, atlas: Package | None, assumptions: list[Assumption]
) -> VoxelGrid:
    """Return the grid of the registered volumes: TIFF rarely states it, the atlas's name does."""
    if known:
        return grid
    size = SIZE_IN_NAME.search(name)
    if atlas is not None:
        steps = [abs(s) for s in atlas.grid.steps.tolist()]
    elif size is not None:
        steps = [float(size[1])] * 3
    else:
        assumptions.append(Assumption("resolution", f"the voxel size of {name} is unknown"))
        return grid
    assumptions.append(
        Assumption("resolution", f"voxels are taken to measure what those of atlas {name} do")
    )
    return VoxelGrid.from_steps(grid.shape, steps)


def _find_datasets(folder: Path, grid: VoxelGrid) -> dict[str, Dataset]:
    datasets = {}
    for path in volumes_in(folder):
        kind: DatasetKind = "image"
        if path.name == ANNOTATION:
            kind = "annotation"
        elif path.stem == HEMISPHERES:
            kind = "hemispheres"
        elif path.stem == "boundaries":
            kind = "mask"
        try:
            if read_volume_header(path).grid.shape != grid.shape:
                continue  # in the atlas's space, such as downsampled_standard.tiff
        except AtlasError:
            continue
        data = make_dataset(path, kind, grid=grid)
        datasets[data.name] = data
    return datasets
