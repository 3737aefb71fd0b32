"""Writing BrainGlobe packages of the v3 layout: shared components, OME-Zarr, precomputed meshes."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..atlases.brainglobe_v3 import CACHE
from ..core.grid import VoxelGrid
from ..core.regions import RegionMap
from ..files.ome_zarr_writer import Sliceable, write_ome_zarr
from ..files.precomputed_writer import write_mesh_info
from .blueprint import Blueprint
from .brainglobe_v2_writer import v2_metadata
from .extra_files import write_others
from .image_levels import image_levels
from .layout_names import atlas_name, template_name, version_folder
from .mesh_export import export_meshes
from .package_text import write_json
from .precomputed_annotation import write_precomputed_annotation
from .recast import Recast
from .region_masks import write_region_masks
from .region_mending import structures_of
from .stages import Progress, stage
from .written import Written

VOLUMES_SHARE = 0.3


@dataclass(frozen=True)
class Component:
    """A part of a v3 package, stored once and named by its location.

    Attributes
    ----------
    kind
        Folder of its kind, such as "templates".
    name, version
        Of the component.
    holds
        Descriptions of the components that it refers to.
    """

    kind: str
    name: str
    version: str
    holds: dict[str, Any] = field(default_factory=dict)

    @property
    def location(self) -> str:
        """Path from the root of the cache."""
        return f"/{self.kind}/{self.name}/{version_folder(self.version)}"

    def described(self) -> dict[str, Any]:
        """Name it as manifests do."""
        return {
            "name": self.name, "version": self.version.replace("_", "."),
            "location": self.location, **self.holds,
        }  # fmt: skip

    def make(self, root: Path) -> Path:
        """Make its folder."""
        folder = root / self.location.strip("/")
        folder.mkdir(parents=True)
        return folder


def write_brainglobe_v3(blueprint: Blueprint, folder: Path, progress: Progress) -> Written:
    """Write ``brainglobe-atlasapi/`` with all components, and one manifest for each resolution.

    The pyramid of every volume has the resolutions of the package. The array of one mask for
    each region, which BrainGlobe 3 reads its masks from, is written where it is asked for.
    """
    root, package, notes = folder / CACHE, blueprint.package, []
    name, version = blueprint.metadata.name, blueprint.metadata.version
    own = blueprint.components
    template = Component("templates", *own.get("template", (f"{name}-template", version)))
    terms = Component("terminologies", *own.get("terminology", (f"{name}-terminology", version)))
    annotation = Component(
        "annotation-sets", *own.get("annotation_set", (f"{name}-annotation", version)),
        holds={"template": template.described(), "terminology": terms.described()},
    )  # fmt: skip
    space = Component(
        "coordinate-spaces", *own.get("coordinate_space", (f"{name}-space", version)),
        holds={"template": template.described()},
    )  # fmt: skip
    others = {
        image: Component("templates", template_name(name, image), version)
        for image in blueprint.reference_names
    }
    scales = [tuple(float(s) for s in np.abs(grid.steps)) for grid in blueprint.grids]
    volumes = stage(progress, 0, VOLUMES_SHARE)
    for n, (image, data) in enumerate(blueprint.images.items()):
        volumes(n / (len(blueprint.images) + 2), image)
        levels, note = image_levels(blueprint, data)
        notes += [note] if note else []
        target = others.get(image, template).make(root)
        write_ome_zarr(target / "template.ome.zarr", levels, scales)
    volumes(0.7, "annotation")
    target = annotation.make(root)
    ids = [
        Recast.to(level.raw, np.uint32)
        for level in blueprint.levels(package.datasets[package.annotation])
    ]
    write_ome_zarr(target / "annotations_compressed.ome.zarr", ids, scales)
    if hemispheres := blueprint.hemisphere_levels():
        write_ome_zarr(target / "hemispheres.ome.zarr", [v.raw for v in hemispheres], scales)
    if blueprint.options.masks:
        say = stage(progress, 0.2, VOLUMES_SHARE)
        write_region_masks(target / "annotations.ome.zarr", ids, scales, package.region_map, say)
    write_terminology(terms.make(root) / "terminology.csv", package.region_map)
    write_json(space.make(root) / "manifest.json", space.described())
    described, more = _write_meshes(
        blueprint, target / "annotations.precomputed", ids[0], stage(progress, VOLUMES_SHARE, 1)
    )
    packages = []
    for grid in blueprint.grids:
        atlas = Component("atlases", atlas_name(name, float(np.abs(grid.steps)[0])), version)
        manifest = _manifest(blueprint, grid, atlas.location)
        manifest["additional_references"] = [c.described() for c in others.values()]
        manifest |= {
            "coordinate_space": space.described(), "terminology": terms.described(),
            "annotation_set": annotation.described(), "template": template.described(),
        }  # fmt: skip
        packages.append(atlas.make(root))
        write_json(packages[-1] / "manifest.json", manifest)
    write_others(blueprint, packages)
    return Written(packages, described, (*notes, *more))


def write_terminology(path: Path, regions: RegionMap) -> None:
    """Write the table of regions with BrainGlobe's columns, in the hierarchy's pre-order."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["identifier", "parent_identifier", "annotation_value", "name", "abbreviation",
         "color_hex_triplet", "root_identifier_path"]
    )  # fmt: skip
    for row in structures_of(regions):
        ids = row["structure_id_path"]
        parent = ids[-2] if len(ids) > 1 else ""
        color = "#" + "".join(f"{v:02X}" for v in row["rgb_triplet"])
        writer.writerow(
            [row["id"], parent, row["id"], row["name"], row["acronym"], color, str(ids)]
        )
    path.write_text(out.getvalue(), encoding="utf-8", newline="\n")


def _manifest(blueprint: Blueprint, grid: VoxelGrid, location: str) -> dict[str, Any]:
    values = v2_metadata(blueprint, grid)
    return {"name": values.pop("name"), "location": location, **values}


def _write_meshes(
    blueprint: Blueprint, folder: Path, ids: Sliceable, progress: Progress
) -> tuple[str, tuple[str, ...]]:
    write_precomputed_annotation(blueprint, folder, ids)
    meshes = folder / "mesh"
    # BrainGlobe looks for missing meshes on the network, but for the folder here.
    meshes.mkdir(exist_ok=True)
    if blueprint.meshes.source == "none":
        return "", ()
    write_mesh_info(meshes)
    outcome = export_meshes(
        blueprint, meshes, "precomputed", lambda share: progress(share, "meshes")
    )
    return outcome.describe(), outcome.notes
