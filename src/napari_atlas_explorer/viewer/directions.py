"""Directions of an orientation field in the shown slice, as glyphs and as colors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from ..analysis.directions.field import DirectionField, angle_to, direction_rgb
from ..core.colors.scales import viridis
from ..core.orientation_field import LocalAxis
from ..core.space.hemispheres import LEFT
from .followers import LayerFollower, add_quietly, make_placement

if TYPE_CHECKING:
    from napari.layers import Image, Vectors

    from .display import AtlasDisplay


# ---- Directions as colors ------------------------------------------------------------------------

DIRECTION_IMAGE_NAME = "direction colors"


class DirectionColors:
    """An RGBA volume ``(n0, n1, n2, 4)`` of |x|, |y|, |z|, computed lazily by slice.

    Voxels without direction are transparent. napari slices it as an array; its axes are in display
    order.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, field: DirectionField, axes: tuple[int, ...]) -> None:
        self._field = field
        self._axes = axes
        self.settings: DirectionSettings | None = None
        self.shape = (*(field.grid.shape[a] for a in axes), 4)
        self.ndim = 4
        self.size = int(np.prod(self.shape))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Compute the whole volume."""
        return np.asarray(self[...], dtype=dtype)

    def __len__(self) -> int:
        """Return the length of the first axis."""
        return int(self.shape[0])

    def __getitem__(self, key: Any) -> Any:
        """Return colors of a slice; the key is in display order, the components come last."""
        parts = list(key) if isinstance(key, tuple) else [key]
        if Ellipsis in parts:
            at = parts.index(Ellipsis)
            parts[at : at + 1] = [slice(None)] * (self.ndim - len(parts) + 1)
        parts += [slice(None)] * (self.ndim - len(parts))
        space, components = parts[:3], parts[3]
        array_key: list[Any] = [slice(None)] * 3
        for display_axis, array_axis in enumerate(self._axes):
            array_key[array_axis] = space[display_axis]
        axis = self.settings.axis if self.settings is not None else "y"
        directions = self._field.at(tuple(array_key), axis)
        rgba = np.full((*directions.shape[:-1], 4), 255, np.uint8)
        rgba[..., :3] = np.rint(255 * direction_rgb(directions))
        rgba[..., 3] *= np.isfinite(directions[..., 0])
        # The remaining axes are in array order: put them in display order.
        kept = [a for a in self._axes if not isinstance(array_key[a], int | np.integer)]
        order = [sorted(kept).index(a) for a in kept]
        return rgba.transpose(*order, len(order))[..., components]


class DirectionImage(LayerFollower):
    """The image layer of `DirectionColors`.

    Parameters
    ----------
    display
        The atlas's display.
    field
        Directions on the annotation's voxels.
    """

    def __init__(self, display: AtlasDisplay, field: DirectionField) -> None:
        super().__init__(display)
        self._colors = DirectionColors(field, display.axes)

    @property
    def on(self) -> bool:
        """Whether the image is shown."""
        return self._layer is not None

    def set(self, on: bool, settings: DirectionSettings) -> None:
        """Show the image with some settings, or remove it."""
        self._colors.settings = settings
        if on and self._layer is None:
            self._layer = self._add_layer()
        elif on and self._layer is not None:
            self._layer.refresh(thumbnail=False, highlight=False, extent=False)
        else:
            self._remove_layer()

    def _add_layer(self) -> Image:
        from napari.layers import Image

        layer = Image(
            self._colors,
            rgb=True,
            name=DIRECTION_IMAGE_NAME,
            **make_placement(self._display, DIRECTION_IMAGE_NAME),
        )
        add_quietly(self._display.viewer, layer)
        return layer


# ---- Directions as glyphs ------------------------------------------------------------------------

NAME = "directions"
MOST = 100_000
GLYPHS = 25_000
"""Default maximum of glyphs in a slice: napari draws this many in 10 ms."""

LENGTH = 0.85
"""Length of a glyph in sampling steps: neighbors do not touch."""

ColorBy = Literal["direction", "region", "angle"]


@dataclass(frozen=True)
class DirectionSettings:
    """Settings of the glyphs.

    Attributes
    ----------
    axis
        Axis of the local frame.
    color
        "direction": red, green, blue for the three world axes; "region": the atlas's colors;
        "angle": to ``reference``.
    reference
        World axis that the angle is taken to.
    flip_left
        Draw the directions of the left hemisphere as mirror images (some fields hold the right
        hemisphere's values on both sides).
    most
        Glyphs in one view.
    """

    axis: LocalAxis = "y"
    color: ColorBy = "direction"
    reference: int = 1
    flip_left: bool = False
    most: int = GLYPHS


@dataclass(frozen=True)
class GlyphSample:
    """Glyphs of a view.

    Attributes
    ----------
    vectors
        ``(n, 2, 3)`` float32 in voxels of the layer: where, and along what.
    colors
        ``(n, 4)`` 0 to 1.
    step
        Voxels from glyph to glyph.
    present, asked
        Voxels in the view that have a direction, of those that are drawn.
    """

    vectors: NDArray[np.float32]
    colors: NDArray[np.float32]
    step: int
    present: int
    drawn: int


class DirectionView(LayerFollower):
    """A Vectors layer that follows slice, zoom, filter and hemisphere.

    Parameters
    ----------
    display
        The atlas's display.
    field
        Directions on the annotation's voxels.
    """

    changed = Signal()
    """Emitted when other glyphs are shown."""

    def __init__(self, display: AtlasDisplay, field: DirectionField) -> None:
        super().__init__(display)
        self.field = field
        self.settings = DirectionSettings()
        self.sampled: GlyphSample | None = None
        self._updating = False
        self._removed_by_user = False
        dims = display.viewer.dims.events
        self._follow(self.update, dims.point, dims.order, dims.ndisplay)
        self._follow(self.update, display.viewer.scene.camera.events.zoom)
        self._follow(self.update, display.view.changed, display.colors_changed)

    @property
    def layer(self) -> Vectors | None:
        """The layer, None before the first update."""
        return self._layer

    def set(self, **changes: Any) -> None:
        """Change the settings of the glyphs; restore a layer that was removed."""
        self._removed_by_user = False
        self.settings = replace(self.settings, **changes)
        self.update()

    def update(self, event: Any = None) -> None:
        """Draw the glyphs of the current view."""
        hidden = self._layer is not None and not self._layer.visible
        if self._updating or self._removed_by_user or hidden:
            return
        self._updating = True  # new data moves no slider, but napari may emit the event
        try:
            sampled = self.sample()
            if self._layer is None:
                self._layer = self._add_layer(sampled)
            else:
                self._layer.data = sampled.vectors
                self._layer.edge_color = sampled.colors if len(sampled.colors) else "white"
            self.sampled = sampled
        finally:
            self._updating = False
        self.changed.emit()

    # ---- Sampling --------------------------------------------------------------------------

    def sample(self) -> GlyphSample:
        """Return glyphs of the slice (2-D) or volume (3-D), at most ``settings.most``."""
        ranges = self._find_visible_ranges()
        most = min(MOST, self.settings.most)
        step = 1
        # Coarsen until the drawn voxels fit; no attempt looks at more than four times as many.
        while True:
            strided = [r[step // 2 :: step] if len(r) > 1 else r for r in ranges]
            if np.prod([len(r) for r in strided]) <= 4 * most:
                where, present, asked = self._find_drawn_voxels(strided)
                if len(where[0]) <= most:
                    break
            step += 1
        directions = self.field.at(where, self.settings.axis)
        if self.settings.flip_left:
            directions = self._mirror_left(directions, where)
        return GlyphSample(
            self._make_vectors(where, directions, step),
            self._compute_colors(where, directions),
            step,
            present,
            asked,
        )

    def _find_visible_ranges(self) -> list[NDArray[np.intp]]:
        """Return the voxels along each array axis that the canvas shows."""
        display = self._display
        viewer, layer, shape = display.viewer, display.layer, display.atlas.shape
        offset = viewer.dims.ndim - layer.ndim
        point = layer.world_to_data(viewer.dims.point[offset:])
        low, high = layer.corner_pixels
        ranges: list[NDArray[np.intp]] = [np.arange(n) for n in shape]
        for at, axis in enumerate(display.axes):
            if at + offset in viewer.dims.not_displayed:
                index = min(max(round(float(point[at])), 0), shape[axis] - 1)
                ranges[axis] = np.array([index])
            elif viewer.dims.ndisplay == 2 and high[at] > low[at]:
                first, last = max(0, int(low[at])), min(shape[axis], int(high[at]) + 1)
                ranges[axis] = np.arange(first, max(last, first + 1))
        return ranges

    def _find_drawn_voxels(
        self, ranges: list[NDArray[np.intp]]
    ) -> tuple[tuple[NDArray[np.intp], ...], int, int]:
        """Return the drawn voxels that have a direction; their number, and the number drawn."""
        display = self._display
        view, atlas = display.view, display.atlas
        block = np.ix_(*ranges)
        ranks = atlas.ranks.raw[block]
        visible = view.state.shown[ranks] & (ranks > 0)
        if view.hemisphere is not None and atlas.hemisphere_rule is not None:
            visible &= self._read_hemispheres(ranges) == view.hemisphere
        present = visible & self.field.present(block)
        places = np.nonzero(present)
        where = tuple(r[p] for r, p in zip(ranges, places, strict=True))
        return where, int(present.sum()), int(visible.sum())

    def _read_hemispheres(self, ranges: list[NDArray[np.intp]]) -> NDArray[np.uint8]:
        hemisphere_rule = self._display.atlas.hemisphere_rule
        assert hemisphere_rule is not None
        indices = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1)
        return hemisphere_rule.of(indices)

    def _mirror_left(
        self, directions: NDArray[np.float64], where: tuple[NDArray[np.intp], ...]
    ) -> NDArray[np.float64]:
        atlas, axis = self._display.atlas, self.left_right
        if atlas.hemisphere_rule is None or axis is None:
            return directions
        mirrored = directions.copy()
        left = atlas.hemisphere_rule.of(np.stack(where, axis=-1)) == LEFT
        mirrored[left, axis] *= -1
        return mirrored

    @property
    def left_right(self) -> int | None:
        """World axis between left and right, None where unknown."""
        from ..core.space.axes import LEFT_RIGHT, axis_of

        letters = self._display.atlas.orientation
        if letters is None:
            return None
        matrix = self._display.atlas.grid.affine[:-1, :-1]
        return int(np.abs(matrix[:, axis_of(letters, LEFT_RIGHT)]).argmax())

    def _make_vectors(
        self, where: tuple[NDArray[np.intp], ...], directions: NDArray[np.float64], step: int
    ) -> NDArray[np.float32]:
        """Make vectors through the middle of each voxel, in the layer's voxels."""
        grid, axes = self._display.atlas.grid, list(self._display.axes)
        along = directions @ np.linalg.inv(grid.affine[:-1, :-1]).T
        length = np.linalg.norm(along, axis=1, keepdims=True)
        along *= LENGTH * step / np.where(length > 0, length, 1)
        starts = np.stack(where, axis=-1) - along / 2
        # napari draws a vector in the slice of its start: keep that in the voxel's plane.
        sliced = self._list_sliced_axes()
        starts[:, sliced] = np.stack(where, axis=-1)[:, sliced]
        return np.stack([starts[:, axes], along[:, axes]], axis=1).astype(np.float32)

    def _list_sliced_axes(self) -> list[int]:
        display = self._display
        offset = display.viewer.dims.ndim - display.layer.ndim
        return [display.axes[d - offset] for d in display.viewer.dims.not_displayed if d >= offset]

    def _compute_colors(
        self, where: tuple[NDArray[np.intp], ...], directions: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        colors = np.ones((len(directions), 4), np.float32)
        if self.settings.color == "direction":
            colors[:, :3] = direction_rgb(directions)
        elif self.settings.color == "angle":
            angles = angle_to(directions, self.settings.reference)
            colors[:, :3] = viridis(np.nan_to_num(angles) / 90)
        else:
            display = self._display
            drawn = display.view.drawn()[display.atlas.ranks.raw[where]]
            colors[:, :3] = display.rank_colors[drawn, :3]
        return colors

    def _add_layer(self, sampled: GlyphSample) -> Vectors:
        from napari.layers import Vectors

        layer = Vectors(
            sampled.vectors,
            ndim=3,
            name=NAME,
            edge_width=0.3,
            vector_style="line",
            opacity=1.0,
            out_of_slice_display=False,
            **make_placement(self._display, NAME),
        )
        if len(sampled.colors):
            layer.edge_color = sampled.colors
        add_quietly(self._display.viewer, layer)
        layer.events.visible.connect(self.update)
        return layer

    def _on_removed(self, event: Any) -> None:
        if event.value is self._layer:
            # Other layers may be removed, too: add nothing while napari's list changes.
            self._layer, self._removed_by_user = None, True
