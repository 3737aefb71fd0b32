"""Hemispheres by the names of regions, as FreeSurfer, the HCP, AAL and tables write them."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.regions.named_hemispheres import (
    hemisphere_in_name,
    hemispheres_by_id,
    paint_hemispheres,
)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Left-Cerebral-Cortex", 1),
        ("ctx-rh-cuneus", 2),
        ("lh.V1", 1),
        ("L_V1", 1),
        ("R_MST_ROI", 2),
        ("Precentral_L", 1),
        ("Precentral_R", 2),
        ("Hippocampus (right)", 2),
        ("Visceral nerves, left", 1),
        ("amygdala right", 2),
        ("Lateral nucleus", 0),
        ("Rostral area", 0),
        ("Layer 4", 0),
        ("inner", 0),
        ("Brain-Stem", 0),
        ("left", 0),
    ],
)
def test_a_word_for_a_side_stands_at_an_end(name, number):
    parsed = hemisphere_in_name(name)
    assert (parsed[0] if parsed else 0) == number


def flat(*names, **more):
    return RegionMap.flat(
        [{"id": k, "name": name, **more} for k, name in enumerate(names, 1)], "all"
    )


def test_all_regions_have_to_state_it():
    assert hemispheres_by_id(flat("L_V1", "R_V1", "L_V2")) == {1: 1, 2: 2, 3: 1}
    assert hemispheres_by_id(flat("L_V1", "R_V1", "Brain stem")) is None
    assert hemispheres_by_id(flat("L_V1", "L_V2")) is None


def test_a_column_of_the_table_states_it_too():
    rows = [
        {"id": 7, "name": "amygdala", "hemisphere": "left"},
        {"id": 9, "name": "amygdala", "hemisphere": "right"},
        {"id": 11, "name": "third ventricle"},
    ]
    assert hemispheres_by_id(RegionMap.flat(rows, "all")) == {7: 1, 9: 2}


def test_regions_above_need_no_side():
    rows = [
        {"id": 1, "name": "cortex"},
        {"id": 2, "name": "Left-cortex", "parent_structure_id": 1},
        {"id": 3, "name": "Right-cortex", "parent_structure_id": 1},
    ]
    assert hemispheres_by_id(RegionMap.from_structures(rows)) == {2: 1, 3: 2}


def test_voxels_are_painted_by_their_id():
    ids = np.array([[0, 7], [9, 8]])
    assert paint_hemispheres(ids, {7: 1, 9: 2}).tolist() == [[0, 1], [2, 0]]
