"""What a notebook shows: short texts, and HTML in which strangers' names are text."""

from __future__ import annotations

import base64
import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from napari_atlas_explorer import (
    Atlas,
    OrientationField,
    RegionMap,
    ROIMask,
    ValueToIndexVoxels,
    VoxelData,
    open_atlas,
)
from napari_atlas_explorer.comparison import Comparison
from napari_atlas_explorer.core.space.hemispheres import HemisphereVolume
from napari_atlas_explorer.directions import DirectionField
from napari_atlas_explorer.figures import notebook
from napari_atlas_explorer.lines import Line, Streamlines, find_line_regions, line_totals
from napari_atlas_explorer.qa import run_qa
from napari_atlas_explorer.spatial_search import spatial_search

from .. import packages

EVIL = '<script>alert("x")</script> & "co"'
VOID = {"img"}


class Page(HTMLParser):
    """Tags, texts and attributes of HTML; every tag has to be closed in its order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.pictures: list[Image.Image] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "img":
            data = dict(attrs)["src"].removeprefix("data:image/png;base64,")
            self.pictures.append(Image.open(io.BytesIO(base64.b64decode(data))))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(self.texts)


@pytest.fixture
def atlas(tmp_path):
    return open_atlas(packages.brainglobe_v2(tmp_path / "a", species=EVIL))


@pytest.fixture
def assumed(tmp_path):
    return open_atlas(packages.home_made(tmp_path / "b"))


def evil_regions() -> RegionMap:
    child = {"id": 315, "acronym": EVIL, "name": EVIL}
    return RegionMap.from_dict({"id": 997, "acronym": "root", "name": "root", "children": [child]})


def public_objects(atlas):
    ids = atlas.annotation
    lines = Streamlines((Line([(100, 100, 100), (700, 400, 400)]),) * 90)
    crossed = find_line_regions(atlas.ranks, atlas.hemisphere_rule, lines)
    return [
        atlas,
        atlas.package,
        atlas.region_map,
        atlas.structures,
        atlas.ranks,
        ids,
        atlas.reference,
        atlas.get_structure_mask("TH"),
        atlas.region_map.mapping_to(["grey"]),
        atlas.at_voxel((3, 3, 3)),
        ValueToIndexVoxels(ids.raw),
        OrientationField(np.ones((2, 2, 2, 4), np.float32), (25, 25, 25)),
        Comparison(atlas, atlas),
        run_qa(atlas, groups=["hierarchy"]),
        lines,
        lines[0],
        crossed,
        line_totals(crossed),
        spatial_search(atlas.reference, atlas.get_structure_mask("TH")),
        DirectionField(VoxelData(np.ones((2, 2, 2, 3)), (1, 1, 1))),
        HemisphereVolume(lambda: np.zeros((2, 2, 2), np.uint8)),
    ]


def test_every_public_object_says_what_it_is_in_a_few_lines(atlas):
    for thing in public_objects(atlas):
        text = repr(thing)
        assert type(thing).__name__ in text
        assert " object at 0x" not in text
        assert len(text) <= 400, text
        assert len(text.splitlines()) <= 5


def test_texts_hold_the_facts(atlas):
    assert repr(atlas) == (
        "<Atlas made_up_100um v1.2: 12 × 8 × 10 voxels of 100 × 100 × 100 µm, axes asr, 5 regions>"
    )
    assert repr(atlas.region_map) == (
        "<RegionMap: 5 regions in 3 levels below root, which holds grey, scwm>"
    )
    assert repr(atlas.structures) == "<Structures: 5 regions, by id, acronym or name>"
    assert repr(atlas.region_map.mapping_to(["grey"])) == "<RegionMapping: 5 regions onto 2>"
    assert repr(ValueToIndexVoxels(atlas.annotation.raw)) == (
        "<ValueToIndexVoxels: 4 values (uint32) in 12 × 8 × 10 voxels>"
    )


def test_what_is_assumed_is_marked(assumed):
    text = repr(assumed)
    assert "µm (assumed)" in text
    assert "orientation unknown" in text
    stated = repr(open_atlas(assumed.path, resolution=25, orientation="asr"))
    assert "25 × 25 × 25 µm, axes asr" in stated


def test_the_card_of_an_atlas_has_three_sections_and_what_is_assumed(atlas, assumed):
    page = Page(atlas._repr_html_())
    assert len(page.pictures) == 3
    assert all(max(p.size) == notebook.SECTION_SIZE for p in page.pictures)
    assert len(np.unique(np.asarray(page.pictures[1]).reshape(-1, 4), axis=0)) > 1
    assert EVIL in page.texts
    assert "script" not in page.tags
    text = Page(assumed._repr_html_()).text
    for assumption in assumed.assumptions:
        assert assumption.statement in text


def test_a_file_that_cannot_be_read_leaves_the_card_without_pictures(tmp_path):
    folder = packages.voxelbrain(tmp_path / "a")
    packages.cut(folder / "brain_regions.nrrd", 0.9)
    page = Page(open_atlas(folder)._repr_html_())
    assert not page.pictures
    assert "no picture" in page.text


def test_the_hierarchy_is_a_tree_that_folds(atlas):
    page = Page(atlas.region_map._repr_html_())
    assert page.tags.count("details") == 2  # root and grey
    assert page.tags.count("summary") == 2
    for row in atlas.structures.values():
        assert row["acronym"] in page.texts
        assert str(row["id"]) in page.texts
    evil = Page(evil_regions()._repr_html_())
    assert EVIL in evil.texts
    assert "script" not in evil.tags


def test_a_deep_and_a_long_hierarchy_are_shown_too(monkeypatch):
    rows = [{"id": i, "parent_structure_id": i - 1 if i > 1 else None} for i in range(1, 3001)]
    assert Page(RegionMap.from_structures(rows)._repr_html_()).tags.count("details") == 2999
    monkeypatch.setattr(notebook, "MOST_REGIONS", 10)
    page = Page(RegionMap.from_structures(rows)._repr_html_())
    assert page.tags.count("details") == 10
    assert "2 990 more" in page.text.replace("\u202f", " ")


def test_a_mask_has_its_size_and_a_picture_along_each_axis(atlas):
    mask = atlas.get_structure_mask("TH")
    page = Page(mask._repr_html_())
    assert f"{int(mask.sum())} voxels" in page.text
    assert "0.144 mm³" in page.text  # 3 × 6 × 8 voxels of 0.001 mm³
    seen = [np.asarray(picture)[..., 3] == 255 for picture in page.pictures]
    for axis, picture in enumerate(seen):
        shadow = mask.raw.any(axis=axis)
        assert picture.mean() == pytest.approx(shadow.mean(), abs=0.02)
    assert not Page(ROIMask(np.ones(4, bool), (25,))._repr_html_()).pictures


def test_a_comparison_shows_counts_once_they_are_known(atlas):
    pair = Comparison(atlas, atlas)
    assert "counts()" in Page(pair._repr_html_()).text
    pair.counts()
    assert re.search(r"the same region\s+960 voxels \(100.0 %\)", Page(pair._repr_html_()).text)


def test_lines_have_their_number_lengths_and_box():
    lines = Streamlines(
        (Line([(0, 0, 0), (3000, 4000, 0)], {"density": [1, 2]}), Line([(0, 0, 0), (0, 0, 1500)])),
        injection_sites=np.zeros((7, 3)),
        kind=EVIL,
        notes=(EVIL,),
    )
    page = Page(lines._repr_html_())
    facts = dict(zip(page.texts[1::2], page.texts[2::2], strict=False))
    assert facts["lines"] == "2"
    assert facts["points"] == "4"
    assert facts["length"] == "1.50 mm to 5.00 mm, 6.50 mm together"
    assert facts["box"].replace("\u202f", "") == "x 0 to 3000, y 0 to 4000, z 0 to 1500 µm"
    assert facts["values"] == "density"
    assert facts["injection sites"] == "7"
    assert facts["notes"] == EVIL
    assert "targets" not in facts
    assert "script" not in page.tags


def test_lines_are_drawn_where_they_run():
    """A diagonal and its box: seen along x it runs down z with y to the top left."""
    line = Line([(0, 0, 0), (0, 2000, 1000)], attributes={"name": EVIL})
    page = Page(line._repr_html_())
    assert EVIL in page.texts
    along_x, along_y, along_z = (np.asarray(picture)[..., 3] > 128 for picture in page.pictures)
    rows, columns = along_x.shape
    assert rows == pytest.approx(notebook.LINES_SIZE, abs=2)
    assert columns == pytest.approx(rows / 2, abs=2)
    assert along_x[2:4, 1:3].any()
    assert along_x[-4:-2, -3:-1].any()
    assert not along_x[:10, -10:].any()
    assert not along_x[-10:, :10].any()
    assert along_y.shape[0] <= 4  # x has no extent, z runs across
    assert along_z.shape[0] <= 4


def test_lines_without_extent_and_no_lines_are_shown_too():
    assert len(Page(Line([(5, 5, 5)])._repr_html_()).pictures) == 3
    page = Page(Streamlines(())._repr_html_())
    assert not page.pictures
    assert "length" not in page.texts


def test_of_many_lines_some_are_drawn(monkeypatch):
    monkeypatch.setattr(notebook, "MOST_DRAWN_POINTS", 10)
    lines = Streamlines((Line([(0, 0, 0), (100, 100, 100)]),) * 20)
    assert "1 of 4 lines is drawn" in Page(lines._repr_html_()).text


def test_a_report_lists_its_findings(atlas):
    report = run_qa(atlas)
    page = Page(report._repr_html_())
    assert report.listed
    for one in report.listed[: notebook.MOST_FINDINGS]:
        assert one.id in page.texts
        assert one.finding.message in page.texts
    evil = Atlas.from_arrays(packages.label_ids(), evil_regions(), 25)
    assert "script" not in Page(run_qa(evil)._repr_html_()).tags


def test_tab_completes_acronyms(atlas):
    assert atlas.structures._ipython_key_completions_() == list(packages.ACRONYMS.values())


def test_volumes_say_their_size():
    assert repr(VoxelData(np.zeros((2, 3, 4)), (1, 2, 3))) == (
        "<VoxelData (2, 3, 4) float64, 1 × 2 × 3 µm>"
    )
