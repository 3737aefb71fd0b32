"""Atlases on this computer that can be compared with one: those of its space first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..atlases.archives import is_archive
from ..atlases.catalogue import Catalogue
from ..atlases.open import find_package
from ..core.atlas import Atlas
from ..core.comparison import silent_one
from ..core.errors import AtlasError, SeveralAtlasesError
from .comparison import Report, why_not
from .settled import apply, remembered


@dataclass(frozen=True)
class Candidate:
    """An atlas that may be chosen.

    Attributes
    ----------
    title
        Name and version.
    path
        Where it is.
    reason
        Why it cannot be compared, "" where nothing is known against it.
    """

    title: str
    path: Path
    reason: str = ""


def candidates(
    first: Atlas,
    shown: Path | None,
    catalogue: Catalogue,
    recent: Sequence[Path],
    report: Report = lambda share: None,
) -> list[Candidate]:
    """Atlases lately opened, then the others; those that cannot be compared last, with the reason.

    Only headers and hierarchies are read: what a file or an archive holds is not looked at
    before it is chosen. Call it in a worker.

    Parameters
    ----------
    first, shown
        The atlas that is shown, and its path: it is not offered itself.
    catalogue, recent
        What is on this computer, and what was opened lately.
    report
        Told the share that is done; what it raises ends the look.
    """
    titles = {path.resolve(): path.name for path in recent}
    for entry in catalogue.entries:
        titles[entry.path.resolve()] = entry.title
    own = shown.resolve() if shown is not None else None
    found: list[Candidate] = []
    for n, (path, title) in enumerate(titles.items()):
        report(n / len(titles))
        if path != own:
            found += _looked_at(first, path, title)
    offered = [c for c in found if c.path != own]
    return sorted(offered, key=lambda candidate: bool(candidate.reason))


def _looked_at(first: Atlas, path: Path, title: str) -> list[Candidate]:
    """What a path offers: several where a folder holds several atlases."""
    if not path.is_dir() or is_archive(path):
        return [Candidate(title, path)]
    try:
        other = Atlas(apply(find_package(path), remembered(path)))
        # That one alone is silent of its axes can be answered by the user.
        reason = why_not(first, other, arrays=bool(silent_one(first, other)))
    except SeveralAtlasesError as several:
        return [
            Candidate(f"{path.name} › {choice.relative_to(path)}", choice.resolve())
            for choice in several.choices
        ]
    except (AtlasError, OSError) as exc:
        reason = str(exc)
    return [Candidate(title, path, reason)]
