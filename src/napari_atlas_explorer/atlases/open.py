"""`open_atlas`: any layout, from a path or a name to an atlas."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from ..core.atlas.atlas import Atlas
from ..core.errors import ArgumentError, AtlasError, AtlasFileError, SeveralAtlasesError
from ..core.package import Assumption, Package, middle_plane
from ..core.regions.named_hemispheres import hemispheres_by_id, paint_hemispheres
from ..core.regions.region_map import RegionMap
from ..core.space.axes import LEFT_RIGHT, axis_of, check_orientation
from ..core.space.grid import VoxelGrid
from ..core.space.hemispheres import HemispherePlane, HemisphereVolume
from ..core.space.volume import VoxelData
from ..formats.common.safety import require_content
from ..formats.common.staging import recover_folder
from ..formats.tables.regions import load_region_table
from ..formats.volume_header import OTHERS, header_of_pair, is_volume
from .archives import is_archive, unpack
from .cache.folder import cache_note
from .cache.large import map_large_volumes
from .layouts import brainglobe_v3, lone_volume, segmentation
from .layouts.datasets import volumes_in
from .layouts.lone_volume import Kind
from .layouts.pairing import FolderTables
from .layouts.registry import layout_of
from .local.catalogue import scan

EXPECTED = (
    "a BrainGlobe package (metadata.json), a VoxelBrain folder (brain_regions.nrrd and "
    "hierarchy.json), an Allen annotation with its ontology, or an annotation (NRRD, TIFF, "
    "NIfTI, MetaImage, OME-Zarr) with a table of regions"
)


def open_atlas(
    path: str | Path,
    region_map: RegionMap | str | Path | None = None,
    *,
    kind: Kind | None = None,
    resolution: float | tuple[float, float, float] | None = None,
    orientation: str | None = None,
    midline: bool = False,
) -> Atlas:
    """Open an atlas; headers and hierarchy are read now, volumes when they are used.

    Pickled or copied, the atlas opens the same path again, by the same arguments: other
    processes read what the file holds then.

    Parameters
    ----------
    path
        A folder (or its ``file://`` URL), a file of a package, a lone annotation, an archive,
        the name of a local atlas (see `list_atlases`), or "sample"; "~" is the home folder.
        Never the network: `download_atlas` fetches what is not there.
    region_map
        A hierarchy, or the file of one, that takes the place of the package's own.
    kind
        "annotation" for a volume, or the volumes of a folder with a table, that hold region ids
        although they look like images.
    resolution
        Voxel size in µm for volumes that do not state it (or state it wrongly).
    orientation
        Three letters such as "asr" for volumes that do not state it.
    midline
        Whether the middle of the left-right axis separates the hemispheres, where the files do
        not say.

    Raises
    ------
    AtlasError
        In one line: which file, what was found, what was expected.

    Examples
    --------
    >>> atlas = open_atlas("sample")
    >>> atlas.at((6600, 2500, 3300)).acronym
    'CA3sr'
    >>> atlas.get_structure_mask("HPF", "left")
    <ROIMask (216, 128, 180) bool, 60 × 60 × 60 µm>
    """
    path = local_path(path)
    table = Path(region_map).expanduser() if isinstance(region_map, str | Path) else None
    # Another process may have another working folder.
    reopen = partial(
        open_atlas,
        path.absolute() if path.exists() else path,
        region_map if table is None else table.absolute(),
        kind=kind,
        resolution=resolution,
        orientation=orientation,
        midline=midline,
    )
    if table is not None:
        recover_folder(table.parent)
        region_map = load_region_table(table)
    package = find_package(path, region_map, kind)  # type: ignore[arg-type]
    if table is not None:
        package = replace(package, region_file=table)
    package = apply_overrides(package, resolution, orientation)
    if midline and package.hemisphere_rule is None:
        package = make_midline(package)
    atlas = Atlas(package)
    atlas.reopen = reopen
    return atlas


def local_path(text: str | Path) -> Path:
    """Return a path of what a user wrote: "~" is expanded, as is the URL of a local file.

    Other addresses are refused, as they were written.
    """
    if str(text).startswith("file://"):
        from urllib.parse import urlsplit
        from urllib.request import url2pathname

        return Path(url2pathname(urlsplit(str(text)).path))
    if "://" in str(text):
        problem = "an address, and nothing is opened from the network"
        raise AtlasFileError(text, problem, f"a path; download_atlas({str(text)!r}) fetches it")
    return Path(text).expanduser()


def find_package(
    path: Path, region_map: RegionMap | None = None, kind: Kind | None = None
) -> Package:
    """Recognize the package at a path; large volumes are mapped into memory on demand.

    Of a process that was killed while it replaced the package, or files of it, the old ones are
    put back first.
    """
    for folder in (path.parent, path):
        recover_folder(folder)
    package = _name_hemispheres(map_large_volumes(_find_package(path, region_map, kind)))
    note = cache_note()
    if not note:
        return package
    return replace(package, assumptions=(*package.assumptions, Assumption("cache", note)))


def _name_hemispheres(package: Package) -> Package:
    """Let the names of the regions tell the hemisphere where nothing else does."""
    hemispheres = None
    if package.hemisphere_rule is None:
        hemispheres = hemispheres_by_id(package.region_map)
    if hemispheres is None:
        return package
    load = package.datasets[package.annotation].load
    rule = HemisphereVolume(lambda: paint_hemispheres(load().raw, hemispheres), "names of regions")
    statement = "left and right are what the names of the regions state"
    assumption = Assumption("hemispheres", statement)
    return replace(package, hemisphere_rule=rule, assumptions=(*package.assumptions, assumption))


def _find_package(path: Path, region_map: RegionMap | None, kind: Kind | None) -> Package:
    if not path.exists() and str(path) == "sample":
        from .sample import sample_folder

        path = sample_folder()
    if not path.exists():
        inside = _find_in_archive(path)
        if inside is not None:
            return _find_package(inside, region_map, kind)
        path = _find_by_name(path)
    if path.is_dir() and not is_volume(path):
        return _open_folder(path, region_map, kind)
    if is_archive(path):
        return _open_archive(path, region_map, kind)
    return _open_file(path, region_map, kind)


def resolve_path(path: Path) -> Path:
    """Return the file or folder of a path: an archive's unpacked, a name's in a local cache.

    Raises
    ------
    AtlasError
        Where there is none, or the archive cannot be unpacked.
    """
    if path.exists():
        return _unpack_archive(path)[1] if path.is_file() and is_archive(path) else path
    if str(path) == "sample":
        from .sample import sample_folder

        return sample_folder()
    return _find_in_archive(path) or _find_by_name(path)


def _find_by_name(path: Path) -> Path:
    """Return the folder of a local atlas by its name, or raise with near names."""
    catalogue, name = scan(), str(path)
    place = catalogue.find(name)
    if place is not None:
        return place
    problem = "there is no such file, folder or local atlas"
    if not re.fullmatch(r"\w+", name):
        raise AtlasFileError(path, problem)
    by_folded = {atlas.name.casefold(): atlas.name for atlas in catalogue.entries}
    near = difflib.get_close_matches(name.casefold(), by_folded, n=3, cutoff=0.6)
    hint = f"; did you mean {', '.join(by_folded[n] for n in near)}?" if near else ""
    fetch = f"download_atlas({name!r}) fetches it if it can be downloaded"
    raise AtlasFileError(path, f"{problem}{hint or ';'} {fetch}")


def apply_overrides(
    package: Package,
    resolution: float | tuple[float, float, float] | None = None,
    orientation: str | None = None,
) -> Package:
    """Apply the user's statements where a package states nothing."""
    if resolution is not None:
        old = package.grid
        try:
            grid = old.rescaled(resolution)
        except (ArgumentError, TypeError, ValueError) as exc:
            raise ArgumentError(
                f"resolution {resolution!r}; expected one or three positive µm"
            ) from exc
        datasets = {
            name: replace(d, load=_place_on_grid(d.load, old, grid))
            for name, d in package.datasets.items()
        }
        package = package.without_assumption(
            "resolution", grid=grid, datasets=datasets, resolution_known=True
        ).without_assumption("unit")
    if orientation is not None:
        letters = check_orientation(orientation)
        changes: dict[str, object] = {"orientation": letters}
        if package.orientation is not None and isinstance(package.hemisphere_rule, HemispherePlane):
            old_axis = axis_of(package.orientation, LEFT_RIGHT)
            axis = axis_of(letters, LEFT_RIGHT)
            if (old_axis, package.orientation[old_axis]) != (axis, letters[axis]):
                # A rule that was tied to the old axes must not answer for the new ones.
                changes["hemisphere_rule"] = None
        package = package.without_assumption("orientation", **changes)
    return package


def _place_on_grid(
    load: Callable[[], VoxelData], old: VoxelGrid, grid: VoxelGrid
) -> Callable[[], VoxelData]:
    """Wrap a loader so that volumes on the old grid are placed on the new one."""

    def load_placed() -> VoxelData:
        data = load()
        return type(data).from_grid(data.raw, grid) if data.shape == old.shape else data

    return load_placed


def _open_folder(folder: Path, region_map: RegionMap | None, kind: Kind | None = None) -> Package:
    package = _read_layout(folder, region_map) if kind is None else None
    refusal: AtlasFileError | None = None
    try:
        package = package or lone_volume.read_folder(folder, region_map, kind)
    except AtlasFileError as exc:
        refusal = exc  # perhaps a stray volume in a folder of packages
    if package is not None:
        return package
    packages = find_packages(folder)
    if len(packages) == 1:
        return _open_folder(packages[0], region_map, kind)
    if packages:
        raise SeveralAtlasesError(folder, packages)
    if not any(folder.iterdir()):
        raise AtlasFileError(folder, "the folder is empty", EXPECTED)
    raise refusal or _make_error(folder)


def find_packages(folder: Path) -> list[Path]:
    """Find package folders in a folder that is none; no hierarchy and no volume is read."""
    inner = [p for p in sorted(folder.iterdir()) if p.is_dir() and not p.name.startswith(".")]
    packages = [p for p in inner if layout_of(p)] + brainglobe_v3.manifests_in(folder)
    packages = packages or brainglobe_v3.manifests_in(folder / brainglobe_v3.CACHE)
    return list(dict.fromkeys(packages))


def _unpack_archive(path: Path) -> tuple[Path, Path]:
    """Return the folder in the cache, and the folder in it that holds the files."""
    unpacked = unpack(path)
    entries = [p for p in unpacked.iterdir() if not p.name.startswith((".", "__MACOSX"))]
    # Most archives hold one folder, which holds the files.
    return unpacked, entries[0] if len(entries) == 1 and entries[0].is_dir() else unpacked


def _find_in_archive(path: Path) -> Path | None:
    """Return the unpacked folder of a path such as "packages.tar.xz/atlases/one", or None."""
    archive = next((p for p in path.parents if is_archive(p) and p.is_file()), None)
    if archive is None:
        return None
    _, folder = _unpack_archive(archive)
    inner = (folder / path.relative_to(archive)).resolve()
    return inner if inner.is_relative_to(folder.resolve()) and inner.exists() else None


def _open_archive(path: Path, region_map: RegionMap | None, kind: Kind | None) -> Package:
    unpacked, folder = _unpack_archive(path)
    try:
        package = _open_folder(folder, region_map, kind)
        # A package without a name is named after the archive, not after the cache.
        return replace(package, name=path.name) if package.name == unpacked.name else package
    except SeveralAtlasesError as exc:
        raise SeveralAtlasesError(
            path, [path / c.relative_to(folder) for c in exc.choices]
        ) from exc
    except AtlasFileError as exc:
        if exc.path != str(folder):
            raise
        # The user knows the archive, not the folder in the cache.
        raise AtlasFileError(path, exc.found, exc.expected) from exc


def _read_layout(
    folder: Path, region_map: RegionMap | None, file: Path | None = None
) -> Package | None:
    layout = layout_of(folder)
    return None if layout is None else layout.read(folder, region_map, file)


def _make_error(folder: Path) -> AtlasError:
    """Return the error for a folder without a table of regions, or without a volume."""
    volumes = volumes_in(folder)
    if (folder / "info").is_file() and not volumes:
        problem = "a neuroglancer precomputed volume; convert it to NRRD or OME-Zarr"
        return AtlasFileError(folder, problem, EXPECTED)
    if not volumes:
        return AtlasFileError(folder, "no volume in this folder", EXPECTED)
    refused = FolderTables.of_folder(folder).refused
    why = f" ({refused[0][1]})" if refused else ""
    count = f"{len(volumes)} volume{'s' if len(volumes) > 1 else ''}"
    return AtlasFileError(folder, f"{count} but no table of regions{why}", EXPECTED)


def _open_file(path: Path, region_map: RegionMap | None, kind: Kind | None) -> Package:
    """Open a file as part of the package around it, else with the table that explains it."""
    if path.name == brainglobe_v3.MANIFEST and brainglobe_v3.matches(path.parent):
        return brainglobe_v3.read(path.parent, region_map)
    if not is_volume(path):
        require_content(path)
        header = header_of_pair(path)
        if header != path and header.is_file():
            return _open_file(header, region_map, kind)
        what = OTHERS.get(path.suffix.lower(), f"a {path.suffix or 'nameless'} file")
        raise AtlasFileError(path, what, EXPECTED)
    if segmentation.is_segmentation_file(path) and kind is None:
        return segmentation.read_segmentation(path, region_map)
    package = _read_layout(path.parent, region_map, path) if kind is None else None
    if package is not None and any(
        d.path is not None and d.path.name == path.name for d in package.datasets.values()
    ):
        return package
    return lone_volume.read_volume(path, region_map, kind)


def make_midline(package: Package) -> Package:
    """Use the middle of the left-right axis as the midline, as the user stated."""
    if package.orientation is None:
        raise ArgumentError(
            "the middle of the left-right axis cannot be the midline while the orientation is "
            "unknown; expected an orientation too",
            remedy="state orientation",
        )
    hemisphere_rule = middle_plane(package.orientation, package.grid, "side from plane")
    return replace(package, hemisphere_rule=hemisphere_rule)
