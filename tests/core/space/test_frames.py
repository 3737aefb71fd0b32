"""Coordinate frames: conversions, names, and what they refuse."""

import numpy as np
import pytest

from napari_atlas_explorer import AtlasError, open_atlas
from napari_atlas_explorer.core.space.frames import (
    Frame,
    FrameAxis,
    Frames,
    UnknownFrameError,
    facing_affine,
)

SIDES = {"right": (1, 0, 0), "left": (-1, 0, 0), "anterior": (0, 1, 0), "posterior": (0, -1, 0)}
SIDES |= {"dorsal": (0, 0, 1), "superior": (0, 0, 1), "ventral": (0, 0, -1)}
STARTS = {
    "l": "right",
    "r": "left",
    "p": "anterior",
    "a": "posterior",
    "i": "dorsal",
    "s": "ventral",
}
"""The side to which an axis rises that starts on the left, right, back, front, bottom or top."""


@pytest.mark.parametrize("letters", ["asl", "asr", "pir", "lpi", "rai", "sla"])
def test_axes_rise_to_the_sides_they_name(letters):
    rng = np.random.default_rng(5)
    world = rng.uniform(-5000, 5000, (50, 3))
    # The anatomy of the positions, by the letters alone: µm to the right, the front and the top.
    anatomy = world @ np.array([SIDES[STARTS[letter]] for letter in letters])
    origin = rng.uniform(-5000, 5000, 3)
    zero = origin @ np.array([SIDES[STARTS[letter]] for letter in letters])
    axes = (FrameAxis("DV", "ventral"), FrameAxis("ML", "left"), FrameAxis("AP", "anterior"))
    affine = facing_affine(axes, letters, origin, 1000, (0.9, 1, 1.2))
    frame = Frame("made-up", "mm", axes, "somewhere", "nobody", affine)
    expected = (anatomy - zero) @ np.array([SIDES[a.positive] for a in axes]).T / 1000
    np.testing.assert_allclose(frame.from_world(world), expected * (0.9, 1, 1.2), atol=1e-9)
    np.testing.assert_allclose(frame.to_world(frame.from_world(world)), world, atol=1e-6)


def test_two_axes_along_one_line_are_no_frame():
    axes = (FrameAxis("A", "left"), FrameAxis("B", "right"), FrameAxis("C", "dorsal"))
    with pytest.raises(AtlasError, match="two of them run along one line"):
        facing_affine(axes, "asl", (0, 0, 0), 1)


@pytest.mark.parametrize("affine", [np.zeros((4, 4)), np.full((4, 4), np.nan), np.eye(3)])
def test_a_matrix_without_an_inverse_is_refused(affine):
    with pytest.raises(AtlasError, match="frame made-up"):
        Frame("made-up", "um", (FrameAxis("x"), FrameAxis("y"), FrameAxis("z")), "", "", affine)


def test_any_leading_shape_is_kept_and_what_is_no_number_stays_so():
    frame = open_atlas("sample").frames["array"]
    assert frame.to_world(np.zeros((2, 0, 3))).shape == (2, 0, 3)
    assert np.isnan(frame.from_world([np.nan, 0, 0])).any()
    with pytest.raises(AtlasError, match="3"):
        frame.to_world([1, 2])


def test_unknown_names_list_the_known_ones_and_the_nearest():
    frames = open_atlas("sample").frames
    with pytest.raises(UnknownFrameError, match="known are array, atlas; did you mean atlas"):
        frames["atlass"]
    with pytest.raises(UnknownFrameError, match="bregma-ibl: not an atlas of the Allen"):
        frames["bregma-ibl"]
    with pytest.raises(AtlasError, match="two frames are called atlas"):
        frames.extend([frames["atlas"]], {})
    assert "bregma-ibl" not in frames
    assert list(frames) == ["array", "atlas"]


def test_frames_of_one_landmark_are_compared_and_no_others():
    axes = (FrameAxis("AP", "anterior"), FrameAxis("DV", "dorsal"), FrameAxis("ML", "right"))
    back = (FrameAxis("AP", "posterior"), FrameAxis("DV", "ventral"), FrameAxis("ML", "right"))
    one = Frame(
        "one", "mm", axes, "", "", facing_affine(axes, "asl", (0, 0, 0), 1000), "", "", "bregma"
    )
    # 300 µm further back and 400 µm further down, with other signs and another unit.
    two = Frame(
        "two", "um", back, "", "", facing_affine(back, "asl", (300, 400, 0), 1), "", "", "bregma"
    )
    frames = Frames([one, two, *open_atlas("sample").frames.values()])
    differences = frames.compare("one", (1000, 2000, 500))
    assert [d.frame.name for d in differences] == ["one", "two"]
    np.testing.assert_allclose(differences[0].numbers, (-1, -2, 0.5))
    np.testing.assert_allclose(differences[1].numbers, (700, 1600, 500))
    assert differences[1].distance_um == pytest.approx(500)
    assert [d.frame.name for d in frames.compare("atlas", (0, 0, 0))] == ["atlas"]
