"""QA as a whole, in a process of its own, so that its memory is its own, too."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from napari_atlas_explorer.atlases.open import find_package
from napari_atlas_explorer.formats.nrrd.writer import write_nrrd
from tests.conformance.peers import interpreter

from .data import FOLDER, Data
from .table import Goal, Row
from .timing import median

PACKAGE = "brainglobe_packaged_allen_100um_v1/allen_mouse_100um_v1.2.tar.xz"
REPEATS = 3

QA = """
import resource, sys, time
start = time.perf_counter()
from napari_atlas_explorer.qa.run import run_qa
groups = sys.argv[2].split(",") if len(sys.argv) > 2 else None
report = run_qa(sys.argv[1], groups)
seconds = time.perf_counter() - start
print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, len(report.listed))
"""

# BrainGlobe's own validation functions, in the order in which its packager calls them.
BRAINGLOBE = """
import contextlib, io, sys, time
from pathlib import Path
from brainglobe_atlasapi import BrainGlobeAtlas
from brainglobe_atlasapi.atlas_generation import validate_atlases as v
folder = Path(sys.argv[1])
start = time.perf_counter()
with contextlib.redirect_stdout(io.StringIO()):
    atlas = BrainGlobeAtlas(
        folder.name.rsplit("_v", 1)[0], brainglobe_dir=folder.parent, check_latest=False
    )
    for check in v.get_all_validation_functions():
        with contextlib.suppress(AssertionError):
            check(atlas)
print(time.perf_counter() - start)
"""


def rows(data: Data) -> Iterator[Row]:
    """All rows of this module."""
    yield from large_annotation(data)
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    archive = Path(os.environ.get(FOLDER) or default) / PACKAGE
    if archive.is_file():
        yield from package_with_meshes(find_package(archive).path)
    else:
        yield Row("QA of a package with 828 meshes", None, name="not run: it is not here")


def large_annotation(data: Data) -> Iterator[Row]:
    """The 25 µm annotation with its hierarchy, without meshes and template."""
    folder = data.temporary / "qa_25um"
    folder.mkdir()
    write_nrrd(folder / "annotation_25.nrrd", data.ids, data.atlas.grid, encoding="raw")
    (folder / "1.json").write_bytes(data.ontology.read_bytes())
    answers = [_run(Path(sys.executable), QA, folder) for _ in range(REPEATS)]
    seconds, gigabytes = (float(np.median([a[k] for a in answers])) for k in (0, 1))
    yield Row(
        f"QA of the 25 µm annotation, every check ({gigabytes:.1f} GB at most)",
        1000 * seconds,
        goal=Goal.ms(20_000),
    )


def package_with_meshes(folder: Path | None) -> Iterator[Row]:
    """The 100 µm package with 828 meshes, beside BrainGlobe's validation of the same."""
    if folder is None:
        return
    ours = [_run(Path(sys.executable), QA, folder)[0] * 1000 for _ in range(REPEATS)]
    peer = interpreter("brainglobe")
    what = "QA of the 100 µm package with 828 meshes"
    if not peer.exists():
        yield Row(what, median(ours), name="BrainGlobe: not installed", goal=Goal.ms(15_000))
        return
    theirs = [_run(peer, BRAINGLOBE, folder)[0] * 1000 for _ in range(REPEATS)]
    name = "BrainGlobe's validation functions"
    yield Row(what, median(ours), median(theirs), name, Goal.ms(15_000))


def _run(python: Path, script: str, folder: Path) -> list[float]:
    """Numbers that a script prints, run on a folder."""
    answer = subprocess.run(
        [python, "-c", script, folder], capture_output=True, text=True, check=False
    )
    if answer.returncode:
        raise RuntimeError(answer.stderr.strip().splitlines()[-1])
    return [float(word) for word in answer.stdout.split()]
