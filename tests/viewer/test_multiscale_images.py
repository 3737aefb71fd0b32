"""Large images of OME-Zarr in layers: the levels of the file, nothing of them converted."""

from __future__ import annotations

import shutil
from pathlib import Path

import dask.array as da
import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.atlases.cache.folder import cache_folder
from napari_atlas_explorer.atlases.layouts.datasets import load_volume
from napari_atlas_explorer.formats.ome_zarr.writer import write_ome_zarr
from napari_atlas_explorer.viewer import multiscale
from napari_atlas_explorer.viewer.layers import atlas_layers, dataset_layer
from napari_atlas_explorer.viewer.user_layers import volume_of
from napari_atlas_explorer.viewer.writers import write_layer

from .. import packages
from ..packages_v3 import write_v3
from ..refusals import refused

SHAPE = (40, 24, 32)
UM = (25.0, 50.0, 20.0)
TREE = """id,acronym,name,parent_structure_id
997,root,whole,
8,gray,gray,997
315,CTX,cortex,8
"""


def ids() -> np.ndarray:
    coarse = np.random.default_rng(4).choice([0, 8, 315], (5, 3, 4))
    return np.kron(coarse, np.ones((8, 8, 8), np.uint32)).astype(np.uint32)


def gray() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 900, SHAPE).astype(np.uint16)


def numbers() -> np.ndarray:
    return np.random.default_rng(6).uniform(5, 6, SHAPE).astype(np.float32)


