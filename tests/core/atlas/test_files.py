"""Files of an atlas's package."""

from __future__ import annotations

import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import ArgumentError

from ... import made_up
from ...refusals import refused


@pytest.fixture
def folder(tmp_path):
    return made_up.write_voxelbrain(tmp_path / "package")


def test_files_of_a_package_have_paths(folder):
    atlas = open_atlas(folder)
    assert atlas.fetch_data("orientation") == folder / "orientation.nrrd"
    assert atlas.fetch_data(data_type="brain_regions") == folder / "brain_regions.nrrd"
    assert atlas.fetch_hierarchy() == folder / "hierarchy.json"
    with refused("'density'", "brain_regions", by=ArgumentError):
        atlas.fetch_data("density")


def test_arrays_in_memory_are_in_no_file(small_atlas):
    with refused("annotation", "in memory", by=ArgumentError):
        small_atlas.fetch_data("annotation")
    with refused("no file", by=ArgumentError):
        small_atlas.fetch_hierarchy()
