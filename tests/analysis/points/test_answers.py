"""Lookups of many points as a table, against lookups of one."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from napari_atlas_explorer import Atlas, RegionMap, open_atlas
from napari_atlas_explorer.core.errors import ArgumentError

from ... import packages


@pytest.fixture
def atlas(tmp_path):
    return open_atlas(packages.brainglobe_v2(tmp_path / "a"))


@pytest.fixture
def points(atlas):
    low, high = atlas.grid.bbox
    rng = np.random.default_rng(3)
    return rng.uniform(low - 50, high + 50, (300, 3))


def test_each_row_is_what_one_lookup_answers(atlas, points):
    table = atlas.lookup(points)
    assert list(table.columns) == [
        *("id", "acronym", "name", "path", "hemisphere", "border_um", "outside")
    ]
    assert table.outside.any()
    for row, point in zip(table.itertuples(), points, strict=True):
        hit = atlas.at(point)
        assert (row.id, row.acronym, row.name, row.hemisphere, row.outside) == (
            hit.id,
            hit.acronym,
            hit.name,
            hit.hemisphere,
            hit.outside,
        )
        assert row.path == (hit.path or None)
        assert math.isnan(row.border_um) == hit.outside


def test_voxels_are_looked_up_at_their_centers(atlas):
    voxels = np.argwhere(atlas.annotation.raw == 315)
    table = atlas.lookup(voxels, microns=False)
    assert set(table.acronym) == {"Isocortex"}
    # By another way: from voxel centers to the nearest voxel of another region, less half of one.
    distances = ndimage.distance_transform_edt(atlas.annotation.raw == 315)
    near = distances[tuple(voxels.T)] == 1
    assert np.allclose(table.border_um[near], 50)
    assert np.array_equal(atlas.lookup([[4.9, 3.2, 3.7]], microns=False).id, [315])


def test_a_table_keeps_its_index(atlas):
    points = pd.DataFrame({"x": [350.0, 1e9], "y": 350, "z": 350}, index=["first", "second"])
    table = atlas.lookup(points)
    assert table.loc["first", "acronym"] == "Isocortex"
    assert table.loc["second", "outside"]


def test_distances_can_be_left_out(atlas, points):
    table = atlas.lookup(points).drop(columns="border_um")
    assert atlas.lookup(points, border=False).equals(table)


def test_one_point_is_one_row_and_no_point_none(atlas):
    assert len(atlas.lookup((350, 350, 350))) == 1
    assert atlas.lookup(np.zeros((0, 3))).empty


def test_unknown_ids_have_an_id_and_no_name():
    ids = packages.label_ids()
    ids[0, 0, 0] = 12
    atlas = Atlas.from_arrays(ids, RegionMap.from_dict(packages.TREE), 25)
    row = atlas.lookup([(1, 1, 1)]).iloc[0]
    assert (row.id, row.acronym, row["name"], row.path, row.hemisphere) == (12, *[None] * 4)


def test_points_of_another_shape_are_refused(atlas):
    with pytest.raises(ArgumentError, match="positions of shape"):
        atlas.lookup(np.zeros((4, 2)))
