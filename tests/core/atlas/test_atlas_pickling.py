"""Atlases in other processes: pickled by path, or by value where there is no path."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap, open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError

from ... import packages

LARGEST = 10_000
"""Bytes that a pickled atlas may have."""


def send(atlas: Atlas) -> Atlas:
    return pickle.loads(pickle.dumps(atlas))  # noqa: S301 - of our own making


def count_voxels(atlas: Atlas, region: str) -> int:
    return int(atlas.get_structure_mask(region).sum())


@pytest.mark.parametrize("write", [packages.brainglobe_v2, packages.voxelbrain, packages.home_made])
def test_an_opened_atlas_pickles_by_path(tmp_path, write):
    atlas = open_atlas(write(tmp_path / "a"))
    assert atlas.annotation.any()
    assert len(pickle.dumps(atlas)) <= LARGEST
    other = send(atlas)
    assert (other.name, other.shape, other.path) == (atlas.name, atlas.shape, atlas.path)
    assert np.array_equal(other.annotation, atlas.annotation)


def test_what_the_user_stated_is_stated_again(tmp_path):
    folder = packages.home_made(tmp_path / "a")
    atlas = open_atlas(
        folder / "my_labels.tif",
        folder / "regions.csv" if (folder / "regions.csv").exists() else None,
        kind="annotation",
        resolution=(20, 30, 40),
        orientation="asr",
        midline=True,
    )
    other = send(atlas)
    assert other.resolution == (20, 30, 40)
    assert other.orientation == "asr"
    assert other.assumptions == atlas.assumptions
    assert np.array_equal(other.hemispheres, atlas.hemispheres)


def test_a_relative_path_holds_in_another_folder(tmp_path, monkeypatch):
    packages.brainglobe_v2(tmp_path / "a")
    monkeypatch.chdir(tmp_path)
    sent = pickle.dumps(open_atlas("a"))
    monkeypatch.chdir(Path(os.sep))
    assert pickle.loads(sent).at_voxel((3, 3, 3)).acronym == "Isocortex"  # noqa: S301


def test_processes_take_an_atlas_as_an_argument(tmp_path):
    atlas = open_atlas(packages.brainglobe_v2(tmp_path / "a"))
    regions = ["Isocortex", "TH", "root"]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        counts = pool.starmap(count_voxels, [(atlas, region) for region in regions])
    assert counts == [count_voxels(atlas, region) for region in regions]


def test_a_deep_copy_is_another_atlas_of_the_same_file(tmp_path):
    atlas = open_atlas(packages.brainglobe_v2(tmp_path / "a"))
    other = copy.deepcopy({"atlas": atlas})["atlas"]
    assert other is not atlas
    assert np.array_equal(other.annotation, atlas.annotation)


def test_a_file_that_is_gone_is_said_in_one_line(tmp_path):
    folder = packages.brainglobe_v2(tmp_path / "a")
    sent = pickle.dumps(open_atlas(folder))
    folder.rename(tmp_path / "b")
    with pytest.raises(AtlasFileError, match="there is no such file"):
        pickle.loads(sent)  # noqa: S301


def test_an_atlas_of_arrays_pickles_its_arrays():
    ids = packages.label_ids()
    sides = np.where(np.arange(ids.shape[2]) < 4, 1, 2).astype(np.uint8) * np.ones_like(ids, "u1")
    atlas = Atlas.from_arrays(
        ids, RegionMap.from_dict(packages.TREE), 25, packages.image(), sides, "asr"
    )
    other = send(atlas)
    assert np.array_equal(other.annotation, ids)
    assert np.array_equal(other.reference, atlas.reference)
    assert np.array_equal(other.hemispheres, sides)
    assert other.orientation == "asr"
    assert other.region_map.path("TH") == ["root", "grey", "TH"]


def test_what_was_made_of_an_atlas_pickles_its_arrays(tmp_path):
    atlas = open_atlas(packages.brainglobe_v2(tmp_path / "a"))
    for made in (atlas.remove_unassigned(), atlas.downsample(200)):
        other = send(made)
        assert other.shape == made.shape
        assert list(other.region_map) == list(made.region_map)
        assert np.array_equal(other.annotation, made.annotation)
        assert np.array_equal(other.reference, made.reference)
