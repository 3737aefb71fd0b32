"""BrainGlobe packages of the v1/v2 layout (brainglobe-atlasapi up to 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import ArgumentError, AtlasFileError
from ...core.package import Dataset, Package, assume_hierarchy
from ...core.regions.region_map import RegionMap
from ...core.space.axes import LEFT_RIGHT, axis_of, check_orientation
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import HemisphereRule, HemisphereVolume, brainglobe_symmetric
from ...formats.meshes.reader import read_mesh
from ...formats.tables.regions import load_region_table
from ...formats.volume_header import read_volume_header
from .datasets import find_nrrd, load_metadata, make_dataset, obj_files

LAYOUT = "BrainGlobe v2"
METADATA = "metadata.json"
REQUIRED = ("name", "resolution", "orientation", "shape")


def matches(folder: Path) -> bool:
    """Return whether a folder holds the files that name this layout."""
    return (folder / METADATA).is_file() and (
        (folder / "annotation.tiff").is_file()
        or (folder / "structures.json").is_file()
        or (folder / "structures.csv").is_file()
    )


def read(folder: Path, region_map: RegionMap | None = None, file: Path | None = None) -> Package:
    """Describe a package; only headers and the hierarchy are read."""
    metadata = load_metadata(folder / METADATA, REQUIRED)
    grid, orientation = package_space(folder / METADATA, metadata)
    annotation = folder / "annotation.tiff"
    if not annotation.is_file():
        raise AtlasFileError(folder, "annotation.tiff is missing", "it next to metadata.json")
    shape = read_volume_header(annotation).grid.shape
    if shape != grid.shape:
        raise AtlasFileError(annotation, f"a volume of {shape} voxels", f"{grid.shape} (metadata)")
    datasets = _find_datasets(folder, metadata, grid)
    regions = _find_region_file(folder) if region_map is None else None
    return describe_package(
        LAYOUT,
        folder,
        metadata,
        grid,
        orientation,
        datasets,
        region_map or load_region_table(_find_region_file(folder)),
        regions,
        mesh_files=obj_files(folder / "meshes"),
        read_mesh=read_mesh,
    )


def describe_package(
    layout: str,
    folder: Path,
    metadata: Mapping[str, Any],
    grid: VoxelGrid,
    orientation: str,
    datasets: Mapping[str, Dataset],
    region_map: RegionMap,
    region_file: Path | None,
    **own: Any,
) -> Package:
    """Describe a package of either BrainGlobe layout; ``own`` holds the differences."""
    return Package(
        name=package_title(metadata),
        layout=layout,
        grid=grid,
        region_map=region_map,
        region_file=region_file,
        assumptions=assume_hierarchy(region_map, region_file.name if region_file else ""),
        datasets=datasets,
        annotation="annotation",
        reference="reference" if "reference" in datasets else None,
        hemispheres="hemispheres" if "hemispheres" in datasets else None,
        orientation_field="orientation" if "orientation" in datasets else None,
        path=folder,
        metadata=metadata,
        orientation=orientation,
        hemisphere_rule=package_hemisphere_rule(datasets, metadata, grid, orientation),
        **own,
    )


def package_space(path: Path, metadata: Mapping[str, Any]) -> tuple[VoxelGrid, str]:
    """Return the grid and orientation that BrainGlobe's metadata state."""
    try:
        shape = tuple(int(n) for n in metadata["shape"])
        resolution = tuple(float(r) for r in metadata["resolution"])
        if len(shape) != 3 or len(resolution) != 3 or min(*shape, *resolution) <= 0:
            raise ValueError
        if not np.isfinite(resolution).all():
            raise ValueError
    except (TypeError, ValueError, OverflowError) as exc:
        raise AtlasFileError(
            path,
            f"shape {metadata['shape']} and resolution {metadata['resolution']}",
            "three positive numbers each",
        ) from exc
    try:
        return VoxelGrid.from_steps(shape, resolution), check_orientation(metadata["orientation"])
    except ArgumentError as exc:
        raise AtlasFileError(path, str(exc)) from exc


def package_title(metadata: Mapping[str, Any]) -> str:
    """Return the package name as BrainGlobe writes it, such as "allen_mouse_100um v1.2"."""
    resolution = float(metadata["resolution"][0])
    version = metadata.get("version")
    return f"{metadata['name']}_{resolution:g}um" + (f" v{version}" if version else "")


def _find_region_file(folder: Path) -> Path:
    for name in ("structures.json", "structures.csv"):
        if (folder / name).is_file():
            return folder / name
    raise AtlasFileError(folder, "no hierarchy", "structures.json or structures.csv")


def additional_references(metadata: Mapping[str, Any]) -> list[Any]:
    """Return the metadata's list of additional references, empty if it is no list."""
    extra = metadata.get("additional_references")
    return extra if isinstance(extra, list) else []


def _find_datasets(
    folder: Path, metadata: Mapping[str, Any], grid: VoxelGrid
) -> dict[str, Dataset]:
    datasets = {}
    extra = additional_references(metadata)
    names = ["reference", "annotation", "hemispheres"]
    for name in [*names, *(str(e) for e in extra if isinstance(e, str))]:
        path = folder / f"{name}.tiff"
        if path.parent != folder or not path.is_file():
            continue
        kind = name if name in ("annotation", "hemispheres") else "image"
        datasets[name] = make_dataset(path, kind, name, grid)  # type: ignore[arg-type]
    return datasets | find_nrrd(folder, grid, datasets)


def package_hemisphere_rule(
    datasets: Mapping[str, Dataset], metadata: Mapping[str, Any], grid: VoxelGrid, orientation: str
) -> HemisphereRule | None:
    """Return the hemisphere rule: the package's volume, else BrainGlobe's rule if symmetric."""
    if "hemispheres" in datasets:
        return HemisphereVolume(lambda: datasets["hemispheres"].load().raw, "BrainGlobe")
    if metadata.get("symmetric") is True:
        axis = axis_of(orientation, LEFT_RIGHT)
        return brainglobe_symmetric(axis, grid.shape[axis], orientation[axis] == "r")
    return None
