"""Surfaces of regions that come with a package: methods of an `Atlas`, which binds them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from ..errors import AtlasError
from ..mesh import Mesh
from ..peer_names import accept_keywords
from ..regions.keys import RegionKey, for_each
from ..space.hemispheres import hemisphere_number

if TYPE_CHECKING:
    from .atlas import Atlas


def read_stored_mesh(atlas: Atlas, rank: int) -> Mesh:
    """Read the mesh that the package has of a region, where its file puts it."""
    region_id = int(atlas.region_map.ids[rank])
    path, read = atlas.package.mesh_files.get(region_id), atlas.package.read_mesh
    if path is None or read is None:
        raise AtlasError(
            f"atlas {atlas.name} has no mesh of {atlas.region_map.acronym_of_rank(rank)}",
            remedy="make mesh",
        )
    return read(path)


def read_readable_meshes(atlas: Atlas, ranks: Iterable[int]) -> dict[int, Mesh]:
    """Read the meshes of some regions by rank, without those that cannot be read.

    One damaged file must not keep the others from their place.
    """
    meshes = {}
    for rank in ranks:
        with contextlib.suppress(AtlasError, OSError):
            meshes[rank] = read_stored_mesh(atlas, rank)
    return meshes


def crop_to_hemisphere(atlas: Atlas, mesh: Mesh, hemisphere: str | int | None) -> Mesh:
    """Keep the triangles whose center is in a hemisphere; all of them for None."""
    hemisphere_id = hemisphere_number(hemisphere)
    if hemisphere_id is None:
        return mesh
    hemisphere_rule = atlas.require_hemisphere_rule()
    centers = atlas.grid.to_index_space(mesh.points[mesh.faces].mean(axis=1))
    nearest = np.clip(np.floor(centers), 0, np.array(atlas.shape) - 1).astype(np.intp)
    faces = mesh.faces[hemisphere_rule.of(nearest) == hemisphere_id]
    used, numbers = np.unique(faces, return_inverse=True)
    return Mesh(mesh.points[used], numbers.reshape(faces.shape).astype(np.int64))


@overload
def mesh_from_structure(
    atlas: Atlas, region: RegionKey, hemisphere: str | int | None = None
) -> Mesh: ...
@overload
def mesh_from_structure(
    atlas: Atlas, region: list[Any] | tuple[Any, ...], hemisphere: str | int | None = None
) -> list[Mesh]: ...
@accept_keywords(structure="region")
def mesh_from_structure(atlas: Atlas, region: Any, hemisphere: str | int | None = None) -> Any:
    """Return the surface that the package has of a region, aligned with the annotation.

    Parameters
    ----------
    region
        Id, acronym or exact name; of a list of them, the list of their surfaces is returned.
    hemisphere
        "left" or "right": only triangles whose center is in that hemisphere.

    Returns
    -------
    ``points`` ``(n, 3)`` µm, x, y and z of the atlas's world, ``faces`` ``(m, 3)``. The
    offset of the package's meshes from its annotation is subtracted; see `mesh_offset`.

    Raises
    ------
    AtlasError
        If the package has no mesh of the region.

    Examples
    --------
    >>> mesh = packaged.mesh_from_structure("CA3", hemisphere="left")
    >>> packaged.at(mesh.points.mean(axis=0)).hemisphere
    'left'
    """

    def read_aligned(one: RegionKey) -> Mesh:
        stored = read_stored_mesh(atlas, atlas.region_map.rank(one))
        mesh = Mesh(stored.points + atlas.mesh_offset.shift, stored.faces)
        return crop_to_hemisphere(atlas, mesh, hemisphere)

    return for_each(read_aligned, region)


@overload
def meshfile_from_structure(atlas: Atlas, region: RegionKey) -> Path | None: ...
@overload
def meshfile_from_structure(
    atlas: Atlas, region: list[Any] | tuple[Any, ...]
) -> list[Path | None]: ...
@accept_keywords(structure="region")
def meshfile_from_structure(atlas: Atlas, region: Any) -> Any:
    """Return the mesh file that the package has of a region, or None; of a list, the list.

    >>> packaged.meshfile_from_structure("CA3").name, atlas.meshfile_from_structure("CA3")
    ('222.obj', None)
    """
    regions, files = atlas.region_map, atlas.package.mesh_files
    return for_each(lambda one: files.get(int(regions.ids[regions.rank(one)])), region)


def root_mesh(atlas: Atlas) -> Mesh:
    """Return the surface that the package has of the root; see `mesh_from_structure`.

    >>> packaged.root_mesh().faces.shape[1]
    3
    """
    return atlas.mesh_from_structure(atlas.region_map.root_id)


def root_meshfile(atlas: Atlas) -> Path | None:
    """Return the mesh file that the package has of the root, or None.

    >>> packaged.root_meshfile().name
    '222.obj'
    """
    return atlas.meshfile_from_structure(atlas.region_map.root_id)
