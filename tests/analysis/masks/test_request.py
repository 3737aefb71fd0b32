"""Masks of expressions, in one call."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import AtlasError, ROIMask, open_atlas
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.masks import apply_steps, query_mask

from ... import packages


@pytest.fixture
def atlas(tmp_path):
    return open_atlas(packages.brainglobe_v2(tmp_path / "a"))


def test_an_expression_is_a_mask(atlas):
    mask = query_mask(atlas, "grey - TH")
    assert isinstance(mask, ROIMask)
    assert np.array_equal(mask, atlas.annotation.raw == 315)
    left = query_mask(atlas, "grey - TH", "left")
    assert np.array_equal(left, mask.raw & (atlas.hemispheres == 1))


def test_steps_follow_one_another(atlas):
    grown = query_mask(atlas, "TH", steps=[("grow", 100), "fill"])
    mask = query_mask(atlas, "TH")
    assert np.array_equal(grown, apply_steps(apply_steps(mask, [("grow", 100)]), "fill"))
    assert grown.raw.sum() > mask.raw.sum()


def test_nothing_and_nonsense_are_refused(atlas):
    with pytest.raises(AtlasError, match="no voxel"):
        query_mask(atlas, "TH", steps=[("shrink", 1e6)])
    with pytest.raises(AtlasError, match="step 'melt'"):
        query_mask(atlas, "TH", steps=["melt"])
    with pytest.raises(ArgumentError, match="grow by None"):
        query_mask(atlas, "TH", steps=["grow"])
    with pytest.raises(AtlasError, match="Thalamos"):
        query_mask(atlas, "Thalamos")
