"""Frames that users state in TOML."""

import numpy as np
import pytest

from napari_atlas_explorer import AtlasError, open_atlas
from napari_atlas_explorer.frames import read_frames

PLACED = """
[[frame]]
name = "bregma-lab"
atlas = "Phantom*"
unit = "mm"
axes = ["AP anterior", "ML right", "DV dorsal"]
origin_um = [5300, 400, 5400]
pitch = 5
scale = [1, 1, 0.9]
landmark = "bregma"
source = "lab book 12"
"""
BY_MATRIX = """
[[frame]]
name = "scanner"
atlas = "*"
unit = "um"
axes = ["a posterior", "b inferior", "c left"]
matrix = [[2, 0, 0, 5], [0, 1, 0, 0], [0.5, 0, 1, 0]]
source = "the scanner's own header"
"""


@pytest.fixture(scope="module")
def atlas():
    return open_atlas("sample")


def test_a_file_adds_its_frames(tmp_path, atlas):
    file = tmp_path / "frames.toml"
    file.write_text(PLACED + BY_MATRIX)
    frames = read_frames(file, atlas)
    assert list(frames) == ["array", "atlas", "bregma-lab", "scanner"]
    # The atlas is "asr": x runs to the back, y down, z to the left.
    angle = np.radians(5)
    front, down, left = 5300 - 4300.0, 1400 - 400.0, 6400 - 5400.0
    expected = [
        front * np.cos(angle) + down * np.sin(angle),
        -left,
        0.9 * (front * np.sin(angle) - down * np.cos(angle)),
    ]
    found = frames["bregma-lab"].from_world((4300, 1400, 6400))
    np.testing.assert_allclose(found, np.array(expected) / 1000)
    np.testing.assert_allclose(frames["scanner"].from_world((10, 20, 30)), (25, 20, 35))
    points = np.random.default_rng(1).uniform(0, 10_000, (1000, 3))
    for frame in frames.values():
        assert np.abs(frame.to_world(frame.from_world(points)) - points).max() < 1e-6


def test_frames_for_other_atlases_are_unavailable(tmp_path, atlas):
    file = tmp_path / "frames.toml"
    file.write_text(PLACED.replace("Phantom*", "allen_mouse_*"))
    frames = read_frames(file, atlas)
    assert frames.unavailable["bregma-lab"] == "it is for allen_mouse_*, and this is " + atlas.name


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('source = "lab book 12"', "", "there is no source"),
        ('source = "lab book 12"', 'source = " "', "source is ' '"),
        ('"mm"', '"inch"', "unit 'inch'; expected um or mm"),
        ('"ML right"', '"ML sideways"', "the side to which it rises: anterior"),
        ('"ML right"', '"ML posterior"', "two of them run along one line"),
        ('"ML right"', '"AP right"', "expected three names"),
        ("[5300, 400, 5400]", "[5300, 400]", "origin_um \\[5300, 400\\]; expected 3 finite"),
        ("[5300, 400, 5400]", "[nan, 0, 0]", "expected 3 finite numbers"),
        ("[1, 1, 0.9]", "[1, 1, -0.9]", "expected positive factors"),
        ("pitch = 5", "pitch = 500", "degrees from -180 to 180"),
        ("pitch = 5", "yaw = 5", "'yaw' is not known"),
        ('"bregma-lab"', '"atlas"', "two frames are called atlas"),
        ('"bregma-lab"', '"my frame"', "expected no blanks"),
        ("[[frame]]", "[[frames]]", "expected tables"),
        ("[[frame]]", "[[frame]", "not valid TOML"),
        ("pitch = 5", "matrix = [[1, 0, 0, 0]]", "both matrix and origin_um"),
    ],
)
def test_wrong_entries_are_refused_in_one_line(tmp_path, atlas, old, new, message):
    file = tmp_path / "frames.toml"
    assert old in PLACED
    file.write_text(PLACED.replace(old, new))
    with pytest.raises(AtlasError, match=message) as caught:
        read_frames(file, atlas)
    assert "frames.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("a posterior", "a anterior", "does not raise a to anterior"),
        ("[0, 1, 0, 0]", "[4, 0, 0, 1]", "has no inverse"),
        ("[0, 1, 0, 0]", "[0, 1, 0]", "row 2 of matrix"),
    ],
)
def test_wrong_matrices_are_refused_in_one_line(tmp_path, atlas, old, new, message):
    file = tmp_path / "frames.toml"
    file.write_text(BY_MATRIX.replace(old, new))
    with pytest.raises(AtlasError, match=message):
        read_frames(file, atlas)
