"""The mesh of a finding in the viewer: a surface, its edges at fault in red."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from qtpy.QtCore import Qt

from napari_atlas_explorer.docks.common.pages import show_page
from napari_atlas_explorer.docks.qa.page import QaPage
from tests.qa import broken

from ..conftest import TIMEOUT
from ..looks import without_lines

pytestmark = pytest.mark.window


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package in which a mesh has a hole of ten faces, and another is missing."""
    folder = broken.sound_package(tmp_path)
    broken.mesh(549, lambda points, faces: (points, faces[10:]))(folder)
    (folder / "meshes" / "512.obj").unlink()
    return folder


@pytest.fixture
def qa(opened, qtbot) -> QaPage:
    page = show_page(opened.viewer, "qa")
    for action in page.groups.actions():
        action.setChecked(action.text() == "meshes")
    qtbot.mouseClick(page.run, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.findings is not None, timeout=TIMEOUT)
    return page


def added(qa: QaPage, kind: str) -> list:
    return [layer for layer in without_lines(qa.viewer) if type(layer).__name__ == kind]


def test_open_edges_are_red_lines_beside_the_surface(qa, opened, package, open_in) -> None:
    qa.tree.choose("mesh-open@549")
    assert not qa.details.mesh.isHidden()
    count = qa.current.finding.count
    for _ in range(2):  # the second time the same is shown, not twice
        qa.details.mesh.click()
        assert len(added(qa, "Surface")) == 1
        (lines,) = added(qa, "Vectors")
    assert len(lines.data) == count > 2
    assert np.allclose(lines.edge_color[:, :3], (1, 48 / 255, 48 / 255))
    points = opened.display.atlas.package.read_mesh(package / "meshes" / "549.obj").points
    shown = points[:, list(opened.display.axes)]
    for end in (lines.data[:, 0], lines.data[:, 0] + lines.data[:, 1]):
        nearest = np.abs(shown[np.newaxis] - end[:, np.newaxis]).max(axis=2).min(axis=1)
        assert nearest.max() < 0.01
    open_in(opened, package)
    assert added(qa, "Surface") == added(qa, "Vectors") == []


def test_a_missing_mesh_cannot_be_shown(qa) -> None:
    qa.tree.choose("mesh-missing@512")
    assert qa.details.mesh.isHidden()
    qa.actions_.meshes.show_mesh()
    assert added(qa, "Surface") == []
    assert "region 512 has no mesh" in qa.error.text()
