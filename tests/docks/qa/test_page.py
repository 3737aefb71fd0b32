"""The QA page: run, list, filter, go to a finding, accept, review, report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nrrd
import numpy as np
import pytest
import tifffile
from qtpy.QtCore import QPoint, Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.docks.app import show_finding_when_open
from napari_atlas_explorer.docks.common.pages import show_page
from napari_atlas_explorer.docks.qa.page import QaPage
from napari_atlas_explorer.docks.qa.settings import QaSettings
from napari_atlas_explorer.viewer.findings import NAME
from napari_atlas_explorer.viewer.mirror_image import NAME as MIRROR
from napari_atlas_explorer.viewer.qa_list import CodeGroup
from tests.made_up import annotation, write_brainglobe

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window

ODD_VOXEL = (10, 8, 8)
UNKNOWN = "label-unknown-id@4242"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The small package with one voxel of an id that its hierarchy does not have."""
    folder = write_brainglobe(tmp_path / "made_up_50um_v1.0")
    ids = annotation()
    ids[ODD_VOXEL] = 4242
    tifffile.imwrite(folder / "annotation.tiff", ids)
    return folder


def finish(qa: QaPage, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: not qa.background.busy, timeout=TIMEOUT)


@pytest.fixture
def qa(opened, qtbot) -> QaPage:
    """The page, opened from the menu, with the checks of labels and hierarchy run."""
    page = show_page(opened.viewer, "qa")
    for action in page.groups.actions():
        action.setChecked(action.text() in ("labels", "hierarchy"))
    qtbot.mouseClick(page.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.findings is not None, timeout=TIMEOUT)
    return page


def lit(qa: QaPage) -> list[tuple[int, ...]]:
    layer = next((la for la in qa.viewer.layers if la.name == NAME), None)
    if layer is None or not layer.visible:
        return []
    return [tuple(v) for v in np.argwhere(np.asarray(layer.data)).tolist()]


def test_it_opens_once_and_says_what_to_do(opened, viewer) -> None:
    qa = show_page(viewer, "qa")
    assert "Run the checks" in qa.empty.text()
    assert qa.run.isEnabled()
    assert show_page(viewer, "qa") is qa
    assert viewer.window._qt_window.findChildren(type(qa)) == [qa]


def test_without_an_atlas_there_is_nothing_to_run(panel, viewer) -> None:
    qa = show_page(viewer, "qa")
    assert "Open an atlas" in qa.empty.text()
    assert not qa.run.isEnabled()


def test_only_the_ticked_groups_are_run(qa) -> None:
    groups = {r.check.group for r in qa.findings.report.results}
    assert groups == {"labels", "hierarchy"}
    assert qa.kinds["error"].text() == "1 error"
    headings = [qa.tree.topLevelItem(k) for k in range(qa.tree.topLevelItemCount())]
    assert [h.text(1) for h in headings if h.text(0).startswith("Id of the annotation")] == [
        "1  error"
    ]


def test_the_busy_line_names_the_running_check(qa, qtbot) -> None:
    steps: list[str] = []
    qa.background.step.connect(steps.append)
    qtbot.mouseClick(qa.run, Qt.MouseButton.LeftButton)
    finish(qa, qtbot)
    assert any(text.startswith("Check 2 of ") and "hierarchy" in text for text in steps), steps


def test_a_click_goes_to_the_voxel_and_lights_it(qa, opened) -> None:
    view = opened.display.view
    view.hide([opened.display.atlas.region_map.rank("TH")])
    item = next(
        line
        for k in range(qa.tree.topLevelItemCount())
        for n in range(qa.tree.topLevelItem(k).childCount())
        if "4242" in (line := qa.tree.topLevelItem(k).child(n)).text(0)
    )
    qa.tree.scrollToItem(item)
    at = qa.tree.visualItemRect(item).center()
    QTest.mouseClick(qa.tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))
    assert qa.tree.current_id() == UNKNOWN
    assert lit(qa) == [ODD_VOXEL]
    point = opened.display.point_at(qa.viewer.dims.point)
    assert tuple(int(p) for p in point) == ODD_VOXEL
    assert "4242" in qa.details.message.text()
    assert not qa.viewer.layers.selection  # what the user had chosen stays chosen


