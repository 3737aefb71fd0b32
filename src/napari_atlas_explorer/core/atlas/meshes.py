"""Surfaces of regions that come with a package."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from ..errors import AtlasError
from ..mesh import Mesh
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
