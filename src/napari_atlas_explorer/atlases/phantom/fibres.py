"""Orientation field: radial directions of the cortex as quaternions."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .frame import F32, Bool


def directions(depth: F32, where: Bool) -> F32:
    """Return the unit vectors from white matter to pia, shape (n, 3).

    Parameters
    ----------
    depth : array of float32, shape (X, Y, Z)
        Distance to the pia (any unit); it falls towards the outside.
    where : array of bool, shape (X, Y, Z)
        The n voxels to compute.
    """
    i, j, k = np.nonzero(where)
    at = np.ravel_multi_index((i, j, k), depth.shape)
    flat = depth.ravel()
    strides = (depth.shape[1] * depth.shape[2], depth.shape[2], 1)
    out = np.empty((len(at), 3), dtype=np.float32)
    for axis, (n, stride) in enumerate(zip((i, j, k), strides, strict=True)):
        # Central differences over two voxels each way, one-sided at the
        # edges: a wide stencil is what smooths the field.
        last = depth.shape[axis] - 1
        up, down = np.minimum(2, last - n), np.minimum(2, n)
        out[:, axis] = (flat[at - down * stride] - flat[at + up * stride]) / (up + down)
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
    return out


def quaternions(vectors: F32) -> npt.NDArray[np.int8]:
    """Return quaternions (w, x, y, z) * 127 that rotate +y onto unit vectors.

    Parameters
    ----------
    vectors : array of float32, shape (n, 3)
        Directions in the axes of the array.

    Notes
    -----
    The shortest rotation from ``y`` to ``v`` is ``(1 + y.v, y x v)``, scaled to
    unit norm.  Straight up (dorsal) is the opposite of ``+y``: there any half
    turn about a horizontal axis will do, and the one about the first axis is
    taken.
    """
    v = np.asarray(vectors, dtype=np.float32)
    q = np.zeros((len(v), 4), dtype=np.float32)
    q[:, 0] = 1 + v[:, 1]
    q[:, 1] = v[:, 2]
    q[:, 3] = -v[:, 0]
    norm = np.linalg.norm(q, axis=1)
    opposite = norm < 1e-3
    q[opposite] = (0, 1, 0, 0)
    norm[opposite] = 1
    q *= np.float32(127) / norm[:, None]
    return np.rint(q).astype(np.int8)
