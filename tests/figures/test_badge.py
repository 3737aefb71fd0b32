"""Badges: valid SVG, whatever the words."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from napari_atlas_explorer.figures.badge import COLORS, OTHER, badge_svg


@pytest.mark.parametrize("verdict", ["passed", "warnings", "errors", "partly checked"])
def test_a_badge_is_one_picture_with_a_name_and_the_color_of_its_verdict(verdict):
    text = badge_svg("3 <things> & more", verdict)
    root = ElementTree.fromstring(text)
    assert root.attrib["aria-label"] == "atlas QA: 3 <things> & more"
    fills = {node.attrib.get("fill") for node in root.iter()}
    assert COLORS.get(verdict, OTHER) in fills
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_badge_is_as_wide_as_its_words():
    widths = [
        int(ElementTree.fromstring(badge_svg(text, "errors")).attrib["width"])
        for text in ("1 error", "12,345 errors")
    ]
    assert widths[0] < widths[1]
