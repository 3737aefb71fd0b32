"""Dice of all regions at once, and the mirror plane, against naive counts."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.compute.mirror_plane import find_mirror_plane, mirror, mirror_planes
from napari_atlas_explorer.compute.overlap import region_overlap
from napari_atlas_explorer.core.regions.rank_volume import RankVolume
from napari_atlas_explorer.core.space.grid import VoxelGrid


def annotation(ids, region_map):
    return RankVolume.from_ids(ids, region_map, VoxelGrid.from_steps(ids.shape, (10, 10, 10)))


@pytest.mark.parametrize("slab_bytes", [1, 700, 1 << 27])
@pytest.mark.parametrize("seed", range(5))
def test_every_region_is_compared_with_its_descendants(small_map, seed, slab_bytes, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", str(slab_bytes))
    rng = np.random.default_rng(seed)
    labels = annotation(rng.choice([0, 1, 2, 3, 4, 6, 999, 70000], (6, 7, 8)), small_map)
    other = rng.integers(0, labels.n_ranks, labels.raw.shape).astype(labels.raw.dtype)
    found = region_overlap(labels, lambda planes: other[planes])
    for rank in range(1, labels.n_ranks):
        end = labels.ends[rank]
        a = (labels.raw >= rank) & (labels.raw < end)
        b = (other >= rank) & (other < end)
        assert found.first[rank] == a.sum()
        assert found.second[rank] == b.sum()
        assert found.both[rank] == (a & b).sum()
        either = a.sum() + b.sum()
        dice = 2 * (a & b).sum() / either if either else np.nan
        np.testing.assert_allclose(found.dice[rank], dice)
    same = ((labels.raw == other) & (other > 0)).sum()
    assert found.agreement == pytest.approx(2 * same / ((labels.raw > 0).sum() + (other > 0).sum()))
    assert found.differing.tolist() == np.flatnonzero(labels.raw != other).tolist()


@pytest.mark.parametrize("total", [-1, 0, 3, 5, 8, 9, 20])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_mirror_image_takes_the_voxel_at_the_other_end(axis, total):
    volume = np.arange(1, 6 * 6 * 6 + 1).reshape(6, 6, 6)
    image = np.moveaxis(mirror(volume, axis, total), axis, 0)
    plain = np.moveaxis(volume, axis, 0)
    for i in range(6):
        expected = plain[total - i] if 0 <= total - i < 6 else np.zeros((6, 6))
        np.testing.assert_array_equal(image[i], expected)
    whole = mirror(volume, axis, total)
    for start in range(0, 6, 4):
        part = mirror_planes(volume, axis, total, slice(start, min(start + 4, 6)))
        np.testing.assert_array_equal(part, whole[start : start + 4])


@pytest.mark.parametrize(("shift", "plane"), [(0, 10.0), (1, 10.5), (2, 11.0), (-5, 7.5)])
def test_the_plane_is_found_to_half_a_voxel(shift, plane):
    rng = np.random.default_rng(1)
    half = rng.integers(1, 9, (20, 12, 6)).astype(np.uint16)
    ranks = np.zeros((20, 12, 20), np.uint16)
    middle = 10 + shift // 2
    ranks[:, :, middle - 6 : middle] = half
    odd = shift % 2
    ranks[:, :, middle + odd : middle + odd + 6] = half[:, :, ::-1]
    assert find_mirror_plane(ranks, 2, 10, 6) == (plane, 1.0)
