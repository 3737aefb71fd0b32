"""`read_package`: a package on disk, with the rows that a strict reader refuses."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

from ..core.atlas.atlas import Atlas
from ..core.errors import AtlasError, AtlasFileError, CacheError
from ..core.package import Package
from ..formats.common.safety import reason_of
from ..formats.common.text import cache_text
from ..formats.tables.regions import load_region_table
from ..formats.volume_header import is_volume
from .layouts.pairing import MAX_TABLES, candidate_tables
from .layouts.registry import LAYOUTS
from .open import find_package, resolve_path
from .raw_hierarchy import RawRow, read_rows, rows_of, salvage

__all__ = ["RawPackage", "RawRow", "read_package"]

NO_TABLES = {layout.METADATA for layout in LAYOUTS}
HIERARCHIES = ("structures.json", "structures.csv", "hierarchy.json", "ontology.json", "1.json")
"""Names that a hierarchy goes by: their rows are kept even where nothing else can be opened."""


@dataclass(frozen=True)
class RawPackage:
    """Package for QA, opened as far as possible.

    Attributes
    ----------
    path
        File or folder, None for an atlas in memory.
    package
        The package, its hierarchy salvaged where need be; None if nothing could be opened.
    error
        Why not.
    rows
        Rows of the hierarchy in the source's order; empty if none could be read.
    hierarchy_file
        File they are from.
    hierarchy_error
        Why the strict reader refuses the hierarchy; "" if it does not.
    place
        Location of the files of ``path``, unpacked if it is an archive; None if
        there is nothing.
    """

    path: Path | None
    package: Package | None
    error: AtlasError | None = None
    rows: tuple[RawRow, ...] = field(default=())
    hierarchy_file: Path | None = None
    hierarchy_error: str = ""
    place: Path | None = None

    @classmethod
    def of_atlas(cls, atlas: Atlas) -> RawPackage:
        """Describe an open atlas; its rows are those of its hierarchy."""
        return cls(atlas.path, atlas.package, rows=rows_of(atlas.region_map), place=atlas.path)

    @property
    def folder(self) -> Path | None:
        """Folder of the package's files, None if it is not known."""
        place = self.place
        if self.package is not None and self.package.path is not None:
            place = self.package.path
        if place is None:
            place = self.path
        if place is None or not place.exists():
            return None
        return place if place.is_dir() and not is_volume(place) else place.parent


def read_package(path: str | Path) -> RawPackage:
    """Read a package as far as possible; its defects raise nothing.

    Where the hierarchy is what is wrong, the package is opened with what can be salvaged of it.
    """
    with cache_text():  # the same table makes the hierarchy and the raw rows
        return _read_package(Path(path).expanduser())


def _read_package(path: Path) -> RawPackage:
    place: Path | None = None
    try:
        place = resolve_path(path)
        package = find_package(path)
    except CacheError:
        raise
    except (AtlasError, OSError) as exc:
        why = f"cannot be read ({reason_of(exc)})"
        error = exc if isinstance(exc, AtlasError) else AtlasFileError(path, why)
        return _salvage(path, place, error)
    if package.region_file is None:
        better = _open_refused_table(path, place, package)
        if better is not None:
            return better
    rows, kept = _find_rows(package)
    return RawPackage(path, package, None, rows, kept, place=place)


def _find_rows(package: Package) -> tuple[tuple[RawRow, ...], Path | None]:
    if package.region_file is not None:
        try:
            return read_rows(package.region_file), package.region_file
        except AtlasError:  # a file that changed meanwhile
            return (), None
    # A list made from the volume's own ids cannot be wrong.
    made_up = any(a.quantity == "hierarchy" for a in package.assumptions)
    return (() if made_up else rows_of(package.region_map)), None


def _open_refused_table(path: Path, place: Path | None, package: Package) -> RawPackage | None:
    """Open a volume with the damaged table that was skipped when it was opened."""
    if not any(a.quantity == "hierarchy" for a in package.assumptions) or place is None:
        return None
    folder = place if place.is_dir() and not is_volume(place) else place.parent
    for table in _find_tables(folder, None):
        try:
            load_region_table(table)
        except AtlasError as exc:
            salvaged = _open_with(path, place, table, str(exc))
            if salvaged is not None and _knows_ids(salvaged, package):
                return salvaged
    return None


def _knows_ids(found: RawPackage, package: Package) -> bool:
    """Return whether a salvaged hierarchy is the volume's: it has at least half of the ids."""
    if found.package is None:
        return False
    own = list(package.region_map)
    return 2 * sum(i in found.package.region_map for i in own) >= len(own)


def _salvage(path: Path, place: Path | None, error: AtlasError) -> RawPackage:
    folder = place.parent if place is not None and not place.is_dir() else place
    rows: tuple[RawRow, ...] = ()
    of_rows: Path | None = None
    for table in _find_tables(folder, error):
        package = _open_with(path, place, table, str(error))
        if package is not None:
            return package
        if of_rows is None and (table.name in HIERARCHIES or _is_about(error, table)):
            try:
                rows, of_rows = read_rows(table), table
            except AtlasError:
                continue
    return RawPackage(path, None, error, rows, of_rows, place=place)


def _open_with(path: Path, place: Path | None, table: Path, why: str) -> RawPackage | None:
    """Open the package with a hierarchy salvaged from a table, or None if that does not help."""
    try:
        rows = read_rows(table)
        regions = salvage(rows, table.stem)
        if regions is None:
            return None
        package = find_package(path, regions)
    except CacheError:
        raise
    except (AtlasError, OSError):
        return None
    return RawPackage(path, package, None, rows, table, why, place)


def _find_tables(folder: Path | None, error: AtlasError | None) -> list[Path]:
    """Return the tables that may be the hierarchy: that of the error, then the folder's."""
    named = Path(error.path) if isinstance(error, AtlasFileError) else None
    tables = [named] if named is not None and named.is_file() and not is_volume(named) else []
    if folder is not None and folder.is_dir():
        with contextlib.suppress(OSError):
            tables += [t for t in candidate_tables(folder)[:MAX_TABLES] if t not in tables]
    return [table for table in tables if table.name not in NO_TABLES]


def _is_about(error: AtlasError, table: Path) -> bool:
    return isinstance(error, AtlasFileError) and Path(error.path) == table
