"""What numbers mean."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, VoxelData
from napari_atlas_explorer.analysis.points.frames import (
    ORDERS,
    PointFrame,
    likely_frames,
    plausibility,
)
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.space.grid import VoxelGrid

GRID = VoxelGrid.from_steps((10, 20, 30), (10.0, 20.0, -30.0), (100.0, 0.0, 900.0))


@pytest.mark.parametrize(
    ("frame", "position"),
    [
        (PointFrame((0, 1, 2), "um"), (1, 2, 3)),
        (PointFrame((2, 1, 0), "um"), (3, 2, 1)),
        (PointFrame((1, 2, 0), "mm"), (2000, 3000, 1000)),
        # From the corner (100, 0, 900), axis 2 downwards.
        (PointFrame((1, 2, 0), "mm", signs=(1, -1, 1)), (2000, -3000, 1000)),
        (PointFrame((0, 1, 2), "voxel", integer_is="corner"), (110, 40, 810)),
        (PointFrame((0, 1, 2), "voxel", integer_is="centre"), (115, 50, 795)),
        (PointFrame((0, 1, 2), "voxel", (5.0, 5.0, 2.0), "corner"), (105, 10, 894)),
        (PointFrame((0, 1, 2), "voxel", (5.0, 5.0, 2.0), "centre"), (107.5, 12.5, 893)),
        (PointFrame((2, 0, 1), "voxel", (5.0, 5.0, 2.0), "corner"), (115, 5, 896)),
    ],
)
def test_numbers_become_positions(frame, position):
    assert frame.to_um([(1, 2, 3)], GRID).tolist() == [list(map(float, position))]


@pytest.mark.parametrize(
    "options",
    [
        {"order": (0, 1, 1), "unit": "um"},
        {"order": (0, 1, 2), "unit": "inch"},
        {"order": (0, 1, 2), "unit": "mm", "signs": (1, 0, 1)},
        {"order": (0, 1, 2), "unit": "voxel", "integer_is": "corner", "signs": (1, -1, 1)},
        {"order": (0, 1, 2), "unit": "voxel"},
        {"order": (0, 1, 2), "unit": "um", "integer_is": "centre"},
        {"order": (0, 1, 2), "unit": "mm", "voxel_size": (1.0, 1.0, 1.0)},
        {"order": (0, 1, 2), "unit": "voxel", "integer_is": "corner", "voxel_size": (1, 0, 1)},
    ],
)
def test_meanings_that_do_not_fit_together_are_refused(options):
    with pytest.raises(ArgumentError, match=r"expected|with unit"):
        PointFrame(**options)


def brain(small_map) -> Atlas:
    """A brain of 3 × 6 × 1 mm in a volume of 4 × 8 × 2 mm, from (1000, 0, 0)."""
    ids = np.zeros((40, 80, 20), np.uint32)
    ids[5:35, 10:70, 5:15] = 3
    return Atlas.from_arrays(
        VoxelData(ids, (100.0, 100.0, 100.0), (1000.0, 0.0, 0.0)), small_map, 100.0
    )


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("unit", ["um", "mm", "voxel", "voxel of 25"])
def test_the_right_meaning_puts_most_points_into_the_brain(small_map, order, unit):
    atlas = brain(small_map)
    rng = np.random.default_rng(1)
    world = rng.uniform((1510, 1010, 510), (4490, 6990, 1490), (4000, 3))
    numbers = {
        "um": world,
        "mm": world / 1000,
        "voxel": (world - (1000, 0, 0)) / 100 - 0.5,
        "voxel of 25": (world - (1000, 0, 0)) / 25 - 0.5,
    }[unit]
    written = np.empty_like(numbers)
    written[:, list(order)] = numbers
    frames = likely_frames(voxel_sizes=(None, (25.0, 25.0, 25.0)), wholes=("centre",))
    answers = plausibility(written, atlas.ranks, frames)
    assert [answer.frame for answer in answers] == frames
    best = max(answers, key=lambda answer: answer.in_brain)
    assert best.frame.order == order
    assert best.frame.unit == unit.split()[0]
    assert (best.frame.voxel_size is not None) == (unit == "voxel of 25")
    assert best.in_brain == best.in_volume == 1
    assert sorted(a.in_brain for a in answers)[-2] < 0.9


def test_shares_are_those_of_a_count(small_map):
    atlas = brain(small_map)
    points = np.array([(2000, 2000, 1000), (1100, 100, 100), (-5, 0, 0), (np.nan, 0, 0)])
    found = plausibility(points, atlas.ranks, [PointFrame((0, 1, 2), "um")])[0]
    assert (found.in_brain, found.in_volume) == (0.25, 0.5)
    many = np.repeat(points[:2], 50_000, axis=0)
    found = plausibility(many, atlas.ranks, [PointFrame((0, 1, 2), "um")], most=1000)[0]
    assert found.in_brain == pytest.approx(0.5, abs=0.01)
    nobody = plausibility(np.zeros((0, 3)), atlas.ranks, [PointFrame((0, 1, 2), "um")])[0]
    assert np.isnan(nobody.in_brain)
