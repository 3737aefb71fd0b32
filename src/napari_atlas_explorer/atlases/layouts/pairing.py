"""Pairing of annotation and region table by their content."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...core.errors import AtlasError, CacheError
from ...core.package import Assumption, Dataset, DatasetKind, TableMatch, assume_hierarchy
from ...core.regions.region_map import RegionMap
from ...core.regions.runs import encode_runs
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import LEFT, RIGHT
from ...core.space.volume import VoxelData
from ...formats.common.safety import check_size
from ...formats.tables.regions import TABLE_SUFFIXES, load_region_table
from ...formats.volume_header import VolumeHeader, is_volume, read_volume_header, volume_stem
from ..cache.converted import load_planes
from ..cache.large import blocks_of

# ---- Annotation or image, by voxel values --------------------------------------------------------

SAME_NEIGHBOR_SHARE = 0.3
"""Labels fill areas: for the median label of an annotation, this share of its voxels have a
neighbor of the same value (measured: Allen 100 µm 0.56, finer ones more; templates 0.02)."""

MAX_SAMPLES = 1_000_000


@dataclass(frozen=True)
class ContentVerdict:
    """Verdict whether a volume looks like an annotation, with the reason."""

    is_annotation: bool
    reason: str


def judge_content(volume: NDArray[Any]) -> ContentVerdict:
    """Judge a volume ``(n0, n1, n2)`` by planes through its middle.

    An annotation holds whole numbers, none negative, and for the median of its values most
    voxels are followed by a voxel of the same value. (The median over values, not over voxels:
    a template's wide flat background must not outvote its gray levels.)
    """
    if volume.ndim != 3:
        return ContentVerdict(False, f"it has {volume.ndim} axes")
    step = max(1, int(np.ceil(volume.size / MAX_SAMPLES)))
    # Whole planes, since neighbors within a plane are what is compared.
    planes = np.ascontiguousarray(volume[::step])
    finite = planes[np.isfinite(planes)] if planes.dtype.kind == "f" else planes
    if planes.dtype.kind == "f" and (
        finite.size < planes.size or not np.array_equal(finite, np.rint(finite))
    ):
        return ContentVerdict(False, "it holds fractions or missing values")
    if planes.dtype.kind not in "buif":
        return ContentVerdict(False, f"it holds {planes.dtype} values")
    if planes.size and planes.min() < 0:
        return ContentVerdict(False, "it holds negative values")
    left, right = planes[..., :-1].ravel(), planes[..., 1:].ravel()
    inside = left != 0
    if not inside.any():
        if planes.any():
            return ContentVerdict(False, "too few voxels to compare neighbors")
        return ContentVerdict(False, "the sampled planes are empty")
    left, right = left[inside], right[inside]
    values, at = np.unique(left, return_inverse=True)
    same = np.bincount(at[left == right], minlength=len(values)) / np.bincount(at)
    share = float(np.median(same))
    verdict = share >= SAME_NEIGHBOR_SHARE
    return ContentVerdict(
        verdict,
        f"whole numbers, and {share:.0%} of a typical value's voxels have a neighbor of the same "
        f"value (in an annotation {SAME_NEIGHBOR_SHARE:.0%} or more)",
    )


# ---- Hierarchy or label table of a volume --------------------------------------------------------

MAX_TABLES = 16
"""Tables of a folder that are tried: a folder of results may hold thousands of CSV files."""

# Order of trial: trees before flat lists, and descriptive names first.
FIRST = ("hierarchy.json", "1.json", "ontology.json", "structures.json")


def candidate_tables(folder: Path) -> list[Path]:
    """Return the files in a folder that may hold regions, the likeliest first."""
    files = [
        p
        for p in folder.iterdir()
        if p.is_file() and p.suffix.lower() in TABLE_SUFFIXES and not p.name.startswith(".")
    ]

    def key(path: Path) -> tuple[int, int, str]:
        name = path.name.lower()
        first = FIRST.index(name) if name in FIRST else len(FIRST)
        return first, TABLE_SUFFIXES.index(path.suffix.lower()), name

    return sorted(files, key=key)


@dataclass(frozen=True)
class Table:
    """Region table of a folder that could be read; ``path`` is None for a table in memory."""

    region_map: RegionMap
    path: Path | None


@dataclass(frozen=True)
class FolderTables:
    """Region tables of a folder.

    Attributes
    ----------
    read
        Those that hold regions, the likeliest first.
    refused
        The others, each with the reason.
    """

    read: tuple[Table, ...] = ()
    refused: tuple[tuple[Path, str], ...] = ()

    @classmethod
    def of_folder(cls, folder: Path, first: Path | None = None) -> FolderTables:
        """Read the tables of a folder; the one with the name of the volume ``first`` first."""
        paths = candidate_tables(folder)
        if first is not None:
            stem = volume_stem(first).casefold()
            paths.sort(key=lambda path: table_stem(path) != stem)
        read: list[Table] = []
        refused = []
        for path in paths[:MAX_TABLES]:
            try:
                read.append(Table(load_region_table(path), path))
            except AtlasError as exc:
                refused.append((path, str(exc)))
        return cls(tuple(read), tuple(refused))


# ---- Best pair of annotation and table -----------------------------------------------------------

Kind = Literal["annotation", "image"]

ANNOTATION_HINT = re.compile(r"annot|label|seg|region|parcel|atlas|dseg", re.IGNORECASE)
HEMISPHERE_HINT = re.compile(r"hemi", re.IGNORECASE)
MIN_KNOWN_SHARE = 0.5
"""A table belongs to a volume if it knows half of its ids; QA reports the other half."""


MOST_PROBABLE = (
    "if they are probabilities, save the most probable region of each voxel first, as "
    "numpy.where(p.max(-1) > threshold, p.argmax(-1) + 1, 0)"
)
"""What to do about a probabilistic atlas."""

PLANES_AT_ONCE = 16
"""Planes of a volume whose values are collected at once."""

PLANES = 5
"""Planes sampled to judge a large volume."""


@dataclass(frozen=True)
class JudgedVolume:
    """Volume with the verdict on its content.

    Attributes
    ----------
    header
        Header of its file.
    seen
        Sampled values: all, or some planes of a large volume.
    kind, reason
        Verdict and reason.
    """

    header: VolumeHeader
    seen: NDArray[Any]
    kind: Kind
    reason: str

    @property
    def data(self) -> VoxelData:
        """All values; those of a large volume are read."""
        return VoxelData.from_grid(self.seen, self._grid) if self._is_whole else self._read()

    @property
    def _grid(self) -> VoxelGrid:
        return self.header.grid

    @property
    def _is_whole(self) -> bool:
        return self.seen.shape[: self._grid.ndim] == self._grid.shape

    def _read(self) -> VoxelData:
        return _load_values(self.header)

    def make_loader(self) -> Callable[[], VoxelData]:
        """Return a loader of the values that gives those that were read for the verdict once.

        The first use is that of the ranks, which replace the values: kept, both would take memory
        as long as the atlas is open. Later uses read the file again.
        """
        ready, header = [self.data] if self._is_whole else [], self.header

        def load() -> VoxelData:
            try:
                return ready.pop()
            except IndexError:
                return _load_values(header)

        return load


def _load_values(header: VolumeHeader) -> VoxelData:
    return VoxelData.from_grid(header.load(), header.grid)


def judge_volume(path: Path, kind: Kind | None = None) -> JudgedVolume:
    """Judge whether a volume is an annotation or an image.

    Parameters
    ----------
    path
        A volume of any format.
    kind
        The user's statement, which overrules the voxels.
    """
    header = read_volume_header(path, None, default_unit=None)
    planes = _planes_of_large(header)
    seen = header.load() if planes is None else planes
    if kind is not None:
        return JudgedVolume(header, seen, kind, "as stated")
    if header.payload_shape:
        reason = f"{math.prod(header.payload_shape)} values per voxel; {MOST_PROBABLE}"
        return JudgedVolume(header, seen, "image", reason)
    verdict: ContentVerdict = judge_content(seen)
    return JudgedVolume(
        header, seen, "annotation" if verdict.is_annotation else "image", verdict.reason
    )


def _planes_of_large(header: VolumeHeader) -> NDArray[Any] | None:
    """Return some planes of a large volume of integers, evenly spaced along its slowest axis.

    Files that give no plane without what comes before it are read once; their planes are cached.

    None for volumes that have to be read completely: small ones; floats, each of which has to be a
    whole number; those whose planes are empty; and where the cache cannot be used.
    """
    if header.payload_shape or header.dtype.kind not in "iu" or header.grid.ndim != 3:
        return None
    volume = Dataset(header.path.name, "annotation", lambda: _load_values(header), header.path)
    source = blocks_of(volume, header.grid.shape)
    if source is None or source.shape[source.axis] <= PLANES:
        return None
    plane = [n for k, n in enumerate(source.shape) if k != source.axis]
    check_size(header.path, (PLANES, *plane), header.dtype)
    # Whole numbers of Python: a header may state more planes than NumPy can count.
    at = [(2 * k + 1) * source.shape[source.axis] // (2 * PLANES) for k in range(PLANES)]
    look = source.mapped or source.seen
    if look is None:
        try:
            planes = load_planes(source, at)
        except CacheError:
            return None
    else:
        values: Any = look()
        before, after = (slice(None),) * source.axis, (slice(None),) * (2 - source.axis)
        planes = np.stack([np.asarray(values[(*before, k, *after)]) for k in at])
    # Empty planes are not conclusive: the planes between them have to be read.
    return planes if planes.any() else None


@dataclass(frozen=True)
class Pair:
    """Annotation and the table that explains it.

    Attributes
    ----------
    volume
        The annotation.
    table
        Table used, None where none knows enough of its ids.
    matches
        Tables that know enough of its ids, the one used first; empty for a table in memory.
    assumptions
        Choices that were made between tables.
    """

    volume: JudgedVolume
    table: Table | None
    matches: tuple[TableMatch, ...] = ()
    assumptions: tuple[Assumption, ...] = ()

    @property
    def known(self) -> int:
        """Ids of the annotation that the table lists."""
        return self.matches[0].known if self.matches else 0


def pair_volume(volume: JudgedVolume, tables: FolderTables, volumes: Sequence[Path] = ()) -> Pair:
    """Pair an annotation with the table of its folder that explains it.

    A table fits if it knows half of the ids of the volume. Of those that fit, the one with the
    volume's own name is taken, then the one with the most similar set of ids. Another table that
    fits and gives other names is an assumption, and so is the table of another volume.

    Parameters
    ----------
    volume
        An annotation.
    tables
        Those of its folder.
    volumes
        All volumes of the folder: a table may have the name of another one.
    """
    ids = {i for i in distinct_ids(volume.seen) if i}
    stem = volume_stem(volume.header.path).casefold()
    fitting: list[tuple[Table, TableMatch]] = []
    for table in tables.read:
        known = len(ids.intersection(table.region_map))
        if known >= MIN_KNOWN_SHARE * max(1, len(ids)):
            path = table.path or Path()
            regions = table.region_map.n_stated
            fitting.append((table, TableMatch(path, known, len(ids), regions)))
    if not fitting:
        return Pair(volume, None)
    # The sort is stable: between equals, trees come before lists, as in `candidate_tables`.
    fitting.sort(key=lambda fit: (_stem(fit[0]) != stem, -fit[1].similarity))
    chosen, match = fitting[0]
    if chosen.path is None:
        return Pair(volume, chosen)
    name = volume.header.path.name
    taken = f"{chosen.path.name} names the regions of {name} ({_describe_match(match)})"
    reasons = []
    rivals = [m for t, m in fitting[1:] if _differ(chosen.region_map, t.region_map, ids)]
    if rivals:
        others = ", ".join(f"{m.path.name} ({_describe_match(m)})" for m in rivals)
        reasons.append(f"{others} would fit too")
    owners = [p.name for p in volumes if volume_stem(p).casefold() == _stem(chosen) != stem]
    if owners:
        reasons.append(f"it has the name of {owners[0]}")
    # A JSON file with the name of a NIfTI volume describes the image, after BIDS.
    own_refused = [
        text
        for path, text in tables.refused
        if table_stem(path) == stem and path.suffix.lower() != ".json"
    ]
    if own_refused and _stem(chosen) != stem:
        reasons.append(f"its own table cannot be read ({own_refused[0]})")
    assumptions = (Assumption("names", f"{taken}; {'; '.join(reasons)}"),) if reasons else ()
    return Pair(volume, chosen, tuple(m for _, m in fitting), assumptions)


def _stem(table: Table) -> str:
    """Return the name that a table shares with its volume: "a" of a.csv and of a.nii.txt."""
    return "" if table.path is None else table_stem(table.path)


def table_stem(path: Path) -> str:
    """Return a table's name without suffixes, those of a volume too, in lower case."""
    inner = Path(path.stem)
    return (volume_stem(inner) if is_volume(inner) else path.stem).casefold()


def _describe_match(match: TableMatch) -> str:
    return f"{match.known} of {match.ids} ids, {match.regions} regions"


def _differ(one: RegionMap, other: RegionMap, ids: Collection[int]) -> bool:
    """Return whether two tables name any of these ids differently."""

    def names(region_map: RegionMap, region_id: int) -> tuple[str, str] | None:
        rank = region_map.rank_of_id(region_id)
        return (region_map.name_of_rank(rank), region_map.acronym_of_rank(rank)) if rank else None

    return any(names(one, i) != names(other, i) for i in ids)


def find_pair(
    paths: Sequence[Path], tables: FolderTables, kind: Kind | None = None
) -> tuple[Pair | None, list[tuple[Path, str]]]:
    """Find the annotation of a folder among its volumes, each paired with its own table.

    Volumes with label-like names are read first, to read no more than is needed; among those
    read, the one of which most ids are known is taken, the first of equals.

    Returns
    -------
    pair
        None where no volume is an annotation whose ids a table knows.
    refused
        Volumes that were read and not taken, each with the reason.
    """
    refused: list[tuple[Path, str]] = []
    likely = [p for p in paths if not HEMISPHERE_HINT.search(volume_stem(p))]
    hinted = [p for p in likely if ANNOTATION_HINT.search(volume_stem(p))]
    for group in (hinted, [p for p in likely if p not in hinted]):
        pairs = []
        for path in group:
            try:
                judged = judge_volume(path, kind)
            except AtlasError as exc:  # one damaged volume does not block the others
                refused.append((path, str(exc)))
                continue
            if judged.kind != "annotation":
                refused.append((path, f"{path.name} is taken as an image: {judged.reason}"))
                continue
            pair = pair_volume(judged, tables, paths)
            if pair.table is None:
                refused.append((path, _explain_no_table(judged, tables)))
            else:
                pairs.append(pair)
        if pairs:
            best = max(pairs, key=lambda pair: pair.known)
            others = [pair.volume.header.path.name for pair in pairs if pair is not best]
            if others:
                statement = (
                    f"{best.volume.header.path.name} of several annotations was opened; "
                    f"also: {', '.join(others)}"
                )
                best = replace(
                    best, assumptions=(*best.assumptions, Assumption("annotation", statement))
                )
            return best, refused
    return None, refused


def find_table(volume: Path) -> tuple[Table, tuple[Assumption, ...]] | None:
    """Find the table next to an annotation that names its regions, and what was assumed.

    The volume is read only if there are several.
    """
    tables = FolderTables.of_folder(volume.parent, volume)
    if not tables.read:
        return None
    table, assumptions = tables.read[0], tuple[Assumption, ...]()
    if len(tables.read) > 1:
        pair = pair_volume(judge_volume(volume, "annotation"), tables)
        table, assumptions = pair.table or table, pair.assumptions
        if pair.table is None:
            why = _explain_no_table(pair.volume, tables)
            assumptions = (Assumption("names", f"{table.path} is taken, though {why}"),)
    file = table.path.name if table.path else ""
    return table, (*assumptions, *assume_hierarchy(table.region_map, file))


def _explain_no_table(judged: JudgedVolume, tables: FolderTables) -> str:
    ids = {i for i in distinct_ids(judged.seen) if i}
    counts = [(len(ids.intersection(t.region_map)), t) for t in tables.read]
    known, table = max(counts, key=lambda count: count[0])
    name = table.path.name if table.path else "the table"
    return f"{name} knows {known} of the {len(ids)} ids of {judged.header.path.name}"


def distinct_ids(values: NDArray[Any]) -> list[int]:
    """Return the whole numbers that occur in a volume, ascending."""
    # Per run, not per voxel: a volume has some twenty-five times as many voxels as runs. A few
    # planes at a time: the runs of all would weigh more than the volume.
    raw = values.T if values.flags.f_contiguous else values
    found: set[int] = set()
    for first in range(0, len(raw), PLANES_AT_ONCE):
        block = np.ascontiguousarray(raw[first : first + PLANES_AT_ONCE])
        found.update(int(v) for v in np.unique(encode_runs(block).values).tolist())
    return sorted(found)


def judge_kind(header: VolumeHeader) -> DatasetKind:
    """Return the kind of a volume of the annotation's shape: by values if clear, else by name.

    One byte per voxel that is 0, 1 or 2 everywhere, with 1 and 2 present, is a hemisphere volume; 0
    and 1 alone are a mask.
    """
    name = volume_stem(header.path)
    if header.payload_shape:
        return "vectors"
    if header.dtype.itemsize == 1 and header.dtype.kind in "uib":
        values = set(np.unique(header.load()).tolist())
        if values <= {0, LEFT, RIGHT} and {LEFT, RIGHT} <= values:
            return "hemispheres"
        if values <= {0, 1}:
            return "mask"
    if HEMISPHERE_HINT.search(name):
        return "hemispheres"
    return kind_by_content(header)


def kind_by_content(header: VolumeHeader) -> Kind:
    """Return whether a volume is another annotation, which must not be drawn as the reference."""
    if ANNOTATION_HINT.search(volume_stem(header.path)):
        return "annotation"
    if header.dtype.kind not in "iu":
        return "image"
    try:
        return judge_volume(header.path).kind
    except AtlasError:
        return "image"  # damage is reported where the values are used
