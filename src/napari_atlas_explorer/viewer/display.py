"""An atlas in a viewer: its layers, their colors, and lookup under the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from ..core.atlas.atlas import Atlas
from ..core.atlas.lookups import Hit
from ..core.selection import NO_SIDE
from ..core.space.frames import Frame
from ..core.space.hemispheres import LEFT, RIGHT, HemisphereRule
from .color_table import MAX_VALUES, exact_colormap, make_table, rank_colors, split_by_hemisphere
from .history import History
from .hover import (
    NOTHING_DRAWN_TEXT,
    HoverText,
    describe,
    describe_region,
    point_along_ray,
    point_under_cursor,
)
from .layer_info import info_of
from .layers import atlas_layers, id_layer, preview_layer
from .local_frame import LocalFrames, describe_frame
from .multiscale import LazyVoxels, as_layer_data, rank_levels, view_at_level
from .placement import display_axes, displayed, show_coronal
from .region_view import RegionView
from .selection_overlay import SelectionOverlay
from .side_letters import SideLetters

if TYPE_CHECKING:
    import napari
    from napari.components import ViewerModel
    from napari.layers import Labels, Layer

    from .surfaces import SurfaceScene

DIM = 0.25
"""Opacity factor of regions that are not selected, when others are."""

VALUES_OPACITY = 0.9
"""Opacity of the layer while its colors show numbers."""


def atlas_of(layer: Layer) -> Atlas | None:
    """Return the atlas that a layer was made from, None for foreign layers."""
    info = info_of(layer)
    return info.atlas if info is not None else None


def is_annotation_layer(layer: Layer) -> bool:
    """Return whether a layer shows the ranks of an atlas's annotation."""
    info = info_of(layer)
    if info is None or info.atlas is None:
        return False
    return info.dataset == info.atlas.package.annotation and bool(info.values)


def make_preview(atlas: Atlas) -> Layer | None:
    """Make the layer that is shown before the annotation is ready, see `preview_layer`."""
    from napari.layers import Layer

    data = preview_layer(atlas)
    return None if data is None else Layer.create(*data)


def make_layers(atlas: Atlas, preview: Layer | None = None) -> list[Layer]:
    """Make the layers that an atlas opens with; safe to call in a worker.

    It costs a second the first time, most of it napari's own imports.

    Parameters
    ----------
    atlas
        The atlas.
    preview
        Its reference, if `make_preview` made it before.
    """
    from napari.layers import Layer

    made = [Layer.create(*data) for data in atlas_layers(atlas, reference=preview is None)]
    return made if preview is None else [preview, *made]


