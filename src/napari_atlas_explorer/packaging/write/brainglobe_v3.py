"""Writer of BrainGlobe packages of the v3 layout: OME-Zarr, precomputed meshes, region masks."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...atlases.layouts.brainglobe_v3 import CACHE
from ...core.progress import StageProgress
from ...core.regions.rank_volume import RankVolume
from ...core.regions.region_map import RegionMap
from ...core.space.grid import VoxelGrid
from ...formats.neuroglancer.writer import (
    write_mesh_info,
    write_segment_properties,
    write_segmentation,
)
from ...formats.ome_zarr.writer import SliceableArray, write_ome_zarr
from ..plan.extra_volumes import write_others
from ..plan.images import CastArray, image_levels
from ..plan.package_plan import PackagePlan
from ..plan.repair_regions import structures_of
from .brainglobe_v2 import v2_metadata
from .common import WrittenPackages, atlas_name, stage, template_name, version_folder, write_json
from .meshes import export_meshes


def write_precomputed_annotation(plan: PackagePlan, folder: Path, ids: SliceableArray) -> None:
    """Write the finest labels and the names of regions; ``mesh`` goes into the same folder."""
    regions = plan.package.region_map
    rows = []
    for rank in range(1, len(regions) + 1):
        row = regions.row_of_rank(rank)
        rows.append((int(row["id"]), f"{row['acronym']}: ({row['name']})"))
    steps = [float(abs(s)) for s in plan.grids[0].steps]
    meshes = plan.meshes.source != "none"
    write_segmentation(folder, ids, (steps[0], steps[1], steps[2]), meshes=meshes)
    write_segment_properties(folder, rows)


VALUES = "annotation_values"
"""Array next to the levels: the region's id at each index of the first axis."""


class RegionMasks:
    """Masks ``(n_regions, n0, n1, n2)`` uint8, computed on demand.

    Regions are in post-order, descendants first, and each has the voxels of
    its descendants.
    """

    dtype = np.dtype(np.uint8)
    ndim = 4

    def __init__(self, ids: SliceableArray, regions: RegionMap, progress: StageProgress) -> None:
        rank_volume = RankVolume.from_ids(
            np.asarray(ids), regions, VoxelGrid.from_steps(ids.shape, 1.0)
        )
        self._rank_volume, self._progress = rank_volume, progress
        self.order = post_order(regions)
        self.shape = (len(self.order), *ids.shape)

    @property
    def ids(self) -> NDArray[np.uint32]:
        """Id of each mask."""
        return self._rank_volume.ids[self.order].astype(np.uint32)

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[np.uint8]:
        """Return the masks of some regions in a slice of the volume."""
        chosen = self.order[key[0]]
        part = self._rank_volume.raw[tuple(key[1:])]
        out = np.zeros((len(chosen), *part.shape), np.uint8)
        starts = [span.start or 0 for span in key[1:]]
        starts += [0] * (part.ndim - len(starts))
        for mask, rank in zip(out, chosen.tolist(), strict=True):
            spans = np.maximum(self._rank_volume.total_boxes[rank].T - starts, 0).T
            box = tuple(slice(*span) for span in spans.tolist())
            mask[box] = (part[box] >= rank) & (part[box] < int(self._rank_volume.ends[rank]))
        first = key[0].start or 0
        self._progress(first / len(self.order), f"mask {first + 1} of {len(self.order)}")
        return out


def post_order(regions: RegionMap) -> NDArray[np.int64]:
    """Return ranks such that every region follows its children."""
    done: list[int] = []
    stack = [(rank, False) for rank in reversed(regions.child_ranks(0))]
    while stack:
        rank, seen = stack.pop()
        if seen:
            done.append(rank)
        else:
            stack.append((rank, True))
            stack += [(child, False) for child in reversed(regions.child_ranks(rank))]
    return np.array(done, np.int64)


def write_region_masks(
    path: Path,
    levels: Sequence[SliceableArray],
    scales: Sequence[tuple[float, ...]],
    regions: RegionMap,
    progress: StageProgress,
) -> None:
    """Write the masks of every level, chunk by chunk: never more than one in memory."""
    import zarr

    masks = [RegionMasks(ids, regions, progress) for ids in levels]
    write_ome_zarr(path, masks, scales, channels=True)
    group = zarr.open_group(str(path), mode="r+")
    group.create_array(VALUES, data=masks[0].ids)


def describe_mask_cost(grids: Sequence[VoxelGrid], n_regions: int) -> str:
    """Describe the cost of the masks beforehand."""
    voxels = sum(int(np.prod(grid.shape)) for grid in grids)
    return (
        f"masks of {n_regions} regions are {n_regions * voxels / 1e9:.3g} GB before compression; "
        f"brainglobe-atlasapi needs them for its get_structure_mask, other readers do not"
    )


# Writing BrainGlobe packages of the v3 layout: shared components, OME-Zarr, precomputed meshes.

VOLUMES_SHARE = 0.3


