"""`atlas-explorer compare`."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from napari_atlas_explorer import VoxelData

from ..packages import write_tiff
from ..qa import broken


@pytest.fixture
def pair(tmp_path):
    """The hand-made brain, and one in which 3 voxels of cortex are thalamus and 2 are gone."""
    first = broken.sound_package(tmp_path / "a")
    second = broken.sound_package(tmp_path / "b")
    ids = broken.annotation().copy()
    cortex = np.argwhere(ids == 315)
    for index in cortex[:3]:
        ids[tuple(index)] = 549
    for index in cortex[3:5]:
        ids[tuple(index)] = 0
    write_tiff(second / "annotation.tiff", ids)
    return first, second, ids


def test_it_counts_where_they_disagree(run, pair, tmp_path):
    first, second, ids = pair
    answer = run("compare", first, second, "--map", tmp_path / "m.nrrd", "-o", tmp_path / "t.csv")
    assert answer.code == 0, answer.err
    assert "another region" in answer.out
    assert "3 voxels" in answer.out
    found = VoxelData.load_nrrd(tmp_path / "m.nrrd").raw
    assert np.array_equal(found > 0, ids != broken.annotation())
    assert sorted(found[found > 0].tolist()) == [1, 1, 1, 2, 2]
    table = pd.read_csv(tmp_path / "t.csv").set_index("acronym")
    voxel = 0.1**3
    assert table.loc["TH", "difference_mm3"] == pytest.approx(3 * voxel)
    assert table.loc["CTX", "difference_mm3"] == pytest.approx(-5 * voxel)
    assert table.loc["grey", "difference_mm3"] == pytest.approx(-2 * voxel)
    assert table.loc["cc", "dice"] == pytest.approx(1)


def test_json_is_one_object(run, pair):
    first, second, _ = pair
    answer = json.loads(run("compare", first, second, "--json").out)
    assert answer["voxels"]["another region"] == 3
    assert {row["acronym"] for row in answer["regions"]} == {a for a, _ in broken.NAMES.values()}


def test_a_point_in_both(run, pair):
    first, second, ids = pair
    index = np.argwhere((ids == 549) & (broken.annotation() == 315))[0]
    place = [str(v) for v in (index + 0.5) * 100]
    answer = run("compare", first, second, "--at", *place)
    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert "CTX (315)" in lines[0]
    assert "TH (549)" in lines[1]
    stated = json.loads(run("compare", first, second, "--at", *place, "--json").out)
    assert (stated["same"], stated["second"]["id"]) == (False, 549)


def test_what_cannot_be_compared_is_refused(run, pair, package):
    first, _, _ = pair
    answer = run("compare", first, package)
    assert answer.code == 2
    assert "one space" in answer.err
    assert run("compare", first, first, "-o", "table.txt").code == 2


def test_arrays_are_compared_as_they_lie_if_asked(run, pair, tmp_path):
    first, second, ids = pair
    path = second / "metadata.json"
    metadata = json.loads(path.read_text())
    path.write_text(json.dumps({**metadata, "orientation": "asl"}))
    changed = ids != broken.annotation()
    for words, expected in (((), changed[:, :, ::-1]), (("--arrays",), changed)):
        target = tmp_path / f"{len(words)}.nrrd"
        assert run("compare", first, second, *words, "--map", target).code == 0
        assert np.array_equal(VoxelData.load_nrrd(target).raw > 0, expected)
