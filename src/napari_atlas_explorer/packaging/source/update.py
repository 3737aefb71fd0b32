"""New version of a package: differences from the last one, and values taken over."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...atlases.open import open_atlas
from ...core.atlas.atlas import Atlas
from ...core.colors.region_colors import parse_rgb
from ...core.errors import ArgumentError, short
from ...core.regions.rank_volume import RankVolume
from ...core.regions.region_map import RegionMap
from ...core.regions.runs import PLANES_PER_BLOCK
from .metadata import LAYOUT_KEYS, AtlasMetadata
from .metadata_rules import VERSION
from .sources import PackageSource

MOST_CHANGED = 10
"""Regions whose voxels are listed one by one."""
FEW = 5
SAID_ELSEWHERE = LAYOUT_KEYS | {"resolution"}


@dataclass(frozen=True)
class RegionChange:
    """Region of both versions, and its differences.

    Attributes
    ----------
    id, acronym
        The region; its acronym in the new version.
    old, new
        What was and what is: acronym and name, a color, or the parent.
    """

    id: int
    acronym: str
    old: str
    new: str


@dataclass(frozen=True)
class VoxelChange:
    """Voxels that a region itself, without its descendants, lost and gained.

    Attributes
    ----------
    id, acronym
        The region; id 0 is background.
    lost, gained
        Voxels that carried its id in the old version alone, and in the new one alone.
    old, new
        Voxels that carry it in each version.
    """

    id: int
    acronym: str
    lost: int
    gained: int
    old: int
    new: int


@dataclass(frozen=True)
class PackageDifference:
    """Differences between two versions of an atlas.

    In the examples of its members ``atlas`` is ``open_atlas("sample")`` and ``regions`` its
    hierarchy.

    Attributes
    ----------
    added, removed
        Acronym of each region that only the new, only the old version has, by id.
    renamed, recolored, moved
        Regions with another acronym or name, color, or parent.
    metadata
        Old and new value of each key that differs; None where there is none. Shape and
        resolution are separate fields.
    shape, resolution
        Old and new ones.
    n_changed
        Voxels whose id differs; None if the shapes do, since then no voxel has a counterpart.
    most_changed
        The regions that lost and gained the most voxels.
    meshes_added, meshes_removed
        Ids that only the new, only the old version has a mesh file of.
    """

    added: Mapping[int, str]
    removed: Mapping[int, str]
    renamed: tuple[RegionChange, ...]
    recolored: tuple[RegionChange, ...]
    moved: tuple[RegionChange, ...]
    metadata: Mapping[str, tuple[Any, Any]]
    shape: tuple[tuple[int, ...], tuple[int, ...]]
    resolution: tuple[tuple[float, ...], tuple[float, ...]]
    n_changed: int | None
    most_changed: tuple[VoxelChange, ...]
    meshes_added: tuple[int, ...]
    meshes_removed: tuple[int, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing differs except for the version's number.

        >>> compare_versions(atlas, atlas).is_empty
        True
        """
        return not self._describe_changes(without={"version"})

    def lines(self) -> list[str]:
        """Describe the differences in short lines, or that there are none.

        >>> root = regions.restricted_to(["root"])
        >>> fewer = Atlas.from_arrays(atlas.annotation, root, atlas.resolution)
        >>> [line for line in compare_versions(atlas, fewer).lines() if "removed" in line]
        ['454 regions removed: grey (2), CH (3), CTX (4), CTXpl (5), Isocortex (6) and 449 more']
        """
        return self._describe_changes() or ["nothing differs"]

    def as_dict(self) -> dict[str, Any]:
        """Return the same for JSON; ids are the keys of ``added`` and ``removed``, as texts.

        >>> compare_versions(atlas, atlas).as_dict()["n_changed"]
        0
        """
        document = asdict(self)
        for key in ("added", "removed"):
            document[key] = {str(i): acronym for i, acronym in document[key].items()}
        document["metadata"] = {k: list(v) for k, v in self.metadata.items()}
        for key in ("shape", "resolution"):
            document[key] = [list(v) for v in document[key]]
        for key, value in document.items():
            if isinstance(value, tuple):
                document[key] = list(value)
        return document

    def _describe_changes(self, without: Collection[str] = ()) -> list[str]:
        lines = [
            f"{key}: {short(old)} → {short(new)}"
            for key, (old, new) in self.metadata.items()
            if key not in without
        ]
        for name, pair, unit in (
            ("shape", self.shape, "voxels"),
            ("resolution", self.resolution, "µm"),
        ):
            if pair[0] != pair[1]:
                lines.append(f"{name}: {_format_sizes(pair[0])} → {_format_sizes(pair[1])} {unit}")
        for what, regions in (("added", self.added), ("removed", self.removed)):
            if regions:
                named = [f"{acronym} ({i})" for i, acronym in regions.items()]
                lines.append(f"{_number(len(regions), 'region')} {what}: {_trim(named)}")
        for what, changes in (
            ("renamed", self.renamed),
            ("recolored", self.recolored),
            ("moved", self.moved),
        ):
            if changes:
                named = [f"{c.acronym} ({c.old} → {c.new})" for c in changes]
                lines.append(f"{_number(len(changes), 'region')} {what}: {_trim(named)}")
        if self.n_changed:
            named = [f"{c.acronym} (−{c.lost:,} +{c.gained:,})" for c in self.most_changed]
            lines.append(f"{_number(self.n_changed, 'voxel')} with another id: {_trim(named)}")
        for what, ids in (("added", self.meshes_added), ("removed", self.meshes_removed)):
            if ids:
                named = [str(i) for i in ids]
                lines.append(f"{_number(len(ids), 'mesh', 'meshes')} {what}: {_trim(named)}")
        return lines


