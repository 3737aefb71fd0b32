"""Volumes too large for memory answer as small ones do.

What counts as large is set to nothing, so that the same small atlases are opened both ways.
"""

from __future__ import annotations

import gzip
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr

from napari_atlas_explorer import VoxelData, open_atlas
from napari_atlas_explorer.atlases.cache import converted, ranks
from napari_atlas_explorer.atlases.cache.notes import collect_notes
from napari_atlas_explorer.core.errors import AtlasFileError, CacheError
from napari_atlas_explorer.formats.ome_zarr.lazy import zarr_blocks
from napari_atlas_explorer.formats.ome_zarr.reader import read_ome_zarr_header

from ...packages_v3 import write_v3
from ...qa import broken
from ...refusals import refused

SHAPE = (22, 18, 26)
TREE = """id,acronym,name,parent_structure_id
997,root,whole,
8,gray,gray,997
315,CTX,cortex,8
614454277,ac,commissure,997
"""


def ids() -> np.ndarray:
    rng = np.random.default_rng(4)
    coarse = rng.choice([0, 8, 315, 614454277, 4242, 77], (6, 5, 7))
    return np.kron(coarse, np.ones((4, 4, 4), np.uint32))[
        : SHAPE[0], : SHAPE[1], : SHAPE[2]
    ].astype(np.uint32)


def gray() -> np.ndarray:
    return np.random.default_rng(5).integers(0, 900, SHAPE).astype(np.uint16)


def folder_of(tmp_path: Path, kind: str) -> Path:
    folder = tmp_path / "atlas"
    folder.mkdir()
    (folder / "hierarchy.csv").write_text(TREE)
    for name, values in (("annotation", ids()), ("template", gray())):
        volume = VoxelData(values, (25.0, 50.0, 20.0), (100.0, 0.0, -40.0))
        if kind in ("raw", "gzip"):
            volume.save_nrrd(folder / f"{name}.nrrd", encoding=kind)
        elif kind == "zarr":
            from napari_atlas_explorer.formats.ome_zarr.writer import write_ome_zarr

            write_ome_zarr(folder / f"{name}.zarr", [values], [(25.0, 50.0, 20.0)], chunks=8)
        else:
            compression = None if kind == "tiff" else "zlib"
            tifffile.imwrite(
                folder / f"{name}.tif",
                values,
                compression=compression,
                photometric="minisblack",
                imagej=values.dtype == np.uint16,
                metadata={"spacing": 25.0, "unit": "um"},
                resolution=(1 / 20, 1 / 50),
            )
    return folder


@pytest.fixture
def large(monkeypatch, tmp_path_factory):
    """Everything is large, and slabs are a few planes."""

    def make_large(slab_bytes: int = 3000) -> None:
        monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
        monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))
        monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", str(slab_bytes))

    return make_large


KINDS = ("raw", "gzip", "tiff", "deflated tiff", "zarr")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("slab", [1, 3000, 9000])
def test_every_answer_is_that_of_the_whole(tmp_path, large, kind, slab):
    folder = folder_of(tmp_path, kind)
    whole = open_atlas(folder)
    expected = (whole.ranks, whole.reference.raw, whole.statistics())
    assert whole.package.make_ranks is None
    large(slab)
    atlas = open_atlas(folder)
    assert atlas.package.make_ranks is not None
    labels = atlas.ranks
    assert isinstance(labels.raw, np.memmap)
    assert labels.raw.flags.c_contiguous
    assert np.array_equal(labels.to_ids(), ids())
    for name in ("raw", "counts", "boxes", "unknown_ids", "ids", "total_counts"):
        assert np.array_equal(getattr(labels, name), getattr(expected[0], name)), name
    assert np.array_equal(atlas.reference.raw, expected[1])
    assert atlas.reference.grid.matches(whole.reference.grid)
    assert atlas.statistics().equals(expected[2])
    assert labels.sha256 == expected[0].sha256
    for region in ("gray", "CTX", "ac", "root"):
        ours, theirs = atlas.get_structure_mask(region), whole.get_structure_mask(region)
        assert np.array_equal(ours.raw, theirs.raw)


