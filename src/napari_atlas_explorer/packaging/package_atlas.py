"""`package_atlas`: the arguments of BrainGlobe's ``wrapup_atlas_from_data``.

A script that packages an atlas with BrainGlobe's function changes one import. The arguments are
those of brainglobe-atlasapi 2.3 and 3.0 together; what they mean there they mean here.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ArgumentError, short
from ..core.mesh import Mesh
from ..core.package import Dataset, Package
from ..core.regions.region_map import RegionMap
from ..core.regions.rows import as_records
from ..core.space.axis_transform import AxisTransform
from ..core.space.grid import VoxelGrid
from ..core.space.hemispheres import HemisphereVolume
from ..core.space.volume import VoxelData
from ..formats.meshes.reader import read_mesh
from ..formats.volume_header import read_volume_header
from .make import make_package
from .options import PackageOptions, Target
from .plan.axes import BRAINGLOBE_AXES
from .source.metadata import AtlasMetadata
from .source.sources import PackageSource

Stack = NDArray[Any] | str | Path
MAJOR_VERSION: Mapping[Target, int] = {
    "brainglobe-v2": 1,
    "brainglobe-v3": 3,
    "voxelbrain": 1,
    "itksnap": 1,
}
"""First number of the version that BrainGlobe's packagers write."""
MASK_VALUES = 10**11
"""Most voxels of all masks of a v3 package together, unless they are requested. The CCF at 25 µm
has 5 × 10¹⁰, at 10 µm 10¹². Measured on two busy cores: 2 × 10¹⁰ take 5 minutes and 18 MB."""
COMPONENTS = {
    "template_info": "template",
    "annotation_info": "annotation_set",
    "terminology_info": "terminology",
    "coordinate_space_info": "coordinate_space",
}