class AtlasDisplay:
    """Link between the layers of one atlas and a `RegionView`.

    Parameters
    ----------
    viewer
        The napari viewer.
    atlas
        The atlas whose layers are in the viewer.
    layer
        Its annotation layer.
    history
        History for the view's steps; by default a new one.
    """

    colors_lost = Signal()
    """The annotation's colormap was changed from outside (by napari's shuffle button)."""

    colors_changed = Signal()
    """The colors of the regions changed: those of numbers, or the atlas's again."""

    removed = Signal()
    """The annotation layer was removed from the viewer."""

    def __init__(
        self, viewer: napari.Viewer, atlas: Atlas, layer: Labels, history: History | None = None
    ) -> None:
        self.viewer = viewer
        self.atlas = atlas
        self.layer = layer
        self.view = RegionView(atlas.ranks, history)
        self.surfaces: SurfaceScene | None = None
        """Surfaces that are shown, once some were requested."""
        self.frames: LocalFrames | None = None
        """Local frames and depths, once the atlas's directions were requested."""
        self.coordinates: Frame | None = None
        """Frame in which positions are given; None for the atlas's own."""
        self._colors = rank_colors(atlas.ranks)
        self._axes = display_axes(atlas.grid)
        self._atlas_opacity: float | None = None
        # A layer that another dock left may have hemisphere values already.
        self._sided = len(layer.features) == 3 * atlas.ranks.n_ranks
        self._own_colormap: Any = layer.colormap
        # Its values are ranks for display: painting in them would be meaningless.
        layer.editable = False
        self._dimmed = False
        self.view.changed.connect(self.recolor)
        self.view.selection_changed.connect(self._on_selection)
        layer.events.colormap.connect(self._on_colormap)
        viewer.layers.events.removed.connect(self._on_removed)
        self._letters: SideLetters | None = None
        self.overlay = SelectionOverlay(self)
        if self._sided:
            self.recolor()

    @classmethod
    def of_layers(
        cls,
        viewer: napari.Viewer,
        atlas: Atlas,
        layers: Sequence[Layer],
        turn: bool = True,
        history: History | None = None,
    ) -> AtlasDisplay:
        """Link the layers of an atlas that were just added, and turn to the coronal section.

        Parameters
        ----------
        viewer
            The napari viewer.
        atlas
            The atlas.
        layers
            Result of `make_layers`; they are in the viewer.
        turn
            Whether to turn; not where the user looks at one of them already.
        history
            As above.
        """
        annotation = next(layer for layer in layers if is_annotation_layer(layer))
        # Delete in the layer list would close the atlas, were its annotation selected.
        viewer.layers.selection.clear()
        if turn:
            show_coronal(viewer, atlas, annotation)
        viewer.canvas.overlays.scale_bar.visible = True
        return cls(viewer, atlas, annotation, history)

    def show_letters(self) -> None:
        """Show the letters of the sides, where they are known; 0.2 s, most of it vispy's."""
        world = self.atlas.package.world_orientation
        if world and self._letters is None:
            self._letters = SideLetters(self.viewer, world)

    def close(self) -> None:
        """Stop following the viewer; the layers stay."""
        self.overlay.close()
        self.view.history.forget(self.view)
        self.view.changed.disconnect(self.recolor)
        self.view.selection_changed.disconnect(self._on_selection)
        self.layer.events.colormap.disconnect(self._on_colormap)
        self.viewer.layers.events.removed.disconnect(self._on_removed)
        if self._letters is not None:
            self._letters.remove()

    # ---- Colors ---------------------------------------------------------------------------

    def recolor(self) -> None:
        """Draw the layer with the view's filter, depth and hemisphere."""
        if self.view.hemisphere is not None and not self._sided:
            self.use_hemisphere_levels(self.make_hemisphere_levels())
        table = make_table(self._colors, self.view.drawn(), self.view.hemisphere, self._sided)
        if self._dimmed and self.view.selection:
            bits = self.view.selection.bits
            blocks = [bits & b for b in (NO_SIDE, LEFT, RIGHT)] if self._sided else [bits]
            table[:, 3] *= np.where(np.concatenate(blocks) != 0, 1, DIM)
        self._own_colormap = exact_colormap(table)
        self.layer.colormap = self._own_colormap

    def set_colors(self, table: NDArray[np.float32] | None) -> None:
        """Color the regions by a table, in every filter, depth and hemisphere.

        Parameters
        ----------
        table
            ``(n_ranks, 4)`` colors 0 to 1, background transparent; None for the atlas's own. A
            collapsed region has its own row.
        """
        rank_volume = self.atlas.ranks
        if table is not None and table.shape != (rank_volume.n_ranks, 4):
            raise ValueError(f"colors of shape {table.shape}; expected ({rank_volume.n_ranks}, 4)")
        self._colors = rank_colors(rank_volume) if table is None else table
        if table is not None and self._atlas_opacity is None:
            # Blended with the image below, colors could not be compared with their legend.
            self._atlas_opacity, self.layer.opacity = self.layer.opacity, VALUES_OPACITY
        elif table is None and self._atlas_opacity is not None:
            if self.layer.opacity == VALUES_OPACITY:
                self.layer.opacity = self._atlas_opacity
            self._atlas_opacity = None
        self.recolor()
        self.colors_changed.emit()

    def set_dimmed(self, on: bool) -> None:
        """Draw what is not selected faintly."""
        self._dimmed = on
        self.recolor()

    def _on_selection(self) -> None:
        if self._dimmed:
            self.recolor()

    @property
    def axes(self) -> tuple[int, ...]:
        """Array axis that each axis of the layer shows."""
        return self._axes

    @property
    def rank_colors(self) -> NDArray[np.float32]:
        """``(n_ranks, 4)`` colors by rank, 0 to 1: the atlas's, or those of numbers."""
        return self._colors

    def color_of(self, rank: int) -> tuple[int, int, int]:
        """Return the color of a rank on the canvas, 0 to 255."""
        r, g, b = np.rint(self._colors[rank, :3] * 255).astype(int).tolist()
        return (r, g, b)

    @property
    def can_show_hemispheres(self) -> bool:
        """Whether one hemisphere can be shown alone: it is known and fits the color table."""
        return self.atlas.hemisphere_rule is not None and 3 * self.atlas.ranks.n_ranks <= MAX_VALUES

    @property
    def needs_hemispheres(self) -> bool:
        """Whether showing one hemisphere needs `make_hemisphere_levels` first."""
        return not self._sided

    def make_hemisphere_levels(self) -> list[Any]:
        """Return values of rank and hemisphere at every level; safe to call in a worker."""
        hemisphere_rule: HemisphereRule | None = self.atlas.hemisphere_rule
        if hemisphere_rule is None:
            raise ValueError("sides are unknown")
        rank_volume = self.atlas.ranks
        levels = rank_levels(rank_volume)
        if len(levels) == 1:
            return [
                split_by_hemisphere(
                    rank_volume.raw, hemisphere_rule.volume(self.atlas.shape), rank_volume.n_ranks
                )
            ]
        results = []
        for n, ranks in enumerate(levels):
            fitting = view_at_level(hemisphere_rule.seen(self.atlas.shape), n, ranks.shape)
            value = partial(split_by_hemisphere, n_ranks=rank_volume.n_ranks)
            results.append(LazyVoxels(value, ranks, fitting, dtype=np.uint16))
        return results

    def use_hemisphere_levels(self, levels: list[Any]) -> None:
        """Put the values of `make_hemisphere_levels` and their features into the layer."""
        if self._sided:
            return
        self._sided = True
        # The colormap first: the longer table also fits the old, lower values.
        table = make_table(self._colors, self.view.drawn(), None, True)
        self._own_colormap = exact_colormap(table)
        self.layer.colormap = self._own_colormap
        self.layer.data = as_layer_data([displayed(v, self.atlas.grid) for v in levels])[0]
        self.layer.editable = False  # napari makes new data editable again
        features = self.layer.features
        n = self.atlas.ranks.n_ranks
        rows = {key: list(features[key]) * 3 for key in features if key != "index"}
        self.layer.features = {"index": list(range(3 * n)), **rows}

    def _on_colormap(self) -> None:
        if self.layer.colormap is not self._own_colormap:
            self.colors_lost.emit()

    def _on_removed(self, event: Any) -> None:
        if event.value is self.layer:
            self.removed.emit()

    # ---- Cursor ----------------------------------------------------------------------------

    def point_at(
        self,
        position: Any,
        view_direction: Any = None,
        dims_displayed: Any = None,
        viewer: ViewerModel | None = None,
    ) -> tuple[float, ...] | None:
        """Return the index-space point at a world position; voxel edges are integers.

        In 3-D the middle of the first voxel on the line of sight that is drawn; None if the
        line meets none. ``viewer`` is the one that the position is of, if not the main one.
        """
        dims = (viewer or self.viewer).dims
        units = dims.units
        if dims_displayed is not None and len(dims_displayed) == 3 and view_direction is not None:
            return point_along_ray(
                self.layer,
                position,
                view_direction,
                units,
                self.atlas.ranks,
                self.view,
                self.atlas.hemisphere_rule,
                self._axes,
            )
        offset = dims.ndim - self.layer.ndim
        sliced = [axis - offset for axis in dims.not_displayed if axis >= offset]
        return point_under_cursor(self.layer, position, units, self._axes, sliced)

    def hit_at(self, point: tuple[float, ...] | None) -> Hit | None:
        """Return the lookup at an index-space point; None for none."""
        if point is None:
            return None
        return self.atlas.at(self.atlas.grid.to_world(point).tolist())

    def describe_point(self, point: tuple[float, ...] | None) -> HoverText:
        """Return the hover text of an index-space point, with its local frame if known."""
        hit = self.hit_at(point)
        if hit is None:
            return NOTHING_DRAWN_TEXT
        text = describe(self.atlas, self.view, hit, self.coordinates)
        if self.frames is None or hit.index is None or not text.place:
            return text
        return replace(text, frame=describe_frame(self.frames, self.atlas, hit.index))

    def surface_at(self, event: Any) -> int:
        """Return the rank of the surface under the mouse in 3-D, 0 for none."""
        if self.surfaces is None or event.view_direction is None or len(event.dims_displayed) != 3:
            return 0
        return self.surfaces.rank_on_line(
            event.position, event.view_direction, event.dims_displayed
        )

    def hover(
        self, event: Any, viewer: ViewerModel | None = None
    ) -> tuple[HoverText, tuple[float, ...] | None]:
        """Describe what a mouse event points at, and return its index-space point.

        ``viewer`` is the one that the event is of, if not the main one.
        """
        rank = self.surface_at(event)
        if rank:
            return describe_region(self.atlas, rank), None
        point = self._point_drawn(event, viewer)
        return self.describe_point(point), point

    def pick(self, event: Any, viewer: ViewerModel | None = None) -> int:
        """Return the rank that is drawn where a mouse event points, 0 for none."""
        rank = self.surface_at(event)
        if rank:
            return rank
        hit = self.hit_at(self._point_drawn(event, viewer))
        if hit is None or not hit.rank:
            return 0
        hemisphere = {"left": LEFT, "right": RIGHT}.get(hit.hemisphere or "", NO_SIDE)
        return self.view.displayed(hit.rank, hemisphere)

    def _point_drawn(
        self, event: Any, viewer: ViewerModel | None = None
    ) -> tuple[float, ...] | None:
        """Return the index-space point of an event, None where nothing is drawn in 3-D.

        In a section the place has its name even where the layer is hidden; in 3-D, among
        surfaces, a hidden volume would be named in the empty space between them.
        """
        if len(event.dims_displayed) == 3 and not self.layer.visible:
            return None
        displayed = event.dims_displayed
        return self.point_at(event.position, event.view_direction, displayed, viewer)

    # ---- Navigation ------------------------------------------------------------------------

    def jump_to(self, rank: int, hemisphere: int | None = None) -> bool:
        """Move the slices through a region, and the canvas's center onto it.

        The point is the region's voxel nearest to the center of its bounding box, which itself
        may be outside a curved region; of one hemisphere where that is given. Return False if
        it has no voxel there.
        """
        rank_volume = self.atlas.ranks
        start, stop = rank, int(rank_volume.ends[rank])
        box = rank_volume.box(start, stop)
        if box is None:
            return False
        inside = (rank_volume.raw[box] >= start) & (rank_volume.raw[box] < stop)
        if hemisphere is not None:
            rule = self.atlas.require_hemisphere_rule()
            inside &= np.asarray(rule.seen(self.atlas.shape)[box]) == hemisphere
        if not inside.any():
            return False
        start_of = [side.start for side in box]
        if hemisphere is not None:
            # The middle of this side, not of both: that is next to the midline.
            voxels = np.argwhere(inside)
            low, high = voxels.min(axis=0), voxels.max(axis=0) + 1
            inside = inside[tuple(map(slice, low, high))]
            start_of = [n + int(k) for n, k in zip(start_of, low, strict=True)]
        voxel = _find_central_voxel(inside)
        self.go_to_voxel([v + n for v, n in zip(voxel, start_of, strict=True)])
        return True

    def go_to_voxel(self, index: Sequence[int]) -> None:
        """Move the slices, and the canvas's center, onto a voxel (in the atlas's array order)."""
        world = self.layer.data_to_world([index[axis] for axis in self._axes])
        offset = self.viewer.dims.ndim - len(world)
        axes = [offset + axis for axis in range(len(world))]
        self.viewer.dims.set_point(axes, [float(value) for value in world])
        center = list(self.viewer.scene.camera.center)
        displayed = self.viewer.dims.displayed
        for k, axis in enumerate(displayed):
            center[3 - len(displayed) + k] = float(world[axis - offset])
        self.viewer.scene.camera.center = tuple(center)

    def add_id_layer(self) -> Labels:
        """Add a layer that holds the atlas's own ids."""
        from napari.layers import Layer

        layer = Layer.create(*id_layer(self.atlas))
        self.viewer.add_layer(layer)
        return layer


def _find_central_voxel(inside: NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the voxel nearest to the block's middle; densest plane first."""
    plane = int(np.argmax(inside.sum(axis=tuple(range(1, inside.ndim)))))
    where = np.argwhere(inside[plane])
    middle = (np.array(inside.shape[1:]) - 1) / 2
    nearest = where[np.argmin(((where - middle) ** 2).sum(axis=1))]
    return (plane, *(int(i) for i in nearest))
