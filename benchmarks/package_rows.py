"""Whole packages, by the command itself, beside BrainGlobe's own packager.

Each run is a process of its own; memory is that of it and its children together.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import tifffile

from napari_atlas_explorer.atlases.open import find_package
from tests.conformance.peers import interpreter
from tests.conformance.sources import rows_of

from .data import FOLDER, Data, write_package
from .qa_rows import PACKAGE
from .table import Goal, Row

REPEATS = 3
PROCESSES = 2
LIMIT_S = 300.0
"""A peer that takes longer is stopped."""

V2, V3 = "brainglobe-v2", "brainglobe-v3"
STATED = [
    "--name",
    "benchmark_mouse",
    "--citation",
    "unpublished",
    "--link",
    "https://example.org",
    "--species",
    "Mus musculus",
    "--symmetric",
    "true",
]

# Ids are renumbered beforehand: BrainGlobe 3 reads those of parents as 16 bits.
BRAINGLOBE = """
import contextlib, io, json, sys
from pathlib import Path
import tifffile
from brainglobe_atlasapi.atlas_generation.wrapup import wrapup_atlas_from_data
source, target = map(Path, sys.argv[1:])
rows = json.loads((source / "structures.json").read_text())
with contextlib.redirect_stdout(io.StringIO()):
    wrapup_atlas_from_data(
        atlas_name="benchmark_mouse", atlas_minor_version=0, citation="unpublished",
        atlas_link="https://example.org", species="Mus musculus", resolution=(100, 100, 100),
        orientation="asr", root_id=rows[0]["id"],
        reference_stack=tifffile.imread(source / "reference.tiff"),
        annotation_stack=tifffile.imread(source / "annotation.tiff"),
        structures_list=rows, working_dir=target, atlas_packager="benchmark",
        meshes_dict={int(p.stem): p for p in (source / "meshes").glob("*.obj")},
    )
"""


def rows(data: Data) -> Iterator[Row]:
    """All rows of this module."""
    default = Path(__file__).resolve().parents[2] / "shared" / "data"
    archive = Path(os.environ.get(FOLDER) or default) / PACKAGE
    folder = find_package(archive).path if archive.is_file() else None
    if folder is None:
        yield Row("packages of 100 µm", None, name="not run: it is not here")
    else:
        yield from of_100_um(data, folder)
    yield from of_25_um(data)


def of_100_um(data: Data, folder: Path) -> Iterator[Row]:
    """Allen's brain at 100 µm with its meshes, and with meshes of its labels."""
    source = data.temporary / "benchmark_mouse_100um_v1.0"
    renumbered(folder, source)
    for target, peer, goal in ((V2, "brainglobe", 20_000), (V3, "brainglobe3", 30_000)):
        ours = [run(ours_of(source, target), data.temporary) for _ in range(REPEATS)]
        took, memory = (float(np.median([one[k] for one in ours])) for k in (0, 1))
        theirs, name = of_brainglobe(peer, source, data.temporary)
        what = f"package of 100 µm, {target}: its {ours[0][2]} ({memory:.1f} GB at most)"
        yield Row(what, took, theirs, name, Goal.ms(goal))
    for target in (V2, V3):
        made = [
            run([*ours_of(source, target), "--meshes", "labels"], data.temporary)
            for _ in range(REPEATS)
        ]
        took, memory = (float(np.median([one[k] for one in made])) for k in (0, 1))
        yield Row(f"package of 100 µm, {target}: {made[0][2]} ({memory:.1f} GB at most)", took)


def of_25_um(data: Data) -> Iterator[Row]:
    """The 25 µm annotation with a made-up reference, once for each layout."""
    source = write_package(data, data.temporary / "benchmark_25um_v1.0")
    # The hierarchy beside the volume has a region 0, which no package can have.
    (source / "structures.json").write_text(json.dumps(rows_of(data.ontology)))
    for target in (V2, V3):
        took, memory, meshes = run(
            [*ours_of(source, target), *STATED, "--meshes", "labels"], data.temporary
        )
        yield Row(
            f"package of 25 µm, {target}: {meshes} ({memory:.1f} GB at most, goal < 4)",
            took,
            goal=Goal.ms(150_000),
        )


