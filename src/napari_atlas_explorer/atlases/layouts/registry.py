"""The layouts of packages that the names of their files tell, in one place."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ...core.package import Package
from ...core.regions.region_map import RegionMap
from . import allen_ccf, brainglobe_v2, brainglobe_v3, brainreg, voxelbrain


class Layout(Protocol):
    """A way in which the files of a package lie in a folder; each is a module."""

    LAYOUT: str
    """Its name, as in `Package.layout`."""
    METADATA: str
    """File of the package's metadata, "" without any."""

    def matches(self, folder: Path) -> bool:
        """Whether the names of a folder's files are those of the layout; nothing is opened."""

    def read(
        self, folder: Path, region_map: RegionMap | None = None, file: Path | None = None
    ) -> Package | None:
        """Describe the package, or return None where its headers show that it is another.

        Parameters
        ----------
        folder
            That matches.
        region_map
            Takes the place of the package's own hierarchy.
        file
            Volume that is asked for, where a folder may hold several annotations.
        """


LAYOUTS: tuple[Layout, ...] = (voxelbrain, brainglobe_v2, brainglobe_v3, brainreg, allen_ccf)
"""In the order in which they are tried: names that tell most come first."""


def layout_of(folder: Path) -> Layout | None:
    """Find the layout that the names of a folder's files tell."""
    return next((layout for layout in LAYOUTS if layout.matches(folder)), None)
