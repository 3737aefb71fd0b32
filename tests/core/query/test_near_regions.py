"""Regions that were meant by a name that none has."""

from __future__ import annotations

import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.core.errors import UnknownRegionError

ROWS = [
    (1, None, "root", "root"),
    (2, 1, "HPF", "Hippocampal formation"),
    (3, 2, "HIP", "Hippocampal region"),
    (4, 1, "VIS", "Visual areas"),
    (5, 4, "VISp", "Primary visual area"),
    (6, 1, "CTX", "Cerebral cortex"),
    (7, 1, "CTXsp", "Cortical subplate"),
]


@pytest.fixture
def regions():
    return RegionMap.from_structures(
        [{"id": i, "parent_structure_id": p, "acronym": a, "name": n} for i, p, a, n in ROWS]
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("ctx", "CTX?"),
        ("hippocampal FORMATION", "HPF (Hippocampal formation)?"),
        ("Hippocampus", "HPF (Hippocampal formation), HIP (Hippocampal region)?"),
        ("visual cortex", "VIS (Visual areas), VISp (Primary visual area)?"),
        ("CTXs", "CTXsp (Cortical subplate)?"),
        ("CTXX", "CTX, CTXsp?"),
    ],
)
def test_acronyms_and_names_are_suggested(regions, text, hint):
    with pytest.raises(UnknownRegionError) as caught:
        regions.rank(text)
    assert str(caught.value).endswith(f"did you mean {hint}")


def test_a_typing_error_in_a_name_is_forgiven(regions):
    with pytest.raises(UnknownRegionError, match="Hippocampal formation"):
        regions.rank("Hipocampus")


@pytest.mark.parametrize("text", ["", " ", "zzzz", "ⓧ", "(", "@"])
def test_what_is_like_nothing_gets_no_suggestion(regions, text):
    with pytest.raises(UnknownRegionError) as caught:
        regions.rank(text)
    assert "did you mean" not in str(caught.value)
