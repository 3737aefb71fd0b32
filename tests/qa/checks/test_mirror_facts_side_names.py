"""Sides that regions' names say."""

from __future__ import annotations

import pytest

from napari_atlas_explorer import RegionMap
from napari_atlas_explorer.qa.checks.mirror_facts import hemisphere_in_name, named_hemispheres


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Left-Thalamus", (1, "thalamus")),
        ("Right Amygdala", (2, "amygdala")),
        ("lh.V1", (1, "v1")),
        ("ctx-rh-cuneus", (2, "cuneus")),
        ("Precentral_L", (1, "precentral")),
        ("Precentral_R", (2, "precentral")),
        ("Hippocampus, left", (1, "hippocampus")),
        ("Caudate (right)", (2, "caudate")),
        ("V1 right hemisphere", (2, "v1")),
        ("R_V1_ROI", (2, "v1_roi")),
        ("Cerebral lobe", None),
        ("Layer", None),
        ("SSl", None),
        ("Lateral part", None),
        ("Right", None),
        ("rhinal area", None),
    ],
)
def test_a_name_says_its_side(text, said):
    assert hemisphere_in_name(text) == said


def test_a_side_counts_only_where_the_partner_exists():
    regions = RegionMap.flat(
        [
            {"id": 1, "acronym": "Thal_L"},
            {"id": 2, "acronym": "Thal_R"},
            {"id": 3, "acronym": "nucleus_R"},
            {"id": 4, "acronym": "pons"},
        ]
    )
    sides, partners = named_hemispheres(regions)
    rank = regions.rank
    assert sides[rank("Thal_L")] == 1
    assert sides[rank("Thal_R")] == 2
    assert partners[rank("Thal_L")] == rank("Thal_R")
    assert partners[rank("Thal_R")] == rank("Thal_L")
    for alone in ("nucleus_R", "pons"):
        assert sides[rank(alone)] == 0
        assert partners[rank(alone)] == rank(alone)