def package_atlas(
    atlas_name: str,
    atlas_minor_version: int | str,
    citation: str,
    atlas_link: str,
    species: str,
    resolution: Sequence[Any],
    orientation: str,
    root_id: int,
    reference_stack: Stack | Sequence[Stack],
    annotation_stack: Stack | Sequence[Stack],
    structures_list: Sequence[Mapping[str, Any]],
    meshes_dict: Mapping[int | str, str | Path] | None,
    working_dir: str | Path,
    atlas_packager: str | None = None,
    hemispheres_stack: Stack | Sequence[Stack] | None = None,
    cleanup_files: bool | None = None,
    compress: bool | None = None,
    scale_meshes: bool = False,
    resolution_mapping: Sequence[int] | None = None,
    additional_references: Mapping[str, Any] | Sequence[tuple[Any, Any]] | None = None,
    additional_metadata: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    template_info: Mapping[str, Any] | None = None,
    annotation_info: Mapping[str, Any] | None = None,
    terminology_info: Mapping[str, Any] | None = None,
    coordinate_space_info: Mapping[str, Any] | None = None,
    *,
    target: Target = "brainglobe-v2",
    masks: bool | None = None,
    options: PackageOptions | None = None,
    keep_faulty: bool = False,
) -> Path:
    """Package an atlas of arrays or files.

    Parameters
    ----------
    atlas_name, citation, atlas_link, species, atlas_packager
        Metadata; see `source.metadata.FIELDS`.
    atlas_minor_version
        Second number of the version; the first is 1 for v2 packages and 3 for v3, as in
        BrainGlobe's own.
    resolution
        µm along each axis of the finished package ("asr"), or a list of such triples, the finest
        first, with as many stacks of each kind.
    orientation
        Letters of the sides on which the stacks' axes start.
    root_id
        Id of the region above all others.
    reference_stack, annotation_stack, hemispheres_stack
        Arrays, or files of any format that opens. Without hemispheres the atlas is symmetric.
    structures_list
        Regions with BrainGlobe's five keys; others are allowed.
    meshes_dict
        Mesh file of each region id, in µm of the stacks' axes; None makes them of the labels.
    working_dir
        Holds the package afterwards.
    cleanup_files, compress
        v2: whether an archive of each resolution is made, with its SHA-256 (True), and whether
        the folder goes (False).
    scale_meshes, resolution_mapping
        Whether the meshes' points count voxels, and which axis of the package's resolution
        belongs to each axis of the stacks.
    additional_references
        Further images by name; for v3 also pairs of a name, or of ``{"name": ...}``, and a stack.
    additional_metadata
        Further keys of the metadata.
    overwrite
        Whether a package of this name and version is replaced: folder and archive at once.
    template_info, annotation_info, terminology_info, coordinate_space_info
        v3: ``name`` and ``version`` of the components. Those that are published already are not
        fetched from the network: ``use_existing`` and ``update_existing`` are refused.
    masks
        v3: whether there is a mask for each region, from which ``get_structure_mask`` of
        brainglobe-atlasapi 3 reads. None is what ``options`` say, and without them True up to
        `MASK_VALUES` voxels of all masks together.
    target, options
        Layout, and everything else that `make_package` can do; with ``processes`` above 1 the
        script needs the usual ``if __name__ == "__main__"``.

    keep_faulty
        Whether a package in which the QA finds errors is kept.

    Returns
    -------
    v2: the archive, or the folder where none was requested; else the folder that opens, of the
    finest resolution.

    Raises
    ------
    AtlasError
        In one line, before anything is written.
    """
    sizes = _parse_sizes(resolution)
    regions = RegionMap.from_structures(structures_list)
    _require_texts(structures_list)
    stacks = {"reference": _split(reference_stack), "annotation": _split(annotation_stack)}
    if hemispheres_stack is not None:
        stacks["hemispheres"] = _split(hemispheres_stack)
    names = []
    for name, stack in _list_references(additional_references):
        names.append(name)
        stacks[name] = _split(stack)
    own = _convert_sizes(sizes, orientation)
    volumes = {name: _place_stacks(name, given, own) for name, given in stacks.items()}
    _require_one_shape(volumes)
    if masks is None and options is None and target == "brainglobe-v3":
        n_voxels = sum(volume.raw.size for volume in volumes["annotation"])
        masks = n_voxels * len(structures_list) <= MASK_VALUES
    chosen = _complete_options(options, target, sizes, masks)
    grid = volumes["annotation"][0].grid
    datasets = {name: _make_dataset(name, given[0]) for name, given in volumes.items()}
    hemispheres = volumes.get("hemispheres")
    scale = _find_mesh_scale(sizes[0], resolution_mapping) if scale_meshes else None
    meshes = {int(i): Path(p) for i, p in (meshes_dict or {}).items()}
    package = Package(
        name=atlas_name,
        layout="ingredients",
        grid=grid,
        region_map=regions,
        datasets=datasets,
        annotation="annotation",
        reference="reference",
        hemispheres="hemispheres" if hemispheres else None,
        metadata={"additional_references": names},
        orientation=orientation,
        hemisphere_rule=HemisphereVolume(lambda: hemispheres[0].raw, "BrainGlobe")
        if hemispheres
        else None,
        mesh_files=meshes,
        read_mesh=partial(_read_scaled, scale),
    )
    metadata = AtlasMetadata.from_mapping(
        {
            "name": atlas_name,
            "version": f"{MAJOR_VERSION[chosen.target]}.{atlas_minor_version}",
            "citation": citation,
            "atlas_link": atlas_link,
            "species": species,
            "atlas_packager": atlas_packager,
            "root_id": root_id,
            "orientation": orientation,
            "symmetric": hemispheres_stack is None,
            **(additional_metadata or {}),
        }
    )
    given = {name: tuple(levels[1:]) for name, levels in volumes.items() if len(levels) > 1}
    components = _name_components(
        template_info=template_info,
        annotation_info=annotation_info,
        terminology_info=terminology_info,
        coordinate_space_info=coordinate_space_info,
        version=metadata.version,
    )
    # One process: others would rerun a script that has no `if __name__ == "__main__"`.
    source = PackageSource(package, metadata, False, given, components)
    archive = chosen.target == "brainglobe-v2" and compress is not False
    made = make_package(
        source, chosen, working_dir, archive=archive, force=overwrite, faulty=keep_faulty
    )
    finest = made.packages[0]
    if not archive:
        return finest
    for folder in made.packages if cleanup_files else ():
        shutil.rmtree(folder)
    return finest.with_name(f"{finest.name}.tar.gz")


def _complete_options(
    options: PackageOptions | None,
    target: Target,
    sizes: Sequence[tuple[float, float, float]],
    masks: bool | None,
) -> PackageOptions:
    coarser = tuple(sizes[1:])
    if options is None:
        return PackageOptions(target, coarser, empty="drop", masks=bool(masks))
    if masks is not None:
        options = replace(options, masks=masks)
    if coarser and options.resolutions and options.resolutions != coarser:
        raise ArgumentError(
            f"resolutions {options.resolutions} in the options and {coarser} in the argument; "
            f"expected one of them"
        )
    return replace(options, resolutions=coarser) if coarser else options