@dataclass(frozen=True)
class Component:
    """Component of a v3 package, stored once and named by its location.

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

    def as_entry(self) -> dict[str, Any]:
        """Return its entry in manifests."""
        return {
            "name": self.name,
            "version": self.version.replace("_", "."),
            "location": self.location,
            **self.holds,
        }

    def make(self, root: Path) -> Path:
        """Make its folder."""
        folder = root / self.location.strip("/")
        folder.mkdir(parents=True)
        return folder


def write_brainglobe_v3(
    plan: PackagePlan, folder: Path, progress: StageProgress
) -> WrittenPackages:
    """Write ``brainglobe-atlasapi/`` with all components, and one manifest for each resolution.

    The pyramid of every volume has the resolutions of the package. The array of one mask for
    each region, which BrainGlobe 3 reads its masks from, is written if requested.
    """
    root, package, notes = folder / CACHE, plan.package, []
    name, version = plan.metadata.name, plan.metadata.version
    own = plan.components
    template = Component("templates", *own.get("template", (f"{name}-template", version)))
    terms = Component("terminologies", *own.get("terminology", (f"{name}-terminology", version)))
    annotation = Component(
        "annotation-sets",
        *own.get("annotation_set", (f"{name}-annotation", version)),
        holds={"template": template.as_entry(), "terminology": terms.as_entry()},
    )
    space = Component(
        "coordinate-spaces",
        *own.get("coordinate_space", (f"{name}-space", version)),
        holds={"template": template.as_entry()},
    )
    others = {
        image: Component("templates", template_name(name, image), version)
        for image in plan.reference_names
    }
    scales = [tuple(float(s) for s in np.abs(grid.steps)) for grid in plan.grids]
    volumes = stage(progress, 0, VOLUMES_SHARE)
    for n, (image, data) in enumerate(plan.images.items()):
        volumes(n / (len(plan.images) + 2), image)
        levels, note = image_levels(plan, data)
        notes += [note] if note else []
        target = others.get(image, template).make(root)
        write_ome_zarr(target / "template.ome.zarr", levels, scales)
    volumes(0.7, "annotation")
    target = annotation.make(root)
    ids = [
        CastArray.to(level.raw, np.uint32)
        for level in plan.read_levels(package.datasets[package.annotation])
    ]
    write_ome_zarr(target / "annotations_compressed.ome.zarr", ids, scales)
    if hemispheres := plan.hemisphere_levels():
        write_ome_zarr(target / "hemispheres.ome.zarr", [v.raw for v in hemispheres], scales)
    if plan.options.masks:
        say = stage(progress, 0.2, VOLUMES_SHARE)
        write_region_masks(target / "annotations.ome.zarr", ids, scales, package.region_map, say)
    write_terminology(terms.make(root) / "terminology.csv", package.region_map)
    write_json(space.make(root) / "manifest.json", space.as_entry())
    described, more = _write_meshes(
        plan, target / "annotations.precomputed", ids[0], stage(progress, VOLUMES_SHARE, 1)
    )
    packages = []
    # Every resolution shares the components: each manifest names the same ones.
    for grid in plan.grids:
        atlas = Component("atlases", atlas_name(name, float(np.abs(grid.steps)[0])), version)
        manifest = _make_manifest(plan, grid, atlas.location)
        manifest["additional_references"] = [c.as_entry() for c in others.values()]
        manifest |= {
            "coordinate_space": space.as_entry(),
            "terminology": terms.as_entry(),
            "annotation_set": annotation.as_entry(),
            "template": template.as_entry(),
        }
        packages.append(atlas.make(root))
        write_json(packages[-1] / "manifest.json", manifest)
    write_others(plan, packages)
    return WrittenPackages(packages, described, (*notes, *more))


def write_terminology(path: Path, regions: RegionMap) -> None:
    """Write the table of regions with BrainGlobe's columns, in the hierarchy's pre-order."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "identifier",
            "parent_identifier",
            "annotation_value",
            "name",
            "abbreviation",
            "color_hex_triplet",
            "root_identifier_path",
        ]
    )
    for row in structures_of(regions):
        ids = row["structure_id_path"]
        parent = ids[-2] if len(ids) > 1 else ""
        color = "#" + "".join(f"{v:02X}" for v in row["rgb_triplet"])
        writer.writerow(
            [row["id"], parent, row["id"], row["name"], row["acronym"], color, str(ids)]
        )
    path.write_text(out.getvalue(), encoding="utf-8", newline="\n")


def _make_manifest(plan: PackagePlan, grid: VoxelGrid, location: str) -> dict[str, Any]:
    values = v2_metadata(plan, grid)
    return {"name": values.pop("name"), "location": location, **values}


def _write_meshes(
    plan: PackagePlan, folder: Path, ids: SliceableArray, progress: StageProgress
) -> tuple[str, tuple[str, ...]]:
    write_precomputed_annotation(plan, folder, ids)
    meshes = folder / "mesh"
    # BrainGlobe looks for missing meshes on the network, but for the folder here.
    meshes.mkdir(exist_ok=True)
    if plan.meshes.source == "none":
        return "", ()
    write_mesh_info(meshes)
    outcome = export_meshes(plan, meshes, "precomputed", lambda share: progress(share, "meshes"))
    return outcome.describe(), outcome.notes
