"""Borders of the drawn regions as thin lines in the section, as wide on the screen at any zoom."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .followers import LayerFollower, add_quietly, make_placement

if TYPE_CHECKING:
    from napari.layers import Vectors

    from .display import AtlasDisplay

BORDERS, UNDER_CURSOR = "borders", "region under the cursor"
BORDER_COLOR, CURSOR_COLOR = "black", "white"
BORDER_WIDTH, CURSOR_WIDTH = 1.0, 2.0
"""Pixels on the screen."""


def border_lines(plane: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return the edges between pixels of different values, joined where they are in line.

    Parameters
    ----------
    plane
        ``(n, m)`` values; beyond its edges is 0.

    Returns
    -------
    ``(k, 2, 2)`` float32: start of each line and where it leads, in pixels whose centers are
    whole numbers.

    Examples
    --------
    >>> border_lines(np.array([[0, 7, 7]])).tolist()[0]  # above the two pixels
    [[-0.5, 0.5], [0.0, 2.0]]
    """
    padded = np.pad(plane, 1)
    found = []
    for axis in (0, 1):
        turned = padded if axis == 0 else padded.T
        edges = (turned[1:] != turned[:-1]).astype(np.int8)
        ends = np.diff(np.pad(edges, ((0, 0), (1, 1))), axis=1)
        rows, first = np.nonzero(ends == 1)
        last = np.nonzero(ends == -1)[1]
        lines = np.zeros((len(rows), 2, 2), np.float32)
        lines[:, 0, 0], lines[:, 0, 1] = rows - 0.5, first - 1.5
        lines[:, 1, 1] = last - first
        found.append(lines if axis == 0 else lines[:, :, ::-1])
    return np.concatenate(found)


Schedule = Callable[[Callable[[], None]], None]


def run_now(work: Callable[[], None]) -> None:
    """Run a function at once: the schedule where there is no event loop."""
    work()


