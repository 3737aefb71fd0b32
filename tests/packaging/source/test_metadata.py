import pytest

from napari_atlas_explorer import AtlasError
from napari_atlas_explorer.packaging.source.metadata import FIELDS, AtlasMetadata, check

from ...refusals import refused

WHOLE = {
    "name": "allen_mouse",
    "version": "1.2",
    "species": "Mus musculus",
    "citation": "Wang et al 2020, https://doi.org/10.1016/j.cell.2020.04.007",
    "atlas_link": "http://www.brain-map.org",
    "orientation": "asr",
    "resolution": [25.0] * 3,
}


@pytest.mark.parametrize("field", FIELDS, ids=lambda f: f.key)
def test_every_fields_own_example_is_right(field):
    assert field.check(field.example) == ""
    assert field.explanation.endswith(".")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", "allen_mouse"),
        ("name", "kim_dev_mouse_e11-5_mri-adc"),
        ("name", "a_3d"),
        ("version", "0.0"),
        ("version", "12.10"),
        ("species", "Mus musculus"),
        ("species", "House mouse (Mus musculus)"),
        ("species", "Rattus norvegicus domestica"),
        ("species", "Ambystoma sp."),
        ("citation", "unpublished"),
        ("citation", "A 2020, doi:10.7554/eLife.1"),
        ("citation", "https://doi.org/10.1016/j.cell.2020.04.007"),
        ("atlas_link", "https://example.org/a?b=c#d"),
        ("atlas_packager", ""),
        ("orientation", "asr"),
        ("orientation", "RAS"),
        ("resolution", "25"),
        ("resolution", 25),
        ("resolution", "25, 25, 50 µm"),
        ("resolution", "20 × 20 × 50"),
        ("resolution", [0.5, 1, 2]),
        ("resolution", (1, 1, 1)),
        ("root_id", "997"),
        ("root_id", 1),
        ("root_id", None),
        ("root_id", ""),
        ("symmetric", True),
        ("symmetric", "false"),
        ("symmetric", ""),
    ],
)
def test_what_the_fields_allow(key, value):
    assert check(key, value) == ""


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("name", "mouse"),
        ("name", "Allen_mouse"),
        ("name", "allen mouse"),
        ("name", "allen_mouse_25um"),
        ("name", "allen_mouse_v1"),
        ("name", "../allen_mouse"),
        ("name", "allen__mouse"),
        ("name", "allen_mouse\n"[:-1] + "\x00"),
        ("name", 3),
        ("version", ""),
        ("version", "1"),
        ("version", "1.2.3"),
        ("version", "v1.2"),
        ("version", "1.02"),
        ("version", 1.0),
        ("version", "١.٢"),
        ("species", ""),
        ("species", "mouse"),
        ("species", "House mouse (mouse)"),
        ("citation", ""),
        ("citation", "Wang et al 2020"),
        ("citation", "10.1016/j.cell.2020"),
        ("atlas_link", ""),
        ("atlas_link", "brain-map.org"),
        ("atlas_link", "ftp://a.org"),
        ("atlas_link", "https://"),
        ("atlas_link", "https://a b.org"),
        ("atlas_link", "http://[a"),
        ("atlas_packager", 3),
        ("orientation", "as"),
        ("orientation", "aps"),
        ("orientation", None),
        ("resolution", ""),
        ("resolution", "0"),
        ("resolution", "-25"),
        ("resolution", "25 25"),
        ("resolution", "nan"),
        ("resolution", [True] * 3),
        ("resolution", 10**400),
        ("resolution", [[1]]),
        ("root_id", "0"),
        ("root_id", 1.0),
        ("root_id", "12a"),
        ("root_id", True),
        ("symmetric", "maybe"),
        ("symmetric", 1),
    ],
)
def test_what_the_fields_refuse_they_refuse_in_one_sentence_that_names_the_key(key, value):
    sentence = check(key, value)
    assert sentence.startswith(f"{key} is ")
    assert "expected" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_an_empty_value_is_called_empty():
    assert check("name", " ").startswith("name is empty; expected ")


def test_metadata_of_a_package_come_back_as_they_were():
    metadata = AtlasMetadata.from_mapping({**WHOLE, "layers": {"names": ["L1"]}})
    assert metadata.as_dict() == {**WHOLE, "layers": {"names": ["L1"]}}
    assert AtlasMetadata.from_mapping(metadata.as_dict()) == metadata
    assert metadata.problems() == []
    assert metadata.missing() == []


def test_texts_as_they_are_typed_become_values():
    metadata = AtlasMetadata.from_mapping(
        {"resolution": "25, 25, 50", "root_id": " 997 ", "symmetric": "No", "orientation": " ASR "}
    )
    assert metadata.resolution == (25.0, 25.0, 50.0)
    assert metadata.root_id == 997
    assert metadata.symmetric is False
    assert metadata.orientation == "asr"


def test_everything_that_is_missing_or_wrong_is_reported_at_once():
    metadata = AtlasMetadata.from_mapping({"name": "mouse", "citation": "Wang 2020"})
    assert metadata.missing() == ["version", "species", "atlas_link", "orientation", "resolution"]
    assert [p.split()[0] for p in metadata.problems()] == [
        "name",
        "version",
        "species",
        "citation",
        "atlas_link",
        "orientation",
        "resolution",
    ]


def test_an_atlas_that_is_not_published_needs_no_link():
    said = {k: v for k, v in WHOLE.items() if k != "atlas_link"} | {"citation": "unpublished"}
    assert AtlasMetadata.from_mapping(said).problems() == []


def test_values_of_another_kind_are_refused_all_together():
    with refused("version is 1.0", "resolution is 'fine'"):
        AtlasMetadata.from_mapping({"version": 1.0, "resolution": "fine", "name": "x"})


def test_how_a_package_is_stored_is_not_taken_over():
    place = {"name": "allen_mouse-template", "version": "3.0", "location": "/templates/a/3_0"}
    manifest = {
        **WHOLE,
        "version": "3.0",
        "location": "/atlases/allen_mouse_25um/3_0",
        "shape": [1, 2, 3],
        "template": place,
        "annotation_set": place,
        "terminology": place,
        "coordinate_space": place,
        "additional_references": [place],
        "symmetric": True,
        "atlas_packager": None,
        "trackable": 3,
    }
    metadata = AtlasMetadata.from_package_metadata(manifest)
    assert metadata.as_dict() == {**WHOLE, "version": "3.0", "symmetric": True, "trackable": 3}


def test_voxelbrains_metadata_keep_their_layers():
    metadata = AtlasMetadata.from_package_metadata({"layers": {"names": ["L1"]}, "name": "x"})
    assert metadata.name == "x"
    assert metadata.extra == {"layers": {"names": ["L1"]}}


def test_an_unknown_field_is_refused():
    with pytest.raises(AtlasError, match="no field 'nam'"):
        check("nam", "x")
