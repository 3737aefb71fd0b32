"""Segments are cut at voxel borders as voxcell cuts them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from napari_atlas_explorer import VoxelData
from napari_atlas_explorer.analysis.lines.crossings import cut_lines

from .peers import require

require("voxcell")
pytestmark = pytest.mark.conformance

SHAPE = (7, 9, 5)


@pytest.mark.parametrize(
    ("steps", "offset"),
    [((1, 1, 1), (0, 0, 0)), ((25, 10, 40), (-100, 5.5, 1e4)), ((0.75, 0.75, 0.75), (-0.5,) * 3)],
)
def test_a_segment_crosses_the_same_voxels(voxcell, steps, offset):
    ours = VoxelData(np.ones(SHAPE), steps, offset)
    theirs = voxcell.VoxelData(ours.raw, list(steps), list(offset))
    rng = np.random.default_rng(11)
    for _ in range(30):
        ends = np.array(offset) + rng.uniform(0.01, 0.99, (2, 3)) * SHAPE * np.array(steps)
        expected, segments = voxcell.voxel_intersection(ends, theirs, True)
        (cut,) = cut_lines(ends, np.zeros(2, np.int64), ours.grid)
        crossed = np.stack(cut.columns, axis=-1)[cut.lengths > 0]
        lengths = np.linalg.norm(segments[:, 3:] - segments[:, :3], axis=1)
        (along_x, _, along_z) = ends[1] - ends[0]
        if along_x * along_z < 0:  # Fault: voxcell gives them from the end to the start.
            expected, lengths = expected[::-1], lengths[::-1]
        assert crossed.tolist() == np.asarray(expected).tolist()
        np.testing.assert_allclose(cut.lengths[cut.lengths > 0], lengths, rtol=1e-4, atol=1e-3)


def test_a_segment_through_corners_crosses_the_same_voxels(voxcell):
    ours = VoxelData(np.ones(SHAPE), (1, 1, 1))
    theirs = voxcell.VoxelData(ours.raw, [1, 1, 1])
    ends = np.array([[1.5, 1.5, 1.5], [0.5, 0.5, 0.5]])
    expected = np.asarray(voxcell.voxel_intersection(ends, theirs))
    (cut,) = cut_lines(ends, np.zeros(2, np.int64), ours.grid)
    voxels = np.stack(cut.columns, axis=-1).tolist()
    assert [voxel for voxel, _ in itertools.groupby(voxels)] == expected.tolist()
