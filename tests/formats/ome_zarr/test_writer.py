"""OME-Zarr volumes that are written, read back and held against a real package."""

from __future__ import annotations

import hashlib
import json
import tarfile

import numpy as np
import pytest
import zarr

from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError
from napari_atlas_explorer.formats.ome_zarr.reader import read_ome_zarr, read_ome_zarr_header
from napari_atlas_explorer.formats.ome_zarr.writer import write_ome_zarr

from ...refusals import refused

VALUES = np.random.default_rng(0).integers(1, 700_000_000, (20, 9, 17)).astype(np.uint32)
HALF = VALUES[::2, ::2, ::2]


def digests(folder):
    """Every file below a folder, with what is in it."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def chunk_files(level):
    return sorted(str(p.relative_to(level)) for p in (level / "c").rglob("*") if p.is_file())


def document(path):
    return json.loads((path / "zarr.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.float32, ">u4"])
@pytest.mark.parametrize("chunks", [None, 7])
def test_what_is_written_is_read_back(tmp_path, dtype, chunks):
    levels = [VALUES.astype(dtype), HALF.astype(dtype)]
    path = tmp_path / "v.ome.zarr"
    write_ome_zarr(path, levels, [(25, 50, 10), (50, 100, 20)], chunks=chunks)
    header = read_ome_zarr_header(path)
    assert header.spacing_known
    assert not header.is_labels
    for found, level in zip(header.levels, levels, strict=True):
        np.testing.assert_array_equal(read_ome_zarr(found), level)
    np.testing.assert_allclose(header.levels[0].steps, [25, 50, 10])
    np.testing.assert_allclose(header.levels[1].steps, [50, 100, 20])
    np.testing.assert_allclose(header.levels[0].first_center, 0)
    np.testing.assert_allclose(header.levels[1].first_center, [12.5, 25, 5])


def test_masks_have_a_chunk_for_each_channel(tmp_path):
    masks = np.zeros((3, *VALUES.shape), np.uint8)
    masks[0, 2:5] = 1
    masks[2, :, :, 8] = 1
    path = tmp_path / "m.ome.zarr"
    write_ome_zarr(path, [masks], [(25,) * 3], channels=True)
    array = zarr.open_array(store=str(path / "s0"), mode="r")
    np.testing.assert_array_equal(array[...], masks)
    assert array.chunks == (1, 256, 256, 256)
    assert chunk_files(path / "s0") == ["c/0/0/0/0", "c/2/0/0/0"]
    # BrainGlobe would ask its server for a channel without a folder.
    assert (path / "s0" / "c" / "1").is_dir()
    (scales,) = document(path)["attributes"]["ome"]["multiscales"]
    assert [axis["name"] for axis in scales["axes"]] == ["c", "z", "y", "x"]
    steps = scales["datasets"][0]["coordinateTransformations"]
    assert steps[0]["scale"] == [1.0, 0.025, 0.025, 0.025]


def test_the_same_values_give_the_same_bytes(tmp_path):
    for name in "ab":
        write_ome_zarr(tmp_path / name, [VALUES, HALF], [(25,) * 3, (50,) * 3], chunks=8)
    assert len(digests(tmp_path / "a")) == 3 + 3 * 2 * 3 + 2 * 1 * 2
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_chunks_of_zeros_are_left_out_and_read_as_zeros(tmp_path):
    values = np.zeros((16, 16, 16), np.uint16)
    values[9, 3, 12] = 5
    path = tmp_path / "v.ome.zarr"
    write_ome_zarr(path, [values, np.zeros_like(values)], [(1,) * 3, (2,) * 3], chunks=8)
    assert chunk_files(path / "s0") == ["c/1/0/1"]
    assert chunk_files(path / "s1") == []
    assert (path / "s1" / "c").is_dir()
    fine, coarse = (read_ome_zarr(level) for level in read_ome_zarr_header(path).levels)
    np.testing.assert_array_equal(fine, values)
    assert not coarse.any()


class OnDisk:
    """An array that counts how much of it is asked for at a time."""

    def __init__(self, values):
        self.values, self.shape, self.dtype, self.most = values, values.shape, values.dtype, 0

    def __getitem__(self, key):
        block = self.values[key]
        self.most = max(self.most, block.size)
        return block


@pytest.mark.parametrize("channels", [False, True])
def test_an_array_on_disk_is_read_a_row_of_chunks_at_a_time(tmp_path, channels):
    values = np.stack([VALUES, VALUES + 1]) if channels else VALUES
    level = OnDisk(values)
    write_ome_zarr(tmp_path / "v", [level], [(25,) * 3], chunks=4, channels=channels)
    assert level.most == 4 * 9 * 17
    array = zarr.open_array(store=str(tmp_path / "v" / "s0"), mode="r")
    np.testing.assert_array_equal(array[...], values)


def test_a_label_image_may_say_so_and_have_a_name(tmp_path):
    write_ome_zarr(tmp_path / "v", [VALUES], [(25,) * 3], name="regions", labels=True)
    assert read_ome_zarr_header(tmp_path / "v").is_labels
    (scales,) = document(tmp_path / "v")["attributes"]["ome"]["multiscales"]
    assert scales["name"] == "regions"


@pytest.mark.parametrize(
    ("levels", "scales", "options", "words"),
    [
        ([], [], {}, ["one or more"]),
        ([VALUES[0]], [(25,) * 3], {}, ["(9, 17)", "3 axes"]),
        ([VALUES], [(25,) * 3], {"channels": True}, ["4 axes"]),
        ([VALUES[:0]], [(25,) * 3], {}, ["(0, 9, 17)"]),
        ([VALUES, HALF], [(25,) * 3], {}, ["2 levels"]),
        ([VALUES], [(25, 25)], {}, ["three positive"]),
        ([VALUES], [(25, 25, 0)], {}, ["three positive"]),
        ([VALUES], [(25, 25, float("nan"))], {}, ["three positive"]),
        ([HALF, VALUES], [(50,) * 3, (25,) * 3], {}, ["finest"]),
        ([VALUES, HALF.astype(np.uint8)], [(25,) * 3, (50,) * 3], {}, ["dtypes"]),
        ([VALUES], [(25,) * 3], {"chunks": 0}, ["0 voxels"]),
    ],
)
def test_levels_that_do_not_go_together_are_refused(tmp_path, levels, scales, options, words):
    with refused(*words, by=ArgumentError):
        write_ome_zarr(tmp_path / "v", levels, scales, **options)
    assert not (tmp_path / "v").exists()


def test_what_stands_there_is_left_alone(tmp_path):
    path = tmp_path / "v.ome.zarr"
    path.mkdir()
    (path / "mine").write_text("precious")
    with refused(path, "exists", by=AtlasFileError):
        write_ome_zarr(path, [VALUES], [(25,) * 3])
    assert [p.name for p in path.iterdir()] == ["mine"]


def test_a_place_where_nothing_can_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with refused("file", "cannot be written", by=AtlasFileError):
        write_ome_zarr(tmp_path / "file" / "v", [VALUES], [(25,) * 3])


@pytest.fixture(scope="module")
def real(data_folder, tmp_path_factory):
    """Volumes of a package that BrainGlobe's own packager made."""
    archive = data_folder / "brainglobe_packaged_allen_v3" / "brainglobe-atlasapi_v3_allen.tar.xz"
    folder = tmp_path_factory.mktemp("real")
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name.endswith("zarr.json") or "annotations_compressed" in member.name:
                tar.extract(member, folder, filter="data")
    return folder


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "dtype"), [("template", "u2"), ("annotations_compressed", "u4"), ("hemispheres", "u1")]
)
def test_metadata_say_what_a_real_packages_say(real, tmp_path, name, dtype):
    (theirs,) = real.rglob(f"{name}.ome.zarr")
    levels = [np.ones(shape, dtype) for shape in ((132, 80, 114), (66, 40, 57))]
    write_ome_zarr(tmp_path / "v", levels, [(100,) * 3, (200,) * 3])
    for part in ("", "s0", "s1"):
        assert document(tmp_path / "v" / part) == document(theirs / part)


