"""Findings of a check, and the places they point to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..core.colors.region_colors import Rgb
from ..core.regions.rank_volume import RankVolume

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Most severe first."""

Extent = tuple[tuple[int, int], ...]
"""First voxel and one past the last along each axis."""

REGIONS_IN_ID = 3


@dataclass(frozen=True)
class Anchor:
    """Place of a finding; None where not known.

    Attributes
    ----------
    voxel
        The worst voxel: array indices of the annotation; it is one of those at fault.
    extent
        Box of all of them.
    node
        Region id in the hierarchy.
    mesh
        Region id of a mesh.
    file, key
        File, relative to the package where inside it, and the key or field in it.
    """

    voxel: tuple[int, ...] | None = None
    extent: Extent | None = None
    node: int | None = None
    mesh: int | None = None
    file: str | None = None
    key: str | None = None

    @classmethod
    def at(cls, flat: NDArray[np.int64], shape: Sequence[int], node: int | None = None) -> Anchor:
        """Return an anchor from C-order positions: the one nearest their middle, and their box."""
        where = np.stack(np.unravel_index(flat, tuple(shape)))
        middle = where.mean(axis=1, keepdims=True)
        nearest = int(((where - middle) ** 2).sum(axis=0).argmin())
        low, high = where.min(axis=1).tolist(), (where.max(axis=1) + 1).tolist()
        return cls(
            voxel=tuple(where[:, nearest].tolist()),
            extent=tuple(zip(low, high, strict=True)),
            node=node,
        )


@dataclass(frozen=True, eq=False)
class FindingVoxels:
    """Voxels of the annotation that a finding is about.

    Attributes
    ----------
    flat
        Ascending C-order positions.
    ranks
        Ranks all of whose own voxels count, without listing them one by one.
    """

    flat: NDArray[np.int64] | None = None
    ranks: tuple[int, ...] = ()

    def positions(self, rank_volume: RankVolume) -> NDArray[np.int64]:
        """Return the C-order positions of the voxels, ascending."""
        arrays = [] if self.flat is None else [np.asarray(self.flat, np.int64)]
        for rank in self.ranks:
            box = rank_volume.boxes[rank]
            if box[0, 1] == 0:
                continue
            inner = rank_volume.raw[tuple(slice(int(a), int(b)) for a, b in box)]
            where = np.nonzero(inner == rank)
            moved = tuple(w + int(b[0]) for w, b in zip(where, box, strict=True))
            arrays.append(np.ravel_multi_index(moved, rank_volume.raw.shape).astype(np.int64))
        if len(arrays) == 1:
            return arrays[0]
        positions = (
            np.sort(np.concatenate(arrays), kind="stable") if arrays else np.zeros(0, np.int64)
        )
        if self.flat is None:
            return positions  # no voxel has two ranks
        return positions[np.diff(positions, prepend=-1) > 0]


@dataclass(frozen=True, eq=False)
class Curve:
    """Value for every slice along an axis, shown below the slider.

    Attributes
    ----------
    axis
        Axis of the array.
    values
        ``(n,)`` one for each slice, NaN where there is none.
    label
        What is drawn, with its unit.
    limit
        Value above which a slice is suspicious, None without one.
    """

    axis: int
    values: NDArray[np.float64]
    label: str
    limit: float | None = None


@dataclass(frozen=True, eq=False)
class Histogram:
    """Frequencies of values: ``counts`` ``(n,)`` between ``edges`` ``(n + 1,)``."""

    counts: NDArray[np.int64]
    edges: NDArray[np.float64]
    label: str


@dataclass(frozen=True)
class Swatch:
    """Color of a region, for comparison with another's."""

    region_id: int
    color: Rgb


@dataclass(frozen=True)
class NamedBox:
    """Box in voxels of the annotation (fractions allowed), such as a mesh's or a volume's."""

    name: str
    low: tuple[float, ...]
    high: tuple[float, ...]


Exhibit = Curve | Histogram | Swatch | NamedBox
"""Illustrations of a finding."""


@dataclass(frozen=True, eq=False)
class Finding:
    """Result of a check.

    Attributes
    ----------
    message
        One sentence: what was found and where, with the value and the limit.
    region_ids
        Ids of the regions concerned, the first being the one it is about.
    count
        How many voxels, faces, rows … are at fault.
    anchor
        Where it leads.
    fix
        What to do about it, one sentence.
    measure, unit
        The value that was compared with a threshold, and its unit, by default the threshold's.
    threshold
        Name of that threshold.
    marked
        Voxels concerned.
    exhibits
        Its illustrations.
    severity
        Only where it differs from the check's own.
    key
        Distinguishes findings of one code that concern no region (a file, an axis).
    code
        Of the check that made it, such as "label-unknown-id"; filled in when it is run.
    """

    message: str
    region_ids: tuple[int, ...] = ()
    count: int = 1
    anchor: Anchor = Anchor()
    fix: str = ""
    measure: float | None = None
    unit: str = ""
    threshold: str | None = None
    marked: FindingVoxels | None = None
    exhibits: tuple[Exhibit, ...] = ()
    severity: Severity | None = None
    key: str = ""
    code: str = ""

    @property
    def about(self) -> str:
        """What it is about, briefly: region ids, else its key, else file or voxel.

        >>> Finding("a hole", region_ids=(222,)).about
        '222'
        """
        if self.region_ids:
            shown = "+".join(map(str, self.region_ids[:REGIONS_IN_ID]))
            more = len(self.region_ids) - REGIONS_IN_ID
            shown += f"+{more}more" if more > 0 else ""
            return f"{shown}:{self.key}" if self.key else shown
        if self.key:
            return self.key
        if self.anchor.file is not None:
            return "#".join(filter(None, (self.anchor.file, self.anchor.key)))
        if self.anchor.voxel is not None:
            return ",".join(map(str, self.anchor.voxel))
        return ""
