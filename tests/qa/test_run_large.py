"""QA of volumes too large for memory says what it says of small ones.

What counts as large is set to nothing, so that the same small atlas is checked both ways.
"""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.cli.main import main
from napari_atlas_explorer.qa.document import as_document
from napari_atlas_explorer.qa.run import run_qa
from napari_atlas_explorer.qa.subject import Subject

from ..packages import write_tiff
from . import broken

DATE = "2026-01-01"


def said_of(path, other=None):
    """The report, and the voxels that each finding marks."""
    report = run_qa(Subject.at(path, other))
    document = as_document(report, DATE)
    for check in document["checks"]:
        check.pop("seconds", None)
    labels = report.subject.ranks
    marked = {
        one.id: one.finding.marked.positions(labels).tolist()
        for one in report.listed
        if one.finding.marked is not None
    }
    return document, marked


def damaged(package):
    """Noise in the labels and the hemispheres, holes, a cut-off image: every kind of finding."""
    rng = np.random.default_rng(6)
    ids = broken.annotation().copy()
    noisy = rng.random(ids.shape) < 0.02
    ids[noisy] = rng.choice([0, 77, 315, 549, 4242], int(noisy.sum()))
    ids[18:22, 11:14, 9:12] = 0
    ids[:, :, 30:] = np.roll(ids, 3, axis=1)[:, :, 30:]
    write_tiff(package / "annotation.tiff", ids)
    sides = broken.hemispheres().copy()
    sides[rng.random(ids.shape) < 0.01] = 0
    sides[5, 5, 5] = 9
    write_tiff(package / "hemispheres.tiff", sides)
    image = np.minimum(broken.reference() // 2 * 2, 700)
    image[25:] = 0
    write_tiff(package / "reference.tiff", image)


@pytest.mark.parametrize("slab_bytes", [3_000, 40_000])
def test_a_sound_large_package_is_checked_as_a_small_one(slab_bytes, tmp_path, as_large):
    package = broken.sound_package(tmp_path)
    expected = said_of(package)
    as_large(slab_bytes)
    assert said_of(package) == expected


@pytest.mark.parametrize("slab_bytes", [3_000, 40_000])
def test_every_defect_of_a_large_package_is_found_where_it_is(slab_bytes, tmp_path, as_large):
    package = broken.sound_package(tmp_path / "new")
    other = broken.sound_package(tmp_path / "old")
    damaged(package)
    document, marked = expected = said_of(package, other)
    assert len({name.partition("@")[0] for name in marked}) > 8
    assert document["summary"]["error"] > 0
    as_large(slab_bytes)
    found = said_of(package, other)
    assert found[1].keys() == expected[1].keys()
    assert found == expected


def test_a_cache_without_room_is_no_fault_of_the_package(tmp_path, as_large, monkeypatch, capsys):
    package = broken.sound_package(tmp_path)
    as_large(3_000)
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE_BYTES", "10")
    assert main(["qa", str(package)]) == 2
    said = capsys.readouterr()
    assert said.err.count("\n") == 1
    assert "ATLAS_EXPLORER_CACHE_BYTES" in said.err
    assert said.out == ""
