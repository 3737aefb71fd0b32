"""Directions in the slice while scrolling, on a made field of the annotation's size."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from napari_atlas_explorer import OrientationField
from napari_atlas_explorer.analysis.directions.field import DirectionField
from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.viewer.directions import GLYPHS, MOST, DirectionView

from . import window
from .table import Goal, Row
from .timing import median, once

REPEATS = 21
LIMIT = Goal.ms(50, "< 50 ms")


def rows(panel: AtlasPanel) -> Iterator[Row]:
    """New glyphs for another slice; the floor is napari's taking of as many vectors."""
    display = panel.display
    assert display is not None
    atlas = display.atlas
    rng = np.random.default_rng(4)
    raw = rng.integers(-127, 128, (*atlas.shape, 4), np.int8)
    field = DirectionField(OrientationField.from_grid(raw, atlas.grid))
    view = DirectionView(display, field)
    view.update()
    axis = display.viewer.dims.not_displayed[0]
    for most in (GLYPHS, MOST):
        view.set(most=most)
        ours, floor = [], []
        for n in range(REPEATS):
            size = display.atlas.shape[display.axes[axis]]
            display.viewer.dims.set_current_step(axis, size // 3 + 3 * n)
            ours.append(once(view.update))
            layer, sampled = view.layer, view.sampled
            assert layer is not None
            assert sampled is not None
            floor.append(once(lambda x=layer, s=sampled: setattr(x, "data", s.vectors)))
            window.settle(10)
        name = "napari takes the vectors"
        n_glyphs = len(view.sampled.vectors) if view.sampled is not None else 0
        what = f"directions of another slice, {n_glyphs} glyphs, model time"
        yield Row(what, median(ours), median(floor), name, LIMIT if most == GLYPHS else None)
    view.close()
    window.settle()
