"""BrainGlobe packages of the v3 layout (brainglobe-atlasapi 3): shared components, OME-Zarr.

A manifest under ``atlases/`` names the components of an atlas, which are in other folders,
stored once for all atlases that use them. NGFF states centers in general, but in these packages
a translation of 0 means that the volume begins at 0: the corner, as everywhere in BrainGlobe.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError, HierarchyError, short
from ...core.package import Dataset, DatasetKind, Package
from ...core.regions.region_map import RegionMap
from ...core.space.grid import VoxelGrid
from ...core.space.volume import VoxelData
from ...formats.common.text import read_text
from ...formats.neuroglancer.meshes import read_precomputed_mesh
from ...formats.ome_zarr.reader import ZarrLevel, read_ome_zarr, read_ome_zarr_header
from ...formats.tables.terminology import parse_terminology
from .brainglobe_v2 import additional_references, describe_package, package_space
from .datasets import find_nrrd, load_metadata

LAYOUT = "BrainGlobe v3"
METADATA = MANIFEST = "manifest.json"
CACHE = "brainglobe-atlasapi"
"""Folder that holds all components, within BrainGlobe 3's own folder."""
REQUIRED = ("name", "resolution", "orientation", "shape", "annotation_set", "terminology")


def matches(folder: Path) -> bool:
    """Return whether a folder is that of one atlas: ``atlases/<name>/<version>``."""
    return (folder / MANIFEST).is_file() and folder.parent.parent.name == "atlases"


def manifests_in(root: Path) -> list[Path]:
    """Return the folders of the atlases of a v3 cache or of one atlas's versions, by name."""
    for pattern in ("atlases/*/*", "*/*", "*"):
        folders = [p.parent for p in root.glob(f"{pattern}/{MANIFEST}") if matches(p.parent)]
        if folders:
            return sorted(folders)
    return []


def read(folder: Path, region_map: RegionMap | None = None, file: Path | None = None) -> Package:
    """Describe a package; manifest, terminology and the volumes' metadata are read."""
    path = folder / MANIFEST
    metadata = load_metadata(path, REQUIRED)
    grid, orientation = package_space(path, metadata)
    annotations = _find_component(path, metadata, "annotation_set")
    datasets = _find_datasets(path, metadata, annotations, grid)
    if "annotation" not in datasets:
        raise AtlasFileError(annotations, "no annotations_compressed.ome.zarr", "the annotation")
    terminology = _find_component(path, metadata, "terminology") / "terminology.csv"
    return describe_package(
        LAYOUT,
        folder,
        metadata,
        grid,
        orientation,
        datasets,
        region_map or read_terminology(terminology),
        terminology if region_map is None else None,
        mesh_files=_find_mesh_files(annotations / "annotations.precomputed" / "mesh"),
        read_mesh=read_precomputed_mesh,
    )


def read_terminology(path: Path) -> RegionMap:
    """Read regions: ids are what the volume holds, parents are named by identifier.

    "NA" is an acronym here, and ids are as wide as they come.
    """
    rows, notes = parse_terminology(read_text(path), path)
    ids = {row["id"] for row in rows}
    structures = []
    for row in rows:
        parent = row["parent_structure_id"]
        if parent is not None and parent not in ids:
            raise AtlasFileError(
                path,
                f"region {row['identifier']} has the parent {short(parent)}",
                "one of the table",
            )
        kept = ("id", "parent_structure_id", "acronym", "name", "color_hex_triplet", "identifier")
        structures.append({key: row.get(key) for key in kept})
    try:
        region_map = RegionMap.from_structures(structures)
    except HierarchyError as exc:
        raise AtlasFileError(path, str(exc)) from exc
    region_map.notes = (*notes, *region_map.notes)
    return region_map


def _find_component(
    path: Path, parent: Mapping[str, Any], key: str, *, required: bool = True
) -> Path:
    """Return a component's folder; its location starts at the folder that holds ``atlases``."""
    entry = parent.get(key)
    location = entry.get("location") if isinstance(entry, dict) else None
    if not isinstance(location, str) or not location.strip("/"):
        raise AtlasFileError(path, f"{key} is {short(entry)}", "an object with a location")
    root = path.parent.parent.parent.parent.resolve()
    folder = (root / location.strip("/")).resolve()
    if not folder.is_relative_to(root):
        raise AtlasFileError(path, f"{key} is at {short(location)}", "a folder next to 'atlases'")
    if required and not folder.is_dir():
        raise AtlasFileError(path, f"its {key} is not at {folder}", "all components of the package")
    return folder


def _find_datasets(
    path: Path, metadata: Mapping[str, Any], annotations: Path, grid: VoxelGrid
) -> dict[str, Dataset]:
    candidates: list[tuple[str, DatasetKind, Path]] = [
        ("annotation", "annotation", annotations / "annotations_compressed.ome.zarr"),
        ("hemispheres", "hemispheres", annotations / "hemispheres.ome.zarr"),
    ]
    if metadata.get("template"):
        # Labels without their reference image are of use: QA names what is missing.
        folder = _find_component(path, metadata, "template", required=False)
        template = folder / "template.ome.zarr"
        candidates.insert(0, ("reference", "image", template))
    for extra in additional_references(metadata):
        if isinstance(extra, dict) and isinstance(extra.get("name"), str):
            folder = _find_component(path, {"reference": extra}, "reference", required=False)
            candidates.append((extra["name"], "image", folder / "template.ome.zarr"))
    datasets = {
        name: _make_dataset(name, kind, folder, grid)
        for name, kind, folder in candidates
        if folder.is_dir()
    }
    return datasets | find_nrrd(path.parent, grid, datasets)


def _make_dataset(name: str, kind: DatasetKind, folder: Path, grid: VoxelGrid) -> Dataset:
    def level() -> ZarrLevel:
        level_found = read_ome_zarr_header(folder).level_of(grid.steps.tolist())
        if level_found.shape != grid.shape:
            raise AtlasFileError(
                level_found.path, f"{level_found.shape} voxels", f"{grid.shape} (manifest)"
            )
        if kind in ("annotation", "hemispheres") and not (level_found.path / "c").is_dir():
            # brainglobe-atlasapi 3 leaves values on the server until they are used, and marks that
            # by this folder. Missing chunks would be read as zeros.
            raise AtlasFileError(
                level_found.path,
                f"the values of the {kind} have not been fetched yet",
                "them next to their metadata",
                remedy="download values",
            )
        return level_found

    if kind == "annotation":
        level()  # an atlas without its annotation is refused when it is opened
    return Dataset(name, kind, lambda: VoxelData.from_grid(read_ome_zarr(level()), grid), folder)


def _find_mesh_files(folder: Path) -> dict[int, Path]:
    if not folder.is_dir():
        return {}
    return {int(p.name): p for p in sorted(folder.iterdir()) if p.name.isdecimal() and p.is_file()}
