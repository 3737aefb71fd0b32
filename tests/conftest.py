"""Shared fixtures: the real-data folder, a small hand-made atlas, the sample atlas."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap

REPO = Path(__file__).resolve().parents[1]


OWN_SCREENS = sys.platform == "linux" and shutil.which("Xvfb") is not None
"""Whether every process of the tests gets a screen of its own."""


def pytest_configure(config: pytest.Config) -> None:
    """Give each further process its own screen.

    Two windows on one screen would take each other's clipboard and focus.
    """
    if not OWN_SCREENS or os.environ.get("PYTEST_XDIST_WORKER", "gw0") == "gw0":
        return
    read, write = os.pipe()
    screen = ("-screen", "0", "1600x1200x24", "+extension", "GLX", "-nolisten", "tcp")
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), *screen], pass_fds=(write,), stderr=subprocess.DEVNULL
    )
    os.close(write)
    with os.fdopen(read) as stream:
        number = stream.readline().strip()
    if number:  # else there is no such screen, and the common one has to do
        os.environ["DISPLAY"] = f":{number}"
        os.environ.pop("XAUTHORITY", None)
        atexit.register(server.terminate)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a module together, and on one screen all windows in one process."""
    for item in items:
        is_window = item.get_closest_marker("window") is not None
        together = "window" if is_window and not OWN_SCREENS else str(item.path)
        item.add_marker(pytest.mark.xdist_group(together))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Folder of real atlases; the test is skipped where there is none."""
    folder = Path(os.environ.get("ATLAS_EXPLORER_TEST_DATA", REPO.parent / "shared" / "data"))
    if not (folder / "SOURCES.md").is_file():
        pytest.skip("needs the collection of real atlases (set ATLAS_EXPLORER_TEST_DATA)")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what the tests unpack and make out of the user's cache, and BrainGlobe's settings."""
    os.environ["ATLAS_EXPLORER_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    os.environ.pop("BRAINGLOBE_CONFIG_DIR", None)


@pytest.fixture
def small_map() -> RegionMap:
    """root(1) > A(2) > a1(3), a2(4); root > B(70000) > b1(6); C(7) has no voxels."""
    return RegionMap.from_dict(
        {
            "id": 1,
            "acronym": "root",
            "name": "whole brain",
            "color_hex_triplet": "FFFFFF",
            "children": [
                {
                    "id": 2,
                    "acronym": "A",
                    "name": "area A",
                    "color_hex_triplet": "19399",
                    "children": [
                        {"id": 3, "acronym": "a1", "name": "area A, layer 1"},
                        {"id": 4, "acronym": "a2", "name": "area A, layer 2"},
                    ],
                },
                {
                    "id": 70000,
                    "acronym": "B",
                    "name": "area B",
                    "children": [{"id": 6, "acronym": "b1", "name": "area B, part 1"}],
                },
                {"id": 7, "acronym": "C", "name": "area C"},
            ],
        }
    )


@pytest.fixture
def small_atlas(small_map: RegionMap) -> Atlas:
    """4 × 5 × 6 voxels of 10 × 20 × 30 µm; left is the low half of axis 2 ("asl")."""
    ids = np.zeros((4, 5, 6), np.uint32)
    ids[1:3, 1:4, 1:3] = 3
    ids[1:3, 1:4, 3:5] = 4
    ids[3, 2, 2] = 2
    ids[0, 0, 0] = 6
    ids[0, 0, 5] = 999  # an id that the hierarchy does not know
    sides = np.ones_like(ids, dtype=np.uint8)
    sides[:, :, 3:] = 2
    return Atlas.from_arrays(
        ids, small_map, (10.0, 20.0, 30.0), hemispheres=sides, orientation="asl"
    )


@pytest.fixture
def as_large(monkeypatch, tmp_path_factory):
    """Let every volume be large from then on, in slabs of so many bytes, in a new cache."""

    def make_large(slab_bytes: int) -> None:
        monkeypatch.setenv("ATLAS_EXPLORER_LARGE_BYTES", "1")
        monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", str(slab_bytes))
        monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))

    return make_large
