"""Each defect of a package, planted by itself, is the finding it should be and no other."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_atlas_explorer.qa.finding import Finding, NamedBox
from napari_atlas_explorer.qa.run import Report, run_qa

from ...packages import write_nrrd
from .. import broken
from ..broken import metadata, overwrite, remove, volume

OURS = ("package", "hierarchy", "meshes", "bids")


def codes(report: Report) -> set[str]:
    """Codes but those of colors, which are in the group of the hierarchy."""
    found = {one.finding.code for one in report.listed}
    return {code for code in found if "color" not in code}


def only(report: Report, code: str) -> Finding:
    found = [one.finding for one in report.listed if one.finding.code == code]
    assert len(found) == 1, [f.message for f in found]
    return found[0]


def test_nothing_is_found_in_a_sound_package(tmp_path: Path) -> None:
    report = run_qa(broken.sound_package(tmp_path), OURS)
    assert [one.finding.message for one in report.listed] == []
    why = {r.check.code: r.why for r in report.results if r.status == "not run"}
    assert set(why) == {
        "package-checksum",
        "package-component",
        "package-segment-properties",
        "package-precomputed",
        "package-not-fetched",
        "package-level",
        "package-level-size",
        "package-masks",
        "package-spacing",
        "package-offset",
        "package-brain-size",
        "hierarchy-set-overlap",
        "hierarchy-set-gap",
        "bids-description",
        "bids-table",
        "bids-space",
    }


def test_nothing_is_found_in_a_sound_voxelbrain_folder(tmp_path: Path) -> None:
    report = run_qa(broken.sound_voxelbrain(tmp_path), OURS)
    assert [one.finding.message for one in report.listed] == []


# What is planted; the codes that follow; file and key of the first.
TABLE = {
    "annotation removed": (
        remove("annotation.tiff"),
        {"package-file-missing", "package-unreadable"},
        ("annotation.tiff", None),
        "error",
    ),
    "template removed": (
        remove("reference.tiff"),
        {"package-file-missing"},
        ("reference.tiff", None),
        "error",
    ),
    "hemispheres removed": (
        remove("hemispheres.tiff"),
        {"package-file-missing"},
        ("hemispheres.tiff", None),
        "error",
    ),
    "additional reference removed": (
        remove("nissl.tiff"),
        {"package-file-missing"},
        ("nissl.tiff", None),
        "error",
    ),
    "table removed": (
        remove("structures.csv"),
        {"package-file-missing"},
        ("structures.csv", None),
        "info",
    ),
    "readme removed": (
        remove("README.txt"),
        {"package-file-missing"},
        ("README.txt", None),
        "info",
    ),
    "readme empty": (
        overwrite("README.txt", b""),
        {"package-file-empty"},
        ("README.txt", None),
        "error",
    ),
    "metadata broken": (overwrite("metadata.json", b"{"), {"package-unreadable"}, None, "error"),
    "hierarchy broken": (
        overwrite("structures.json", b"[{"),
        {"package-unreadable"},
        None,
        "error",
    ),
    "hemispheres cut": (
        broken.halve("hemispheres.tiff"),
        {"package-unreadable"},
        ("hemispheres.tiff", None),
        "error",
    ),
    "template cut": (
        broken.halve("reference.tiff"),
        {"package-unreadable"},
        ("reference.tiff", None),
        "error",
    ),
    "no citation": (
        metadata(citation=None),
        {"package-metadata-missing"},
        ("metadata.json", "citation"),
        "error",
    ),
    "no packager": (
        metadata(atlas_packager=None),
        {"package-metadata-missing"},
        ("metadata.json", "atlas_packager"),
        "info",
    ),
    "version without minor": (
        metadata(version="1"),
        {"package-metadata-type"},
        ("metadata.json", "version"),
        "error",
    ),
    "symmetric as text": (
        metadata(symmetric="no"),
        {"package-metadata-type"},
        ("metadata.json", "symmetric"),
        "error",
    ),
    "species empty": (
        metadata(species=" "),
        {"package-metadata-type"},
        ("metadata.json", "species"),
        "warning",
    ),
    "shape of text": (
        metadata(shape=["40", "32", "36"]),
        {"package-metadata-type"},
        ("metadata.json", "shape"),
        "error",
    ),
    "shape beyond numbers": (
        metadata(shape=[float("inf"), 32, 36]),
        {"package-metadata-type", "package-unreadable"},
        ("metadata.json", "shape"),
        "error",
    ),
    "references that are no list": (
        metadata(additional_references=5),
        {"package-metadata-type"},
        ("metadata.json", "additional_references"),
        "error",
    ),
    "name in capitals": (
        metadata(name="Handmade Brain"),
        {"package-name"},
        ("metadata.json", "name"),
        "warning",
    ),
    "other version": (
        metadata(version="1.1"),
        {"package-name"},
        ("metadata.json", "name"),
        "warning",
    ),
    "shape of the metadata": (
        metadata(shape=[41, 32, 36]),
        {"package-shape", "package-unreadable"},
        ("metadata.json", "shape"),
        "error",
    ),
    "shape of the reference image": (
        volume("reference", lambda v: v[:-1]),
        {"package-shape"},
        ("reference.tiff", "shape"),
        "error",
    ),
    "header of 50 µm": (
        volume(
            "reference",
            lambda v: v,
            imagej=True,
            resolution=(1 / 50, 1 / 50),
            metadata={"spacing": 50.0, "unit": "um", "axes": "ZYX"},
        ),
        {"package-resolution"},
        ("reference.tiff", "resolution"),
        "warning",
    ),
    "left and right exchanged": (
        volume("hemispheres", lambda v: np.array([0, 2, 1], np.uint8)[v]),
        {"package-orientation"},
        ("hemispheres.tiff", "orientation"),
        "warning",
    ),
    "axes exchanged in the metadata": (
        metadata(orientation="rsa"),
        {"package-orientation"},
        None,
        "warning",
    ),
    "upside down in the metadata": (
        metadata(orientation="air"),
        {"package-orientation"},
        None,
        "warning",
    ),
    "back to front in the metadata": (
        metadata(orientation="psr"),
        {"package-orientation"},
        None,
        "warning",
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_defect_of_the_package_is_found(name: str, tmp_path: Path) -> None:
    damage, expected, place, severity = TABLE[name]
    folder = broken.sound_package(tmp_path)
    damage(folder)
    report = run_qa(folder, OURS)
    assert codes(report) == expected
    found = [one.finding for one in report.listed if one.finding.code == sorted(expected)[0]]
    assert found[0].severity == severity
    assert all(f.message and f.fix for f in found)
    if place is not None:
        assert place in [(f.anchor.file, f.anchor.key) for f in found]


def test_a_folder_without_meshes_is_a_warning_and_leaves_their_checks_undone(
    tmp_path: Path,
) -> None:
    folder = broken.sound_package(tmp_path)
    for path in (folder / "meshes").iterdir():
        path.unlink()
    (folder / "meshes").rmdir()
    report = run_qa(folder, OURS)
    assert only(report, "package-file-missing").severity == "warning"
    assert {r.why for r in report.results if r.check.group == "meshes"} == {"no meshes"}


def test_a_volume_of_another_shape_is_shown_as_two_boxes(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    volume("reference", lambda v: v[:-1])(folder)
    boxes = only(run_qa(folder, ["package"]), "package-shape").exhibits
    assert [b.name for b in boxes if isinstance(b, NamedBox)] == ["annotation", "reference"]
    assert boxes[0].high == (40, 32, 36)  # type: ignore[union-attr]
    assert boxes[1].high == (39, 32, 36)  # type: ignore[union-attr]


def test_a_checksum_is_compared_where_there_is_one(tmp_path: Path) -> None:
    folder = broken.sound_package(tmp_path)
    digest = hashlib.sha256((folder / "annotation.tiff").read_bytes()).hexdigest()
    (folder / "annotation.tiff.sha256").write_text(f"{digest}  annotation.tiff\n")
    (folder / "md5sums.txt").write_text(f"{'0' * 32} *README.txt\n")
    finding = only(run_qa(folder, OURS), "package-checksum")
    assert finding.anchor.file == "README.txt"


def test_an_archive_is_tested_by_the_name_of_the_folder_in_it(tmp_path: Path) -> None:
    import shutil

    folder = broken.sound_package(tmp_path / "made")
    archive = shutil.make_archive(str(tmp_path / "download"), "gztar", folder.parent, folder.name)
    report = run_qa(archive, OURS)
    assert [one.finding.message for one in report.listed] == []


def test_an_archive_of_bare_files_is_tested_by_its_own_name(tmp_path: Path) -> None:
    import shutil

    folder = broken.sound_package(tmp_path / "made")
    shutil.make_archive(str(tmp_path / broken.NAME), "gztar", folder)
    assert codes(run_qa(tmp_path / f"{broken.NAME}.tar.gz", ["package"])) == set()
    shutil.make_archive(str(tmp_path / "download"), "zip", folder)
    finding = only(run_qa(tmp_path / "download.zip", ["package"]), "package-name")
    assert "'download'" in finding.message


@pytest.mark.parametrize("name", ["kim_dev_mouse_e11-5_mri-adc", "a-b_c", "allen_human_500"])
def test_names_as_brainglobes_own_are_no_finding(tmp_path: Path, name: str) -> None:
    folder = broken.sound_package(tmp_path)
    broken.metadata(name=name)(folder)
    named = folder.rename(folder.with_name(f"{name}_100um_v1.0"))
    assert codes(run_qa(named, ["package"])) == set()


@pytest.mark.parametrize("name", ["mouse", "-a_b", "a_b-", "a--b_c", "a-_b", "a__b", "a_b "])
def test_names_of_other_forms_are_found(tmp_path: Path, name: str) -> None:
    folder = broken.sound_package(tmp_path)
    broken.metadata(name=name)(folder)
    assert "package-name" in codes(run_qa(folder, ["package"]))


# ---- headers of a VoxelBrain folder ---------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "steps", "header"),
    [
        ("package-spacing", 50.0, {"space": "posterior-inferior-right"}),
        (
            "package-offset",
            100.0,
            {"space": "posterior-inferior-right", "space origin": [50.0, 0, 0]},
        ),
        ("package-orientation", 100.0, {"space": "left-posterior-superior"}),
    ],
)
def test_a_header_that_differs_from_the_annotations_is_found(
    code: str, steps: float, header: dict[str, object], tmp_path: Path
) -> None:
    folder = broken.sound_voxelbrain(tmp_path)
    write_nrrd(folder / "reference.nrrd", broken.reference(), steps, **header)
    report = run_qa(folder, OURS)
    assert codes(report) == {code}
    assert only(report, code).anchor.file == "reference.nrrd"


def test_half_a_voxel_of_offset_is_measured(tmp_path: Path) -> None:
    folder = broken.sound_voxelbrain(tmp_path)
    header = {"space": "posterior-inferior-right", "space origin": [50.0, 0, 0]}
    write_nrrd(folder / "reference.nrrd", broken.reference(), 100.0, **header)
    finding = only(run_qa(folder, ["package"]), "package-offset")
    assert finding.measure == pytest.approx(0.5)


def test_a_missing_hierarchy_of_a_voxelbrain_folder_is_named(tmp_path: Path) -> None:
    folder = broken.sound_voxelbrain(tmp_path)
    (folder / "hierarchy.json").unlink()
    report = run_qa(folder, ["package"])
    assert only(report, "package-file-missing").anchor.file == "hierarchy.json"


def test_a_volume_without_a_byte_is_found_in_a_folder_of_no_known_layout(tmp_path: Path) -> None:
    (tmp_path / "labels.tif").write_bytes(b"")
    (tmp_path / "labels.csv").write_text("id,name\n1,one\n")
    assert codes(run_qa(tmp_path, ["package"])) == {"package-file-empty", "package-unreadable"}


# ---- sizes ----------------------------------------------------------------------------------


def test_a_voxel_size_that_no_file_states_is_found(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "labels.tif", broken.annotation(), photometric="minisblack")
    rows = "\n".join(
        f"{i},{n}" for i, (_, n) in broken.NAMES.items() if i in np.unique(broken.annotation())
    )
    (tmp_path / "labels.csv").write_text(f"id,name\n{rows}\n")
    finding = only(run_qa(tmp_path, ["package"]), "package-resolution")
    assert finding.severity == "warning"
    assert finding.key == "unknown"


def test_a_ccf_shape_with_voxels_of_1_mm_is_found(tmp_path: Path) -> None:
    ids = np.zeros((132, 80, 114), np.uint32)
    ids[40:80, 20:60, 30:84] = 315
    write_nrrd(tmp_path / "brain_regions.nrrd", ids, 1000.0)
    (tmp_path / "hierarchy.json").write_text(json.dumps({"id": 315, "acronym": "x", "name": "x"}))
    finding = only(run_qa(tmp_path, ["package"]), "package-resolution")
    assert finding.key == "known shape"
    assert "100 µm" in finding.message


# ---- real atlases ---------------------------------------------------------------------------


@pytest.mark.data
def test_a_nifti_of_the_ccf_with_a_header_of_1_mm_is_found(data_folder: Path) -> None:
    report = run_qa(data_folder / "nifti_faa_detailed", ["package"])
    assert only(report, "package-resolution").key == "known shape"
    assert only(report, "package-spacing").anchor.file is not None


@pytest.mark.data
def test_a_real_brainglobe_package_has_no_fault_of_its_files(data_folder: Path) -> None:
    folder = data_folder / "brainglobe_packaged_allen_100um_v1"
    report = run_qa(folder / "allen_mouse_100um_v1.2.tar.xz", ["package"])
    assert [one.finding.message for one in report.listed] == []


@pytest.mark.data
def test_the_space_that_allens_headers_state_is_found_to_be_another(data_folder: Path) -> None:
    report = run_qa(data_folder / "allen_ccfv3_2017", ["package"])
    assert codes(report) == {"package-orientation", "package-left-out"}


@pytest.mark.parametrize(
    ("species", "expected"),
    [
        ("Mus musculus", set()),
        ("Mus musculus domesticus", set()),
        ("Homo sapiens", {"package-brain-size"}),
        ("Drosophila melanogaster", {"package-brain-size"}),
        ("Nullus exemplum", set()),
    ],
)
def test_the_length_of_the_brain_is_that_of_the_species(species, expected, tmp_path):
    folder = broken.sound_package(tmp_path)
    broken.metadata(species=species)(folder)
    report = run_qa(folder, ["package"])
    assert codes(report) == expected
    if expected:
        (finding,) = (one.finding for one in report.listed)
        assert finding.measure == pytest.approx(3.5, abs=0.5)
        assert species in finding.message


def test_a_volume_that_is_left_out_is_listed(tmp_path):
    folder = tmp_path / "volumes"
    folder.mkdir()
    write_nrrd(folder / "annotation.nrrd", broken.annotation(), 100.0)
    write_nrrd(folder / "other.nrrd", broken.annotation()[:5], 50.0)
    broken.write_json(folder / "hierarchy.json", broken.nested(997))
    found = [f.finding for f in run_qa(folder, ["package"]).listed]
    left = [f for f in found if f.code == "package-left-out"]
    assert [f.severity for f in left] == ["info"]
    assert "other.nrrd" in left[0].message
