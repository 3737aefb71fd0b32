"""The notebooks of the documentation run from top to bottom, and are stored without outputs.

nbclient runs each in a kernel as Jupyter does. nbval would compare outputs that are not stored,
and running the code alone would leave out what the last line of a cell shows.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

DOCS = Path(__file__).resolve().parents[2] / "docs"
NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_notebook_runs(path, tmp_path, monkeypatch):
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    results = tmp_path / "run"
    results.mkdir()
    before = {*psutil.Process().children(recursive=True)}
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(results)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert outputs
    warnings = [output.text for output in outputs if output.get("name") == "stderr"]
    assert warnings == []
    assert {*psutil.Process().children(recursive=True)} <= before  # the kernel has ended


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_the_notebook_is_valid_and_holds_no_output(path):
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert {*notebook.metadata} == {"kernelspec", "language_info"}  # no traces of one computer
    assert notebook.metadata.kernelspec.name == "python3"
    assert not any(cell.metadata for cell in notebook.cells)


@pytest.mark.parametrize(
    "page", [DOCS.parent / "README.md", DOCS / "python.md"], ids=lambda p: p.stem
)
def test_the_pages_link_every_notebook(page):
    text = page.read_text(encoding="utf-8")
    for path in NOTEBOOKS:
        assert f"({path.relative_to(page.parent).as_posix()})" in text
