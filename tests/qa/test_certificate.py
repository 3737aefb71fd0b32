"""Facts of a certificate: after its schema, without paths, and never better than what was run."""

from __future__ import annotations

import hashlib
import json
import tarfile
from pathlib import Path

import jsonschema
import pytest

from napari_atlas_explorer.qa.certificate import badge_text, certificate_document
from napari_atlas_explorer.qa.config import Config
from napari_atlas_explorer.qa.registry import CHECKS, GROUPS
from napari_atlas_explorer.qa.run import run_qa

from . import broken, broken_v3

SCHEMA = Path(__file__).resolve().parents[2] / "docs" / "qa-certificate.schema.json"


@pytest.fixture
def package(tmp_path):
    return broken.sound_package(tmp_path)


def certify(path, groups=None, config=None):
    document = certificate_document(run_qa(path, groups, config), try_libraries=False)
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    return document


def test_the_certificate_follows_its_schema_and_names_no_path_of_this_computer(package, tmp_path):
    document = certify(package)
    assert str(tmp_path) not in json.dumps(document)
    assert document["atlas"]["file"] == broken.NAME
    assert document["source"]["citation"] == "unpublished"
    assert document["source"]["license"] is None
    states = [*document["not_checked"]]
    summary = document["summary"]
    assert len(states) == summary["not_run"]
    found = {finding["code"] for finding in document["findings"]}
    assert len(states) + summary["passed"] + len(found) == len(CHECKS)
    assert document["verdict"] == "warnings"
    assert badge_text(document) == f"{summary['warning']} warnings"


def test_files_have_the_checksums_of_their_bytes(package):
    files = {file["name"]: file for file in certify(package)["files"]}
    assert {"metadata.json", "annotation.tiff", "meshes/997.obj"} <= {*files}
    for name, file in files.items():
        content = (package / name).read_bytes()
        assert file["bytes"] == len(content)
        assert file["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_v3_package_lists_its_components_whatever_the_path_was(tmp_path, monkeypatch):
    root = broken_v3.sound_v3(tmp_path)
    document = certify(broken_v3.atlas_of(root), ["hierarchy"])
    names = [file["name"] for file in document["files"]]
    assert len(names) == len(set(names))
    assert broken_v3.MANIFEST in names or "manifest.json" in names
    assert any(name.startswith("annotation-sets/") for name in names)
    assert document["atlas"]["file"].endswith("/1_0")
    monkeypatch.chdir(tmp_path)
    again = certify(broken_v3.atlas_of(root.relative_to(tmp_path)), ["hierarchy"])
    assert again == document


def test_an_archive_is_one_file(package, tmp_path):
    archive = tmp_path / "packed.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(package, arcname=package.name)
    (file,) = certify(archive)["files"]
    assert file["name"] == "packed.tar.gz"
    assert file["sha256"] == hashlib.sha256(archive.read_bytes()).hexdigest()


def test_a_license_is_what_the_metadata_or_a_file_state(package):
    (package / "LICENSE.txt").write_text("CC0")
    assert certify(package, ["hierarchy"])["source"]["license"] == "see LICENSE.txt"
    broken.metadata(License="CC-BY-4.0")(package)
    assert certify(package, ["hierarchy"])["source"]["license"] == "CC-BY-4.0"


def test_errors_are_the_verdict(package):
    broken.volume("annotation", lambda v: v * 0 + 4242)(package)
    document = certify(package)
    assert document["verdict"] == "errors"
    n = document["summary"]["error"]
    assert badge_text(document) == (f"{n} errors" if n > 1 else "1 error")


def test_a_part_of_the_checks_is_no_verdict(package):
    document = certify(package, ["hierarchy"])
    assert document["verdict"] == badge_text(document) == "partly checked"
    whys = {row["why"] for row in document["not_checked"] if row["code"].startswith("mesh-")}
    assert whys == {"left out of this run"}


def test_checks_that_are_switched_off_are_named(package):
    document = certify(package, GROUPS, Config(severities={"label-hole": "off"}))
    assert document["verdict"] == "partly checked"
    row = next(row for row in document["not_checked"] if row["code"] == "label-hole")
    assert row["why"] == "switched off in the settings"


def test_a_package_that_cannot_be_opened_has_a_certificate_of_its_errors(tmp_path):
    path = tmp_path / "junk.zip"
    path.write_bytes(b"junk")
    document = certify(path)
    assert document["verdict"] == "errors"
    assert document["atlas"]["name"] == "junk.zip"
    assert str(tmp_path) not in document["atlas"]["name"]
