"""Where the meshes of a package are from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..core.mesh import Mesh
from .options import MeshSource
from .turning import Turn


@dataclass(frozen=True, eq=False)
class MeshPlan:
    """Meshes to be written.

    Attributes
    ----------
    source
        Files that there are, surfaces of the labels, or none.
    files
        File of each region id, where ``source`` is "package".
    read
        Reads one of them: points in µm of the source's space.
    turn
        Carries points to the target's space.
    """

    source: MeshSource
    turn: Turn
    files: Mapping[int, Path] = field(default_factory=dict)
    read: Callable[[Path], Mesh] | None = None

    @property
    def are_copied(self) -> bool:
        """Whether files keep their points, so that those of the same format are copied."""
        return self.source == "package" and self.turn.is_identity
