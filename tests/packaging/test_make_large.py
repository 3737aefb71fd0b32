"""Packages of volumes too large for memory are, byte for byte, those of small ones.

What counts as large is set to nothing, so that the same small atlases are packaged both ways.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.packaging.make import make_package
from napari_atlas_explorer.packaging.source.sources import source_of_spec
from napari_atlas_explorer.packaging.source.spec import read_package_spec
from napari_atlas_explorer.packaging.write import brainglobe_v2

from ..packages import write_tiff
from ..qa import broken
from . import handmade


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


CASES = {
    "v2": ("brainglobe-v2", {}),
    "v2, turned": ("brainglobe-v2", {"orientation": "pil"}),
    "v2, turned, new meshes": ("brainglobe-v2", {"orientation": "pil", "meshes": "labels"}),
    "v2, one side": ("brainglobe-v2", {"hemisphere": "left"}),
    "v2, a region, turned": ("brainglobe-v2", {"region": "grey", "orientation": "rsp"}),
    "v2, coarser": ("brainglobe-v2", {"resolutions": (200.0, 300.0), "labels": "majority"}),
    "v3": ("brainglobe-v3", {"resolutions": (250.0,)}),
    "v3, turned": ("brainglobe-v3", {"resolutions": (200.0,), "orientation": "lai"}),
    "v3 with masks": ("brainglobe-v3", {"masks": True}),
    "voxelbrain": ("voxelbrain", {"resolutions": (200.0,)}),
    "itksnap": ("itksnap", {}),
}


@pytest.mark.parametrize("slab_bytes", [2_000, 100_000])
@pytest.mark.parametrize("case", CASES)
def test_a_package_of_large_volumes_is_that_of_small_ones(case, slab_bytes, tmp_path, as_large):
    target, changes = CASES[case]
    source = {k: changes[k] for k in ("orientation",) if k in changes}
    asked = {k: v for k, v in changes.items() if k not in source}
    package = handmade.whole_package(tmp_path)
    options = handmade.options(target, **asked)
    small = make_package(handmade.source(package, **source), options, tmp_path / "small", checks=())
    as_large(slab_bytes)
    large = make_package(handmade.source(package, **source), options, tmp_path / "large", checks=())
    expected, found = files(tmp_path / "small"), files(tmp_path / "large")
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []
    assert (large.notes, large.meshes) == (small.notes, small.meshes)


@pytest.mark.parametrize("dtype", ["float32", "int16", "uint8", "uint32"])
def test_images_of_any_type_become_the_same_gray_values(dtype, tmp_path, as_large):
    recipe = handmade.ingredients(tmp_path)
    rng = np.random.default_rng(8)
    values = (
        rng.integers(-900, 900, broken.SHAPE)
        if dtype == "int16"
        else rng.random(broken.SHAPE) * 200
    )
    values = values.astype(dtype)
    if dtype == "float32":
        values[3, 4, 5] = np.nan
    write_tiff(tmp_path / "template.tiff", values)
    options = handmade.options("brainglobe-v2", meshes="none", resolutions=(250.0,))
    made = []
    for name in ("small", "large"):
        source = source_of_spec(read_package_spec(recipe))
        made.append(make_package(source, options, tmp_path / name, checks=()))
        as_large(3_000)
    assert files(tmp_path / "large") == files(tmp_path / "small")
    assert made[0].notes == made[1].notes


def test_ingredients_that_are_large_are_packaged_block_by_block(tmp_path, as_large):
    recipe = handmade.ingredients(tmp_path)
    small = source_of_spec(read_package_spec(recipe))
    make_package(small, handmade.options("brainglobe-v2"), tmp_path / "small", checks=())
    as_large(5_000)
    large = source_of_spec(read_package_spec(recipe))
    assert large.package.make_ranks is not None
    make_package(large, handmade.options("brainglobe-v2"), tmp_path / "large", checks=())
    assert files(tmp_path / "large") == files(tmp_path / "small")


def test_a_volume_beyond_four_gigabytes_becomes_a_big_tiff(tmp_path, monkeypatch):
    monkeypatch.setattr(brainglobe_v2, "CLASSIC_TIFF_BYTES", 150_000)
    source = handmade.source(handmade.whole_package(tmp_path))
    options = handmade.options("brainglobe-v2", meshes="none")
    made = make_package(source, options, tmp_path / "out", checks=())
    big = set()
    for path in made.packages[0].glob("*.tiff"):
        with tifffile.TiffFile(path) as tiff:
            big |= {path.stem} if tiff.is_bigtiff else set()
    assert big == {"annotation"}
    atlas = open_atlas(made.packages[0])
    assert np.array_equal(atlas.annotation.raw, broken.annotation())


def test_a_large_atlas_is_downsampled_as_a_small_one(tmp_path, as_large):
    package = handmade.whole_package(tmp_path)
    small = open_atlas(package).downsample(250)
    as_large(3_000)
    large = open_atlas(package).downsample(250)
    assert large.ranks.raw.shape == small.ranks.raw.shape
    assert np.array_equal(large.annotation.raw, small.annotation.raw)
    assert np.array_equal(large.reference.raw, small.reference.raw)
    assert large.at((1_000.0, 1_000.0, 1_000.0)) == small.at((1_000.0, 1_000.0, 1_000.0))
    assert small.shape != broken.SHAPE
