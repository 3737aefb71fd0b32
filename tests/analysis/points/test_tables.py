"""Points of a file in an atlas's space, by what the caller states in Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.atlas.atlas import Atlas
from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError
from napari_atlas_explorer.points import count_by_region, read_points

from ...made_up import write_brainglobe
from ...refusals import refused


@pytest.fixture
def atlas(tmp_path: Path) -> Atlas:
    """A package of 50 µm."""
    return open_atlas(write_brainglobe(tmp_path / "made_up_50um_v1.0"))


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    """One cell, in columns whose names state nothing, with a value."""
    path = tmp_path / "cells.csv"
    path.write_text("c,a,b,weight\n0.275,0.525,0.375,2.5\n")
    return path


def test_units_and_columns_that_are_stated(atlas, cells, tmp_path):
    table = read_points(cells, atlas, columns=["a", "b", "c"], unit="mm", value="weight")
    np.testing.assert_allclose(table.positions, [[525, 375, 275]])
    assert table.values.tolist() == [2.5]
    assert (table.columns, table.path) == (("a", "b", "c"), cells)
    assert table.describe() == "columns a, b, c as x, y, z in mm"
    expected = atlas.lookup([[525, 375, 275]])["acronym"].tolist()
    assert atlas.lookup(table.positions)["acronym"].tolist() == expected
    assert count_by_region(atlas, table.positions)["direct"].sum() == 1


def test_voxels_of_a_size(atlas, tmp_path):
    np.save(tmp_path / "cells.npy", [[10, 7, 5]])
    corner = read_points(
        str(tmp_path / "cells.npy"),
        atlas,
        columns=[0, 1, 2],
        unit="voxel",
        voxel_size=25,
        integer_is="corner",
    )
    np.testing.assert_allclose(corner.positions, [[250, 175, 125]])
    own = read_points(tmp_path / "cells.npy", atlas, columns=[0, 1, 2], unit="voxel")
    np.testing.assert_allclose(own.positions, [[525, 375, 275]])


def test_what_is_not_stated_is_refused_in_words_of_python(atlas, cells):
    with refused("cells.csv", "columns=A,B,C", by=AtlasFileError):
        read_points(cells, atlas)
    with refused("unit=um, unit=mm or unit=voxel", by=AtlasFileError):
        read_points(cells, atlas, columns=["a", "b", "c"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"unit": "inch"}, "unit is 'inch'; expected one of um, mm, voxel"),
        ({"integer_is": "middle", "unit": "voxel"}, "integer_is is 'middle'"),
        ({"voxel_size": 25}, "voxel_size without unit=voxel"),
        ({"voxel_size": -1, "unit": "voxel"}, "voxel_size is -1"),
        ({"voxel_size": "wide", "unit": "voxel"}, "voxel_size is 'wide'"),
        ({"voxel_size": [1, 2], "unit": "voxel"}, "voxel_size is [1, 2]"),
        ({"columns": ["a", "b"]}, "columns is ['a', 'b']; expected a list of three"),
        ({"columns": "abc"}, "columns is 'abc'"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(atlas, cells, arguments, words):
    with refused(words, by=ArgumentError):
        read_points(cells, atlas, **arguments)
