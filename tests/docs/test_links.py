"""Links between the pages of the documentation lead somewhere, and so do those on PyPI."""

from __future__ import annotations

import re
from importlib.metadata import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
HOME = "https://github.com/napari-atlas-explorer/napari-atlas-explorer"
WRITTEN = "_generated/"
"""Pages that `make docs` writes."""


def find_anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub makes them."""
    anchors: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        anchors.add(re.sub(r"[^\w\- ]", "", words).replace(" ", "-"))
    return anchors


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page):
    for link in LINK.findall(CODE.sub("", page.read_text("utf-8"))):
        if link.startswith(("http://", "https://", "mailto:", WRITTEN)):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in find_anchors(target), link


def test_the_site_has_every_page():
    index = (ROOT / "docs" / "index.md").read_text("utf-8")
    trees = re.findall(r"^```\{toctree\}(.*?)^```", index, re.MULTILINE | re.DOTALL)
    listed = set(re.findall(r"^[\w/-]+$", "".join(trees), re.MULTILINE))
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")} - {"index"}
    notebooks = {f"notebooks/{page.stem}" for page in (ROOT / "docs" / "notebooks").glob("*.ipynb")}
    assert pages | notebooks <= listed
    assert all(
        (ROOT / "docs" / f"{name}.md").exists() or name in notebooks
        for name in listed
        if not name.startswith(WRITTEN)
    )


def test_links_on_pypi_are_whole_addresses_of_files_that_there_are():
    about = metadata("napari-atlas-explorer")
    text = CODE.sub("", about["Description"])
    links = LINK.findall(text)
    assert len(links) > 20
    assert all(link.startswith(("https://", "#")) for link in links)
    raw = HOME.replace("github.com", "raw.githubusercontent.com")
    place = re.compile(rf"(?:{HOME}/blob|{raw})/v{re.escape(about['Version'])}/([^#]+)")
    inside = [match[1] for link in links if (match := place.match(link))]
    assert len(inside) > 20
    assert all((ROOT / path).exists() for path in inside)
    urls = dict(line.split(", ", 1) for line in about.get_all("Project-URL"))
    assert {"Homepage", "Documentation", "Source", "Issues", "Changelog"} <= set(urls)
