"""Data files that a header names: beside it, never elsewhere."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import AtlasFileError, short


def file_beside(header: Path, name: str) -> Path:
    """Path of a data file that a header names; it must be a file in the header's folder.

    Links are followed first, so that one that leads out of the folder is refused, and so are
    devices and pipes, whose reading may never end.
    """
    folder = header.parent.resolve()
    try:
        target = (folder / name).resolve()
        missing = not target.is_file()
    except (OSError, ValueError, RuntimeError) as exc:  # too long, a loop of links, a null
        raise AtlasFileError(header, f"data file {short(name)} has no valid name") from exc
    if not target.is_relative_to(folder):
        raise AtlasFileError(
            header,
            f"data file {short(name)} is outside its folder",
            "a file beside the header",
        )
    if missing:
        raise AtlasFileError(header, f"data file {short(name)} is missing", "it beside the header")
    return target
