"""What the user settles of files is remembered; tables pair with volumes."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import tifffile
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.atlases.local.remembered import (
    Overrides,
    remember_overrides,
    remembered_overrides,
)
from napari_atlas_explorer.atlases.local.settings import config_file
from napari_atlas_explorer.docks.atlas.panel import AtlasPanel
from tests.made_up import annotation

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window


@pytest.fixture
def lone(tmp_path: Path) -> Path:
    path = tmp_path / "lone" / "annotation.tiff"
    path.parent.mkdir()
    tifffile.imwrite(path, annotation())
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "tables" / "names.csv"
    path.parent.mkdir()
    path.write_text("id,name\n3,visual\n70001,layer one\n5,thalamus\n")
    return path


def wait_for(qtbot, panel: AtlasPanel, instead_of: object = None) -> None:
    def shown() -> bool:
        there = panel.display is not None and not panel.session.busy
        return there and panel.display.atlas is not instead_of

    qtbot.waitUntil(shown, timeout=TIMEOUT)


def test_what_was_overridden_is_there_again_and_can_be_forgotten(
    panel: AtlasPanel, lone: Path, open_in: Callable[..., None], qtbot
) -> None:
    before = lone.read_bytes()
    open_in(panel, lone)
    panel.session.override(Overrides((50, 60, 70), "asl", True))
    sent = pickle.dumps(panel.display.atlas)
    assert len(sent) < 10_000
    assert pickle.loads(sent).orientation == "asl"  # noqa: S301
    open_in(panel, lone)
    atlas = panel.display.atlas
    assert copy.deepcopy(atlas).resolution == (50, 60, 70)
    assert atlas.resolution == (50, 60, 70)
    assert atlas.orientation == "asl"
    assert atlas.hemisphere_rule.convention == "side from plane"
    assert lone.read_bytes() == before
    panel.session.open_as_stored(lone)
    wait_for(qtbot, panel, instead_of=atlas)
    assert panel.display.atlas.orientation is None
    assert remembered_overrides(lone) == Overrides()


def test_a_table_dropped_on_an_open_volume_names_its_regions(
    panel: AtlasPanel, lone: Path, table: Path, open_in: Callable[..., None], qtbot
) -> None:
    open_in(panel, lone)
    old = panel.display.atlas
    assert old.region_map.get(5, "name") == "region 5"
    panel.open_dropped([table])
    wait_for(qtbot, panel, instead_of=old)
    assert panel.display.atlas.region_map.get(5, "name") == "thalamus"
    open_in(panel, lone)  # the pairing is remembered
    assert panel.display.atlas.region_map.get(5, "name") == "thalamus"
    table.unlink()
    open_in(panel, lone)  # and a table that is gone is no reason to fail
    assert panel.display.atlas.region_map.get(5, "name") == "region 5"


def test_a_volume_dropped_with_its_table_opens_with_it(
    panel: AtlasPanel, lone: Path, table: Path, qtbot
) -> None:
    panel.open_dropped([table, lone])
    wait_for(qtbot, panel)
    assert panel.display.atlas.region_map.get(70001, "name") == "layer one"


def test_a_table_alone_says_what_to_do(panel: AtlasPanel, table: Path) -> None:
    panel.open_dropped([table])
    assert "together with its volume" in panel.error.text()
    QApplication.processEvents()
    assert panel.display is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"PATH": {"resolution": [1, -2, 3], "orientation": "xyz", "midline": true}}',
        '{"PATH": {"resolution": "wide", "orientation": 7, "region_map": []}}',
        '{"PATH": 3}',
    ],
)
def test_damaged_settings_are_as_if_not_there(panel, tmp_path, text: str) -> None:
    path = tmp_path / "x.nrrd"
    config_file("settled.json").parent.mkdir(parents=True, exist_ok=True)
    config_file("settled.json").write_text(text.replace("PATH", str(path.resolve())))
    assert remembered_overrides(path) == Overrides()
    remember_overrides(path, Overrides(orientation="asr"))
    assert remembered_overrides(path).orientation == "asr"