def renumbered(folder: Path, target: Path) -> None:
    """Copy a v2 package, its ids counted from 1 in the order of its list, for both packagers."""
    (target / "meshes").mkdir(parents=True)
    structures = json.loads((folder / "structures.json").read_text())
    small = {row["id"]: n for n, row in enumerate(structures, 1)}
    for row in structures:
        row["id"] = small[row["id"]]
        row["structure_id_path"] = [small[i] for i in row["structure_id_path"]]
    (target / "structures.json").write_text(json.dumps(structures))
    ids = tifffile.imread(folder / "annotation.tiff")
    values, where = np.unique(ids, return_inverse=True)
    new = np.array([small.get(int(v), 0) for v in values], np.uint32)
    tifffile.imwrite(
        target / "annotation.tiff", new[where.reshape(ids.shape)], photometric="minisblack"
    )
    shutil.copy(folder / "reference.tiff", target / "reference.tiff")
    for path in (folder / "meshes").glob("*.obj"):
        shutil.copy(path, target / "meshes" / f"{small[int(path.stem)]}.obj")
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata |= {
        "name": "benchmark_mouse",
        "version": "1.0",
        "additional_references": [],
        "citation": "unpublished",
        "atlas_link": "https://example.org",
        "species": "Mus musculus",
    }
    (target / "metadata.json").write_text(json.dumps(metadata))


def ours_of(source: Path, target: str) -> list[str]:
    """Arguments of the command; quality checks are part of it, and what they find is kept."""
    return [
        sys.executable,
        "-m",
        "napari_atlas_explorer",
        "package",
        "--from",
        str(source),
        "--to",
        target,
        "--jobs",
        str(PROCESSES),
        "--keep-faulty",
        "--json",
        "-o",
    ]


def run(command: Sequence[str], folder: Path) -> tuple[float, float, str]:
    """Milliseconds, GB at most, and what is said of the meshes; the package is removed."""
    target = folder / "packaged"
    at = command.index("-o") + 1
    command = [*command[:at], str(target), *command[at:]]
    before = processor_seconds()
    took, memory, said = watched(command, os.environ)
    shutil.rmtree(target)
    meshes = str(json.loads(said)["packages"][0]["meshes"])
    return took, memory, f"{meshes}, {processor_seconds() - before:.0f} s of processor time"


def of_brainglobe(name: str, source: Path, folder: Path) -> tuple[float | None, str]:
    """Milliseconds of its packager on the same ingredients, called once; and how it is named."""
    python = interpreter(name)
    if not python.exists():
        return None, f"{name}: not installed"
    target = folder / "their_package"
    target.mkdir()
    command = [str(python), "-c", BRAINGLOBE, str(source), str(target)]
    # A home of its own: it writes settings there.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    try:
        took, memory, _ = watched(command, {**environment, "HOME": str(target)}, LIMIT_S)
    except (TimeoutError, RuntimeError) as exc:
        return None, f"{name}: {exc}"
    finally:
        shutil.rmtree(target)
    return took, f"{name}'s own, once, {memory:.1f} GB at most"


def watched(
    command: Sequence[str], environment: Any, limit: float = float("inf")
) -> tuple[float, float, str]:
    """Milliseconds of a process, GB that it and its children had at most, and what it printed."""
    start = time.perf_counter()
    process = psutil.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    most = 0
    while True:
        most = max(most, resident(process))
        try:
            said, errors = process.communicate(timeout=0.1)
            break
        except subprocess.TimeoutExpired:
            if time.perf_counter() - start > limit:
                for child in process.children(recursive=True):
                    child.kill()
                process.kill()
                process.communicate()
                raise TimeoutError(f"not done after {limit:.0f} s") from None
    took = 1000 * (time.perf_counter() - start)
    if process.returncode not in (0, 1):
        raise RuntimeError(errors.strip().splitlines()[-1])
    return took, most / 1e9, said


def processor_seconds() -> float:
    """Processor time of all processes that have ended here, which other load adds little to."""
    times = os.times()
    return times.children_user + times.children_system


def resident(process: psutil.Process) -> int:
    """Bytes of a process and its children; those that end meanwhile count nothing."""
    total = 0
    try:
        for one in [process, *process.children(recursive=True)]:
            total += one.memory_info().rss
    except psutil.Error:
        pass
    return total
