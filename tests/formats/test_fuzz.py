"""Files damaged at random: each opens or is refused in one line, within its budget of memory.

`make fuzz` runs many more examples than `make test`, and other ones each time; what it finds is
mended and kept as a test of its own where the format is tested.
"""

from __future__ import annotations

import os
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from napari_atlas_explorer import AtlasError
from napari_atlas_explorer.formats.ome_zarr.reader import read_ome_zarr, read_ome_zarr_header

from ..packages_v3 import write_ome_zarr
from .damage import FORMATS, damaged, edits, put

ZARR = np.arange(60, dtype=np.uint16).reshape(3, 4, 5)
EXAMPLES = int(os.environ.get("ATLAS_EXPLORER_FUZZ", "100"))
BUDGET = 1_000_000
OVERHEAD = 24_000_000
"""Pieces of decompressors, parsers and their error messages; a file has a few kB."""


@pytest.fixture(autouse=True)
def _budget(monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_MAX_BYTES", str(BUDGET))


@pytest.mark.parametrize("name", FORMATS)
def test_the_undamaged_files_are_read(tmp_path, name):
    form = FORMATS[name]
    for seed in form.seeds:
        form.read(put(tmp_path, form, seed))


@pytest.mark.parametrize("name", FORMATS)
@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES <= 100,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(name, data):
    form = FORMATS[name]
    content = damaged(data.draw(st.sampled_from(form.seeds)), data.draw(edits))
    with tempfile.TemporaryDirectory() as folder:
        path = put(Path(folder), form, content)
        tracemalloc.start()
        try:
            form.read(path)
        except AtlasError as error:
            message = str(error)
            assert "\n" not in message
            assert "\r" not in message
            assert len(message) < 1000
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    assert peak < BUDGET + OVERHEAD


@pytest.mark.parametrize("part", ["zarr.json", "s0/zarr.json", "s0/c/0/0/0"])
@settings(
    max_examples=EXAMPLES,
    derandomize=EXAMPLES <= 100,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_damaged_ome_zarr_is_read_or_refused_in_one_line(part, data):
    with tempfile.TemporaryDirectory() as folder:
        volume = write_ome_zarr(Path(folder) / "v.zarr", [ZARR], [0.01])
        file = volume / part
        file.write_bytes(damaged(file.read_bytes(), data.draw(edits)))
        try:
            for level in read_ome_zarr_header(volume).levels:
                read_ome_zarr(level)
        except AtlasError as error:
            message = str(error)
            assert "\n" not in message
            assert len(message) < 2000
