"""The form of a package: what it shows, checks, remembers, and takes from files."""

from __future__ import annotations

import shlex
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit

from napari_atlas_explorer.docks.common.pages import show_page
from napari_atlas_explorer.docks.package.page import PackagePage
from napari_atlas_explorer.packaging.source.spec import read_package_spec
from tests.made_up import write_voxelbrain
from tests.packaging.handmade import ingredients

from ..conftest import TIMEOUT, drop

pytestmark = pytest.mark.window

RIGHT = {"name": "made_up", "version": "1.1", "species": "Mus musculus", "citation": "unpublished"}


def write(field: Any, text: str) -> None:
    """Type into a field as a user does, in the place of what stands there."""
    field.line.setFocus()
    field.line.selectAll()
    QTest.keyClick(field.line, Qt.Key.Key_Delete)
    QTest.keyClicks(field.line, text)


def fill(form: PackagePage, folder: Path, **texts: str) -> None:
    for key, text in {**RIGHT, **texts}.items():
        write(form.metadata.fields[key], text)
    write(form.contents.folder, str(folder))


@pytest.fixture
def form(opened: Any) -> PackagePage:
    return show_page(opened.viewer, "package")


def test_it_opens_without_an_atlas(panel, viewer) -> None:
    form = show_page(viewer, "package")
    assert "Open an atlas" in form.source.state.text()
    assert not form.run.isEnabled()
    form.source.files.click()
    assert form.source.rows.isVisible()
    assert "Annotation" in form.state.text()


def test_the_fields_hold_what_the_atlas_says(form) -> None:
    fields = form.metadata.fields
    assert fields["name"].text() == "made_up"
    assert fields["citation"].text() == "nobody 2026"
    assert "citation is 'nobody 2026'" in fields["citation"].error.text()
    assert fields["citation"].error.isVisibleTo(form)


def test_the_button_says_what_is_missing_and_what_is_wrong(form, tmp_path) -> None:
    assert not form.run.isEnabled()
    assert "Still needed: Link, Folder." in form.state.text()
    assert "Species" in form.run.toolTip()
    fill(form, tmp_path / "out", citation="unpublished")
    assert form.run.isEnabled()
    assert form.state.text() == ""
    write(form.metadata.fields["species"], "mouse")
    assert not form.run.isEnabled()
    assert "species is 'mouse'" in form.metadata.fields["species"].error.text()
    assert "Species" in form.state.text()


def test_an_empty_field_is_no_error_before_one_was_there(form) -> None:
    link = form.metadata.fields["atlas_link"]
    assert not link.error.isVisibleTo(form)
    write(link, "x")
    write(link, "")
    assert "atlas_link is empty" in link.error.text()


def test_other_layouts_need_less(form, tmp_path) -> None:
    write(form.contents.folder, str(tmp_path / "out"))
    assert not form.run.isEnabled()
    form.contents.layouts["voxelbrain"].click()
    assert form.run.isEnabled()
    assert not form.contents.install.isEnabled()
    assert not form.contents.masks.isEnabled()


def test_an_atlas_without_an_image_is_no_brainglobe_package(panel, tmp_path, open_in) -> None:
    open_in(panel, write_voxelbrain(tmp_path / "voxelbrain"))
    form = show_page(panel.viewer, "package")
    assert "no reference image" in form.source.problem.text()
    assert "Please correct: Reference" in form.state.text()
    form.contents.layouts["itksnap"].click()
    assert not form.source.problem.isVisibleTo(form)


def test_masks_say_what_they_cost(form) -> None:
    assert not form.contents.cost.isVisibleTo(form)
    form.contents.layouts["brainglobe-v3"].click()
    assert "masks of 6 regions" in form.contents.cost.text().lower()


def test_return_in_a_field_does_not_begin(form, tmp_path) -> None:
    fill(form, tmp_path / "out")
    QTest.keyClick(form.contents.folder.line, Qt.Key.Key_Return)
    assert not form.making.job.busy


def test_the_region_is_taken_from_what_is_selected(form, opened) -> None:
    form.contents.take.click()
    assert "Select one region" in form.state.text()
    view, regions = opened.display.view, opened.display.atlas.region_map
    view.select(view.expand([regions.rank("TH")]))
    form.contents.take.click()
    assert form.contents.region.text() == "TH"
    write(form.contents.region, "nowhere")
    assert "nowhere" in form.contents.region.error.text()


def test_what_was_typed_stays_when_the_source_is_changed_to_and_fro(form) -> None:
    write(form.metadata.fields["name"], "my_atlas")
    form.source.files.click()
    assert form.metadata.fields["name"].text() == ""
    write(form.metadata.fields["name"], "of_files")
    form.source.shown.click()
    assert form.metadata.fields["name"].text() == "my_atlas"
    form.source.files.click()
    assert form.metadata.fields["name"].text() == "of_files"


def test_what_was_typed_stays_when_the_atlas_is_overridden(form, opened, qtbot) -> None:
    from napari_atlas_explorer.atlases.local.remembered import Overrides

    write(form.metadata.fields["name"], "my_atlas")
    with qtbot.waitSignal(opened.session.shown, timeout=TIMEOUT):
        opened.session.override(Overrides(resolution=(10.0, 10.0, 10.0)))
    assert form.metadata.fields["name"].text() == "my_atlas"
    assert form.facts.resolution == (10, 10, 10)


