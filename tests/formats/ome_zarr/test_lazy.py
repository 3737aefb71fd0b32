"""Levels of OME-Zarr volumes that are read where they are looked at."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import zarr

from napari_atlas_explorer.core.errors import AtlasError
from napari_atlas_explorer.formats.common.blocks import BlockCache
from napari_atlas_explorer.formats.ome_zarr import lazy
from napari_atlas_explorer.formats.ome_zarr.lazy import (
    ZarrVoxels,
    block_shape,
    coarser_levels,
    dask_levels,
    has_fast_planes,
)
from napari_atlas_explorer.formats.ome_zarr.reader import read_ome_zarr_header

from ...packages_v3 import write_ome_zarr

SHAPE = (20, 14, 17)
ALL = slice(None)
KEYS = (
    (3,),
    (ALL, 9),
    (slice(5, 19), slice(2, 11), 16),
    (slice(1, None, 3),),
    (slice(None, 3, -2), slice(4, 4)),
    (-1, ALL, slice(None, None, -1)),
)


def values(shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.random.default_rng(3).integers(1, 900, shape).astype(np.uint16)


@pytest.fixture
def by_chunk(monkeypatch):
    """Blocks are chunks: small ones are not read together."""
    monkeypatch.setattr(lazy, "BLOCK_EDGE", 1)


@pytest.fixture
def volume(tmp_path, by_chunk) -> Path:
    """Two levels in chunks of 8³."""
    finest = values()
    return write_ome_zarr(tmp_path / "image.zarr", [finest, finest[1::2, 1::2, 1::2]], [0.1, 0.2])


def seen(path: Path) -> tuple[list[da.Array], list[AtlasError]]:
    told: list[AtlasError] = []
    return dask_levels(read_ome_zarr_header(path).levels, told.append), told


def chunk(path: Path, level: int = 0, index: str = "1/0/2") -> Path:
    return path / f"s{level}" / "c" / index


def test_a_part_of_a_level_is_that_of_the_stored_array(volume):
    (finest, coarse), told = seen(volume)
    assert isinstance(finest, da.Array)
    assert (finest.shape, finest.dtype) == (SHAPE, np.uint16)
    assert finest.chunks == ((8, 8, 4), (8, 6), (8, 8, 1))
    for key in KEYS:
        assert np.array_equal(finest[key].compute(), values()[key])
    assert np.array_equal(coarse.compute(), values()[1::2, 1::2, 1::2])
    assert not told


def test_axes_before_the_spatial_ones_are_left_away(tmp_path, by_chunk):
    path = tmp_path / "five.zarr"
    group = zarr.open_group(store=str(path), mode="w", zarr_format=3)
    made = group.create_array("0", shape=(1, 1, *SHAPE), dtype="u2", chunks=(1, 1, 8, 8, 8))
    made[0, 0] = values()
    axes = [{"name": n, "type": t} for n, t in (("t", "time"), ("c", "channel"))]
    axes += [{"name": n, "type": "space", "unit": "micrometer"} for n in "zyx"]
    scale = [{"type": "scale", "scale": [1, 1, 10, 10, 10]}]
    group.attrs["ome"] = {
        "multiscales": [
            {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}
        ]
    }
    (only,), told = seen(path)
    assert np.array_equal(only.compute(), values())
    assert not told


def test_a_chunk_that_is_not_there_is_the_fill_value(volume):
    chunk(volume).unlink()
    (finest, _), told = seen(volume)
    expected = values()
    expected[8:16, 0:8, 16:] = 0
    assert np.array_equal(finest.compute(), expected)
    assert not told


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "zstd"),
        (b"\x28\xb5\x2f\xfd\x20\x09" + b"\x01" * 9, "chunk 1 0 2"),
        (b"?" * 50, "zstd"),
    ],
)
def test_damage_is_reported_once_and_the_rest_is_seen(volume, content, words):
    chunk(volume).write_bytes(content)
    chunk(volume, index="2/1/0").write_bytes(b"")
    (finest, coarse), told = seen(volume)
    expected = values()
    expected[8:16, 0:8, 16:] = 0
    assert np.array_equal(finest[:16].compute(), expected[:16])
    assert len(told) == 1
    assert words in str(told[0])
    assert "image.zarr" in str(told[0])
    assert not finest[16:, 8:, :8].compute().any()
    chunk(volume, 1, "0/0/0").write_bytes(b"")
    assert not coarse[:8, :7, :8].compute().any()
    assert len(told) == 1


def test_a_bomb_is_not_unpacked(tmp_path, by_chunk):
    path = write_ome_zarr(
        tmp_path / "a.zarr", [values()], [0.1], compressors=zarr.codecs.GzipCodec()
    )
    chunk(path, index="0/0/0").write_bytes(gzip.compress(b"\0" * 50_000_000))
    (finest,), told = seen(path)
    assert not finest[:8, :8, :8].compute().any()
    assert "longer than its header declares" in str(told[0])


def test_a_volume_that_was_taken_away_is_reported(volume):
    (finest, _), told = seen(volume)
    shutil.rmtree(volume / "s0")
    assert not finest[0].compute().any()
    assert "no longer exists" in str(told[0])


def test_what_was_looked_at_is_not_read_again(volume):
    told: list[AtlasError] = []
    first = ZarrVoxels(read_ome_zarr_header(volume).levels[0], told.append, BlockCache())
    box = (slice(0, 8), slice(0, 8), slice(0, 8))
    block = first[box]
    shutil.rmtree(volume / "s0")
    assert np.array_equal(first[box], block)
    assert np.array_equal(first[3, slice(2, 5), 7], values()[3, 2:5, 7])
    assert not block.flags.writeable  # it is seen by others, too
    assert not told


def test_no_more_than_stated_is_kept(volume):
    told: list[AtlasError] = []
    level = read_ome_zarr_header(volume).levels[0]
    voxels = ZarrVoxels(level, told.append, BlockCache(2 * 8**3 * 2))
    boxes = [(slice(0, 8), slice(0, 8), slice(k, k + 8)) for k in (0, 8)]
    boxes.append((slice(8, 16), slice(0, 8), slice(0, 8)))
    for box in (boxes[0], boxes[1], boxes[0], boxes[2]):
        assert np.array_equal(voxels[box], values()[box])
    shutil.rmtree(volume / "s0")
    assert np.array_equal(voxels[boxes[0]], values()[boxes[0]])
    assert np.array_equal(voxels[boxes[2]], values()[boxes[2]])
    assert not told
    assert not voxels[boxes[1]].any()  # it was not asked for the longest
    assert told


# ---- which levels ------------------------------------------------------------------------------


def kept(path: Path) -> list[str]:
    levels = read_ome_zarr_header(path).levels
    return [level.path.name for level in coarser_levels(levels, levels[0])]


def picked(*steps: int) -> list[np.ndarray]:
    return [values()[s // 2 :: s, s // 2 :: s, s // 2 :: s] for s in steps]


def test_levels_that_span_what_the_finest_spans_are_kept(tmp_path):
    path = write_ome_zarr(tmp_path / "a.zarr", picked(1, 2, 4), [0.1, 0.2, 0.4])
    assert kept(path) == ["s1", "s2"]


@pytest.mark.parametrize("scales", [[0.1, 0.2, 0.8], [0.1, 0.2, 0.2], [0.1, 0.2, 0.3]])
def test_a_level_whose_scale_is_not_the_ratio_of_shapes_is_left_out(tmp_path, scales):
    path = write_ome_zarr(tmp_path / "a.zarr", picked(1, 2, 4), scales)
    assert kept(path) == ["s1"]


def test_a_level_that_lies_elsewhere_is_left_out(tmp_path):
    path = write_ome_zarr(tmp_path / "a.zarr", picked(1, 2), [0.1, 0.2])
    group = zarr.open_group(str(path))
    ome = group.attrs["ome"]
    ome["multiscales"][0]["datasets"][1]["coordinateTransformations"][1]["translation"][2] = 0.4
    group.attrs["ome"] = ome
    assert kept(path) == []


def test_levels_without_translations_are_kept(tmp_path):
    path = write_ome_zarr(tmp_path / "a.zarr", picked(1, 2, 4), [0.1, 0.2, 0.4])
    group = zarr.open_group(str(path))
    ome = group.attrs["ome"]
    for level in ome["multiscales"][0]["datasets"]:
        del level["coordinateTransformations"][1]
    group.attrs["ome"] = ome
    assert kept(path) == ["s1", "s2"]


def test_levels_that_hold_other_values_or_none_are_left_out(tmp_path):
    finest, middle, coarse = picked(1, 2, 4)
    path = write_ome_zarr(tmp_path / "a.zarr", [finest, middle / 7, coarse], [0.1, 0.2, 0.4])
    assert kept(path) == ["s2"]
    shutil.rmtree(path / "s2" / "c")  # as a program leaves it that fetches levels one by one
    assert kept(path) == []


def test_values_are_given_in_the_machine_s_byte_order(tmp_path):
    path = write_ome_zarr(tmp_path / "a.zarr", [values().astype(">u2")], [0.1])
    (finest,), _ = seen(path)
    assert finest.dtype.isnative
    assert np.array_equal(finest[3].compute(), values()[3])


def test_small_chunks_are_read_together_and_huge_ones_are_not_looked_at(tmp_path, monkeypatch):
    path = write_ome_zarr(tmp_path / "a.zarr", [values((40, 40, 40))], [0.1])
    level = read_ome_zarr_header(path).levels[0]
    assert block_shape((8, 8, 8), level) == (64, 64, 64)
    monkeypatch.setattr(lazy, "BLOCK_BYTES", 2 * 16 * 16 * 8)
    assert block_shape((8, 8, 8), level) == (16, 16, 8)
    (whole,), _ = seen(path)
    assert np.array_equal(whole.compute(), values((40, 40, 40)))
    assert has_fast_planes(level)
    monkeypatch.setattr(lazy, "LARGEST_CHUNK", 1000)
    assert not has_fast_planes(level)
