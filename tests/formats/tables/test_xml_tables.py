"""Region tables in XML: the Waxholm atlas's ``.ilf``; FSL's are tested with all tables."""

from __future__ import annotations

import pytest

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.tables.regions import load_region_table

from ...refusals import refused

ILF = """<?xml version="1.0" encoding="UTF-8"?>
<milf version="1.1"><meta><filename>atlas.nii.gz</filename></meta><structure>
<label abbreviation="Brain" color="#32a852" id="1000" name="Brain">
<label abbreviation="wmt" color="#ffffff" id="1001" name="White matter">
<label abbreviation="cc" color="#ff6e00" id="67" name="corpus callosum"></label></label>
<label abbreviation="" color="" id="4" name="Grey &amp; more"/></label></structure></milf>
"""


def test_nested_labels_become_a_hierarchy(tmp_path):
    (tmp_path / "a.ilf").write_text(ILF)
    regions = load_region_table(tmp_path / "a.ilf")
    assert list(regions) == [1000, 1001, 67, 4]
    assert regions.parent_ranks.tolist() == [0, 0, 1, 2, 1]
    assert [regions.acronym_of_rank(k) for k in (2, 3, 4)] == ["wmt", "cc", "4"]
    assert regions.name_of_rank(4) == "Grey & more"
    assert regions.color_of_rank(3) == (255, 110, 0)
    assert not regions.has_own_color(4)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<milf><structure><label name='x'/></structure></milf>", ["id ''", "number"]),
        ("<milf><label id='x'/></milf>", ["'x'", "number"]),
        ("<milf/>", ["no label"]),
        ("<milf>" + "<label id='1'>" * 100_000, ["deep"]),
        ("<labels/>", ["<labels>", "<milf>"]),
    ],
)
def test_what_is_no_ilf_is_refused(tmp_path, text, words):
    (tmp_path / "a.ilf").write_text(text)
    with refused("a.ilf", *words, by=AtlasFileError):
        load_region_table(tmp_path / "a.ilf")
