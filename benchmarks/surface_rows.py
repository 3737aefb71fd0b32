"""Surfaces of one region and of all of them, beside BrainGlobe's mesh utilities."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from napari_atlas_explorer.analysis.surfaces.parallel import make_surfaces
from napari_atlas_explorer.compute.meshes.region_surfaces import surface_of_rank
from napari_atlas_explorer.compute.meshes.settings import (
    JUDGED_VOXELS,
    RAW,
    RegionSurface,
    SurfaceReport,
    SurfaceSettings,
)
from napari_atlas_explorer.core.text import grouped
from tests.conformance.peers import interpreter

from .data import Data
from .table import Goal, Row
from .timing import alternate, median

LARGE_RAW = 250_000
N_BESIDE = 10
PROCESSES = 2

# As BrainGlobe's packager calls it, but for the closing, which fills what is not the region's.
BRAINGLOBE = """
import contextlib, io, sys, time
import numpy as np
from brainglobe_atlasapi.atlas_generation.mesh_utils import extract_mesh_from_mask
for path in sys.argv[1:]:
    mask = np.load(path)
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        mesh = extract_mesh_from_mask(mask, smooth=False, closing_n_iters=None, decimate_fraction=1)
    took = time.perf_counter() - start
    print(took, mesh.volume() / mask.sum() - 1)
"""


def rows(data: Data) -> Iterator[Row]:
    """All rows of this module."""
    labels, regions = data.atlas.ranks, data.atlas.region_map
    there = [k for k in range(1, len(regions) + 1) if labels.total_counts[k]]
    row, reports = all_regions(data, there)
    yield row
    sizes = {k: report.n_raw_faces for k, report in reports.items()}
    rank = max((k for k in sizes if sizes[k] <= LARGE_RAW), key=sizes.__getitem__)
    (ours,) = alternate(lambda: surface_of_rank(labels, rank, RAW), repeats=9)
    what = f"raw surface of {grouped(sizes[rank])} triangles ({regions.acronym_of_rank(rank)})"
    yield Row(what, median(ours), goal=Goal.ms(100))
    yield beside_brainglobe(data, beside_ranks(data, there))


def all_regions(data: Data, ranks: list[int]) -> tuple[Row, dict[int, SurfaceReport]]:
    """Every region of the annotation, at most 50,000 triangles each, on two processes."""
    start = time.perf_counter()
    made = make_surfaces(
        data.atlas.ranks, ranks, SurfaceSettings(), processes=PROCESSES, sink=report_of
    )
    found = {one.rank: one.result for one in made if one.error is None}
    reports = list(found.values())
    took = 1000 * (time.perf_counter() - start)
    faces = max(report.n_faces for report in reports)
    off = max(abs(r.volume_error) for r in reports if r.n_voxels > JUDGED_VOXELS)
    row = Row(
        f"surfaces of {len(reports)} regions on {PROCESSES} processes (≤ {grouped(faces)} "
        f"triangles, volumes within {100 * off:.2g} % from {grouped(JUDGED_VOXELS)} voxels on)",
        took,
        goal=Goal.ms(75_000),
    )
    return row, found


def report_of(_rank: int, surface: RegionSurface) -> SurfaceReport:
    """What is handed over of a surface."""
    return surface.report


def beside_ranks(data: Data, ranks: list[int]) -> list[int]:
    """Ten regions from a thousand voxels to two million, evenly by rank of size."""
    counts = data.atlas.ranks.total_counts
    fit = sorted((k for k in ranks if 1000 <= counts[k] <= 2_000_000), key=counts.__getitem__)
    return [fit[int(n)] for n in np.linspace(0, len(fit) - 1, N_BESIDE)]


def beside_brainglobe(data: Data, ranks: list[int]) -> Row:
    """Make ten surfaces of the same voxels; the peer gets masks of the regions' boxes."""
    what = f"raw surfaces of {len(ranks)} regions"
    peer = interpreter("brainglobe")
    if not peer.exists():
        return Row(what, None, name="BrainGlobe: not installed")
    labels, files = data.atlas.ranks, []
    for rank in ranks:
        start, stop = rank, int(labels.ends[rank])
        box = labels.box(start, stop)
        assert box is not None
        part = (labels.raw[box] >= start) & (labels.raw[box] < stop)
        files.append(data.temporary / f"mask_{rank}.npy")
        np.save(files[-1], np.pad(part, 1).astype(np.uint8))
    try:
        theirs = _run(peer, files)
    except RuntimeError as exc:
        return Row(what, None, name=f"BrainGlobe: {exc}")
    mine = []
    for rank in ranks:
        (times,) = alternate(partial(surface_of_rank, labels, rank, RAW), repeats=3)
        mine.append(median(times))
    for path in files:
        with contextlib.suppress(OSError):
            path.unlink()
    off = max(abs(error) for _, error in theirs)
    name = f"BrainGlobe extract_mesh_from_mask, volumes within {100 * off:.2g} %"
    return Row(what, sum(mine), 1000 * sum(took for took, _ in theirs), name)


def _run(python: Path, files: list[Path]) -> list[tuple[float, float]]:
    answer = subprocess.run(
        [python, "-c", BRAINGLOBE, *files], capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise RuntimeError(answer.stderr.strip().splitlines()[-1])
    return [(float(a), float(b)) for a, b in map(str.split, answer.stdout.splitlines())]
