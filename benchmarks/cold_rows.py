"""From the start of a process to its answer, and the memory that it takes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import nrrd
import numpy as np
import tifffile

from tests.conformance.peers import interpreter

from .data import RESOLUTION, Data
from .table import Goal, Row
from .timing import alternate, median

REPEATS = 5
VOXEL = ("264", "100", "180")
PROGRAM = (sys.executable, "-m", "napari_atlas_explorer")
NUMPY = (sys.executable, "-c", "import numpy")
PYTHON = (sys.executable, "-c", "pass")
VOXCELL = """
import sys
from voxcell import RegionMap, VoxelData
regions = RegionMap.load_json(sys.argv[2])
volume = VoxelData.load_nrrd(sys.argv[1])
print(regions.get(int(volume.raw[264, 100, 180]), "acronym"))
"""


def rows(data: Data) -> Iterator[Row]:
    """All rows of this module."""
    for option in ("--help", "--version"):
        ours, floor = alternate(_runner(*PROGRAM, option), _runner(*PYTHON), repeats=REPEATS)
        yield Row(
            f"cold process, `{option}`", median(ours), median(floor), "Python alone", Goal.ms(150)
        )
    for kind, path in _write_files(data):
        lookup = (*PROGRAM, "lookup", str(path), "--voxels", *VOXEL)
        _runner(*lookup)()  # what a first run leaves in the cache
        name, peer = "import numpy", NUMPY
        if kind == "raw NRRD" and interpreter("voxcell").exists():
            name, peer = "voxcell", (str(interpreter("voxcell")), "-c", VOXCELL, str(path))
            peer += (str(path.with_name("structures.json")),)
        what = f"cold process, `lookup` in 25 µm, {kind}"
        ours, other = alternate(_runner(*lookup), _runner(*peer), repeats=REPEATS)
        yield Row(what, median(ours), median(other), name, Goal.ms(300))
        most = Goal.ms(60, "≤ 60 MB")
        yield Row(f"{what}: memory", _memory(lookup), _memory(peer), name, most, "MB")


def _runner(*words: str):
    return lambda: subprocess.run(
        words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _memory(words: Sequence[str]) -> float:
    """Largest resident memory of a process, MB.

    Measured from a small process: a child counts the memory of the parent that it was forked from.
    """
    code = (
        "import resource, subprocess, sys; "
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, "
        "stderr=subprocess.DEVNULL); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout) / (1e6 if sys.platform == "darwin" else 1e3)


def _write_files(data: Data) -> Iterator[tuple[str, Path]]:
    """The annotation in three kinds of file, each in a folder with its ontology."""
    sizes = {"spacings": [float(size) for size in RESOLUTION]}
    ids = np.ascontiguousarray(data.ids)
    for kind in ("raw NRRD", "gzip NRRD", "TIFF"):
        folder = data.temporary / kind.replace(" ", "-")
        folder.mkdir()
        shutil.copyfile(data.ontology, folder / "structures.json")
        path = folder / ("annotation.tif" if kind == "TIFF" else "annotation.nrrd")
        if kind == "TIFF":
            tifffile.imwrite(path, ids, photometric="minisblack")
        else:
            nrrd.write(str(path), ids, {"encoding": kind.split()[0], **sizes}, compression_level=4)
        yield kind, path
        shutil.rmtree(folder)
