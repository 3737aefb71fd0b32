"""Smooth region surfaces of few triangles, with their measured error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from ...core.errors import ArgumentError, AtlasError
from ...core.mesh import Mesh
from ...core.regions.rank_volume import Box, RankVolume
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import HEMISPHERE_NAMES, HemisphereRule
from ..blocks import occupied_box
from .deviation import beside_labels, distances_to, sample_points
from .marching import marching_cubes, orient_outward
from .quality import enclosed_volume, scale_to_volume
from .settings import JUDGED_VOXELS, MAX_VOLUME_ERROR, RegionSurface, SurfaceReport, SurfaceSettings
from .simplification import merge_vertices, simplify, smooth

METHOD_VERSION = 1
"""To be raised when the same settings give another surface: caches are keyed by it."""

MOST_SHIFT = 0.4
"""Share of a voxel by which a surface is moved to hold the volume of its voxels."""

Points = NDArray[np.float64]
Faces = NDArray[np.int64]


def surface_of_rank(
    rank_volume: RankVolume,
    rank: int,
    settings: SurfaceSettings,
    hemisphere_rule: HemisphereRule | None = None,
    hemisphere: int | None = None,
) -> RegionSurface:
    """Make the surface of a region with its descendants, or of its part on one side.

    Parameters
    ----------
    rank_volume
        The annotation.
    rank
        Region, or id that the hierarchy does not know.
    settings
        How it is made.
    hemisphere_rule, hemisphere
        What tells sides, and `LEFT` or `RIGHT`; None for both.

    Raises
    ------
    AtlasError
        If no voxel is of the region, or on that side.
    """
    start, stop = rank, int(rank_volume.ends[rank])
    box = rank_volume.box(start, stop)
    what = f"region {rank_volume.ids[rank]}"
    if box is None:
        raise AtlasError(f"{what} has no voxel, and so no surface")
    lo, width = rank_volume.raw.dtype.type(start), rank_volume.raw.dtype.type(stop - start)
    part = rank_volume.raw[box] - lo < width
    if hemisphere is not None:
        if hemisphere_rule is None:
            raise AtlasError(
                "hemispheres unknown: not stated which side is left; state orientation and midline"
            )
        part &= hemisphere_rule.volume(rank_volume.raw.shape)[box] == hemisphere
        what += f", {HEMISPHERE_NAMES[hemisphere]}"
    return surface_of_box(part, box, rank_volume.grid, settings, what)


def surface_of_mask(
    mask: NDArray[np.bool_], grid: VoxelGrid, settings: SurfaceSettings
) -> RegionSurface:
    """Make the surface of a mask; see `surface_of_rank`.

    Parameters
    ----------
    mask
        Booleans of ``grid.shape``.
    """
    if mask.dtype != bool or mask.ndim != 3 or mask.shape != grid.shape:
        raise ArgumentError(
            f"a mask of shape {mask.shape} and dtype {mask.dtype}; expected {grid.shape} and bool"
        )
    return surface_of_box(mask, (slice(0, None),) * 3, grid, settings, "the mask")


def surface_of_box(
    part: NDArray[np.bool_], box: Box, grid: VoxelGrid, settings: SurfaceSettings, what: str
) -> RegionSurface:
    """Make the surface of a mask that is given for a box of the volume alone."""
    inner: Box | None = (slice(0, None),) * 3
    if not all(part.take(end, axis).any() for axis in range(3) for end in (0, -1)):
        inner = occupied_box(part)
    if inner is None:
        raise AtlasError(f"{what} has no voxel, and so no surface")
    part = part[inner]
    corner = [float(o.start + i.start) for o, i in zip(box, inner, strict=True)]
    return _SurfaceMaker(part, np.array(corner), grid, settings).make()


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A surface that was made, in the index space of the box, and how exact it is."""

    q: NDArray[Any]
    faces: NDArray[Any]
    report: SurfaceReport


