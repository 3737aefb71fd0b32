"""Sizes and places of all regions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from napari_atlas_explorer import Atlas, RegionMap
from napari_atlas_explorer.core.space.hemispheres import HemispherePlane


def naive_rows(atlas: Atlas, ids: np.ndarray, sides: np.ndarray) -> dict[int, dict[str, object]]:
    """Count region by region, voxel by voxel, with sets of ids from the plain tree."""
    rows = {}
    for region_id in atlas.region_map:
        below = {region_id}
        grown = True
        while grown:
            kids = {
                i
                for i in atlas.region_map
                if atlas.structures[i]["structure_id_path"][-2:-1]
                and atlas.structures[i]["structure_id_path"][-2] in below
            }
            grown = not kids <= below
            below |= kids
        mask = np.isin(ids, list(below))
        voxels = np.argwhere(mask)
        rows[region_id] = {
            "direct": int((ids == region_id).sum()),
            "total": len(voxels),
            "left": int((mask & (sides == 1)).sum()),
            "right": int((mask & (sides == 2)).sum()),
            "centroid": (voxels + 0.5).mean(axis=0) * atlas.resolution if len(voxels) else None,
            "box": (voxels.min(axis=0), voxels.max(axis=0) + 1) if len(voxels) else None,
        }
    return rows


@pytest.fixture
def random_atlas(small_map: RegionMap) -> tuple[Atlas, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    ids = rng.choice([0, 1, 2, 3, 4, 6, 70000], size=(7, 8, 9)).astype(np.uint32)
    sides = rng.integers(0, 3, ids.shape).astype(np.uint8)
    atlas = Atlas.from_arrays(ids, small_map, (10.0, 20.0, 30.0), hemispheres=sides)
    return atlas, ids, sides


def test_every_column_agrees_with_a_naive_loop(
    random_atlas: tuple[Atlas, np.ndarray, np.ndarray],
) -> None:
    atlas, ids, sides = random_atlas
    table = atlas.statistics().set_index("id")
    voxel = 10 * 20 * 30 / 1e9
    for region_id, expected in naive_rows(atlas, ids, sides).items():
        row = table.loc[region_id]
        assert row["direct_voxels"] == expected["direct"]
        assert row["total_voxels"] == expected["total"]
        assert row["total_mm3"] == pytest.approx(expected["total"] * voxel)
        assert (row["left_voxels"], row["right_voxels"]) == (expected["left"], expected["right"])
        centroid = row[[f"centroid_{a}_um" for a in range(3)]].to_numpy(float)
        if expected["centroid"] is None:
            assert np.isnan(centroid).all()
        else:
            assert np.allclose(centroid, expected["centroid"])
            for axis in range(3):
                assert row[f"box_{axis}_start"] == expected["box"][0][axis]
                assert row[f"box_{axis}_stop"] == expected["box"][1][axis]


def test_unknown_ids_have_rows_at_the_end(small_atlas: Atlas) -> None:
    last = small_atlas.statistics().iloc[-1]
    assert (last["id"], last["total_voxels"]) == (999, 1)
    assert pd.isna(last["acronym"])


def test_without_hemispheres_there_are_no_columns_of_hemispheres(small_map: RegionMap) -> None:
    atlas = Atlas.from_arrays(np.full((2, 2, 2), 3), small_map, 10.0)
    assert not [c for c in atlas.statistics().columns if "left" in c or "right" in c]


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("low", [1, 2])
@pytest.mark.parametrize("boundary", [0, 1, 4, 7])
def test_a_plane_counts_as_the_volume_it_stands_for(random_atlas, axis, low, boundary) -> None:
    atlas, ids, _ = random_atlas
    plane = HemispherePlane(axis, boundary, low, "by hand")
    with_plane = Atlas(replace(atlas.package, hemisphere_rule=plane)).statistics()
    sides = np.full(ids.shape, 3 - low, np.uint8)
    np.moveaxis(sides, axis, 0)[:boundary] = low
    expected = Atlas.from_arrays(ids, atlas.region_map, atlas.resolution, hemispheres=sides)
    pd.testing.assert_frame_equal(with_plane, expected.statistics())
