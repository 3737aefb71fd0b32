"""Volumes and tables find each other by what they hold, not by their names."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas

from ... import packages


@pytest.fixture
def folder(tmp_path):
    """Names that say nothing, or the wrong thing."""
    ids = packages.label_ids((24, 20, 22))
    sides = np.where(np.arange(22) < 11, 1, 2).astype(np.uint8) * (ids > 0).astype(np.uint8)
    packages.write_tiff(tmp_path / "a.tif", packages.image((24, 20, 22)))
    packages.write_tiff(tmp_path / "b.tif", ids)
    packages.write_tiff(tmp_path / "c.tif", sides)
    packages.write_tiff(tmp_path / "d.tif", (ids == 315).astype(np.uint8))
    (tmp_path / "1.json").write_text(json.dumps({"id": 70, "name": "other atlas", "children": []}))
    (tmp_path / "z.csv").write_text("id,name\n315,cortex\n549,thalamus\n614454277,white matter\n")
    return tmp_path


def test_each_file_is_taken_for_what_it_holds(folder):
    atlas = open_atlas(folder)
    assert atlas.package.annotation == "b"
    assert atlas.metadata["hierarchy"] == "z.csv"  # not 1.json, which is looked at first
    assert atlas.package.reference == "a"
    assert atlas.package.hemispheres == "c"
    kinds = {name: d.kind for name, d in atlas.package.datasets.items()}
    assert kinds == {"a": "image", "b": "annotation", "c": "hemispheres", "d": "mask"}
    assert atlas.hemisphere_from_coords((7, 5, 5), as_string=True) == "left"


def test_of_two_tables_the_one_that_knows_more_ids_is_taken(folder):
    (folder / "a.csv").write_text("id,name\n315,one\n549,two\n")
    assert open_atlas(folder).metadata["hierarchy"] == "z.csv"


def test_a_table_of_ones_own_choice_wins(folder, tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("id,name\n315,one\n549,two\n")
    atlas = open_atlas(folder, region_map=table)
    assert atlas.region_map.get(315, "name") == "one"
    assert atlas.ranks.unknown_ids.tolist() == [614454277]
