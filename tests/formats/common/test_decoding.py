"""Decompression that never gives more than was declared."""

from __future__ import annotations

import bz2
import gzip
import io
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.common.decoding import PIECE_SIZE, inflate

from ...refusals import refused

NAME = Path("volume.nrrd")
PACK = {"gzip": gzip.compress, "bzip2": bz2.compress}


def unpack(packed: bytes, size: int, encoding: str = "gzip", ahead: int = 0) -> bytes:
    return inflate(io.BytesIO(packed), size, encoding, NAME, ahead).tobytes()


@pytest.mark.parametrize("encoding", ["gzip", "bzip2"])
@pytest.mark.parametrize(
    "size", [1, 1000, PIECE_SIZE - 1, PIECE_SIZE, PIECE_SIZE + 1, 2 * PIECE_SIZE + 12345]
)
@pytest.mark.parametrize("kind", ["zeros", "noise"])
def test_what_was_packed_comes_out(encoding, size, kind):
    noise = np.random.default_rng(1).integers(0, 256, size, dtype=np.uint8).tobytes()
    data = bytes(size) if kind == "zeros" else noise
    assert unpack(PACK[encoding](data), size, encoding) == data


@pytest.mark.parametrize("encoding", ["gzip", "bzip2"])
def test_members_are_joined(encoding):
    pack = PACK[encoding]
    assert unpack(pack(b"abc") + pack(b"") + pack(b"def"), 6, encoding) == b"abcdef"


@pytest.mark.parametrize("padding", [b"\n", b"\0" * 700, b"trailing text"])
def test_padding_behind_the_last_gzip_member_is_passed_over(padding):
    assert unpack(gzip.compress(b"abc") + padding, 3) == b"abc"


@pytest.mark.parametrize("encoding", ["gzip", "bzip2"])
def test_a_bomb_is_refused_at_the_declared_size(encoding):
    bomb = PACK[encoding](bytes(30_000_000))
    with refused(NAME, "longer", "1000 bytes", by=AtlasFileError):
        unpack(bomb, 1000, encoding)


@pytest.mark.parametrize("encoding", ["gzip", "bzip2"])
@pytest.mark.parametrize("keep", [0, 5, 20, -9, -1])
def test_a_stream_that_is_cut_off_is_refused(encoding, keep):
    data = np.random.default_rng(2).integers(0, 256, 5000, dtype=np.uint8).tobytes()
    with refused(NAME, encoding, "5000", by=AtlasFileError):
        unpack(PACK[encoding](data)[:keep], 5000, encoding)


@pytest.mark.parametrize("encoding", ["gzip", "bzip2"])
def test_a_stream_with_a_changed_byte_is_refused(encoding):
    data = np.random.default_rng(3).integers(0, 4, 5000, dtype=np.uint8).tobytes()
    packed = PACK[encoding](data)
    for at in range(12, len(packed), 97):
        bad = packed[:at] + bytes([packed[at] ^ 0x55]) + packed[at + 1 :]
        with refused(NAME, by=AtlasFileError):
            unpack(bad, 5000, encoding)


def test_bytes_ahead_of_those_wanted_are_passed_over_up_to_a_limit():
    assert unpack(gzip.compress(b"headdata"), 4, ahead=4) == b"data"
    assert unpack(gzip.compress(b"data"), 4, ahead=4) == b"data"
    with refused(NAME, "longer", by=AtlasFileError):
        unpack(gzip.compress(b"+headdata"), 4, ahead=4)
    with refused(NAME, "3 bytes", by=AtlasFileError):
        unpack(gzip.compress(b"ata"), 4, ahead=4)
