"""Layers of lines: the segments in the shown slice, or all of them in 3-D.

napari shows a path of a Shapes layer in 2-D only where the whole path is in one slice (of 500
paths through a volume: none), so the lines are Vectors: in 2-D the parts inside the shown slice,
cut at its faces; in 3-D every segment.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from psygnal import Signal

from ..analysis.lines.line_set import LineSet
from ..analysis.lines.segments import crop_to_slice
from ..core.colors.region_colors import distinct_color
from ..core.colors.scales import MISSING, ColorScale
from ..core.errors import ArgumentError
from ..core.text import as_plain
from .followers import DisplayFollower, add_quietly, make_placement
from .points import INJECTION_COLOR, TARGET_COLOR, sites_layer

if TYPE_CHECKING:
    from napari.layers import Layer, Points, Vectors

    from .display import AtlasDisplay

ROLE = "lines"
WIDTH_SHARE = 220.0
"""Divisor of the volume's diagonal for a line's width; the minimum is 0.4 voxels."""
MOST_IN_3D = 200_000
"""Maximum segments in 3-D; of more, every n-th line is drawn."""
FAINT = 0.12
"""Opacity of lines while others are highlighted."""
OUTSIDE_COLOR = (0.75, 0.75, 0.75)
"""Color outside regions or outside the volume."""
HALO, RIM, HALO_WIDTH = "white", "black", 2.4
"""Color of the halo of highlighted lines in a slice, and its width in line widths."""


@dataclass(frozen=True, eq=False)
class LineStyle:
    """Style in which lines are drawn.

    Attributes
    ----------
    color
        "region", "line", "experiment", or "value:NAME" of a quantity of their points.
    scale
        Colors of the quantity.
    chosen
        Numbers of the highlighted lines; None for all.
    """

    color: str = "region"
    scale: ColorScale | None = None
    chosen: NDArray[np.int64] | None = None


class LinesLayer(DisplayFollower):
    """Layers of one set of lines: lines, single points, injection sites, targets.

    Parameters
    ----------
    display
        The atlas's display.
    lines
        The lines, placed in that atlas.
    """

    removed = Signal()
    """The lines were removed from the viewer."""

    def __init__(self, display: AtlasDisplay, lines: LineSet) -> None:
        super().__init__(display)
        self.lines = lines
        self.style = LineStyle()
        self.every = 1
        """Step between the lines drawn in 3-D."""
        self._features = pd.DataFrame(lines.features())
        self._vectors: Vectors | None = None
        self._halo: Vectors | None = None
        self._points: dict[str, Points] = {}
        self._values: NDArray[np.float64] = np.zeros(0)
        self._colors = self._compute_segment_colors()
        self._updating = False
        if len(lines.segments):
            self._halo = self._make_vectors(f"{lines.name} rim", HALO_WIDTH)
            self._vectors = self._make_vectors(lines.name)
            add_quietly(display.viewer, self._halo)
            add_quietly(display.viewer, self._vectors)
            self._vectors.events.visible.connect(self.update)
        self._add_points()
        dims = display.viewer.dims.events
        self._follow(self.update, dims.point, dims.order, dims.ndisplay)
        self._follow(self.recolor, display.colors_changed)
        self.update()

    def close(self) -> None:
        """Stop following, and remove the layers."""
        super().close()
        viewer = self._display.viewer
        layers = self.layers if self._halo is None else [*self.layers, self._halo]
        self._vectors, self._halo, self._points = None, None, {}
        for layer in layers:
            if layer in viewer.layers:
                viewer.layers.remove(layer)

    @property
    def layers(self) -> list[Layer]:
        """The layers that are in the viewer."""
        lines = [] if self._vectors is None else [self._vectors]
        return [*lines, *self._points.values()]

    @property
    def vectors(self) -> Vectors | None:
        """The layer of the lines, None where there are only points."""
        return self._vectors

    def points(self, role: str) -> Points | None:
        """Return the layer of "points", "injection sites" or "targets", None without one."""
        return self._points.get(role)

    def set_visible(self, on: bool) -> None:
        """Show or hide all layers."""
        for layer in self.layers:
            layer.visible = on
        if self._halo is not None:
            self._halo.visible = on

    # ---- Style -----------------------------------------------------------------------------

    def set(self, **changes: Any) -> None:
        """Change the style of the lines; see `LineStyle`.

        Raises
        ------
        ArgumentError
            If no line has a value of that name.
        """
        style = replace(self.style, **changes)
        if style.color.startswith("value:"):
            of_points = self.lines.streamlines.values(style.color.removeprefix("value:"))
            if style.scale is None or (style.color != self.style.color and "scale" not in changes):
                style = replace(style, scale=fit_scale(of_points))
            self._values = self.lines.segments.values(of_points)
        else:
            style = replace(style, scale=None)
        self.style = style
        self.recolor()

    @property
    def missing(self) -> bool:
        """Whether a segment has no value to be colored by."""
        return self.style.scale is not None and bool(np.isnan(self._values).any())

    def recolor(self) -> None:
        """Apply the current colors of the regions."""
        self._colors = self._compute_segment_colors()
        dots = self._points.get("points")
        if dots is not None:
            dots.face_color = self._compute_line_colors(self.lines.dots, None)
        self.update()

    def _compute_segment_colors(self) -> NDArray[np.float32]:
        """Return ``(n_pieces, 4)``."""
        pieces = self.lines.segments
        if self.style.scale is not None:
            colors = self.style.scale.colors(self._values)
            colors[np.isnan(self._values)] = (*MISSING[:3], 1)
        else:
            colors = self._compute_line_colors(pieces.line, pieces.rank)
        if self.style.chosen is not None:
            colors[~np.isin(pieces.line, self.style.chosen), 3] *= FAINT
        return colors

    def _compute_line_colors(
        self, lines: NDArray[np.int64], ranks: NDArray[np.int64] | None
    ) -> NDArray[np.float32]:
        """Return the colors of segments, or of single points, by region, line or experiment."""
        colors = np.ones((len(lines), 4), np.float32)
        color_by = self.style.color
        if ranks is None and self.style.scale is not None:
            first = self.lines.streamlines.starts[lines]
            name = color_by.removeprefix("value:")
            return self.style.scale.colors(self.lines.streamlines.values(name)[first])
        if color_by in ("line", "experiment"):
            kinds = self.lines.experiment_of[lines] if color_by == "experiment" else lines
            names, places = np.unique(kinds, return_inverse=True)
            table = np.array([distinct_color(int(k)) for k in names], np.float32).reshape(-1, 3)
            colors[:, :3] = table[places] / 255
            return colors
        if ranks is None:
            ranks = self.lines.regions.start_ranks[lines]
        colors[:, :3] = self._display.rank_colors[np.maximum(ranks, 0), :3]
        colors[ranks <= 0, :3] = OUTSIDE_COLOR
        return colors

    # ---- Drawing ---------------------------------------------------------------------------

    def update(self, event: Any = None) -> None:
        """Draw the segments of the current slice; all of them in 3-D."""
        layer = self._vectors
        if layer is None or self._updating or not layer.visible:
            return
        self._updating = True  # new data moves no slider, but napari may emit the event
        try:
            rows, data = self.select_drawn()
            layer.data = data
            layer.features = self._make_features(rows)
            layer.edge_color = self._colors[rows] if len(rows) else "white"
            self._draw_halo(rows, data)
        finally:
            self._updating = False

    def select_drawn(self) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Return rows of the drawn segments and their vectors ``(m, 2, 3)``."""
        display, pieces = self._display, self.lines.segments
        viewer, axes = display.viewer, list(display.axes)
        offset = viewer.dims.ndim - 3
        sliced = [d - offset for d in viewer.dims.not_displayed if d >= offset]
        if not sliced:
            self.every = max(1, -(-len(pieces) // MOST_IN_3D))
            rows = np.flatnonzero(pieces.line % self.every == 0)
            ends = pieces.ends[rows]
        else:
            point = display.layer.world_to_data(viewer.dims.point[offset:])
            index = round(float(point[sliced[0]]))
            rows, ends = pieces.in_slice(axes[sliced[0]], index)
        if self.style.chosen is not None:  # highlighted lines are drawn last, on top
            order = np.argsort(np.isin(pieces.line[rows], self.style.chosen), kind="stable")
            rows, ends = rows[order], ends[order]
        ends = ends[:, :, axes] - 0.5  # napari has voxel centers at whole numbers
        vectors = np.stack([ends[:, 0], ends[:, 1] - ends[:, 0]], axis=1)
        if sliced:
            vectors = crop_to_slice(vectors, sliced[0], index, self._compute_width())
        return rows, vectors.astype(np.float32)

    def _draw_halo(self, rows: NDArray[np.intp], data: NDArray[np.float32]) -> None:
        """Draw a rim around the lines of a section, which may have the color of their region.

        Around the highlighted ones it is white, and the others have none.
        """
        chosen = self.style.chosen
        if self._display.viewer.dims.ndisplay == 3:
            data = data[:0]
        elif chosen is not None:
            data = data[np.isin(self.lines.segments.line[rows], chosen)]
        color = RIM if chosen is None else HALO
        if self._halo is not None:
            around = np.zeros_like(data)
            length = np.linalg.norm(data[:, 1], axis=1, keepdims=True)
            longer = np.divide(
                self._compute_width() * (HALO_WIDTH - 1),
                length,
                where=length > 0,
                out=np.zeros_like(length),
            )
            around[:, 0] = data[:, 0] - data[:, 1] * longer / 2
            around[:, 1] = data[:, 1] * (1 + longer)
            self._halo.data = around
            self._halo.edge_color = color

    def _make_features(self, rows: NDArray[np.intp]) -> pd.DataFrame:
        pieces = self.lines.segments
        table = self._features.iloc[pieces.line[rows]].reset_index(drop=True)
        ranks, kind = np.unique(pieces.rank[rows], return_inverse=True)
        names = np.array([self.lines.acronym(k) for k in ranks.tolist()], object)
        table["region"] = names[kind] if len(rows) else np.zeros(0, object)
        return table

    # ---- Layers ----------------------------------------------------------------------------

    def _compute_width(self) -> float:
        shape = self._display.atlas.shape
        return max(0.4, float(np.linalg.norm(shape)) / WIDTH_SHARE)

    def _make_vectors(self, name: str, width: float = 1.0) -> Vectors:
        from napari.layers import Vectors

        return Vectors(
            np.zeros((0, 2, 3), np.float32),
            ndim=3,
            name=as_plain(name),
            edge_width=width * self._compute_width(),
            vector_style="line",
            opacity=1.0,
            out_of_slice_display=False,
            **make_placement(self._display, ROLE),
        )

    def _add_points(self) -> None:
        lines, name = self.lines.streamlines, self.lines.name
        dots = self.lines.dots
        if len(dots):
            features = self._features.iloc[dots].reset_index(drop=True)
            where = lines.positions[lines.starts[dots]]
            layer = sites_layer(self._display, f"{name} points", where, "white", features)
            layer.face_color = self._compute_line_colors(dots, None)
            self._points["points"] = layer
        for role, where, color in (
            ("injection sites", lines.injection_sites, INJECTION_COLOR),
            ("targets", lines.targets, TARGET_COLOR),
        ):
            if len(where):
                self._points[role] = sites_layer(self._display, f"{name} {role}", where, color)
        for layer in self._points.values():
            add_quietly(self._display.viewer, layer)

    def _on_removed(self, event: Any) -> None:
        gone = event.value
        if gone is self._halo:
            self._halo = None
        if not any(gone is layer for layer in self.layers):
            return
        if gone is self._vectors:
            self._vectors = None
            if self._halo is not None:
                self._halo.visible = False
        self._points = {role: p for role, p in self._points.items() if p is not gone}
        if not self.layers:
            self.removed.emit()


def fit_scale(values: NDArray[np.float64]) -> ColorScale:
    """Fit a color scale to a quantity of points."""
    if not np.isfinite(values).any():
        raise ArgumentError("no point has a value; expected at least one number")
    return ColorScale.fitted(values)
