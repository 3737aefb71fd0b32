"""Assembly of the phantom."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ...core.progress import Progress, ignore_progress
from . import anatomy, fibres, regions, texture
from .frame import SHAPE, STEP

ANATOMY = 0.78
"""Share of the time that the labels take, measured; for the progress."""


@dataclass(frozen=True, slots=True)
class Phantom:
    """Synthetic atlas.

    All volumes share the axes anterior to posterior, superior to inferior,
    right to left.

    Attributes
    ----------
    reference : array of uint16, shape (X, Y, Z)
        A template image; tissue is bright, white matter and ventricles dark.
    annotation : array of uint32, shape (X, Y, Z)
        Id of the region at each voxel, 0 outside the brain.
    hemispheres : array of uint8, shape (X, Y, Z)
        0 outside the brain, 1 left, 2 right.
    orientation : array of int8, shape (X, Y, Z, 4)
        Quaternions (w, x, y, z) times 127 that rotate ``+y`` onto the radial
        direction of the neocortex, from white matter to pia; zero elsewhere.
    structures : list of dict
        The hierarchy, parents before children.
    resolution : tuple of float
        Edge lengths of a voxel in micrometers.
    orientation_code : str
        Origin of each axis: anterior, superior, right.
    """

    reference: npt.NDArray[np.uint16]
    annotation: npt.NDArray[np.uint32]
    hemispheres: npt.NDArray[np.uint8]
    orientation: npt.NDArray[np.int8]
    structures: list[dict[str, Any]] = field(repr=False)
    resolution: tuple[float, float, float] = (STEP * 1000, STEP * 1000, STEP * 1000)
    orientation_code: str = "asr"


def make_phantom(progress: Progress = ignore_progress) -> Phantom:
    """Build the phantom atlas; every call returns equal arrays.

    The two hemispheres mirror each other except where
    `anatomy.ASYMMETRIES` defines: the left primary auditory area (AUDp) and
    the left lateral habenula (LH) are larger, the nucleus of the brachium of
    the inferior colliculus (NB) is on the left side only, and the right
    lateral ventricle (VL) is wider.

    The regions named in `regions.EMPTY` have no voxels.
    """
    half = anatomy.build(lambda share: progress(ANATOMY * share))
    progress(ANATOMY)
    label = np.concatenate([half.right[:, :, ::-1], half.left], axis=2)
    ids = np.zeros(len(regions.regions()) + 1, dtype=np.uint32)
    for r in regions.regions():
        ids[r.order + 1] = r.id

    hemispheres = np.zeros(SHAPE, dtype=np.uint8)
    middle = SHAPE[2] // 2
    hemispheres[:, :, :middle][label[:, :, :middle] > 0] = 2
    hemispheres[:, :, middle:][label[:, :, middle:] > 0] = 1

    progress(ANATOMY + 0.02)
    orientation = np.zeros((*SHAPE, 4), dtype=np.int8)
    left = fibres.directions(half.depth, half.cortex)
    orientation[:, :, middle:][half.cortex] = fibres.quaternions(left)
    mirror = left * np.array([1, 1, -1], dtype=np.float32)
    orientation[:, :, :middle][:, :, ::-1][half.cortex] = fibres.quaternions(mirror)
    progress(0.85)
    return Phantom(
        reference=texture.render(label),
        annotation=ids[label],
        hemispheres=hemispheres,
        orientation=orientation,
        structures=regions.structures(),
    )
