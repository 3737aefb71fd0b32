"""Volumes and tables find each other by what they hold, not by their names."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError

from ... import packages
from ...refusals import refused


@pytest.fixture
def folder(tmp_path):
    """Names that say nothing, or the wrong thing."""
    ids = packages.label_ids((24, 20, 22))
    sides = np.where(np.arange(22) < 11, 1, 2).astype(np.uint8) * (ids > 0).astype(np.uint8)
    packages.write_tiff(tmp_path / "a.tif", packages.image((24, 20, 22)))
    packages.write_tiff(tmp_path / "b.tif", ids)
    packages.write_tiff(tmp_path / "c.tif", sides)
    packages.write_tiff(tmp_path / "d.tif", (ids == 315).astype(np.uint8))
    (tmp_path / "1.json").write_text(json.dumps({"id": 70, "name": "other atlas", "children": []}))
    (tmp_path / "z.csv").write_text("id,name\n315,cortex\n549,thalamus\n614454277,white matter\n")
    return tmp_path


def test_each_file_is_taken_for_what_it_holds(folder):
    atlas = open_atlas(folder)
    assert atlas.package.annotation == "b"
    assert atlas.metadata["hierarchy"] == "z.csv"  # not 1.json, which is looked at first
    assert atlas.package.reference == "a"
    assert atlas.package.hemispheres == "c"
    kinds = {name: d.kind for name, d in atlas.package.datasets.items()}
    assert kinds == {"a": "image", "b": "annotation", "c": "hemispheres", "d": "mask"}
    assert atlas.hemisphere_from_coords((7, 5, 5), as_string=True) == "left"


def test_of_two_tables_the_one_that_knows_more_ids_is_taken(folder):
    (folder / "a.csv").write_text("id,name\n315,one\n549,two\n")
    assert open_atlas(folder).metadata["hierarchy"] == "z.csv"


def test_a_table_of_ones_own_choice_wins(folder, tmp_path):
    table = tmp_path / "a.csv"
    table.write_text("id,name\n315,one\n549,two\n")
    atlas = open_atlas(folder, region_map=table)
    assert atlas.region_map.get(315, "name") == "one"
    assert atlas.ranks.unknown_ids.tolist() == [614454277]


# ---- Several volumes, several tables -------------------------------------------------------------


def boxes(ids, shape=(24, 20, 22)):
    """One block of 2 × 2 × 2 voxels for each id."""
    volume = np.zeros(shape, np.uint16)
    for k, region_id in enumerate(ids):
        a, b, c = np.unravel_index(k, [n // 2 for n in shape])
        volume[2 * a : 2 * a + 2, 2 * b : 2 * b + 2, 2 * c : 2 * c + 2] = region_id
    return volume


def write_table(path, ids, word):
    path.write_text("id,name\n" + "".join(f"{i},{word} {i}\n" for i in ids))


@pytest.fixture
def two_atlases(tmp_path):
    """Volumes of ids 1 to 48 and 1 to 116 with a table each; AAL.csv is first by the alphabet."""
    packages.write_nrrd(tmp_path / "lobes_atlas.nrrd", boxes(range(1, 49)))
    packages.write_nrrd(tmp_path / "AAL.nrrd", boxes(range(1, 117)))
    write_table(tmp_path / "AAL.csv", range(1, 117), "AAL")
    write_table(tmp_path / "lobes_atlas.csv", range(1, 49), "lobe")
    return tmp_path


def names_assumed(atlas):
    return [a.statement for a in atlas.assumptions if a.quantity == "names"]


def test_each_volume_gets_the_names_of_its_own_table(two_atlases):
    lobes = open_atlas(two_atlases / "lobes_atlas.nrrd")
    assert lobes.region_map.get(7, "name") == "lobe 7"
    assert lobes.package.region_file == two_atlases / "lobes_atlas.csv"
    (statement,) = names_assumed(lobes)  # every id is in the other table too
    assert "AAL.csv (48 of 48 ids" in statement
    aal = open_atlas(two_atlases / "AAL.nrrd")
    assert aal.region_map.get(7, "name") == "AAL 7"
    assert names_assumed(aal) == []  # the other table knows 48 of its 116 ids


def test_a_tables_name_may_keep_the_suffix_of_the_volume(two_atlases):
    (two_atlases / "lobes_atlas.csv").rename(two_atlases / "lobes_atlas.nrrd.txt")
    lobes = open_atlas(two_atlases / "lobes_atlas.nrrd")
    assert lobes.package.region_file == two_atlases / "lobes_atlas.nrrd.txt"


def test_without_a_table_of_its_name_the_most_similar_ids_win(two_atlases):
    (two_atlases / "lobes_atlas.csv").rename(two_atlases / "z.csv")
    lobes = open_atlas(two_atlases / "lobes_atlas.nrrd")
    assert lobes.region_map.get(7, "name") == "lobe 7"
    assert "z.csv names the regions" in names_assumed(lobes)[0]


def test_the_table_of_another_volume_is_an_assumption(two_atlases):
    (two_atlases / "lobes_atlas.csv").unlink()
    lobes = open_atlas(two_atlases / "lobes_atlas.nrrd")
    assert lobes.region_map.get(7, "name") == "AAL 7"
    assert "it has the name of AAL.nrrd" in names_assumed(lobes)[0]


def test_an_own_table_that_cannot_be_read_is_named(two_atlases):
    (two_atlases / "lobes_atlas.csv").write_text("nothing,of,the\nsort,1,2\n")
    assert "lobes_atlas.csv" in names_assumed(open_atlas(two_atlases / "lobes_atlas.nrrd"))[0]


def test_a_folder_says_which_of_its_annotations_was_opened(two_atlases):
    (two_atlases / "AAL.nrrd").rename(two_atlases / "AAL_atlas.nrrd")
    (two_atlases / "AAL.csv").rename(two_atlases / "AAL_atlas.csv")
    atlas = open_atlas(two_atlases)
    assert atlas.package.annotation == "AAL_atlas"
    chosen = [a.statement for a in atlas.assumptions if a.quantity == "annotation"]
    assert chosen == ["AAL_atlas.nrrd of several annotations was opened; also: lobes_atlas.nrrd"]


def test_tables_that_give_the_same_names_are_no_choice(tmp_path):
    packages.write_nrrd(tmp_path / "atlas.nrrd", boxes(range(1, 49)))
    write_table(tmp_path / "a.csv", range(1, 49), "lobe")
    write_table(tmp_path / "b.csv", range(1, 60), "lobe")
    assert names_assumed(open_atlas(tmp_path)) == []


def test_an_image_of_two_axes_does_not_block_a_good_pair(tmp_path):
    packages.write_nrrd(tmp_path / "good.nrrd", boxes(range(1, 49)))
    write_table(tmp_path / "good.csv", range(1, 49), "lobe")
    packages.write_tiff(tmp_path / "atlas.tif", np.zeros((20, 20), np.uint8))
    for path in (tmp_path, tmp_path / "good.nrrd"):
        atlas = open_atlas(path)
        assert atlas.package.annotation == "good"
        left_out = [a.statement for a in atlas.assumptions if a.quantity == "volumes"]
        assert len(left_out) == 1
        assert "atlas.tif" in left_out[0]
    with refused(tmp_path / "atlas.tif", by=AtlasFileError):
        open_atlas(tmp_path / "atlas.tif")


def test_an_image_on_another_grid_keeps_its_place(tmp_path):
    packages.write_nrrd(tmp_path / "labels.nrrd", boxes(range(1, 49)), 100.0)
    write_table(tmp_path / "labels.csv", range(1, 49), "lobe")
    packages.write_nrrd(tmp_path / "template.nrrd", packages.image((10, 12, 14)), 200.0)
    atlas = open_atlas(tmp_path)
    assert atlas.reference is None
    template = atlas.load_data("template")
    assert template.shape == (10, 12, 14)
    assert template.voxel_dimensions.tolist() == [200, 200, 200]
    assert "template.nrrd is on another grid" in str(atlas.assumptions)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda ids: -ids.astype(np.int16), "it holds negative values"),
        (lambda ids: ids + 0.5, "it holds fractions"),
        (lambda ids: ids + 1000, "labels.csv knows 0 of the"),
    ],
)
def test_the_true_reason_is_given_where_nothing_pairs(tmp_path, change, reason):
    packages.write_nrrd(tmp_path / "labels.nrrd", change(boxes(range(1, 49))))
    write_table(tmp_path / "labels.csv", range(1, 49), "lobe")
    with refused(tmp_path, "labels.nrrd", reason, by=AtlasFileError):
        open_atlas(tmp_path)


def test_a_folder_can_be_stated_to_hold_an_annotation(tmp_path):
    ids = np.arange(1, 4 * 5 * 6 + 1, dtype=np.uint16).reshape(4, 5, 6)  # no two neighbors alike
    packages.write_nrrd(tmp_path / "labels.nrrd", ids)
    write_table(tmp_path / "labels.csv", range(1, 121), "lobe")
    with refused(tmp_path, "labels.nrrd is taken as an image", by=AtlasFileError):
        open_atlas(tmp_path)
    atlas = open_atlas(tmp_path, kind="annotation")
    assert atlas.region_map.get(120, "name") == "lobe 120"


IDS = st.sets(st.integers(1, 400), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(IDS, min_size=1, max_size=3), st.lists(IDS, max_size=2), st.booleans())
def test_no_name_but_those_of_the_own_table_without_an_assumption(own, strange, same_stems):
    """Volumes at random, each with a table of its ids, among tables of other atlases."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for k, ids in enumerate(own):
            packages.write_nrrd(folder / f"volume{k}.nrrd", boxes(sorted(ids)))
            stem = f"volume{k}" if same_stems else f"{'zyx'[k]}_table"
            write_table(folder / f"{stem}.csv", sorted(ids), f"own {k}")
        for k, ids in enumerate(strange):
            write_table(folder / f"a{k}.csv", sorted(ids), f"strange {k}")
        for k, ids in enumerate(own):
            atlas = open_atlas(folder / f"volume{k}.nrrd", kind="annotation")
            names = {atlas.region_map.get(i, "name") for i in ids if i in atlas.region_map}
            assert names == {f"own {k} {i}" for i in ids} or names_assumed(atlas)
            if same_stems:
                assert names == {f"own {k} {i}" for i in ids}


def test_another_annotation_is_no_reference_image(two_atlases):
    atlas = open_atlas(two_atlases / "lobes_atlas.nrrd")
    assert atlas.package.datasets["AAL"].kind == "annotation"
    assert atlas.package.reference is None
