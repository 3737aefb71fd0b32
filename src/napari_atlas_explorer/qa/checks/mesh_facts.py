"""Facts about meshes that several checks share; each mesh is read once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...compute.meshes.quality import MeshQuality, examine_mesh
from ...core.errors import AtlasError, AtlasFileError
from ...core.mesh import Mesh, MeshOffset, measure_offset
from ...core.regions.rank_volume import RankVolume
from ..check import NotRunError
from ..finding import Anchor
from ..subject import Subject
from .package_facts import relative_to

REMAKE = "Make the mesh again from the labels."


FARTHEST_VOXEL = 2**40


@dataclass(frozen=True)
class MeshFacts:
    """Facts of one mesh.

    Attributes
    ----------
    region_id
        By the file's name.
    file
        Relative to the package.
    quality
        What was measured, None if it cannot be read.
    points
        ``(n, 3)`` float32, µm: those that faces name; empty if it cannot be read.
    error
        Why it cannot be read, None if it can.
    """

    region_id: int
    file: str
    quality: MeshQuality | None
    points: NDArray[np.float32]
    error: AtlasError | None = None

    @property
    def is_not_finite(self) -> bool:
        """Whether it is refused for a coordinate that is not finite."""
        return isinstance(self.error, AtlasFileError) and "no finite number" in self.error.found


@dataclass(frozen=True)
class PlacedMeshes:
    """Meshes in the voxels of their labels.

    Attributes
    ----------
    rank_volume
        The annotation.
    facts
        Mesh by rank: those that can be read, of regions with voxels.
    """

    rank_volume: RankVolume
    facts: Mapping[int, MeshFacts]

    @cached_property
    def offset(self) -> MeshOffset:
        """Common offset of the meshes from their labels."""
        no_face = np.zeros((0, 3), np.int64)
        boxes = {
            rank: Mesh(np.stack([f.quality.low, f.quality.high]), no_face)
            for rank, f in self.facts.items()
            if f.quality is not None
        }
        return measure_offset(self.rank_volume, boxes)

    def box(self, rank: int) -> NDArray[np.float64]:
        """Return the box of a mesh ``(3, 2)`` in voxels, without the common offset."""
        quality = self.facts[rank].quality
        if quality is None:
            raise KeyError(rank)
        corners = np.stack([quality.low, quality.high]) + self.offset.shift
        ends = self.rank_volume.grid.to_index_space(corners)
        return np.stack([ends.min(axis=0), ends.max(axis=0)], axis=1)

    def voxels_of(self, rank: int) -> NDArray[np.int64]:
        """Return the voxels of a mesh's points ``(n, 3)``, without the common offset."""
        points = self.facts[rank].points + self.offset.shift
        voxels = np.floor(self.rank_volume.grid.to_index_space(points))
        # A damaged mesh may reach farther than whole numbers do; the volume does not.
        return np.clip(voxels, -FARTHEST_VOXEL, FARTHEST_VOXEL).astype(np.int64)


def mesh_files(subject: Subject) -> Mapping[int, Path]:
    """Return the mesh file of each region, or raise `NotRunError`."""
    files = subject.atlas.package.mesh_files
    if not files or subject.atlas.package.read_mesh is None:
        raise NotRunError("no meshes")
    return files


def mesh_facts(subject: Subject) -> dict[int, MeshFacts]:
    """Return the facts of every mesh, by region id."""
    return subject.shared("mesh facts", lambda: _read_meshes(subject))


def placed_meshes(subject: Subject) -> PlacedMeshes:
    """Return the meshes that can be compared with their labels."""

    def make() -> PlacedMeshes:
        rank_volume = subject.ranks
        facts = {
            rank: one
            for region_id, one in mesh_facts(subject).items()
            if (rank := rank_volume.region_map.rank_of_id(region_id))
            and one.quality is not None
            and rank_volume.total_counts[rank]
        }
        if not facts:
            raise NotRunError("no mesh that could be compared with its labels")
        return PlacedMeshes(rank_volume, facts)

    return subject.shared("placed meshes", make)


def _read_meshes(subject: Subject) -> dict[int, MeshFacts]:
    files = mesh_files(subject)
    folder = subject.raw.folder
    names = {i: relative_to(path, folder) if folder else path.name for i, path in files.items()}
    facts = {}
    # Two threads take 0.8 of the time of one; more take as long, since parsing holds the GIL.
    with ThreadPoolExecutor(2) as pool:
        tasks = pool.map(partial(_read_mesh, subject), files, files.values(), names.values())
        try:
            for one in tasks:
                subject.pulse()
                if one is not None:
                    facts[one.region_id] = one
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return facts


def _read_mesh(subject: Subject, region_id: int, path: Path, file: str) -> MeshFacts | None:
    """Read and measure one mesh; None where another check reports why it is not there."""
    read = subject.atlas.package.read_mesh
    try:
        mesh = read(path) if read is not None else None
    except AtlasError as exc:
        named = Path(exc.path) if isinstance(exc, AtlasFileError) else path
        if named.suffix == ".index" and not named.exists():
            return None  # the finding package-file-missing
        if named.name == "info":
            # One file for all: it is the finding, not each mesh.
            raise NotRunError(f"no mesh can be read ({exc})") from exc
        return MeshFacts(region_id, file, None, np.zeros((0, 3), np.float32), exc)
    if mesh is None:
        return None
    used = np.zeros(len(mesh.points), bool)
    used[mesh.faces] = True
    return MeshFacts(region_id, file, examine_mesh(mesh), mesh.points[used].astype(np.float32))


def anchor_of(subject: Subject, one: MeshFacts, point: NDArray[np.float64] | None) -> Anchor:
    """Return an anchor at a mesh, and at the voxel of one of its points (µm as in the file)."""
    known = subject.regions.rank_of_id(one.region_id) > 0
    voxel = None
    if point is not None:
        try:
            shift = placed_meshes(subject).offset.shift
        except NotRunError:
            shift = np.zeros(3)
        where = subject.atlas.grid.to_index_space(point + shift)
        # A surface runs along the faces of voxels: the nearest voxel may be just outside.
        inside = np.clip(np.floor(where), 0, np.array(subject.atlas.shape) - 1)
        voxel = tuple(int(v) for v in inside)
    return Anchor(
        voxel=voxel, node=one.region_id if known else None, mesh=one.region_id, file=one.file
    )
