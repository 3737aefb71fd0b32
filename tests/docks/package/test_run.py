"""Packages made from the window: run, cancel, faults, and what is offered afterwards."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from qtpy.QtCore import QObject, Qt, QUrl, Slot
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.cli.main import main
from napari_atlas_explorer.docks.common.pages import show_page
from napari_atlas_explorer.docks.package.page import PackagePage
from napari_atlas_explorer.docks.package.run import FORM, RESULT, STOPPED
from tests.made_up import annotation, write_brainglobe
from tests.packaging.handmade import contents, ingredients

from ..conftest import TIMEOUT, drop
from .test_page_forms import fill, write

pytestmark = pytest.mark.window

ODD_VOXEL = (10, 8, 8)


@pytest.fixture
def form(opened: Any) -> PackagePage:
    return show_page(opened.viewer, "package")


@pytest.fixture
def faulty(panel: Any, tmp_path: Path, open_in: Any) -> PackagePage:
    """The form with an atlas that has a voxel of an id which no region has."""
    folder = write_brainglobe(tmp_path / "faulty_50um_v1.0")
    ids = annotation()
    ids[ODD_VOXEL] = 4242
    tifffile.imwrite(folder / "annotation.tiff", ids)
    open_in(panel, folder)
    return show_page(panel.viewer, "package")


def click(form: PackagePage, button: Any, qtbot: Any) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not form.making.job.busy, timeout=TIMEOUT)


def test_a_package_is_made_and_opened(form, opened, tmp_path, qtbot) -> None:
    fill(form, tmp_path / "out")
    write(form.contents.resolutions, "100")
    seen: list[tuple[float, str]] = []
    form.making.job.progressed.connect(lambda share, what: seen.append((share, what)))
    click(form, form.run, qtbot)
    made = tmp_path / "out" / "made_up_50um_v1.1"
    assert form.pages.currentIndex() == RESULT
    text = form.result.text.toPlainText()
    assert str(made) in text
    assert "Quality checks of made_up_50um_v1.1: " in text
    assert "made_up_100um_v1.1" in text
    assert "meshes made of the labels" in text
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert {"annotation", "meshes"} <= {what for _, what in seen}
    assert not form.busy.isVisibleTo(form)
    with qtbot.waitSignal(opened.session.shown, timeout=TIMEOUT):
        qtbot.mouseClick(form.result.open, Qt.MouseButton.LeftButton)
    assert opened.session.path == made
    np.testing.assert_array_equal(np.asarray(opened.display.atlas.annotation), annotation())
    assert opened.display.atlas.metadata["species"] == "Mus musculus"


@pytest.mark.parametrize("target", ["brainglobe-v3", "voxelbrain", "itksnap"])
def test_every_layout_is_made_and_opened(form, opened, tmp_path, qtbot, target) -> None:
    fill(form, tmp_path / "out")
    form.contents.layouts[target].click()
    if target == "brainglobe-v3":
        form.contents.masks.click()
    click(form, form.run, qtbot)
    assert form.result.package is not None, form.error.text()
    with qtbot.waitSignal(opened.session.shown, timeout=TIMEOUT):
        form.result.open.click()
    ids, wanted = np.asarray(opened.display.atlas.annotation), annotation()
    if target == "itksnap":  # its labels end at 65,535: 70001 has another number there
        ids, wanted = ids[wanted != 70001], wanted[wanted != 70001]
    np.testing.assert_array_equal(ids, wanted)


def test_the_coarser_package_can_be_opened_instead(form, opened, tmp_path, qtbot) -> None:
    fill(form, tmp_path / "out")
    write(form.contents.resolutions, "100")
    click(form, form.run, qtbot)
    form.result.which.setCurrentIndex(1)
    with qtbot.waitSignal(opened.session.shown, timeout=TIMEOUT):
        form.result.open.click()
    assert opened.display.atlas.shape == (10, 6, 8)


def test_the_form_is_there_again_as_it_was(form, tmp_path, qtbot) -> None:
    fill(form, tmp_path / "out")
    before = form.read_request()
    click(form, form.run, qtbot)
    click(form, form.result.back, qtbot)
    assert form.pages.currentIndex() == FORM
    assert form.read_request() == before
    click(form, form.run, qtbot)  # it stands there already
    assert form.pages.currentIndex() == FORM
    assert "it exists" in form.error.text()
    assert "“Replace what is there”" in form.error.text()
    assert "\n" not in form.error.text()
    assert form.read_request() == before
    form.contents.replace.click()
    click(form, form.run, qtbot)
    assert form.pages.currentIndex() == RESULT


def test_it_is_packaged_as_it_was_overridden_in_the_window(panel, tmp_path, open_in, qtbot) -> None:
    from napari_atlas_explorer.atlases.local.remembered import Overrides

    folder = tmp_path / "plain"
    folder.mkdir()
    tifffile.imwrite(folder / "annotation.tif", annotation(), photometric="minisblack")
    open_in(panel, folder / "annotation.tif")
    form = show_page(panel.viewer, "package")
    form.contents.layouts["voxelbrain"].click()
    write(form.contents.folder, str(tmp_path / "out"))
    assert "Resolution" in form.state.text()
    with qtbot.waitSignal(panel.session.shown, timeout=TIMEOUT):
        panel.session.override(Overrides(resolution=(20.0, 30.0, 40.0), orientation="asr"))
    click(form, form.run, qtbot)
    assert form.result.package is not None, form.error.text()
    made = open_atlas(form.result.package)
    assert made.resolution == (20, 30, 40)
    assert made.orientation == "asr"


def test_a_hemisphere_and_a_region_alone(form, tmp_path, qtbot) -> None:
    fill(form, tmp_path / "out")
    form.contents.hemisphere.choose("left")
    write(form.contents.region, "TH")
    click(form, form.run, qtbot)
    assert form.result.package is not None, form.error.text()
    ids = np.asarray(open_atlas(form.result.package).annotation)
    wanted = np.where(annotation() == 5, 5, 0)
    wanted[:, :, :8] = 0  # "asr" runs from right to left
    np.testing.assert_array_equal(ids, wanted)


def test_cancelling_leaves_nothing_and_the_form(form, tmp_path, qtbot) -> None:
    fill(form, tmp_path / "out")
    before = form.read_request()
    form.making.job.progressed.connect(lambda *_: form.busy.cancel.click())
    click(form, form.run, qtbot)
    assert form.state.text() == STOPPED
    assert form.pages.currentIndex() == FORM
    assert form.read_request() == before
    assert form.run.isEnabled()
    qtbot.waitUntil(lambda: not (tmp_path / "out").exists(), timeout=TIMEOUT)


def test_another_atlas_may_be_opened_meanwhile(form, opened, tmp_path, open_in, qtbot) -> None:
    fill(form, tmp_path / "out")
    other = write_brainglobe(tmp_path / "other_50um_v1.0")
    qtbot.mouseClick(form.run, Qt.MouseButton.LeftButton)
    open_in(opened, other)
    qtbot.waitUntil(lambda: not form.making.job.busy, timeout=TIMEOUT)
    assert (tmp_path / "out" / "made_up_50um_v1.1").is_dir()
    assert form.pages.currentIndex() == RESULT


def test_errors_are_shown_and_the_package_can_be_kept(faulty, tmp_path, qtbot) -> None:
    fill(faulty, tmp_path / "out")
    click(faulty, faulty.run, qtbot)
    assert faulty.pages.currentIndex() == RESULT
    assert "1 error" in faulty.result.problem.text()
    assert "4242" in faulty.result.text.toPlainText()
    assert not (tmp_path / "out").exists()
    assert not faulty.result.open.isVisibleTo(faulty)
    click(faulty, faulty.result.keep, qtbot)
    assert (tmp_path / "out" / "made_up_50um_v1.1").is_dir()
    assert "1 error" in faulty.result.text.toPlainText()
    assert faulty.result.open.isVisibleTo(faulty)


def test_what_goes_wrong_is_one_line_and_the_form_stays(form, tmp_path, qtbot) -> None:
    (tmp_path / "file").write_text("")
    fill(form, tmp_path / "file" / "below")
    before = form.read_request()
    click(form, form.run, qtbot)
    assert form.error.isVisibleTo(form)
    assert "\n" not in form.error.text()
    assert "file" in form.error.text()
    assert form.read_request() == before
    assert form.run.isEnabled()


def test_files_are_packaged_and_the_command_makes_the_same(
    panel, viewer, tmp_path, qtbot, capsys
) -> None:
    form = show_page(viewer, "package")
    path = ingredients(tmp_path / "parts")
    drop(form, [path])
    write(form.contents.folder, str(tmp_path / "out"))
    qtbot.waitUntil(form.run.isEnabled, timeout=TIMEOUT)
    click(form, form.run, qtbot)
    assert form.result.package is not None, form.error.text()
    form.result.back.click()
    write(form.contents.folder, str(tmp_path / "again"))
    form.files.save(tmp_path / "saved.toml")
    form.command.click()
    words = shlex.split(QApplication.clipboard().text())
    assert words[0] == "atlas-explorer"
    assert main(words[1:]) in (0, None)
    capsys.readouterr()
    assert contents(tmp_path / "out") == contents(tmp_path / "again")


def test_it_goes_into_the_cache_where_that_is_asked_for(form, tmp_path, qtbot, monkeypatch) -> None:
    home = tmp_path / "brainglobe"
    config = tmp_path / "bg_config"
    config.mkdir()
    (config / "bg_config.conf").write_text(
        f"[default_dirs]\nbrainglobe_dir = {home}\ninterm_download_dir = {home}\n"
    )
    monkeypatch.setenv("BRAINGLOBE_CONFIG_DIR", str(config))
    fill(form, tmp_path / "out")
    form.contents.install.click()
    form.contents.archive.click()
    click(form, form.run, qtbot)
    text = form.result.text.toPlainText()
    assert f"In BrainGlobe's cache: {home / 'made_up_50um_v1.1'}" in text
    metadata = json.loads((home / "made_up_50um_v1.1" / "metadata.json").read_text())
    assert metadata["name"] == "made_up"
    assert (tmp_path / "out" / "made_up_50um_v1.1.tar.gz").is_file()
    form.result.back.click()
    write(form.metadata.fields["version"], "1.2")
    click(form, form.run, qtbot)
    assert "another version" in form.result.problem.text()
    assert (tmp_path / "out" / "made_up_50um_v1.2").is_dir()


def test_the_folder_is_shown(form, tmp_path, qtbot) -> None:
    opened: list[QUrl] = []

    fill(form, tmp_path / "out")
    click(form, form.run, qtbot)

    class FileManager(QObject):
        @Slot(QUrl)
        def show(self, url: QUrl) -> None:
            opened.append(url)

    manager = FileManager()
    QDesktopServices.setUrlHandler("file", manager, "show")
    try:
        form.result.folder.click()
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert [Path(url.toLocalFile()) for url in opened] == [tmp_path / "out"]
