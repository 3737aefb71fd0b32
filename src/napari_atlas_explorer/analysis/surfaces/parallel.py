"""Surfaces of many regions on several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ...compute.cluster.shared_ranks import volume_in_file
from ...compute.cluster.workers import Cluster
from ...compute.meshes.region_surfaces import surface_of_box
from ...compute.meshes.settings import RegionSurface, SurfaceSettings
from ...compute.processes import process_pool
from ...core.errors import AtlasError
from ...core.regions.rank_volume import RankVolume
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import HemisphereRule

POLL_SECONDS = 0.2

Sink = Callable[[int, RegionSurface], Any]
"""Is given rank and surface in the process that made it; what it returns is handed over."""


@dataclass(frozen=True, eq=False)
class SurfaceOutcome:
    """What came of one region.

    Attributes
    ----------
    rank
        The region.
    result
        The surface, or what the sink returned for it; None where there was an error.
    error
        Why there is none.
    """

    rank: int
    result: Any
    error: AtlasError | None = None


@dataclass(frozen=True, eq=False)
class _Task:
    """One region: its interval of ranks, and where its voxels are."""

    rank: int
    stop: int
    box: tuple[slice, ...]


@dataclass(frozen=True, eq=False)
class _Work:
    """What all regions have in common; small, since each process is sent it once."""

    ranks: Path
    grid: VoxelGrid
    settings: SurfaceSettings
    sink: Sink | None


def make_surfaces(
    rank_volume: RankVolume,
    ranks: Sequence[int],
    settings: SurfaceSettings,
    hemisphere_rule: HemisphereRule | None = None,
    hemisphere: int | None = None,
    processes: int = 1,
    sink: Sink | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    cluster: Cluster | None = None,
) -> Iterator[SurfaceOutcome]:
    """Make the surfaces of regions, largest first, and give each as soon as it is there.

    Parameters
    ----------
    rank_volume
        The annotation.
    ranks
        Regions with their descendants; those without voxels give an error each.
    settings
        How they are made.
    hemisphere_rule, hemisphere
        What tells sides, and `LEFT` or `RIGHT`; None for both.
    processes
        How many at once. With 1 this process does the work itself. Others read the annotation
        from a memory-mapped file that all of them share. They are started anew, so that a
        program that calls this needs the usual ``if __name__ == "__main__"``.
    sink
        Called with rank and surface where the surface was made, for instance to write it to a
        file; it must be a function of a module, or a `functools.partial` of one.
    cancelled
        Asked between results; when it says so, nothing more is begun.
    cluster
        Workers that make them instead of processes. The sink is then called in this process:
        its files need not be seen by the workers.

    Raises
    ------
    AtlasError
        If a worker process died, or the hemispheres are unknown.
    """
    tasks, empty = _make_tasks(rank_volume, ranks)
    yield from empty
    if hemisphere is not None and hemisphere_rule is None:
        raise AtlasError(
            "hemispheres unknown: not stated which side is left; state orientation and midline"
        )
    volume = rank_volume.raw
    if hemisphere is not None and hemisphere_rule is not None:
        # What is on the other side has rank 0 there, which no region has.
        volume = np.where(
            hemisphere_rule.volume(volume.shape) == hemisphere, volume, volume.dtype.type(0)
        )
    if cluster is not None and tasks:
        with cluster.workplace() as folder, volume_in_file(volume, folder) as path:
            cluster.require_visible([path])
            work = _Work(path, rank_volume.grid, settings, None)
            yield from _run_on_cluster(tasks, work, sink, cancelled, cluster)
        return
    if min(processes, len(tasks)) <= 1:
        work = _Work(Path(), rank_volume.grid, settings, sink)
        for task in tasks:
            if cancelled():
                return
            yield _make_surface(task, work, volume)
        return
    with volume_in_file(volume) as path:
        work = _Work(path, rank_volume.grid, settings, sink)
        yield from _run_on_processes(tasks, work, min(processes, len(tasks)), cancelled)


def _make_tasks(
    rank_volume: RankVolume, ranks: Sequence[int]
) -> tuple[list[_Task], list[SurfaceOutcome]]:
    tasks, empty = [], []
    for rank in dict.fromkeys(ranks):
        stop = int(rank_volume.ends[rank])
        box = rank_volume.box(rank, stop)
        if box is None:
            why = f"region {rank_volume.ids[rank]} has no voxel, and so no surface"
            empty.append(SurfaceOutcome(rank, None, AtlasError(why)))
        else:
            tasks.append(_Task(rank, stop, box))
    # The longest first: at the end all processes are done at the same time.
    tasks.sort(key=lambda task: -int(rank_volume.total_counts[task.rank]))
    return tasks, empty


def _run_on_processes(
    tasks: list[_Task], work: _Work, n: int, cancelled: Callable[[], bool]
) -> Iterator[SurfaceOutcome]:
    waiting, running = iter(tasks), set[Future[SurfaceOutcome]]()
    with process_pool(n, _initialize_process, work) as pool:
        while not cancelled():
            # Two for each process: none waits for work, and few results wait to be taken.
            while len(running) < 2 * n and (task := next(waiting, None)) is not None:
                running.add(pool.submit(_make_in_process, task))
            if not running:
                return
            done, running = wait(running, POLL_SECONDS, FIRST_COMPLETED)
            for future in done:
                yield future.result()


def _run_on_cluster(
    tasks: list[_Task],
    work: _Work,
    sink: Sink | None,
    cancelled: Callable[[], bool],
    cluster: Cluster,
) -> Iterator[SurfaceOutcome]:
    if cancelled():
        return
    for _, made in cluster.map(_make_on_worker, tasks, work):
        yield _deliver(made, sink)
        if cancelled():
            return


def _make_on_worker(work: _Work, task: _Task) -> SurfaceOutcome:
    return _make_surface(task, work, np.load(work.ranks, mmap_mode="r"))


def _deliver(made: SurfaceOutcome, sink: Sink | None) -> SurfaceOutcome:
    """Hand a surface to the sink, as `_made` does where it is made."""
    if made.error is not None or sink is None:
        return made
    try:
        return SurfaceOutcome(made.rank, sink(made.rank, made.result))
    except AtlasError as exc:
        return SurfaceOutcome(made.rank, None, exc)


_shared: list[tuple[_Work, np.ndarray[Any, Any]]] = []
"""In a process that was started: what it works on."""


def _initialize_process(work: _Work) -> None:
    _shared[:] = [(work, np.load(work.ranks, mmap_mode="r"))]


def _make_in_process(task: _Task) -> SurfaceOutcome:
    work, volume = _shared[0]
    return _make_surface(task, work, volume)


def _make_surface(task: _Task, work: _Work, volume: np.ndarray[Any, Any]) -> SurfaceOutcome:
    lo, width = volume.dtype.type(task.rank), volume.dtype.type(task.stop - task.rank)
    part = volume[task.box] - lo < width
    try:
        what = f"the region of rank {task.rank}"
        surface = surface_of_box(part, task.box, work.grid, work.settings, what)
        return SurfaceOutcome(
            task.rank, surface if work.sink is None else work.sink(task.rank, surface)
        )
    except AtlasError as exc:
        return SurfaceOutcome(task.rank, None, AtlasError(str(exc)))