def test_the_region_of_a_finding_is_shown_however_it_was_hidden(qa, opened) -> None:
    display = opened.display
    rank = display.atlas.region_map.rank("VIS")
    display.view.hide([rank])
    display.view.set_depth(1)
    assert qa.tree.choose("hierarchy-non-leaf-voxels@3")
    assert display.view.state.shown[rank]
    assert display.view.depth is None
    assert opened.tree.selected_ranks() == [rank]
    assert qa.viewer.layers[-1].name == NAME  # above the outline of what is selected


def test_buttons_words_and_groups_filter(qa) -> None:
    every = qa.tree.ids()
    qa.kinds["info"].setChecked(False)
    assert UNKNOWN in qa.tree.ids()
    assert len(qa.tree.ids()) < len(every)
    qa.kinds["info"].setChecked(True)
    qa.words.setText("4242")
    assert qa.tree.ids() == [UNKNOWN]
    qa.words.setText("nothing like it")
    assert not qa.empty.isHidden()
    assert "No findings match" in qa.empty.text()
    qa.words.clear()
    qa.group.setCurrentText("hierarchy")
    assert qa.tree.ids()
    assert all(i.startswith("hierarchy") for i in qa.tree.ids())


def test_the_lit_voxels_blink_and_go_when_another_finding_has_none(qa) -> None:
    qa.tree.choose(UNKNOWN)
    QTest.keyClick(qa.tree, Qt.Key.Key_B)
    assert lit(qa) == []
    QTest.keyClick(qa.tree, Qt.Key.Key_B)
    assert lit(qa) == [ODD_VOXEL]
    empty = next(i for i in qa.tree.ids() if i.startswith("hierarchy-no-voxels"))
    qa.tree.choose(empty)
    assert lit(qa) == []


def test_accepting_writes_the_settings_and_lists_it_as_known(qa, opened, package, qtbot) -> None:
    qa.tree.choose(UNKNOWN)
    qa.actions_.accept("planted for the test")
    finish(qa, qtbot)
    assert 'reason = "planted for the test"' in (package / "qa.toml").read_text()
    assert qa.kinds["error"].text() == "0 errors"
    assert qa.kinds["known"].text() == "1 known"
    assert UNKNOWN not in qa.tree.ids()
    qa.kinds["known"].setChecked(True)
    assert UNKNOWN in qa.tree.ids()
    qa.tree.choose(UNKNOWN)
    assert "planted for the test" in qa.details.kind.text()


def test_a_known_finding_needs_a_reason(qa, package) -> None:
    qa.tree.choose(UNKNOWN)
    qa.actions_.accept("")
    assert "needs a reason" in qa.error.text()
    assert not (package / "qa.toml").exists()


def test_limits_are_set_in_a_form_and_kept_in_the_file(qa, package, qtbot) -> None:
    qa.actions_.ask_settings()
    form = next(w for w in QApplication.topLevelWidgets() if isinstance(w, QaSettings))
    form.limits["tiny_voxels"].setValue(7)
    box = form.severities["label-unknown-id"]
    box.setCurrentIndex(box.findData("warning"))
    form.accept()
    finish(qa, qtbot)
    text = (package / "qa.toml").read_text()
    assert "tiny_voxels = 7" in text
    assert 'label-unknown-id = "warning"' in text
    assert qa.kinds["error"].text() == "0 errors"


