"""Reading files, and importing the package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator

import nrrd

from napari_atlas_explorer import VoxelData

from .data import Data
from .table import Goal, Row
from .timing import alternate, median


def rows(data: Data) -> Iterator[Row]:
    """All rows of this module."""
    yield from gzip_nrrd(data)
    yield from imports()


def gzip_nrrd(data: Data) -> Iterator[Row]:
    """Loading a gzip NRRD; both leave the array Fortran-ordered."""
    path = data.nrrd
    ours_ms, peer_ms = alternate(
        lambda: VoxelData.load_nrrd(path).raw, lambda: nrrd.read(str(path)), repeats=7
    )
    size = VoxelData.load_nrrd(path).raw.nbytes / 2**20
    what = f"load a gzip NRRD of {size:.0f} MiB"
    yield Row(what, median(ours_ms), median(peer_ms), "nrrd.read", Goal.faster(6))


def imports() -> Iterator[Row]:
    """Importing the package, in fresh processes."""
    ours: list[float] = []
    floor: list[float] = []
    package, numpy = (_import_time(m) for m in ("napari_atlas_explorer", "numpy"))
    package(), numpy()
    for _ in range(11):
        ours.append(package())
        floor.append(numpy())
    goal = Goal.ms(200)
    yield Row("import napari_atlas_explorer", median(ours), median(floor), "import numpy", goal)


def _import_time(module: str) -> Callable[[], float]:
    code = (
        f"import time; t = time.perf_counter(); import {module}; "
        "print((time.perf_counter() - t) * 1e3)"
    )

    def measure() -> float:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        return float(done.stdout)

    return measure
