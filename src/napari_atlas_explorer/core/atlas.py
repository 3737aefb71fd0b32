"""The atlas: everything that is asked of volumes and hierarchy together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .annotation import Annotation
from .errors import ArgumentError, AtlasError, short
from .grid import VoxelGrid, as_points, floor_indices, floor_one
from .hit import Hit
from .id_volume import IdVolume
from .package import Assumption, Package
from .regions import RegionKey, RegionMap
from .roi import ROIMask
from .sides import SIDE_NAMES, Sides, side_number
from .statistics import region_statistics
from .structures import Structures
from .voxels import VoxelData

if TYPE_CHECKING:
    import pandas as pd

V = TypeVar("V", bound=VoxelData)

OUTSIDE = "Outside atlas"
"""Answer of the queries by name for positions outside and for background (as BrainGlobe)."""


class Atlas:
    """A brain atlas: volumes on one grid and a hierarchy of regions.

    Open one with `napari_atlas_explorer.open_atlas`, or make one with `from_arrays`. Volumes
    are read when first used.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self._lock = RLock()

    @classmethod
    def from_arrays(
        cls,
        annotation: ArrayLike | VoxelData,
        region_map: RegionMap,
        resolution: ArrayLike,
        reference: ArrayLike | VoxelData | None = None,
        hemispheres: ArrayLike | VoxelData | None = None,
        orientation: str | None = None,
    ) -> Atlas:
        """Make an atlas of arrays in memory.

        Parameters
        ----------
        annotation
            Region ids, ``(n0, n1, n2)``.
        region_map
            The hierarchy.
        resolution
            Voxel size along each axis, µm.
        reference, hemispheres
            Volumes of the annotation's shape; hemispheres hold 0, 1 (left) and 2 (right).
        orientation
            Three letters such as "asr"; None if not known.
        """
        from .memory import package_from_arrays

        return cls(
            package_from_arrays(
                annotation, region_map, resolution, reference, hemispheres, orientation
            )
        )

    # ---- what it is ------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Name of the atlas."""
        return self.package.name

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What the package says of itself."""
        return self.package.metadata

    @property
    def path(self) -> Path | None:
        """Folder or file that it was opened from."""
        return self.package.path

    @property
    def orientation(self) -> str | None:
        """Three letters naming the side on which each axis starts, or None if not stated."""
        return self.package.orientation

    @property
    def grid(self) -> VoxelGrid:
        """Placement of the annotation."""
        return self.package.grid

    @property
    def resolution(self) -> tuple[float, ...]:
        """Size of a voxel along each axis, µm, positive."""
        return tuple(float(abs(s)) for s in self.grid.steps)

    @property
    def shape(self) -> tuple[int, ...]:
        """Voxels along each axis."""
        return self.grid.shape

    @property
    def region_map(self) -> RegionMap:
        """The hierarchy."""
        return self.package.region_map

    def load_region_map(self) -> RegionMap:
        """Return the hierarchy (voxcell's name for `region_map`)."""
        return self.package.region_map

    @property
    def structures(self) -> Structures:
        """Regions as dicts, by id or acronym."""
        return Structures(self.region_map)

    @property
    def datasets(self) -> list[str]:
        """Names of every volume in the package."""
        return list(self.package.datasets)

    @property
    def sides(self) -> Sides | None:
        """What tells the hemisphere, None if nothing does."""
        return self.package.sides

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """What the package does not state and had to be taken for granted."""
        return self.package.assumptions

    def __repr__(self) -> str:
        """Describe name, shape and resolution."""
        size = " × ".join(f"{s:g}" for s in self.resolution)
        return f"<Atlas {self.name}: {' × '.join(map(str, self.shape))} voxels of {size} µm>"

    # ---- volumes ---------------------------------------------------------------------------

    def load_data(self, name: str, cls: type[V] = VoxelData) -> V:  # type: ignore[assignment]
        """Read a dataset by name, as `VoxelData` or one of its subclasses."""
        dataset = self.package.datasets.get(name)
        if dataset is None:
            raise ArgumentError(
                f"atlas {self.name} has no dataset {name!r}; it has {', '.join(self.datasets)}"
            )
        data: VoxelData = dataset.load()
        return data if isinstance(data, cls) else cls.from_grid(data.raw, data.grid)

    @cached_property
    def labels(self) -> Annotation:
        """The annotation as pre-order ranks; read when first used."""
        with self._lock:
            if "labels" in self.__dict__:  # another thread was quicker
                ready: Annotation = self.__dict__["labels"]
                return ready
            data = self.load_data(self.package.annotation, VoxelData)
            return Annotation.from_ids(data.raw, self.region_map, self.grid)

    @property
    def annotation(self) -> IdVolume:
        """Region id per voxel; made from the ranks when asked and not kept."""
        return IdVolume.of(self.labels)

    @cached_property
    def reference(self) -> VoxelData | None:
        """The reference image, None if the package has none."""
        return self.load_data(self.package.reference, VoxelData) if self.package.reference else None

    @cached_property
    def hemispheres(self) -> VoxelData | None:
        """0 outside, 1 left, 2 right per voxel; None where sides are unknown."""
        if self.sides is None:
            return None
        return VoxelData.from_grid(self.sides.volume(self.shape), self.grid)

    # ---- lookups ---------------------------------------------------------------------------

    def at(self, position: Sequence[float]) -> Hit:
        """What is at a position of three µm in array-axis order; never raises for outside."""
        values = self._one(position)
        return self._hit(self.grid.locate_one(values), values)

    def at_voxel(self, index: Sequence[float]) -> Hit:
        """What is in a voxel; fractions lie between the voxel's edges."""
        values = self._one(index)
        voxel = floor_one(values, self.shape)
        # A whole number means the voxel, and the voxel's position is that of its centre.
        q = [v + 0.5 if v.is_integer() else v for v in values]
        return self._hit(voxel, tuple(self.grid.to_world(q).tolist()))

    def _one(self, position: Sequence[float]) -> tuple[float, ...]:
        """One position as floats, or raise; plain Python, since hovering asks it."""
        try:
            values = tuple(float(v) for v in position)
        except (TypeError, ValueError) as exc:
            raise ArgumentError(f"position {short(position)}; expected numbers") from exc
        if len(values) != self.grid.ndim:
            raise ArgumentError(f"position {values}; expected {self.grid.ndim} coordinates")
        return values

    def _hit(self, index: tuple[int, ...] | None, position: tuple[float, ...]) -> Hit:
        if index is None:
            return Hit(0, 0, None, None, (), None, None, position, True)
        rank = int(self.labels.ranks[index])
        side = self.sides.of_one(index) if self.sides is not None else 0
        known = 0 < rank <= len(self.region_map)
        return Hit(
            id=int(self.labels.ids[rank]),
            rank=rank,
            acronym=self.region_map.acronym(rank) if known else None,
            name=self.region_map.name(rank) if known else None,
            path=self._paths(rank) if known else (),
            hemisphere=SIDE_NAMES.get(side),
            index=index,
            position=position,
            outside=False,
        )

    def _paths(self, rank: int) -> tuple[str, ...]:
        path = self._path_cache.get(rank)
        if path is None:
            path = self._path_cache[rank] = tuple(self.region_map.path(rank))
        return path

    @cached_property
    def _path_cache(self) -> dict[int, tuple[str, ...]]:
        return {}

    def _locate(
        self, coords: ArrayLike, microns: bool
    ) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        points = as_points(coords, self.grid.ndim)
        return self.grid.locate(points) if microns else floor_indices(points, self.shape)

    def structure_from_coords(
        self,
        coords: ArrayLike,
        microns: bool = False,
        as_acronym: bool = False,
        hierarchy_lev: int | None = None,
    ) -> Any:
        """Region at one position or at many (BrainGlobe).

        Parameters
        ----------
        coords
            ``(3,)`` or ``(..., 3)``: voxels, or µm with ``microns``.
        microns
            Whether the coordinates are µm.
        as_acronym
            Answer acronyms instead of ids.
        hierarchy_lev
            Answer the ancestor at this depth (0 is the root); regions above it stand for
            themselves.

        Returns
        -------
        An int or str for one position, else an array of the leading shape; 0 or
        "Outside atlas" for background and outside.
        """
        indices, inside = self._locate(coords, microns)
        ranks = np.zeros(inside.shape, np.int64)
        ranks[inside] = self.labels.ranks[tuple(np.moveaxis(indices[inside], -1, 0))]
        if hierarchy_lev is not None:
            known = np.arange(len(self.region_map.ids), self.labels.n_ranks)
            ranks = np.concatenate([self.region_map.at_depth(hierarchy_lev), known])[ranks]
        table = self._acronym_table if as_acronym else self.labels.ids
        answer = table[ranks]
        if answer.ndim:
            return answer
        return str(answer) if as_acronym else int(answer)

    @cached_property
    def _acronym_table(self) -> NDArray[np.str_]:
        names = [OUTSIDE, *(self.region_map.acronym(k + 1) for k in range(len(self.region_map)))]
        return np.array([*names, *(str(i) for i in self.labels.unknown_ids)])

    def hemisphere_from_coords(
        self, coords: ArrayLike, microns: bool = False, as_string: bool = False
    ) -> Any:
        """Hemisphere at one position or at many (BrainGlobe).

        Returns
        -------
        1 left, 2 right, 0 outside; or "left", "right", "Outside atlas" with ``as_string``. One
        value for one position, else an array of the leading shape.

        Raises
        ------
        AtlasError
            If nothing tells the sides of this atlas.
        """
        sides = self._require_sides()
        indices, inside = self._locate(coords, microns)
        answer = np.zeros(inside.shape, np.uint8)
        answer[inside] = sides.of(indices[inside])
        if as_string:
            names = np.array([OUTSIDE, "left", "right"])[np.minimum(answer, 2)]
            return names if names.ndim else str(names)
        return answer if answer.ndim else int(answer)

    def _require_sides(self) -> Sides:
        if self.sides is None:
            raise AtlasError(
                f"atlas {self.name} does not say which side is left; "
                f"state its orientation to use hemispheres"
            )
        return self.sides

    # ---- hierarchy and masks ---------------------------------------------------------------

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
        """
        ranks = self.region_map.ranks_of(region)
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

    def statistics(self) -> pd.DataFrame:
        """Table with one row per region: id, names, voxels, mm³, centroid, box, per hemisphere.

        Volumes count what the region's own id covers (``direct``) and that with all its
        descendants (``total``). Ids that the hierarchy does not know stand at the end.
        """
        return region_statistics(self.labels, self.sides).as_dataframe()

    def meshfile_from_structure(self, region: RegionKey) -> Path | None:
        """Mesh file that the package brings for a region, or None."""
        return self.package.mesh_files.get(int(self.region_map.ids[self.region_map.rank(region)]))
