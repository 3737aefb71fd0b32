"""Allen CCF files, on the real 100 µm grid."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError

from ... import nrrd_text, packages
from ...refusals import refused


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Not to be changed: the files are a megabyte each."""
    return packages.allen_ccf(tmp_path_factory.mktemp("ccf"))


@pytest.mark.parametrize("ontology", ["1.json", "allen_structure_tree.csv"])
def test_an_annotation_opens_with_either_ontology(tmp_path, ontology):
    atlas = open_atlas(packages.allen_ccf(tmp_path, ontology))
    assert atlas.name == "Allen mouse CCF 100 µm"
    assert atlas.shape == packages.CCF_SHAPE
    assert atlas.resolution == (100, 100, 100)
    assert list(atlas.region_map) == list(packages.PATHS)
    assert atlas.metadata["hierarchy"] == ontology
    assert atlas.package.annotation == "annotation_100"
    np.testing.assert_array_equal(atlas.annotation, packages.label_ids(packages.CCF_SHAPE))
    assert atlas.reference.shape == packages.CCF_SHAPE
    assert sorted(atlas.datasets) == ["annotation_100", "average_template_100"]


def test_axes_and_sides_are_those_that_allen_documents(folder):
    atlas = open_atlas(folder)
    assert atlas.orientation == "asl"
    assert atlas.hemisphere_rule.convention == "Allen CCF"
    assert atlas.at((5000, 4000, 5699)).hemisphere == "left"
    assert atlas.at((5000, 4000, 5700)).hemisphere == "right"
    assert atlas.at((5000, 4000, 5699)).acronym == "Isocortex"
    assert atlas.hemispheres.count(1) == atlas.hemispheres.count(2) == 132 * 80 * 57


def test_a_space_that_says_otherwise_is_reported_and_not_trusted(folder):
    atlas = open_atlas(folder)
    (assumption,) = atlas.assumptions
    assert assumption.quantity == "orientation"
    assert "left-posterior-superior" in assumption.statement


def test_a_space_that_agrees_leaves_nothing_to_assume(tmp_path):
    atlas = open_atlas(packages.allen_ccf(tmp_path, space="posterior-inferior-right"))
    assert (atlas.orientation, atlas.assumptions) == ("asl", ())


@pytest.fixture
def two_resolutions(tmp_path):
    """The voxels of the finer annotation are left out: its header is all that is needed."""
    packages.allen_ccf(tmp_path)
    header = nrrd_text.header_of(np.zeros((1, 1, 1), np.uint32))
    header |= {"sizes": "264 160 228", "encoding": "gzip", "spacings": "50 50 50"}
    text = "".join(f"{key}: {value}\n" for key, value in header.items())
    (tmp_path / "annotation_50.nrrd").write_text(f"NRRD0004\n{text}\n")
    return tmp_path


def test_of_two_resolutions_the_one_with_a_template_opens_and_the_other_is_named(two_resolutions):
    atlas = open_atlas(two_resolutions)
    assert atlas.resolution == (100, 100, 100)
    assert any("annotation_50.nrrd" in a.statement for a in atlas.assumptions)
    assert "annotation_50" in atlas.datasets


def test_without_a_template_the_finest_opens(two_resolutions):
    (two_resolutions / "average_template_100.nrrd").unlink()
    atlas = open_atlas(two_resolutions)
    assert atlas.shape == (264, 160, 228)
    assert atlas.reference is None
    with refused(two_resolutions / "annotation_50.nrrd", by=AtlasFileError):
        _ = atlas.ranks


def test_a_named_file_opens_as_it_is_asked(two_resolutions):
    fine = open_atlas(two_resolutions / "annotation_50.nrrd")
    assert (fine.resolution, fine.package.annotation) == ((50, 50, 50), "annotation_50")
    coarse = open_atlas(str(two_resolutions / "annotation_100.nrrd"))
    assert coarse.resolution == (100, 100, 100)
    assert all(a.quantity != "annotation" for a in coarse.assumptions)


def test_a_hierarchy_may_be_given_instead_of_the_ontology(tmp_path, small_map):
    packages.allen_ccf(tmp_path)
    (tmp_path / "1.json").unlink()
    atlas = open_atlas(tmp_path, region_map=small_map)
    assert atlas.region_map is small_map
    assert atlas.ranks.unknown_ids.tolist() == [315, 549, 614454277]


def test_a_template_alone_is_not_taken_for_an_atlas(folder, tmp_path):
    noise = packages.image((20, 20, 20))
    packages.write_nrrd(tmp_path / "average_template_100.nrrd", noise, 100.0)
    packages.ontology_json(tmp_path / "1.json")
    with refused(tmp_path, by=AtlasFileError):
        open_atlas(tmp_path)
    with refused(tmp_path / "average_template_100.nrrd", "image", by=AtlasFileError):
        open_atlas(tmp_path / "average_template_100.nrrd")


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ("", "its header states none"),
        (
            "left-posterior-superior",
            "the header's space 'left-posterior-superior' states otherwise",
        ),
    ],
)
def test_what_the_header_says_of_its_space_is_quoted_once(tmp_path, space, words):
    folder = packages.allen_ccf(tmp_path, space=space)
    said = [a.statement for a in open_atlas(folder).assumptions if a.quantity == "orientation"]
    assert said == [f"asl, as Allen documents the CCF; {words}"]
