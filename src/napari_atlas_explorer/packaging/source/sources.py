"""Sources of a package: an atlas that opens, or a list of source files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ...atlases.cache.large import map_large_volumes
from ...atlases.layouts import allen_ccf, brainglobe_v2, brainglobe_v3, voxelbrain
from ...atlases.layouts.pairing import find_table
from ...atlases.open import apply_overrides
from ...core.errors import AtlasFileError
from ...core.package import Assumption, Dataset, DatasetKind, Package
from ...core.regions.region_map import RegionMap
from ...core.space.axes import check_orientation
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import HemisphereVolume
from ...core.space.volume import VoxelData
from ...formats.meshes.reader import MESH_SUFFIXES, read_mesh
from ...formats.tables.regions import load_region_table
from ...formats.volume_header import (
    VolumeHeader,
    format_shape,
    override_placement,
    read_volume_header,
)
from ..write.common import reference_name
from .metadata import AtlasMetadata
from .spec import PackageSpec


@dataclass(frozen=True, eq=False)
class PackageSource:
    """Source files, or an atlas that was opened.

    Attributes
    ----------
    package
        Volumes, regions, meshes and hemisphere rule, in the source's own axes.
    metadata
        Metadata of the package.
    is_package
        Whether it was a package before: then what it holds is kept as it is unless something
        else is requested.
    coarser
        Coarser versions of a dataset that were given, the finest first; others are made.
    components
        Name and version of components of a v3 package, by their key in its manifest; those that
        are not given are named after the atlas.
    """

    package: Package
    metadata: AtlasMetadata
    is_package: bool
    coarser: Mapping[str, tuple[VoxelData, ...]] = field(default_factory=dict)
    components: Mapping[str, tuple[str, str]] = field(default_factory=dict)


PACKAGES = (brainglobe_v2.LAYOUT, brainglobe_v3.LAYOUT, voxelbrain.LAYOUT)
"""Layouts whose regions without voxels are kept by default."""

INGREDIENTS = "ingredients"


def source_of_package(package: Package, changes: Mapping[str, Any] | None = None) -> PackageSource:
    """Use an atlas of any layout as it is.

    Parameters
    ----------
    package
        The atlas.
    changes
        Changes of its metadata, by BrainGlobe's keys; a resolution or an
        orientation also applies to the volumes.
    """
    changed = {k: v for k, v in (changes or {}).items() if v is not None}
    # Changes are applied before the package's own metadata are checked: these may be wrong.
    metadata = AtlasMetadata.from_package_metadata({**_read_metadata(package), **changed})
    if changed.keys() & {"resolution", "orientation"}:
        stated = AtlasMetadata.from_mapping(changed)
        package = apply_overrides(package, stated.resolution, stated.orientation)
    package = _restore_names(package)
    return PackageSource(package, metadata, package.layout in PACKAGES)


def source_of_spec(spec: PackageSpec) -> PackageSource:
    """Combine the source files of a package spec; headers are read, volumes on demand.

    Raises
    ------
    AtlasFileError
        Where one cannot be read, or does not fit the annotation.
    """
    stated = spec.metadata
    header = read_volume_header(spec.annotation, None, default_unit=None)
    grid = _choose_grid(header, stated)
    datasets = {"annotation": _make_dataset("annotation", "annotation", header)}
    for name, kind, path in _list_others(spec):
        datasets[name] = _make_dataset(name, kind, _require_fit(path, header, grid))
    datasets = {name: _place_on_grid(data, grid) for name, data in datasets.items()}
    meshes = spec.meshes if isinstance(spec.meshes, Path) else None
    regions, table, names = _read_regions(spec)
    package = Package(
        name=stated.name or spec.annotation.stem,
        layout=INGREDIENTS,
        grid=grid,
        region_map=regions,
        datasets=datasets,
        annotation="annotation",
        reference="reference" if "reference" in datasets else None,
        hemispheres="hemispheres" if "hemispheres" in datasets else None,
        orientation_field="orientation" if "orientation" in datasets else None,
        path=spec.annotation,
        metadata={"additional_references": list(spec.additional_references)},
        orientation=stated.orientation or header.orientation,
        hemisphere_rule=_find_hemisphere_rule(datasets),
        assumptions=_drop_stated((*header.assumptions, *names), stated),
        resolution_known=header.spacing_known or stated.resolution is not None,
        mesh_files=mesh_files_in(meshes) if meshes else {},
        read_mesh=read_mesh,
        region_file=table,
    )
    return PackageSource(map_large_volumes(package), stated, is_package=False)


def mesh_files_in(folder: Path) -> dict[int, Path]:
    """Return meshes of any format that are named by the ids of their regions: ``997.stl``."""
    mesh_files = {
        int(p.stem): p
        for p in sorted(folder.iterdir())
        if p.stem.isdecimal() and p.suffix.lower() in MESH_SUFFIXES
    }
    if not mesh_files:
        raise AtlasFileError(
            folder,
            "no mesh that is called after a region's id",
            f"files such as 997.obj ({', '.join(MESH_SUFFIXES)})",
        )
    return mesh_files


def _read_metadata(package: Package) -> dict[str, Any]:
    """Return a package's metadata; an Allen folder's name and hierarchy are not BrainGlobe's."""
    own = {k: v for k, v in package.metadata.items() if k != "hemisphere_convention"}
    if package.layout not in PACKAGES:
        own = {k: v for k, v in own.items() if k != "hierarchy"}
    if package.layout == allen_ccf.LAYOUT:
        own.setdefault("atlas_link", "https://atlas.brain-map.org")
        own.setdefault("name", "allen_mouse")
    if package.orientation is not None:
        own.setdefault("orientation", package.orientation)
    return own


