"""Error messages of the window: the message, and the menu or button that helps."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.errors import AtlasError, Remedy, worded

STATE = "; state it with ⋯ › Orientation and voxel size…"
REMEDIES: Mapping[Remedy, str] = {
    "replace": ", or “Replace what is there”",
    "state metadata": " Fill in the form.",
    "state orientation": STATE,
    "state axes": STATE,
    "state midline": STATE,
    "state voxel size": STATE,
    "download values": "; “Get an atlas…” fetches them",
}
"""Ending of the message by remedy."""


def error_text(exc: BaseException) -> str:
    """Return the line that the panel shows of an error."""
    if isinstance(exc, AtlasError | OSError):
        return worded(exc, REMEDIES)
    return f"unexpected error ({type(exc).__name__}): {exc}"
