"""What the window shows of an error, and what can be copied of one that nobody expected."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QApplication

import napari_atlas_explorer
from napari_atlas_explorer.core.errors import AtlasError
from napari_atlas_explorer.core.text import listed
from napari_atlas_explorer.docks.common.error_messages import ErrorLine, error_text

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window


def test_an_error_can_be_read_dismissed_and_acted_on(qtbot):
    line, done = ErrorLine(), []
    qtbot.addWidget(line)
    line.show_text("it is broken", "Mend it", lambda: done.append("mended"))
    assert line.isVisible()
    assert line.action.text() == "Mend it"
    line.action.click()
    assert done == ["mended"]
    assert not line.isVisible()
    line.show_text("it is broken")
    assert not line.action.isVisible()
    line.dismiss.click()
    assert not line.isVisible()


def test_errors_of_ours_are_reported_as_they_are_and_others_with_their_type():
    assert error_text(AtlasError("x.nrrd: no header")) == "x.nrrd: no header"
    assert error_text(OSError("disk full")) == "disk full"
    assert error_text(KeyError("a")) == "unexpected error (KeyError: 'a')"
    assert error_text(MemoryError()).startswith("there is not enough memory")


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def press(button, qtbot):
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def assert_details_can_be_copied(error, cache, qtbot, words):
    (log,) = (cache / "logs").glob("*.log")
    assert error.text() == f"unexpected error ({words}); report it with the log {log}"
    assert error.action.text() == "Copy details"
    for _ in range(2):  # the line stays: it can be read and copied again
        QApplication.clipboard().clear()
        press(error.action, qtbot)
        details = QApplication.clipboard().text()
        assert details == log.read_text(encoding="utf-8")
    assert f"napari-atlas-explorer {napari_atlas_explorer.__version__}" in details
    assert "window" in details.splitlines()
    assert "Traceback (most recent call last)" in details
    assert __file__ in details
    press(error.dismiss, qtbot)
    assert error.text() == ""


def test_an_unexpected_error_of_a_job_can_be_copied_and_is_in_a_log(opened, cache, qtbot):
    page = opened.show_page("table")

    def divide(_):
        return 1 / 0

    page.background.start("Dividing", divide, lambda _: None)
    qtbot.waitUntil(lambda: bool(opened.error.text()), timeout=TIMEOUT)
    assert_details_can_be_copied(opened.error, cache, qtbot, "ZeroDivisionError: division by zero")


def test_an_error_of_a_file_has_no_details_and_no_log(opened, cache, qtbot):
    page = opened.show_page("table")

    def refuse(_):
        raise AtlasError("x.nrrd: no header")

    page.background.start("Reading", refuse, lambda _: None)
    qtbot.waitUntil(lambda: bool(opened.error.text()), timeout=TIMEOUT)
    assert opened.error.text() == "x.nrrd: no header"
    assert not opened.error.action.isVisibleTo(opened)
    assert not (cache / "logs").exists()


def test_an_error_in_a_slot_that_napari_reports_is_in_the_panel_too(
    panel, cache, qtbot, monkeypatch
):
    def fail(*_):
        raise RuntimeError("no such thing")

    # The handler is the panel's own; what it calls fails.
    monkeypatch.setattr(panel.session, "open_sample", fail)
    with qtbot.captureExceptions() as raised:
        press(panel.start.sample, qtbot)
    ((kind, exc, trace),) = raised
    notification_manager.receive_error(kind, exc, trace)
    assert_details_can_be_copied(panel.error, cache, qtbot, "RuntimeError: no such thing")


def test_an_error_in_another_thread_is_shown_in_the_thread_of_the_window(opened, cache, qtbot):
    def run():
        try:
            listed(None)  # fails in code of this package
        except TypeError as exc:
            notification_manager.receive_error(type(exc), exc, exc.__traceback__)

    threading.Thread(target=run).start()
    qtbot.waitUntil(lambda: "unexpected error (TypeError" in opened.error.text(), timeout=TIMEOUT)


def test_errors_of_other_plugins_are_left_to_napari(opened, cache):
    try:
        raise RuntimeError("of another plugin")
    except RuntimeError as exc:
        notification_manager.receive_error(type(exc), exc, exc.__traceback__)
    assert opened.error.text() == ""
    assert not (cache / "logs").exists()
