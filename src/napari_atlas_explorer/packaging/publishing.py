"""From the hidden folder to its place: by renaming, never half."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import AtlasFileError
from .swapping import swapped


def publish(temporary: Path, folder: Path, force: bool, shared_root: str) -> None:
    """Rename what stands in a hidden folder into the folder that holds it.

    A v3 package shares its root with others: its components are renamed one by one, the
    manifests that name them last, so that no atlas is ever seen without its parts.

    Parameters
    ----------
    temporary
        Hidden folder within ``folder``.
    folder
        The target.
    force
        Whether what is there is replaced.
    shared_root
        Name of the folder that packages share.
    """
    moves: dict[Path, Path] = {}
    for entry in sorted(temporary.iterdir()):
        if entry.name == shared_root:
            parts = sorted(entry.glob("*/*/*"), key=lambda p: (p.parts[-3] == "atlases", p))
            moves |= {folder / p.relative_to(temporary): p for p in parts}
        else:
            moves[folder / entry.name] = entry
    there = [target for target in moves if target.exists()]
    if there and not force:
        raise AtlasFileError(
            there[0], "it exists", "another version or folder, or --force to replace it"
        )
    with swapped(moves, temporary):
        pass
