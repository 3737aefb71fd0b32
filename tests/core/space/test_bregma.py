"""The published transforms to bregma, by the formulas of their sources written out again."""

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from napari_atlas_explorer.core.space.bregma import TRANSFORMS, frames_of_ccf

FRAMES = {frame.name: frame for frame in frames_of_ccf(np.eye(4))}
CCF = np.random.default_rng(23).uniform((0, 0, 0), (13200, 8000, 11400), (10_000, 3))
"""µm along AP, DV and ML of the CCF, from its front, top and left."""


def ibl(ap, dv, ml):
    """Return mm of `AllenAtlas.ccf2xyz`: x = ML, y = AP, z = DV.

    github.com/int-brain-lab/iblatlas, iblatlas/atlas.py (commit 0f2ce72): bregma is
    ``ALLEN_CCF_LANDMARKS_MLAPDV_UM["bregma"]`` = (5739, 5400, 332), steps are (1, -1, -1).
    """
    return np.stack([ml - 5739, 5400 - ap, 332 - dv], axis=-1) / 1000


def forum(ap, dv, ml):
    """Return mm of https://community.brain-map.org/t/1858, for voxels of 10 µm as it has them."""
    x, y, z = ap / 10 - 540, dv / 10 - 44, ml / 10 - 570
    turned = x * math.cos(0.0873) - y * math.sin(0.0873)
    squeezed = (x * math.sin(0.0873) + y * math.cos(0.0873)) * 0.9434
    return np.stack([turned, squeezed, z], axis=-1) * 10 / 1000


def pinpoint(ap, dv, ml):
    """Return mm of Pinpoint: AP, ML, DV.

    Reference coordinate (5.2, 5.7, 0.332) mm (github.com/VirtualBrainLab/Pinpoint, issue 524 and
    RELCOORD_DEFAULT); ``base(new Vector3(-1.031f, 0.952f, -0.885f), new Vector3(0f, -5f, 0f))``
    (Qiu2018Transform.cs, commit 73a5d11); ``Vector3.Scale(_rotation*ccfCoord, _scaling)``
    (github.com/VirtualBrainLab/BrainAtlas, AffineTransform.cs, commit 017e047). The second of
    Unity's Euler angles turns about y, whose quaternion is (0, sin θ/2, 0, cos θ/2).
    """
    half = math.radians(-5) / 2
    rotation = Rotation.from_quat([0, math.sin(half), 0, math.cos(half)])
    space = np.stack([ap / 1000 - 5.2, ml / 1000 - 5.7, dv / 1000 - 0.332], axis=-1)
    return rotation.apply(space) * (-1.031, 0.952, -0.885)


SOURCES = {"bregma-ibl": ibl, "bregma-allen-forum": forum, "bregma-pinpoint": pinpoint}


@pytest.mark.parametrize("name", SOURCES)
def test_published_formulas_are_reproduced(name):
    expected = SOURCES[name](*CCF.T)
    np.testing.assert_allclose(FRAMES[name].from_world(CCF), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", FRAMES)
def test_round_trips_are_within_a_millionth_of_a_micrometer(name):
    frame = FRAMES[name]
    assert np.abs(frame.to_world(frame.from_world(CCF)) - CCF).max() < 1e-6


@pytest.mark.parametrize(
    ("name", "bregma"),
    [
        ("bregma-ibl", (5400, 332, 5739)),
        ("bregma-allen-forum", (5400, 440, 5700)),
        ("bregma-pinpoint", (5200, 332, 5700)),
    ],
)
def test_bregma_is_where_the_source_has_it(name, bregma):
    assert FRAMES[name].origin_um.tolist() == list(bregma)
    assert all(str(n) in FRAMES[name].origin for n in bregma)


@pytest.mark.parametrize("name", SOURCES)
def test_directions_are_those_that_the_axes_name(name):
    frame = FRAMES[name]
    front, right, up = np.diag([1000.0, 1000.0, 1000.0])
    bregma = np.array(frame.origin_um)
    # Along AP, DV, ML of the CCF: the front is where AP falls, the top where DV falls.
    steps = {"anterior": (-1000, 0, 0), "dorsal": (0, -1000, 0), "right": (0, 0, 1000)}
    for k, axis in enumerate(frame.axes):
        opposite = {"posterior": "anterior", "ventral": "dorsal"}.get(axis.positive)
        step = np.array(steps[opposite or axis.positive]) * (-1 if opposite else 1)
        assert frame.from_world(bregma + step)[k] > 0.8
    assert frame.toward_sides(bregma + steps["anterior"]) @ front > 0
    assert frame.toward_sides(bregma + steps["right"]) @ right > 0
    assert frame.toward_sides(bregma + steps["dorsal"]) @ up > 0


@pytest.mark.parametrize("transform", [t for t in TRANSFORMS if t.pitch], ids=lambda t: t.name)
def test_the_tilt_lifts_the_nose(transform):
    # The CCF's nose points down: what lies in front of bregma at its height is above it then.
    frame = FRAMES[transform.name]
    ahead = frame.toward_sides(np.array(transform.bregma_um) - (4000, 0, 0))
    assert 250 < ahead[2] < 400


def test_estimates_and_sources_are_stated():
    for name in SOURCES:
        frame = FRAMES[name]
        assert "estimate" in frame.uncertainty
        assert ".org/" in frame.source or "github.com/" in frame.source