def test_the_walk_goes_through_the_regions_and_keeps_verdicts(qa, tmp_path) -> None:
    regions = qa.findings.suspicious()
    assert len(regions) > 1
    seen = []
    for _ in regions:
        QTest.keyClick(qa.tree, Qt.Key.Key_N)
        seen.append(qa.current.finding.region_ids[0])
    assert seen == regions
    QTest.keyClick(qa.tree, Qt.Key.Key_P)
    assert qa.current.finding.region_ids[0] == regions[-2]
    qa.tree.choose(UNKNOWN)
    QTest.keyClick(qa.tree, Qt.Key.Key_2)
    assert qa.details.verdicts["fail"].isChecked()
    qa.details.note.setFocus()
    QTest.keyClicks(qa.details.note, "mend it")
    QTest.keyClick(qa.details.note, Qt.Key.Key_Return)
    assert qa.details.walked.text() == f"1/{len(regions)}"
    target = tmp_path / "qa.json"
    qa.actions_.save_json(target)
    review = json.loads(target.read_text())["review"]
    assert review == [{"region_id": 4242, "region": None, "verdict": "fail", "note": "mend it"}]
    QTest.keyClick(qa.tree, Qt.Key.Key_2)  # the same once more takes it back
    assert qa.findings.verdicts == {}
    qa.actions_.take_verdicts(target)
    assert qa.findings.verdicts[4242].note == "mend it"


def test_reports_are_saved_as_a_page_and_as_voxels(qa, tmp_path, qtbot) -> None:
    page, volume = tmp_path / "qa.html", tmp_path / "findings.nrrd"
    qa.actions_.save_html(page)
    finish(qa, qtbot)
    assert UNKNOWN in page.read_text(encoding="utf-8")
    qa.actions_.save_volume(volume)
    finish(qa, qtbot)
    assert nrrd.read(str(volume))[0][ODD_VOXEL] > 0
    assert UNKNOWN in volume.with_suffix(".csv").read_text()


def test_the_certificate_is_written_into_a_folder(qa, tmp_path, qtbot) -> None:
    qa.actions_.save_certificate(tmp_path / "site")
    finish(qa, qtbot)
    names = {path.suffix: path for path in (tmp_path / "site").iterdir() if path.stem != "index"}
    assert UNKNOWN.partition("@")[0] in names[".html"].read_text(encoding="utf-8")
    assert json.loads(names[".json"].read_text(encoding="utf-8"))["verdict"] == "errors"
    assert (tmp_path / "site" / "index.html").is_file()


def test_the_link_opens_the_atlas_at_the_finding(qa, opened, package, qtbot, open_in) -> None:
    qa.tree.choose(UNKNOWN)
    qa.details.copy.click()
    assert QApplication.clipboard().text() == f"atlas-explorer open {package} --finding {UNKNOWN}"
    show_finding_when_open(qa.viewer, opened, UNKNOWN)
    open_in(opened, package)
    qtbot.waitUntil(lambda: qa.tree.current_id() == UNKNOWN, timeout=TIMEOUT)
    assert lit(qa) == [ODD_VOXEL]


def test_a_finding_that_is_fixed_is_said_to_be_gone(qa, package, qtbot) -> None:
    qa.show_finding("label-unknown-id@999")
    finish(qa, qtbot)
    assert "label-unknown-id@999 is no longer found" in qa.error.text()
    qa.show_finding("version-volume@1")
    finish(qa, qtbot)
    assert qa.kinds["error"].text() == "0 errors"
    assert "was not run (no other atlas to compare with was given)" in qa.error.text()
    (package / "qa.toml").write_text('[severities]\nlabel-hole = "off"\n')
    qa.show_finding("label-hole@1")
    finish(qa, qtbot)
    assert "label-hole@1: the check is switched off in qa.toml" in qa.error.text()
    qa.show_finding("nothing@1")
    assert "no check nothing" in qa.error.text()


def test_the_mirror_image_stands_beside_the_brain(qa, opened) -> None:
    qa.actions_.toggle_mirror()
    mirror = next(la for la in qa.viewer.layers if la.name == MIRROR)
    shown = opened.display.layer
    assert np.array_equal(np.asarray(mirror.data), np.asarray(shown.data)[:, :, ::-1])
    here, there = shown.data_to_world((0, 0, 15)), mirror.data_to_world((0, 0, 0))
    assert there[2] > here[2]
    assert there[:2] == pytest.approx(here[:2])
    opened.display.view.hide([opened.display.atlas.region_map.rank("TH")])
    assert np.array_equal(mirror.colormap.colors, shown.colormap.colors)
    qa.actions_.toggle_mirror()
    assert MIRROR not in [la.name for la in qa.viewer.layers]


