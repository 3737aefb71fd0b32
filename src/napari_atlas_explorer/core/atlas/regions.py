"""Ancestors, descendants, masks, sizes and cortical layers of an atlas's regions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import ArgumentError, AtlasError, UnknownRegionError
from ..mesh import Mesh, MeshOffset, measure_offset, sample_ranks
from ..regions.region_map import RegionKey, RegionMap
from ..space.sides import side_number
from ..space.volume import ROIMask, VoxelData
from ..statistics import integrated, region_statistics
from .lookups import AtlasLookups

if TYPE_CHECKING:
    import pandas as pd


# -----------------------------------------------------------------------------
# Layers that a VoxelBrain package defines in its metadata by queries on the hierarchy.


def layer_names(metadata: Mapping[str, Any], atlas: str) -> list[str]:
    """Names of the layers, first one first.

    Raises
    ------
    AtlasError
        If the metadata have no usable ``layers``: ``names`` and ``queries`` of one length, and
        the ``attribute`` that the queries are about.
    """
    layers = metadata.get("layers")
    if not isinstance(layers, Mapping):
        raise AtlasError(f"atlas {atlas} defines no layers; expected 'layers' in its metadata.json")
    names, queries = layers.get("names"), layers.get("queries")
    if (
        not isinstance(names, list)
        or not isinstance(queries, list)
        or len(names) != len(queries)
        or not isinstance(layers.get("attribute"), str)
    ):
        raise AtlasError(
            f"the layers of atlas {atlas} are not as expected: 'names' and 'queries', two lists "
            f"of one length, and 'attribute', a string"
        )
    return [str(name) for name in names]


def layer_ids(metadata: Mapping[str, Any], region_map: RegionMap, index: int) -> set[int]:
    """Ids of the regions of a layer, with their descendants; see `layer_names`."""
    layers = metadata["layers"]
    query = layers["queries"][index]
    return region_map.find(query, layers["attribute"], with_descendants=True)


# -----------------------------------------------------------------------------
# Ancestors, descendants, masks and sizes of an atlas's regions.


class AtlasRegions(AtlasLookups):
    """Regions as wholes; see `Atlas`."""

    def get_structure_ancestors(self, region: RegionKey) -> list[str]:
        """Acronyms of a region's ancestors, root first, without itself."""
        ranks = self.region_map.ancestor_ranks(self.region_map.rank(region))
        return [self.region_map.acronym(k) for k in ranks]

    def get_structure_descendants(self, region: RegionKey) -> list[str]:
        """Acronyms of all regions below a region, in pre-order, without itself."""
        rank = self.region_map.rank(region)
        stop = int(self.region_map.ends[rank])
        return [self.region_map.acronym(k) for k in range(rank + 1, stop)]

    def get_structure_mask(
        self,
        region: RegionKey | Iterable[RegionKey],
        hemisphere: str | int | None = None,
        direct_only: bool = False,
        attr: str | None = None,
        ignore_case: bool = False,
    ) -> ROIMask:
        """Mask of a region or of the union of several.

        Parameters
        ----------
        region
            Id, acronym or exact name, or a collection of them.
        hemisphere
            "left" or "right"; None for both.
        direct_only
            Leave the descendants out.
        attr
            Take ``region`` for a value of this attribute, as `RegionMap.find` does: "@layer 1$"
            with ``attr="name"`` is every region whose name ends so.
        ignore_case
            With ``attr``: compare strings without regard to case.

        Raises
        ------
        UnknownRegionError
            If nothing answers to ``region``; a mask of nothing would hide a misspelling.
        """
        ranks = self._ranks_of(region, attr, ignore_case)
        if direct_only:
            intervals = [(rank, rank + 1) for rank in sorted(set(ranks))]
        else:
            intervals = self.region_map.intervals(ranks)
        side = side_number(hemisphere)
        if side is not None:
            self._require_sides()
        mask = self.labels.mask(intervals)
        if side is not None:
            self._require_sides().keep(mask, side)
        return ROIMask.from_grid(mask, self.grid)

    def mesh_from_structure(self, region: RegionKey, hemisphere: str | int | None = None) -> Mesh:
        """Surface that the package brings for a region, where its labels are.

        Parameters
        ----------
        region
            Id, acronym or exact name.
        hemisphere
            "left" or "right": only triangles whose middle is on that side.

        Returns
        -------
        ``points`` ``(n, 3)`` µm in the order of the array's axes, ``faces`` ``(m, 3)``. The
        offset of the package's meshes from its labels is taken away; see `mesh_offset`.

        Raises
        ------
        AtlasError
            If the package has no mesh of the region.
        """
        mesh = self._stored_mesh(self.region_map.rank(region))
        points = mesh.points + self.mesh_offset.shift
        side = side_number(hemisphere)
        if side is None:
            return Mesh(points, mesh.faces)
        sides = self._require_sides()
        middles = self.grid.to_index_space(points[mesh.faces].mean(axis=1))
        nearest = np.clip(np.floor(middles), 0, np.array(self.shape) - 1).astype(np.intp)
        faces = mesh.faces[sides.of(nearest) == side]
        used, numbers = np.unique(faces, return_inverse=True)
        return Mesh(points[used], numbers.reshape(faces.shape).astype(np.int64))

    @cached_property
    def mesh_offset(self) -> MeshOffset:
        """How far the package's meshes stand from its labels, measured on some of them."""
        ranks = sample_ranks(self.labels, self.package.mesh_files)
        return measure_offset(self.labels, {rank: self._stored_mesh(rank) for rank in ranks})

    def _stored_mesh(self, rank: int) -> Mesh:
        region_id = int(self.region_map.ids[rank])
        path, read = self.package.mesh_files.get(region_id), self.package.read_mesh
        if path is None or read is None:
            raise AtlasError(
                f"atlas {self.name} has no mesh of {self.region_map.acronym(rank)}",
                remedy="make mesh",
            )
        return read(path)

    def _ranks_of(self, region: Any, attr: str | None, ignore_case: bool) -> list[int]:
        if attr is None:
            return self.region_map.ranks_of(region)
        ids = self.region_map.find(region, attr, ignore_case)
        if not ids:
            raise UnknownRegionError(region, f"no region has this {attr}")
        return [self.region_map.rank_of_id(i) for i in ids]

    def statistics(self) -> pd.DataFrame:
        """Table with one row per region: id, names, voxels, mm³, centroid, box, per hemisphere.

        Volumes count what the region's own id covers (``direct``) and that with all its
        descendants (``total``). Ids that the hierarchy does not know stand at the end.
        """
        return region_statistics(self.labels, self.sides).as_dataframe()

    def meshfile_from_structure(self, region: RegionKey) -> Path | None:
        """Mesh file that the package brings for a region, or None."""
        return self.package.mesh_files.get(int(self.region_map.ids[self.region_map.rank(region)]))

    def integrate(self, density: VoxelData, per: str) -> pd.DataFrame:
        """Integrate a density over each region: Σ value × voxel volume.

        Parameters
        ----------
        density
            Scalars on the annotation's grid.
        per
            Volume that the density is counted in, "mm3" or "um3".

        Returns
        -------
        Table with one row per region and unknown id: id, acronym, name, and the count in
        voxels of its own (``direct``) and with all descendants (``total``).
        """
        return integrated(self.labels, density, per).as_dataframe()

    # ---- cortical layers -------------------------------------------------------------------

    def get_layers(self) -> tuple[list[str], list[set[int]]]:
        """Names and region ids of the layers that the metadata define (voxcell).

        Raises
        ------
        AtlasError
            If the atlas's metadata define none.
        """
        names = layer_names(self.metadata, self.name)
        return names, [layer_ids(self.metadata, self.region_map, n) for n in range(len(names))]

    def get_layer(self, layer_index: int) -> tuple[str, set[int]]:
        """Name and region ids of one layer, counted from 0 (voxcell)."""
        names = layer_names(self.metadata, self.name)
        if not 0 <= layer_index < len(names):
            raise ArgumentError(f"layer {layer_index}; the atlas has 0 to {len(names) - 1}")
        return names[layer_index], layer_ids(self.metadata, self.region_map, layer_index)

    def get_layer_volume(self) -> VoxelData:
        """Layer of each voxel, uint8: 1 for the first layer, 0 for none (voxcell).

        A region in two layers counts to the later one.
        """
        table = np.zeros(self.labels.n_ranks, np.uint8)
        for number, ids in enumerate(self.get_layers()[1], 1):
            table[[self.region_map.rank_of_id(i) for i in ids]] = number
        return VoxelData.from_grid(table[self.labels.ranks], self.grid)
