"""Packages of atlases and of files, in one call."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import AtlasError, open_atlas
from napari_atlas_explorer.packaging import (
    PackageOptions,
    compare_versions,
    convert_atlas,
    package_files,
)

from .. import packages
from . import handmade

STATED = {
    "name": "handmade_brain",
    "version": "1.0",
    "citation": "unpublished",
    "atlas_link": "https://example.org",
    "species": "Nullus exemplum",
    "orientation": "asr",
    "root_id": 997,
    "symmetric": True,
}


def test_an_atlas_becomes_a_package_of_another_layout(tmp_path):
    atlas = open_atlas(packages.brainglobe_v2(tmp_path / "a"))
    options = PackageOptions("itksnap", resolutions=(200,), meshes="none")
    made = convert_atlas(
        atlas, "brainglobe-v3", tmp_path, metadata=STATED, options=options, checks=()
    )
    fine, coarse = map(open_atlas, made.packages)
    assert np.array_equal(fine.annotation, atlas.annotation)
    assert coarse.resolution == (200, 200, 200)
    with pytest.raises(AtlasError, match="exists"):
        convert_atlas(atlas, "brainglobe-v3", tmp_path, metadata=STATED, checks=())
    again = convert_atlas(
        str(tmp_path / "a"),
        "brainglobe-v3",
        tmp_path,
        metadata=STATED,
        options=options,
        checks=(),
        overwrite=True,
    )
    assert again.packages == made.packages


def test_the_next_version_of_a_package(tmp_path):
    atlas = open_atlas(packages.brainglobe_v2(tmp_path / "a"))
    first = convert_atlas(atlas, "brainglobe-v2", tmp_path, metadata=STATED, checks=())
    old = first.packages[0]
    second = convert_atlas(old, "brainglobe-v2", tmp_path, update=old, checks=())
    new = open_atlas(second.packages[0])
    assert new.metadata["version"] == "1.1"
    assert new.metadata["citation"] == "unpublished"
    difference = compare_versions(open_atlas(old), new)
    assert difference.is_empty
    assert any("1.0" in line and "1.1" in line for line in difference.lines())


def test_the_files_of_a_package_toml_as_the_next_version(tmp_path):
    spec = handmade.ingredients(tmp_path / "in")
    spec.write_text(spec.read_text() + '[options]\ntargets = ["voxelbrain"]\n')
    (first,) = package_files(spec, tmp_path / "first", checks=())
    spec.write_text(spec.read_text().replace('version = "1.0"', ""))
    (second,) = package_files(spec, tmp_path / "next", update=first.packages[0], checks=())
    versions = [open_atlas(m.packages[0]).metadata["version"] for m in (first, second)]
    assert versions == ["1.0", "1.1"]


def test_a_package_toml_is_made_in_each_layout_that_it_names(tmp_path):
    spec = handmade.ingredients(tmp_path / "in")
    spec.write_text(spec.read_text() + '[options]\ntargets = ["brainglobe-v2", "voxelbrain"]\n')
    made = package_files(spec, tmp_path / "out", checks=())
    assert [open_atlas(m.packages[0]).package.layout for m in made] == [
        "BrainGlobe v2",
        "VoxelBrain",
    ]


def test_a_package_toml_without_layouts_is_refused(tmp_path):
    spec = handmade.ingredients(tmp_path / "in")
    with pytest.raises(AtlasError, match="no targets"):
        package_files(spec, tmp_path / "out")
