"""Surfaces of regions in the viewer: colors, visibility, clipping, exploding, picking."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from ..analysis.surfaces.source import PlacedSurface
from ..core.atlas.atlas import Atlas
from ..core.space.hemispheres import HEMISPHERE_NAMES
from ..core.text import as_plain
from .followers import DisplayFollower, add_quietly
from .layer_info import LayerInfo
from .placement import in_view

if TYPE_CHECKING:
    from napari.layers import Surface

    from .display import AtlasDisplay

ROLE = "surface"
OPACITY, GLASS = 1.0, 0.15


@dataclass(frozen=True)
class SurfaceKey:
    """Region and hemisphere of a surface.

    Attributes
    ----------
    rank
        Region.
    hemisphere
        1 left, 2 right, 0 both.
    """

    rank: int
    hemisphere: int = 0


class SurfaceScene(DisplayFollower):
    """Surfaces of one atlas.

    Parameters
    ----------
    display
        The atlas's display.
    """

    changed = Signal()
    """Surfaces were added, removed, shown or hidden."""

    def __init__(self, display: AtlasDisplay) -> None:
        super().__init__(display)
        self._layers: dict[SurfaceKey, Surface] = {}
        self._meshes: dict[SurfaceKey, PlacedSurface] = {}
        self._home: dict[SurfaceKey, NDArray[np.float64]] = {}
        self._ticked: dict[SurfaceKey, bool] = {}
        self._clipped = False
        self._glass: SurfaceKey | None = None
        grid = display.atlas.grid
        self._scale = np.linalg.norm(grid.affine[:-1, :-1], axis=0)[list(display.axes)]
        self._follow(self.recolor, display.colors_changed)
        self._follow(self._on_point, display.viewer.dims.events.point)
        self._follow(self._apply_visibility, display.viewer.dims.events.ndisplay)

    def close(self) -> None:
        """Stop following, and remove every surface."""
        super().close()
        viewer = self._display.viewer
        for layer in self._layers.values():
            if layer in viewer.layers:
                viewer.layers.remove(layer)
        self._layers, self._meshes = {}, {}

    # ---- Content ---------------------------------------------------------------------------

    @property
    def atlas(self) -> Atlas:
        """The atlas of the surfaces."""
        return self._display.atlas

    @property
    def keys(self) -> list[SurfaceKey]:
        """Keys of the surfaces but the glass brain, in the order in which they were added."""
        return [key for key in self._layers if key != self._glass]

    def layer_of(self, key: SurfaceKey) -> Surface | None:
        """Return the layer of a surface, None if there is none."""
        return self._layers.get(key)

    def placed_of(self, key: SurfaceKey) -> PlacedSurface | None:
        """Return the surface with its origin."""
        return self._meshes.get(key)

    def name_of(self, key: SurfaceKey) -> str:
        """Return acronym and hemisphere: "CA1", "CA1 left"."""
        rank_volume = self._display.atlas.ranks
        known = key.rank <= len(rank_volume.region_map)
        name = (
            rank_volume.region_map.acronym_of_rank(key.rank)
            if known
            else str(rank_volume.ids[key.rank])
        )
        return f"{name} {HEMISPHERE_NAMES[key.hemisphere]}" if key.hemisphere else name

    def add(self, key: SurfaceKey, placed: PlacedSurface) -> None:
        """Show a surface; replace an existing one."""
        from napari.layers import Surface

        self.remove([key])
        points = self.in_view(placed.mesh.points)
        layer = Surface(
            (points / self._scale, placed.mesh.faces),
            # Of the voxels: the slider keeps its sections, where a scale of 1 would make them µm.
            scale=self._scale,
            name=as_plain(self.name_of(key)),
            shading="smooth",
            opacity=OPACITY,
            colormap=self._make_colormap(key.rank),
            units=self._display.layer.units,
            axis_labels=self._display.layer.axis_labels,
            metadata=LayerInfo(self._display.atlas, role=ROLE, rank=key.rank).as_metadata(),
        )
        self._layers[key], self._meshes[key] = layer, placed
        self._home[key] = points.mean(axis=0)
        self._ticked[key] = True
        layer.visible = self._display.viewer.dims.ndisplay == 3
        add_quietly(self._display.viewer, layer)
        self._clip()
        self.changed.emit()

    def remove(self, which: Iterable[SurfaceKey]) -> None:
        """Remove surfaces."""
        for key in list(which):
            layer = self._layers.pop(key, None)
            self._meshes.pop(key, None)
            self._ticked.pop(key, None)
            if layer is not None and layer in self._display.viewer.layers:
                self._display.viewer.layers.remove(layer)
        self.changed.emit()

    def is_ticked(self, key: SurfaceKey) -> bool:
        """Return whether a surface is visible in 3-D."""
        return self._ticked.get(key, False)

    def set_visible(self, key: SurfaceKey, on: bool) -> None:
        """Show or hide a surface."""
        if key in self._layers and self.is_ticked(key) != on:
            self._ticked[key] = on
            self._apply_visibility()
            self.changed.emit()

    def isolate(self, which: Iterable[SurfaceKey]) -> None:
        """Show some surfaces and hide the others."""
        isolated = set(which)
        self._ticked = {key: key in isolated for key in self._layers}
        self._apply_visibility()
        self.changed.emit()

    def _apply_visibility(self, event: Any = None) -> None:
        """Show what is ticked, in 3-D alone: in 2-D napari draws a surface's whole shadow."""
        in_space = self._display.viewer.dims.ndisplay == 3
        for key, layer in self._layers.items():
            layer.visible = in_space and self.is_ticked(key)

    def set_opacity(self, opacity: float) -> None:
        """Set the opacity of all surfaces but the glass brain."""
        for key, layer in self._layers.items():
            if key != self._glass:
                layer.opacity = opacity

    def set_glass(self, key: SurfaceKey | None) -> None:
        """Make one of the surfaces a glass around the others; None removes it."""
        if self._glass is not None and key is None:
            self.remove([self._glass])
        self._glass = key
        if key in self._layers:
            self._layers[key].opacity = GLASS
        self.changed.emit()

    # ---- Positions -------------------------------------------------------------------------

    def in_view(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the viewer's world position of points in µm, on its displayed axes."""
        return in_view(self._display, points)

    def explode(self, amount: float, level: int) -> None:
        """Move surfaces apart, each with its ancestor at a level of the hierarchy.

        Parameters
        ----------
        amount
            0 leaves them in place; 1 doubles their distance from the middle of all.
        level
            Steps below the root: regions with the same ancestor there stay together.
        """
        if not self._layers:
            return
        targets = self._display.atlas.region_map.at_depth(level)
        groups: dict[int, list[SurfaceKey]] = {}
        for key in self._layers:
            rank = key.rank
            groups.setdefault(int(targets[rank]) if rank < len(targets) else rank, []).append(key)
        middle = np.mean([self._home[s] for s in self._layers], axis=0)
        for together in groups.values():
            away = np.mean([self._home[s] for s in together], axis=0) - middle
            for key in together:
                self._layers[key].translate = amount * away

    # ---- Clipping --------------------------------------------------------------------------

    @property
    def clipped(self) -> bool:
        """Whether surfaces are cut at the current section."""
        return self._clipped

    def set_clipped(self, on: bool) -> None:
        """Cut all surfaces at the last viewed section, or show them whole."""
        self._clipped = on
        self._clip()

    def _on_point(self, event: Any) -> None:
        if self._clipped:
            self._clip()

    def _clip(self) -> None:
        viewer = self._display.viewer
        axis = viewer.dims.order[0]
        offset = viewer.dims.ndim - 3
        normal = np.zeros(3)
        normal[max(axis - offset, 0)] = 1
        for layer in self._layers.values():
            position = np.asarray(viewer.dims.point[offset:]) - np.asarray(layer.translate)
            position = position / self._scale
            layer.experimental_clipping_planes = (
                [{"position": tuple(position), "normal": tuple(normal), "enabled": True}]
                if self._clipped
                else []
            )

    # ---- Colors ---------------------------------------------------------------------------

    def recolor(self) -> None:
        """Apply the current colors of the regions."""
        for key, layer in self._layers.items():
            layer.colormap = self._make_colormap(key.rank)

    def _make_colormap(self, rank: int) -> Any:
        from napari.utils.colormaps import Colormap

        rgb = [c / 255 for c in self._display.color_of(rank)]
        return Colormap([[*rgb, 1.0], [*rgb, 1.0]], name=f"region {rank}")

    # ---- Picking ---------------------------------------------------------------------------

    def rank_on_line(
        self, position: Sequence[float], direction: Any, dims_displayed: Sequence[int]
    ) -> int:
        """Return the rank of the nearest visible surface on a line of sight, 0 for none.

        Parameters
        ----------
        position, direction
            A point on the line and where it leads, in the viewer's world.
        dims_displayed
            Axes that are displayed; three of them.
        """
        best, nearest = 0, np.inf
        for shown, layer in self._layers.items():
            if not layer.visible or shown == self._glass:
                continue
            value = layer.get_value(
                position, view_direction=direction, dims_displayed=list(dims_displayed), world=True
            )
            triangle = value[1] if isinstance(value, tuple) else None
            if triangle is None:
                continue
            corner = layer.data[0][layer.data[1][int(triangle)]].mean(axis=0)
            world = np.asarray(layer.data_to_world(corner))
            along = float(np.dot(world - np.asarray(position)[-3:], np.asarray(direction)[-3:]))
            if along < nearest:
                best, nearest = shown.rank, along
        return best

    def _on_removed(self, event: Any) -> None:
        for shown, layer in list(self._layers.items()):
            if layer is event.value:
                del self._layers[shown]
                self._meshes.pop(shown, None)
                self.changed.emit()
