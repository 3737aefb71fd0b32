"""Settings of the documentation site: `make docs` builds it into build/site.

Sphinx with MyST and Furo. MkDocs Material was the alternative: its makers have put it into
maintenance and work on another program. Sphinx also reads the docstrings without a further
plugin, checks every reference with -n -W, and builds without a network.
"""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import napari_atlas_explorer as package
from napari_atlas_explorer.cli.main import COMMANDS, SUMMARIES

DOCS = Path(__file__).parent
ROOT = DOCS.parent
GENERATED = DOCS / "_generated"
URLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["urls"]

project = package.__name__.replace("_", "-")
author = "The napari-atlas-explorer developers"
copyright = "2026, the napari-atlas-explorer developers"
version = release = package.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["**/__pycache__"]
nb_execution_mode = "off"  # the test suite runs every notebook
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence"]
# Docstrings name types in plain words as often as by their names.
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
html_theme = "furo"
html_title = "Atlas Explorer"
html_theme_options = {"source_repository": URLS["Source"], "source_branch": "main",
                      "source_directory": "docs/"}  # fmt: skip
html_show_sourcelink = False
suppress_warnings = ["myst.strikethrough", "mystnb.unknown_mime_type"]

TOPICS = [name for name in package.__all__ if isinstance(getattr(package, name), ModuleType)]


def write_reference(_app: Any) -> None:
    """Write the pages of the reference: commands from --help, Python from its public names."""
    (GENERATED / "python").mkdir(parents=True, exist_ok=True)
    _write("commands.md", _describe_commands())
    for topic in ["", *TOPICS]:
        _write(f"python/{topic or 'top-level'}.md", _describe_module(topic))
    names = "\n".join(["top-level", *TOPICS])
    _write("python/index.md", f"# Python\n\n```{{toctree}}\n:maxdepth: 1\n\n{names}\n```\n")
    _write("changelog.md", (ROOT / "CHANGELOG.md").read_text("utf-8"))


def _write(name: str, text: str) -> None:
    """Write a page where it changed: Sphinx builds again what is newer."""
    page = GENERATED / name
    if not page.exists() or page.read_text("utf-8") != text:
        page.write_text(text, "utf-8")


def _describe_commands() -> str:
    parts = ["# Commands\n\nWhat `atlas-explorer COMMAND --help` prints.\n"]
    env = {**os.environ, "COLUMNS": "92"}
    for name in COMMANDS:
        call = [sys.executable, "-m", package.__name__, name, "--help"]
        done = subprocess.run(call, capture_output=True, text=True, check=True, env=env)
        parts.append(f"## {name}\n\n{SUMMARIES[name]}\n\n```text\n{done.stdout.rstrip()}\n```\n")
    return "\n".join(parts)


def _describe_module(topic: str) -> str:
    name = ".".join(filter(None, (package.__name__, topic)))
    module = import_module(name)
    lines = [f"# {name}", "", "```{eval-rst}", f".. py:module:: {name}", "   :no-index:", ""]
    for public in sorted(module.__all__):
        value = getattr(module, public)
        full = f"{name}.{public}"
        if inspect.isclass(value):
            lines += [f".. autoclass:: {full}", "   :members:", "   :no-index:", ""]
        elif callable(value):
            lines += [f".. autofunction:: {full}", "   :no-index:", ""]
    return "\n".join([*lines, "```", ""])


def link_to_repository(_app: Any, name: str, source: list[str]) -> None:
    """Turn links to files outside docs/ into whole addresses, and those of the changelog back."""
    text = source[0]
    if name == "_generated/changelog":
        text = text.replace("](docs/", "](../")
    source[0] = text.replace("](../src/", f"]({URLS['Source']}/blob/main/src/")


def setup(app: Any) -> None:
    """Connect what writes pages and links."""
    app.connect("builder-inited", write_reference)
    app.connect("source-read", link_to_repository)
