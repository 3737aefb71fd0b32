"""Quaternions, with w last."""

import numpy as np

from napari_atlas_explorer import directions

__all__ = ["matrices_to_quaternions", "quaternions_to_matrices"]


def matrices_to_quaternions(matrices):
    """Put w last."""
    return np.roll(directions.matrices_to_quaternions(matrices), -1, axis=-1)


def quaternions_to_matrices(q):
    """Put w first."""
    return directions.quaternions_to_matrices(np.roll(q, 1, axis=-1))
