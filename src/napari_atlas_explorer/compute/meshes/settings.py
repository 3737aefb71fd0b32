"""Settings and results of region surfaces."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ...core.errors import ArgumentError
from ...core.mesh import Mesh
from ...core.text import grouped

MAX_FACES = 50_000
SMOOTHING_ROUNDS = 10
MAX_VOLUME_ERROR = 0.02
"""Share of the voxels' volume by which that of a surface may differ."""
JUDGED_VOXELS = 1000
"""Regions of no more voxels are not held to `MAX_VOLUME_ERROR`: they are all edges."""


@dataclass(frozen=True)
class SurfaceSettings:
    """How a surface is made.

    Attributes
    ----------
    max_faces
        Most triangles, None for as many as there are.
    smoothing
        Rounds of Taubin's filter, 0 for none.
    keep_volume
        Whether the surface is moved in or out until it holds the volume of its voxels.
    max_deviation
        µm by which it may deviate from the surface of the voxels; where that asks for more,
        it has more triangles than ``max_faces``. None for no limit.

    Examples
    --------
    >>> SurfaceSettings(max_faces=20_000).is_raw, RAW.is_raw
    (False, True)
    """

    max_faces: int | None = MAX_FACES
    smoothing: int = SMOOTHING_ROUNDS
    keep_volume: bool = True
    max_deviation: float | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing."""
        if self.max_faces is not None and self.max_faces < 4:
            raise ArgumentError(f"at most {self.max_faces} triangles; expected 4 or more, or None")
        if self.smoothing < 0:
            raise ArgumentError(f"{self.smoothing} rounds of smoothing; expected 0 or more")
        if self.max_deviation is not None and not self.max_deviation > 0:
            raise ArgumentError(f"a deviation of {self.max_deviation} µm; expected more than 0")

    @property
    def is_raw(self) -> bool:
        """Whether the surface of the voxels is left as it is.

        >>> SurfaceSettings().is_raw, RAW.is_raw
        (False, True)
        """
        return self.max_faces is None and not self.smoothing and not self.keep_volume


RAW = SurfaceSettings(None, 0, keep_volume=False)
"""The surface of the voxels itself."""


@dataclass(frozen=True)
class SurfaceReport:
    """What was made.

    Attributes
    ----------
    n_faces, n_raw_faces
        Triangles, and those of the voxels' own surface.
    n_voxels
        Voxels of the region.
    voxel_volume, volume
        µm³ of its voxels, and of what the surface encloses.
    max_deviation, deviation_99
        Greatest distance from the surface of the voxels to this one, µm, and the distance that
        99 % of it keep; at 8,000 to 16,000 of its points, or all if they are fewer. Pieces
        that were simplified away count.
    method
        What was done, in words.
    shortfalls
        Limits that could not be kept, in words; none where all were.
    """

    n_faces: int
    n_raw_faces: int
    n_voxels: int
    voxel_volume: float
    volume: float
    max_deviation: float
    deviation_99: float
    method: str
    shortfalls: tuple[str, ...] = ()

    @property
    def volume_error(self) -> float:
        """Volume of the surface / volume of the voxels − 1."""
        return self.volume / self.voxel_volume - 1

    def as_dict(self) -> dict[str, Any]:
        """Return values for JSON."""
        return {**asdict(self), "shortfalls": list(self.shortfalls)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> SurfaceReport:
        """Undo `as_dict`."""
        return cls(**{**values, "shortfalls": tuple(values["shortfalls"])})

    def describe(self) -> str:
        """Say in one line how exact it is."""
        return (
            f"{grouped(self.n_faces)} triangles, volume {100 * self.volume_error:+.2f} %, "
            f"up to {self.max_deviation:.3g} µm from the surface of the voxels"
        )


@dataclass(frozen=True, eq=False)
class RegionSurface:
    """A surface in µm of the atlas's world, and how exact it is."""

    mesh: Mesh
    report: SurfaceReport
