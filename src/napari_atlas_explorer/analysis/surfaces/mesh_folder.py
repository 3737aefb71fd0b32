"""Folders of meshes named by region."""

from __future__ import annotations

from pathlib import Path

from ...core.atlas.atlas import Atlas
from ...core.errors import AtlasFileError
from ...core.mesh import Mesh
from ...formats.meshes.reader import MESH_SUFFIXES, read_mesh
from .source import PlacedSurface


def meshes_in(folder: Path, atlas: Atlas) -> tuple[dict[int, Path], int]:
    """List a folder's mesh files by rank, and count those that name no region.

    A file is named by the region's id or acronym: ``382.obj``, ``CA1.stl``.

    Raises
    ------
    AtlasFileError
        If there is no mesh in it.
    """
    if not folder.is_dir():
        raise AtlasFileError(folder, "there is no such folder", "a folder of meshes")
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in MESH_SUFFIXES)
    if not files:
        raise AtlasFileError(folder, "it holds no mesh", ", ".join(MESH_SUFFIXES))
    regions = atlas.region_map
    found: dict[int, Path] = {}
    for path in files:
        name = path.stem
        rank = regions.rank_of_id(int(name)) if name.isdecimal() and len(name) < 19 else 0
        if not rank and name in regions:
            rank = regions.rank(name)
        if rank:
            found[rank] = path
    return dict(sorted(found.items())), len(files) - len(found)


def read_placed_mesh(atlas: Atlas, path: Path) -> PlacedSurface:
    """Read a mesh in µm, without the offset measured for a package's meshes."""
    mesh = read_mesh(path)
    if path in set(atlas.package.mesh_files.values()):
        shifted = Mesh(mesh.points + atlas.mesh_offset.shift, mesh.faces)
        return PlacedSurface(shifted, "package", f"{path.name}; {atlas.mesh_offset.describe()}")
    return PlacedSurface(
        mesh, "package", f"{path.name}, taken as µm in the order of the atlas's axes"
    )
