"""Volumes of any supported format, as datasets of a package."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import AtlasFileError
from ..core.grid import VoxelGrid
from ..core.package import Dataset, DatasetKind
from ..core.voxels import VoxelData
from .volume_formats import is_volume, placed_by, read_volume_header, volume_stem


def volumes_in(folder: Path) -> list[Path]:
    """Volumes directly in a folder, by name: files, and folders of OME-Zarr."""
    try:
        found = sorted(p for p in folder.iterdir() if is_volume(p) and not p.name.startswith("."))
    except OSError as exc:
        raise AtlasFileError(folder, f"cannot be listed ({exc.strerror or exc})") from exc
    return [p for p in found if p.is_dir() == p.name.lower().endswith(".zarr")]


def load_volume(path: Path, grid: VoxelGrid | None = None, origin: str = "corner") -> VoxelData:
    """Read a volume; a grid given by the package replaces the file's own placement."""
    header = read_volume_header(path, origin)
    if grid is not None:
        header = placed_by(header, grid)
    return VoxelData.from_grid(header.load(), header.grid)


def dataset(
    path: Path,
    kind: DatasetKind,
    name: str | None = None,
    grid: VoxelGrid | None = None,
    origin: str = "corner",
) -> Dataset:
    """Describe a file as a dataset that is read when asked."""
    name = name or volume_stem(path)
    return Dataset(name, kind, lambda: load_volume(path, grid, origin), path)
