"""Examples in docstrings."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import napari_atlas_explorer

SOURCE = Path(napari_atlas_explorer.__file__).parent
WITH_EXAMPLES = [
    ".".join(("napari_atlas_explorer", *path.relative_to(SOURCE).with_suffix("").parts))
    for path in sorted(SOURCE.rglob("*.py"))
    if ">>>" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_print_what_they_say(name):
    result = doctest.testmod(import_module(name))
    assert result.attempted
    assert not result.failed
