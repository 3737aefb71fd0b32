"""The menu of what to open, and the form that downloads an atlas."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QEvent, Qt
from qtpy.QtWidgets import QApplication, QFileDialog

from napari_atlas_explorer.atlases.download import brainglobe
from napari_atlas_explorer.docks.atlas import menus
from napari_atlas_explorer.docks.atlas.download import STOPPED, DownloadDialog
from tests.atlases.download import service as made
from tests.atlases.download.brainglobe_stand_in import install
from tests.atlases.download.online_service import ccf_files, packed, serve_ccf
from tests.atlases.download.service import running
from tests.made_up import write_brainglobe, write_voxelbrain

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def service():
    with running() as found:
        yield found


@pytest.fixture
def form(panel) -> DownloadDialog:
    panel.more.opening.show_download()
    return panel.more.opening.download


def texts(menu: Any) -> list[str]:
    return [a.text() for a in menu.actions() if not a.isSeparator()]


def shown(panel: Any, qtbot: Any) -> Any:
    """The menu of what to open, after it has looked for atlases."""
    opening = panel.more.opening
    opening.menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: not opening.scanning.busy, timeout=TIMEOUT)
    return opening


def press(button: Any, form: DownloadDialog, qtbot: Any) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    busy = (form.worker, form.asking)
    qtbot.waitUntil(lambda: not any(b.busy for b in busy), timeout=TIMEOUT)


# ---- menu ----------------------------------------------------------------------------------


def test_the_menu_lists_the_atlases_on_this_computer(panel, home, qtbot) -> None:
    folder = write_brainglobe(home / ".brainglobe" / "made_up_50um_v1.0")
    opening = shown(panel, qtbot)
    assert "Download an atlas…" in texts(opening.menu)
    assert texts(opening.atlases)[0] == "made_up_50um  (1.0, BrainGlobe v2)"
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        opening.atlases.actions()[0].trigger()
    assert panel.session.path == folder


def test_what_the_last_session_found_is_shown_before_anything_is_looked_at(
    panel, home, qtbot
) -> None:
    folder = write_brainglobe(home / ".brainglobe" / "made_up_50um_v1.0")
    opening = shown(panel, qtbot)
    shutil.rmtree(folder)
    opening.catalogue = None  # as in a new session
    opening.menu.aboutToShow.emit()
    assert texts(opening.atlases)[0] == "made_up_50um  (1.0, BrainGlobe v2)"
    qtbot.waitUntil(lambda: not opening.scanning.busy, timeout=TIMEOUT)
    assert texts(opening.atlases)[0] == "none found yet"


def test_the_menu_does_not_wait_for_a_disk_that_does_not_answer(
    panel, home, qtbot, monkeypatch
) -> None:
    write_brainglobe(home / ".brainglobe" / "made_up_50um_v1.0")
    opening = shown(panel, qtbot)
    answers, asked = Event(), []

    def hanging(step: Any) -> Any:
        asked.append(True)
        answers.wait()
        return opening.catalogue

    monkeypatch.setattr(menus, "rescan", hanging)
    for _ in range(3):
        opening.menu.aboutToShow.emit()
        assert texts(opening.atlases)[0] == "made_up_50um  (1.0, BrainGlobe v2)"
    answers.set()
    qtbot.waitUntil(lambda: not opening.scanning.busy, timeout=TIMEOUT)
    assert asked == [True]


def test_recent_atlases_that_are_gone_leave_the_menu(
    panel, tmp_path, qtbot, open_in, package
) -> None:
    open_in(panel, package)
    other = write_voxelbrain(tmp_path / "other")
    open_in(panel, other)
    opening = shown(panel, qtbot)
    assert texts(opening.menu)[-2:] == ["other", "made_up_50um_v1.0"]
    shutil.rmtree(package)
    shown(panel, qtbot)
    assert texts(opening.menu)[-1] == "other"


def test_a_folder_of_atlases_is_added(panel, home, qtbot, monkeypatch) -> None:
    write_voxelbrain(home / "lab" / "ours")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(home / "lab"))
    opening = shown(panel, qtbot)
    opening.ask_folder()
    assert texts(shown(panel, qtbot).atlases)[0] == "ours  (VoxelBrain)"


# ---- form ----------------------------------------------------------------------------------


def test_showing_the_form_asks_nothing(service, home, monkeypatch, form, qtbot) -> None:
    serve_ccf(service, ccf_files(home), monkeypatch)
    assert form.isVisible()
    assert not form.start.isEnabled()
    form.names.setCurrentRow(0)
    assert form.start.isEnabled()
    assert not form.worker.busy
    assert service.asked == []


def test_an_atlas_is_downloaded_and_opened(service, home, monkeypatch, form, panel, qtbot) -> None:
    serve_ccf(service, ccf_files(home), monkeypatch)
    form.names.setCurrentRow(0)
    assert form.read_request() == "allen_ccf_100um_2017"
    press(form.start, form, qtbot)
    assert "allen_ccf_100um_2017 is in" in form.state.text()
    assert "not known beforehand" in form.state.text()
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        qtbot.mouseClick(form.open, Qt.MouseButton.LeftButton)
    assert not form.isVisible()
    assert np.count_nonzero(np.asarray(panel.display.atlas.annotation)) == 50 * 40 * 50


def test_an_address_goes_into_the_folder_that_is_chosen(service, home, form, qtbot) -> None:
    source = write_brainglobe(home / "source")
    service.on("/lab.tar.gz", made.file(packed(source)))
    form.names.setCurrentRow(0)
    form.folder.setText(str(home / "mine"))
    qtbot.keyClicks(form.address, f"{service.url}/lab.tar.gz")
    assert form.names.selectedItems() == []
    press(form.start, form, qtbot)
    assert (home / "mine" / "lab" / "annotation.tiff").read_bytes() == (
        source / "annotation.tiff"
    ).read_bytes()
    assert form.open.isEnabled()


def test_cancel_ends_the_work_and_download_goes_on(service, home, form, qtbot) -> None:
    rng = np.random.default_rng(1)
    source = write_brainglobe(home / "source")
    (source / "large.bin").write_bytes(rng.bytes(3_000_000))
    body = packed(source)
    service.on("/lab.tar.gz", made.stalled(body, 2_000_000), made.file(body))
    qtbot.keyClicks(form.address, f"{service.url}/lab.tar.gz")
    qtbot.mouseClick(form.start, Qt.MouseButton.LeftButton)
    part = home / "cache" / "atlases" / ".lab.part"
    qtbot.waitUntil(lambda: "2.0 of" in form.stage.text(), timeout=TIMEOUT)
    assert form.bar.value() > 0
    qtbot.mouseClick(form.cancel, Qt.MouseButton.LeftButton)
    assert form.state.text() == STOPPED
    assert form.start.isEnabled()
    service.stop.set()  # the server gives up: the worker, which waits for bytes, ends
    lock = part.with_name(".lab.lock")
    qtbot.waitUntil(lambda: not lock.exists(), timeout=TIMEOUT)
    press(form.start, form, qtbot)
    assert form.error.text() == ""
    assert "lab is in" in form.state.text()
    assert "range" in service.headers_of(1)


def test_a_window_that_is_closed_ends_the_work(service, home, viewer, form, qtbot) -> None:
    body = bytes(range(256)) * 8000
    service.on("/lab.tar.gz", made.stalled(body, 500_000))
    qtbot.keyClicks(form.address, f"{service.url}/lab.tar.gz")
    qtbot.mouseClick(form.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "0.5 of" in form.stage.text(), timeout=TIMEOUT)
    viewer.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    service.stop.set()
    lock = home / "cache" / "atlases" / ".lab.lock"
    qtbot.waitUntil(lambda: not lock.exists(), timeout=TIMEOUT)
    assert len(service.asked) == 1
    assert not (home / "cache" / "atlases" / "lab").exists()


def test_what_goes_wrong_stands_in_the_form(service, form, qtbot) -> None:
    qtbot.keyClicks(form.address, f"{service.url}/none.zip")
    press(form.start, form, qtbot)
    assert "status 404" in form.error.text()
    assert form.error.isVisible()
    assert form.start.isEnabled()
    assert not form.open.isEnabled()


def test_brainglobe_s_names_are_asked_for_by_a_button(panel, home, monkeypatch, qtbot) -> None:
    install(home / "site", monkeypatch)
    panel.more.opening.show_download()
    form = panel.more.opening.download
    before = form.names.count()
    press(form.brainglobe, form, qtbot)
    names = [form.names.item(n).text() for n in range(before, form.names.count())]
    assert names == ["allen_mouse_25um", "made_up_50um"]


def test_without_its_library_the_form_says_how_to_get_it(panel, monkeypatch) -> None:
    monkeypatch.setattr(brainglobe, "LIBRARY", "no_such_library")
    panel.more.opening.show_download()
    form = panel.more.opening.download
    assert not form.brainglobe.isVisible()
    assert "[brainglobe]" in form.without.text()
