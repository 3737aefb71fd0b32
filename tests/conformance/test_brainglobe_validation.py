"""Whatever BrainGlobe's packager validates and finds wrong, our QA finds, too, and says where.

The packages are those that the QA's own tests break in one way at a time. Two of BrainGlobe's
functions are stubs that always return True, one compares a single pair of voxels.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer.qa.run import run_qa

from ..qa import broken
from .peers import SCRIPTS, interpreter, require

require("brainglobe")
pytestmark = pytest.mark.conformance

ANSWERED_BY = {
    "open": {
        "package-unreadable",
        "package-metadata-type",
        "package-metadata-missing",
        "package-file-missing",
        "package-shape",
        "hierarchy-missing-parent",
        "hierarchy-duplicate-id",
        "hierarchy-cycle",
    },
    "validate_atlas_files": {"package-file-missing", "package-file-empty"},
    "validate_mesh_matches_image_extents": {
        "mesh-extent",
        "mesh-offset",
        "mesh-unreadable",
        "package-unreadable",
        "mesh-missing",
        "label-unknown-id",
    },
    "validate_image_dimensions": {"package-shape", "package-unreadable", "package-file-missing"},
    "validate_additional_references": {
        "package-shape",
        "reference-duplicate",
        "package-file-missing",
        "package-unreadable",
    },
    "catch_missing_mesh_files": {"mesh-missing"},
    "catch_missing_structures": {"mesh-extra"},
    "validate_reference_image_pixels": {
        "reference-few-levels",
        "reference-empty",
        "package-unreadable",
    },
    "validate_annotation_symmetry": {
        "symmetry-dice",
        "symmetry-metadata",
        "symmetry-one-hemisphere",
        "symmetry-plane",
    },
    "validate_unique_acronyms": {"hierarchy-duplicate-acronym"},
    "validate_atlas_name": {"package-name"},
    "validate_metadata": {"package-metadata-type", "package-metadata-missing"},
}
"""Codes of ours of which at least one must be there where a function of theirs complains."""


def one_side(ids: np.ndarray) -> np.ndarray:
    """The thalamus on one side alone: the pair of voxels that BrainGlobe compares differs."""
    changed = ids.copy()
    changed[:, :, 18:][changed[:, :, 18:] == 549] = 1097
    return changed


def copy_of_reference(folder: Path) -> None:
    """Put the reference in the additional reference's place."""
    (folder / "nissl.tiff").write_bytes((folder / "reference.tiff").read_bytes())


PLANTED = {
    "sound": (lambda folder: None, set()),
    "annotation gone": (broken.remove("annotation.tiff"), {"validate_atlas_files"}),
    "reference gone": (
        broken.remove("reference.tiff"),
        {"validate_atlas_files", "validate_image_dimensions"},
    ),
    "mesh gone": (broken.remove("meshes/549.obj"), {"catch_missing_mesh_files"}),
    "mesh of nothing": (
        broken.overwrite("meshes/4242.obj", broken.mesh_text(549).encode()),
        {"catch_missing_structures"},
    ),
    "reference of another shape": (
        broken.volume("reference", lambda v: v[:-2]),
        {"validate_image_dimensions"},
    ),
    "additional reference the same": (copy_of_reference, {"validate_additional_references"}),
    "reference too dark": (
        broken.volume("reference", lambda v: v // 10),
        {"validate_reference_image_pixels"},
    ),
    "asymmetric": (broken.volume("annotation", one_side), {"validate_annotation_symmetry"}),
    "acronym twice": (broken.region(549, acronym="CTX"), {"validate_unique_acronyms"}),
    "citation gone": (broken.metadata(citation=None), {"validate_metadata"}),
}


def theirs(python: Path, folder: Path) -> dict[str, str | None]:
    """What each function of BrainGlobe's says of a package."""
    environment = {**os.environ, "HOME": str(folder.parent)}
    answer = subprocess.run(
        [python, SCRIPTS / "validate_brainglobe.py", folder.name.rsplit("_v", 1)[0], folder.parent],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    said: dict[str, str | None] = json.loads(answer.stdout)
    return said


@pytest.mark.parametrize("name", PLANTED)
def test_what_they_report_we_report(tmp_path, name):
    plant, expected = PLANTED[name]
    package = broken.sound_package(tmp_path)
    plant(package)
    said = {k: v for k, v in theirs(interpreter("brainglobe"), package).items() if v}
    assert expected <= set(said), said
    codes = {one.finding.code for one in run_qa(package).listed}
    for function, complaint in said.items():
        gone = complaint.startswith("FileNotFoundError")
        wanted = {"package-file-missing"} if gone else ANSWERED_BY[function]
        assert codes & wanted, (function, complaint, sorted(codes))
    assert expected or not said


def test_the_real_package_is_found_wanting_by_both(data_folder):
    from napari_atlas_explorer import open_atlas

    archive = data_folder / "brainglobe_packaged_allen_100um_v1" / "allen_mouse_100um_v1.2.tar.xz"
    package = open_atlas(archive).path
    assert package is not None
    said = theirs(interpreter("brainglobe"), package)
    complaint = said["catch_missing_mesh_files"]
    assert complaint is not None
    found = run_qa(package, ["meshes"]).listed
    ours = {one.finding.region_ids[0] for one in found if one.finding.code == "mesh-missing"}
    assert ours == {526322264, 699, 514, 380}
    assert all(str(region_id) in complaint for region_id in ours)
    # And more: the offset of all meshes, which they do not look for.
    assert "mesh-offset" in {one.finding.code for one in found}
    complained = {k for k, v in said.items() if v}
    assert complained <= {"catch_missing_mesh_files", "validate_atlas_name", "validate_metadata"}