def next_version(version: str) -> str:
    """Return the version of the next package: "1.2" gives "1.3", "1.9" gives "1.10"."""
    if not VERSION.fullmatch(version):
        raise ArgumentError(f"version {version!r}; expected two whole numbers such as '1.2'")
    major, minor = version.split(".")
    return f"{major}.{int(minor) + 1}"


def compare_versions(old: Atlas, new: Atlas) -> PackageDifference:
    """Compare two versions of an atlas; both annotations are read if their shapes agree.

    Examples
    --------
    >>> from napari_atlas_explorer import open_atlas
    >>> coarse = open_atlas("sample").downsample(240)
    >>> compare_versions(coarse, coarse).lines()
    ['nothing differs']
    """
    before, after = old.region_map, new.region_map
    both = [i for i in after if before.rank_of_id(i)]
    n_changed: int | None = None
    most_changed: tuple[VoxelChange, ...] = ()
    if old.shape == new.shape:
        n_changed, most_changed = _compare_voxels(old.ranks, new.ranks)
    meshes = (set(old.package.mesh_files), set(new.package.mesh_files))
    return PackageDifference(
        added=_find_only_in(after, before),
        removed=_find_only_in(before, after),
        renamed=_find_changed(both, before, after, _find_title),
        recolored=_find_changed(both, before, after, _find_color),
        moved=_find_changed(both, before, after, _find_parent),
        metadata=_compare_metadata(old.metadata, new.metadata),
        shape=(old.shape, new.shape),
        resolution=(old.resolution, new.resolution),
        n_changed=n_changed,
        most_changed=most_changed,
        meshes_added=tuple(sorted(meshes[1] - meshes[0])),
        meshes_removed=tuple(sorted(meshes[0] - meshes[1])),
    )


# ---- Regions and metadata ------------------------------------------------------------------------


def _find_only_in(here: RegionMap, there: RegionMap) -> dict[int, str]:
    return {i: here.acronym_of_rank(here.rank_of_id(i)) for i in here if not there.rank_of_id(i)}


def _find_changed(
    ids: list[int],
    before: RegionMap,
    after: RegionMap,
    describe: Callable[[RegionMap, int], tuple[Any, str]],
) -> tuple[RegionChange, ...]:
    changes = []
    for region_id in ids:
        ranks = before.rank_of_id(region_id), after.rank_of_id(region_id)
        # The value decides, not its text: two regions may have the same acronym.
        (was, old), (now, new) = describe(before, ranks[0]), describe(after, ranks[1])
        if was != now:
            changes.append(RegionChange(region_id, after.acronym_of_rank(ranks[1]), old, new))
    return tuple(changes)


def _find_title(regions: RegionMap, rank: int) -> tuple[Any, str]:
    acronym, name = regions.acronym_of_rank(rank), regions.name_of_rank(rank)
    return (acronym, name), acronym if acronym == name else f"{acronym}, {name}"


def _find_color(regions: RegionMap, rank: int) -> tuple[Any, str]:
    """Return the color that the source states: default ones depend on the rank alone."""
    color = parse_rgb(regions.row_of_rank(rank))
    return color, "none" if color is None else "#{:02x}{:02x}{:02x}".format(*color)


