"""A list's numbers, given to regions."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.regions.listed_values import listed_values
from tests.made_up import STRUCTURES, annotation


@pytest.fixture
def labels():
    rows = [
        {"id": i, "acronym": a, "name": n, "structure_id_path": p} for i, a, n, p, _ in STRUCTURES
    ]
    return Atlas.from_arrays(annotation(), RegionMap.from_structures(rows), 50).ranks


def by_acronym(labels, values) -> dict[str, float]:
    regions = labels.region_map
    return {regions.acronym_of_rank(k): values[k] for k in range(1, len(regions) + 1)}


def test_ids_acronyms_and_names_all_name_regions(labels) -> None:
    found = listed_values(
        labels, ["", "", "5", "6.0"], ["CTX", "Visual areas", "?", ""], [1, 2, 3, np.nan]
    )
    assert found.unknown == ()
    values = by_acronym(labels, found.values)
    assert [values[a] for a in ("CTX", "VIS", "TH")] == [1, 2, 3]
    listed = by_acronym(labels, found.listed)
    assert [a for a, on in listed.items() if on] == ["CTX", "VIS", "TH", "HY"]


def test_a_region_that_is_not_listed_takes_the_nearest_ancestors_number(labels) -> None:
    found = listed_values(labels, [""] * 3, ["root", "CTX", "VIS1"], [7, np.nan, 1])
    filled = by_acronym(labels, found.filled_down())
    # CTX is listed without a number: nothing for VIS below it, and not the root's either.
    assert filled["root"] == filled["TH"] == filled["HY"] == 7
    assert filled["VIS1"] == 1
    assert np.isnan([filled["CTX"], filled["VIS"]]).all()


def test_what_is_not_in_the_atlas_is_reported_and_what_is_no_region_is_not(labels) -> None:
    ids = ["0", "", "99", "", "x"]
    found = listed_values(labels, ids, ["unannotated", "outside", "n", "VISX", "TH"], range(5))
    assert found.unknown == ("99", "VISX", "x")
    assert not found.listed.any()


def test_a_region_in_two_rows_is_refused(labels) -> None:
    with pytest.raises(ArgumentError, match="TH stands in two rows"):
        listed_values(labels, ["5", ""], ["TH", "TH"], [1, 2])
