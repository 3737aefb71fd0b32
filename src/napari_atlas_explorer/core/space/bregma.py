"""Published transforms from the Allen CCF of the mouse to coordinates from bregma.

The CCF was averaged from brains without their skulls: it has no bregma of its own, as the Allen
Institute says (https://community.brain-map.org/t/158). Every transform here is somebody's
estimate, with that source's own numbers; none is averaged with another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .frames import Frame, FrameAxis, facing_affine

CCF_EXTENT_UM = (13200.0, 8000.0, 11400.0)
"""Length of the CCF from front to back, top to bottom and left to right (Wang et al. 2020)."""

CCF_LETTERS = "asl"
CCF_AXES = (FrameAxis("AP", "posterior"), FrameAxis("DV", "inferior"), FrameAxis("ML", "right"))

ML = FrameAxis("ML", "right")
AP = FrameAxis("AP", "anterior")
DV = FrameAxis("DV", "dorsal")

NO_TILT = (
    "bregma is an estimate; the CCF is neither tilted nor scaled here, although its nose points "
    "down by about 5° and it is about 6 % too tall for a brain in its skull "
    "(community.brain-map.org/t/1858)"
)


@dataclass(frozen=True)
class BregmaTransform:
    """A published transform from the CCF to millimeters from bregma.

    Attributes
    ----------
    name
        Of the frame.
    axes
        In the source's own order, with its own signs.
    bregma_um
        ``(3,)`` along AP, DV and ML of the CCF: from its front, top and left, µm.
    pitch
        Degrees by which the CCF is turned nose up about its left-right axis, before the scale.
    scale
        Factors along each of the axes.
    source, uncertainty
        See `Frame`.
    """

    name: str
    axes: tuple[FrameAxis, FrameAxis, FrameAxis]
    bregma_um: tuple[float, float, float]
    pitch: float
    scale: tuple[float, float, float]
    source: str
    uncertainty: str

    def affine(self) -> NDArray[np.float64]:
        """Return the ``(4, 4)`` matrix from the frame's mm to µm along AP, DV, ML of the CCF."""
        tilt = nose_up(self.axes, self.pitch)
        return facing_affine(self.axes, CCF_LETTERS, self.bregma_um, 1000, self.scale, tilt)

    @property
    def origin(self) -> str:
        """Text for the frame's zero."""
        ap, dv, ml = self.bregma_um
        return f"bregma, taken at AP {ap:g}, DV {dv:g}, ML {ml:g} µm of the Allen CCF"


TRANSFORMS = (
    BregmaTransform(
        "bregma-ibl",
        (ML, AP, DV),
        (5400, 332, 5739),
        0.0,
        (1.0, 1.0, 1.0),
        "International Brain Laboratory, iblatlas: ALLEN_CCF_LANDMARKS_MLAPDV_UM and "
        "AllenAtlas.ccf2xyz (github.com/int-brain-lab/iblatlas, iblatlas/atlas.py)",
        NO_TILT,
    ),
    BregmaTransform(
        "bregma-allen-forum",
        (FrameAxis("AP", "posterior"), FrameAxis("DV", "ventral"), ML),
        (5400, 440, 5700),
        math.degrees(0.0873),
        (1.0, 0.9434, 1.0),
        "Allen Brain Map community forum, How to transform CCF x,y,z coordinates into "
        "stereotactic coordinates (https://community.brain-map.org/t/1858)",
        "bregma, the tilt of 5° (0.0873 rad in the source) and the factor 0.9434 along DV are "
        "estimates, as the source says",
    ),
    BregmaTransform(
        "bregma-pinpoint",
        (AP, ML, DV),
        (5200, 332, 5700),
        5.0,
        (1.031, 0.952, 0.885),
        "Pinpoint's default: reference coordinate (5.2, 5.7, 0.332) mm and Qiu2018Transform "
        "(github.com/VirtualBrainLab/Pinpoint, Qiu2018Transform.cs and issue 524; the order of "
        "rotation and scale from github.com/VirtualBrainLab/BrainAtlas, AffineTransform.cs)",
        "bregma and the tilt of 5° are estimates; the factors are from MRI of mice aligned to "
        "the CCF (Qiu et al. 2018, https://doi.org/10.1038/s41467-018-04921-2)",
    ),
)


def nose_up(axes: Sequence[FrameAxis], degrees: float) -> NDArray[np.float64]:
    """Return the ``(3, 3)`` rotation that lifts the nose, for axes in any order and direction.

    >>> front = [FrameAxis("AP", "anterior"), FrameAxis("ML", "right"), FrameAxis("DV", "dorsal")]
    >>> (nose_up(front, 30) @ [1, 0, 0]).round(3).tolist()  # what lies in front rises
    [0.866, 0.0, 0.5]
    """
    ap = next(k for k, axis in enumerate(axes) if axis.positive in ("anterior", "posterior"))
    dv = next(
        k
        for k, axis in enumerate(axes)
        if axis.positive in ("dorsal", "superior", "ventral", "inferior")
    )
    forward = 1.0 if axes[ap].positive == "anterior" else -1.0
    up = 1.0 if axes[dv].positive in ("dorsal", "superior") else -1.0
    angle = np.radians(degrees)
    rotation = np.eye(3)
    rotation[ap, ap] = rotation[dv, dv] = np.cos(angle)
    rotation[dv, ap] = forward * up * np.sin(angle)
    rotation[ap, dv] = -rotation[dv, ap]
    return rotation


def frames_of_ccf(ccf: NDArray[np.float64], note: str = "") -> list[Frame]:
    """Return the CCF and the frames from bregma.

    Parameters
    ----------
    ccf
        ``(4, 4)`` matrix from µm along AP, DV, ML of the CCF to the atlas's world.
    note
        What the left and right of these frames contradict in the atlas.
    """
    whole = Frame(
        "allen-ccf",
        "um",
        CCF_AXES,
        "front, top, left corner of the volume",
        "Allen Mouse Brain Common Coordinate Framework, Wang et al. 2020, "
        "https://doi.org/10.1016/j.cell.2020.04.007",
        ccf,
        note=note,
    )
    bregma = [
        Frame(
            transform.name,
            "mm",
            transform.axes,
            transform.origin,
            transform.source,
            ccf @ transform.affine(),
            transform.uncertainty,
            note,
            "bregma",
        )
        for transform in TRANSFORMS
    ]
    return [whole, *bregma]
