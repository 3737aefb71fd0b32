"""Surface of one region: from the package, the cache or the annotation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ...atlases.cache.meshes import surface_from_cache
from ...compute.meshes.settings import SurfaceReport, SurfaceSettings
from ...core.atlas.atlas import Atlas
from ...core.errors import AtlasError, AtlasFileError
from ...core.mesh import Mesh
from ...core.space.hemispheres import hemisphere_number

Source = Literal["package", "cache", "labels"]
Preference = Literal["package", "labels"]


@dataclass(frozen=True, eq=False)
class PlacedSurface:
    """A region's surface where its labels are.

    Attributes
    ----------
    mesh
        Points in µm, x, y and z of the atlas's world.
    source
        "package" for its own file, "labels" for one that was made just now, "cache" for one
        that was made before.
    note
        One sentence for people: where it is from, and how exact it is.
    report
        What was measured when it was made; None for a package's own.
    """

    mesh: Mesh
    source: Source
    note: str
    report: SurfaceReport | None = None


def region_surface(
    atlas: Atlas,
    rank: int,
    hemisphere: str | int | None = None,
    prefer: Preference = "package",
    settings: SurfaceSettings | None = None,
) -> PlacedSurface:
    """Return the surface of a region with its descendants.

    Parameters
    ----------
    atlas
        The atlas.
    rank
        Rank of the region, or of an id that the hierarchy does not know.
    hemisphere
        "left", "right" or their numbers; None for both.
    prefer
        "package" takes the package's own mesh, its measured offset taken away, and makes one of
        the labels only where there is none that can be read; "labels" always makes one.
    settings
        How one is made of the labels; see `SurfaceSettings`.

    Raises
    ------
    AtlasError
        If there is neither a mesh nor a voxel, or nothing tells sides.
    """
    number, without = hemisphere_number(hemisphere), ""
    region_id = int(atlas.ranks.ids[rank])
    if prefer == "package" and region_id in atlas.package.mesh_files:
        try:
            mesh = atlas.mesh_from_structure(region_id, number)
        except AtlasFileError as exc:
            without = f"the package's cannot be read ({exc}); "
        else:
            if len(mesh.faces):
                note = f"the package's own; {atlas.mesh_offset.describe()}"
                return PlacedSurface(mesh, "package", note)
            without = "the package's has no triangle on this side; "
    made, was_there = surface_from_cache(atlas, rank, number, settings)
    if not len(made.mesh.faces):
        raise AtlasError(f"region {region_id}: no surface could be made of its voxels")
    note = f"{without}made of the labels: {made.report.describe()}"
    return PlacedSurface(made.mesh, "cache" if was_there else "labels", note, made.report)