class SectionLines(LayerFollower):
    """A Vectors layer of borders in the section; in 3-D there is none.

    Parameters
    ----------
    display
        The atlas's display.
    name, color, width
        Name and color of the layer, and its width in pixels on the screen.
    schedule
        Called with the function that draws the lines of a changed filter: napari takes about
        10 ms for new lines, and the colors should not wait for them.
    """

    def __init__(
        self,
        display: AtlasDisplay,
        name: str,
        color: str,
        width: float,
        schedule: Schedule = run_now,
    ) -> None:
        super().__init__(display)
        self._name, self._color, self._width = name, color, width
        self._schedule = schedule
        self._scheduled = self._updating = False
        dims = display.viewer.dims.events
        # Not scheduled: scrolling, one would see each section without borders first.
        self._follow(self.update, dims.point, dims.order, dims.ndisplay)
        self._follow(self._update_later, display.view.changed)
        self._follow(self._fit_width, display.viewer.scene.camera.events.zoom)
        # At once, without lines: later napari's list may be changing when the slices move.
        self._layer = self._add_layer()

    @property
    def layer(self) -> Vectors | None:
        """The layer, None once it was removed."""
        layer: Vectors | None = self._layer
        return layer

    def update(self, event: Any = None) -> None:
        """Draw the lines of the current section."""
        if self._updating or self._layer is None:
            return
        lines = self._make_lines()
        if not len(lines) and not len(self._layer.data):
            return
        self._updating = True  # new data moves no slider, but napari may emit the event
        try:
            self._layer.data = lines
        finally:
            self._updating = False

    def _update_later(self) -> None:
        """Draw once for all changes until the schedule comes to it."""
        if not self._scheduled:
            self._scheduled = True
            self._schedule(self._update_scheduled)

    def _update_scheduled(self) -> None:
        self._scheduled = False
        self.update()

    def _table(self) -> NDArray[np.generic]:
        """Return ``(n_ranks,)`` values by rank, between which lines are drawn."""
        raise NotImplementedError

    def _make_lines(self) -> NDArray[np.float32]:
        """Return ``(k, 2, 3)`` lines in the annotation layer's voxels and axes."""
        display = self._display
        viewer, layer = display.viewer, display.layer
        offset = viewer.dims.ndim - layer.ndim
        shown = [axis - offset for axis in viewer.dims.displayed if axis >= offset]
        table = self._table()
        if viewer.dims.ndisplay != 2 or len(shown) != 2 or not table.any():
            return np.zeros((0, 2, 3), np.float32)
        (sliced,) = ({0, 1, 2} - set(shown)) or {0}
        point = layer.world_to_data(viewer.dims.point[offset:])
        length = display.atlas.shape[display.axes[sliced]]
        index = min(max(round(float(point[sliced])), 0), length - 1)
        values = table[self._read_plane(display.axes[sliced], index)]
        # The plane's axes are the array's, those of the layer may be exchanged.
        across = [a for a in range(3) if display.axes[a] != display.axes[sliced]]
        across.sort(key=lambda a: display.axes[a])
        lines = border_lines(values)
        placed = np.zeros((len(lines), 2, 3), np.float32)
        placed[:, :, across] = lines
        placed[:, 0, sliced] = index
        return placed

    def _read_plane(self, axis: int, index: int) -> NDArray[np.generic]:
        """Return the ranks of a plane of the array, 0 in a hemisphere that is not shown."""
        display = self._display
        view, rule = display.view, display.atlas.hemisphere_rule
        where: list[Any] = [slice(None)] * 3
        where[axis] = index
        ranks: NDArray[np.generic] = np.asarray(display.atlas.ranks.raw[tuple(where)])
        if view.hemisphere is None or rule is None:
            return ranks
        ranges = [np.arange(n) for n in display.atlas.shape]
        ranges[axis] = np.array([index])
        indices = np.stack(np.meshgrid(*ranges, indexing="ij"), axis=-1)
        sides = rule.of(indices).reshape(ranks.shape)
        return np.where(sides == view.hemisphere, ranks, 0)

    def _add_layer(self) -> Vectors:
        from napari.layers import Vectors

        layer = Vectors(
            np.zeros((0, 2, 3), np.float32),
            ndim=3,
            name=self._name,
            edge_width=self._find_width(),
            edge_color=self._color,
            vector_style="line",
            opacity=1.0,
            out_of_slice_display=False,
            **make_placement(self._display, self._name),
        )
        add_quietly(self._display.viewer, layer)
        return layer

    def _find_width(self) -> float:
        """Return the width in voxels that is so many pixels on the screen."""
        zoom = self._display.viewer.scene.camera.zoom
        step = np.linalg.norm(np.subtract(*map(self._display.layer.data_to_world, UNIT))) / 3**0.5
        return float(self._width / (zoom * step))

    def _fit_width(self, event: Any = None) -> None:
        if self._layer is not None:
            self._layer.edge_width = self._find_width()


UNIT = (1, 1, 1), (0, 0, 0)


class BorderLines(SectionLines):
    """The borders of all regions that are drawn.

    Parameters
    ----------
    display
        The atlas's display.
    schedule
        As above.
    """

    def __init__(self, display: AtlasDisplay, schedule: Schedule = run_now) -> None:
        super().__init__(display, BORDERS, BORDER_COLOR, BORDER_WIDTH, schedule)
        self.update()

    def _table(self) -> NDArray[np.generic]:
        return self._display.view.drawn()


class CursorOutline(SectionLines):
    """The outline of the region under the cursor.

    Parameters
    ----------
    display
        The atlas's display.
    schedule
        As above.
    """

    def __init__(self, display: AtlasDisplay, schedule: Schedule = run_now) -> None:
        super().__init__(display, UNDER_CURSOR, CURSOR_COLOR, CURSOR_WIDTH, schedule)
        self._rank = 0

    def show(self, rank: int) -> None:
        """Outline what is drawn as a rank; 0 for nothing."""
        if rank != self._rank:
            self._rank = rank
            self.update()

    def _table(self) -> NDArray[np.generic]:
        drawn = self._display.view.drawn()
        found: NDArray[np.bool_] = (drawn == self._rank) & (drawn > 0)
        return found
