"""BrainGlobe 3 packages a brain, validates it, and our QA reports whatever that reports."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.qa.run import run_qa

from ..qa import broken
from .peers import SCRIPTS, interpreter, require
from .test_brainglobe_validation import ANSWERED_BY, theirs

require("brainglobe3")
pytestmark = pytest.mark.conformance

MESHES = "annotation-sets/handmade_brain-annotation/3_0/annotations.precomputed/mesh"
TERMS = "terminologies/handmade_brain-terminology/3_0/terminology.csv"
MANIFEST = "atlases/handmade_brain_100um/3_0/manifest.json"
# Their annotation comes with the template; both names are new in this generation.
ANSWERS = {
    **ANSWERED_BY,
    "validate_template_image_pixels": ANSWERED_BY["validate_reference_image_pixels"],
}


@pytest.fixture(scope="module")
def packaged(tmp_path_factory) -> Path:
    """Folder of BrainGlobe's cache with one atlas that its own packager made."""
    folder = tmp_path_factory.mktemp("ingredients")
    target = tmp_path_factory.mktemp("wrapped")
    package = broken.sound_package(folder)
    subprocess.run(
        [interpreter("brainglobe3"), SCRIPTS / "wrap_up_brainglobe3.py", package, target],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "HOME": str(folder)},
    )
    return target / "brainglobe-atlasapi"


def remove_mesh(root: Path) -> None:
    for name in ("549", "549.index"):
        (root / MESHES / name).unlink()


def add_mesh(root: Path) -> None:
    for name in ("", ".index"):
        shutil.copy(root / MESHES / f"549{name}", root / MESHES / f"4242{name}")


def same_acronym(root: Path) -> None:
    with (root / TERMS).open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if row["identifier"] == "549":
            row["abbreviation"] = "CTX"
    with (root / TERMS).open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def no_citation(root: Path) -> None:
    manifest = json.loads((root / MANIFEST).read_text())
    del manifest["citation"]
    (root / MANIFEST).write_text(json.dumps(manifest))


PLANTED: dict[str, tuple[Callable[[Path], None], set[str]]] = {
    "sound": (lambda root: None, set()),
    "mesh gone": (remove_mesh, {"catch_missing_mesh_files"}),
    "mesh of nothing": (add_mesh, {"catch_missing_structures"}),
    "acronym twice": (same_acronym, {"validate_unique_acronyms"}),
    "citation gone": (no_citation, {"validate_metadata"}),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_they_report_we_report(packaged, tmp_path, name):
    plant, expected = PLANTED[name]
    root = tmp_path / "brainglobe-atlasapi"
    shutil.copytree(packaged, root)
    plant(root)
    answer = theirs(interpreter("brainglobe3"), tmp_path / "handmade_brain_100um")
    said = {k: v for k, v in answer.items() if v}
    assert expected <= set(said), said
    codes = {one.finding.code for one in run_qa((root / MANIFEST).parent).listed}
    for function, complaint in said.items():
        assert codes & ANSWERS[function], (function, complaint, sorted(codes))
    assert expected or not said


def test_their_package_opens_with_the_ingredients(packaged):
    atlas = open_atlas((packaged / MANIFEST).parent)
    ids = broken.annotation().copy()
    ids[ids > 2**16] = 60_000 + list(broken.PARENTS).index(614454277)
    assert (atlas.annotation.raw == ids).all()
    assert len(atlas.package.mesh_files) == len(broken.PARENTS)
