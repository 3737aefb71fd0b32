"""The mesh of a finding in the viewer, with its edges at fault in red."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..compute.mesh_quality import faulty_edges
from ..core.errors import ArgumentError
from ..plugin.display import AtlasDisplay
from ..plugin.findings_layer import add_quietly

if TYPE_CHECKING:
    from .qa_dock import QaDock

OPACITY = 0.6
RED = "#ff3030"
ABOVE_ALL = "translucent_no_depth"
"""Seen through the volume, inside which a mesh lies."""

EDGE_SHARE = 0.35
"""Thickness of an edge at fault, in voxels: it is seen on the whole brain, and hides little."""


class QaMeshes:
    """Shows meshes as they stand in their files.

    Parameters
    ----------
    dock
        The QA dock.
    """

    def __init__(self, dock: QaDock) -> None:
        self._dock = dock
        self._layers: list[Any] = []

    def forget(self) -> None:
        """Take away what was shown."""
        shown = self._dock.viewer.layers
        for layer in self._layers:
            if layer in shown:
                shown.remove(layer)
        self._layers = []

    def show_mesh(self) -> None:
        """Add the mesh of the current finding as a surface, and its edges at fault as lines.

        A mesh that was shown before is taken away.
        """
        one = self._dock.current
        mesh_of = one.finding.anchor.mesh if one is not None else None
        if mesh_of is not None:
            self._dock.with_display(lambda display: self._show(display, mesh_of))

    def _show(self, display: AtlasDisplay, region_id: int) -> None:
        from napari.layers import Surface, Vectors

        package = display.atlas.package
        path = package.mesh_files.get(region_id)
        if path is None or package.read_mesh is None:
            raise ArgumentError(f"region {region_id} has no mesh")
        mesh = package.read_mesh(path)
        axes = list(display.axes)
        of_layer = {"units": display.layer.units, "axis_labels": display.layer.axis_labels}
        self.forget()
        points = mesh.points[:, axes]
        surface = Surface(
            (points, mesh.faces),
            name=f"mesh {path.name}",
            opacity=OPACITY,
            blending=ABOVE_ALL,
            **of_layer,
        )
        self._add(surface)
        found = faulty_edges(mesh)
        if not len(found):
            return
        edges = np.concatenate([found.open, found.crowded])[:, :, axes]
        lines = np.stack([edges[:, 0], edges[:, 1] - edges[:, 0]], axis=1)
        self._add(
            Vectors(
                lines,
                name=f"edges at fault, {path.name}",
                edge_color=RED,
                edge_width=EDGE_SHARE * float(min(display.atlas.resolution)),
                vector_style="line",
                blending=ABOVE_ALL,
                **of_layer,
            )
        )

    def _add(self, layer: Any) -> None:
        layer.editable = False
        add_quietly(self._dock.viewer, layer)
        self._layers.append(layer)
