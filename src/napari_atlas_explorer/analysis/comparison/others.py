"""Other local atlases of the same space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...atlases.archives import is_archive
from ...atlases.local.catalogue import Catalogue
from ...atlases.local.remembered import (
    apply,
    open_with_overrides,
    remembered_overrides,
)
from ...atlases.local.settings import read_config, write_config
from ...atlases.open import find_package
from ...core.atlas.atlas import Atlas
from ...core.atlas.lookups import Hit
from ...core.errors import ArgumentError, AtlasError, SeveralAtlasesError
from ...core.progress import Progress
from ..requirements import require_voxel_size
from .comparison import By, Comparison, silent_one, turn_between
from .table import ComparisonTable

MOST_ATLASES = 8
"""Atlases beside the one that is shown."""

FILE = "comparison.json"

MIRRORED = (
    "BrainGlobe and Allen name the sides of the same arrays the other way round: by their own "
    "words the two are mirror images, and so they are compared."
)
AS_ARRAYS = "The arrays are compared as stored; stated axes are ignored."


@dataclass(eq=False)
class OtherAtlas:
    """An atlas that is compared with the one that is shown.

    Attributes
    ----------
    path
        Where it was opened.
    pair
        The one that is shown, and this.
    answer
        What was measured, once it was.
    """

    path: Path
    pair: Comparison
    answer: PointAnswer | None = None

    @property
    def atlas(self) -> Atlas:
        """The other atlas."""
        return self.pair.second

    @property
    def about(self) -> str:
        """What has to be known of how the axes are taken; "" for nothing."""
        if self.pair.arrays:
            return AS_ARRAYS
        return MIRRORED if self.pair.mirrored else ""

    def by(self, by: By) -> OtherAtlas:
        """Return the same, with regions told by ids or by acronyms."""
        pair = Comparison(self.pair.first, self.pair.second, by, self.pair.arrays)
        return OtherAtlas(self.path, pair)


@dataclass(frozen=True, eq=False)
class PointAnswer:
    """What a comparison has measured.

    Attributes
    ----------
    counts
        Voxels of the first for each of `comparison.MEANINGS`.
    table
        Regions of either atlas.
    """

    counts: Sequence[int]
    table: ComparisonTable


def open_other(path: Path, report: Progress = lambda share: None) -> Atlas:
    """Open an atlas as the user settled it before, with all that the cursor asks of it.

    Raises
    ------
    AtlasError
        If there is none, or it cannot be read.
    """
    report(0)
    atlas = open_with_overrides(path, remembered_overrides(path))
    atlas.on_progress = report
    _ = atlas.ranks.total_counts
    if atlas.hemisphere_rule is not None:
        atlas.hemisphere_rule.seen(atlas.shape)
    return atlas


def pair_atlases(first: Atlas, second: Atlas, by: By, arrays: bool = False) -> Comparison:
    """Return two atlases of one space.

    Raises
    ------
    ArgumentError
        Where they cannot be compared, in one line.
    """
    for atlas in (first, second):
        require_voxel_size(atlas)
    return Comparison(first, second, by, arrays)


def measure_regions(pair: Comparison, report: Progress = lambda share: None) -> PointAnswer:
    """Measure all regions and the map's colors in one pass over the voxels."""
    counts = pair.counts(report)
    return PointAnswer(counts, ComparisonTable(pair, pair.as_dataframe()))


def why_not(first: Atlas, second: Atlas, arrays: bool = False) -> ArgumentError | None:
    """Return why two atlases cannot be compared, judged by their headers, or None."""
    try:
        for atlas in (first, second):
            require_voxel_size(atlas)
        turn_between(first, second, arrays)
    except ArgumentError as exc:
        return exc
    return None


# ---- a point -------------------------------------------------------------------------------


@dataclass(frozen=True)
class PointLine:
    """What one atlas says of a point.

    Attributes
    ----------
    acronym, name, hemisphere
        In words; the name says it where there is no region.
    same
        Whether the first atlas says the same; None where there is nothing to be said.
    """

    acronym: str = ""
    name: str = ""
    hemisphere: str = ""
    same: bool | None = None


NOWHERE = PointLine()
NO_REGION = "–"


def point_lines(
    first: Atlas, others: Sequence[Comparison], position: Sequence[float]
) -> list[PointLine]:
    """Look a position of the first atlas (µm) up in all of them."""
    hit = first.at(position)
    lines = [_make_line(first, hit, None)]
    for pair in others:
        twins = pair.beside(hit)
        same = None if hit.outside else twins.same
        lines.append(_make_line(pair.second, twins.second, same))
    return lines


def _make_line(atlas: Atlas, hit: Hit, same: bool | None) -> PointLine:
    if hit.outside:
        return PointLine(NO_REGION, "outside the volume", "", same)
    hemisphere = hit.hemisphere or ("" if atlas.hemisphere_rule is not None else "unknown")
    if not hit.id:
        return PointLine(NO_REGION, "background", hemisphere, same)
    if hit.acronym is None:
        return PointLine(f"id {hit.id}", "not in the hierarchy", hemisphere, same)
    return PointLine(hit.acronym, hit.name or "", hemisphere, same)


# ---- what is remembered --------------------------------------------------------------------


def remembered_by() -> By:
    """Return how regions were matched the last time."""
    entry = read_config(FILE)
    said = entry.get("by") if isinstance(entry, dict) else None
    return "acronym" if said == "acronym" else "id"


def remember_by(by: By) -> None:
    """Keep it for the next time."""
    write_config(FILE, {"by": by})


# ---- Candidates on this computer -----------------------------------------------------------------


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


def list_candidates(
    first: Atlas,
    shown: Path | None,
    catalogue: Catalogue,
    recent: Sequence[Path],
    report: Progress = lambda share: None,
) -> list[Candidate]:
    """List recent atlases, then others, then those that cannot be compared, with why.

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
            found += _list_candidates(first, path, title)
    offered = [c for c in found if c.path != own]
    return sorted(offered, key=lambda candidate: bool(candidate.reason))


def _list_candidates(first: Atlas, path: Path, title: str) -> list[Candidate]:
    """List the atlases that a path offers."""
    if not path.is_dir() or is_archive(path):
        return [Candidate(title, path)]
    try:
        other = Atlas(apply(find_package(path), remembered_overrides(path)))
        # That one alone is silent of its axes can be answered by the user.
        reason = str(why_not(first, other, arrays=bool(silent_one(first, other))) or "")
    except SeveralAtlasesError as several:
        return [
            Candidate(f"{path.name} › {choice.relative_to(path)}", choice.resolve())
            for choice in several.choices
        ]
    except (AtlasError, OSError) as exc:
        reason = str(exc)
    return [Candidate(title, path, reason)]
