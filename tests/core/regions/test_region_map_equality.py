"""Equal hierarchies, and hierarchies of tables."""

from __future__ import annotations

import pandas as pd
import pytest

from napari_atlas_explorer import RegionMap

from ... import packages


def test_hierarchies_of_the_same_rows_are_equal():
    one, other = (RegionMap.from_dict(packages.TREE) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert {one: 1}[other] == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows[2].update(name="another"),
        lambda rows: rows[3].update(structure_id_path=[997, 549]),
        lambda rows: rows.pop(),
        lambda rows: rows[2].update(extra=1),
    ],
    ids=["name", "parent", "region", "attribute"],
)
def test_any_difference_makes_them_different(change):
    rows = packages.structures()
    change(rows)
    assert RegionMap.from_structures(rows) != RegionMap.from_structures(packages.structures())


def test_a_table_of_structures_is_what_its_records_are():
    rows = packages.structures()
    assert RegionMap.from_structures(pd.DataFrame(rows)) == RegionMap.from_structures(rows)
    by_id = pd.DataFrame(rows).set_index("id")
    assert RegionMap.from_structures(by_id) == RegionMap.from_structures(rows)


def test_empty_cells_of_a_table_are_attributes_that_a_region_lacks():
    table = pd.DataFrame(
        {
            "id": [997, 8, 315],
            "acronym": ["root", "grey", None],
            "parent_structure_id": [float("nan"), 997, 8],  # floats beside an empty cell
            "layer": pd.array([None, None, 2], dtype="Int64"),
        }
    )
    regions = RegionMap.from_structures(table)
    assert regions.path(315) == ["root", "grey", "315"]
    assert regions.row(315)["layer"] == 2
    assert "layer" not in regions.row(997)


def test_a_hierarchy_is_no_other_thing():
    regions = RegionMap.from_dict(packages.TREE)
    assert regions != "regions"
    assert regions != regions.as_dict()
