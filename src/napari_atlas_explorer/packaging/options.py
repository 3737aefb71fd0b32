"""Options of a package."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from ..compute.cluster.workers import Cluster
from ..compute.meshes.settings import SurfaceSettings
from ..core.errors import ArgumentError
from ..core.regions.region_map import RegionKey

Target = Literal["brainglobe-v2", "brainglobe-v3", "voxelbrain", "itksnap"]
LabelRule = Literal["nearest", "majority"]
EmptyRule = Literal["drop", "keep"]
MeshSource = Literal["package", "labels", "none"]

TARGETS: tuple[Target, ...] = ("brainglobe-v2", "brainglobe-v3", "voxelbrain", "itksnap")
LABEL_RULES: tuple[LabelRule, ...] = ("nearest", "majority")
EMPTY_RULES: tuple[EmptyRule, ...] = ("drop", "keep")
MESH_SOURCES: tuple[MeshSource, ...] = ("package", "labels", "none")

PACKAGE_FACES = 20_000
"""Most triangles of a mesh made for a package, unless stated otherwise. BrainGlobe's package
of the CCF at 100 µm has 1,831 on the average and 76,736 at most."""


@dataclass(frozen=True)
class PackageOptions:
    """Options of a package.

    Attributes
    ----------
    target
        Layout to be written.
    resolutions
        Further voxel sizes, µm, coarser than the source's; each for all axes or for each.
    only_coarser
        Whether the atlas's own resolution is left out: then it is a coarser copy.
    labels
        Which id a coarser voxel gets: that of the voxel which holds its center, or that which
        most of its voxels have.
    empty
        Whether regions without voxels are dropped or kept; None keeps those of a package and
        drops those of other sources.
    meshes
        The source's own, surfaces of the labels, or none; None takes the source's own where
        there are any, else the labels.
    surfaces
        How meshes are made of the labels.
    masks
        Whether a v3 package gets the array of one mask for each region, which readers do
        without.
    hemisphere
        "left" or "right": the other side becomes background.
    region
        A region, by id or acronym: all that is not of it becomes background, and it the root.
    processes
        How many work on the meshes at once.
    cluster
        Workers that make meshes of the labels instead; None for this machine.

    Examples
    --------
    >>> PackageOptions("brainglobe-v2", resolutions=(50, 100), hemisphere="left").meshes is None
    True
    """

    target: Target
    resolutions: tuple[float | tuple[float, float, float], ...] = ()
    only_coarser: bool = False
    labels: LabelRule = "nearest"
    empty: EmptyRule | None = None
    meshes: MeshSource | None = None
    surfaces: SurfaceSettings = field(default_factory=lambda: SurfaceSettings(PACKAGE_FACES))
    masks: bool = False
    hemisphere: str | None = None
    region: RegionKey | None = None
    processes: int = 1
    cluster: Cluster | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Check the options."""
        for word, allowed, what in (
            (self.target, TARGETS, "target"),
            (self.labels, LABEL_RULES, "labels"),
            (self.empty, (None, *EMPTY_RULES), "empty"),
            (self.meshes, (None, *MESH_SOURCES), "meshes"),
            (self.hemisphere, (None, "left", "right"), "hemisphere"),
        ):
            if word not in allowed:
                names = ", ".join(str(a) for a in allowed if a is not None)
                raise ArgumentError(f"{what} {word!r}; expected {names}")
        if self.only_coarser and not self.resolutions:
            raise ArgumentError("a coarser copy without a resolution; expected one, in µm")
        if self.masks and self.target != "brainglobe-v3":
            raise ArgumentError(f"masks of every region for {self.target}; expected brainglobe-v3")

    @property
    def is_brainglobe(self) -> bool:
        """Whether the target has BrainGlobe's axes, dtypes and metadata.

        >>> [PackageOptions(name).is_brainglobe for name in ("brainglobe-v3", "voxelbrain")]
        [True, False]
        """
        return self.target in ("brainglobe-v2", "brainglobe-v3")