class _SurfaceMaker:
    """Makes one surface; the first that keeps the limits is taken."""

    def __init__(
        self,
        part: NDArray[np.bool_],
        corner: NDArray[np.float64],
        grid: VoxelGrid,
        settings: SurfaceSettings,
    ) -> None:
        self.part, self.corner, self.grid, self.settings = part, corner, grid, settings
        affine = np.array(grid.affine)
        affine[:3, 3] = 0
        # Near the box's own corner no digit is lost, however far from the origin it lies.
        self.flat = VoxelGrid(grid.shape, affine)
        self.raw_q, faces = marching_cubes(part)
        self.raw_faces = np.ascontiguousarray(orient_outward(faces, grid))
        self.n_voxels = int(np.count_nonzero(part))

    @cached_property
    def step(self) -> float:
        """Shortest side of a voxel, µm."""
        return float(np.abs(self.grid.steps).min())

    def make(self) -> RegionSurface:
        """Try the settings as they are, then ever less smoothing and simplification."""
        best: _Candidate | None = None
        for settings in self._attempts():
            made = self._made(settings)
            if made is None:
                continue
            if best is None or len(made.report.shortfalls) < len(best.report.shortfalls):
                best = made
            if not made.report.shortfalls:
                break
        if best is None:
            best = self._raw()
        points = self.grid.to_world(best.q.astype(np.float64) + self.corner)
        faces = best.faces.astype(np.int64)
        return RegionSurface(Mesh(points, faces), best.report)

    def _placed(self, q: NDArray[Any]) -> Points:
        """Return the points in µm from the corner of the box."""
        return self.flat.to_world(q)

    def _attempts(self) -> list[SurfaceSettings]:
        asked = self.settings
        found = [asked]
        if asked.smoothing:
            found += [replace(asked, smoothing=asked.smoothing // 3), replace(asked, smoothing=0)]
        most = asked.max_faces
        while asked.max_deviation is not None and most is not None and most < len(self.raw_faces):
            most *= 2
            found.append(replace(asked, smoothing=0, max_faces=most))
        return found

    def _made(self, settings: SurfaceSettings) -> _Candidate | None:
        """Make a surface by some settings; None if nothing is left of it."""
        if settings.is_raw:
            return self._raw()
        done = []
        if settings.max_faces is not None and len(self.raw_faces) > settings.max_faces:
            made = self._simplified(settings.max_faces)
            if made is None:
                return None
            points, faces = made
            done.append(f"simplified from {len(self.raw_faces)} to {len(faces)} triangles")
        else:
            points = self._placed(self.raw_q)
            faces = self.raw_faces.astype(np.int64)
        if settings.smoothing:
            points = smooth(points, faces, settings.smoothing)
            done.append(f"smoothed by {settings.smoothing} rounds of Taubin's filter")
        if settings.keep_volume:
            wanted = self.n_voxels * self.grid.voxel_volume
            points, shift = scale_to_volume(points, faces, wanted, MOST_SHIFT * self.step)
            done.append(f"moved by {shift:+.3g} µm to keep the volume")
        q = self.flat.to_index_space(points)
        strays = ~beside_labels(q, self.part)
        if strays.any():
            q[strays] = self.raw_q[cKDTree(self.raw_q).query(q[strays])[1]]
            done.append(f"{int(strays.sum())} points put back to their labels")
        return self._judged(q, faces, settings, done)

    def _simplified(self, max_faces: int) -> tuple[Points, Faces] | None:
        if self._simple is None or self._simple[0] != max_faces:
            q, fewer = merge_vertices(self.raw_q, self.raw_faces, max_faces)
            try:
                points, faces = simplify(self._placed(q), fewer, max_faces, self.step)
            except AtlasError:  # the collapse has torn it open: a surface of all triangles stays
                return None
            self._simple = (max_faces, points, faces)
        _, points, faces = self._simple
        return (points, faces) if len(faces) else None

    _simple: tuple[int, Points, Faces] | None = None
    """Simplified most recently: most triangles, points, faces."""

    def _judged(
        self, q: Points, faces: Faces, settings: SurfaceSettings, done: list[str]
    ) -> _Candidate:
        points = self._placed(q)
        if len(q) == len(self.raw_q):  # point by point, which is never less than by surfaces
            distances = np.linalg.norm(points - self._placed(self.raw_q), axis=1)
        else:
            distances = distances_to(self._placed(sample_points(self.raw_q)), points, faces)
        report = SurfaceReport(
            n_faces=len(faces),
            n_raw_faces=len(self.raw_faces),
            n_voxels=self.n_voxels,
            voxel_volume=self.n_voxels * self.grid.voxel_volume,
            volume=enclosed_volume(points, faces),
            max_deviation=float(distances.max()),
            deviation_99=float(np.percentile(distances, 99)),
            method=", ".join(["marching cubes", *done]),
        )
        return _Candidate(q, faces, replace(report, shortfalls=self._shortfalls(report)))

    def _shortfalls(self, report: SurfaceReport) -> tuple[str, ...]:
        found = []
        settings = self.settings
        if report.n_voxels > JUDGED_VOXELS and abs(report.volume_error) > MAX_VOLUME_ERROR:
            found.append(f"its volume differs by {100 * report.volume_error:+.1f} %")
        most, limit = settings.max_deviation, settings.max_faces
        if limit is not None and most is None and report.n_faces > limit:
            found.append(f"{report.n_faces} triangles instead of {limit}")
        if most is not None and report.max_deviation > most:
            found.append(f"it deviates by {report.max_deviation:.3g} µm instead of {most:.3g}")
        return tuple(found)

    def _raw(self) -> _Candidate:
        volume = abs(enclosed_volume(self.raw_q, self.raw_faces)) * self.grid.voxel_volume
        report = SurfaceReport(
            n_faces=len(self.raw_faces),
            n_raw_faces=len(self.raw_faces),
            n_voxels=self.n_voxels,
            voxel_volume=self.n_voxels * self.grid.voxel_volume,
            volume=volume,
            max_deviation=0.0,
            deviation_99=0.0,
            method="marching cubes",
        )
        if not self.settings.is_raw:
            report = replace(report, shortfalls=self._shortfalls(report))
        return _Candidate(self.raw_q, self.raw_faces, report)
