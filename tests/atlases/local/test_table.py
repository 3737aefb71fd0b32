"""Local atlases as a table."""

from __future__ import annotations

import pandas as pd
import pytest

from napari_atlas_explorer import list_atlases, open_atlas
from napari_atlas_explorer.atlases.download import brainglobe
from napari_atlas_explorer.atlases.local.named_folders import name_folder

from ... import packages
from ...packages_v3 import write_v3
from ..download.brainglobe_stand_in import install


def test_each_atlas_is_a_row_with_what_its_files_state(home):
    package = packages.brainglobe_v2(
        home / ".brainglobe" / "made_up_50um_v1.2", species="Mus musculus"
    )
    write_v3(home / ".brainglobe" / "brainglobe-atlasapi")
    packages.voxelbrain(home / "ours")
    name_folder(home / "ours")
    table = list_atlases().set_index("name")
    row = table.loc["made_up_50um"]
    assert (row.version, row.layout, row.species) == ("1.2", "BrainGlobe v2", "Mus musculus")
    assert row.resolution == 50
    assert row["size"] == sum(p.stat().st_size for p in package.rglob("*") if p.is_file())
    assert open_atlas("made_up_50um").path == row.path
    assert (table.loc["ours"].species, table.loc["ours"].version) == ("", "")
    assert pd.isna(table.loc["ours"].resolution)
    assert pd.isna(table[table.layout == "BrainGlobe v3"]["size"]).all()


def test_metadata_that_state_a_size_give_it(home):
    packages.voxelbrain(home / "ours", resolution=[25, 25, 25])
    packages.brainglobe_v2(home / ".brainglobe" / "uneven_v1.0", resolution=[20, 50, 50])
    (home / ".brainglobe" / "broken_v1.0").mkdir()
    (home / ".brainglobe" / "broken_v1.0" / "metadata.json").write_text("{")
    name_folder(home / "ours")
    sizes = list_atlases().set_index("name").resolution
    assert sizes["ours"] == 25
    assert sizes[["uneven", "broken"]].isna().all()


def test_without_any_atlas_the_table_is_empty(home):
    table = list_atlases()
    assert table.empty
    assert table["size"].dtype == "Int64"


def test_online_atlases_are_a_table_too(home, monkeypatch):
    install(home / "site", monkeypatch)
    table = list_atlases(online=True).set_index("name")
    ours = table.loc["made_up_50um"]
    assert (ours.version, ours.source, ours.resolution) == ("1.2", "BrainGlobe", 50)
    allen = table.loc["allen_ccf_25um_2017"]
    assert (allen.source, allen.species, allen.resolution) == ("Allen Institute", "Mouse", 25)
    assert allen["size"] > 10**6
    assert allen.license.startswith("Allen Institute")


def test_without_brainglobe_s_library_a_warning_says_what_is_missing(home, monkeypatch):
    monkeypatch.setattr(brainglobe, "LIBRARY", "no_such_library")
    with pytest.warns(UserWarning, match="pip install"):
        table = list_atlases(online=True)
    assert set(table["source"]) == {"Allen Institute"}
