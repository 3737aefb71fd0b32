"""Spatial search of files: which tracts are skipped, and what is written of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import VoxelData
from napari_atlas_explorer.analysis.spatial_search.request import (
    SearchRequest,
    save_search,
    search,
    search_document,
)

from ...refusals import refused


@pytest.fixture
def density(tmp_path: Path) -> Path:
    """As many voxels as the small atlas, all of them in the range."""
    raw = np.full((4, 5, 6), 0.1, np.float32)
    VoxelData(raw, (10.0, 20.0, 30.0)).save_nrrd(tmp_path / "density.nrrd")
    return tmp_path / "density.nrrd"


def test_regions_are_named_by_acronym_name_or_id_in_digits(small_atlas, density):
    answers = [
        search(SearchRequest(density, "", tracts), small_atlas) for tracts in (["a1"], ["3"], [3])
    ]
    labels = small_atlas.ranks
    rank = small_atlas.region_map.rank("a1")
    assert {answer.tract_ranks for answer in answers} == {(rank,)}
    assert {answer.result.in_tract for answer in answers} == {int(labels.counts[rank])}


def test_a_volume_of_tracts_needs_no_atlas(density, tmp_path):
    mask = np.zeros((4, 5, 6), np.uint8)
    mask[0] = 7
    VoxelData(mask, (10.0, 20.0, 30.0)).save_nrrd(tmp_path / "tracts.nrrd")
    answer = search(SearchRequest(density, "", tmp_path / "tracts.nrrd"), None)
    assert answer.result.in_tract == 30
    assert answer.tracts == "what is not 0 in tracts.nrrd"
    with refused("without an atlas"):
        search(SearchRequest(density, "", ["a1"]), None)


def test_a_layer_is_written_by_its_name_with_the_regions_of_what_was_found(
    small_atlas, density, tmp_path
):
    volume = VoxelData.load_nrrd(density)
    answer = search(SearchRequest(volume, "mine/first", ["A"]), small_atlas)
    save_search(tmp_path / "data.json", answer)
    written = json.loads((tmp_path / "data.json").read_text())["search"]
    assert written == json.loads(json.dumps(search_document(answer)))
    assert written["density"]["layer"] == "mine/first"
    assert sum(region["voxels"] for region in written["regions"]) == len(answer.result.found)


def test_no_region_is_refused(small_atlas, density):
    with refused("no region of the fibre tracts"):
        search(SearchRequest(density, "", [" "]), small_atlas)
