"""VoxelBrain folders, as voxcell reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...core.errors import ArgumentError, AtlasFileError
from ...core.package import Assumption, Dataset, Package, assume_hierarchy
from ...core.regions.region_map import RegionMap
from ...core.space.axes import check_orientation
from ...core.space.hemispheres import HemisphereRule, HemisphereVolume
from ...formats.meshes.reader import read_mesh
from ...formats.tables.hierarchies import load_region_map_json
from ...formats.volume_header import NRRD_SUFFIXES, read_volume_header
from .datasets import (
    ANNOTATION,
    HEMISPHERES,
    kind_of_name,
    load_metadata,
    make_dataset,
    obj_files,
    volumes_in,
)

LAYOUT = "VoxelBrain"
METADATA = "metadata.json"
REFERENCES = ("reference", "template", "average_template", "nissl", "ara_nissl")


def matches(folder: Path) -> bool:
    """Return whether a folder holds ``brain_regions.nrrd`` and ``hierarchy.json``."""
    return (folder / f"{ANNOTATION}.nrrd").is_file() and (folder / "hierarchy.json").is_file()


def read(folder: Path, region_map: RegionMap | None = None, file: Path | None = None) -> Package:
    """Describe a folder; only headers and the hierarchy are read.

    ``metadata.json`` may, besides voxcell's ``layers``, hold ``name``, ``orientation`` (three
    letters), ``citation``, the other keys of BrainGlobe's metadata, and
    ``hemisphere_convention``: the source of the hemisphere volume. ``meshes/ID.obj`` are surfaces.
    """
    path = folder / METADATA
    metadata = load_metadata(path) if path.is_file() else {}
    header = read_volume_header(folder / f"{ANNOTATION}.nrrd")
    if not header.spacing_known:
        raise AtlasFileError(header.path, "no voxel size in its header", "'space directions'")
    orientation, assumptions = _find_orientation(folder, metadata, header.orientation, header.space)
    datasets = {
        # Hemispheres are looked up by voxel: their volume must have the same shape.
        path.stem: make_dataset(
            path, kind_of_name(path.stem), grid=header.grid if path.stem in HEMISPHERES else None
        )
        for path in volumes_in(folder)
        if path.suffix.lower() in NRRD_SUFFIXES
    }
    hemispheres = next((name for name in HEMISPHERES if name in datasets), None)
    hierarchy = folder / "hierarchy.json"
    regions = region_map or load_region_map_json(hierarchy)
    assumptions += assume_hierarchy(regions, "" if region_map else hierarchy.name)
    return Package(
        name=str(metadata.get("name") or folder.resolve().name),
        layout=LAYOUT,
        grid=header.grid,
        region_map=regions,
        datasets=datasets,
        annotation=ANNOTATION,
        reference=next((name for name in REFERENCES if name in datasets), None),
        hemispheres=hemispheres,
        orientation_field="orientation" if "orientation" in datasets else None,
        path=folder,
        metadata=metadata,
        orientation=orientation,
        hemisphere_rule=_find_hemisphere_rule(datasets, hemispheres, metadata),
        assumptions=assumptions,
        mesh_files=obj_files(folder / "meshes"),
        read_mesh=read_mesh,
        region_file=hierarchy if region_map is None else None,
    )


def _find_orientation(
    folder: Path, metadata: Mapping[str, Any], from_header: str | None, space: str
) -> tuple[str | None, tuple[Assumption, ...]]:
    stated = metadata.get("orientation")
    if stated is not None:
        try:
            return check_orientation(stated), ()
        except ArgumentError as exc:
            raise AtlasFileError(folder / METADATA, str(exc)) from exc
    if from_header is None:
        return None, ()
    statement = f"orientation {from_header} is taken from {space}"
    return from_header, (Assumption("orientation", statement),)


def _find_hemisphere_rule(
    datasets: Mapping[str, Dataset], hemispheres: str | None, metadata: Mapping[str, Any]
) -> HemisphereRule | None:
    if hemispheres is None:
        return None
    convention = metadata.get("hemisphere_convention")
    if isinstance(convention, str) and convention:
        return HemisphereVolume(lambda: datasets[hemispheres].load().raw, convention)
    return HemisphereVolume(lambda: datasets[hemispheres].load().raw)
