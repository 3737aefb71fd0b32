"""Sections are upright whatever order the axes are stored in."""

from itertools import permutations, product

import numpy as np
import pytest

from napari_atlas_explorer.core.space.frames import Frame, FrameAxis
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.figures.layout import arrange, length_label, round_length
from napari_atlas_explorer.figures.sections import EdgeLetters, section_title, three_sections

ORIENTATIONS = [
    "".join(letters) for pairs in permutations(["ap", "si", "lr"]) for letters in product(*pairs)
]
WHOLE = (slice(0, 5), slice(0, 6), slice(0, 7))


def stored(volume, orientation):
    """A volume whose axes run as "asr", stored in another order."""
    pairs = ["ap", "si", "rl"]
    axes = [next(k for k, pair in enumerate(pairs) if letter in pair) for letter in orientation]
    turned = np.transpose(volume, axes)
    flips = [k for k, letter in enumerate(orientation) if letter not in "asr"]
    return np.flip(turned, flips), axes, flips


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_the_same_brain_looks_the_same_in_all_48_orientations(orientation):
    brain = np.random.default_rng(1).integers(0, 100, (5, 6, 7))
    volume, axes, flips = stored(brain, orientation)
    point = (1, 2, 3)  # anterior, superior, right
    index = [point[a] for a in axes]
    index = [volume.shape[k] - 1 - i if k in flips else i for k, i in enumerate(index)]
    box = tuple(slice(0, n) for n in volume.shape)
    coronal, sagittal, horizontal = three_sections(orientation, index)
    # Left and right stay as stored: only the orientations that start on the left are mirrored.
    mirrored = slice(None, None, -1 if "l" in orientation else 1)
    assert np.array_equal(coronal.cut(volume, box), brain[1][:, mirrored])
    assert np.array_equal(sagittal.cut(volume, box), brain[:, :, 3].T)
    assert np.array_equal(horizontal.cut(volume, box), brain[:, 2, mirrored])
    left, right = ("L", "R") if "l" in orientation else ("R", "L")
    assert coronal.letters == EdgeLetters("S", "I", left, right)
    assert sagittal.letters == EdgeLetters("S", "I", "A", "P")
    assert horizontal.letters == EdgeLetters("A", "P", left, right)
    assert [s.name for s in (coronal, sagittal, horizontal)] == [
        "coronal",
        "sagittal",
        "horizontal",
    ]


@pytest.mark.parametrize("orientation", [*ORIENTATIONS, None])
def test_the_cross_stands_on_the_voxel_it_marks(orientation):
    volume = np.zeros((5, 6, 7), int)
    index = (3, 1, 5)
    volume[index] = 1
    box = (slice(1, 5), slice(0, 5), slice(2, 7))
    for section in three_sections(orientation, index):
        picture = section.cut(volume, box)
        assert picture.shape == section.size(box)
        row, col = section.place([i + 0.5 for i in index], box)
        assert np.argwhere(picture).tolist() == [[int(row), int(col)]]


def test_without_an_orientation_planes_are_as_stored():
    volume = np.arange(5 * 6 * 7).reshape(5, 6, 7)
    first, second, third = three_sections(None, (1, 2, 3))
    assert np.array_equal(first.cut(volume, WHOLE), volume[1])
    assert np.array_equal(second.cut(volume, WHOLE), volume[:, 2])
    assert np.array_equal(third.cut(volume, WHOLE), volume[:, :, 3])
    assert [s.name for s in (first, second, third)] == ["axis 0", "axis 1", "axis 2"]
    assert first.letters is None


def test_colors_keep_their_channels():
    volume = np.random.default_rng(2).integers(0, 255, (5, 6, 7, 3))
    _, sagittal, _ = three_sections("asr", (1, 2, 3))
    assert np.array_equal(sagittal.cut(volume, WHOLE), volume[:, :, 3].swapaxes(0, 1))