def test_a_v3_level_is_read_by_chunks(tmp_path, large):
    large()
    for path, size in zip(write_v3(tmp_path, (100, 200)), (100, 200), strict=True):
        atlas = open_atlas(path)
        assert atlas.resolution == (size,) * 3
        assert isinstance(atlas.ranks.raw, np.memmap)
        stored = atlas.package.datasets["annotation"].path
        level = zarr.open_group(str(stored), mode="r")[f"s{0 if size == 100 else 1}"]
        assert np.array_equal(atlas.ranks.to_ids(), level[...])


def test_a_package_of_tiffs_is_mapped_where_it_lies(tmp_path, large):
    package = broken.sound_package(tmp_path)
    large()
    atlas = open_atlas(package)
    file = atlas.reference.raw
    assert isinstance(file, np.memmap)
    assert Path(file.filename) == package / "reference.tiff"
    assert np.array_equal(atlas.reference.raw, broken.reference())
    assert np.array_equal(atlas.annotation.raw, broken.annotation())
    assert np.array_equal(atlas.hemispheres.raw, broken.hemispheres())


@pytest.mark.parametrize("kind", KINDS)
def test_one_lookup_does_not_wait_for_the_ranks(tmp_path, large, kind):
    folder = folder_of(tmp_path, kind)
    whole = open_atlas(folder)
    large()
    atlas = open_atlas(folder)

    def never(share):
        raise AssertionError("one lookup converted the volume")

    at_once = kind in ("raw", "tiff", "zarr")
    atlas.on_progress = never if at_once else (lambda share: None)
    rng = np.random.default_rng(8)
    for index in rng.integers(0, SHAPE, (40, 3)).tolist():
        ours, theirs = atlas.at_voxel(index), whole.at_voxel(index)
        for name in ("id", "acronym", "name", "path", "hemisphere", "index", "position"):
            assert getattr(ours, name) == getattr(theirs, name), name
        if theirs.acronym:
            assert ours.rank == theirs.rank
        for options in ({}, {"as_acronym": True}, {"hierarchy_lev": 1}):
            answer = atlas.structure_from_coords(index, **options)
            assert answer == whole.structure_from_coords(index, **options)
    assert atlas.is_loaded == (not at_once)
    atlas.on_progress = lambda share: None
    assert np.array_equal(atlas.ranks.to_ids(), ids())
    assert atlas.at_voxel((5, 5, 5)) == whole.at_voxel((5, 5, 5))


@pytest.mark.parametrize("kind", ["gzip", "deflated tiff"])
def test_a_compressed_lone_volume_is_read_once_to_judge_it(tmp_path, large, kind, monkeypatch):
    """Later openings take the planes that were kept; without a cache the volume is read whole."""
    folder = folder_of(tmp_path, kind)
    path = next(p for p in folder.iterdir() if p.name.startswith("annotation"))
    whole = open_atlas(path)
    large()
    first, second = open_atlas(path), open_atlas(path)
    kept = list(Path(os.environ["ATLAS_EXPLORER_CACHE"]).rglob("planes.npy"))
    assert len(kept) == 2  # of the annotation, and of the image next to it
    for atlas in (first, second):
        assert atlas.package.assumptions == first.package.assumptions
        assert np.array_equal(atlas.ranks.to_ids(), ids())
    assert whole.region_map.ids.tolist() == second.region_map.ids.tolist()
    (tmp_path / "file").write_text("in the way of a folder")
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "file"))
    assert open_atlas(path).region_map.ids.tolist() == whole.region_map.ids.tolist()


class StopNowError(Exception):
    """A user's cancel."""


@pytest.mark.parametrize("kind", ["raw", "gzip", "deflated tiff"])
@pytest.mark.parametrize("at", [0.0, 0.4, 0.9])
def test_what_was_interrupted_is_gone_on_with(tmp_path, large, kind, at):
    folder = folder_of(tmp_path, kind)
    large(3000)
    atlas = open_atlas(folder)

    def stop(share):
        if share >= at:
            raise StopNowError

    atlas.on_progress = stop
    with pytest.raises(StopNowError):
        _ = atlas.ranks
    shares = []
    again = open_atlas(folder)
    again.on_progress = shares.append
    assert np.array_equal(again.ranks.to_ids(), ids())
    assert again.ranks.unknown_ids.tolist() == [77, 4242]
    assert shares[0] >= at - 0.5  # the state is kept every few slabs
    assert (shares[0] > 0) == (at > 0.3)
    once_more = open_atlas(folder)
    once_more.on_progress = stop  # nothing is left to be done
    assert np.array_equal(once_more.ranks.to_ids(), ids())


