"""A large OME-Zarr atlas in the window: its image is looked at where it lies."""

from __future__ import annotations

from pathlib import Path

import dask.array as da
import numpy as np
import pytest
from napari.utils.notifications import notification_manager
from qtpy.QtWidgets import QApplication

from napari_atlas_explorer.atlases.cache.folder import cache_folder
from napari_atlas_explorer.formats.ome_zarr import lazy
from napari_atlas_explorer.viewer import multiscale
from tests.made_up import STRUCTURES, annotation
from tests.packages_v3 import write_ome_zarr

from ..conftest import TIMEOUT

pytestmark = pytest.mark.window

STEP = 50.0


def gray() -> np.ndarray:
    return np.random.default_rng(7).integers(100, 900, annotation().shape).astype(np.uint16)


def center(voxel: tuple[int, ...]) -> list[float]:
    """World position of a voxel: the first one's center is the origin, as NGFF has it."""
    return [STEP * i for i in voxel]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """The made-up brain as OME-Zarr of two levels, in chunks of 8 voxels; all of it is large."""
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(multiscale, "DRAWN_WHOLE", 100)
    monkeypatch.setattr(multiscale, "COARSEST", 10)
    monkeypatch.setattr(lazy, "BLOCK_EDGE", 1)
    folder = tmp_path / "made_up"
    folder.mkdir()
    for name, values in (("annotation", annotation()), ("template", gray())):
        levels = [values, values[1::2, 1::2, 1::2]]
        write_ome_zarr(folder / f"{name}.zarr", levels, [STEP / 1e3, 2 * STEP / 1e3])
    rows = [
        f"{i},{a},{n.replace(',', '')},{p[-2] if len(p) > 1 else ''}"
        for i, a, n, p, _ in STRUCTURES
    ]
    (folder / "hierarchy.csv").write_text(
        "\n".join(["id,acronym,name,parent_structure_id", *rows]) + "\n"
    )
    return folder


def drawn_value(viewer, voxel: tuple[int, ...]) -> int:
    """Gray level that napari tells of a voxel, which is in the slice."""
    level, value = viewer.layers["Brain image"].get_value(center(voxel), world=True)
    assert level == 0
    return int(value)


def test_it_is_shown_scrolled_and_turned(panel, viewer, folder, open_in, hover):
    open_in(panel, folder)
    layer = viewer.layers["Brain image"]
    assert isinstance(layer.data[0], da.Array)
    assert [level.shape for level in layer.data] == [(20, 12, 16), (10, 6, 8)]
    assert not list(cache_folder("converted").rglob("values.npy"))
    for order in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        viewer.dims.order = order
        viewer.reset_view()
        for voxel in ((10, 7, 5), (4, 2, 2), (13, 9, 11)):
            hover(center(voxel))
            assert panel.strip.place.text().endswith("voxel " + " ".join(map(str, voxel)))
            assert drawn_value(viewer, voxel) == gray()[voxel]
    viewer.dims.ndisplay = 3
    assert layer.data_level == 1  # the coarse level is the one that 3-D draws
    viewer.dims.ndisplay = 2
    viewer.dims.set_point(viewer.dims.order[0], center((3, 3, 3))[viewer.dims.order[0]])
    assert drawn_value(viewer, (3, 3, 3)) == gray()[3, 3, 3]


def test_damage_is_reported_once_while_the_rest_is_scrolled(panel, viewer, folder, open_in):
    for chunk in ("1/0/0", "1/1/1"):
        (folder / "template.zarr" / "s0" / "c" / chunk).write_bytes(b"damaged")
    notification_manager.records.clear()
    open_in(panel, folder)
    viewer.dims.order = (0, 1, 2)
    for plane in range(20):
        viewer.dims.set_point(0, STEP * plane)
        voxel = (plane, 3, 12)
        assert drawn_value(viewer, voxel) == gray()[voxel]
        if 8 <= plane < 16:
            assert drawn_value(viewer, (plane, 3, 3)) == 0
    (told,) = [r for r in notification_manager.records if "template.zarr" in r.message]
    assert told.severity.value == "error"
    assert "expected a zstd frame; drawn as zeros" in told.message


def at_first_conversion(panel, act):
    """Do something once, when the annotation's conversion has begun."""
    done = []

    def step(text):
        if "Converting" in text and not done:
            done.append(text)
            act()

    panel.session.step.connect(step)
    return done


def test_the_image_is_there_while_the_annotation_is_converted(panel, viewer, folder, open_in):
    seen = []

    def look():
        seen.append([layer.name for layer in viewer.layers])
        assert panel.busy.isVisible()
        viewer.dims.set_point(viewer.dims.order[0], 3 * STEP)

    told, shares = at_first_conversion(panel, look), []
    panel.session.share.connect(lambda share: shares.append((share, panel.busy.bar.value())))
    open_in(panel, folder)
    assert told
    assert shares == sorted(shares)
    assert all(bar == round(100 * share) for share, bar in shares)
    assert seen == [["Brain image"]]
    assert [layer.name for layer in viewer.layers].count("Brain image") == 1
    # What was looked at is looked at still.
    assert viewer.dims.point[viewer.dims.order[0]] == 3 * STEP


def test_cancelling_takes_the_image_away_again(panel, viewer, folder, qtbot):
    told = at_first_conversion(panel, panel.session.cancel)
    panel.open_path(folder)
    qtbot.waitUntil(lambda: bool(told) and not panel.session.busy, timeout=TIMEOUT)
    assert list(viewer.layers) == []
    QApplication.processEvents()
    assert panel.display is None


def test_an_atlas_that_is_open_stays_alone_until_the_other_is_there(
    panel, viewer, folder, package, open_in, monkeypatch
):
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1000000000")
    open_in(panel, package)
    before, seen = list(viewer.layers), []
    monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
    told = at_first_conversion(panel, lambda: seen.append(list(viewer.layers)))
    open_in(panel, folder)
    assert told
    assert seen == [before]
