"""What the form of a package says, and what is wrong with it, without a window."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.packaging.source.form import (
    PackageForm,
    SourceFacts,
    SourceFiles,
    masks_cost,
    missing_keys,
    parse_resolutions,
    problems,
    resolution_text,
)
from napari_atlas_explorer.packaging.source.form_spec import (
    changes,
    facts_of_files,
    form_of,
    package_title,
    place_for,
    spec_of,
)
from napari_atlas_explorer.packaging.source.remembered import (
    PackageMemory,
    remember_package,
    remembered_package,
)
from napari_atlas_explorer.packaging.source.spec import read_package_spec
from napari_atlas_explorer.packaging.source.spec_writer import write_package_spec
from tests.made_up import write_brainglobe
from tests.packaging.handmade import ingredients

RIGHT = {
    "name": "made_up",
    "version": "1.1",
    "species": "Mus musculus",
    "citation": "unpublished",
    "atlas_link": "https://example.org",
    "orientation": "asr",
    "resolution": "",
}


@pytest.fixture
def package(tmp_path):
    return open_atlas(write_brainglobe(tmp_path / "made_up")).package


@pytest.fixture
def facts(package):
    return SourceFacts.of_package(package)


@pytest.fixture
def request_(tmp_path):
    return PackageForm(metadata=RIGHT, folder=str(tmp_path / "out"))


def test_a_form_that_is_filled_in_rightly_has_no_problems(request_, facts):
    assert problems(request_, facts) == {}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("name", "Made Up"),
        ("name", ""),
        ("version", "1"),
        ("species", "a mouse"),
        ("citation", "me, 2020"),
        ("orientation", "asx"),
        ("resolution", "large"),
        ("root_id", "-1"),
        ("symmetric", "maybe"),
    ],
)
def test_each_field_answers_for_itself(request_, facts, key, text):
    asked = replace(request_, metadata={**RIGHT, key: text})
    found = problems(asked, facts)
    assert list(found) == [key]
    assert "expected" in found[key]
    assert missing_keys(asked, found) == ([key] if not text else [])


def test_other_layouts_take_any_words_but_no_wrong_numbers(request_, facts):
    metadata = {"name": "My Brain", "species": "?", "orientation": "q", "resolution": "x"}
    asked = replace(request_, target="voxelbrain", metadata=metadata)
    assert set(problems(asked, facts)) == {"orientation", "resolution"}
    bad = replace(asked, metadata={"name": "a/b"})
    assert set(problems(bad, facts)) == {"name"}


def test_what_no_file_states_must_be_typed(request_, facts):
    unknown = replace(facts, resolution=None, orientation=None)
    asked = replace(request_, metadata={**RIGHT, "orientation": ""})
    assert set(problems(asked, unknown)) == {"orientation", "resolution"}
    assert set(problems(replace(asked, target="itksnap"), unknown)) == {"resolution"}


def test_without_an_atlas_one_is_asked_for(request_):
    assert "source" in problems(request_, SourceFacts.of_package(None))


def test_brainglobe_needs_a_reference_image(request_, facts):
    without = replace(facts, has_reference=False)
    found = problems(request_, without)
    assert "no reference image" in found["reference"]
    assert missing_keys(request_, found) == []
    assert problems(replace(request_, target="voxelbrain"), without) == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("100", False),
        ("100, 200", False),
        ("100, 50×100×100", False),
        ("50", True),
        ("25", True),
        ("100 200", True),
        ("a", True),
        ("-3", True),
    ],
)
def test_further_resolutions_are_coarser_than_the_atlas(request_, facts, text, wrong):
    assert ("resolutions" in problems(replace(request_, resolutions=text), facts)) is wrong


def test_resolutions_are_read_as_they_are_typed():
    assert parse_resolutions("50, 100; 10×20×30,") == ((50,) * 3, (100,) * 3, (10, 20, 30))
    assert [resolution_text(r) for r in parse_resolutions("62.5, 10×20×30")] == ["62.5", "10×20×30"]


def test_a_region_is_one_of_the_atlas(request_, facts):
    assert problems(replace(request_, region="CTX"), facts) == {}
    assert problems(replace(request_, region="70001"), facts) == {}
    assert "region" in problems(replace(request_, region="nowhere"), facts)


def test_a_folder_is_needed_and_is_no_file(request_, facts, tmp_path):
    assert missing_keys(request_, problems(replace(request_, folder=" "), facts)) == []
    empty = replace(request_, folder=" ")
    assert missing_keys(empty, problems(empty, facts)) == ["folder"]
    (tmp_path / "file").write_text("")
    assert "folder" in problems(replace(request_, folder=str(tmp_path / "file")), facts)


def test_masks_cost_their_number_times_the_voxels(request_, facts):
    # 20 × 12 × 16 voxels of a byte, 6 regions; half as many along each axis at 100 µm.
    assert "2.3e-05 GB" in masks_cost(request_, facts)
    assert "2.59e-05 GB" in masks_cost(replace(request_, resolutions="100"), facts)


def test_only_what_was_typed_otherwise_changes_the_atlas(request_, package):
    known = {**RIGHT, "resolution": "50", "symmetric": "true"}
    assert changes(replace(request_, metadata=known), package) == {
        "version": "1.1",
        "species": "Mus musculus",
        "citation": "unpublished",
        "atlas_link": "https://example.org",
    }


def test_an_unpublished_atlas_needs_no_link(request_, facts):
    assert problems(replace(request_, metadata={**RIGHT, "atlas_link": ""}), facts) == {}


def test_a_list_of_ingredients_fills_the_form_and_is_written_the_same(tmp_path):
    recipe = read_package_spec(ingredients(tmp_path / "parts", lab=None))
    asked = form_of(recipe, PackageForm(folder="there"))
    assert asked.folder == "there"
    assert asked.ingredients is not None
    assert dict(asked.ingredients.additional) == {"nissl": str(tmp_path / "parts/nissl.tiff")}
    assert problems(asked, facts_of_files(asked.ingredients)) == {}
    write_package_spec(tmp_path / "again.toml", spec_of(asked))
    again = read_package_spec(tmp_path / "again.toml")
    assert replace(again, targets=()) == recipe


def test_layouts_that_the_form_does_not_show_stay_in_the_list(tmp_path):
    path = ingredients(tmp_path / "parts")
    path.write_text(path.read_text() + '[options]\ntargets = ["voxelbrain", "itksnap"]\n')
    recipe = read_package_spec(path)
    asked = form_of(recipe, PackageForm())
    assert spec_of(asked, recipe.targets).targets == ("voxelbrain", "itksnap")
    other = replace(asked, target="brainglobe-v3")
    assert spec_of(other, recipe.targets).targets == ("brainglobe-v3",)


def test_packages_of_every_layout_have_a_name_that_distinguishes_them():
    assert package_title(Path("out/allen_mouse_25um_v1.2")) == "allen_mouse_25um_v1.2"
    v3 = Path("brainglobe-atlasapi/atlases/allen_mouse_25um/1_2")
    assert package_title(v3) == "allen_mouse_25um 1.2"


def test_headers_tell_what_need_not_be_typed(tmp_path):
    path = ingredients(tmp_path / "parts")
    found = facts_of_files(form_of(read_package_spec(path), PackageForm()).ingredients)
    assert found.resolution is None  # a plain TIFF
    assert found.regions is not None
    missing_file = facts_of_files(SourceFiles(str(tmp_path / "none.nrrd")))
    assert "none.nrrd" in missing_file.problem
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "labels.tiff").write_bytes((tmp_path / "parts/labels.tiff").read_bytes())
    assert "regions" in facts_of_files(SourceFiles(str(alone / "labels.tiff"))).regions_problem


def test_what_is_wrong_with_files_is_said_at_their_rows(request_, tmp_path):
    parts = SourceFiles(
        annotation="",
        reference="gone.tif",
        meshes="nowhere",
        additional=(("nissl", str(tmp_path)), ("nissl", str(tmp_path))),
    )
    found = problems(replace(request_, ingredients=parts), SourceFacts((25,) * 3))
    assert {"annotation", "reference", "meshes", "additional"} <= set(found)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("package.toml", "recipe"),
        ("regions.csv", "regions"),
        ("1.json", "regions"),
        ("annotation_25.nrrd", "annotation"),
        ("average_template_25.nrrd", "reference"),
        ("hemispheres.tiff", "hemispheres"),
        ("orientation.nrrd", "orientation_field"),
        ("whatever.nii.gz", "annotation"),
    ],
)
def test_dropped_files_go_where_their_names_say(tmp_path, name, place):
    assert place_for(tmp_path / name, SourceFiles()) == place


def test_dropped_images_fill_annotation_reference_and_then_the_others(tmp_path):
    path = tmp_path / "image.nrrd"
    assert place_for(path, SourceFiles("a.nrrd")) == "reference"
    assert place_for(path, SourceFiles("a.nrrd", "b.nrrd")) == "additional"
    assert place_for(tmp_path, SourceFiles()) == "meshes"


def test_choices_are_remembered_and_nonsense_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_CONFIG", str(tmp_path))
    assert remembered_package() == PackageMemory()
    kept = PackageMemory("/data/out", "voxelbrain", "Jane Doe")
    remember_package(kept)
    assert remembered_package() == kept
    (tmp_path / "package.json").write_text(json.dumps({"folder": 3, "target": ["x"]}))
    assert remembered_package() == PackageMemory()
