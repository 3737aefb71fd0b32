"""Examples in docstrings: public members have one, and all of them print what they say."""

from __future__ import annotations

import ast
import doctest
import inspect
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import napari_atlas_explorer
from napari_atlas_explorer.analysis.comparison.comparison import PointPair
from napari_atlas_explorer.analysis.lines.crossings import LineRegions
from napari_atlas_explorer.analysis.lines.totals import LineTotals
from napari_atlas_explorer.core.mesh import MeshOffset
from napari_atlas_explorer.core.regions.mapping import RegionMapping
from napari_atlas_explorer.core.regions.rank_volume import AnnotationView, RankVolume
from napari_atlas_explorer.core.regions.structures import Structures
from napari_atlas_explorer.core.space.grid import VoxelGrid

from .examples import shared_names

PACKAGE = napari_atlas_explorer.__name__
SOURCE = Path(napari_atlas_explorer.__file__).parent
WITH_EXAMPLES = [
    ".".join((PACKAGE, *path.relative_to(SOURCE).with_suffix("").parts))
    for path in sorted(SOURCE.rglob("*.py"))
    if ">>>" in path.read_text(encoding="utf-8")
]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return shared_names(tmp_path_factory.mktemp("examples"))


def docstrings_of(path: Path) -> Iterator[tuple[str, str, int]]:
    """Name, text and line of every docstring of a file.

    Read from the source: doctest passes over cached properties and decorated functions.
    """
    described = ast.Module | ast.ClassDef | ast.FunctionDef
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, described) and (text := ast.get_docstring(node)):
            yield getattr(node, "name", path.stem), text, node.body[0].lineno


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_print_what_they_say(name, names):
    module = import_module(name)
    assert module.__file__ is not None
    path = Path(module.__file__)
    runner = doctest.DocTestRunner()
    for member, text, line in docstrings_of(path):
        known = {**vars(module), **names}
        runner.run(doctest.DocTestParser().get_doctest(text, known, member, str(path), line))
    result = runner.summarize(verbose=False)
    assert not result.failed
    assert result.attempted == path.read_text(encoding="utf-8").count(">>> ")


WITHOUT_EXAMPLE = {
    "download_atlas": "asks the network",
    "package_atlas": "docs/packaging.md has its thirteen arguments",
    "package_files": "takes a package.toml; docs/packaging.md has one",
    "install_package": "writes into BrainGlobe's cache",
    # Made by functions, which have the example.
    "Atlas": "open_atlas",
    "Finding": "run_qa",
    "Frame": "read_frames",
    "FrameAxis": "read_frames",
    "Frames": "read_frames",
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


RETURNED = (
    AnnotationView,
    LineRegions,
    LineTotals,
    MeshOffset,
    PointPair,
    RankVolume,
    RegionMapping,
    Structures,
    VoxelGrid,
)
"""Classes without a public name whose objects public members answer."""


def public_members() -> Iterator[tuple[str, Any]]:
    """Methods and properties of the public classes that are ours."""
    for value in (*public_names().values(), *RETURNED):
        for name in dir(value) if inspect.isclass(value) else ():
            member = inspect.getattr_static(value, name)
            if isinstance(member, classmethod | staticmethod):
                member = member.__func__
            function = getattr(member, "fget", None) or getattr(member, "func", member)
            is_public = name[0] != "_" and inspect.isfunction(function)
            if is_public and function.__module__.startswith(f"{PACKAGE}."):
                yield f"{value.__name__}.{name}", member


def test_every_public_method_and_property_has_an_example():
    members = dict(public_members())
    assert sum(isinstance(member, cached_property) for member in members.values()) > 5
    assert sum(isinstance(member, property) for member in members.values()) > 50
    without = [name for name, member in members.items() if ">>>" not in (member.__doc__ or "")]
    assert without == []


def test_the_example_uses_the_member():
    unused = []
    for name, member in public_members():
        word = name.split(".")[1]
        prompts = [line for line in member.__doc__.splitlines() if ">>>" in line or "..." in line]
        # Two names of one method share an example.
        others = {getattr(inspect.unwrap(member), "__name__", word)} if callable(member) else set()
        if not any(f".{w}" in line for line in prompts for w in {word, *others}):
            unused.append(name)
    assert unused == []