def _find_parent(regions: RegionMap, rank: int) -> tuple[Any, str]:
    parent = int(regions.parent_ranks[rank])
    return (int(regions.ids[parent]), regions.acronym_of_rank(parent)) if parent else (None, "none")


def _compare_metadata(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    keys = [key for key in dict.fromkeys([*old, *new]) if key not in SAID_ELSEWHERE]
    changed = {k: (old.get(k), new.get(k)) for k in keys if old.get(k) != new.get(k)}
    references = _list_references(old), _list_references(new)
    if references[0] != references[1]:
        changed["additional_references"] = references
    return changed


def _list_references(metadata: Mapping[str, Any]) -> list[str]:
    """Return the names of the additional references; v2 lists names, v3 components."""
    listed = metadata.get("additional_references")
    entries = listed if isinstance(listed, list) else []
    return [str(e.get("name")) if isinstance(e, dict) else str(e) for e in entries]


# ---- Voxels --------------------------------------------------------------------------------------


def _compare_voxels(old: RankVolume, new: RankVolume) -> tuple[int, tuple[VoxelChange, ...]]:
    """Count the voxels whose id differs, block by block, and find where most are."""
    ids = np.unique(np.concatenate([old.ids, new.ids]))
    places = [np.searchsorted(ids, rank_volume.ids).astype(np.uint32) for rank_volume in (old, new)]
    lost, gained = np.zeros(len(ids), np.int64), np.zeros(len(ids), np.int64)
    for first in range(0, old.raw.shape[0], PLANES_PER_BLOCK):
        block = slice(first, first + PLANES_PER_BLOCK)
        was, now = places[0][old.raw[block]], places[1][new.raw[block]]
        differs = was != now
        if differs.any():
            lost += np.bincount(was[differs], minlength=len(ids))
            gained += np.bincount(now[differs], minlength=len(ids))
    counts = [_count_voxels(old, places[0], len(ids)), _count_voxels(new, places[1], len(ids))]
    total = lost + gained
    order = np.argsort(-total, kind="stable")[:MOST_CHANGED]
    changes = tuple(
        VoxelChange(
            int(ids[k]),
            _find_acronym(int(ids[k]), old.region_map, new.region_map),
            int(lost[k]),
            int(gained[k]),
            int(counts[0][k]),
            int(counts[1][k]),
        )
        for k in order
        if total[k]
    )
    return int(lost.sum()), changes


def _count_voxels(rank_volume: RankVolume, place: NDArray[np.uint32], n: int) -> NDArray[np.int64]:
    counts = np.zeros(n, np.int64)
    # Twice the id 0, where a hierarchy has a node of it: that one has no voxels.
    np.add.at(counts, place, rank_volume.counts)
    return counts


def _find_acronym(region_id: int, old: RegionMap, new: RegionMap) -> str:
    if region_id == 0:
        return "background"
    for regions in (new, old):
        if rank := regions.rank_of_id(region_id):
            return regions.acronym_of_rank(rank)
    return str(region_id)


# ---- Text of the differences ---------------------------------------------------------------------


def _format_sizes(values: tuple[float, ...]) -> str:
    return " × ".join(f"{v:g}" for v in values)


def _number(n: int, one: str, several: str = "") -> str:
    return f"{n:,} {one if n == 1 else several or one + 's'}"


def _trim(words: list[str]) -> str:
    return ", ".join(words[:FEW]) + (f" and {len(words) - FEW} more" if len(words) > FEW else "")


# ---- New version with values of the previous one -------------------------------------------------

OF_THE_VOLUMES = ("orientation", "resolution", "symmetric", "root_id")
"""Fields that follow from the new source files, and are never taken from an old package."""


def update_metadata(
    source: PackageSource, old: str, stated: Mapping[str, Any]
) -> tuple[PackageSource, Atlas]:
    """Return the metadata of the next version, and the previous atlas.

    Parameters
    ----------
    source
        The new source files.
    old
        Path of the earlier package.
    stated
        The user's values, which take precedence, the version too.
    """
    before = open_atlas(old)
    known = AtlasMetadata.from_package_metadata(before.metadata).as_dict()
    known = {k: v for k, v in known.items() if k not in OF_THE_VOLUMES}
    new = {**known, **source.metadata.as_dict()}
    if "version" not in stated and known.get("version"):
        new["version"] = next_version(str(known["version"]))
    return replace(source, metadata=AtlasMetadata.from_mapping(new)), before
