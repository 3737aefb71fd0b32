"""Registry of the package layouts that are recognized by file names."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from ...core.package import Package
from ...core.regions.region_map import RegionMap
from . import allen_ccf, brainglobe_v2, brainglobe_v3, brainreg, voxelbrain


class Layout(Protocol):
    """Layout of a package's files in a folder; each is a module."""

    LAYOUT: str
    """Its name, as in `Package.layout`."""
    METADATA: str
    """File of the package's metadata, "" without any."""

    def matches(self, folder: Path) -> bool:
        """Return whether the names of a folder's files fit the layout; nothing is opened."""

    def read(
        self, folder: Path, region_map: RegionMap | None = None, file: Path | None = None
    ) -> Package | None:
        """Describe the package, or return None where its headers show another layout.

        Parameters
        ----------
        folder
            That matches.
        region_map
            Takes the place of the package's own hierarchy.
        file
            Requested volume, where a folder may hold several annotations.
        """


LAYOUTS: tuple[Layout, ...] = (voxelbrain, brainglobe_v2, brainglobe_v3, brainreg, allen_ccf)
"""In the order in which they are tried: the most specific names first."""


def layout_of(folder: Path) -> Layout | None:
    """Find the layout by the names of a folder's files."""
    return next((layout for layout in LAYOUTS if layout.matches(folder)), None)
