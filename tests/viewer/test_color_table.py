"""Color tables of the annotation layer."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, AtlasError, RegionMap
from napari_atlas_explorer.viewer.color_table import (
    exact_colormap,
    make_table,
    rank_colors,
    split_by_hemisphere,
)
from napari_atlas_explorer.viewer.layers import atlas_layers
from napari_atlas_explorer.viewer.region_view import RegionView


def test_regions_have_the_atlas_colors_and_background_none(small_atlas: Atlas) -> None:
    colors = rank_colors(small_atlas.ranks)
    a = small_atlas.region_map.rank("A")
    assert np.rint(colors[a] * 255).tolist() == [1, 147, 153, 255]  # "19399"
    assert colors[0].tolist() == [0, 0, 0, 0]
    assert (colors[1:, 3] == 1).all()


def test_colormap_is_exact_for_every_value_up_to_65535() -> None:
    n = 65536
    table = np.zeros((n, 4), np.float32)
    table[1:, 0] = (np.arange(1, n) % 256) / 255
    table[1:, 1] = (np.arange(1, n) // 256) / 255
    table[1:, 3] = 1
    values = np.array([0, 1, 2, 250, 251, 40_000, 65_535], np.uint16)
    assert np.allclose(exact_colormap(table).map(values), table[values])


def test_hidden_and_collapsed_regions_change_only_the_table(small_atlas: Atlas) -> None:
    labels = small_atlas.ranks
    colors = rank_colors(labels)
    view = RegionView(labels)
    regions = small_atlas.region_map
    view.hide([regions.rank("B")])
    view.set_depth(1)
    table = make_table(colors, view.drawn(), view.hemisphere, by_hemisphere=False)
    assert table[regions.rank("a1")].tolist() == colors[regions.rank("A")].tolist()
    assert table[regions.rank("b1"), 3] == 0


def test_one_hemisphere_is_hidden_by_the_table_of_sided_values(small_atlas: Atlas) -> None:
    labels, sides = small_atlas.ranks, small_atlas.hemisphere_rule
    assert sides is not None
    values = split_by_hemisphere(labels.raw, sides.volume(small_atlas.shape), labels.n_ranks)
    colors = rank_colors(labels)
    table = make_table(colors, np.arange(labels.n_ranks), 2, by_hemisphere=True)
    visible = exact_colormap(table).map(values)[..., 3] > 0
    ids = np.asarray(small_atlas.annotation)
    right = np.zeros_like(visible)
    right[:, :, 3:] = True
    assert np.array_equal(visible, (ids != 0) & right)


def test_sided_values_fill_the_longest_table_that_napari_holds() -> None:
    n_ranks = 65_536 // 3
    ranks = np.array([[0, 1, n_ranks - 1]], np.uint16)
    values = split_by_hemisphere(ranks, np.array([[2, 2, 2]], np.uint8), n_ranks)
    assert values.dtype == np.uint16
    assert values.tolist() == [[0, 1 + 2 * n_ranks, n_ranks - 1 + 2 * n_ranks]]


def test_an_atlas_with_more_regions_than_napari_has_colors_is_refused_in_words() -> None:
    ids = np.arange(70_000, dtype=np.uint32).reshape(70, 100, 10)
    region_map = RegionMap.flat([{"id": i} for i in range(1, 70_000)])
    atlas = Atlas.from_arrays(ids, region_map, (1.0, 1.0, 1.0))
    assert atlas.at_voxel((69, 99, 9)).id == 69_999
    with pytest.raises(AtlasError, match=r"70000 regions and ids.* 65535"):
        atlas_layers(atlas)


def test_regions_without_colors_get_distinct_ones() -> None:
    rows = [{"id": i, "acronym": str(i)} for i in range(1, 40)]
    region_map = RegionMap.flat(rows)
    seen = {region_map.color_of_rank(k) for k in range(2, 41)}
    assert len(seen) == 39
