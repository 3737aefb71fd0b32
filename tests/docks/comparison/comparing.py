"""Hands and eyes of the tests of the comparison's page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from napari_atlas_explorer.docks.comparison.page import ComparisonPage
from napari_atlas_explorer.viewer.comparison import is_map
from tests.made_up import annotation

from ..conftest import TIMEOUT

TH = np.argwhere(annotation() == 5)


def changed_ids() -> np.ndarray:
    """3 voxels of TH are HY, 2 are nothing, and one of the background is TH."""
    ids = annotation()
    for index in TH[:3]:
        ids[tuple(index)] = 6
    for index in TH[3:5]:
        ids[tuple(index)] = 0
    ids[0, 0, 0] = 5
    return ids


def done(comparison: ComparisonPage, qtbot: Any) -> None:
    """Wait until nothing is being done."""
    qtbot.waitUntil(
        lambda: not comparison.background.busy and not comparison.looking.busy, timeout=TIMEOUT
    )


def add(comparison: ComparisonPage, qtbot: Any, *paths: Path) -> None:
    for path in paths:
        comparison.add_path(path)
        done(comparison, qtbot)


def lines(comparison: ComparisonPage) -> list[list[str]]:
    """What the list shows: mark, atlas, acronym, name, side."""
    tree = comparison.parts.points
    items = [tree.topLevelItem(n) for n in range(tree.topLevelItemCount())]
    return [[item.text(column) for column in range(5)] for item in items]


def maps(viewer: Any) -> list[Any]:
    return [layer for layer in viewer.layers if is_map(layer)]


def value_at(layer: Any, world: Any) -> int:
    return int(layer.data[tuple(np.rint(layer.world_to_data(world)).astype(int))])


def cell(comparison: ComparisonPage, acronym: str, column: str) -> str:
    model = comparison.parts.model
    names = [c.name for c in model.table.columns]
    for row in range(model.rowCount()):
        if model.index(row, 0).data() == acronym:
            return model.index(row, names.index(column)).data()
    raise AssertionError(f"{acronym} is not shown")
