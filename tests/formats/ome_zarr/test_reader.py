"""OME-Zarr volumes, honest and hostile."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import zarr
from zarr.codecs import BloscCodec, GzipCodec, ZstdCodec

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.common.safety import BUDGET_VARIABLE
from napari_atlas_explorer.formats.ome_zarr.reader import read_ome_zarr, read_ome_zarr_header

from ...packages_v3 import write_ome_zarr
from ...refusals import refused

VALUES = np.random.default_rng(0).integers(0, 1000, (10, 12, 9)).astype(np.uint32)


@pytest.fixture
def volume(tmp_path) -> Path:
    return write_ome_zarr(tmp_path / "v.ome.zarr", [VALUES, VALUES[::2, ::2, ::2]], [0.025, 0.05])


def edit(path: Path, change) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def multiscale(document) -> dict:
    return document["attributes"]["ome"]["multiscales"][0]


def test_levels_have_sizes_and_places(volume):
    header = read_ome_zarr_header(volume)
    assert [level.shape for level in header.levels] == [(10, 12, 9), (5, 6, 5)]
    np.testing.assert_allclose(header.levels[0].steps, 25)
    np.testing.assert_allclose(header.levels[1].steps, 50)
    np.testing.assert_allclose(header.levels[1].first_center, 12.5)
    assert header.spacing_known
    np.testing.assert_array_equal(read_ome_zarr(header.levels[0]), VALUES)
    np.testing.assert_array_equal(read_ome_zarr(header.levels[1]), VALUES[::2, ::2, ::2])


@pytest.mark.parametrize("codec", [(), (GzipCodec(),), (BloscCodec(),), (ZstdCodec(level=9),)])
def test_every_codec_that_is_known_is_read(tmp_path, codec):
    path = write_ome_zarr(tmp_path / "v.zarr", [VALUES], [0.01], compressors=codec)
    np.testing.assert_array_equal(read_ome_zarr(read_ome_zarr_header(path).levels[0]), VALUES)


def test_the_older_version_is_read(tmp_path):
    path = tmp_path / "old.zarr"
    group = zarr.open_group(store=str(path), mode="w", zarr_format=2)
    array = group.create_array("0", shape=(1, 1, 10, 12, 9), dtype="u4", chunks=(1, 1, 5, 5, 5))
    array[...] = VALUES[None, None]
    axes = [{"name": "t", "type": "time"}, {"name": "c", "type": "channel"}]
    axes += [{"name": a, "type": "space", "unit": "micrometer"} for a in "zyx"]
    steps = [{"type": "scale", "scale": [1, 1, 2, 3, 4]}]
    group.attrs["multiscales"] = [
        {
            "version": "0.4",
            "axes": axes,
            "datasets": [{"path": "0", "coordinateTransformations": steps}],
        }
    ]
    header = read_ome_zarr_header(path)
    assert header.levels[0].steps == (2, 3, 4)
    np.testing.assert_array_equal(read_ome_zarr(header.levels[0]), VALUES)


def test_a_missing_chunk_is_the_fill_value(volume):
    next((volume / "s0" / "c" / "0" / "0").iterdir()).unlink()
    values = read_ome_zarr(read_ome_zarr_header(volume).levels[0])
    assert (values == 0).any()
    np.testing.assert_array_equal(values[values != 0], VALUES[values != 0])


def test_without_a_unit_steps_count_voxels(tmp_path):
    path = write_ome_zarr(tmp_path / "v.zarr", [VALUES], [0.5], unit=None)
    header = read_ome_zarr_header(path)
    assert not header.spacing_known
    assert header.levels[0].steps == (0.5, 0.5, 0.5)


def first_chunk(volume: Path) -> Path:
    return volume / "s0" / "c" / "0" / "0" / "0"


def zstd_frame(size: int) -> bytes:
    """Head of a frame that claims to unpack to so many bytes (8-byte size, single segment)."""
    return b"\x28\xb5\x2f\xfd" + bytes([0b11100000]) + size.to_bytes(8, "little") + b"\0" * 40


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (zstd_frame(1 << 40), ["1099511627776"]),
        (b"\x28\xb5\x2f\xfd" + bytes([0]) + b"\0" * 40, ["does not state its size"]),
        (b"PK" + b"\0" * 40, ["zstd frame"]),
        (b"", ["zstd frame"]),
        (zstd_frame(8 * 8 * 8 * 4), ["cannot be read"]),
    ],
)
def test_a_hostile_chunk_is_refused_before_it_is_unpacked(volume, content, words):
    first_chunk(volume).write_bytes(content)
    with refused(*words, by=AtlasFileError):
        read_ome_zarr(read_ome_zarr_header(volume).levels[0])


def test_a_gzip_bomb_in_a_chunk_is_refused(tmp_path):
    import gzip

    path = write_ome_zarr(tmp_path / "v.zarr", [VALUES], [0.01], compressors=(GzipCodec(),))
    first_chunk(path).write_bytes(gzip.compress(b"\0" * 50_000_000))
    with refused("longer", by=AtlasFileError):
        read_ome_zarr(read_ome_zarr_header(path).levels[0])


def test_a_chunk_that_is_a_link_elsewhere_is_refused(volume, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"secret")
    first_chunk(volume).unlink()
    first_chunk(volume).symlink_to(secret)
    with refused("no file of this folder", by=AtlasFileError):
        read_ome_zarr(read_ome_zarr_header(volume).levels[0])


def test_a_shape_beyond_memory_is_refused_before_it_is_taken(volume, monkeypatch):
    monkeypatch.setenv(BUDGET_VARIABLE, "1000")
    with refused("4.32 kB", by=AtlasFileError):
        read_ome_zarr(read_ome_zarr_header(volume).levels[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["attributes"].clear(), ["multiscales"]),
        (lambda d: multiscale(d).update(axes="zyx"), ["axes"]),
        (lambda d: multiscale(d)["axes"].pop(), ["axes z, y"]),
        (lambda d: multiscale(d)["axes"][0].update(unit="parsec"), ["parsec"]),
        (lambda d: multiscale(d).update(datasets=[]), ["datasets"]),
        (lambda d: multiscale(d)["datasets"][0].update(path="../../secret"), ["outside"]),
        (lambda d: multiscale(d)["datasets"][0].update(path="s7"), ["s7"]),
        (lambda d: multiscale(d)["datasets"][0].pop("path"), ["path"]),
        (
            lambda d: multiscale(d)["datasets"][0]["coordinateTransformations"][0].update(
                scale=[0, 1, 1]
            ),
            ["scale"],
        ),
        (
            lambda d: multiscale(d)["datasets"][0]["coordinateTransformations"][0].update(
                type="affine"
            ),
            ["transformation"],
        ),
    ],
)
def test_metadata_that_make_no_sense_are_refused(volume, change, words):
    edit(volume / "zarr.json", change)
    with refused(*words, by=AtlasFileError):
        read_ome_zarr_header(volume)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["codecs"].append({"name": "sharding_indexed"}),
        lambda d: d["codecs"].append({"name": "pickle"}),
        lambda d: d.update(codecs="zstd", shape="big"),
        lambda d: d.update(shape=[-1, 2, 3]),
        lambda d: d.update(data_type="object"),
        lambda d: d.clear(),
    ],
)
def test_an_array_that_cannot_be_bounded_is_refused(volume, change):
    edit(volume / "s0" / "zarr.json", change)
    with refused("s0", by=AtlasFileError):
        read_ome_zarr_header(volume)


def test_a_folder_that_is_no_zarr_is_refused(tmp_path):
    with refused("zarr.json", by=AtlasFileError):
        read_ome_zarr_header(tmp_path)


def test_chunks_without_voxels_are_refused(tmp_path):
    path = tmp_path / "v.ome.zarr"
    group = zarr.open_group(store=str(path), mode="w", zarr_format=2)
    group.create_array("0", shape=(8, 8, 8), chunks=(4, 4, 4), dtype="u2")
    scale = {"type": "scale", "scale": [0.1, 0.1, 0.1]}
    axes = [{"name": a, "type": "space", "unit": "millimeter"} for a in "zyx"]
    datasets = [{"path": "0", "coordinateTransformations": [scale]}]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": datasets}]
    metadata = json.loads((path / "0" / ".zarray").read_text())
    (path / "0" / ".zarray").write_text(json.dumps(metadata | {"chunks": [0, 4, 4]}))
    with refused("chunks of (0, 4, 4)", by=AtlasFileError):
        read_ome_zarr_header(path).load()
