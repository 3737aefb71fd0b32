"""The user's own coordinate frames, in the folder of the settings."""

from __future__ import annotations

from pathlib import Path

from ...core.atlas.atlas import Atlas
from ...core.space.frames import Frames
from ...formats.frames import read_frames
from .settings import config_file

FRAMES_FILE = "frames.toml"


def frames_file() -> Path:
    """Return the path of the user's file of frames, whether or not there is one."""
    return config_file(FRAMES_FILE)


def load_frames(atlas: Atlas, file: Path | None = None) -> Frames:
    """Return the frames of an atlas, and those of a file, or of the user's own if there is one.

    Raises
    ------
    AtlasFileError
        If the file is not right; see `read_frames`.
    """
    own = frames_file() if file is None else file
    if file is None and not own.is_file():
        return atlas.frames
    return read_frames(own, atlas)
