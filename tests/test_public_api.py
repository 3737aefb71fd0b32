"""The public names: what Tab offers, and what the documentation may import."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import napari_atlas_explorer as package

DOCS = Path(__file__).resolve().parents[1]
PAGES = [DOCS / "README.md", *sorted((DOCS / "docs").glob("*.md"))]
NOTEBOOKS = sorted((DOCS / "docs" / "notebooks").glob("*.ipynb"))
TOPICS = [name for name in package.__all__ if isinstance(getattr(package, name), ModuleType)]
PUBLIC = ["", *TOPICS]


def module_of(topic: str) -> ModuleType:
    return import_module(".".join(filter(None, (package.__name__, topic))))


@pytest.mark.parametrize("topic", PUBLIC)
def test_tab_offers_the_public_names_and_nothing_else(topic):
    module = module_of(topic)
    assert dir(module) == sorted(module.__all__)
    assert all(name == "__version__" or name[0] != "_" for name in dir(module))
    for name in dir(module):
        assert getattr(module, name) is not None


@pytest.mark.parametrize("topic", PUBLIC)
def test_no_module_is_called_like_a_public_name(topic):
    # Once imported, the module would take the place of the name.
    module = module_of(topic)
    modules = {p.stem for p in Path(module.__file__).parent.glob("*")}
    names = set(dir(module)) - set(TOPICS)
    assert not hasattr(module, "__path__") or not names & modules


@pytest.mark.parametrize("topic", PUBLIC)
def test_an_unknown_name_is_an_attribute_error(topic):
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = module_of(topic).no_such_name


@pytest.mark.parametrize("topic", PUBLIC)
def test_every_public_name_is_described(topic):
    module = module_of(topic)
    assert inspect.getdoc(module)
    for name in dir(module):
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name


@pytest.mark.parametrize("topic", PUBLIC)
def test_tab_works_before_anything_was_used(topic):
    name = ".".join(filter(None, (package.__name__, topic)))
    code = f"import {name} as m; print(*dir(m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == dir(module_of(topic))


def blocks_of(page: Path) -> list[str]:
    """The Python blocks of a page, or the cells of code of a notebook."""
    text = page.read_text("utf-8")
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return re.findall(r"```(?:python|pycon)\n(.*?)```", text, re.DOTALL)


def imports_in(page: Path) -> list[tuple[str, str]]:
    """Module and name of every import of ours on a page."""
    found = []
    for block in blocks_of(page):
        code = "\n".join(line.removeprefix(">>> ") for line in block.splitlines())
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and node.module:
                found += [(node.module, alias.name) for alias in node.names]
            elif isinstance(node, ast.Import):
                found += [(alias.name, "") for alias in node.names]
    return [(m, name) for m, name in found if m.split(".")[0] == package.__name__]


@pytest.mark.parametrize("page", [*PAGES, *NOTEBOOKS], ids=lambda p: p.name)
def test_the_documentation_imports_public_names_only(page):
    for module, name in imports_in(page):
        topic = module.removeprefix(package.__name__).removeprefix(".")
        assert topic in PUBLIC, module
        assert not name or name in dir(module_of(topic)), name


def test_the_documentation_names_every_topic():
    text = (DOCS / "docs" / "python.md").read_text("utf-8")
    for topic in TOPICS:
        assert f"`napari_atlas_explorer.{topic}`" in text
        for name in dir(module_of(topic)):
            assert f"`{name}`" in text, f"{topic}.{name}"
