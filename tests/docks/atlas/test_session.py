"""Opening the sample: what the busy line tells while it is drawn for the first time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window

DRAWING = "Drawing the sample brain, once…"


def test_the_sample_tells_how_far_it_is_drawn_and_only_the_first_time(
    panel: AtlasPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    said: list[str] = []
    bars: list[int] = []
    panel.session.step.connect(lambda _: said.append(panel.busy.label.text()))
    panel.session.share.connect(lambda _: bars.append(panel.busy.bar.value()))
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        QTest.mouseClick(panel.start.sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not panel.session.busy, timeout=TIMEOUT)
    drawn = [text for text in said if text.startswith(DRAWING)]
    assert len(drawn) > 5
    assert drawn[-1] == f"{DRAWING} 100%"
    assert bars == sorted(bars)
    assert f"{DRAWING} {bars[0]}%" == drawn[0]
    after = said[said.index(drawn[-1]) + 1 :]
    assert after[0] == "Reading the annotation of Phantom mouse brain…"
    assert "Showing Phantom mouse brain…" in after
    assert said[-1] == ""
    said.clear()
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        panel.open_sample()
    assert not any(text.startswith(DRAWING) for text in said)
    assert "Reading the hierarchy of the sample atlas…" in said


def test_cancel_while_the_sample_is_drawn_leaves_nothing_half(
    panel: AtlasPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(cache))
    QTest.mouseClick(panel.start.sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.busy.label.text().startswith(DRAWING), timeout=TIMEOUT)
    QTest.mouseClick(panel.busy.cancel, Qt.MouseButton.LeftButton)
    assert not panel.busy.isVisible()
    # The lock's file stays: without it, two processes could hold "the" lock.
    qtbot.waitUntil(
        lambda: all(path.suffix == ".lock" for path in (cache / "sample").iterdir()),
        timeout=TIMEOUT,
    )
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        QTest.mouseClick(panel.start.sample, Qt.MouseButton.LeftButton)
    assert panel.title.text() == "Phantom mouse brain"
