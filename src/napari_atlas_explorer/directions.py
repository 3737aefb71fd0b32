"""Directions of orientation fields: see `DirectionField`."""

from .analysis.directions.field import DirectionField, angle_to, direction_rgb
from .core.orientation_field import matrices_to_quaternions, quaternions_to_matrices

__all__ = [
    "DirectionField",
    "angle_to",
    "direction_rgb",
    "matrices_to_quaternions",
    "quaternions_to_matrices",
]


def __dir__() -> list[str]:
    return __all__
