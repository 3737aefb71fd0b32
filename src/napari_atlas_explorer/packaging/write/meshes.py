"""Meshes of a package: copied, converted, or computed from the labels, in several processes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

from ...analysis.surfaces.parallel import make_surfaces
from ...compute.meshes.settings import RegionSurface
from ...compute.processes import process_pool
from ...core.errors import AtlasError
from ...core.mesh import Mesh
from ...core.progress import Progress, StageProgress
from ...core.text import grouped, micrometers
from ...formats.meshes.writer import write_mesh
from ...formats.neuroglancer.writer import write_precomputed_mesh
from ..plan.package_plan import MeshPlan, PackagePlan

MeshFormat = Literal["obj", "precomputed"]
"""Called with the share that is done; may raise to stop."""

FEW_MESHES = 40
"""So few are converted in this process: another takes a second to start."""
TASKS_AT_ONCE = 8


@dataclass(frozen=True)
class MeshResult:
    """Result of writing meshes.

    Attributes
    ----------
    written
        Number of meshes.
    faces
        Triangles of all of them.
    worst_volume, worst_deviation
        Largest error of volume (share) and largest distance (µm) from the surface of the voxels
        among meshes made of the labels; None where none was made.
    furthest
        Acronym of the region of that distance.
    notes
        What could not be done, in sentences.
    """

    written: int
    faces: int
    worst_volume: float | None = None
    worst_deviation: float | None = None
    furthest: str = ""
    notes: tuple[str, ...] = ()

    def describe(self) -> str:
        """Describe the result in one line."""
        text = f"{self.written} meshes"
        if self.worst_volume is not None and self.worst_deviation is not None:
            text += (
                f" made of the labels, {grouped(self.faces)} triangles; volumes within "
                f"{100 * self.worst_volume:.2g} %, at most {micrometers(self.worst_deviation)} µm "
                f"from the surface of the voxels ({self.furthest})"
            )
        return text


def export_meshes(
    blueprint: PackagePlan, folder: Path, kind: MeshFormat, progress: Progress
) -> MeshResult:
    """Write the meshes of a package into an existing folder: ``ID.obj``, or precomputed."""
    plan = blueprint.meshes
    if plan.source == "labels":
        return _make_meshes(blueprint, folder, kind, progress)
    if plan.source == "none":
        return MeshResult(0, 0)
    files = list(plan.files.items())
    if kind == "obj" and plan.are_copied and all(p.suffix == ".obj" for _, p in files):
        for n, (region_id, path) in enumerate(files):
            shutil.copyfile(path, folder / f"{region_id}.obj")
            progress((n + 1) / len(files))
        return MeshResult(len(files), 0)
    work = partial(convert_mesh, plan, folder, kind)
    faces, problems = 0, []
    for n, (count, problem) in enumerate(_map(work, files, blueprint.options.processes)):
        faces += count
        if problem:
            problems.append(problem)
        progress((n + 1) / len(files))
    notes: tuple[str, ...] = ()
    if problems:
        notes = (f"{len(problems)} meshes could not be converted: {problems[0]}",)
    return MeshResult(len(files) - len(problems), faces, notes=notes)


def write_obj_meshes(
    plan: PackagePlan, targets: Sequence[Path], progress: StageProgress
) -> tuple[str, tuple[str, ...]]:
    """Write ``meshes/ID.obj`` into the packages of all resolutions; return result and notes.

    Each has those of the finest: meshes are µm, and know nothing of voxels.
    """
    if plan.meshes.source == "none":
        return "", ()
    first = targets[0] / "meshes"
    first.mkdir()
    outcome = export_meshes(plan, first, "obj", lambda share: progress(share, "meshes"))
    for target in targets[1:]:
        shutil.copytree(first, target / "meshes")
    return outcome.describe(), outcome.notes


def convert_mesh(
    plan: MeshPlan, folder: Path, kind: MeshFormat, task: tuple[int, Path]
) -> tuple[int, str]:
    """Convert one file; return its number of triangles, and its problem."""
    region_id, path = task
    if plan.read is None:
        raise AtlasError(f"{path}: nothing reads this mesh; expected a package that does")
    try:
        mesh = plan.turn.mesh(plan.read(path))
        if not len(mesh.faces):
            return 0, f"{path.name} has no triangle"
        _write_mesh(folder, kind, region_id, mesh)
    except AtlasError as exc:
        return 0, str(exc)
    return len(mesh.faces), ""


def write_surface(
    ids: dict[int, int], folder: Path, kind: MeshFormat, rank: int, surface: RegionSurface
) -> tuple[int, float, float]:
    """Write a surface; return triangles, error of volume, deviation."""
    if not len(surface.mesh.faces):
        raise AtlasError("the region is too small for a surface")
    _write_mesh(folder, kind, ids[rank], surface.mesh)
    report = surface.report
    judged = abs(report.volume_error) if report.n_voxels > 1000 else 0.0
    return report.n_faces, judged, report.max_deviation


def _write_mesh(folder: Path, kind: MeshFormat, region_id: int, mesh: Mesh) -> None:
    if kind == "obj":
        write_mesh(folder / f"{region_id}.obj", mesh.points, mesh.faces)
    else:
        write_precomputed_mesh(folder, region_id, mesh)


def _make_meshes(
    plan: PackagePlan, folder: Path, kind: MeshFormat, progress: Progress
) -> MeshResult:
    rank_volume = plan.atlas.ranks
    known = range(1, len(plan.package.region_map) + 1)
    ranks = [k for k in known if rank_volume.total_counts[k]]
    ids = {k: int(rank_volume.ids[k]) for k in ranks}
    sink = partial(write_surface, ids, folder, kind)
    faces, worst, far, furthest, failed = 0, 0.0, 0.0, 0, []
    jobs = make_surfaces(
        rank_volume,
        ranks,
        plan.options.surfaces,
        processes=plan.options.processes,
        sink=sink,
        cluster=plan.options.cluster,
    )
    for n, made in enumerate(jobs):
        if made.error is not None:
            failed.append(ids[made.rank])
        else:
            faces += made.result[0]
            worst = max(worst, made.result[1])
            if made.result[2] > far:
                far, furthest = made.result[2], made.rank
        progress((n + 1) / len(ranks))
    notes: tuple[str, ...] = ()
    if failed:
        some = ", ".join(map(str, failed[:5]))
        notes = (f"{len(failed)} regions are too small for a surface: {some}",)
    acronym = plan.package.region_map.acronym_of_rank(furthest) if furthest else ""
    return MeshResult(len(ranks) - len(failed), faces, worst, far, acronym, notes)


def _map(
    work: Callable[[Any], Any], tasks: list[tuple[int, Path]], processes: int
) -> Iterator[Any]:
    if processes <= 1 or len(tasks) <= FEW_MESHES:
        yield from map(work, tasks)
        return
    with process_pool(processes) as pool:
        yield from pool.map(work, tasks, chunksize=TASKS_AT_ONCE)
