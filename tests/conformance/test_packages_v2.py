"""A v2 package of ours and BrainGlobe's own of the same ingredients answer alike."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from . import twins
from .peers import Remote, interpreter, require
from .test_brainglobe_validation import theirs as validated

require("brainglobe")
pytestmark = pytest.mark.conformance

FOLDER = "handmade_brain_100um_v1.0"


@pytest.fixture(scope="module", params=twins.CASES, ids=lambda case: case.name)
def case(request) -> twins.Case:
    return request.param


@pytest.fixture(scope="module")
def asked_before(brainglobe) -> int:
    """Hosts that other modules' questions led to."""
    return len(brainglobe.hosts)


@pytest.fixture(scope="module")
def folders(case, brainglobe, asked_before, tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("twins")
    theirs, ours = twins.package_twice(brainglobe, case, folder, "brainglobe-v2")
    return theirs / FOLDER, ours / FOLDER


@pytest.fixture(scope="module")
def atlases(folders, brainglobe) -> tuple[Remote, Remote]:
    theirs, ours = (brainglobe.Atlas(str(folder)) for folder in folders)
    return theirs, ours


def test_both_hold_the_same_files(folders):
    theirs, ours = ({p.relative_to(f).as_posix() for p in f.rglob("*")} for f in folders)
    assert ours == theirs
    assert all(folder.with_name(f"{FOLDER}.tar.gz").is_file() for folder in folders)


def test_both_say_the_same_of_themselves(folders):
    theirs, ours = (json.loads((f / "metadata.json").read_text()) for f in folders)
    assert ours == theirs
    assert ours["lab"] == "of nobody"


def test_every_voxel_is_the_same(atlases, case):
    twins.require_same_volumes(*atlases, case, "nissl")


def test_lookups_are_the_same(atlases, case):
    twins.require_same_answers(*atlases, case)


def test_regions_and_their_tree_are_the_same(atlases, folders):
    twins.require_same_regions(*atlases)
    tables = [sorted((f / "structures.csv").read_text().splitlines()) for f in folders]
    assert tables[0] == tables[1]


def test_masks_are_the_same(atlases):
    twins.require_same_masks(*atlases)


def test_meshes_are_the_same_where_theirs_are_right(atlases, case):
    theirs, ours = atlases
    for i in twins.region_ids():
        wanted, faces = twins.surface(case, i)
        points, triangles = twins.mesh(ours, i)
        np.testing.assert_allclose(points, wanted, rtol=0, atol=1e-6)
        np.testing.assert_array_equal(triangles, faces)
        other, others_faces = twins.mesh(theirs, i)
        # Fault of theirs: they leave the faces of a mirrored mesh as they are, looking inwards.
        np.testing.assert_array_equal(others_faces, faces[:, ::-1] if case.mirrors else faces)
        inside = twins.volume_inside(other, others_faces)
        assert (inside < 0) == case.mirrors
        assert twins.volume_inside(points, triangles) > 0
        # Fault of theirs: they flip at the voxel size of one axis times the length of another.
        right = bool(np.abs(other - wanted).max() < 1e-6)
        assert right == case.their_points_are_right


def test_their_validation_is_as_content_with_ours(folders, case, tmp_path):
    said = []
    for folder in folders:
        # By its name they open no package that has an archive of itself beside it.
        alone = tmp_path / folder.parent.name / FOLDER
        shutil.copytree(folder, alone)
        said.append(validated(interpreter("brainglobe"), alone))
    theirs, ours = ({k for k, v in answers.items() if v} for answers in said)
    assert said[0].keys() == said[1].keys()
    assert "open" not in said[0], said
    # Their own check finds the meshes that their own packager has put in a wrong place.
    only_theirs = set() if case.their_points_are_right else {"validate_mesh_matches_image_extents"}
    assert ours == theirs - only_theirs
    assert only_theirs <= theirs


def test_nothing_was_asked_of_the_network(atlases, brainglobe, asked_before):
    assert len(brainglobe.hosts) == asked_before