@pytest.mark.parametrize(
    ("orientation", "known", "expected"),
    [
        ("asr", True, "coronal, 6 625 µm from anterior"),
        ("psr", True, "coronal, 6 625 µm from posterior"),
        ("asr", False, "coronal, voxel 132 from anterior"),
        (None, True, "axis 0, at -80 µm"),
        (None, False, "axis 0, voxel 132"),
    ],
)
def test_titles_say_where(orientation, known, expected):
    section = three_sections(orientation, (132, 5, 6))[0]
    position = np.array([-80.0, 0, 0])
    grid = VoxelGrid.from_steps((300, 20, 20), (50.0, 50.0, 50.0))
    title = section_title(section, orientation, (132.5, 5.5, 6.5), position, grid, known)
    assert title.replace("\u202f", " ") == expected


@pytest.mark.parametrize(
    ("tilt", "coronal"),
    [
        ((1.0, 0.0), "coronal, AP -1.210 mm (mine)"),
        # Turned by the angle of a 3-4-5 triangle: AP is 0.8 · -1.21 + 0.6 · -0.25.
        ((0.8, 0.6), "coronal, AP -1.118 DV 0.526 ML 0.300 mm (mine)"),
    ],
)
def test_titles_in_a_frame_have_the_coordinate_of_the_plane_or_all_three(tilt, coronal):
    grid = VoxelGrid.from_steps((300, 20, 20), (50.0, 50.0, 50.0))
    axes = (FrameAxis("AP", "anterior"), FrameAxis("DV", "dorsal"), FrameAxis("ML", "right"))
    cos, sin = tilt
    affine = np.eye(4)
    affine[:3, :3] = -1000 * np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    affine[:3, 3] = (5400, 0, 600)
    frame = Frame("mine", "mm", axes, "somewhere", "a test", affine)
    position = np.array([6610.0, 250.0, 300.0])
    titles = [
        section_title(section, "asr", position / 50, position, grid, True, frame)
        for section in three_sections("asr", (132, 5, 6))[:2]
    ]
    assert titles == [coronal, "sagittal, ML 0.300 mm (mine)"]


@pytest.mark.parametrize(
    ("limit", "length"),
    [(3400, 2000), (2000, 2000), (1999, 1000), (999, 500), (7, 5), (0.3, 0.2), (54321, 50000)],
)
def test_scale_bars_are_round_and_fit(limit, length):
    assert round_length(limit) == pytest.approx(length)


def test_scale_bars_say_their_unit():
    assert length_label(2000, True) == "2 mm"
    assert length_label(500, True) == "500 µm"
    assert length_label(20, False) == "20 voxels"
    assert length_label(1, False) == "1 voxel"


@pytest.mark.parametrize(
    "sizes",
    [
        [(11.4, 8.0), (13.2, 8.0), (11.4, 13.2)],
        [(1.0, 1.0), (1.0, 1.0), (1.0, 1.0)],
        [(159, 277), (159, 153), (277, 153)],
        [(100, 1), (100, 1), (1, 1)],
        [(1, 100), (1, 1), (1, 100)],
    ],
)
def test_panels_keep_their_proportions_and_their_distance(sizes):
    above, beside, below = 100, 40, 50
    layout = arrange(sizes, 1700, 1500, above, beside, below)
    assert layout.height <= 1500 + 3
    rooms = []
    for (w, h), frame in zip(sizes, layout.frames, strict=True):
        assert frame.width == pytest.approx(w * layout.scale, abs=1)
        assert frame.height == pytest.approx(h * layout.scale, abs=1)
        room = (
            frame.x - beside,
            frame.y - above,
            frame.x + frame.width + beside,
            frame.y + frame.height + below,
        )
        assert room[0] >= -2
        assert room[1] >= -2
        assert room[2] <= 1702
        assert room[3] <= layout.height + 2
        for other in rooms:
            apart = (
                room[0] >= other[2] - 2
                or other[0] >= room[2] - 2
                or room[1] >= other[3] - 2
                or other[1] >= room[3] - 2
            )
            assert apart
        rooms.append(room)
