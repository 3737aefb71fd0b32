"""voxcell's tests that cannot run unchanged, asked of this library in its own words.

The tables in ``tables/`` name for each test of a peer the one here, or elsewhere, that asks the
same.
"""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import (
    Atlas,
    RegionMap,
    ValueToIndexVoxels,
    open_atlas,
    values_to_hemisphere,
)
from napari_atlas_explorer.core.errors import ArgumentError, UnknownRegionError

from .. import packages
from ..refusals import refused


def test_a_hemisphere_of_another_number_is_refused():
    with refused("99", "0, 1 (left) or 2 (right)", by=ArgumentError):
        values_to_hemisphere([2, 1, 1, 99])


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_raveled_without_a_copy_where_their_order_allows(order):
    labels = np.array([[1, 1, 2], [2, 3, 3]], order=order)
    index = ValueToIndexVoxels(labels)
    for other in ("C", "F"):
        values = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], order=other)
        raveled = index.ravel(values)
        unraveled = index.unravel(raveled)
        np.testing.assert_array_equal(unraveled, values)
        assert np.shares_memory(raveled, values) == (order == other)
        assert np.shares_memory(unraveled, raveled)


@pytest.mark.parametrize(
    ("value", "options", "expected"),
    [
        ("A", {}, [True, False, True]),
        ("a", {"ignore_case": True}, [True, False, True]),
        ("A", {"direct_only": True}, [True, False, False]),
        ("aa", {"attr": "name", "ignore_case": True}, [True, False, True]),
        ("aA", {"attr": "name"}, [True, False, True]),
    ],
)
def test_masks_by_attribute(value, options, expected):
    regions = {"id": 1, "acronym": "A", "name": "aA"}
    regions["children"] = [{"id": 2, "acronym": "B", "name": "Bb"}]
    ids = np.array([[[1, 0, 2]]])
    atlas = Atlas.from_arrays(ids, RegionMap.from_dict(regions), 1.0)
    mask = atlas.get_structure_mask(value, **{"attr": "acronym", **options})
    assert mask.raw[0, 0].tolist() == expected
    for unknown in ("a", "aa"):
        with refused(repr(unknown), by=UnknownRegionError):
            atlas.get_structure_mask(unknown, attr="acronym")


def test_a_folder_is_opened_with_its_hierarchy_and_metadata(tmp_path):
    layers = {"names": ["grey"], "queries": ["grey"], "attribute": "acronym"}
    folder = packages.voxelbrain(tmp_path / "release", layers=layers)
    atlas = open_atlas(folder)
    assert atlas.fetch_hierarchy() == folder / "hierarchy.json"
    assert atlas.load_region_map() == RegionMap.load_json(folder / "hierarchy.json")
    assert atlas.metadata["layers"] == layers
    assert atlas.get_layers() == (["grey"], [{8, 315, 549}])
