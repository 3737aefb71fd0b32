"""`package_atlas`: arguments of BrainGlobe's packagers. Its own tools: the conformance tests."""

from __future__ import annotations

import hashlib
import json
import tarfile

import numpy as np
import pytest
import zarr

from napari_atlas_explorer import AtlasError, open_atlas, package_atlas
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.packaging.options import PackageOptions

from ..qa import broken
from ..refusals import refused

BOTH = ("brainglobe-v2", "brainglobe-v3")


def arguments(folder, **changes):
    given = {
        "atlas_name": "handmade_brain",
        "atlas_minor_version": 4,
        "citation": "unpublished",
        "atlas_link": "https://example.org",
        "species": "Nullus exemplum",
        "resolution": (100, 100, 100),
        "orientation": "asr",
        "root_id": 997,
        "reference_stack": broken.reference(),
        "annotation_stack": broken.annotation(),
        "structures_list": broken.structures(),
        "meshes_dict": None,
        "working_dir": folder,
    }
    return {**given, **changes}


def coarse(values):
    """Every second voxel, of the odd ones: no rule of ours would take those."""
    return np.ascontiguousarray(values[::2, ::2, ::2])


def test_a_v2_package_and_its_archive_are_what_brainglobes_call_leaves(tmp_path):
    archive = package_atlas(**arguments(tmp_path))
    atlas = open_atlas(tmp_path / "handmade_brain_100um_v1.4")
    assert np.array_equal(atlas.annotation.raw, broken.annotation())
    assert archive == tmp_path / "handmade_brain_100um_v1.4.tar.gz"
    with tarfile.open(archive) as packed:
        assert "handmade_brain_100um_v1.4/annotation.tiff" in packed.getnames()


def test_the_folder_goes_where_it_is_to_be_cleaned_up(tmp_path):
    archive = package_atlas(**arguments(tmp_path, cleanup_files=True))
    assert {p.name for p in tmp_path.iterdir()} == {archive.name, f"{archive.name}.sha256"}


def masks_in(folder):
    """Masks of a v3 package by id."""
    (path,) = folder.rglob("annotations.ome.zarr")
    group = zarr.open_group(str(path), mode="r")
    return dict(zip(group["annotation_values"][:].tolist(), group["s0"][:], strict=True))


def test_a_v3_package_has_the_mask_of_every_region(tmp_path):
    package_atlas(**arguments(tmp_path), target="brainglobe-v3")
    masks = masks_in(tmp_path)
    assert len(masks) > 5
    for region_id, mask in masks.items():
        below = [r["id"] for r in broken.structures() if region_id in r["structure_id_path"]]
        np.testing.assert_array_equal(mask > 0, np.isin(broken.annotation(), below))


@pytest.mark.parametrize("changes", [{"masks": False}, {"options": PackageOptions(BOTH[1])}, {}])
def test_masks_are_left_out_where_that_is_said_or_they_are_too_many(tmp_path, monkeypatch, changes):
    if not changes:
        monkeypatch.setattr("napari_atlas_explorer.packaging.package_atlas.MASK_VALUES", 1000)
    package_atlas(**arguments(tmp_path), target="brainglobe-v3", **changes)
    assert list(tmp_path.rglob("annotations.ome.zarr")) == []


def test_masks_are_of_v3_packages(tmp_path):
    with refused("masks", "brainglobe-v2", by=AtlasError):
        package_atlas(**arguments(tmp_path), masks=True)


LINKS = "https://example.org", "https://example.org/second"


def link_in(path):
    """What a folder's or an archive's metadata say of the link."""
    if path.is_dir():
        return json.loads((path / "metadata.json").read_text())["atlas_link"]
    with tarfile.open(path) as packed:
        (name,) = [n for n in packed.getnames() if n.endswith("/metadata.json")]
        return json.load(packed.extractfile(name))["atlas_link"]


