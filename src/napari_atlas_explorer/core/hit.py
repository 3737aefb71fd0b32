"""The answer to "what is here?"."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Hit:
    """What is at a position.

    Attributes
    ----------
    id
        Region id; 0 for background and outside.
    rank
        Pre-order rank of the region; 0 for background and outside.
    acronym, name
        Of the region; None for background, outside and ids that the hierarchy does not know.
    path
        Acronyms from the root to the region itself.
    hemisphere
        "left", "right", or None where it is outside or unknown.
    index
        Voxel, or None outside.
    position
        The position that was asked, µm.
    outside
        Whether the position is outside the volume.
    """

    id: int
    rank: int
    acronym: str | None
    name: str | None
    path: tuple[str, ...]
    hemisphere: str | None
    index: tuple[int, ...] | None
    position: tuple[float, ...]
    outside: bool
