"""The start page: recent atlases with pictures, and the ways to another atlas."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.atlases.local.recent import SAMPLE, RecentAtlas, recent_atlases, remember
from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.atlas.start_page import describe_day, describe_recent
from napari_atlas_explorer.docks.common.pages import atlas_panel
from tests.made_up import write_brainglobe, write_voxelbrain

from ..conftest import TIMEOUT
from ..looks import annotation_layer

pytestmark = pytest.mark.window
LEFT = Qt.MouseButton.LeftButton
ONE_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""A PNG."""
NOW = datetime(2026, 11, 12, 0, 30)


@pytest.mark.parametrize(
    ("then", "text"),
    [
        (datetime(2026, 11, 12, 0, 5), "today 00:05"),
        (datetime(2026, 11, 11, 23, 59), "yesterday"),
        (datetime(2026, 11, 11, 0, 1), "yesterday"),
        (datetime(2026, 11, 10, 23, 59), "10 Nov"),
        (datetime(2026, 1, 2), "2 Jan"),
        (datetime(2025, 12, 31), "31 Dec 2025"),
        (datetime(2026, 11, 13), "13 Nov"),  # by a clock that was wrong
    ],
)
def test_a_day_is_said_as_people_say_it(then: datetime, text: str) -> None:
    assert describe_day(then, NOW) == text


@pytest.mark.parametrize(
    ("atlas", "text"),
    [
        (RecentAtlas("/a", "a", NOW, "Rat", (39.0, 39.0, 39.0)), "today 00:30 · Rat · 39 µm"),
        (RecentAtlas("/a", "a", NOW, "", (20.0, 10.0, 10.0)), "today 00:30 · 20 × 10 × 10 µm"),
        (RecentAtlas("/a", "a", None, "Fly", (0.622,) * 3), "Fly · 0.622 µm"),
        (
            RecentAtlas(SAMPLE, "s", NOW, "none: …", (60.0,) * 3),
            "today 00:30 · made-up brain · 60 µm",
        ),
        (RecentAtlas("/a", "a"), ""),
    ],
)
def test_the_facts_of_a_recent_atlas(atlas: RecentAtlas, text: str) -> None:
    assert describe_recent(atlas, NOW) == text


def close_atlas(panel: AtlasPanel) -> None:
    """Back to the start page, once the picture is drawn."""
    panel.viewer.layers.remove(annotation_layer(panel))
    QApplication.processEvents()  # the panel follows when napari has removed all it is to remove


def test_an_opened_atlas_is_among_the_recent_ones_with_picture_and_facts(
    panel: AtlasPanel, package: Path, open_in: Callable[..., None], viewer: Any, qtbot: Any
) -> None:
    assert panel.start.rows == []
    open_in(panel, package)
    (entry,) = recent_atlases()
    qtbot.waitUntil(entry.picture.exists, timeout=TIMEOUT)
    close_atlas(panel)
    (row,) = panel.start.rows
    assert row.button.title.text() == "made_up_50um v1.0"
    assert row.button.facts.text().startswith("today ")
    assert row.button.facts.text().endswith(" · none · 50 µm")
    assert not row.button.picture.pixmap().isNull()
    # As drawn: cortex above, thalamus below.
    image = row.button.picture.pixmap().toImage()
    middle = image.width() // 2
    assert image.pixelColor(middle, 3).getRgb()[:3] == (10, 220, 80)
    assert image.pixelColor(middle, image.height() - 4).getRgb()[:3] == (250, 120, 130)
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        QTest.mouseClick(row.button, LEFT)
    assert panel.session.path == package


