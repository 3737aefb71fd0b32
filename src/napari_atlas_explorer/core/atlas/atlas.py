"""The atlas: volumes and hierarchy on one grid, and every question asked of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError, AtlasError, AtlasFileError
from ..mesh import MeshOffset, measure_offset, sample_ranks
from ..package import Assumption, Package, package_from_arrays
from ..peer_names import accept_keywords, refuse_in_place
from ..progress import Progress, ignore_progress
from ..regions.rank_volume import AnnotationView, RankVolume
from ..regions.region_map import RegionMap
from ..regions.structures import Structures
from ..space.frames import Frames
from ..space.grid import VoxelGrid, floor_one
from ..space.hemispheres import LEFT, RIGHT, HemisphereRule
from ..space.resampling import downsample_package
from ..space.volume import VoxelData
from . import brainglobe, layers, masks, measures, meshes
from .files import fetch_data, fetch_hierarchy, require_dataset
from .frames import frames_of
from .itksnap import export_itksnap_labels, write_itksnap_labels
from .lookups import (
    OUTSIDE,
    Description,
    Hit,
    acronym_table,
    as_position,
    find_hit,
    hemisphere_from_coords,
    structure_from_coords,
)
from .notebook import describe_atlas, html_card, lookup, reduce_atlas
from .slices import get_slice_image

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["OUTSIDE", "Atlas"]

V = TypeVar("V", bound=VoxelData)


class Atlas:
    """A brain atlas: volumes on one grid and a hierarchy of regions.

    Open one with `napari_atlas_explorer.open_atlas`, or make one with `from_arrays`. Volumes
    are read when first used.

    In the examples of its members ``atlas`` is ``open_atlas("sample")``, ``regions`` is its
    ``region_map``, ``packaged`` an atlas whose package has surfaces, ``layered`` one whose
    metadata define layers, and ``folder`` the `Path` of a folder to write to.

    Parameters
    ----------
    package
        The opened package.

    Attributes
    ----------
    on_progress
        Called with the fraction done while a large annotation is converted.
    reopen
        Opens the same path again, as pickling does; None for atlases that were made in memory.
    """

    left_hemisphere_value = LEFT
    right_hemisphere_value = RIGHT

    def __init__(self, package: Package) -> None:
        self.package = package
        self.on_progress: Progress = ignore_progress
        self.reopen: Callable[[], Atlas] | None = None
        self._lock = RLock()
        self._volumes: dict[tuple[str, type[VoxelData]], VoxelData] = {}

    @classmethod
    @accept_keywords(structure_tree="region_map")
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

        Raises
        ------
        ArgumentError
            If ``region_map`` is none: AllenSDK's ``ReferenceSpace`` takes it first.

        Examples
        --------
        >>> region_map = RegionMap.flat([{"id": 688, "acronym": "CTX"}])
        >>> made = Atlas.from_arrays(np.full((2, 3, 4), 688), region_map, 25, orientation="asr")
        >>> made.at((10, 10, 10)).acronym
        'CTX'
        """
        if not isinstance(region_map, RegionMap):
            raise ArgumentError(
                f"region_map is a {type(region_map).__name__}; "
                f"expected from_arrays(annotation, RegionMap, resolution)"
            )
        return cls(
            package_from_arrays(
                annotation, region_map, resolution, reference, hemispheres, orientation
            )
        )

    # ---- identity --------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """Name of the atlas.

        >>> atlas.name
        'Phantom mouse brain'
        """
        return self.package.name

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Metadata as the package states them.

        >>> atlas.metadata["orientation"]
        'asr'
        """
        return self.package.metadata

    @property
    def path(self) -> Path | None:
        """Folder or file that it was opened from.

        >>> atlas.path.name
        'phantom_mouse_brain_v1'
        """
        return self.package.path

    @property
    def root_dir(self) -> Path | None:
        """Folder or file that it was opened from (BrainGlobe's name for `path`).

        >>> atlas.root_dir == atlas.path
        True
        """
        return self.package.path

    @property
    def orientation(self) -> str | None:
        """Three letters naming the side on which each axis starts, or None if not stated.

        >>> atlas.orientation
        'asr'
        """
        return self.package.orientation

    @property
    def grid(self) -> VoxelGrid:
        """Placement of the annotation.

        >>> atlas.grid.to_world((110.5, 41.5, 55.5)).tolist()
        [6630.0, 2490.0, 3330.0]
        """
        return self.package.grid

    @property
    def resolution(self) -> tuple[float, ...]:
        """Size of a voxel along each axis, µm, positive.

        >>> atlas.resolution
        (60.0, 60.0, 60.0)
        """
        return tuple(float(abs(s)) for s in self.grid.steps)

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of voxels along each axis.

        >>> atlas.shape
        (216, 128, 180)
        """
        return self.grid.shape

    @property
    def shape_um(self) -> tuple[float, ...]:
        """Length along each axis, µm (BrainGlobe).

        >>> atlas.shape_um
        (12960.0, 7680.0, 10800.0)
        """
        return tuple(n * size for n, size in zip(self.shape, self.resolution, strict=True))

    @property
    def region_map(self) -> RegionMap:
        """The hierarchy.

        >>> atlas.region_map.name("CA3")
        'Field CA3'
        """
        return self.package.region_map

    def load_region_map(self, memcache: bool = True) -> RegionMap:
        """Return the hierarchy (voxcell's name for `region_map`), which is always in memory.

        >>> atlas.load_region_map() is atlas.region_map
        True
        """
        return self.package.region_map

    @property
    def hierarchy(self) -> RegionMap:
        """The hierarchy; ``print(atlas.hierarchy)`` draws the tree (BrainGlobe).

        >>> print(atlas.hierarchy.restricted_to(["CA", "CA1", "CA3"]))
        CA (212)
        ├── CA1 (213)
        └── CA3 (222)
        """
        return self.package.region_map

    @property
    def structures(self) -> Structures:
        """Regions as dicts, by id, acronym or name, or several of them.

        >>> atlas.structures["CA3"]["name"], [row["id"] for row in atlas.structures[["CA1", "CA3"]]]
        ('Field CA3', [213, 222])
        """
        return Structures(self.region_map, self)

    @property
    def structures_list(self) -> list[dict[str, Any]]:
        """Every region as a dict, in pre-order (BrainGlobe).

        >>> atlas.structures_list[0]["acronym"]
        'root'
        """
        return list(self.structures.values())

    @property
    def lookup_df(self) -> pd.DataFrame:
        """Table of the regions' acronym, id and name, in pre-order (BrainGlobe).

        >>> atlas.lookup_df.values[:2].tolist()
        [['root', 1, 'root'], ['grey', 2, 'Basic cell groups and regions']]
        """
        return self.region_map.names_dataframe()

    @property
    def datasets(self) -> list[str]:
        """Names of every volume in the package.

        >>> atlas.datasets
        ['brain_regions', 'hemisphere', 'orientation', 'reference']
        """
        return list(self.package.datasets)

    @property
    def hemisphere_rule(self) -> HemisphereRule | None:
        """Rule for the hemisphere of a voxel, None if the package implies none.

        >>> atlas.hemisphere_rule.convention
        'hemisphere volume'
        """
        return self.package.hemisphere_rule

    def require_hemisphere_rule(self) -> HemisphereRule:
        """Return the hemisphere rule, or raise where the package implies none.

        >>> atlas.require_hemisphere_rule() is atlas.hemisphere_rule
        True
        """
        if self.hemisphere_rule is None:
            raise AtlasError(
                f"atlas {self.name} does not say which side is left; state its orientation and "
                f"midline"
            )
        return self.hemisphere_rule

    @cached_property
    def frames(self) -> Frames:
        """Coordinate frames in which positions of this atlas can be given, by name.

        >>> atlas.frames["array"].from_world((6600, 2490, 3330)).tolist()
        [110.0, 41.5, 55.5]
        >>> atlas.frames.unavailable["bregma-ibl"]
        'not an atlas of the Allen mouse CCF, whose root is region 997'
        """
        return frames_of(self.package)

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Quantities that the package does not state, and the value assumed for each.

        >>> atlas.assumptions
        ()
        """
        return self.package.assumptions

    __reduce__, __repr__, _repr_html_ = reduce_atlas, describe_atlas, html_card

    # ---- volumes ---------------------------------------------------------------------------

    @accept_keywords(data_type="name")
    def load_data(self, name: str, cls: type[V] = VoxelData, memcache: bool = False) -> V:  # type: ignore[assignment]
        """Read a dataset by name, as `VoxelData` or one of its subclasses.

        With ``memcache`` the volume is kept in memory, and the same one returned from then on.

        >>> atlas.load_data("orientation", OrientationField)
        <OrientationField (216, 128, 180, 4) int8, 60 × 60 × 60 µm>
        """
        kept = self._volumes.get((name, cls))
        if kept is not None:
            return cast("V", kept)
        data: VoxelData = require_dataset(self, name).load()
        volume = data if isinstance(data, cls) else cls.from_grid(data.raw, data.grid)
        if memcache:
            self._volumes[name, cls] = volume
        return volume

    fetch_data = fetch_data
    fetch_hierarchy = fetch_hierarchy

    @cached_property
    def ranks(self) -> RankVolume:
        """The annotation as pre-order ranks; read when first used.

        >>> int(atlas.ranks.raw[110, 41, 55]) == atlas.region_map.rank("CA3sr")
        True
        """
        with self._lock:
            if self.is_loaded:  # another thread was quicker
                ready: RankVolume = self.__dict__["ranks"]
                return ready
            try:
                if self.package.make_ranks is not None:
                    return self.package.make_ranks(self.region_map, self.grid, self.on_progress)
                data = self.load_data(self.package.annotation, VoxelData)
                return RankVolume.from_ids(data.raw, self.region_map, self.grid)
            except ArgumentError as exc:
                path = self.package.datasets[self.package.annotation].path
                if path is None:
                    raise
                raise AtlasFileError(path, str(exc)) from exc

    @property
    def is_loaded(self) -> bool:
        """Whether the annotation has been read.

        >>> open_atlas("sample").is_loaded
        False
        """
        return "ranks" in self.__dict__

    @property
    def annotation(self) -> AnnotationView:
        """Region id per voxel; computed from the ranks on each use and not stored.

        >>> int(atlas.annotation[110, 41, 55]), int((atlas.annotation == 225).sum())
        (225, 19908)
        """
        return AnnotationView.of(self.ranks)

    @cached_property
    def reference(self) -> VoxelData | None:
        """The reference image, None if the package has none.

        >>> atlas.reference
        <VoxelData (216, 128, 180) uint16, 60 × 60 × 60 µm>
        """
        return self.load_data(self.package.reference, VoxelData) if self.package.reference else None

    @property
    def template(self) -> VoxelData | None:
        """The reference image (BrainGlobe 3's name for `reference`).

        >>> atlas.template is atlas.reference
        True
        """
        return self.reference

    @cached_property
    def additional_references(self) -> brainglobe.AdditionalReferences:
        """Further images by name; each is read when it is asked for (BrainGlobe).

        >>> list(atlas.additional_references)
        []
        """
        return brainglobe.AdditionalReferences(self.package)

    @cached_property
    def hemispheres(self) -> VoxelData | None:
        """0 outside, 1 left, 2 right per voxel; None where hemispheres are unknown.

        >>> int(atlas.hemispheres[110, 41, 55])
        2
        """
        if self.hemisphere_rule is None:
            return None
        return VoxelData.from_grid(self.hemisphere_rule.volume(self.shape), self.grid)

    # ---- lookups ---------------------------------------------------------------------------

    def at(self, position: Sequence[float]) -> Hit:
        """Look up a position of three µm in array-axis order; never raises for outside.

        >>> hit = atlas.at((6600, 2500, 3300))
        >>> hit.acronym, hit.hemisphere, hit.index
        ('CA3sr', 'right', (110, 41, 55))
        """
        values = as_position(position, self.grid.ndim)
        return find_hit(self, self.grid.locate_one(values), values)

    def at_voxel(self, index: Sequence[float]) -> Hit:
        """Look up a voxel; fractions lie between the voxel's edges.

        >>> atlas.at_voxel((110, 41, 55)).position
        (6630.0, 2490.0, 3330.0)
        """
        values = as_position(index, self.grid.ndim)
        voxel = floor_one(values, self.shape)
        # A whole number means the voxel, and the voxel's position is that of its center.
        q = [v + 0.5 if v.is_integer() else v for v in values]
        return find_hit(self, voxel, tuple(self.grid.to_world(q).tolist()))

    lookup = lookup

    @cached_property
    def descriptions(self) -> dict[int, Description]:
        """Cache of `at`: the names of the ranks that were looked up so far.

        >>> rank = atlas.at((6600, 2500, 3300)).rank
        >>> atlas.descriptions[rank][2]
        'CA3sr'
        """
        return {}

    @cached_property
    def rank_acronyms(self) -> NDArray[np.str_]:
        """``(n_ranks,)`` acronym of each rank; an id that the hierarchy does not know as digits.

        >>> atlas.rank_acronyms[:3].tolist()
        ['Outside atlas', 'root', 'grey']
        """
        return acronym_table(self)

    structure_from_coords = structure_from_coords
    hemisphere_from_coords = hemisphere_from_coords

    # ---- the hierarchy ---------------------------------------------------------------------

    get_structure_ancestors = brainglobe.get_structure_ancestors
    get_structure_descendants = brainglobe.get_structure_descendants
    get_structures_at_hierarchy_level = brainglobe.get_structures_at_hierarchy_level

    def remove_unassigned(self, update_self: bool = False) -> Self:
        """Return an atlas with only those regions that have a voxel, or whose descendants do.

        This atlas stays as it is: ``update_self`` may only be False.

        >>> len(atlas.region_map), len(atlas.remove_unassigned().region_map)
        (455, 449)
        """
        refuse_in_place(update_self, "atlas = atlas.remove_unassigned()")
        present = [i for i, n in self.total_voxel_map.items() if n]
        if not present:
            raise ArgumentError(f"no voxel of atlas {self.name} belongs to a region")
        fewer = self.region_map.restricted_to(present)
        return type(self)(replace(self.package, region_map=fewer))

    # ---- masks -----------------------------------------------------------------------------

    get_structure_mask = masks.get_structure_mask
    many_structure_masks = masks.many_structure_masks
    check_and_write = staticmethod(masks.check_and_write)
    return_mask_cb = staticmethod(masks.return_mask)
    check_coverage = masks.check_coverage
    validate_structures = masks.validate_structures

    # ---- surfaces --------------------------------------------------------------------------

    mesh_from_structure = meshes.mesh_from_structure
    meshfile_from_structure = meshes.meshfile_from_structure
    root_mesh = meshes.root_mesh
    root_meshfile = meshes.root_meshfile

    @cached_property
    def mesh_offset(self) -> MeshOffset:
        """Offset of the package's meshes from its annotation, measured on some of them.

        >>> packaged.mesh_offset.is_steady
        True
        """
        ranks = sample_ranks(self.ranks, self.package.mesh_files)
        return measure_offset(self.ranks, meshes.read_readable_meshes(self, ranks))

    # ---- counts and sums -------------------------------------------------------------------

    @property
    def direct_voxel_map(self) -> dict[int, int]:
        """Number of voxels that carry each region's own id, by id; every region is listed.

        >>> atlas.direct_voxel_map[225], atlas.direct_voxel_map[atlas.region_map.root_id]
        (19908, 0)
        """
        return self._by_id(self.ranks.counts)

    @property
    def total_voxel_map(self) -> dict[int, int]:
        """Number of voxels of each region with all its descendants, by id.

        >>> atlas.total_voxel_map[225], atlas.total_voxel_map[atlas.region_map.root_id]
        (19908, 1705210)
        """
        return self._by_id(self.ranks.total_counts)

    def _by_id(self, counts: NDArray[np.int64]) -> dict[int, int]:
        n = len(self.region_map) + 1
        return dict(zip(self.region_map, counts[1:n].tolist(), strict=True))

    statistics = measures.statistics
    integrate = measures.integrate

    # ---- cortical layers -------------------------------------------------------------------

    get_layers = layers.get_layers
    get_layer = layers.get_layer
    get_layer_volume = layers.get_layer_volume

    # ---- sections, coarser copies, exports -------------------------------------------------

    get_slice_image = get_slice_image

    def downsample(self, target_resolution: float | Sequence[float]) -> Self:
        """Return the coarser copy of the atlas.

        Each new voxel takes the id of the voxel that holds its center, so no id is invented;
        images are averaged over the new voxel. The corner stays where it is and voxels are
        exactly of the resolution asked, so that positions keep their meaning; the far edge
        moves by less than half a new voxel where the sizes do not divide.

        Parameters
        ----------
        target_resolution
            µm, one for all axes or one for each; none may be finer than the atlas's own.

        Examples
        --------
        >>> coarse = atlas.downsample(240)
        >>> coarse.shape, coarse.at((6600, 2500, 3300)).path[-2]
        ((54, 32, 45), 'CA3')
        """
        return type(self)(downsample_package(self.package, self.annotation, target_resolution))

    export_itksnap_labels = export_itksnap_labels
    write_itksnap_labels = write_itksnap_labels
