"""Depths, densities and other numbers beside an atlas, as layer data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_atlas_explorer import Atlas, VoxelData
from napari_atlas_explorer.core.package import Dataset
from napari_atlas_explorer.viewer.layers import dataset_layer


def with_dataset(atlas: Atlas, name: str, values: np.ndarray) -> Atlas:
    data = VoxelData.from_grid(values, atlas.grid)
    datasets = {**atlas.package.datasets, name: Dataset(name, "image", lambda: data)}
    return Atlas(replace(atlas.package, datasets=datasets))


def test_numbers_are_colored_and_drawn_in_regions_alone(small_atlas):
    rng = np.random.default_rng(5)
    values = rng.uniform(100, 200, small_atlas.shape).astype(np.float32)
    outside = small_atlas.ranks.raw == 0
    values[outside] = 1e6  # what lies in no region must not stretch the limits
    atlas = with_dataset(small_atlas, "[PH]y", values)
    pixels, options, kind = dataset_layer(atlas, "[PH]y")
    assert kind == "image"
    assert options["colormap"] == "viridis"
    np.testing.assert_array_equal(np.isnan(pixels), outside)
    np.testing.assert_array_equal(pixels[~outside], values[~outside])
    low, high = options["contrast_limits"]
    assert 100 <= low < high <= 200


def test_whole_gray_levels_stay_gray(small_atlas):
    gray = np.arange(np.prod(small_atlas.shape), dtype=np.uint16).reshape(small_atlas.shape)
    pixels, options, _ = dataset_layer(with_dataset(small_atlas, "nissl", gray), "nissl")
    assert options["colormap"] == "gray"
    np.testing.assert_array_equal(pixels, gray)


def test_nothing_but_missing_numbers_still_opens(small_atlas):
    values = np.full(small_atlas.shape, np.nan, np.float32)
    _, options, _ = dataset_layer(with_dataset(small_atlas, "depth", values), "depth")
    low, high = options["contrast_limits"]
    assert low < high
