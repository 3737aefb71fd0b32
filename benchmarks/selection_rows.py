"""Selecting regions in the window."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from napari_atlas_explorer.core.selection import Selection
from napari_atlas_explorer.docks.atlas.panel import AtlasPanel

from . import window
from .table import Goal, Row
from .timing import median, once

FRAME = Goal.ms(16, "< 16 ms")
REPEATS = 31


def rows(panel: AtlasPanel) -> Iterator[Row]:
    """A click's region, and 300 regions at random, on a 2-D view."""
    assert panel.display is not None
    view, labels = panel.display.view, panel.display.atlas.ranks
    rng = np.random.default_rng(6)
    present = np.flatnonzero(labels.counts)[1:]

    def click(rank: int) -> Selection:
        return view.visible_as(rank)

    def many(_: int) -> Selection:
        return Selection.of_ranks(labels, rng.choice(present, 300).tolist(), descendants=False)

    view.select(click(int(present[0])))  # the layer is made once
    window.settle()
    for what, choose in (("select what a click means", click), ("select 300 regions", many)):
        ours, floor = [], []
        for n in range(REPEATS):
            rank = int(present[(7 * n) % len(present)])
            ours.append(once(lambda r=rank, c=choose: view.select(c(r))))
            window.settle(30)
            layer = panel.display.overlay.layer
            assert layer is not None
            floor.append(once(lambda x=layer: x.refresh(thumbnail=False, extent=False)))
            window.settle(30)
        name = "the layer's own refresh"
        yield Row(f"{what}, model time", median(ours), median(floor), name, FRAME)
        yield Row(f"{what}, model time, slowest of {REPEATS}", max(ours), max(floor), name)
    view.clear_selection()
    window.settle()