def test_the_sample_is_among_the_recent_ones_even_after_its_cache_was_cleared(
    panel: AtlasPanel, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        QTest.mouseClick(panel.start.sample, LEFT)
    qtbot.waitUntil(recent_atlases()[0].picture.exists, timeout=TIMEOUT)
    close_atlas(panel)
    (row,) = panel.start.rows
    assert row.button.title.text() == "Phantom mouse brain"
    assert "made-up brain · 60 µm" in row.button.facts.text()
    qtbot.waitUntil(lambda: not panel.recents.looking.busy, timeout=TIMEOUT)
    shutil.rmtree(tmp_path / "cache")
    panel.recents.refresh()
    (row,) = panel.start.rows
    assert row.button.isEnabled()
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        QTest.mouseClick(row.button, LEFT)
    assert panel.title.text() == "Phantom mouse brain"


def test_the_next_session_shows_the_recent_ones_and_says_what_is_gone(
    make_napari_viewer: Callable[..., Any], tmp_path: Path, qtbot: Any
) -> None:
    here = write_brainglobe(tmp_path / "here_50um_v1.0")
    gone = tmp_path / "gone_50um_v1.0"
    for path in (here, gone):
        remember(RecentAtlas(str(path), path.name, datetime(2026, 1, 2)))
    panel = atlas_panel(make_napari_viewer(show=True))
    qtbot.waitUntil(lambda: not panel.recents.looking.busy, timeout=TIMEOUT)
    first, second = panel.start.rows
    assert first.button.facts.text() == f"not found: {gone}"
    assert not first.button.isEnabled()
    assert first.remove.isVisible()
    assert not second.remove.isVisible()
    assert second.button.isEnabled()
    QTest.mouseClick(first.remove, LEFT)
    assert [row.button.title.text() for row in panel.start.rows] == ["here_50um_v1.0"]
    assert [atlas.path for atlas in recent_atlases()] == [str(here)]
    second = panel.start.rows[0]
    second.button.setFocus()
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        QTest.keyClick(second.button, Qt.Key.Key_Space)
    assert panel.session.path == here


def test_get_an_atlas_opens_the_gallery(panel: AtlasPanel) -> None:
    assert panel.start.get.isVisible()
    QTest.mouseClick(panel.start.get, LEFT)
    assert panel.more.opening.download.isVisible()


def test_every_row_has_a_name_for_a_screen_reader(
    make_napari_viewer: Callable[..., Any], tmp_path: Path
) -> None:
    remember(RecentAtlas(str(write_voxelbrain(tmp_path / "vb")), "vb", None, "Rat", (25.0,) * 3))
    panel = atlas_panel(make_napari_viewer(show=True))
    (row,) = panel.start.rows
    assert row.button.accessibleName() == "Open vb, Rat · 25 µm"
    assert row.remove.accessibleName() == "Remove vb from the recent atlases"


@pytest.mark.parametrize("size", [(1000, 640), (1920, 1080)])
def test_a_full_list_does_not_make_the_window_grow(
    make_napari_viewer: Callable[..., Any], tmp_path: Path, qtbot: Any, size: tuple[int, int]
) -> None:
    for n in range(8):
        remember(RecentAtlas(f"{tmp_path}/{n}", f"an atlas with a long name {n} " * 4, NOW))
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(*size)
    panel = atlas_panel(viewer)
    window = panel.window()
    qtbot.waitUntil(lambda: not panel.recents.looking.busy, timeout=TIMEOUT)
    panel.start.set_resumed(tmp_path / "20261112-140500 made_up.atlas.json")
    window.resize(*size)
    QApplication.processEvents()
    assert (window.width(), window.height()) == size
    assert len(panel.start.rows) == 8
    # What is at the bottom can be reached without scrolling.
    bottom = panel.start.file.mapTo(panel, panel.start.file.rect().bottomRight())
    assert panel.rect().contains(bottom)


def test_the_session_to_continue_says_which_and_when(panel: AtlasPanel, tmp_path: Path) -> None:
    known = RecentAtlas("/a", "made_up v1.0")
    known.picture.write_bytes(ONE_PIXEL)
    panel.start.show_recent([known])
    panel.start.set_resumed(tmp_path / "20240229-140500 made_up v1.0.atlas.json")
    assert panel.start.resume.isVisible()
    assert panel.start.resume.picture.isVisible()
    assert panel.start.resume.facts.text() == "made_up v1.0 · 29 Feb 2024"
    name = "Continue where you were, made_up v1.0 · 29 Feb 2024"
    assert panel.start.resume.accessibleName() == name
    panel.start.set_resumed(tmp_path / "mine.atlas.json")  # renamed
    assert panel.start.resume.facts.text() == "mine"
    assert not panel.start.resume.picture.isVisible()
    panel.start.set_resumed(None)
    assert not panel.start.resume.isVisible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_list_stays_when_the_theme_changes(
    make_napari_viewer: Callable[..., Any], tmp_path: Path, qtbot: Any, theme: str
) -> None:
    """Found in a picture: the list was drawn again with no height."""
    remember(RecentAtlas(str(tmp_path), "an atlas", NOW))
    panel = atlas_panel(make_napari_viewer(show=True))
    panel.viewer.theme = theme
    (row,) = panel.start.rows
    qtbot.waitUntil(lambda: not row.visibleRegion().isEmpty(), timeout=TIMEOUT)
    assert row.height() == row.visibleRegion().boundingRect().height()
    assert panel.colors.muted.name() in row.button.facts.styleSheet()
