"""Chunks of labels, decoded voxel by voxel."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.formats.neuroglancer.writer import encode_segmentation

from ...refusals import refused


def decoded(raw, shape):
    """Labels of a chunk, voxel by voxel, by neuroglancer's description of the encoding."""
    words = np.frombuffer(raw, "<u4").tolist()
    assert words[0] == 1  # one channel, which begins behind this word
    words = words[1:]
    out = np.empty(shape, np.uint32)
    n_y, n_x = -(-shape[1] // 8), -(-shape[2] // 8)
    for z, y, x in np.ndindex(shape):
        block = x // 8 + n_x * (y // 8 + n_y * (z // 8))
        table, values = words[2 * block] & 0xFFFFFF, words[2 * block + 1]
        bits = words[2 * block] >> 24
        at = bits * (x % 8 + 8 * (y % 8 + 8 * (z % 8)))
        number = words[values + at // 32] >> at % 32 & (1 << bits) - 1 if bits else 0
        out[z, y, x] = words[table + number]
    return out


@pytest.mark.parametrize("n_labels", [1, 2, 3, 4, 5, 16, 17, 256, 257, 2000])
@pytest.mark.parametrize("shape", [(8, 8, 8), (9, 17, 20), (1, 1, 1), (16, 3, 30)])
def test_labels_of_every_number_are_decoded_as_they_were(n_labels, shape):
    rng = np.random.default_rng(n_labels)
    names = rng.choice(2**32, n_labels, replace=False).astype(np.uint32)
    labels = names[rng.integers(0, n_labels, shape)]
    np.testing.assert_array_equal(decoded(encode_segmentation(labels), shape), labels)


def test_blocks_of_one_label_take_a_header_and_a_table_of_one():
    # Channel's offset, 2 × 2 × 2 headers of two words, as many labels.
    assert len(encode_segmentation(np.full((16, 16, 16), 997, np.uint32))) == 4 * (1 + 16 + 8)


def test_two_labels_take_one_bit_for_each_voxel():
    labels = np.zeros((8, 8, 8), np.uint32)
    labels[3, 2, 1] = 997
    words = np.frombuffer(encode_segmentation(labels), "<u4")[1:]
    assert len(words) == 2 + 512 // 32 + 2
    at = 1 + 8 * (2 + 8 * 3)
    assert words[2 + at // 32] == 1 << at % 32


def test_a_view_of_another_order_is_encoded_as_it_stands():
    labels = np.random.default_rng(7).integers(0, 9, (11, 9, 10)).astype(np.uint32)
    turned = labels.transpose(2, 0, 1)[:, ::-1]
    np.testing.assert_array_equal(decoded(encode_segmentation(turned), (10, 11, 9)), turned)


@pytest.mark.parametrize(
    ("labels", "word"),
    [
        (np.zeros((8, 8, 8), np.uint16), "uint16"),
        (np.zeros((8, 8), np.uint32), "(8, 8)"),
        (np.zeros((8, 0, 8), np.uint32), "(8, 0, 8)"),
    ],
)
def test_what_is_no_chunk_of_labels_is_refused(labels, word):
    with refused(word, by=ArgumentError):
        encode_segmentation(labels)
