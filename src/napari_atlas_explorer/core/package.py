"""Opened but unread atlas packages, and packages of arrays in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ArgumentError, AtlasError
from .mesh import Mesh
from .progress import Progress
from .regions.rank_volume import RankVolume
from .regions.region_map import RegionMap
from .space.axes import LEFT_RIGHT, axis_of, check_orientation, world_letters
from .space.grid import VoxelGrid
from .space.hemispheres import LEFT, RIGHT, HemispherePlane, HemisphereRule, HemisphereVolume
from .space.volume import VoxelData

MakeRanks = Callable[[RegionMap, VoxelGrid, Progress], RankVolume]

DatasetKind = Literal["image", "annotation", "hemispheres", "orientation", "mask", "vectors"]


@dataclass(frozen=True)
class Dataset:
    """One volume of a package.

    Attributes
    ----------
    name
        Its name within the package.
    kind
        What it holds, as far as its name and header tell.
    load
        Reads it, placed in the world.
    path
        The file, or None for arrays in memory.
    levels
        Gives what is stored of a large image in ever fewer voxels, the finest first and of the
        atlas's grid: arrays that are read where they are looked at. Told whom to tell of damage
        that is met then, from any thread. None where the file has no such levels.
    at_once
        Whether it is large and can be looked at without being read or converted first.
    """

    name: str
    kind: DatasetKind
    load: Callable[[], VoxelData]
    path: Path | None = None
    levels: Callable[[Callable[[AtlasError], None]], Sequence[Any]] | None = None
    at_once: bool = False


@dataclass(frozen=True)
class Assumption:
    """A quantity that the source does not state and that was taken for granted.

    Attributes
    ----------
    quantity
        "resolution", "orientation", "hemispheres", "unit", "placement", "kind", "hierarchy",
        "names" (which table names the regions), "table" (how it was read), "annotation" (which
        of several volumes), "volumes" (files that were left out) or "cache".
    statement
        One sentence: what was taken, and why.
    """

    quantity: str
    statement: str

    @property
    def title(self) -> str:
        """Word for the quantity that users read."""
        return {"resolution": "voxel size", "placement": "origin"}.get(self.quantity, self.quantity)


@dataclass(frozen=True)
class TableMatch:
    """A region table compared with the ids of an annotation.

    Attributes
    ----------
    path
        File of the table.
    known, ids
        Distinct ids of the annotation that the table lists, and all of them.
    regions
        Ids that the table lists.
    """

    path: Path
    known: int
    ids: int
    regions: int

    @property
    def similarity(self) -> float:
        """Jaccard similarity of the two sets of ids: shared by either, 0 to 1."""
        return self.known / max(1, self.ids + self.regions - self.known)


def assume_hierarchy(region_map: RegionMap, file: str = "") -> tuple[Assumption, ...]:
    """Return what was assumed to make the hierarchy of a file."""
    head = f"{file}: " if file else ""
    notes = (*region_map.notes, *region_map.ambiguities)
    return tuple(Assumption("table", head + note) for note in notes)


@dataclass(frozen=True)
class Package:
    """An atlas on disk or in memory, opened but not read.

    Attributes
    ----------
    name, layout
        The atlas's name, and the kind of package ("BrainGlobe v2", "VoxelBrain", ...).
    grid
        Placement of the annotation.
    region_map
        The hierarchy.
    datasets
        Every volume by name, in the order in which a user would list them.
    annotation
        Name of the annotation among the datasets.
    reference, hemispheres, orientation_field
        Names of these datasets, None where there is none.
    path
        The folder or file.
    metadata
        What the package says of itself.
    orientation
        Three letters, or None where the files do not say.
    hemisphere_rule
        What tells the hemisphere, or None where nothing does.
    assumptions
        What had to be taken for granted.
    resolution_known
        Whether the size of a voxel is stated; else positions are in voxels, not µm.
    mesh_files
        Mesh file of each region id.
    read_mesh
        Reads one of them: points ``(n, 3)``, x, y and z of the atlas's world, µm.
    region_file
        File that the hierarchy is from, None where it is from no file of its own.
    tables
        Tables that fit the annotation where it was paired by its ids, the one used first.
    peek
        Gives the id of one voxel of an annotation that is too large to be read whole, from its
        file and at once; None where the file has to be read for it.
    make_ranks
        Gives the ranks of an annotation that is too large to be read whole, told a hierarchy and
        a placement, and whom to tell how far it is; None where it is read as it is.
    """

    name: str
    layout: str
    grid: VoxelGrid
    region_map: RegionMap
    datasets: Mapping[str, Dataset]
    annotation: str
    reference: str | None = None
    hemispheres: str | None = None
    orientation_field: str | None = None
    path: Path | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    orientation: str | None = None
    hemisphere_rule: HemisphereRule | None = None
    assumptions: tuple[Assumption, ...] = ()
    resolution_known: bool = True
    mesh_files: Mapping[int, Path] = field(default_factory=dict)
    read_mesh: Callable[[Path], Mesh] | None = None
    region_file: Path | None = None
    tables: tuple[TableMatch, ...] = ()
    make_ranks: MakeRanks | None = None
    peek: Callable[[tuple[int, ...]], int] | None = None

    def __repr__(self) -> str:
        """Describe name, layout and volumes."""
        shape = " × ".join(map(str, self.grid.shape))
        volumes = ", ".join(self.datasets)
        return f"<Package {self.name} ({self.layout}): {shape} voxels, {volumes}>"

    @property
    def world_orientation(self) -> str | None:
        """Letters of the sides on which the world's axes x, y and z start, or None."""
        if self.orientation is None:
            return None
        return world_letters(self.grid.affine[:-1, :-1], self.orientation)

    @cached_property
    def hemisphere_doubts(self) -> tuple[Assumption, ...]:
        """What is wrong with a hemisphere volume; it is read for that, and kept."""
        if not isinstance(self.hemisphere_rule, HemisphereVolume):
            return ()
        doubts = self.hemisphere_rule.find_doubts(self.orientation)
        return tuple(Assumption("hemispheres", doubt) for doubt in doubts)

    def without_assumption(self, quantity: str, **changes: Any) -> Package:
        """Return a copy in which the user has settled a quantity that had been assumed."""
        kept = tuple(a for a in self.assumptions if a.quantity != quantity)
        return replace(self, assumptions=kept, **changes)

    def with_datasets(self, datasets: Mapping[str, Dataset], **changes: Any) -> Package:
        """Return a copy with other volumes.

        What gave the ranks of a large annotation goes with it: another annotation is read.
        """
        before, after = self.datasets.get(self.annotation), datasets.get(self.annotation)
        if before is None or after is None or after.load is not before.load:
            changes = {"make_ranks": None, "peek": None, **changes}
        return replace(self, datasets=datasets, **changes)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the volumes themselves: what reads them holds open files and locks."""
        state = {f.name: getattr(self, f.name) for f in fields(self)}
        state["datasets"] = {
            name: Dataset(name, d.kind, partial(_return_volume, d.load()), d.path)
            for name, d in self.datasets.items()
        }
        rule = self.hemisphere_rule
        if isinstance(rule, HemisphereVolume):
            sides = VoxelData.from_grid(rule.volume(self.grid.shape), self.grid)
            state["hemisphere_rule"] = _rule_of(sides, rule.convention)
        return {**state, "make_ranks": None, "peek": None}


def _return_volume(volume: VoxelData) -> VoxelData:
    return volume


def _return_values(volume: VoxelData) -> NDArray[Any]:
    return volume.raw


def _rule_of(volume: VoxelData, convention: str = "hemisphere volume") -> HemisphereVolume:
    return HemisphereVolume(partial(_return_values, volume), convention)


# ---- Packages of arrays in memory ----------------------------------------------------------------


def package_from_arrays(
    annotation: ArrayLike | VoxelData,
    region_map: RegionMap,
    resolution: ArrayLike,
    reference: ArrayLike | VoxelData | None = None,
    hemispheres: ArrayLike | VoxelData | None = None,
    orientation: str | None = None,
    name: str = "atlas in memory",
) -> Package:
    """Describe arrays as a package; see `Atlas.from_arrays`."""
    if isinstance(annotation, VoxelData):
        labels = annotation
    else:
        ids = np.asarray(annotation)
        labels = VoxelData.from_grid(ids, VoxelGrid.from_steps(ids.shape, resolution))
    letters = None if orientation is None else check_orientation(orientation)
    datasets = {"annotation": _make_dataset("annotation", "annotation", labels, labels.grid)}
    if reference is not None:
        datasets["reference"] = _make_dataset("reference", "image", reference, labels.grid)
    hemisphere_rule: HemisphereRule | None = None
    if hemispheres is not None:
        datasets["hemispheres"] = _make_dataset(
            "hemispheres", "hemispheres", hemispheres, labels.grid
        )
        hemisphere_rule = HemisphereVolume(lambda: datasets["hemispheres"].load().raw)
    return Package(
        name=name,
        layout="arrays",
        grid=labels.grid,
        region_map=region_map,
        datasets=datasets,
        annotation="annotation",
        reference="reference" if reference is not None else None,
        hemispheres="hemispheres" if hemispheres is not None else None,
        orientation=letters,
        hemisphere_rule=hemisphere_rule,
    )


def middle_plane(orientation: str, grid: VoxelGrid, convention: str) -> HemispherePlane:
    """Return the sides of a grid split at the middle of its left-right axis."""
    axis = axis_of(orientation, LEFT_RIGHT)
    low = LEFT if orientation[axis] == "l" else RIGHT
    return HemispherePlane(axis, round(grid.shape[axis] / 2), low, convention)


def _make_dataset(
    name: str, kind: DatasetKind, data: ArrayLike | VoxelData, grid: VoxelGrid
) -> Dataset:
    volume = data if isinstance(data, VoxelData) else VoxelData.from_grid(data, grid)
    if volume.shape != grid.shape:
        raise ArgumentError(
            f"{name} of shape {volume.shape}; expected the annotation's {grid.shape}"
        )
    return Dataset(name, kind, partial(_return_volume, volume))
