"""Commands reach the terminal through one module, which no control character passes."""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from napari_atlas_explorer import cli
from napari_atlas_explorer.cli import common, terminal

FOLDER = Path(cli.__file__).parent
OTHERS = sorted(path for path in FOLDER.glob("*.py") if path.name != "terminal.py")
STREAMS = {"stdin", "stdout", "stderr", "__stdin__", "__stdout__", "__stderr__"}


def ways_to_the_terminal(tree: ast.AST) -> Iterator[str]:
    """Yield what writes to the terminal, or names its streams."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in ("print", "input", "pprint"):
            yield f"line {node.lineno}: {node.id}"
        elif isinstance(node, ast.Attribute) and node.attr in STREAMS:
            yield f"line {node.lineno}: {ast.unparse(node)}"
        elif isinstance(node, ast.ImportFrom) and node.module in ("sys", "pprint"):
            yield f"line {node.lineno}: from {node.module}"
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.write", "print_exc"):
            yield f"line {node.lineno}: {ast.unparse(node.func)}"


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.name)
def test_commands_print_through_the_terminal_module_alone(path):
    assert [*ways_to_the_terminal(ast.parse(path.read_text(encoding="utf-8")))] == []


@pytest.mark.parametrize(
    "code",
    ["print(1)", "sys.stderr.write('')", "from sys import stdout", "f(file=sys.__stdout__)"],
)
def test_other_ways_are_noticed(code):
    assert len([*ways_to_the_terminal(ast.parse(code))]) == 1


def test_no_control_character_passes_the_progress_bar(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr(common, "PATIENCE", 0.0)
    common.Progress()(0.5, "a\x1b[31m\r\nb.nrrd")
    assert terminal.is_interactive()
    text = sys.stderr.getvalue()
    assert text.startswith("\r\x1b[K[####")
    assert not {"\x1b", "\r", "\n"} & {*text.removeprefix("\r\x1b[K")}
