"""What a writer of a layout leaves behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """Packages in a folder.

    Attributes
    ----------
    packages
        What `open_atlas` opens, one for each resolution, the finest first.
    meshes
        Where the meshes are from, in words; "" if there are none.
    notes
        What was changed on the way, in sentences.
    """

    packages: list[Path]
    meshes: str = ""
    notes: tuple[str, ...] = ()
