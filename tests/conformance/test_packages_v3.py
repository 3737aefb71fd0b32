"""A v3 package of ours and BrainGlobe's own of the same ingredients answer alike."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer.packaging.package_atlas import package_atlas

from . import twins
from .peers import Remote, interpreter, require
from .test_brainglobe_validation import theirs as validated

require("brainglobe3")
pytestmark = pytest.mark.conformance

ROOT = "brainglobe-atlasapi"
MANIFEST = "atlases/handmade_brain_100um/3_0/manifest.json"
TERMS = "terminologies/handmade_brain-terminology/3_0/terminology.csv"
SPACE = "coordinate-spaces/handmade_brain-space/3_0/manifest.json"
MESHES = "annotation-sets/handmade_brain-annotation/3_0/annotations.precomputed"
STEPS = 2**16 - 1
"""Places along the longest side of a mesh that Draco tells apart, in both."""


@pytest.fixture(scope="module", params=twins.CASES, ids=lambda case: case.name)
def case(request) -> twins.Case:
    return request.param


@pytest.fixture(scope="module")
def folders(case, brainglobe3, tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("twins")
    theirs, ours = twins.package_twice(brainglobe3, case, folder, "brainglobe-v3")
    return theirs / ROOT, ours / ROOT


@pytest.fixture(scope="module")
def atlases(folders, brainglobe3) -> tuple[Remote, Remote]:
    theirs, ours = (brainglobe3.Atlas(str(folder / MANIFEST)) for folder in folders)
    return theirs, ours


def test_both_say_the_same_of_themselves(folders):
    for name in (MANIFEST, SPACE, f"{MESHES}/segment_properties/info"):
        theirs, ours = (json.loads((f / name).read_text()) for f in folders)
        if "inline" in ours:
            for one in (theirs, ours):
                labels = one["inline"]["properties"][0].pop("values")
                one["inline"]["ids"] = sorted(zip(one["inline"]["ids"], labels, strict=True))
        assert ours == theirs


def test_both_lay_the_levels_out_alike(folders):
    for path in sorted(folders[0].rglob("*.ome.zarr")):
        twin = folders[1] / path.relative_to(folders[0])
        theirs, ours = (
            json.loads((p / "zarr.json").read_text())["attributes"]["ome"]["multiscales"][0]
            for p in (path, twin)
        )
        assert ours["axes"] == theirs["axes"]
        assert len(ours["datasets"]) == len(theirs["datasets"])
        for mine, other in zip(ours["datasets"], theirs["datasets"], strict=True):
            assert mine["path"] == other["path"]
            for a, b in zip(
                mine["coordinateTransformations"], other["coordinateTransformations"], strict=True
            ):
                assert a["type"] == b["type"]
                np.testing.assert_allclose(a[a["type"]], b[b["type"]], rtol=0, atol=1e-9)


def test_the_tables_of_regions_are_the_same(folders):
    tables = []
    for folder in folders:
        with (folder / TERMS).open(newline="", encoding="utf-8") as stream:
            tables.append(sorted(csv.DictReader(stream), key=lambda row: int(row["identifier"])))
    assert tables[0] == tables[1]


def test_every_voxel_is_the_same(atlases, case):
    twins.require_same_volumes(*atlases, case, "handmade_brain-nissl-template")


def test_lookups_are_the_same(atlases, case):
    twins.require_same_answers(*atlases, case)


def test_regions_and_their_tree_are_the_same(atlases):
    twins.require_same_regions(*atlases)


def test_every_other_call_of_the_api_is_answered_alike(atlases):
    theirs, ours = atlases
    for name in ("metadata", "orientation", "resolution", "shape", "shape_um"):
        assert getattr(ours, name) == getattr(theirs, name)
    for name in ("left_hemisphere_value", "right_hemisphere_value"):
        assert getattr(ours, name) == getattr(theirs, name)
    tables = [sorted(zip(*a.lookup_df.to_dict("list").values(), strict=True)) for a in atlases]
    assert tables[0] == tables[1]
    for level in (0, 1, None):
        found = [sorted(a.get_structures_at_hierarchy_level("root", level)) for a in atlases]
        assert found[0] == found[1]
    meshes = [len(a.root_mesh().points) for a in atlases]
    assert meshes[0] == meshes[1] > 0
    files = [a.root_meshfile().name for a in atlases]
    assert files[0] == files[1]


def test_masks_are_the_same(atlases):
    twins.require_same_masks(*atlases)


def test_meshes_are_the_same_where_theirs_are_right(atlases, case):
    theirs, ours = atlases
    for i in twins.region_ids():
        wanted, faces = twins.surface(case, i)
        # Half a step of Draco's, and half a nm, to which its points are rounded.
        tolerance = np.ptp(wanted, axis=0).max() / STEPS / 2 + 1.1e-3
        points, triangles = twins.mesh(ours, i)
        assert len(points) == len(wanted)
        assert corners(points, triangles) == pytest.approx(corners(wanted, faces), abs=tolerance)
        other, others_faces = twins.mesh(theirs, i)
        # Fault of theirs: the faces of a mirrored mesh are left as they are, looking inwards.
        assert (twins.volume_inside(other, others_faces) < 0) == case.mirrors
        assert twins.volume_inside(points, triangles) > 0
        # Fault of theirs: they flip at the voxel size of one axis times the length of another.
        extents = np.array([other.min(axis=0), other.max(axis=0)])
        right = np.abs(extents - [wanted.min(axis=0), wanted.max(axis=0)]).max() <= tolerance
        assert right == case.their_points_are_right
        if right:
            others_faces = others_faces[:, ::-1] if case.mirrors else others_faces
            assert corners(other, others_faces) == pytest.approx(
                corners(wanted, faces), abs=tolerance
            )


def corners(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Corners of every triangle, each begun at its lowest: Draco may turn and sort them."""
    found = points[faces]
    first = np.array([np.lexsort(np.round(t, 0).T[::-1])[0] for t in found])
    turned = np.stack([found[np.arange(len(found)), (first + k) % 3] for k in range(3)], axis=1)
    flat = turned.reshape(len(found), 9)
    return flat[np.lexsort(np.round(flat, 0).T[::-1])]


