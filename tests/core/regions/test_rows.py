"""Hierarchies that state a parent wrongly or twice, and what is noted of them."""

from __future__ import annotations

import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.errors import HierarchyError

from ...refusals import refused


def rows(**paths):
    """Rows with the acronyms, ids and paths given: ``A_5="/1/5/"``."""
    return [
        {"id": int(key.split("_")[1]), "acronym": key.split("_")[0], "structure_id_path": path}
        for key, path in paths.items()
    ]


SOUND = {"root_1": "/1/", "BF_10": "/1/10/", "CB_20": "/1/20/", "VDB_33": "/1/10/33/"}


@pytest.mark.parametrize(
    ("path", "parent"),
    [
        ("/1/20/35/", 20),  # an id that no row has in the place of its own
        ("/1/20/35/69/", 20),  # an id that no row has above it
        ("/1/20/33/", 20),  # another region's id in the place of its own
        ("/1/20/", 20),  # the region itself is left out
        ("/1/10/33/", 33),
    ],
)
def test_the_nearest_region_of_a_damaged_path_is_the_parent(path, parent):
    regions = RegionMap.from_structures(rows(**SOUND, Lat_69=path))
    assert regions.ids[regions.parent_ranks[regions.rank(69)]] == parent
    assert len(regions.notes) == 1
    assert "Lat (id 69)" in regions.notes[0]


def test_a_known_parent_wins_over_a_damaged_path():
    damaged = rows(**SOUND, Lat_69="/1/20/35/")
    damaged[-1]["parent_structure_id"] = 10
    regions = RegionMap.from_structures(damaged)
    assert regions.ids[regions.parent_ranks[regions.rank(69)]] == 10
    assert "Lat (id 69)" in regions.notes[0]


def test_a_sound_hierarchy_has_no_notes():
    regions = RegionMap.from_structures(rows(**SOUND))
    assert regions.notes == regions.ambiguities == ()


def nested(region_id, acronym, *children):
    return {"id": region_id, "acronym": acronym, "name": acronym, "children": list(children)}


def test_a_region_below_two_parents_is_taken_below_the_first_with_all_below_it():
    shared = nested(33, "HA", nested(34, "HA1"))
    tree = nested(1, "root", nested(10, "VIS", shared), nested(20, "DESC", shared, nested(69, "X")))
    regions = RegionMap.from_dict(tree)
    assert list(regions) == [1, 10, 33, 34, 20, 69]
    assert regions.parent_ranks.tolist() == [0, 0, 1, 2, 3, 1, 5]
    assert regions.notes == (
        "HA (id 33) is listed below VIS (id 10) and DESC (id 20): it is taken below the first",
    )


def test_two_regions_with_one_id_are_refused():
    tree = nested(1, "root", nested(10, "VIS", nested(33, "HA")), nested(20, "D", nested(33, "X")))
    with refused("33", "twice", by=HierarchyError):
        RegionMap.from_dict(tree)


def test_an_acronym_of_two_regions_is_noted():
    tree = nested(1, "root", nested(10, "VIS", nested(33, "HA")), nested(20, "D", nested(69, "HA")))
    (note,) = RegionMap.from_dict(tree).ambiguities
    assert "HA (33, 69)" in note


@pytest.mark.parametrize("flat", [True, False])
def test_several_roots_are_noted(flat):
    if flat:
        regions = RegionMap.from_structures(rows(**SOUND, UNA_46="/46/"))
    else:
        regions = RegionMap.from_dict(
            {"msg": [nested(1, "root", nested(2, "A")), nested(46, "UNA")]}
        )
    (note,) = regions.ambiguities
    assert "root (id 1), UNA (id 46)" in note


def test_the_one_parent_without_a_row_is_the_root():
    regions = RegionMap.from_structures(
        [{"id": 1, "parent_structure_id": 997}, {"id": 2, "parent_structure_id": 997}]
    )
    assert list(regions) == [997, 1, 2]
    assert "997" in regions.notes[0]


def test_two_parents_without_rows_are_refused():
    with refused("997", by=HierarchyError):
        RegionMap.from_structures(
            [{"id": 1, "parent_structure_id": 997}, {"id": 2, "parent_structure_id": 998}]
        )
