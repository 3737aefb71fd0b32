"""Facts about a package's files that several checks share: folder, layout, metadata, placement."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from ...atlases.layouts import allen_ccf, brainglobe_v2, brainglobe_v3, lone_volume, voxelbrain
from ...atlases.layouts.registry import layout_of as matching_layout
from ...core.errors import AtlasError, CacheError
from ...core.space.grid import VoxelGrid
from ...formats.common.text import load_json
from ...formats.ome_zarr.reader import read_ome_zarr_header
from ...formats.volume_header import VolumeHeader, read_volume_header
from ..check import NotRunError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from ..subject import Subject


def relative_to(path: Path, folder: Path) -> str:
    """Return the path relative to the package where inside it, else its name.

    The components of a v3 package are next to the folder ``atlases`` that holds its own.
    """
    of_v3 = folder.parent.parent.name == "atlases"
    for root in (folder, folder.parent.parent.parent) if of_v3 else (folder,):
        if path.is_relative_to(root):
            return path.relative_to(root).as_posix()
    return path.name


class Placement(NamedTuple):
    """Dataset's name, and the header of its file."""

    name: str
    header: VolumeHeader

    @property
    def grid(self) -> VoxelGrid:
        """Placement in the file's own header."""
        return self.header.grid


def _read_placement(name: str, path: Path, grid: VoxelGrid, layout: str) -> Placement:
    if layout != brainglobe_v3.LAYOUT:
        return Placement(name, read_volume_header(path))
    # Of the resolutions that a volume holds, the atlas is one.
    header = read_ome_zarr_header(path)
    return Placement(name, replace(header, grid=header.level_of(grid.steps.tolist()).grid))


LONE = (lone_volume.LAYOUT_WITH_TABLE, lone_volume.LAYOUT_ALONE)


def _is_of_another_grid(one: Placement, grid: VoxelGrid) -> bool:
    """Return whether a volume has another resolution on purpose: a CCF folder holds several."""
    on_ccf = any(one.grid.shape in shapes for shapes in allen_ccf.GRIDS.values())
    return on_ccf and one.grid.shape != grid.shape


def _read_placements(subject: Subject) -> list[Placement]:
    package = subject.atlas.package
    placements = []
    for name, dataset in package.datasets.items():
        if dataset.path is None:
            continue
        subject.pulse()
        try:
            one = _read_placement(name, dataset.path, package.grid, package.layout)
        except CacheError:
            raise
        except (AtlasError, OSError):
            continue  # what cannot be read is the finding package-unreadable
        if package.layout == allen_ccf.LAYOUT and _is_of_another_grid(one, package.grid):
            continue
        if package.layout in LONE and one.grid.shape != package.grid.shape:
            continue  # another image in the folder, shown where its header places it
        placements.append(one)
    return placements


def volume_placements(subject: Subject) -> list[Placement]:
    """Return the volumes that should be on the annotation's voxels, the annotation among them."""
    return subject.shared("placed volumes", lambda: _read_placements(subject))


def package_folder(subject: Subject) -> Path:
    """Return the folder of the package's files, or raise `NotRunError`."""
    folder = subject.raw.folder
    if folder is None:
        raise NotRunError("the atlas is in memory, not in files")
    return folder


def layout_of(subject: Subject) -> str:
    """Return the layout of the package, from its files where it cannot be opened."""
    if subject.raw.package is not None:
        return subject.raw.package.layout
    folder = package_folder(subject)
    layout = matching_layout(folder)
    if layout is not None:
        return layout.LAYOUT
    present = {path.name for path in folder.iterdir()}
    if "brain_regions.nrrd" in present or "hierarchy.json" in present:
        return voxelbrain.LAYOUT
    if present & {"annotation.tiff", "structures.json", "metadata.json"}:
        return brainglobe_v2.LAYOUT
    return ""


def metadata_of(subject: Subject) -> tuple[Mapping[str, Any], Path]:
    """Return the metadata of a BrainGlobe package and their file, even if it cannot be opened."""
    return subject.shared("metadata", lambda: _read_metadata(subject))


def _read_metadata(subject: Subject) -> tuple[Mapping[str, Any], Path]:
    folder, layout = package_folder(subject), layout_of(subject)
    names = {module.LAYOUT: module.METADATA for module in (brainglobe_v2, brainglobe_v3)}
    if layout not in names:
        raise NotRunError("no BrainGlobe metadata")
    path = folder / names[layout]
    try:
        metadata = load_json(path)
    except AtlasError as exc:
        raise NotRunError(f"the metadata cannot be read ({exc})") from exc
    if not isinstance(metadata, dict):
        raise NotRunError(f"{path.name} holds no object of metadata")
    return metadata, path