def test_their_validation_is_as_content_with_ours(folders, case):
    said = [
        validated(interpreter("brainglobe3"), folder.parent / "handmade_brain_100um")
        for folder in folders
    ]
    theirs, ours = ({k for k, v in answers.items() if v} for answers in said)
    assert said[0].keys() == said[1].keys()
    assert "open" not in said[0], said
    only_theirs = set() if case.their_points_are_right else {"validate_mesh_matches_image_extents"}
    assert ours == theirs - only_theirs
    assert only_theirs <= theirs


CLOUD_VOLUME = """
import sys
import numpy as np
from cloudvolume import CloudVolume
volume = CloudVolume("file://" + sys.argv[1], progress=False)
np.save(sys.argv[2], np.asarray(volume[:])[..., 0])
print(list(map(float, volume.resolution)))
"""


def test_neuroglancers_volume_is_what_cloudvolume_reads(folders, case, tmp_path):
    environment = {**os.environ, "HOME": str(tmp_path)}
    python, target = interpreter("brainglobe3"), tmp_path / "volume.npy"
    for folder in folders:
        answer = subprocess.run(
            [python, "-c", CLOUD_VOLUME, folder / MESHES, target],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )
        assert json.loads(answer.stdout) == [1000 * r for r in case.resolution[::-1]]
        found = np.load(target)
        np.testing.assert_array_equal(found.transpose(2, 1, 0), twins.annotation())


def test_stacks_of_two_resolutions_are_kept_alike(brainglobe3, tmp_path):
    given = twins.arguments(twins.CASES[0], tmp_path / "ingredients")
    for name in ("reference_stack", "annotation_stack", "hemispheres_stack"):
        fine = given[name]
        given[name] = [fine, np.ascontiguousarray(fine[1::2, ::2, ::2])]
    nissl = given["additional_references"]["nissl"]
    given["additional_references"] = {"nissl": [nissl, np.ascontiguousarray(nissl[::2, ::2, ::2])]}
    given["resolution"] = [(100, 100, 100), (200, 200, 200)]
    (tmp_path / "theirs").mkdir()
    brainglobe3.wrap_up(**given, working_dir=str(tmp_path / "theirs"))
    package_atlas(**given, working_dir=tmp_path / "ours", target="brainglobe-v3")
    for size in (100, 200):
        manifest = MANIFEST.replace("100", str(size))
        theirs, ours = (
            brainglobe3.Atlas(str(tmp_path / name / ROOT / manifest)) for name in ("theirs", "ours")
        )
        assert ours.metadata == theirs.metadata
        for name in ("annotation", "template", "hemispheres"):
            np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
        other = "handmade_brain-nissl-template"
        np.testing.assert_array_equal(
            ours.additional_references[other], theirs.additional_references[other]
        )


def test_nothing_was_asked_of_the_network(atlases, brainglobe3):
    assert brainglobe3.list(brainglobe3.hosts) == []
