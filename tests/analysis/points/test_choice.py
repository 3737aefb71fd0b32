"""Choices of an import, and the shares that tell the right one."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.analysis.points.choice import (
    OTHER_VOXELS,
    OWN_VOXELS,
    PointsChoice,
    Shares,
    first_choice,
    percent,
    unit_choices,
)
from napari_atlas_explorer.analysis.points.frames import ORDERS, PointFrame
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.formats.points.reader import open_points
from tests.made_up import annotation, write_brainglobe

COLUMNS = (0, 1, 2)


@pytest.fixture
def atlas(tmp_path):
    return open_atlas(write_brainglobe(tmp_path / "made_up"))


def file_with(tmp_path, header):
    path = tmp_path / "points.csv"
    path.write_text(f"{header}\n1,2,3,4\n")
    return open_points(path)


@pytest.mark.parametrize(
    ("header", "columns", "order", "unit"),
    [
        ("x,y,z,area", (0, 1, 2), None, None),
        ("area,ap,dv,ml", (1, 2, 3), None, None),  # from bregma, or from the corner?
        ("Atlas_X,Atlas_Y,Atlas_Z,n", (0, 1, 2), COLUMNS, "mm"),
        (
            "coordinate_atlas_axis_0,coordinate_atlas_axis_1,coordinate_atlas_axis_2,n",
            (0, 1, 2),
            COLUMNS,
            None,
        ),
        ("x_um,y_um,z_um,area", (0, 1, 2), None, "um"),
        ("axis_0,axis_1,axis_2,n", (0, 1, 2), COLUMNS, None),
        ("a1,b1,c1,d1", None, None, None),
    ],
)
def test_only_what_the_names_say_is_chosen(atlas, tmp_path, header, columns, order, unit) -> None:
    found = first_choice(file_with(tmp_path, header), atlas)
    assert (found.columns, found.order, found.unit) == (columns, order, unit)


def test_questions_are_asked_one_after_the_other() -> None:
    said = [
        PointsChoice().open_question(),
        PointsChoice((0, 0, 1)).open_question(),
        PointsChoice(COLUMNS).open_question(),
        PointsChoice(COLUMNS, COLUMNS).open_question(),
        PointsChoice(COLUMNS, COLUMNS, OTHER_VOXELS).open_question(),
        PointsChoice(COLUMNS, COLUMNS, OWN_VOXELS).open_question(),
        PointsChoice(COLUMNS, COLUMNS, "mm").open_question(),
    ]
    words = ("columns", "columns", "axis", "unit", "large", "whole number")
    assert all(word in text for word, text in zip(words, said, strict=False))
    assert said[-1] == ""
    with pytest.raises(ArgumentError, match="unit"):
        PointsChoice(COLUMNS, COLUMNS).frame()


def test_choices_become_frames() -> None:
    size = (25.0, 25.0, 50.0)
    own = PointsChoice(COLUMNS, (2, 1, 0), OWN_VOXELS, size, "corner").frame()
    assert own == PointFrame((2, 1, 0), "voxel", None, "corner")
    other = PointsChoice(COLUMNS, COLUMNS, OTHER_VOXELS, size, "centre").frame()
    assert other == PointFrame(COLUMNS, "voxel", size, "centre")
    # What was said of voxels does not matter in mm.
    assert PointsChoice(COLUMNS, COLUMNS, "mm", size, "centre").frame() == PointFrame(COLUMNS, "mm")


def test_the_right_choice_puts_all_points_into_the_brain(atlas) -> None:
    ids = annotation()
    voxels = np.argwhere(ids > 0)
    mm = (voxels + 0.5)[:, ::-1] * 0.05  # columns x, y, z along axes 2, 1, 0
    shares = Shares(atlas, mm)
    orders = shares.of_orders(PointsChoice(COLUMNS, unit="mm"))
    assert orders[ORDERS.index((2, 1, 0))] == 1
    # By hand: as they stand, x, y, z are axes 0, 1, 2.
    wrong = voxels[:, ::-1]
    inside = (wrong < ids.shape).all(axis=1)
    expected = np.count_nonzero(ids[tuple(wrong[inside].T)]) / len(voxels)
    assert orders[0] == pytest.approx(expected)
    units = dict(
        zip(unit_choices(True), shares.of_units(PointsChoice(COLUMNS, (2, 1, 0))), strict=True)
    )
    assert units["mm"] == 1
    assert units["um"] == 0
    assert units[OTHER_VOXELS] is None  # nobody said how large they are


def test_center_and_corner_differ_where_voxels_are_counted(atlas) -> None:
    corners = np.argwhere(annotation() > 0) - 0.5
    wholes = Shares(atlas, corners).of_wholes(PointsChoice(COLUMNS, COLUMNS, OWN_VOXELS))
    assert wholes[0] == 1  # 0.5 below a corner, taken for a center, is that corner's voxel
    assert wholes[1] < 1


def test_shares_are_written_short() -> None:
    assert [percent(x) for x in (0.9912, 1.0, None)] == ["99.1 %", "100.0 %", "–"]
