"""Coordinate frames of atlases: see `Atlas.frames` and `read_frames`."""

from .core.space.frames import Frame, FrameAxis, Frames
from .formats.frames import read_frames

__all__ = ["Frame", "FrameAxis", "Frames", "read_frames"]


def __dir__() -> list[str]:
    return __all__
