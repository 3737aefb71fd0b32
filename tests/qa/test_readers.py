"""Which programs open an atlas: by layout, by findings, by facts that no check calls a fault."""

from __future__ import annotations

import pytest

from napari_atlas_explorer.qa.config import Config, KnownFinding
from napari_atlas_explorer.qa.readers import READERS, judge_readers
from napari_atlas_explorer.qa.registry import CHECKS
from napari_atlas_explorer.qa.run import run_qa

from ..packages_v3 import write_v3
from . import broken

GROUPS = ("package", "hierarchy", "labels", "meshes")
V2, V3 = "brainglobe-atlasapi 2.3", "brainglobe-atlasapi 3"


def verdicts(path, config=None, groups=GROUPS):
    report = run_qa(path, groups, config)
    return {v.reader: v for v in judge_readers(report, try_libraries=False)}


@pytest.fixture
def package(tmp_path):
    return broken.sound_package(tmp_path)


def test_rules_name_checks_that_exist():
    codes = {check.code for check in CHECKS}
    for reader in READERS:
        assert {*reader.codes} <= codes
        assert {*reader.codes.values()} <= {"no", "with limits"}


def test_a_sound_package_opens_in_the_programs_of_its_layout(package):
    found = verdicts(package)
    assert found[V2].answer == "yes"
    assert found[V2].reasons == ()
    others = {reader: v.answer for reader, v in found.items() if reader != V2}
    assert {*others.values()} == {"not for this layout"}
    assert "third layout" in found[V3].reasons[0]


def test_a_voxelbrain_folder_opens_in_voxcell_and_its_large_ids_stop_itk_snap(tmp_path):
    found = verdicts(broken.sound_voxelbrain(tmp_path))
    assert found["voxcell"].answer == found["AllenSDK-style tools"].answer == "yes"
    assert found["ITK-SNAP"].answer == "no"
    assert "65,535" in found["ITK-SNAP"].reasons[0]
    assert "614454277" in found["ITK-SNAP"].reasons[0]


@pytest.mark.parametrize(
    ("damage", "answer", "why"),
    [
        (broken.region(512, acronym="MOB"), "with limits", "MOB"),
        (broken.region(512, id=507, structure_id_path=[997, 8, 507]), "no", "507"),
        (broken.remove("structures.json"), "no", "structures.json"),
        (broken.remove("meshes/512.obj"), "with limits", "mesh"),
        (broken.metadata(orientation=None), "no", "orientation"),
        (broken.volume("annotation", lambda v: v * 0 + 4242), "with limits", "4242"),
    ],
)
def test_findings_make_a_program_fail_or_limit_it(package, damage, answer, why):
    damage(package)
    found = verdicts(package)[V2]
    assert found.answer == answer, found
    assert any(why in reason for reason in found.reasons)


def test_what_a_person_accepts_a_program_still_refuses(package):
    broken.region(512, acronym="MOB")(package)
    known = (KnownFinding("hierarchy-duplicate-acronym", None, None, "historic"),)
    assert verdicts(package, Config(known=known))[V2].answer == "with limits"


def test_without_the_checks_that_matter_there_is_no_verdict(package):
    found = verdicts(package, groups=("hierarchy",))[V2]
    assert found.answer == "not checked"
    assert "package-file-missing" in found.reasons[0]
    off = Config(severities={"mesh-missing": "off"})
    assert verdicts(package, off)[V2].answer == "not checked"


def test_parents_above_16_bits_stop_brainglobe_3_alone(tmp_path):
    (small, *_) = write_v3(tmp_path / "small")
    assert all("16 bits" not in reason for reason in verdicts(small)[V3].reasons)
    assert verdicts(small)[V2].answer == "not for this layout"
    (large, *_) = write_v3(tmp_path / "large")
    (table,) = (tmp_path / "large").rglob("terminology.csv")
    text = table.read_text()
    parent = next(
        row.parent for row in run_qa(large, ()).subject.raw.rows if row.parent is not None
    )
    table.write_text(text.replace(str(parent), "70000"))
    found = verdicts(large)[V3]
    assert found.answer == "no"
    assert "Id 70000 of a parent is above 65535: parents' ids are read as 16 bits." in found.reasons


def test_a_package_that_cannot_be_opened_opens_nowhere(tmp_path):
    path = tmp_path / "junk.zip"
    path.write_bytes(b"junk")
    for verdict in verdicts(path).values():
        assert verdict.answer == "no"
        assert verdict.reasons[0].startswith("The package cannot be opened: ")