@pytest.mark.data
def test_metadata_of_masks_say_what_a_real_packages_say(real, tmp_path):
    (theirs,) = real.rglob("annotations.ome.zarr")
    masks = [np.ones((2, *shape), "u1") for shape in ((132, 80, 114), (66, 40, 57))]
    write_ome_zarr(tmp_path / "v", masks, [(100,) * 3, (200,) * 3], channels=True)
    assert document(tmp_path / "v") == document(theirs)
    for level in ("s0", "s1"):
        found, expected = document(tmp_path / "v" / level), document(theirs / level)
        assert found.pop("shape")[1:] == expected.pop("shape")[1:]
        assert found == expected


@pytest.mark.data
def test_a_real_annotation_is_written_as_it_was(real, tmp_path):
    (theirs,) = real.rglob("annotations_compressed.ome.zarr")
    header = read_ome_zarr_header(theirs)
    levels = [read_ome_zarr(level) for level in header.levels]
    write_ome_zarr(tmp_path / "v", levels, [level.steps for level in header.levels])
    ours = read_ome_zarr_header(tmp_path / "v")
    for found, level in zip(ours.levels, levels, strict=True):
        np.testing.assert_array_equal(read_ome_zarr(found), level)
    assert sorted(digests(tmp_path / "v")) == sorted(digests(theirs))
