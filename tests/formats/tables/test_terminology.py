"""BrainGlobe's terminologies outside of their packages."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.formats.tables.regions import read_region_table
from napari_atlas_explorer.formats.tables.terminology import is_terminology

from ... import packages

HEAD = (
    "identifier,parent_identifier,annotation_value,name,abbreviation,color_hex_triplet,"
    "root_identifier_path\n"
)
TREE = (
    HEAD + "100,,,root,root,#FFFFFF,[100]\n"
    '3,100,,cortex,CTX,#00FF00,"[100, 3]"\n'
    '101,3,1,area one,NA,#00FF10,"[100, 3, 101]"\n'
    '103,3,3,nucleus three,N3,#FF1000,"[100, 3, 103]"\n'
)


def test_ids_are_annotation_values_and_parents_go_by_identifier(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TREE)
    table = read_region_table(tmp_path / "t.csv")
    regions = table.region_map
    # The cortex has the identifier 3, but voxels of 3 are those of the nucleus.
    assert list(regions) == [100, 1003, 1, 3]
    assert [regions.acronym_of_rank(k) for k in range(1, 5)] == ["root", "CTX", "NA", "N3"]
    assert regions.parent_ranks.tolist() == [0, 0, 1, 2, 2]
    assert len(table.notes) == 1
    assert "CTX (3) is 1003" in table.notes[0]


def test_identifiers_that_no_voxel_can_mean_stay(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TREE.replace("103,3,3,", "103,3,2,"))
    table = read_region_table(tmp_path / "t.csv")
    assert list(table.region_map) == [100, 3, 1, 2]
    assert table.notes == ()


def test_other_tables_are_no_terminologies() -> None:
    assert is_terminology(TREE)
    assert not is_terminology("id,name\n1,identifier\n")
    assert not is_terminology("")


def test_one_beside_a_volume_names_its_voxels(tmp_path: Path) -> None:
    (tmp_path / "terminology.csv").write_text(TREE)
    ids = np.zeros((12, 8, 10), np.uint16)
    ids[2:5, 1:-1, 1:-1], ids[5:9, 1:-1, 1:-1] = 1, 3
    packages.write_nrrd(tmp_path / "annotation.nrrd", ids)
    atlas = open_atlas(tmp_path)
    assert atlas.at_voxel((3, 3, 3)).name == "area one"
    assert atlas.at_voxel((6, 3, 3)).name == "nucleus three"