def _parse_sizes(resolution: Sequence[Any]) -> list[tuple[float, float, float]]:
    several = bool(len(resolution)) and isinstance(resolution[0], Sequence)
    sizes = [tuple(float(v) for v in r) for r in (resolution if several else [resolution])]
    if not sizes or any(len(s) != 3 or min(s) <= 0 for s in sizes):
        raise ArgumentError(f"resolution {resolution!r}; expected three positive µm, or a list")
    return sizes  # type: ignore[return-value]


def _split(stack: Any) -> list[Any]:
    stacks = list(stack) if isinstance(stack, list | tuple) else [stack]
    return [_read_values(one) for one in stacks]


def _read_values(stack: Any) -> NDArray[Any]:
    if isinstance(stack, str | Path):
        return read_volume_header(Path(stack)).load()
    values = np.asarray(stack)
    if values.ndim != 3:
        raise ArgumentError(f"a stack of shape {values.shape}; expected three axes")
    return values


def _list_references(references: Any) -> list[tuple[str, Any]]:
    """Return the pairs of name and stack, from a table or from BrainGlobe 3's pairs."""
    pairs = list(references.items()) if isinstance(references, Mapping) else references or ()
    entries = []
    try:
        for key, stack in pairs:
            entries.append((str(key["name"] if isinstance(key, Mapping) else key), stack))
    except (KeyError, TypeError, ValueError):
        raise ArgumentError(
            f"additional_references is {short(references)}; expected stacks by name, or pairs of "
            f"a name and a stack"
        ) from None
    return entries


def _require_texts(structures: Sequence[Mapping[str, Any]]) -> None:
    """Refuse regions whose names are no texts: written with `str`, they would be nonsense."""
    for row in as_records(structures):
        for key in ("acronym", "name"):
            if not isinstance(row.get(key, ""), str | int | float | None):
                raise ArgumentError(
                    f"{key} of region {row.get('id')} is {short(row[key])}; expected a text"
                )


def _convert_sizes(
    sizes: list[tuple[float, float, float]], orientation: str
) -> list[tuple[float, float, float]]:
    """Convert voxel sizes along the package's axes to those along the stacks'."""
    back = AxisTransform.between(BRAINGLOBE_AXES, orientation, (1, 1, 1))
    return [back.steps(size) for size in sizes]


def _place_stacks(
    name: str, stacks: list[NDArray[Any]], sizes: list[tuple[float, float, float]]
) -> list[VoxelData]:
    if len(stacks) not in (1, len(sizes)):
        raise ArgumentError(
            f"{len(stacks)} stacks of {name!r}; expected one, or one for each of the "
            f"{len(sizes)} resolutions"
        )
    return [
        VoxelData.from_grid(values, VoxelGrid.from_steps(values.shape, size))
        for values, size in zip(stacks, sizes, strict=False)
    ]


def _require_one_shape(volumes: Mapping[str, list[VoxelData]]) -> None:
    expected = [v.shape for v in volumes["annotation"]]
    for name, stacks in volumes.items():
        for volume, shape in zip(stacks, expected, strict=False):
            if volume.shape != shape:
                raise ArgumentError(
                    f"stack {name!r} of shape {volume.shape}; expected {shape}, the annotation's"
                )


def _make_dataset(name: str, volume: VoxelData) -> Dataset:
    kind = name if name in ("annotation", "hemispheres") else "image"
    return Dataset(name, kind, lambda: volume)  # type: ignore[arg-type]


def _find_mesh_scale(
    size: tuple[float, float, float], mapping: Sequence[int] | None
) -> tuple[float, float, float]:
    chosen = size if mapping is None else [size[int(k)] for k in mapping]
    return (chosen[0], chosen[1], chosen[2])


def _read_scaled(scale: tuple[float, float, float] | None, path: Path) -> Mesh:
    mesh = read_mesh(path)
    return mesh if scale is None else Mesh(mesh.points * np.array(scale), mesh.faces)


def _name_components(version: str, **infos: Mapping[str, Any] | None) -> dict[str, tuple[str, str]]:
    components = {}
    for argument, info in infos.items():
        if info is None:
            continue
        if info.get("use_existing") or info.get("update_existing"):
            raise ArgumentError(
                f"{argument} with a published component; expected a name and a version: nothing "
                f"is fetched from the network"
            )
        components[COMPONENTS[argument]] = (str(info["name"]), str(info.get("version", version)))
    return components
