"""What is known of atlases before a server is asked."""

from __future__ import annotations

import csv
from importlib.resources import files

import pytest

from napari_atlas_explorer.atlases import download
from napari_atlas_explorer.atlases.download.allen import allen_names
from napari_atlas_explorer.atlases.download.facts import facts_of


@pytest.mark.parametrize("name", allen_names())
def test_allen_s_atlases_have_a_title_a_citation_and_terms(name: str) -> None:
    facts = facts_of(name)
    assert facts.title == f"Allen mouse CCFv3 ({name[-4:]})"
    assert facts.species == "Mouse"
    assert f"_{facts.voxel_size:g}um_" in name
    assert facts.citation == "https://doi.org/10.1016/j.cell.2020.04.007"
    assert "https://alleninstitute.org/terms-of-use/" in facts.license


def test_a_size_is_given_only_where_it_was_measured() -> None:
    sizes = {name: facts_of(name).size for name in allen_names()}
    assert {name: size for name, size in sizes.items() if size is not None} == {
        "allen_ccf_100um_2017": 202_483 + 749_680 + 637_735,
        "allen_ccf_25um_2017": 4_035_363 + 32_998_960 + 637_735,
    }


@pytest.mark.parametrize(
    ("name", "title", "species", "voxel_size"),
    [
        ("allen_mouse_10um", "Allen adult mouse brain", "Mouse", 10),
        ("allen_mouse_bluebrain_barrels_25um", "BlueBrain barrel cortex", "Mouse", 25),
        (
            "admba_3d_p14_mouse_16.752um",
            "Allen developing mouse brain, edge-aware · p14",
            "Mouse",
            16.752,
        ),
        (
            "kim_dev_mouse_e11-5_mri-adc_31.5um",
            "Kim Lab developmental CCF v1.0 · e11-5 mri-adc",
            "Mouse",
            31.5,
        ),
        ("kim_dev_mouse_stp_10um", "Kim Lab developmental CCF v001 (P56) · stp", "Mouse", 10),
        ("whs_sd_rat_39um", "Waxholm Space Sprague Dawley rat brain", "Rat", 39),
        ("nadkarni_mri_mouselemur_91um", "MRI mouse lemur brain", "Mouse lemur", 91),
        # Not in the table: only what the name says.
        ("our_lab_rat_12.5um", "Our lab rat", "Rat", 12.5),
        ("allen_mouse_of_tomorrow_25um", "Allen mouse of tomorrow", "Mouse", 25),
        ("axolotl", "Axolotl", "", None),
    ],
)
def test_brainglobe_s_names_are_explained(
    name: str, title: str, species: str, voxel_size: float | None
) -> None:
    facts = facts_of(name)
    assert (facts.title, facts.species, facts.voxel_size) == (title, species, voxel_size)
    assert facts.size is None


def test_every_row_states_its_source() -> None:
    text = (files(download) / "atlases.csv").read_text(encoding="utf-8")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    assert len(rows) > 40
    for row in rows:
        assert row["source"], row["name"]
        for source in row["source"].split():
            assert any(f"# {source} " in line for line in comments), source
    assert len({row["name"] for row in rows}) == len(rows)