def test_a_file_that_changed_is_converted_again(tmp_path, large):
    folder = folder_of(tmp_path, "raw")
    large()
    assert np.array_equal(open_atlas(folder).ranks.to_ids(), ids())
    other = np.where(ids() == 315, 8, ids())
    VoxelData(other, (25.0, 50.0, 20.0), (100.0, 0.0, -40.0)).save_nrrd(
        folder / "annotation.nrrd", encoding="raw"
    )
    assert np.array_equal(open_atlas(folder).ranks.to_ids(), other)


def test_another_hierarchy_gets_ranks_of_its_own(tmp_path, large):
    folder = folder_of(tmp_path, "raw")
    large()
    atlas = open_atlas(folder)
    assert atlas.ranks.unknown_ids.tolist() == [77, 4242]
    fewer = atlas.remove_unassigned()
    assert np.array_equal(fewer.ranks.to_ids(), ids())


def test_coarser_levels_pick_the_voxel_at_the_center(tmp_path, large, monkeypatch):
    folder = folder_of(tmp_path, "raw")
    noise = np.random.default_rng(9).choice([0, 8, 315], SHAPE).astype(np.uint32)
    VoxelData(noise, (25.0, 50.0, 20.0)).save_nrrd(folder / "annotation.nrrd", encoding="raw")
    large()
    monkeypatch.setattr(ranks, "COARSEST", 8)
    labels = open_atlas(folder).ranks
    levels = ranks.coarse_levels(labels)
    assert [level.shape for level in levels] == [(11, 9, 13), (5, 4, 6)]
    assert np.array_equal(levels[0], labels.raw[1::2, 1::2, 1::2])
    # Not every second of those: the center of 4 × 4 × 4 voxels is theirs alone.
    assert np.array_equal(levels[1], labels.raw[2::4, 2::4, 2::4][:5, :4, :6])


