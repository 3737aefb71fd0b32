"""Package plan of a source: regions repaired, volumes cropped, axes turned, levels computed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ...core.atlas.atlas import Atlas
from ...core.errors import ArgumentError, AtlasError
from ...core.package import Dataset, Package
from ...core.regions.rank_volume import RankVolume
from ...core.regions.region_map import RegionMap
from ...core.selection import Selection
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import hemisphere_number
from ...core.space.resampling import Coarsening
from ...core.space.volume import VoxelData
from ..options import MeshSource, PackageOptions
from ..source.metadata import AtlasMetadata
from ..source.sources import PackageSource
from .axes import BRAINGLOBE_AXES, AtlasTransform
from .crop import crop_atlas
from .extra_volumes import additional_references, select_datasets
from .hemispheres import hemisphere_facts
from .package_plan import MeshPlan, PackagePlan, are_whole_factors
from .repair_regions import drop_empty, lost_attributes, repair_regions, subtree

LARGEST_ID = 2**32 - 1
WIDEST_PARENT = 2**16 - 1
FEW = 5


def prepare(source: PackageSource, options: PackageOptions) -> PackagePlan:
    """Plan what is to be written; the annotation is read, nothing is written.

    Raises
    ------
    AtlasError
        In one line, where the source makes no package.
    """
    notes = _describe_source(source)
    package, rank_volume = _complete_hierarchy(source, notes)
    package, rank_volume = _crop(package, rank_volume, options, notes)
    package = _drop_empty_regions(package, rank_volume, source, options, notes)
    turn = _orient(package, options, notes)
    # Half an atlas is not symmetric, whatever the whole one is.
    symmetric = source.metadata.symmetric if options.hemisphere is None else False
    hemispheres = hemisphere_facts(package, symmetric, turn, options.is_brainglobe)
    if hemispheres.note:
        notes.append(hemispheres.note)
    references, without = additional_references(package, options)
    notes += without
    datasets, gone = select_datasets(package, options)
    notes += gone
    turned = _turn_package(package, turn, datasets)
    if options.is_brainglobe and (lost := lost_attributes(package.region_map)):
        notes.append(
            f"{options.target} has no place for these attributes of regions: {_trim(lost)}"
        )
    if options.target == "brainglobe-v3":
        notes += _note_wide_parents(package.region_map)
    metadata = _describe(source.metadata, turned, hemispheres.symmetric)
    turned = replace(
        turned,
        metadata={**metadata.as_dict(), "additional_references": references},
        name=metadata.name or turned.name,
    )
    kinds = {name: data.kind for name, data in source.package.datasets.items()}
    coarser = {
        name: tuple(turn_like(turn, v).volume(v, kinds[name]) for v in volumes)
        for name, volumes in source.coarser.items()
    }
    steps = _choose_steps(turned.grid, options)
    _require_fitting(coarser, steps)
    return PackagePlan(
        turned,
        metadata,
        options,
        steps,
        hemispheres,
        _plan_meshes(package, turn, options, notes),
        coarser,
        source.components,
        tuple(notes),
    )


def _describe_source(source: PackageSource) -> list[str]:
    """Return the table that names the regions, and what was assumed about the source."""
    package = source.package
    notes = [f"assumed: {assumption.statement}" for assumption in package.assumptions]
    if package.region_file is not None and not source.is_package:
        notes.insert(0, f"names of regions from {package.region_file.name}")
    return notes


def turn_like(turn: AtlasTransform, volume: VoxelData) -> AtlasTransform:
    """Return the same axis transform for a volume of another shape."""
    if turn.axes.is_identity:
        return AtlasTransform.identity(volume.grid)
    n0, n1, n2 = volume.shape
    axes = replace(turn.axes, shape=(n0, n1, n2))
    steps = axes.steps(np.abs(volume.grid.steps).tolist())
    return AtlasTransform(axes, volume.grid, VoxelGrid.from_steps(axes.target_shape, steps))


def _complete_hierarchy(source: PackageSource, notes: list[str]) -> tuple[Package, RankVolume]:
    repaired = repair_regions(source.package.region_map, source.metadata.root_id)
    notes += repaired.notes
    package = replace(source.package, region_map=repaired.region_map)
    if not package.resolution_known:
        raise ArgumentError(
            f"the files of {package.name} do not state the voxel size; expected a resolution in µm"
        )
    rank_volume = Atlas(package).ranks
    ids = rank_volume.ids[rank_volume.counts > 0]
    if (bad := ids[(ids < 0) | (ids > LARGEST_ID)]).size:
        raise ArgumentError(f"the annotation holds id {bad[0]}; expected 0 to {LARGEST_ID}")
    if rank_volume.unknown_ids.size:
        notes.append(
            f"{rank_volume.unknown_ids.size} ids of the annotation are in no list of regions: "
            f"{_trim(rank_volume.unknown_ids.tolist())}; their voxels are kept as they are"
        )
    return package, rank_volume


def _crop(
    package: Package, rank_volume: RankVolume, options: PackageOptions, notes: list[str]
) -> tuple[Package, RankVolume]:
    if options.region is None and options.hemisphere is None:
        return package, rank_volume
    atlas, regions = Atlas(package), package.region_map
    selection = Selection.of_ranks(rank_volume, range(1, rank_volume.n_ranks), descendants=False)
    if options.region is not None:
        selection = Selection.of_ranks(rank_volume, [regions.rank(options.region)])
        regions = subtree(regions, options.region)
        notes.append(f"only {regions.acronym_of_rank(1)} with its descendants")
        if options.is_brainglobe and regions.acronym_of_rank(1) != "root":
            notes.append(
                f"its top region is {regions.acronym_of_rank(1)!r}: some of BrainGlobe's tools "
                f"look for one that is called 'root'"
            )
    if options.hemisphere is not None:
        if atlas.hemisphere_rule is None:
            raise AtlasError(f"left and right of {package.name} are unknown")
        hemisphere = hemisphere_number(options.hemisphere)
        if hemisphere is not None:
            selection = selection.in_hemisphere(hemisphere)
        notes.append(
            f"only the {options.hemisphere} hemisphere ({atlas.hemisphere_rule.convention})"
        )
    cut = crop_atlas(package, selection, atlas.hemisphere_rule, regions)
    rank_volume = Atlas(cut).ranks
    if not rank_volume.counts[1:].any():
        raise ArgumentError("the selection has no voxel; expected a region with voxels")
    return cut, rank_volume


def _drop_empty_regions(
    package: Package,
    rank_volume: RankVolume,
    source: PackageSource,
    options: PackageOptions,
    notes: list[str],
) -> Package:
    cut = options.region is not None or options.hemisphere is not None
    rule = options.empty or ("keep" if source.is_package and not cut else "drop")
    if rule == "keep":
        return package
    fewer = drop_empty(package.region_map, rank_volume.ids[rank_volume.counts > 0].tolist())
    notes += fewer.notes
    return replace(package, region_map=fewer.region_map)


def _orient(package: Package, options: PackageOptions, notes: list[str]) -> AtlasTransform:
    if not options.is_brainglobe:
        return AtlasTransform.identity(package.grid)
    if package.orientation is None:
        raise ArgumentError(
            f"the orientation of {package.name} is unknown; expected one such as "
            f"'asr': the sides on which they start"
        )
    turn = AtlasTransform.to_brainglobe(package.grid, package.orientation)
    if not turn.axes.is_identity:
        notes.append(f"turned from {package.orientation} to {BRAINGLOBE_AXES}")
    corner = package.grid.corner
    if package.grid.is_oblique:
        notes.append("the volume is oblique: BrainGlobe's axes are those of the array")
    elif np.any(corner):
        at = ", ".join(f"{v:g}" for v in corner)
        notes.append(f"the corner of the volume, at ({at}) µm, becomes the origin")
    return turn


def _turn_package(package: Package, turn: AtlasTransform, datasets: dict[str, Dataset]) -> Package:
    if turn.is_identity:
        return package.with_datasets(datasets)
    # `select_datasets` has kept nothing that is on another grid.
    turned = {name: turn.dataset(data) for name, data in datasets.items()}
    return package.with_datasets(
        turned, grid=turn.target, orientation=BRAINGLOBE_AXES, make_ranks=turn.turn_ranks(package)
    )


def _describe(metadata: AtlasMetadata, package: Package, symmetric: bool | None) -> AtlasMetadata:
    a, b, c = np.linalg.norm(package.grid.affine[:3, :3], axis=0).tolist()
    return replace(
        metadata, resolution=(a, b, c), orientation=package.orientation, symmetric=symmetric
    )


def _choose_steps(grid: VoxelGrid, options: PackageOptions) -> tuple[Coarsening, ...]:
    steps = [Coarsening.to(grid, resolution) for resolution in options.resolutions]
    steps.sort(key=lambda step: step.factors)
    for step in steps:
        if options.labels == "majority" and not are_whole_factors(step):
            sizes = " × ".join(f"{s:g}" for s in np.abs(step.coarse.steps))
            raise ArgumentError(
                f"resolution {sizes} µm with labels by majority; expected a whole multiple of "
                f"the voxel size, or labels by the nearest voxel"
            )
        if np.allclose(step.factors, 1):
            raise ArgumentError("a further resolution that is the atlas's own; expected a coarser")
    return tuple(steps)


def _require_fitting(
    coarser: Mapping[str, tuple[VoxelData, ...]], steps: Sequence[Coarsening]
) -> None:
    for name, volumes in coarser.items():
        for volume, step in zip(volumes, steps, strict=False):
            if volume.shape != step.coarse.shape:
                sizes = " × ".join(f"{s:g}" for s in np.abs(step.coarse.steps))
                raise ArgumentError(
                    f"{name!r} of {sizes} µm has {volume.shape} voxels in the package's axes; "
                    f"expected {step.coarse.shape}, as many as have their center in the finest"
                )


def _plan_meshes(
    package: Package, turn: AtlasTransform, options: PackageOptions, notes: list[str]
) -> MeshPlan:
    usable = {i: p for i, p in package.mesh_files.items() if i in package.region_map}
    choice: MeshSource = options.meshes or ("package" if usable else "labels")
    if choice == "package" and not usable:
        raise ArgumentError(f"{package.name} has no own meshes; expected meshes of the labels")
    if options.hemisphere is not None and choice == "package":
        if options.meshes == "package":
            raise ArgumentError("its own meshes are of both hemispheres; expected the labels'")
        choice = "labels"
        notes.append("meshes are made of the labels: the package's own are of both hemispheres")
    if choice != "package":
        return MeshPlan(choice, turn)
    if len(usable) < len(package.mesh_files):
        notes.append(f"{len(package.mesh_files) - len(usable)} meshes of no region are left out")
    return MeshPlan(choice, turn, usable, package.read_mesh)


def _note_wide_parents(regions: RegionMap) -> list[str]:
    """Return a note where brainglobe-atlasapi 3 misreads a parent's id (formats.md §3)."""
    parents = regions.ids[regions.parent_ranks[1:]]
    if not parents.size or parents.max() <= WIDEST_PARENT:
        return []
    return [
        f"brainglobe-atlasapi 3.0 cannot open it: it reads parents' ids as 16 bits, and one is "
        f"{parents.max()}; this program and others can"
    ]


def _trim(values: Iterable[object]) -> str:
    words = [str(v) for v in values]
    return ", ".join(words[:FEW]) + (f" and {len(words) - FEW} more" if len(words) > FEW else "")