def contents(folder):
    return {p: p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_second_package_replaces_folder_and_archive(tmp_path):
    archive = package_atlas(**arguments(tmp_path))
    folder = tmp_path / "handmade_brain_100um_v1.4"
    before = contents(tmp_path)
    assert (link_in(folder), link_in(archive)) == (LINKS[0], LINKS[0])
    with refused("it exists"):
        package_atlas(**arguments(tmp_path, atlas_link=LINKS[1]))
    with refused("root_id", by=AtlasError):
        package_atlas(**arguments(tmp_path, atlas_link=LINKS[1], root_id=5, overwrite=True))
    assert contents(tmp_path) == before
    assert package_atlas(**arguments(tmp_path, atlas_link=LINKS[1], overwrite=True)) == archive
    assert (link_in(folder), link_in(archive)) == (LINKS[1], LINKS[1])
    assert {*contents(tmp_path)} == {*before}
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert archive.with_name(f"{archive.name}.sha256").read_text().startswith(digest)


def test_an_archive_without_its_folder_is_replaced_only_if_requested(tmp_path):
    archive = package_atlas(**arguments(tmp_path, cleanup_files=True))
    before = contents(tmp_path)
    with refused(str(archive), "it exists"):
        package_atlas(**arguments(tmp_path, atlas_link=LINKS[1], cleanup_files=True))
    assert contents(tmp_path) == before
    package_atlas(**arguments(tmp_path, atlas_link=LINKS[1], cleanup_files=True, overwrite=True))
    assert link_in(archive) == LINKS[1]
    assert {*contents(tmp_path)} == {*before}


def test_each_resolution_has_its_archive(tmp_path):
    stacks = {
        "reference_stack": [broken.reference(), coarse(broken.reference())],
        "annotation_stack": [broken.annotation(), coarse(broken.annotation())],
        "resolution": [(100, 100, 100), (200, 200, 200)],
    }
    options = PackageOptions("brainglobe-v2", meshes="none")
    archive = package_atlas(**arguments(tmp_path, **stacks, cleanup_files=True), options=options)
    assert archive.name == "handmade_brain_100um_v1.4.tar.gz"
    assert sorted(p.name for p in tmp_path.glob("*.gz")) == [
        archive.name,
        archive.name.replace("100um", "200um"),
    ]
    assert not [p for p in tmp_path.iterdir() if p.is_dir()]


@pytest.mark.parametrize("target", BOTH)
def test_stacks_of_every_resolution_are_taken_as_they_are(tmp_path, target):
    given = {
        "reference_stack": broken.reference(),
        "annotation_stack": broken.annotation(),
        "hemispheres_stack": broken.hemispheres(),
    }
    # Sides of the coarse volume are shifted, and int64, as nothing here would make them.
    twins = {name: [values, coarse(values)] for name, values in given.items()}
    twins["hemispheres_stack"][1] = np.roll(coarse(broken.hemispheres()), 1, 0).astype(np.int64)
    finest = package_atlas(
        **arguments(tmp_path, resolution=[(100, 100, 100), (200, 200, 200)], **twins),
        target=target,
        compress=False,
        keep_faulty=True,  # levels of v3 that contradict each other are found
    )
    other = str(finest).replace("100um", "200um")
    atlas = open_atlas(other)
    assert atlas.resolution == (200, 200, 200)
    assert np.array_equal(atlas.annotation.raw, coarse(broken.annotation()))
    assert np.array_equal(atlas.reference.raw, coarse(broken.reference()))
    assert np.array_equal(atlas.hemispheres.raw, twins["hemispheres_stack"][1])
    assert np.array_equal(open_atlas(finest).hemispheres.raw, broken.hemispheres())


def test_a_coarse_stack_of_another_shape_is_refused(tmp_path):
    stacks = {
        name: [values, values[:19, ::2, ::2]]
        for name, values in (
            ("reference_stack", broken.reference()),
            ("annotation_stack", broken.annotation()),
        )
    }
    with refused("(19, 16, 18)", "(20, 16, 18)", "200"):
        package_atlas(**arguments(tmp_path / "out", resolution=[(100,) * 3, (200,) * 3], **stacks))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "given", ["nissl", 7, ["nissl"], [("nissl", 1, 2)], [({"version": "1"}, np.ones((2, 2, 2)))]]
)
def test_further_images_that_are_no_pairs_are_refused(tmp_path, given):
    with refused("additional_references", "name", by=ArgumentError):
        package_atlas(**arguments(tmp_path, additional_references=given))
    assert not any(tmp_path.iterdir())


def test_a_package_with_errors_is_kept_where_that_is_requested(tmp_path):
    given = arguments(tmp_path, reference_stack=np.full(broken.SHAPE, 200, np.uint16))
    with refused("200", remedy="keep faulty"):
        package_atlas(**given)
    assert not any(tmp_path.iterdir())
    folder = package_atlas(**given, keep_faulty=True, compress=False)
    assert (open_atlas(folder).reference == 200).all()


@pytest.mark.parametrize("key", ["acronym", "name"])
def test_names_of_regions_are_texts(tmp_path, key):
    rows = broken.structures()
    rows[1] = {**rows[1], key: list(rows[1][key])}
    with refused(f"region {rows[1]['id']}", key, by=ArgumentError):
        package_atlas(**arguments(tmp_path, structures_list=rows))
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("target", BOTH)
def test_options_say_which_layout_it_is(tmp_path, target):
    options = PackageOptions(target, empty="drop", meshes="none")
    path = package_atlas(**arguments(tmp_path), options=options, compress=False)
    atlas = open_atlas(path)
    assert atlas.metadata["version"] == ("1.4" if target == BOTH[0] else "3.4")


def test_stacks_of_every_resolution_are_kept_with_options(tmp_path):
    stacks = {
        "reference_stack": [broken.reference(), coarse(broken.reference())],
        "annotation_stack": [broken.annotation(), coarse(broken.annotation())],
        "resolution": [(100, 100, 100), (200, 200, 200)],
    }
    options = PackageOptions("brainglobe-v2", meshes="none")
    package_atlas(**arguments(tmp_path / "out", **stacks), options=options)
    assert (tmp_path / "out" / "handmade_brain_200um_v1.4").is_dir()
    options = PackageOptions("brainglobe-v2", resolutions=(300.0,))
    with refused("300", "200", "expected one"):
        package_atlas(**arguments(tmp_path / "other", **stacks), options=options)


def test_an_itksnap_folder_can_be_made_of_the_same_arguments(tmp_path):
    path = package_atlas(**arguments(tmp_path), target="itksnap")
    assert path.exists()