def test_a_stream_that_ends_too_early_is_named(tmp_path, large):
    folder = folder_of(tmp_path, "gzip")
    path = folder / "annotation.nrrd"
    raw = path.read_bytes()
    end = raw.index(b"\n\n") + 2
    stored = gzip.decompress(raw[end:])
    path.write_bytes(raw[:end] + gzip.compress(stored[: len(stored) // 2], mtime=0))
    large()
    with refused("annotation.nrrd", "gzip"):
        _ = open_atlas(folder).ranks


def test_the_least_recently_used_conversions_make_room(tmp_path, large, monkeypatch):
    folders = []
    for n in range(3):
        (tmp_path / str(n)).mkdir()
        folders.append(folder_of(tmp_path / str(n), "raw"))
    large()
    one = SHAPE[0] * SHAPE[1] * SHAPE[2] * 2
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE_BYTES", str(3 * one))
    for folder in folders:
        _ = open_atlas(folder).ranks
    there = [f for f in converted.cache_folder("converted").iterdir() if converted.is_done(f)]
    assert len(there) == 2
    assert np.array_equal(open_atlas(folders[0]).ranks.to_ids(), ids())


def test_a_cache_that_is_too_small_is_named(tmp_path, large, monkeypatch):
    folder = folder_of(tmp_path, "raw")
    large()
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE_BYTES", "1000")
    with refused("ATLAS_EXPLORER_CACHE_BYTES"):
        _ = open_atlas(folder).ranks


@pytest.mark.parametrize("kind", ["raw", "gzip", "deflated tiff"])
def test_without_room_in_the_cache_a_volume_of_ordinary_size_is_read_whole(
    tmp_path, monkeypatch, kind
):
    folder = folder_of(tmp_path, kind)
    whole = open_atlas(folder)
    monkeypatch.setattr("napari_atlas_explorer.atlases.cache.large.LARGE_BYTES", 1)
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE_BYTES", "10")
    with collect_notes() as notes:
        atlas = open_atlas(folder)
        assert atlas.package.make_ranks is not None
        assert np.array_equal(atlas.ranks.to_ids(), ids())
        assert atlas.statistics().equals(whole.statistics())
        assert np.array_equal(atlas.reference.raw, whole.reference.raw)
    assert any("annotation" in note and "read whole" in note for note in notes)
    monkeypatch.setattr("napari_atlas_explorer.atlases.cache.large.NEVER_WHOLE", 1)
    with pytest.raises(CacheError):
        _ = open_atlas(folder).ranks


def test_of_two_that_want_it_one_converts_and_the_other_waits(tmp_path, large):
    folder = folder_of(tmp_path, "raw")
    large()
    package, found, shares = open_atlas(folder).package, [], []

    def make(report):
        labels = package.make_ranks(package.region_map, package.grid, report)
        found.append(labels.to_ids())

    other = threading.Thread(target=make, args=(shares.append,))

    def begin(share):
        if not other.ident:
            other.start()
        # It waits, and is asked meanwhile whether to go on.
        while not shares:
            other.join(0.01)

    make(begin)
    other.join()
    assert np.array_equal(found[0], ids())
    assert np.array_equal(found[1], ids())
    assert set(shares) == {0.0}


@pytest.mark.parametrize("times", [1, 2, 3, 9])
def test_interrupted_while_ids_get_their_final_ranks_it_is_made_again(tmp_path, large, times):
    folder = folder_of(tmp_path, "raw")
    stored = ids()
    stored[..., :6] = 4242  # the first slab: met before the smaller one
    VoxelData(stored, (25.0, 50.0, 20.0)).save_nrrd(folder / "annotation.nrrd", encoding="raw")
    large(9000)
    atlas, told = open_atlas(folder), []

    def stop(share):
        told.append(share)
        if told.count(1.0) == times:
            raise KeyboardInterrupt

    atlas.on_progress = stop
    with pytest.raises(KeyboardInterrupt):
        _ = atlas.ranks
    assert np.array_equal(open_atlas(folder).ranks.to_ids(), stored)


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_chunks_that_were_written_again_are_converted_again(tmp_path, large, zarr_format):
    large()
    path = tmp_path / "image.zarr"
    group = zarr.open_group(store=str(path), mode="w", zarr_format=zarr_format)
    array = group.create_array("0", shape=SHAPE, dtype=np.uint16, chunks=(8, 8, 8))
    array[...] = gray()
    scale = [{"type": "scale", "scale": [25.0, 50.0, 20.0]}]
    said = {
        "axes": [{"name": n, "type": "space", "unit": "micrometer"} for n in "zyx"],
        "datasets": [{"path": "0", "coordinateTransformations": scale}],
        "version": "0.4",
    }
    both = {2: {"multiscales": [said]}, 3: {"ome": {"version": "0.5", "multiscales": [said]}}}
    group.attrs.update(both[zarr_format])
    level = read_ome_zarr_header(path).levels[0]
    assert np.array_equal(converted.load_converted(zarr_blocks(level)), gray())
    array[:8] = 7
    assert (converted.load_converted(zarr_blocks(level))[:8] == 7).all()


@pytest.mark.parametrize("kind", ["tiff", "raw"])
def test_files_that_shrink_under_an_open_atlas(tmp_path, large, kind):
    large()
    folder = folder_of(tmp_path, kind)
    atlas = open_atlas(folder)
    raw = atlas.load_data("template").raw
    np.testing.assert_array_equal(raw[5], gray()[5])
    for path in folder.glob("*.*"):
        if path.suffix in (".tif", ".nrrd"):
            os.truncate(path, 600)
    if kind == "tiff":  # read from the file
        with refused("template.tif", "changed while it was open", by=AtlasFileError):
            raw[5]
    else:  # read from the cache, in the order of its slices
        np.testing.assert_array_equal(raw[5], gray()[5])
    with refused("annotation", by=AtlasFileError):
        _ = atlas.ranks
