"""Other atlases beside the one that is shown: opened, paired, measured; no Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..atlases.open import open_atlas
from ..core.atlas import Atlas
from ..core.comparison import By, Comparison, turn_between
from ..core.errors import ArgumentError
from ..core.hit import Hit
from .comparison_table import ComparisonTable
from .config import read_config, write_config
from .settled import Settled, apply, remembered

MOST_ATLASES = 8
"""Atlases beside the one that is shown."""

FILE = "comparison.json"

MIRRORED = (
    "BrainGlobe and Allen name the sides of the same arrays the other way round: by their own "
    "words the two are mirror images, and so they are compared."
)
AS_ARRAYS = "The arrays are compared as they lie, whatever is said of their axes."

Report = Callable[[float], None]


@dataclass(eq=False)
class Other:
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
    answer: Answer | None = None

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

    def by(self, by: By) -> Other:
        """The same, with regions told by ids or by acronyms."""
        pair = Comparison(self.pair.first, self.pair.second, by, self.pair.arrays)
        return Other(self.path, pair)


@dataclass(frozen=True, eq=False)
class Answer:
    """What a comparison has measured.

    Attributes
    ----------
    counts
        Voxels of the first for each of `core.comparison.MEANINGS`.
    table
        Regions of either atlas.
    """

    counts: Sequence[int]
    table: ComparisonTable


def open_other(path: Path, report: Report = lambda share: None) -> Atlas:
    """Open an atlas as the user settled it before, with all that the cursor asks of it.

    Raises
    ------
    AtlasError
        If there is none, or it cannot be read.
    """
    settled = remembered(path)
    table = settled.region_map
    if table is not None and not Path(table).is_file():
        table, settled = None, Settled(settled.resolution, settled.orientation, settled.midline)
    report(0)
    atlas = Atlas(apply(open_atlas(path, table).package, settled))
    atlas.on_progress = report
    _ = atlas.labels.total_counts
    if atlas.sides is not None:
        atlas.sides.seen(atlas.shape)
    return atlas


def paired(first: Atlas, second: Atlas, by: By, arrays: bool = False) -> Comparison:
    """Two atlases of one space.

    Raises
    ------
    ArgumentError
        Where they cannot be compared, in one line.
    """
    for atlas in (first, second):
        require_micrometres(atlas)
    return Comparison(first, second, by, arrays)


def require_micrometres(atlas: Atlas) -> None:
    """Refuse an atlas of which nobody said how large its voxels are."""
    if not atlas.package.resolution_known:
        raise ArgumentError(
            f"the files of {atlas.name} do not state the voxel size; open it in the atlas dock "
            f"and state it with ⋯ › How the atlas lies…"
        )


def measured(pair: Comparison, report: Report = lambda share: None) -> Answer:
    """Volumes of all regions, and what the map's colours stand for; one pass over the voxels."""
    counts = pair.counts(report)
    return Answer(counts, ComparisonTable(pair, pair.as_dataframe()))


def why_not(first: Atlas, second: Atlas, arrays: bool = False) -> str:
    """Why two atlases cannot be compared as far as their headers tell, "" where they can."""
    try:
        for atlas in (first, second):
            require_micrometres(atlas)
        turn_between(first, second, arrays)
    except ArgumentError as exc:
        return str(exc)
    return ""


# ---- a point -------------------------------------------------------------------------------


@dataclass(frozen=True)
class PointLine:
    """What one atlas says of a point.

    Attributes
    ----------
    acronym, name, side
        In words; the name says it where there is no region.
    same
        Whether the first atlas says the same; None where there is nothing to be said.
    """

    acronym: str = ""
    name: str = ""
    side: str = ""
    same: bool | None = None


NOWHERE = PointLine()
NO_REGION = "–"


def point_lines(
    first: Atlas, others: Sequence[Comparison], position: Sequence[float]
) -> list[PointLine]:
    """What the first atlas and each of the others say of a position of the first, µm."""
    hit = first.at(position)
    lines = [_line(first, hit, None)]
    for pair in others:
        twins = pair.beside(hit)
        same = None if hit.outside else twins.same
        lines.append(_line(pair.second, twins.second, same))
    return lines


def _line(atlas: Atlas, hit: Hit, same: bool | None) -> PointLine:
    if hit.outside:
        return PointLine(NO_REGION, "outside the volume", "", same)
    side = hit.hemisphere or ("" if atlas.sides is not None else "unknown")
    if not hit.id:
        return PointLine(NO_REGION, "background", side, same)
    if hit.acronym is None:
        return PointLine(f"id {hit.id}", "not in the hierarchy", side, same)
    return PointLine(hit.acronym, hit.name or "", side, same)


# ---- what is remembered --------------------------------------------------------------------


def remembered_by() -> By:
    """How regions were told from each other the last time."""
    entry = read_config(FILE)
    said = entry.get("by") if isinstance(entry, dict) else None
    return "acronym" if said == "acronym" else "id"


def remember_by(by: By) -> None:
    """Keep it for the next time."""
    write_config(FILE, {"by": by})
