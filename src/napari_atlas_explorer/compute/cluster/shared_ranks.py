"""Annotations shared between processes through memory-mapped files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.regions.rank_volume import RankVolume
from ...core.regions.region_map import RegionMap
from ...core.space.grid import VoxelGrid
from ...core.space.hemispheres import HemispherePlane, HemisphereRule, HemisphereVolume
from .workers import Cluster


@dataclass(frozen=True, eq=False)
class SharedRanks:
    """Reference to memory-mapped ranks, small enough to be sent to workers.

    Attributes
    ----------
    ranks
        File of them, ``.npy``.
    region_map, grid, unknown_ids, counts, boxes
        As in `Annotation`.
    plane, hemisphere_file, convention
        What tells sides: a plane, or the file of a volume and whose word it is.
    """

    ranks: Path
    region_map: RegionMap
    grid: VoxelGrid
    unknown_ids: NDArray[np.int64]
    counts: NDArray[np.int64]
    boxes: NDArray[np.int64]
    plane: HemispherePlane | None = None
    hemisphere_file: Path | None = None
    convention: str = ""

    @property
    def files(self) -> list[Path]:
        """Files that must be visible where it is opened."""
        return [self.ranks] if self.hemisphere_file is None else [self.ranks, self.hemisphere_file]

    def opened(self) -> tuple[RankVolume, HemisphereRule | None]:
        """Return the annotation, its ranks mapped into memory, and what tells sides.

        To be opened for each task anew, which takes no time: pages that were looked at count as
        the worker's memory for as long as the file is mapped.
        """
        ranks = np.load(self.ranks, mmap_mode="r")
        rank_volume = RankVolume(
            ranks, self.region_map, self.grid, self.unknown_ids, self.counts, self.boxes
        )
        if self.hemisphere_file is None:
            return rank_volume, self.plane
        volume = np.load(self.hemisphere_file, mmap_mode="r")
        return rank_volume, _CheckedHemispheres(lambda: volume, self.convention)


class _CheckedHemispheres(HemisphereVolume):
    """Hemisphere volume that was validated before it was written."""

    @cached_property
    def _values(self) -> NDArray[np.uint8]:
        return self._load()


@contextmanager
def share_ranks(
    cluster: Cluster, rank_volume: RankVolume, hemisphere_rule: HemisphereRule | None
) -> Iterator[SharedRanks]:
    """Share an annotation and its hemispheres with workers, temporarily.

    What is mapped from a file stays there.

    Raises
    ------
    AtlasFileError
        If a worker does not see the files.
    """
    with ExitStack() as files:
        folder = files.enter_context(cluster.workplace())
        ranks = files.enter_context(volume_in_file(rank_volume.raw, folder))
        plane, side_file = (
            hemisphere_rule if isinstance(hemisphere_rule, HemispherePlane) else None,
            None,
        )
        if hemisphere_rule is not None and plane is None:
            volume = hemisphere_rule.volume(rank_volume.raw.shape)
            side_file = files.enter_context(volume_in_file(volume, folder))
        shared = SharedRanks(
            ranks,
            rank_volume.region_map,
            rank_volume.grid,
            rank_volume.unknown_ids,
            rank_volume.counts,
            rank_volume.boxes,
            plane,
            side_file,
            "" if hemisphere_rule is None else hemisphere_rule.convention,
        )
        cluster.require_visible(shared.files)
        yield shared


@contextmanager
def volume_in_file(volume: NDArray[Any], folder: Path | None = None) -> Iterator[Path]:
    """Provide a volume as a temporary ``.npy`` file, or as the file it has.

    Parameters
    ----------
    volume
        The volume.
    folder
        Holds the file; None for the system's folder of temporary files.
    """
    there = file_of(volume)
    if there is not None:
        yield there
        return
    # On Windows a file that is mapped cannot be removed before its processes have ended.
    with tempfile.TemporaryDirectory(
        prefix=".atlas-volume-", dir=folder, ignore_cleanup_errors=True
    ) as temporary:
        path = Path(temporary) / "volume.npy"
        np.save(path, volume)
        yield path


def file_of(volume: NDArray[Any]) -> Path | None:
    """Return the ``.npy`` file that a volume is mapped from as a whole; None for others."""
    name = getattr(volume, "filename", None)
    if name is None or Path(name).suffix != ".npy":
        return None
    there = np.load(name, mmap_mode="r")
    same = there.shape == volume.shape and there.dtype == volume.dtype
    return Path(name) if same and there.strides == volume.strides else None
