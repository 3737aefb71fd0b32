"""Pages of certificates: self-contained, the same bytes, safe names, text of strangers as text."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser

import pytest

from napari_atlas_explorer import AtlasError
from napari_atlas_explorer.figures import write_certificate
from napari_atlas_explorer.figures.certificate import choose_stems
from napari_atlas_explorer.qa import run_qa

from ..qa import broken

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    root = tmp_path_factory.mktemp("certificates")
    sound = broken.sound_package(root)
    odd = root / "odd <b>name_100um_v1.0"
    shutil.copytree(sound, odd)
    broken.metadata(citation=EVIL, species="<img src=x>")(odd)
    broken.region(512, acronym=EVIL)(odd)
    broken.volume("annotation", lambda v: v * 0 + 4242)(odd)
    return [run_qa(sound), run_qa(odd)]


class Page(HTMLParser):
    """Tags, links, and what a browser would fetch."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.fetched, self.words = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if tag == "a" and name == "href":
                self.links.append(value)
            elif name in ("src", "href", "srcset") and not value.startswith("data:image/"):
                self.fetched.append(value)

    def handle_data(self, data):
        self.words += data


def write(reports, folder, **options):
    return write_certificate(reports, folder, try_libraries=False, **options)


@pytest.fixture(scope="module")
def site(reports, tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "pages"
    write(reports, folder, date="2026-01-02T03:04:05+00:00")
    return folder


def test_every_link_leads_to_a_page_of_the_folder_and_nothing_is_fetched(site):
    for path in site.glob("*.html"):
        page = Page(path.read_text("utf-8"))
        assert page.fetched == []
        assert page.links
        assert all((site / link).is_file() for link in page.links)


def test_pages_show_verdict_readers_findings_with_pictures_and_checksums(site):
    text = (site / f"{broken.NAME}.html").read_text("utf-8")
    page = Page(text)
    for words in (
        "brainglobe-atlasapi 2.3", "No finding is in its way", "unpublished", "not stated",
        "Not checked", "no placement hints", "annotation.tiff", "SHA-256", "2026-01-02",
    ):  # fmt: skip
        assert words in page.words
    assert "data:image/svg+xml;base64," in text
    odd = (site / "odd-b-name_100um_v1.0.html").read_text("utf-8")
    assert "label-unknown-id" in odd
    assert "data:image/png;base64," in odd
    assert "atlas-explorer open" not in odd  # a command with a path of this computer


def test_text_of_strangers_is_text(site):
    for path in site.glob("*.html"):
        page = Page(path.read_text("utf-8"))
        assert page.tags.count("script") == 1  # the page's own
        assert "b" not in page.tags
    odd = Page((site / "odd-b-name_100um_v1.0.html").read_text("utf-8"))
    assert EVIL in odd.words


def test_the_index_lists_every_atlas_with_its_answer_for_each_program(site):
    page = Page((site / "index.html").read_text("utf-8"))
    assert page.links[:2] == [f"{broken.NAME}.html", "odd-b-name_100um_v1.0.html"]
    assert "odd <b>name_100um_v1.0" in page.words
    assert "✓" in page.words


def test_the_same_input_gives_the_same_bytes(reports, site, tmp_path):
    again = tmp_path / "again"
    write(reports, again, date="2026-01-02T03:04:05+00:00")
    assert sorted(p.name for p in again.iterdir()) == sorted(p.name for p in site.iterdir())
    for path in again.iterdir():
        assert path.read_bytes() == (site / path.name).read_bytes()


def test_existing_pages_are_kept_as_a_whole_without_force(reports, tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "odd-b-name_100um_v1.0.svg").write_text("mine")
    with pytest.raises(AtlasError, match="exists"):
        write(reports, folder)
    assert [p.name for p in folder.iterdir()] == ["odd-b-name_100um_v1.0.svg"]
    write(reports, folder, force=True)
    assert "mine" not in (folder / "odd-b-name_100um_v1.0.svg").read_text()
    (tmp_path / "file").write_text("")
    with pytest.raises(AtlasError, match="it is a file"):
        write(reports, tmp_path / "file")
    with pytest.raises(AtlasError, match="no report"):
        write([], folder)


def test_names_of_files_are_distinct_and_safe():
    names = ["a b", "a/b", "A-B", "index", "con", "CON.x", "..", "", "ä", "x" * 300, "tar.gz"]
    stems = choose_stems(names)
    assert len({stem.casefold() for stem in stems}) == len(names)
    assert stems[:3] == ["a-b", "a-b-2", "A-B-3"]
    assert stems[3:6] == ["index-atlas", "con-atlas", "CON.x-atlas"]
    assert all(set(stem) <= set("abcdefghijklmnopqrstuvwxyzABCNOX0123456789._+-") for stem in stems)
    assert max(map(len, stems)) <= 84
