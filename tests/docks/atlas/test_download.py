"""The menu of what to open, and the gallery of atlases to download."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPoint, Qt
from qtpy.QtWidgets import QApplication, QFileDialog

from napari_atlas_explorer.atlases.download import brainglobe
from napari_atlas_explorer.atlases.download.atlas import download_atlas
from napari_atlas_explorer.docks.atlas import menus
from napari_atlas_explorer.docks.atlas.download import (
    HERE,
    NAME,
    SIZE,
    STOPPED,
    TITLE,
    VOXEL,
    DownloadDialog,
)
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
    assert "Get an atlas…" in texts(opening.menu)
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


# ---- gallery -------------------------------------------------------------------------------


def cells(form: DownloadDialog, column: int) -> list[str]:
    """A column of the rows that are shown."""
    table = form.atlases
    return [table.item(row, column).text() for row in table.shown_rows()]


def click_row(form: DownloadDialog, name: str, qtbot: Any, double: bool = False) -> None:
    """Click the row of an atlas."""
    table = form.atlases
    place = table.visualItemRect(table.item(table.names().index(name), 0)).center()
    click = qtbot.mouseDClick if double else qtbot.mouseClick
    click(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def looked(form: DownloadDialog, qtbot: Any) -> None:
    """Wait until the form knows what is on this computer."""
    qtbot.waitUntil(lambda: not form.looking.busy, timeout=TIMEOUT)


def test_the_gallery_says_of_every_atlas_what_is_known(form) -> None:
    assert form.windowTitle() == "Get an atlas"
    rows = dict(zip(cells(form, NAME), range(8), strict=True))
    here = rows["allen_ccf_25um_2017"]
    assert [form.atlases.item(here, c).text() for c in range(NAME)] == [
        "Allen mouse CCFv3 (2017)",
        "Mouse",
        "25",
        "38",
        "",
    ]
    # Nobody has measured it: empty rather than invented.
    assert form.atlases.item(rows["allen_ccf_10um_2022"], SIZE).text() == ""


def test_what_to_cite_and_whose_terms_hold_is_said_of_the_chosen(form, qtbot) -> None:
    click_row(form, "allen_ccf_25um_2017", qtbot)
    assert 'href="https://doi.org/10.1016/j.cell.2020.04.007"' in form.about.text()
    assert 'href="https://alleninstitute.org/terms-of-use/"' in form.about.text()
    assert form.start.text() == "Download (38 MB)"
    click_row(form, "allen_ccf_10um_2017", qtbot)
    assert "size not known beforehand" in form.about.text()
    assert form.start.text() == "Download"


def test_the_filter_takes_words_in_any_order_and_the_keyboard_goes_on(form, qtbot) -> None:
    qtbot.waitUntil(form.filter.hasFocus, timeout=TIMEOUT)
    qtbot.keyClicks(form.filter, "2022 mouse")
    assert cells(form, NAME) == [f"allen_ccf_{n}um_2022" for n in (100, 50, 25, 10)]
    assert form.read_request() == ""
    qtbot.keyClick(form.filter, Qt.Key.Key_Down)
    assert form.atlases.hasFocus()
    assert form.read_request() == "allen_ccf_100um_2022"
    qtbot.keyClick(form.atlases, Qt.Key.Key_Down)
    assert form.read_request() == "allen_ccf_50um_2022"
    form.filter.setFocus()
    form.filter.clear()
    qtbot.keyClicks(form.filter, "2017 10um")
    assert form.read_request() == "allen_ccf_10um_2017"  # the only one is chosen
    qtbot.keyClicks(form.filter, " cat")
    assert cells(form, NAME) == []
    assert not form.start.isEnabled()


def test_sizes_are_sorted_as_numbers_and_unknown_ones_come_last(form, qtbot) -> None:
    header = form.atlases.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(VOXEL) + 5, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert cells(form, VOXEL) == ["10", "10", "25", "25", "50", "50", "100", "100"]
    place.setX(header.sectionViewportPosition(SIZE) + 5)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert cells(form, SIZE) == ["1.6", "38", "", "", "", "", "", ""]


def test_the_tab_key_visits_the_fields_in_their_order_and_all_have_names(form, qtbot) -> None:
    qtbot.waitUntil(form.filter.hasFocus, timeout=TIMEOUT)
    click_row(form, "allen_ccf_25um_2017", qtbot)
    form.filter.setFocus()
    visited = []
    for _ in range(12):
        widget = QApplication.focusWidget()
        if visited and widget is form.filter:
            break
        visited.append(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    fields = [form.filter, form.atlases, form.address, form.folder, form.choose, form.start]
    order = [visited.index(field) for field in fields]
    assert order == sorted(order)
    assert all(w.accessibleName() or w.text() for w in visited if w is not form.atlases)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_it_fits_a_small_screen_and_follows_the_theme(form, panel, qtbot, theme) -> None:
    window = panel.window()
    before = window.size()
    panel.viewer.theme = theme
    assert form.width() <= 1000 - 20
    assert form.height() <= 640 - 40
    form.resize(10, 10)
    assert (form.width(), form.height()) == (640, 420)
    click_row(form, "allen_ccf_25um_2017", qtbot)
    assert panel.colors.link.name() in form.about.text()
    assert panel.colors.muted.name() in form.about.styleSheet()
    assert window.size() == before


def test_showing_the_gallery_asks_nothing(service, home, monkeypatch, form, qtbot) -> None:
    serve_ccf(service, ccf_files(home), monkeypatch)
    assert form.isVisible()
    assert not form.start.isEnabled()
    click_row(form, "allen_ccf_100um_2017", qtbot)
    assert form.start.isEnabled()
    looked(form, qtbot)
    assert not form.worker.busy
    assert service.asked == []


def test_an_atlas_is_downloaded_by_return_and_opened_by_return(
    service, home, monkeypatch, form, panel, qtbot
) -> None:
    serve_ccf(service, ccf_files(home), monkeypatch)
    qtbot.keyClicks(form.filter, "100um 2017")
    assert form.read_request() == "allen_ccf_100um_2017"
    qtbot.keyClick(form.filter, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not form.worker.busy, timeout=TIMEOUT)
    assert "allen_ccf_100um_2017 is in" in form.state.text()
    assert "not known beforehand" in form.state.text()
    assert form.start.text() == "Open"
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        qtbot.keyClick(form.start, Qt.Key.Key_Return)
    assert not form.isVisible()
    assert np.count_nonzero(np.asarray(panel.display.atlas.annotation)) == 50 * 40 * 50


def test_what_is_here_already_is_marked_and_opened_by_a_double_click(
    service, home, monkeypatch, form, panel, qtbot
) -> None:
    serve_ccf(service, ccf_files(home), monkeypatch)
    name = "allen_ccf_100um_2017"
    folder = download_atlas(name).path
    asked = len(service.asked)
    form.reject()
    panel.more.opening.show_download()
    looked(form, qtbot)
    row = form.atlases.names().index(name)
    assert [row for row in range(8) if form.atlases.item(row, HERE).text()] == [row]
    click_row(form, name, qtbot)
    assert form.start.text() == "Open"
    opened: list[Any] = []
    panel.session.shown.connect(opened.append)
    click_row(form, name, qtbot, double=True)
    qtbot.waitUntil(lambda: bool(opened), timeout=TIMEOUT)
    qtbot.waitUntil(lambda: not panel.session.busy, timeout=TIMEOUT)
    assert len(opened) == 1
    assert panel.session.path == folder
    assert len(service.asked) == asked


def test_an_address_goes_into_the_folder_that_is_chosen(service, home, form, qtbot) -> None:
    source = write_brainglobe(home / "source")
    service.on("/lab.tar.gz", made.file(packed(source)))
    click_row(form, "allen_ccf_100um_2017", qtbot)
    form.folder.setText(str(home / "mine"))
    qtbot.keyClicks(form.address, f"{service.url}/lab.tar.gz")
    assert form.atlases.chosen() == ""
    press(form.start, form, qtbot)
    assert (home / "mine" / "lab" / "annotation.tiff").read_bytes() == (
        source / "annotation.tiff"
    ).read_bytes()
    assert form.start.text() == "Open"


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
    assert form.start.text() == "Download"


def test_brainglobe_s_names_are_asked_for_by_a_button(panel, home, monkeypatch, qtbot) -> None:
    install(home / "site", monkeypatch)
    write_brainglobe(home / ".brainglobe" / "made_up_50um_v1.2")
    panel.more.opening.show_download()
    form = panel.more.opening.download
    assert not form.copy.isVisible()
    press(form.brainglobe, form, qtbot)
    looked(form, qtbot)
    assert form.foreign.text() == "BrainGlobe's 2 atlases are in the list."
    qtbot.keyClicks(form.filter, "allen_mouse")
    assert [cells(form, c)[0] for c in range(6)] == [
        "Allen adult mouse brain",
        "Mouse",
        "25",
        "",
        "",
        "allen_mouse_25um",
    ]
    # Titles have the room, not the raw names.
    assert form.atlases.columnWidth(TITLE) > form.atlases.columnWidth(NAME)
    form.filter.clear()
    qtbot.keyClicks(form.filter, "made up")
    assert [cells(form, c)[0] for c in (TITLE, VOXEL, HERE)] == ["Made up", "50", "✓"]
    assert form.start.text() == "Open"


def test_without_its_library_the_gallery_says_what_for_and_offers_the_line(
    panel, monkeypatch, qtbot
) -> None:
    monkeypatch.setattr(brainglobe, "LIBRARY", "no_such_library")
    panel.more.opening.show_download()
    form = panel.more.opening.download
    assert not form.brainglobe.isVisible()
    assert "rat, zebrafish, human" in form.foreign.text()
    assert "[brainglobe]" in form.command.text()
    qtbot.mouseClick(form.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == form.command.text()
    assert form.copy.text() == "Copied"