def _restore_names(package: Package) -> Package:
    """Give additional references the names that they had in a v2 package."""
    if package.layout != brainglobe_v3.LAYOUT:
        return package
    atlas = str(package.metadata.get("name", ""))
    extra = brainglobe_v2.additional_references(package.metadata)
    names = {e["name"]: reference_name(atlas, e["name"]) for e in extra if "name" in e}
    datasets = {
        names.get(key, key): replace(data, name=names.get(key, key))
        for key, data in package.datasets.items()
    }
    metadata = {**package.metadata, "additional_references": list(names.values())}
    return replace(package, datasets=datasets, metadata=metadata)


def _drop_stated(
    assumptions: tuple[Assumption, ...], stated: AtlasMetadata
) -> tuple[Assumption, ...]:
    """Drop what was assumed where the metadata state it."""
    known = set()
    if stated.resolution is not None:
        known |= {"resolution", "unit"}
    if stated.orientation is not None:
        known.add("orientation")
    return tuple(a for a in assumptions if a.quantity not in known)


def _read_regions(spec: PackageSpec) -> tuple[RegionMap, Path, tuple[Assumption, ...]]:
    if spec.regions is not None:
        return load_region_table(spec.regions), spec.regions, ()
    found = find_table(spec.annotation)
    if found is None or found[0].path is None:
        raise AtlasFileError(
            spec.annotation.parent, "no list of regions", "one, named in the key 'regions'"
        )
    return found[0].region_map, found[0].path, found[1]


def _list_others(spec: PackageSpec) -> list[tuple[str, DatasetKind, Path]]:
    others: list[tuple[str, DatasetKind, Path]] = []
    if spec.reference is not None:
        others.append(("reference", "image", spec.reference))
    if spec.hemispheres is not None:
        others.append(("hemispheres", "hemispheres", spec.hemispheres))
    if spec.orientation_field is not None:
        others.append(("orientation", "orientation", spec.orientation_field))
    return others + [(n, "image", p) for n, p in spec.additional_references.items()]


def _choose_grid(header: VolumeHeader, stated: AtlasMetadata) -> VoxelGrid:
    if stated.orientation is not None and stated.orientation != header.orientation:
        check_orientation(stated.orientation)
    if stated.resolution is None:
        return header.grid
    return header.grid.rescaled(stated.resolution)


def _require_fit(path: Path, annotation: VolumeHeader, grid: VoxelGrid) -> VolumeHeader:
    """Check that a volume has the annotation's shape, and return its header with that placement."""
    header = read_volume_header(path, None, default_unit=None)
    if header.grid.shape != annotation.grid.shape:
        raise AtlasFileError(
            path,
            f"a volume of {format_shape(header.grid.shape)} voxels",
            f"{format_shape(annotation.grid.shape)}, as {annotation.path.name}",
        )
    return override_placement(header, grid)


def _make_dataset(name: str, kind: DatasetKind, header: VolumeHeader) -> Dataset:
    def load() -> VoxelData:
        return VoxelData.from_grid(header.load(), header.grid)

    return Dataset(name, kind, load, header.path)


def _place_on_grid(data: Dataset, grid: VoxelGrid) -> Dataset:
    return replace(data, load=lambda: VoxelData.from_grid(data.load().raw, grid))


def _find_hemisphere_rule(datasets: Mapping[str, Dataset]) -> HemisphereVolume | None:
    if "hemispheres" not in datasets:
        return None
    return HemisphereVolume(lambda: datasets["hemispheres"].load().raw)
