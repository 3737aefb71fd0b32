"""Which volumes have levels that are looked at where they lie."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import AtlasError, VoxelData, open_atlas
from napari_atlas_explorer.atlases.cache.folder import cache_folder
from napari_atlas_explorer.formats.ome_zarr import lazy
from napari_atlas_explorer.formats.ome_zarr.writer import write_ome_zarr

from ...refusals import refused

UM = (25.0, 25.0, 25.0)
SHAPE = (24, 16, 16)


def ids() -> np.ndarray:
    values = np.zeros(SHAPE, np.uint32)
    values[2:20, 3:14, 2:9] = 315
    return values


def gray() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 900, SHAPE).astype(np.uint16)


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Two images and an annotation in chunks of 8 voxels; a volume of 10,000 bytes is large."""
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "10000")
    monkeypatch.setattr(lazy, "BLOCK_EDGE", 1)  # blocks are chunks
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "atlas"
    folder.mkdir()
    (folder / "hierarchy.csv").write_text(
        "id,acronym,name,parent_structure_id\n997,root,whole,\n315,CTX,cortex,997\n"
    )
    for name, values in (("annotation", ids()), ("nissl", gray())):
        write_ome_zarr(folder / f"{name}.zarr", [values], [UM], chunks=8)
    VoxelData(gray(), UM, (-12.5,) * 3).save_nrrd(folder / "template.nrrd", encoding="raw")
    return folder


def chunk(folder: Path, name: str) -> Path:
    return folder / f"{name}.zarr" / "s0" / "c" / "1" / "1" / "0"


def no_one(error: AtlasError) -> None:
    raise error


def test_images_of_ome_zarr_have_levels_and_nothing_else_has(folder):
    datasets = open_atlas(folder).package.datasets
    assert {name: data.levels is not None for name, data in datasets.items()} == {
        "annotation": False,
        "nissl": True,
        "template": False,
    }
    (only,) = datasets["nissl"].levels(no_one)
    assert np.array_equal(only.compute(), gray())
    assert not cache_folder("converted").exists() or not any(cache_folder("converted").iterdir())


def test_small_images_have_none(folder, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1000000")
    assert all(d.levels is None for d in open_atlas(folder).package.datasets.values())


def test_chunks_too_large_for_scrolling_are_converted_as_before(folder, monkeypatch):
    monkeypatch.setattr(lazy, "LARGEST_CHUNK", 100)
    data = open_atlas(folder).package.datasets["nissl"]
    assert data.levels is None
    assert np.array_equal(data.load().raw, gray())


def test_a_damaged_image_is_seen_but_not_computed_with(folder):
    chunk(folder, "nissl").write_bytes(b"damaged")
    data = open_atlas(folder).package.datasets["nissl"]
    told: list[AtlasError] = []
    (only,) = data.levels(told.append)
    assert np.array_equal(only[:8].compute(), gray()[:8])
    assert not told
    with refused("nissl.zarr", "zstd"):
        data.load()


def test_a_damaged_annotation_is_named_however_it_is_asked(folder):
    atlas = open_atlas(folder)
    assert atlas.at_voxel((3, 4, 4)).acronym == "CTX"
    chunk(folder, "annotation").write_bytes(b"damaged")
    with refused("annotation.zarr", "zstd"):
        atlas.at_voxel((9, 9, 3))
    assert atlas.at_voxel((3, 4, 4)).acronym == "CTX"
    with refused("annotation.zarr", "zstd"):
        _ = atlas.ranks


def test_which_volume_is_the_annotation_is_known_by_some_of_its_planes(folder, tmp_path):
    values = np.zeros((64, 16, 16), np.uint32)
    values[2:60, 3:14, 2:9] = 315
    gray_values = np.random.default_rng(1).integers(0, 900, values.shape).astype(np.uint16)
    other = tmp_path / "another"
    other.mkdir()
    (other / "hierarchy.csv").write_bytes((folder / "hierarchy.csv").read_bytes())
    write_ome_zarr(other / "a.zarr", [gray_values], [UM], chunks=8)
    write_ome_zarr(other / "b.zarr", [values], [UM], chunks=8)
    atlas = open_atlas(other)
    assert (atlas.package.annotation, atlas.package.reference) == ("b", "a")
    assert atlas.package.region_map.acronym_of_rank(2) == "CTX"
    assert np.array_equal(atlas.ranks.to_ids(), values)
    chunk(other, "b").write_bytes(b"damaged")  # in none of those planes
    atlas = open_atlas(other)
    assert atlas.package.annotation == "b"
    with refused("b.zarr", "zstd"):
        atlas.load_data("b", VoxelData)


def test_labels_in_a_few_planes_between_those_looked_at_are_an_annotation(folder):
    sparse = np.zeros(SHAPE, np.uint32)
    sparse[5:7, 3:14, 2:9] = 315  # of 24 planes those at 2, 7, 12, 16 and 21 are looked at
    shutil.rmtree(folder / "annotation.zarr")
    write_ome_zarr(folder / "annotation.zarr", [sparse], [UM], chunks=8)
    assert np.array_equal(open_atlas(folder).annotation.raw, sparse)
