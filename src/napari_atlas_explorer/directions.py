"""Directions of orientation fields: see `DirectionField`."""

from .analysis.directions.field import DirectionField, angle_to, direction_rgb

__all__ = ["DirectionField", "angle_to", "direction_rgb"]


def __dir__() -> list[str]:
    return __all__
