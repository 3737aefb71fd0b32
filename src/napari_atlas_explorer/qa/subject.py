"""Atlas under test, and facts that more than one check needs, computed once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..atlases.raw_package import RawPackage, read_package
from ..compute.blocks import positions_where
from ..core.atlas.atlas import Atlas
from ..core.errors import AtlasError, CacheError
from ..core.regions.rank_volume import RankVolume
from ..core.regions.region_map import RegionMap
from ..core.space.hemispheres import HemisphereRule
from ..core.space.volume import VoxelData
from ..formats.volume_header import read_volume_header
from .check import NotRunError

T = TypeVar("T")


@dataclass(frozen=True)
class StoredValues:
    """Facts about the annotation's values before they become ranks.

    Attributes
    ----------
    dtype
        As stored.
    fractional
        C-order positions of voxels that hold no whole number.
    example
        One of those values, NaN without any.
    """

    dtype: np.dtype[Any]
    fractional: NDArray[np.int64]
    example: float


def never_cancel() -> None:
    """Never cancel."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Raise `NotRunError` where the block cannot read a file of the atlas."""
    try:
        yield
    except (CacheError, NotRunError):
        raise  # a full disk is no fault of the atlas
    except (AtlasError, OSError) as exc:
        raise NotRunError(f"{what} cannot be read ({exc})") from exc


class Subject:
    """Atlas under test.

    Parameters
    ----------
    raw
        The package on disk.
    atlas
        The same, already open; made from ``raw`` otherwise.
    other
        Another version, resolution or atlas to compare with.
    sets
        Sets of regions that are to cover a domain without overlap: see `config.RegionSet`.
    """

    def __init__(
        self,
        raw: RawPackage,
        atlas: Atlas | None = None,
        other: Atlas | None = None,
        sets: tuple[Any, ...] = (),
    ) -> None:
        self.raw = raw
        self.other = other
        self.sets = sets
        self.pulse: Callable[[], None] = never_cancel
        self._atlas = atlas
        self._made: dict[str, Any] = {}

    @classmethod
    def at(cls, path: str | Path, other: str | Path | None = None) -> Subject:
        """Read a package for testing; failures to open are kept as reasons."""
        from ..atlases.open import open_atlas

        return cls(read_package(path), other=open_atlas(other) if other is not None else None)

    @classmethod
    def of_atlas(cls, atlas: Atlas, other: Atlas | None = None) -> Subject:
        """Test an open atlas: its volumes are not read a second time.

        The hierarchy's raw rows are read from its files where it has any.
        """
        raw = RawPackage.of_atlas(atlas)
        if atlas.path is not None and atlas.path.exists():
            on_disk = read_package(atlas.path)
            if on_disk.rows:
                raw = RawPackage(
                    atlas.path,
                    atlas.package,
                    None,
                    on_disk.rows,
                    on_disk.hierarchy_file,
                    on_disk.hierarchy_error,
                )
        return cls(raw, atlas, other)

    def shared(self, name: str, make: Callable[[], T]) -> T:
        """Cache the result of a function by its key, errors included."""
        if name not in self._made:
            try:
                self._made[name] = make()
            except NotRunError as exc:
                self._made[name] = exc
        kept = self._made[name]
        if isinstance(kept, NotRunError):
            raise kept
        made: T = kept
        return made

    def release(self) -> None:
        """Release all cached facts."""
        self._made.clear()

    # ---- Facts for the checks; NotRunError where missing ---------------------------------------

    @property
    def atlas(self) -> Atlas:
        """The atlas."""
        if self._atlas is None:
            if self.raw.package is None:
                raise NotRunError("the package cannot be opened")
            self._atlas = Atlas(self.raw.package)
        return self._atlas

    @property
    def regions(self) -> RegionMap:
        """Hierarchy, salvaged if needed."""
        return self.atlas.region_map

    @property
    def stored(self) -> StoredValues:
        """Facts about the annotation's values as stored."""
        return self.shared("stored", self._read_stored)

    @property
    def ranks(self) -> RankVolume:
        """Annotation as ranks."""
        if len(self.stored.fractional):
            raise NotRunError("the annotation holds values that are no whole numbers")
        with reading("the annotation"):
            return self.atlas.ranks

    @property
    def hemisphere_rule(self) -> HemisphereRule:
        """Rule that separates left from right."""
        if self.atlas.hemisphere_rule is None:
            raise NotRunError("left and right are unknown")
        return self.atlas.hemisphere_rule

    @property
    def hemispheres(self) -> NDArray[np.uint8]:
        """0, 1 (left) or 2 (right) of every voxel."""
        return self.shared("hemispheres", self._read_hemispheres)

    @property
    def reference(self) -> VoxelData:
        """Reference image, on the annotation's voxels."""
        return self.shared("reference", self._read_reference)

    @property
    def compared(self) -> Atlas:
        """The other atlas."""
        if self.other is None:
            raise NotRunError("no other atlas to compare with was given")
        return self.other

    def _read_stored(self) -> StoredValues:
        package = self.atlas.package
        dataset = package.datasets[package.annotation]
        with reading("the annotation"):
            if dataset.path is not None:
                dtype = read_volume_header(dataset.path).dtype
                if not np.issubdtype(dtype, np.floating):
                    return StoredValues(dtype, np.zeros(0, np.int64), np.nan)
            values = dataset.load().raw
        if not np.issubdtype(values.dtype, np.floating):
            return StoredValues(values.dtype, np.zeros(0, np.int64), np.nan)
        fractional = positions_where(lambda part: ~(np.rint(part) == part), values)  # NaN too
        example = float(values.reshape(-1)[fractional[0]]) if len(fractional) else np.nan
        return StoredValues(values.dtype, fractional, example)

    def _read_hemispheres(self) -> NDArray[np.uint8]:
        with reading("the hemispheres"):
            return self.hemisphere_rule.seen(self.atlas.shape)

    def _read_reference(self) -> VoxelData:
        name = self.atlas.package.reference
        if name is None:
            raise NotRunError("no reference image")
        data = self.read(name)
        if data.shape != self.atlas.shape:
            raise NotRunError(
                f"the reference has {data.shape} voxels, the annotation {self.atlas.shape}"
            )
        return data

    def read(self, name: str) -> VoxelData:
        """Read a dataset of the package, once."""

        def load() -> VoxelData:
            with reading(name):
                return self.atlas.package.datasets[name].load()

        return self.shared(f"dataset {name}", load)
