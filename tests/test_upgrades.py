"""Files that version 0.1 wrote open in this one, and mean what they meant.

The files in ``upgrades/`` are those of 0.1 and are never written again: a later format keeps
reading them, or its reader turns them into its own.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import Atlas
from napari_atlas_explorer.atlases.sample import sample_atlas
from napari_atlas_explorer.core.mask_recipe import mask_sha256
from napari_atlas_explorer.masks import make_mask, query_mask, read_recipes
from napari_atlas_explorer.qa.config import read_config
from napari_atlas_explorer.qa.registry import CHECKS, THRESHOLDS
from napari_atlas_explorer.viewer.session_file import (
    SavedSession,
    read_session,
    selection_of,
    view_state,
)

FILES = Path(__file__).parent / "upgrades"


@pytest.fixture(scope="module")
def sample() -> Atlas:
    return sample_atlas()


@pytest.fixture(scope="module")
def session() -> SavedSession:
    return read_session(FILES / "session-0.1.json")


def test_the_mask_of_a_recipe_of_0_1_has_the_same_voxels(sample):
    (recipe,) = read_recipes(FILES / "mask-0.1.recipe.json")
    assert recipe.query == "left:CA3 + CA1"
    assert [(step.name, step.micrometers) for step in recipe.operations] == [("grow", 120.0)]
    assert mask_sha256(make_mask(sample, recipe).raw) == recipe.mask_sha256


def test_a_session_of_0_1_shows_what_it_showed(sample, session):
    assert session.atlas_name == sample.name
    assert session.annotation_sha256 == sample.ranks.sha256
    selected = selection_of(sample.ranks, session.selected).mask(sample.hemisphere_rule)
    np.testing.assert_array_equal(selected, query_mask(sample, "left:CA3 + CA1").raw)
    named = selection_of(sample.ranks, session.sets["mine"]).mask(sample.hemisphere_rule)
    np.testing.assert_array_equal(named, sample.get_structure_mask("CTX").raw)
    state = view_state(sample.ranks, session)
    hidden = {sample.region_map.acronym_of_rank(int(k)) for k in np.flatnonzero(~state.shown) if k}
    assert hidden == set(sample.get_structure_descendants("TH")) | {"TH"}
    assert (state.depth, state.hemisphere) == (5, None)
    assert session.page == "Table"
    assert session.camera["point"] == [6630.0, 2490.0, 3330.0]


def test_a_mask_in_a_session_of_0_1_keeps_its_recipe_and_what_was_painted(sample, session):
    (mask,) = session.masks
    assert mask.name == "CA"
    assert mask.recipe == read_recipes(FILES / "mask-0.1.recipe.json")[0]
    assert not mask.painted.values(sample.shape).any()


def test_settings_of_checks_of_0_1_hold():
    config = read_config(FILES / "qa-0.1.toml", CHECKS, THRESHOLDS)
    assert config.limits["fragment_share"] == 0.5
    assert config.severities == {
        "hierarchy-non-leaf-voxels": "warning",
        "label-id-limit": "off",
    }
    assert [known.code for known in config.known] == ["mesh-missing", "package-file-missing"]
    assert [named.name for named in config.sets] == ["summary structures"]
