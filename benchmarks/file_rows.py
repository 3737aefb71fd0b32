"""Reading files, and importing the package."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nrrd
import numpy as np

from napari_atlas_explorer import VoxelData

from .data import Data
from .table import Goal, Row
from .timing import alternate, median


def rows(data: Data) -> Iterator[Row]:
    """All rows of this module."""
    yield from gzip_nrrd(data)
    yield from weight(data)
    yield from imports()


def weight(data: Data) -> Iterator[Row]:
    """Memory that opening takes at most, in MB, against the annotation as stored."""
    rng = np.random.default_rng(1)
    for dtype, size in (("uint8", 16), ("uint16", 12)):
        coarse = rng.integers(0, 200, (size, size, size), dtype)
        values = np.kron(coarse, np.ones((32, 32, 32), dtype))
        folder = data.temporary / f"weight {dtype}"
        folder.mkdir(exist_ok=True)
        header = {
            "space directions": np.eye(3) * 25,
            "space units": ["um"] * 3,
            "space dimension": 3,
        }
        nrrd.write(str(folder / "labels.nrrd"), values, header, compression_level=1)
        (folder / "labels.csv").write_text(
            "id,name\n" + "".join(f"{i},r{i}\n" for i in range(1, 200))
        )
        stored = values.nbytes / 1e6
        what = f"open a volume of {stored:.0f} MB ({dtype}): memory, MB"
        yield Row(what, _opening_peak(folder), stored, "as stored, MB", Goal.ratio(2.5))


def _opening_peak(path: Path) -> float:
    """Return how much the peak of a process grows as it opens an atlas, MB."""
    done = subprocess.run(
        [sys.executable, "-c", OPENING, str(path)], capture_output=True, check=True
    )
    return float(done.stdout)


# Linux keeps the peak of the process before in ``ru_maxrss``, but not in VmHWM.
OPENING = """
import re, sys
import nrrd, pandas
from napari_atlas_explorer import open_atlas
import napari_atlas_explorer.formats.nrrd.reader
def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+)", open("/proc/self/status").read())[1])
before = peak()
atlas = open_atlas(sys.argv[1])
atlas.ranks.total_counts
print((peak() - before) / 1e3)
"""


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
    # Names are imported when they are first used: the package alone loads nothing.
    package, numpy = (_import_time(m) for m in ("napari_atlas_explorer.core.atlas.atlas", "numpy"))
    package(), numpy()
    for _ in range(11):
        ours.append(package())
        floor.append(numpy())
    goal = Goal.ms(200)
    what = "from napari_atlas_explorer import Atlas"
    yield Row(what, median(ours), median(floor), "import numpy", goal)


def _import_time(module: str) -> Callable[[], float]:
    code = (
        f"import time; t = time.perf_counter(); import {module}; "
        "print((time.perf_counter() - t) * 1e3)"
    )

    def measure() -> float:
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        return float(done.stdout)

    return measure
