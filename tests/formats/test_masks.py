"""Masks in every format, opened again by the reader that each format's users have."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import nrrd
import numpy as np
import pytest
import tifffile
import trimesh

from napari_atlas_explorer import Atlas, RegionMap, VoxelData
from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError
from napari_atlas_explorer.core.mask_recipe import MaskRecipe
from napari_atlas_explorer.core.query.parser import select
from napari_atlas_explorer.formats.masks import (
    WRITTEN_MASKS,
    NamedMask,
    mask_files,
    write_mask,
    write_masks,
)
from napari_atlas_explorer.formats.nrrd.segmentation import read_seg_nrrd
from napari_atlas_explorer.formats.recipes import read_recipes, recipe_line, recipe_path

from ..refusals import refused

CORNER = (100.0, -200.0, 50.0)
STEPS = (10.0, 20.0, 40.0)


@pytest.fixture
def atlas() -> Atlas:
    """5 × 6 × 7 voxels, "asr", placed off the origin, with a name that is not ASCII."""
    rows = [
        {"id": 1, "acronym": "root", "name": "cerveau", "rgb_triplet": [255, 0, 0]},
        {"id": 2, "acronym": "Å", "name": 'aire "β" \\ ü', "rgb_triplet": [0, 51, 102]},
        {"id": 3, "acronym": "b", "name": "b", "rgb_triplet": [0, 0, 255]},
    ]
    ids = np.zeros((5, 6, 7), np.uint32)
    ids[1:4, 1:4, 1:3] = 2
    ids[1:4, 1:4, 3:6] = 3
    ids[4, 5, 6] = 1
    volume = VoxelData(ids, STEPS, CORNER)
    return Atlas.from_arrays(volume, RegionMap(rows, [None, 1, 1]), STEPS, orientation="asr")


def named(atlas: Atlas, query: str) -> NamedMask:
    selection = select(query, atlas.ranks)
    recipe = MaskRecipe.of(atlas, selection, query)
    return NamedMask(query, selection.mask(), recipe, (0, 51, 102), f"id-{query}")


def written(atlas: Atlas, path: Path, query: str = "Å") -> Path:
    files = write_mask(path, named(atlas, query), atlas.grid, atlas.orientation)
    assert files[0] == path
    assert sorted(files) == sorted(path.parent.iterdir())
    return path


def centers(atlas: Atlas, mask: np.ndarray) -> np.ndarray:
    """Where the voxels of a mask lie, by hand."""
    return np.array(CORNER) + (np.argwhere(mask) + 0.5) * STEPS


def test_nrrd_is_a_mask_of_voxelbrain(atlas, tmp_path):
    values, header = nrrd.read(str(written(atlas, tmp_path / "m.nrrd")))
    mask = named(atlas, "Å").mask
    np.testing.assert_array_equal(values, mask)
    assert values.dtype == np.uint8
    np.testing.assert_array_equal(header["space origin"], CORNER)
    np.testing.assert_array_equal(header["space directions"], np.diag(STEPS))
    assert header["space units"] == ["um"] * 3
    assert header["atlas_explorer_origin"] == "corner"


@pytest.mark.parametrize("name", ["m.nii", "m.nii.gz"])
def test_nifti_lies_where_the_atlas_does(atlas, tmp_path, name):
    image = nib.load(written(atlas, tmp_path / name))
    mask = named(atlas, "Å").mask
    values = np.asanyarray(image.dataobj)
    assert values.dtype == np.uint8
    np.testing.assert_array_equal(values, mask)
    # "asr" starts at the front, at the top and on the right: world axes are -y, -z and -x.
    a, b, c = centers(atlas, mask).T / 1000
    found = nib.affines.apply_affine(image.affine, np.argwhere(values))
    np.testing.assert_allclose(found, np.stack([-c, -a, -b], axis=1), atol=1e-6)
    assert image.header.get_xyzt_units()[0] == "mm"
    assert "".join(nib.aff2axcodes(image.affine)) == "PIL"


def test_a_segmentation_is_read_by_slicerio(atlas, tmp_path):
    slicerio = pytest.importorskip("slicerio")
    found = slicerio.read_segmentation(str(written(atlas, tmp_path / "m.seg.nrrd")))
    mask = named(atlas, "Å").mask
    np.testing.assert_array_equal(found["voxels"], mask)
    a, b, c = centers(atlas, mask).T / 1000
    at = nib.affines.apply_affine(found["ijkToLPS"], np.argwhere(found["voxels"]))
    np.testing.assert_allclose(at, np.stack([c, a, -b], axis=1), atol=1e-9)
    (segment,) = found["segments"]
    assert segment["color"] == [0, 0.2, 0.4]


def test_overlapping_masks_are_in_layers_of_their_own(atlas, tmp_path):
    slicerio = pytest.importorskip("slicerio")
    masks = [named(atlas, query) for query in ("Å", "b", "root")]
    path = tmp_path / "m.seg.nrrd"
    write_masks(path, masks, atlas.grid, atlas.orientation)
    found = slicerio.read_segmentation(str(path))
    assert found["voxels"].shape == (2, 5, 6, 7)
    assert [s["layer"] for s in found["segments"]] == [0, 0, 1]
    for segment, mask in zip(found["segments"], masks, strict=True):
        layer = found["voxels"][segment["layer"]]
        np.testing.assert_array_equal(layer == segment["labelValue"], mask.mask)
    assert read_recipes(path) == tuple(m.recipe.with_result(m.mask) for m in masks)


def test_names_in_a_segmentation_keep_their_letters(atlas, tmp_path):
    mask = named(atlas, "Å")
    path = tmp_path / "m.seg.nrrd"
    write_masks(path, [NamedMask('aire "β" ü', mask.mask)], atlas.grid)
    assert read_seg_nrrd(path).segments[0].name == 'aire "β" ü'
    assert "β" in path.read_bytes().split(b"\n\n")[0].decode("utf-8")


def test_tiff_states_the_size_of_a_voxel(atlas, tmp_path):
    with tifffile.TiffFile(written(atlas, tmp_path / "m.tif")) as file:
        values = file.asarray()
        np.testing.assert_array_equal(values, named(atlas, "Å").mask)
        assert values.dtype == np.uint8
        said = file.imagej_metadata
        assert (said["spacing"], said["unit"]) in ((10.0, "um"), (10.0, "µm"), (10.0, "micron"))
        y, x = (file.pages[0].tags[f"{k}Resolution"].value for k in "YX")
        assert (y[1] / y[0], x[1] / x[0]) == pytest.approx((20, 40))


@pytest.mark.parametrize("suffix", [".obj", ".stl", ".ply"])
def test_a_surface_lies_around_the_voxels(atlas, tmp_path, suffix):
    mesh = trimesh.load_mesh(written(atlas, tmp_path / f"m{suffix}"))
    mask = named(atlas, "Å").mask
    assert mesh.is_watertight
    assert mesh.volume > 0  # faces look outward
    np.testing.assert_allclose(mesh.bounds, [[110, -180, 90], [140, -120, 170]], rtol=1e-6)
    everywhere = np.array(CORNER) + (np.argwhere(np.ones_like(mask)) + 0.5) * STEPS
    # A center is inside if the winding number is 1: the solid angles of all faces, by hand.
    a, b, c = (mesh.triangles[None, :, k] - everywhere[:, None] for k in range(3))
    la, lb, lc = (np.linalg.norm(v, axis=2) for v in (a, b, c))
    top = np.einsum("pfk,pfk->pf", a, np.cross(b, c))
    bottom = (
        la * lb * lc
        + np.einsum("pfk,pfk->pf", a, b) * lc
        + np.einsum("pfk,pfk->pf", b, c) * la
        + np.einsum("pfk,pfk->pf", c, a) * lb
    )
    turns = np.arctan2(top, bottom).sum(axis=1) / (2 * np.pi)
    np.testing.assert_array_equal(turns.round(3), mask.ravel().astype(float))


@pytest.mark.parametrize("suffix", WRITTEN_MASKS)
def test_every_file_carries_its_recipe_or_has_it_beside(atlas, tmp_path, suffix):
    path = tmp_path / f"m{suffix}"
    mask = named(atlas, "Å + b")
    files = write_mask(path, mask, atlas.grid, atlas.orientation)
    assert files == mask_files(path)
    assert read_recipes(path) == (mask.recipe.with_result(mask.mask),)
    inside = suffix.endswith((".nrrd", ".nii", ".nii.gz"))
    assert recipe_path(path).exists() is not inside


@pytest.mark.parametrize("suffix", [".nrrd", ".nii.gz", ".tif", ".seg.nrrd", ".obj"])
def test_quotes_backslashes_and_letters_of_a_recipe_come_back(atlas, tmp_path, suffix):
    mask = named(atlas, "Å")
    query = 'Å & /"β"\\\\d\\b$/\n\t"\\n"'
    told = MaskRecipe.of(atlas, select("Å", atlas.ranks), query)
    path = tmp_path / f"m{suffix}"
    write_mask(path, NamedMask("m", mask.mask, told), atlas.grid, atlas.orientation)
    assert read_recipes(path)[0].query == query


def test_a_reader_that_takes_no_escapes_back_still_finds_json(atlas, tmp_path):
    told = MaskRecipe.of(atlas, select("Å", atlas.ranks), 'a "quoted\\" name')
    path = tmp_path / "m.nrrd"
    write_mask(path, NamedMask("m", named(atlas, "Å").mask, told), atlas.grid)
    header = nrrd.read_header(str(path))
    assert json.loads(header["atlas_explorer_recipe"])["regions"][0]["id"] == 2
    assert json.loads(recipe_line([told]))["query"] == told.query


@pytest.mark.parametrize("suffix", WRITTEN_MASKS)
def test_the_same_mask_is_the_same_bytes(atlas, tmp_path, suffix):
    for name in ("one", "two"):
        write_mask(tmp_path / f"{name}{suffix}", named(atlas, "b"), atlas.grid, atlas.orientation)
    one, two = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
    assert one == two
    # Neither the time of day, which would be the same within a second.
    assert b"GMT" not in one
    assert not one.startswith(b"\x1f\x8b") or one[4:8] == bytes(4)


def test_a_mask_that_was_edited_is_not_written_with_its_recipe(atlas, tmp_path):
    mask = named(atlas, "b")
    told = mask.recipe.with_result(mask.mask)
    edited = mask.mask.copy()
    edited[0, 0, 0] = True
    with refused("edited", by=ArgumentError):
        write_mask(tmp_path / "m.nrrd", NamedMask("b", edited, told), atlas.grid)
    assert list(tmp_path.iterdir()) == []
    write_mask(tmp_path / "m.nrrd", NamedMask("b", edited), atlas.grid)
    with refused("no recipe", by=AtlasFileError):
        read_recipes(tmp_path / "m.nrrd")


def test_other_formats_are_refused(atlas, tmp_path):
    with refused("m.png", ".nrrd", by=AtlasFileError):
        write_mask(tmp_path / "m.png", named(atlas, "b"), atlas.grid)
    with refused("2 masks", ".seg.nrrd", by=AtlasFileError):
        write_masks(tmp_path / "m.nrrd", [named(atlas, "b")] * 2, atlas.grid)
    with refused("no mask", by=ArgumentError):
        write_masks(tmp_path / "m.seg.nrrd", [], atlas.grid)
    assert list(tmp_path.iterdir()) == []