def coarser(values: np.ndarray, step: int) -> np.ndarray:
    return values[step // 2 :: step, step // 2 :: step, step // 2 :: step]


def write_levels(path: Path, values: np.ndarray, *steps: int) -> None:
    levels = [coarser(values, step) for step in steps]
    write_ome_zarr(path, levels, [[step * um for um in UM] for step in steps], chunks=8)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Annotation, a template and numbers, in three levels each."""
    folder = tmp_path / "atlas"
    folder.mkdir()
    (folder / "hierarchy.csv").write_text(TREE)
    for name, values in (("annotation", ids()), ("template", gray()), ("thickness", numbers())):
        write_levels(folder / f"{name}.zarr", values, 1, 2, 4)
    return folder


@pytest.fixture
def large(monkeypatch, tmp_path):
    """Everything is large; 3-D draws at most 12 voxels along an axis."""
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(multiscale, "COARSEST", 12)


def converted_images() -> list[Path]:
    return list(cache_folder("converted").rglob("values.npy"))


def test_the_levels_of_the_file_are_those_of_the_layer(folder, large):
    pixels, options, kind = dataset_layer(open_atlas(folder), "template")
    assert kind == "image"
    assert options["multiscale"]
    assert [level.shape for level in pixels] == [SHAPE, (20, 12, 16), (10, 6, 8)]
    assert all(isinstance(level, da.Array) for level in pixels[:2])
    assert isinstance(pixels[2], np.ndarray)  # drawn in 3-D, and in the list of layers
    for level, step in zip(pixels, (1, 2, 4), strict=True):
        assert np.array_equal(np.asarray(level), coarser(gray(), step))
    assert not converted_images()


def test_it_lies_and_looks_as_it_does_when_it_is_small(folder, monkeypatch, tmp_path):
    small = dataset_layer(open_atlas(folder), "template")[1]
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    large = dataset_layer(open_atlas(folder), "template")[1]
    for key in ("name", "scale", "translate", "units", "axis_labels", "colormap"):
        assert small[key] == large[key], key
    assert large["contrast_limits"] == pytest.approx(small["contrast_limits"], rel=0.02)


def test_levels_coarser_than_3_d_needs_are_not_drawn(folder, large, monkeypatch):
    monkeypatch.setattr(multiscale, "COARSEST", 20)
    pixels, _, _ = dataset_layer(open_atlas(folder), "template")
    assert [level.shape for level in pixels] == [SHAPE, (20, 12, 16)]


@pytest.mark.parametrize("stored", [(1,), (1, 2)])
def test_levels_that_the_file_lacks_are_picked(folder, large, stored):
    shutil.rmtree(folder / "template.zarr")
    write_levels(folder / "template.zarr", gray(), *stored)
    pixels, _, _ = dataset_layer(open_atlas(folder), "template")
    assert [level.shape for level in pixels] == [SHAPE, (20, 12, 16), (10, 6, 8)]
    assert np.array_equal(np.asarray(pixels[1]), coarser(gray(), 2))
    second = gray()[2::4, 2::4, 2::4] if stored == (1,) else coarser(coarser(gray(), 2), 2)
    assert isinstance(pixels[2], np.ndarray)
    assert np.array_equal(pixels[2], second)
    assert not converted_images()


def test_nothing_but_the_coarsest_level_is_read_at_first(folder, large):
    for level in ("s0", "s1"):
        for chunk in (folder / "template.zarr" / level / "c").iterdir():
            shutil.rmtree(chunk)
    pixels, options, _ = dataset_layer(open_atlas(folder), "template")
    assert options["contrast_limits"][1] > 700
    assert np.array_equal(pixels[2], coarser(gray(), 4))
    assert not np.asarray(pixels[0][3]).any()  # chunks that are not there are the fill value


def test_numbers_are_drawn_in_regions_alone_at_every_level(folder, large):
    pixels, options, _ = dataset_layer(open_atlas(folder), "thickness")
    assert options["colormap"] == "viridis"
    assert 5 <= options["contrast_limits"][0] < options["contrast_limits"][1] <= 6
    for level, step in zip(pixels, (1, 2, 4), strict=True):
        expected = np.where(coarser(ids(), step) > 0, coarser(numbers(), step), np.nan)
        np.testing.assert_array_equal(np.asarray(level), expected)
    assert isinstance(pixels[0], da.Array)
    assert not converted_images()


def test_what_is_computed_with_an_image_is_exact(folder, large):
    atlas = open_atlas(folder)
    assert np.array_equal(atlas.reference.raw, gray())
    assert np.array_equal(atlas.load_data("thickness").raw, numbers())


@pytest.mark.parametrize("size", [100, 200])
def test_a_v3_package_has_its_own_level_and_the_coarser_ones(tmp_path, large, monkeypatch, size):
    monkeypatch.setattr(multiscale, "COARSEST", 8)
    folders = dict(zip((100, 200), write_v3(tmp_path, (100, 200)), strict=True))
    layers = atlas_layers(open_atlas(folders[size]))
    pixels, options, _ = layers[0]
    stored = packages.image()
    if size == 100:
        assert [level.shape for level in pixels] == [(12, 8, 10), (6, 4, 5)]
        assert isinstance(pixels[0], da.Array)
        assert np.array_equal(np.asarray(pixels[0]), stored)
        assert np.array_equal(pixels[1], stored[1::2, 1::2, 1::2])
    else:
        assert np.array_equal(np.asarray(pixels), stored[1::2, 1::2, 1::2])
    assert options["scale"] == (size,) * 3
    assert options["translate"] == (size / 2,) * 3
    images = [f for f in converted_images() if np.load(f, mmap_mode="r").dtype == np.uint16]
    assert not images


def test_the_user_s_word_on_the_resolution_places_the_levels(folder, large):
    pixels, options, _ = dataset_layer(open_atlas(folder, resolution=100), "template")
    assert options["scale"] == (100,) * 3
    assert [level.shape for level in pixels] == [SHAPE, (20, 12, 16), (10, 6, 8)]


# ---- what a layer is taken for -----------------------------------------------------------------


def layer_of(folder: Path, name: str):
    from napari.layers import Layer

    atlas = open_atlas(folder)
    return atlas, Layer.create(*dataset_layer(atlas, name))


def test_a_saved_layer_is_the_finest_level(folder, large, tmp_path):
    _, layer = layer_of(folder, "template")
    data, meta, _ = layer.as_layer_data_tuple()
    (written,) = write_layer(str(tmp_path / "saved.nrrd"), data, meta)
    saved = load_volume(Path(written))
    assert np.array_equal(saved.raw, gray())


def test_what_is_damaged_is_not_saved_as_zeros(folder, large, tmp_path):
    (folder / "template.zarr" / "s0" / "c" / "1" / "1" / "1").write_bytes(b"damaged")
    _, layer = layer_of(folder, "template")
    data, meta, _ = layer.as_layer_data_tuple()
    with refused("template.zarr", "chunk"):
        write_layer(str(tmp_path / "saved.nrrd"), data, meta)
    assert not (tmp_path / "saved.nrrd").exists()


def test_statistics_of_the_layer_refuse_what_it_shows_as_zeros(folder, large):
    atlas, layer = layer_of(folder, "template")
    volume = volume_of(layer, atlas)
    assert np.array_equal(volume.raw, gray())
    assert volume.grid.matches(atlas.grid)
    (folder / "thickness.zarr" / "s0" / "c" / "1" / "1" / "1").write_bytes(b"damaged")
    atlas, layer = layer_of(folder, "thickness")
    with refused("thickness.zarr", "chunk"):
        volume_of(layer, atlas)
