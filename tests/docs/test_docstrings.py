"""Examples in docstrings."""

from __future__ import annotations

import doctest
import inspect
from importlib import import_module
from pathlib import Path
from types import ModuleType

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


WITHOUT_EXAMPLE = {
    "download_atlas": "asks the network",
    "package_atlas": "docs/packaging.md has its thirteen arguments",
    "package_files": "takes a package.toml; docs/packaging.md has one",
    "install_package": "writes into BrainGlobe's cache",
    # Made by functions, which have the example.
    "Atlas": "open_atlas",
    "Finding": "run_qa",
    "Mesh": "read_mesh",
    "PackageDifference": "compare_versions",
    "PackageResult": "convert_atlas",
    "PointTable": "read_points",
    "Report": "run_qa",
    "SpatialSearch": "spatial_search",
}


def public_names() -> dict[str, object]:
    topics = [getattr(napari_atlas_explorer, name) for name in dir(napari_atlas_explorer)]
    modules = [napari_atlas_explorer, *(t for t in topics if isinstance(t, ModuleType))]
    names = {name: getattr(module, name) for module in modules for name in dir(module)}
    return {k: v for k, v in names.items() if inspect.isfunction(v) or inspect.isclass(v)}


def test_every_public_function_and_class_has_an_example():
    without = {name for name, value in public_names().items() if ">>>" not in (value.__doc__ or "")}
    assert without == set(WITHOUT_EXAMPLE)
