"""From the hidden folder to its place: by renaming, never half."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..core.errors import AtlasFileError


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
    moves: list[tuple[Path, Path]] = []
    for entry in sorted(temporary.iterdir()):
        if entry.name == shared_root:
            parts = sorted(entry.glob("*/*/*"), key=lambda p: (p.parts[-3] == "atlases", p))
            moves += [(p, folder / p.relative_to(temporary)) for p in parts]
        else:
            moves.append((entry, folder / entry.name))
    there = [target for _, target in moves if target.exists()]
    if there and not force:
        raise AtlasFileError(
            there[0], "it exists", "another version or folder, or --force to replace it"
        )
    kept: list[tuple[Path, Path]] = []
    made: list[Path] = []
    try:
        for n, (_, target) in enumerate(moves):
            if target.exists():
                aside = temporary / f".replaced{n}"
                target.rename(aside)
                kept.append((aside, target))
        for entry, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            entry.rename(target)
            made.append(target)
    except OSError:
        for target in made:
            shutil.rmtree(target, ignore_errors=True)
        for aside, target in kept:
            aside.rename(target)
        raise
