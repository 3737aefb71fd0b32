"""Reported defects are found, sound atlases have no errors; docs/qa-corpus.md says which."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from napari_atlas_explorer.qa.finding import Anchor
from napari_atlas_explorer.qa.run import run_qa

from . import broken
from .broken_v3 import atlas_of, sound_v3
from .corpus.atlases import v2
from .corpus.defects import DEFECTS, Defect

PAGE = Path(__file__).resolve().parents[2] / "docs" / "qa-corpus.md"
LEAST_RECALL = 0.95

MISSED = {
    "brainglobe/brainglobe-atlasapi#927": "no size of this lizard's brain is known to the checks",
    "brainglobe/brainglobe-atlasapi#64": "an address is not visited: checks work without a network",
}
"""Reports that no check finds, and why."""


def leads_to(anchor: Anchor, where: str) -> bool:
    """Return whether an anchor is the place that a report names."""
    kind, _, name = where.partition(" ")
    if kind == "voxel":
        return anchor.voxel is not None
    if kind == "node":
        return anchor.node == int(name)
    if kind == "mesh":
        return anchor.mesh == int(name)
    if kind == "file":
        return anchor.file == name
    return anchor == Anchor()  # "atlas": all of it


@pytest.mark.parametrize("defect", DEFECTS, ids=[d.source for d in DEFECTS])
def test_a_reported_defect_is_found(defect: Defect, tmp_path: Path) -> None:
    report = run_qa(defect.make(tmp_path))
    found = [one.finding for one in report.listed if one.finding.code == defect.code]
    if defect.source in MISSED:
        assert not found, "found: take it out of MISSED"
        return
    assert found, sorted({one.finding.code for one in report.listed})
    assert defect.severity in {f.severity for f in found}
    assert any(leads_to(f.anchor, defect.anchor) for f in found), [f.anchor for f in found]
    assert all(f.message and f.fix for f in found)


def test_the_corpus_is_large_enough_and_found() -> None:
    assert len(DEFECTS) >= 40
    assert sum(d.layout == "v3" for d in DEFECTS) >= 12
    assert len({d.source for d in DEFECTS}) == len(DEFECTS)
    assert 1 - len(MISSED) / len(DEFECTS) >= LEAST_RECALL


# ---- Sound atlases -------------------------------------------------------------------------------


def unpack(data: Path, folder: Path, archive: str, atlas: str) -> Path:
    """Unpack an archive of the collection; return a path in it."""
    with tarfile.open(data / archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / atlas


def copy(data: Path, folder: Path, *names: str) -> Path:
    """Copy files of the collection into a folder of their own."""
    for name in names:
        (folder / Path(name).name).write_bytes((data / name).read_bytes())
    return folder


V3 = "brainglobe_packaged_allen_v3/brainglobe-atlasapi_v3_allen.tar.xz"
V2 = "brainglobe_packaged_allen_100um_v1/allen_mouse_100um_v1.2.tar.xz"
HUMAN = "nifti_human"

MADE: dict[str, Callable[[Path], Path | str]] = {
    "the sample atlas": lambda folder: "sample",
    "a package of BrainGlobe's v2 layout, made by hand": v2(),
    "a package of BrainGlobe's v3 layout, made by `package`": lambda f: atlas_of(sound_v3(f)),
    "a VoxelBrain folder, made by hand": broken.sound_voxelbrain,
    "a BIDS atlas, made by hand": broken.sound_bids,
}
REAL: dict[str, Callable[[Path, Path], Path]] = {
    "Allen CCFv3 100 µm, packaged by brainglobe-atlasapi 2.3": lambda data, f: data / V2,
    "Allen CCFv3 100 µm, packaged by brainglobe-atlasapi 3.0": lambda data, f: unpack(
        data, f, V3, "brainglobe-atlasapi/atlases/allen_mouse_100um/3_0"
    ),
    "Allen CCFv3 200 µm, packaged by brainglobe-atlasapi 3.0": lambda data, f: unpack(
        data, f, V3, "brainglobe-atlasapi/atlases/allen_mouse_200um/3_0"
    ),
    "Allen CCFv3 folder, 100 µm": lambda data, f: data / "allen_ccfv3_2017",
    "Allen CCFv3, 50 µm NRRD and table": lambda data, f: (
        data / "allen_ccfv3_2017" / "annotation_50.nrrd"
    ),
    "BlueBrain's proj66, VoxelBrain": lambda data, f: copy(
        data,
        f,
        *(
            f"voxelbrain_proj66_tiny/{name}"
            for name in ("brain_regions.nrrd", "hierarchy.json", "orientation.nrrd")
        ),
    ),
    "Virtual Fly Brain, NRRD and table": lambda data, f: data / "drosophila_brain_vfb",
    "AAL, NIfTI and table": lambda data, f: data / HUMAN / "atlas_aal.nii.gz",
    "AICHA, NIfTI and table": lambda data, f: data / HUMAN / "atlas_aicha.nii.gz",
    "Desikan-Killiany, NIfTI and table": lambda data, f: (
        data / HUMAN / "atlas_desikan_killiany.nii.gz"
    ),
    "a segmentation of 3D Slicer": lambda data, f: (
        data / "slicer_itksnap" / "Segmentation.seg.nrrd"
    ),
}


@pytest.mark.parametrize("name", MADE)
def test_a_made_atlas_has_no_error(name: str, tmp_path: Path) -> None:
    assert errors(MADE[name](tmp_path)) == []


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_a_real_atlas_has_no_error(name: str, data_folder: Path, tmp_path: Path) -> None:
    assert errors(REAL[name](data_folder, tmp_path)) == []


def errors(path: Path | str) -> list[str]:
    """Return the messages of the errors of an atlas."""
    report = run_qa(path)
    assert report.summary()["passed"] > 10
    return [f.finding.message for f in report.listed if f.finding.severity == "error"]


# ---- The page ------------------------------------------------------------------------------------


def page() -> str:
    """Return the text of docs/qa-corpus.md; its figures are what the tests above assert."""
    found = len(DEFECTS) - len(MISSED)
    rows = []
    for defect in DEFECTS:
        repository, _, number = defect.source.partition("#")
        link = f"https://github.com/{repository}/issues/{number.split()[0]}"
        answer = MISSED.get(defect.source)
        finding = f"missed: {answer}" if answer else f"`{defect.code}`, {defect.severity}"
        rows.append(f"| [{defect.source}]({link}) | {defect.layout} | {defect.what} | {finding} |")
    return "\n".join(
        [
            "# Defects of the field, and what finds them",
            "",
            "Written by `tests/qa/test_corpus.py`. Each row is a report in a public "
            "tracker; the test makes the smallest atlas with the same property and asks for one "
            "finding, its severity and the place that it leads to.",
            "",
            f"{found} of {len(DEFECTS)} reports are found ({found / len(DEFECTS):.0%}; "
            f"{sum(d.layout == 'v3' for d in DEFECTS)} of them are of BrainGlobe's v3 layout). "
            f"{len(MADE) + len(REAL)} sound atlases, {len(REAL)} of them real, have no error:",
            "",
            *(f"- {name}" for name in (*MADE, *REAL)),
            "",
            "| Report | Atlas | What it describes | Finding |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def test_the_page_lists_the_corpus() -> None:
    if os.environ.get("ATLAS_EXPLORER_WRITE_DOCS"):
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()
