"""Pools of worker processes: processes that die, interruptions, initialization."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from napari_atlas_explorer.compute.processes import process_pool
from napari_atlas_explorer.core.errors import AtlasError

from ..refusals import refused


def test_a_process_that_dies_is_reported_in_one_line():
    dead = refused("a worker process died", by=AtlasError, remedy="fewer processes")
    with dead, process_pool(1) as pool:
        pool.submit(os._exit, 9).result()


def test_what_is_not_begun_is_not_done_after_an_interruption():
    waiting = []

    def interrupted():
        with process_pool(1) as pool:
            waiting.extend(pool.submit(os.getpid) for _ in range(50))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert any(future.cancelled() for future in waiting)


def test_each_process_is_initialized_once(tmp_path):
    with process_pool(1, os.chdir, tmp_path) as pool:
        assert Path(pool.submit(os.getcwd).result()) == tmp_path.resolve()
