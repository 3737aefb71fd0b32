"""Hands and eyes of the window tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from napari.layers import Labels
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.atlas.tree import RegionTreeWidget
from napari_atlas_explorer.viewer.borders import BORDERS, UNDER_CURSOR
from tests.made_up import annotation


def visible_acronyms(tree: RegionTreeWidget) -> list[str]:
    """Rows that the search has not hidden, top to bottom."""
    found = []

    def walk(item: Any) -> None:
        if not item.isHidden():
            found.append(item.text(0))
            for k in range(item.childCount()):
                walk(item.child(k))

    for k in range(tree.topLevelItemCount()):
        walk(tree.topLevelItem(k))
    return found


def without_lines(viewer: Any) -> list[Any]:
    """Layers of the viewer but the lines that the panel draws in the section."""
    return [layer for layer in viewer.layers if layer.name not in (BORDERS, UNDER_CURSOR)]


def command(widget: Any, key: Qt.Key) -> None:
    """Press a key with Ctrl and Shift."""
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(widget, key, modifiers)
    # QTest leaves Shift down, and a click on a row would then select a range.
    QTest.keyRelease(widget, Qt.Key.Key_Shift)
    assert QApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier


def joined(title: str, name: str) -> str:
    return f"{title} · {name}" if name else title


def said(dock: AtlasPanel) -> str:
    """Region that the hover card names."""
    return joined(dock.strip.title.text(), dock.strip.name.text())


def annotation_layer(dock: AtlasPanel) -> Labels:
    assert dock.display is not None
    return dock.display.layer


def drawn_ids(dock: AtlasPanel) -> set[int]:
    """Ids of the regions that have color in the layer, worked out voxel by voxel."""
    layer = annotation_layer(dock)
    alpha = layer.colormap.map(np.asarray(layer.data))[..., 3]
    return set(np.unique(annotation()[alpha > 0]).tolist())


def voxel_center(voxel: Sequence[int]) -> list[float]:
    return [(i + 0.5) * 50 for i in voxel]