def test_dropped_files_fill_the_rows(panel, viewer, tmp_path, qtbot) -> None:
    folder = ingredients(tmp_path / "parts").parent
    form = show_page(viewer, "package")
    drop(form, [folder / "labels.tiff", folder / "template.tiff", folder / "regions.csv"])
    assert form.source.files.isChecked()
    parts = form.source.named_files()
    assert Path(parts.annotation) == folder / "labels.tiff"
    assert Path(parts.reference) == folder / "template.tiff"
    drop(form.source.fields["hemispheres"], [folder / "sides.tiff"])
    assert Path(form.source.named_files().hemispheres) == folder / "sides.tiff"
    drop(form, [folder / "nissl.tiff"])
    assert form.source.named_files().additional == (("nissl", str(folder / "nissl.tiff")),)
    form.source.additional.rows[0][0].findChildren(QAbstractButton)[-1].click()
    assert form.source.named_files().additional == ()
    qtbot.waitUntil(lambda: form.facts.grid is not None, timeout=TIMEOUT)
    assert form.facts.regions is not None


def test_a_list_of_ingredients_is_loaded_and_saved(panel, viewer, tmp_path) -> None:
    path = ingredients(tmp_path / "parts")
    form = show_page(viewer, "package")
    drop(form, [path])
    assert form.metadata.fields["name"].text() == "handmade_brain"
    assert form.source.additional.pairs() == (("nissl", str(path.parent / "nissl.tiff")),)
    write(form.metadata.fields["version"], "2.0")
    assert form.files.save(tmp_path / "again.toml")
    again = read_package_spec(tmp_path / "again.toml")
    assert again.metadata.version == "2.0"
    assert again.annotation == path.parent / "labels.tiff"
    assert again.targets == ("brainglobe-v2",)


def test_a_list_that_cannot_be_read_leaves_the_form(form, tmp_path) -> None:
    bad = tmp_path / "package.toml"
    bad.write_text("[atlas]\nnmae = 'x'\n")
    write(form.metadata.fields["name"], "my_atlas")
    drop(form, [bad])
    assert "did you mean it" in form.error.text()
    assert form.metadata.fields["name"].text() == "my_atlas"


def test_the_command_says_what_was_changed_alone(form, tmp_path, package) -> None:
    fill(form, tmp_path / "out", version="1.0")
    form.contents.archive.click()
    write(form.contents.resolutions, "100, 200")
    form.command.click()
    words = shlex.split(QApplication.clipboard().text())
    assert words == [
        "atlas-explorer",
        "package",
        "--from",
        str(package),
        "--to",
        "brainglobe-v2",
        "--species",
        "Mus musculus",
        "--citation",
        "unpublished",
        "--resolutions",
        "100,200",
        "--archive",
        "-o",
        str(tmp_path / "out"),
    ]


def test_folder_layout_and_packager_are_remembered(form, opened, tmp_path, qtbot) -> None:
    fill(form, tmp_path / "out", atlas_packager="Jane Doe")
    form.contents.layouts["voxelbrain"].click()
    form.run.click()
    qtbot.waitUntil(lambda: not form.making.job.busy, timeout=TIMEOUT)
    again = PackagePage(opened)
    assert again.contents.folder.text() == str(tmp_path / "out")
    assert again.contents.target == "voxelbrain"
    assert again.metadata.fields["atlas_packager"].text() == "Jane Doe"


def test_the_window_does_not_grow(opened, qtbot) -> None:
    window = opened.window()
    window.resize(1000, 700)
    qtbot.waitUntil(lambda: window.width() == 1000, timeout=TIMEOUT)
    size = window.size()
    form = show_page(opened.viewer, "package")
    form.source.files.click()
    for _ in range(4):
        form.source.additional.more.click()
    QApplication.processEvents()
    assert window.size() == size
    assert form.inside.width() <= form.scroll.viewport().width()


def test_tab_goes_on_as_one_reads(form) -> None:
    form.source.files.click()
    form.source.additional.more.click()
    form.source.additional.more.click()
    QApplication.processEvents()
    places: list[tuple[int, int]] = []
    here = form.source.shown
    while here is not form.run and len(places) < 80:
        takes_tab = bool(here.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes_tab and here.focusProxy() is None and here.isVisibleTo(form.inside):
            at = here.mapTo(form, QPoint(0, here.height() // 2))
            places.append((at.x(), at.y()))
        here = here.nextInFocusChain()
        while here is not form.run and not form.inside.isAncestorOf(here):
            here = here.nextInFocusChain()
    assert len(places) > 40
    for (x, y), (next_x, next_y) in pairwise(places):
        assert next_y > y + 8 or (abs(next_y - y) <= 8 and next_x > x)


def test_every_field_has_a_name_for_screen_readers(form) -> None:
    form.source.additional.more.click()
    for kind in (QLineEdit, QComboBox):
        for widget in form.inside.findChildren(kind):
            assert widget.accessibleName()
    for button in form.findChildren(QAbstractButton):
        if button.focusPolicy() != Qt.FocusPolicy.NoFocus:
            assert button.text() or button.accessibleName()


def luminance(color: Any) -> float:
    parts = [
        v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in color.getRgbF()[:3]
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_is_wrong_can_be_read_in_both_themes(form, theme) -> None:
    form.viewer.theme = theme
    QApplication.processEvents()
    label = form.metadata.fields["citation"].error
    front = label.palette().color(label.foregroundRole())
    assert front == form.colors.error
    high, low = sorted((luminance(front), luminance(form.colors.background)), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= 4.5
