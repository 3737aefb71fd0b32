"""Recipes in files: what is read, what is refused."""

from __future__ import annotations

import json
import struct

import nibabel as nib
import numpy as np
import pytest

from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.core.mask_recipe import MaskRecipe
from napari_atlas_explorer.core.query.parser import select
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.formats.nifti.volumes import read_nifti_comments, write_nifti
from napari_atlas_explorer.formats.nrrd.writer import write_nrrd
from napari_atlas_explorer.formats.recipes import (
    RECIPE_KEY,
    read_recipes,
    recipe_line,
    recipe_path,
    write_recipe,
)
from napari_atlas_explorer.formats.tables.regions import load_region_table

from ..refusals import refused

ARRAY = np.zeros((2, 3, 4), np.uint8)
GRID = VoxelGrid.from_steps((2, 3, 4), (10, 20, 30))


@pytest.fixture
def recipe(small_atlas) -> MaskRecipe:
    return MaskRecipe.of(small_atlas, select("left:A", small_atlas.ranks), "left:A")


def test_a_file_of_its_own_comes_back(tmp_path, recipe):
    write_recipe(tmp_path / "r.json", recipe)
    assert read_recipes(tmp_path / "r.json") == (recipe,)


def test_beside_a_mask_it_is_found(tmp_path, recipe):
    path = tmp_path / "m.tif"
    path.write_bytes(b"")
    write_recipe(recipe_path(path), recipe)
    assert recipe_path(path).name == "m.tif.recipe.json"
    assert read_recipes(path) == (recipe,)


def test_a_recipe_beside_an_annotation_is_not_taken_for_its_hierarchy(tmp_path, recipe):
    write_recipe(tmp_path / "m.recipe.json", recipe)
    with refused("hierarchy"):
        load_region_table(tmp_path / "m.recipe.json")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ["no JSON"]),
        ("{", ["no JSON"]),
        ("[]", ["empty"]),
        ("[" * 100_000, ["nested"]),
        ("{}", ["format"]),
        ("NaN", ["NaN"]),
        ('{"format": "other"}', ["other"]),
        ("5", ["expected an object"]),
    ],
)
def test_what_is_no_recipe_is_refused_by_its_name(tmp_path, content, words):
    path = tmp_path / "r.json"
    path.write_text(content)
    with refused("r.json", *words, by=AtlasFileError):
        read_recipes(path)


def test_other_files_are_refused(tmp_path, recipe):
    with refused("none.nrrd", "no such file", by=AtlasFileError):
        read_recipes(tmp_path / "none.nrrd")
    write_nrrd(tmp_path / "m.nrrd", ARRAY, GRID)
    write_nifti(tmp_path / "m.nii.gz", ARRAY, GRID)
    (tmp_path / "m.txt").write_text("text")
    (tmp_path / "l.json").write_bytes(b"\xff\xfe\xff")
    for name in ("m.nrrd", "m.nii.gz", "m.txt"):
        with refused(name, "no recipe", by=AtlasFileError):
            read_recipes(tmp_path / name)
    with refused("l.json", "UTF-8", by=AtlasFileError):
        read_recipes(tmp_path / "l.json")


def test_a_later_version_in_a_header_is_named_with_the_file(tmp_path, recipe):
    line = json.dumps({**recipe.as_dict(), "version": 9})
    write_nrrd(tmp_path / "m.nrrd", ARRAY, GRID, custom={RECIPE_KEY: line})
    with refused("m.nrrd", "version 9", by=AtlasFileError):
        read_recipes(tmp_path / "m.nrrd")


@pytest.mark.parametrize("name", ["m.nii", "m.nii.gz"])
def test_nibabel_finds_the_comments_and_we_find_nibabels(tmp_path, name, recipe):
    path = tmp_path / name
    write_nifti(path, ARRAY, GRID, comments=["first", recipe_line([recipe])])
    image = nib.load(path)
    texts = [e.get_content() for e in image.header.extensions]
    said = [t if isinstance(t, str) else t.rstrip(b"\0").decode() for t in texts]
    assert said == ["first", recipe_line([recipe])]
    image.header.extensions.append(nib.nifti1.Nifti1Extension(4, b"other"))
    image.header.extensions.append(nib.nifti1.Nifti1Extension(6, b"third"))
    nib.save(image, tmp_path / f"again.{name}")
    assert read_nifti_comments(tmp_path / f"again.{name}") == [*said, "third"]


@pytest.mark.parametrize("length", [0, 8, 15, 2**31, -16])
def test_extensions_of_impossible_lengths_end_the_search(tmp_path, length):
    path = tmp_path / "m.nii"
    write_nifti(path, ARRAY, GRID, comments=["one", "two"])
    raw = bytearray(path.read_bytes())
    raw[352:356] = struct.pack("<I", length & 0xFFFFFFFF)
    path.write_bytes(raw)
    assert read_nifti_comments(path) == []


def test_custom_fields_of_nrrd_are_words(tmp_path):
    with refused("a:b"):
        write_nrrd(tmp_path / "m.nrrd", ARRAY, GRID, custom={"a:b": "x"})
    assert not (tmp_path / "m.nrrd").exists()
