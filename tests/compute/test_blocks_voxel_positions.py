"""Positions of voxels, slab by slab."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.compute.blocks import positions_where


@pytest.mark.parametrize("slab_bytes", [1, 200, 1 << 27])
@pytest.mark.parametrize("shape", [(7, 4, 5), (1, 1, 9), (3, 0, 2), (6,)])
def test_positions_are_those_of_the_whole_volume(slab_bytes, shape, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", str(slab_bytes))
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 3, (2, *shape))
    found = positions_where(lambda x, y: x > y, a, b)
    assert found.dtype == np.int64
    assert found.tolist() == np.flatnonzero(a > b).tolist()