def test_before_and_after_change_places(qa, opened, tmp_path, qtbot) -> None:
    before = write_brainglobe(tmp_path / "before_50um_v0.9")
    qa.actions_.compare_with(before)
    qtbot.waitUntil(lambda: qa.actions_.other is not None, timeout=TIMEOUT)
    finish(qa, qtbot)
    layer = next(la for la in qa.viewer.layers if la.name.startswith("before:"))
    assert not layer.visible
    qa.actions_.before_after()
    assert layer.visible
    assert not opened.display.layer.visible
    qa.actions_.before_after()
    assert opened.display.layer.visible
    assert not layer.visible


def test_temporary_colors_distinguish_neighbors_and_go_back(qa, opened, qtbot) -> None:
    display = opened.display
    own = [display.color_of(k) for k in range(1, display.atlas.ranks.n_ranks)]
    qa.actions_.recolor(safe=True)
    finish(qa, qtbot)
    assert not opened.value_legend.isHidden()
    assert "temporary" in opened.value_legend.title.toolTip()
    regions = display.atlas.region_map
    apart = [display.color_of(regions.rank(a)) for a in ("VIS", "VIS1")]
    assert apart[0] != apart[1]
    assert [regions.color_of_rank(k) for k in range(1, len(regions) + 1)] == own[: len(regions)]
    opened.value_legend.back.click()
    assert [display.color_of(k) for k in range(1, display.atlas.ranks.n_ranks)] == own
    assert opened.value_legend.isHidden()


def test_closing_the_atlas_takes_the_findings_away(qa, opened, package, open_in) -> None:
    qa.tree.choose(UNKNOWN)
    open_in(opened, package)
    assert qa.findings is None
    assert NAME not in [la.name for la in qa.viewer.layers]
    assert "Run the checks" in qa.empty.text()


def test_a_click_on_the_curve_goes_to_the_slice(opened, qtbot, tmp_path, open_in) -> None:
    from napari_atlas_explorer.qa.finding import Curve

    qa = show_page(opened.viewer, "qa")
    exhibits = qa.details.exhibits
    exhibits.show_exhibits([Curve(0, np.linspace(0, 1, 20), "share", 0.5)], {})
    qa.walk.follow_slices()
    QTest.mouseClick(exhibits, Qt.MouseButton.LeftButton, pos=QPoint(exhibits.width() - 10, 50))
    point = opened.display.point_at(qa.viewer.dims.point)
    assert int(point[0]) == 19


def test_markup_in_names_is_shown_as_it_is(qa, opened) -> None:
    from napari_atlas_explorer.qa.finding import Finding
    from napari_atlas_explorer.qa.run import ListedFinding

    markup = "<h1>The name</h1><img src='x.png'>"
    one = ListedFinding("label-hole@1", Finding(markup, (1,), fix=markup, code="label-hole"), "")
    qa.details.show_finding(one, {1: markup}, {})
    labels = (qa.details.kind, qa.details.message, qa.details.fix, qa.details.figures)
    for label in (*labels, qa.error.label, qa.empty):
        assert label.textFormat() == Qt.TextFormat.PlainText
    assert qa.details.message.text() == markup
    qa.tree.fill([CodeGroup("labels", "label-hole", "warning", "title", (one,))], {})
    tip = qa.tree.topLevelItem(0).child(0).toolTip(0)
    assert "<h1>" not in tip
    assert "&lt;h1&gt;" in tip


def test_a_finding_of_a_comparison_is_gone_to_with_the_other_atlas(
    opened, package, tmp_path, qtbot, open_in
) -> None:
    before = write_brainglobe(tmp_path / "before_50um_v0.9")
    ids = annotation()
    ids[ids == 5] = 6
    ids[:8][ids[:8] == 6] = 5
    tifffile.imwrite(before / "annotation.tiff", ids)
    show_finding_when_open(opened.viewer, opened, "version-dice@5", before)
    open_in(opened, package)
    qa = show_page(opened.viewer, "qa")
    qtbot.waitUntil(lambda: qa.tree.current_id() == "version-dice@5", timeout=TIMEOUT)
    assert qa.actions_.other is not None
