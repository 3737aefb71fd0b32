"""Sessions: all that was built around an atlas, saved and built again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from napari_atlas_explorer.docks.common.pages import atlas_panel
from tests.made_up import annotation, write_voxelbrain

from ..conftest import TIMEOUT, drop

pytestmark = pytest.mark.window
SCHEMA = Path(__file__).resolve().parents[3] / "docs" / "session.schema.json"


@pytest.fixture
def saved(opened: AtlasPanel, viewer: Any, qtbot: Any, tmp_path: Path) -> Path:
    """A session with filter, depth, selection, a set, two masks and a place."""
    view, regions = opened.display.view, opened.display.atlas.region_map
    view.hide([regions.rank("HY")])
    view.set_depth(2)
    assert opened.selecting.choose("left:CTX - VIS1")
    opened.selecting.save_set("mine")
    for kind in ("union", "values"):
        count = len(viewer.layers)
        opened.selecting.make_mask(kind)
        qtbot.waitUntil(lambda n=count: len(viewer.layers) > n, timeout=TIMEOUT)
    opened.display.go_to_voxel((8, 3, 10))
    path = tmp_path / "mine.atlas.json"
    opened.sessions.save(path)
    return path


def reset(panel: AtlasPanel, viewer: Any) -> None:
    viewer.layers.clear()
    assert panel.display is None


def wait_for(panel: AtlasPanel, qtbot: Any) -> None:
    qtbot.waitUntil(
        lambda: panel.display is not None and not panel.session.busy and not panel.selecting.busy,
        timeout=TIMEOUT,
    )


def test_a_dropped_session_restores_all(opened, viewer, saved, qtbot) -> None:
    before = opened.display.view.state
    point = viewer.dims.point
    masks = [np.array(x.data) for x in viewer.layers if x.name.startswith("mask")]
    reset(opened, viewer)
    drop(opened, [saved])
    wait_for(opened, qtbot)
    qtbot.waitUntil(
        lambda: len([x for x in viewer.layers if x.name.startswith("mask")]) == 2, timeout=TIMEOUT
    )
    view = opened.display.view
    assert view.state.draws_as(before)
    assert view.state.selects_as(before)
    assert "mine" in opened.selecting.sets
    again = [np.array(x.data) for x in viewer.layers if x.name.startswith("mask")]
    for one, other in zip(masks, again, strict=True):
        np.testing.assert_array_equal(one, other)
    expected = (annotation() == 3) & (np.arange(16) >= 8)
    np.testing.assert_array_equal(again[0] != 0, expected)
    assert viewer.dims.point[0] == pytest.approx(point[0])


def test_the_file_follows_its_schema(saved: Path) -> None:
    schema = json.loads(SCHEMA.read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(saved.read_text()))


def test_an_atlas_that_was_moved_beside_the_session_is_found(
    opened, viewer, saved, package, qtbot
) -> None:
    reset(opened, viewer)
    elsewhere = saved.parent / "elsewhere"
    elsewhere.mkdir()
    package.rename(elsewhere / package.name)
    moved = saved.rename(elsewhere / saved.name)
    opened.open_path(moved)
    wait_for(opened, qtbot)
    assert opened.session.path == elsewhere / package.name


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"version": 2}, "version 2"),
        ({"format": "something else"}, "no session"),
        ({"camera": {"zoom": float("nan"), "center": [0, 0, 0]}}, "no number"),
        ({"camera": {"zoom": 0, "center": [0, 0, 0]}}, "zoom 0"),
        ({"sets": {"mine": [{"id": 1}]}}, "no 'descendants'"),
        ({"view": {"selected": [{"id": "x"}]}}, "damaged"),
        ({"atlas": {}}, "damaged"),
        ({"masks": [{"name": "m", "recipe": {"format": "?"}}]}, "damaged"),
    ],
)
def test_a_session_that_cannot_be_read_changes_nothing(
    opened, viewer, saved, change, words
) -> None:
    document = json.loads(saved.read_text()) | change
    saved.write_text(json.dumps(document))
    atlas, layers = opened.display.atlas, list(viewer.layers)
    opened.open_path(saved)
    assert words in opened.error.text()
    assert "\n" not in opened.error.text()
    assert opened.display.atlas is atlas
    assert list(viewer.layers) == layers


def test_another_annotation_opens_without_what_was_built(
    opened, viewer, saved, qtbot, tmp_path
) -> None:
    document = json.loads(saved.read_text())
    document["atlas"]["path"] = str(write_voxelbrain(tmp_path / "other"))
    document["atlas"]["annotation_sha256"] = "0" * 64
    saved.write_text(json.dumps(document))
    reset(opened, viewer)
    opened.open_path(saved)
    wait_for(opened, qtbot)
    assert "not the one of the session" in opened.error.text()
    assert not opened.display.view.selection


def test_without_an_atlas_there_is_nothing_to_save(viewer, tmp_path) -> None:
    panel = atlas_panel(viewer)
    with pytest.raises(Exception, match="no atlas is open"):
        panel.sessions.save(tmp_path / "x.atlas.json")
    assert list(tmp_path.iterdir()) == []
