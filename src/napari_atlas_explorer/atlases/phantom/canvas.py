"""Voxels of the brain as a flat list, and brushes that label them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .frame import AXIS_X, AXIS_Y, AXIS_Z, F32, HALF, I64, Bool
from .regions import codes

Codes = npt.NDArray[np.uint16]
Seed = tuple[str, float, float, float, float, float, float]
"""Acronym, center x, y, z (mm), half-axes along x, y, z (mm)."""


@dataclass(slots=True)
class Canvas:
    """Voxels of one half of the brain, in the order of the array.

    As the first axis of the array is ``x``, voxels between two coronal planes
    are a contiguous run: `part` returns it as a slice, and brushes only touch
    the run they need.

    Attributes
    ----------
    index : array of int64, shape (n,)
        Position in the flattened half volume.
    row : array of int64, shape (n,)
        Index of the coronal slice.
    x, y, z : array of float32, shape (n,)
        Warped coordinates in mm; painting in these makes borders organic.
    label : array of uint16, shape (n,)
        The painting: codes of `regions.codes`, 0 where nothing is painted.
    """

    index: npt.NDArray[np.int64]
    row: npt.NDArray[np.int64]
    x: F32
    y: F32
    z: F32
    label: Codes

    @classmethod
    def of(cls, brain: Bool) -> Canvas:
        """Return an empty canvas for the voxels of a mask of the half volume."""
        i, j, k = np.nonzero(brain)
        x, y, z = AXIS_X[i], AXIS_Y[j], AXIS_Z[k]
        # Low-frequency warp, about a tenth of a millimeter.  The lateral part
        # vanishes on the midline, where the halves have to meet.
        sx, sy, sz = 1.9 * x + 0.4, 2.3 * y + 1.1, 2.1 * z + 0.2
        wave = 0.10 * np.sin(sx + sy) + 0.08 * np.cos(2.2 * sy - sx)
        return cls(
            np.flatnonzero(brain),
            i,
            x + 0.08 * np.sin(sy) * np.cos(sz) + 0.03 * np.sin(2.9 * sz + sy),
            y + 0.08 * np.sin(sx) * np.sin(sz + 0.6) + 0.03 * np.cos(2.1 * sz + sx),
            (z + np.minimum(z, 0.6) * wave).astype(np.float32),
            np.zeros(len(i), dtype=np.uint16),
        )

    def part(self, x0: float, x1: float) -> slice:
        """Return the run of voxels whose slices are between two positions (mm)."""
        lo, hi = np.searchsorted(AXIS_X, [x0, x1])
        return slice(*(int(n) for n in np.searchsorted(self.row, [lo, hi])))

    def paint(self, acronym: str, where: Bool | I64, run: slice = slice(None)) -> None:
        """Label the voxels of a run given by a condition or by positions."""
        self.label[run][where] = codes()[acronym]

    def seeds(
        self, table: Sequence[Seed], inside: Bool, limit: float = 1.0, **larger: float
    ) -> None:
        """Divide a region among ellipsoidal seeds; the nearest (relatively) wins.

        Parameters
        ----------
        table : sequence of Seed
            The nuclei.
        inside : array of bool, shape (n,)
            Where they may grow.
        limit : float
            Reach in units of the half-axes: 1 paints ellipsoids, more lets
            the seeds grow until they meet like cells in a tissue.
        **larger : float
            Factors by which single nuclei are enlarged, by acronym.
        """
        reach = max(limit, 1e-3)
        x0 = min(s[1] - s[4] * reach * 1.2 for s in table)
        x1 = max(s[1] + s[4] * reach * 1.2 for s in table)
        run = self.part(x0, x1)
        at = np.flatnonzero(inside[run]) + run.start
        x, y, z = self.x[at], self.y[at], self.z[at]
        nearest = np.full(len(at), limit**2, dtype=np.float32)
        label = self.label[at]
        for acronym, cx, cy, cz, rx, ry, rz in table:
            f = larger.get(acronym.replace("-", "_"), 1.0)
            lo, hi = np.searchsorted(
                self.row[at],
                np.searchsorted(AXIS_X, [cx - rx * reach * f - 0.2, cx + rx * reach * f + 0.2]),
            )
            s = slice(int(lo), int(hi))
            q = ((x[s] - cx) / (rx * f)) ** 2
            q += ((y[s] - cy) / (ry * f)) ** 2
            q += ((z[s] - cz) / (rz * f)) ** 2
            wins = q < nearest[s]
            nearest[s][wins] = q[wins]
            label[s][wins] = codes()[acronym]
        self.label[at] = label

    def volume(self) -> Codes:
        """Return the painting as a half volume."""
        out = np.zeros(HALF, dtype=np.uint16)
        out.ravel()[self.index] = self.label
        return out
