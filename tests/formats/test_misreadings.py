"""Files that could be read in two ways are refused, or what was left out is said."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.formats.arrays import read_array_header
from napari_atlas_explorer.formats.common.text import load_json
from napari_atlas_explorer.formats.nrrd.header import read_nrrd_header
from napari_atlas_explorer.formats.ome_zarr.reader import read_ome_zarr, read_ome_zarr_header
from napari_atlas_explorer.formats.points.reader import open_points
from napari_atlas_explorer.formats.recipes import read_recipes
from napari_atlas_explorer.formats.tiff.reader import read_tiff, read_tiff_header

from .. import nrrd_text, packages
from ..packages_v3 import write_ome_zarr
from ..refusals import refused

BRACKETS = b"(" * 60
HIERARCHY = {
    "id": 1,
    "acronym": "r",
    "name": "root",
    "children": [{"id": 2, "acronym": "a", "name": "A"}],
}

# ---- TIFF: pages that tifffile would leave out ---------------------------------------------------


def pages(path, *kinds):
    """Write runs of pages: ``(count, dtype)`` each."""
    with tifffile.TiffWriter(path) as writer:
        for count, dtype, *options in kinds:
            for n in range(count):
                page = np.full((9, 8), n + 1, dtype)
                writer.write(page, photometric="minisblack", metadata=None, **dict(options))
    return path


@pytest.mark.parametrize(
    "kinds",
    [
        [(6, "u2"), (4, "u4")],
        [(1, "u2"), (1, "u1")] * 5,
        [(3, "u2"), (1, "u1"), (3, "u2")],
        [(4, "u2"), (1, "f4")],
    ],
    ids=str,
)
def test_a_tiff_of_several_kinds_of_pages_is_refused(tmp_path, kinds):
    path = pages(tmp_path / "v.tif", *kinds)
    with refused(path, "pages of several sizes or types", "of uint16", by=AtlasFileError):
        read_tiff_header(path)


def test_a_few_other_pages_are_left_out_and_named(tmp_path):
    path = pages(tmp_path / "v.tif", (9, "u2"), (1, "u1"))
    header = read_tiff_header(path)
    assert [a.statement for a in header.assumptions if a.quantity == "volumes"] == [
        "of v.tif, 1 page of 9 × 8 uint8 is left out, as a label or thumbnail"
    ]
    assert read_tiff(path)[:, 0, 0].tolist() == [*range(1, 10)]


def test_pages_that_the_file_calls_reduced_are_nothing_to_speak_of(tmp_path):
    path = pages(tmp_path / "v.tif", (3, "u2"), (1, "u1", ("subfiletype", 1)))
    header = read_tiff_header(path)
    assert header.shape == (3, 9, 8)
    assert [a.quantity for a in header.assumptions] == ["resolution"]


def test_levels_of_a_pyramid_are_nothing_to_speak_of(tmp_path):
    volume = np.arange(4 * 32 * 32, dtype=np.uint16).reshape(4, 32, 32)
    path = tmp_path / "v.tif"
    with tifffile.TiffWriter(path) as writer:
        options = {"photometric": "minisblack", "tile": (16, 16)}
        writer.write(volume, subifds=1, **options)
        writer.write(volume[:, ::2, ::2], subfiletype=1, **options)
    np.testing.assert_array_equal(read_tiff(path), volume)
    assert [a.quantity for a in read_tiff_header(path).assumptions] == ["resolution"]


# ---- JSON: one key, two values -------------------------------------------------------------------


@pytest.mark.parametrize("text", ['{"id": 1, "id": 5}', '[{"a": {"b": 1, "c": 2, "b": 1.0}}]'])
def test_a_key_with_two_values_is_refused(tmp_path, text):
    path = tmp_path / "h.json"
    path.write_text(text)
    with refused(path, "has two values in one object", "each key once", by=AtlasFileError):
        load_json(path)


@pytest.mark.parametrize("text", ['{"a": 1, "a": 1}', '{"a": NaN, "a": NaN}', '{"a": [], "a": []}'])
def test_a_key_that_says_the_same_twice_is_read(tmp_path, text):
    path = tmp_path / "h.json"
    path.write_text(text)
    assert len(load_json(path)) == 1


def test_a_control_character_does_not_make_two_keys_pass(tmp_path):
    path = tmp_path / "h.json"
    path.write_text(r'{"name": "a\u001b", "id": 1, "id": 2}')
    with refused(path, "'id'", by=AtlasFileError):
        load_json(path)


def test_a_hierarchy_points_and_a_recipe_with_two_values_are_refused(tmp_path):
    path = tmp_path / "p.json"
    path.write_text('{"points": [[1, 2, 3]], "points": [[4, 5, 6]]}')
    with refused(path, "'points'", by=AtlasFileError):
        open_points(path)
    path.write_text('{"atlas": "a", "atlas": "b"}')
    with refused(path, "'atlas'", by=AtlasFileError):
        read_recipes(path)
    packages.write_nrrd(tmp_path / "annotation.nrrd", np.full((6, 6, 6), 2, np.uint32))
    text = json.dumps(HIERARCHY).replace('"id": 2', '"id": 2, "id": 3')
    (tmp_path / "hierarchy.json").write_text(text)
    with refused("'id' has two values", by=AtlasFileError):
        open_atlas(tmp_path, tmp_path / "hierarchy.json")


# ---- OME-Zarr ------------------------------------------------------------------------------------


@pytest.mark.parametrize("names", ["zzz", "zyz", "xxy"])
def test_axes_of_one_name_are_refused(tmp_path, names):
    path = write_ome_zarr(tmp_path / "v.zarr", [np.ones((3, 4, 5), np.uint16)], [0.025])
    file = path / "zarr.json"
    document = json.loads(file.read_text())
    scales = document["attributes"]["ome"]["multiscales"][0]
    for axis, name in zip(scales["axes"], names, strict=True):
        axis["name"] = name
    file.write_text(json.dumps(document))
    with refused(path, "three different names", by=AtlasFileError):
        read_ome_zarr_header(path)


def test_chunks_of_no_voxels_are_refused(tmp_path):
    path = write_ome_zarr(tmp_path / "v.zarr", [np.ones((3, 4, 5), np.uint16)], [0.025])
    file = path / "s0" / "zarr.json"
    document = json.loads(file.read_text())
    document["chunk_grid"]["configuration"]["chunk_shape"] = [0, 4, 4]
    file.write_text(json.dumps(document))
    with refused(path, by=AtlasFileError):
        read_ome_zarr(read_ome_zarr_header(path).levels[0])


# ---- Arrays of NumPy -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [BRACKETS, b"{" * 90, b"{[]: 1}", b"'''", b"\xff\xfe", b"[" * 9000, b"-" * 9000 + b"1"],
)
@pytest.mark.parametrize("read", [open_points, read_array_header])
def test_a_damaged_header_of_an_array_is_refused(tmp_path, header, read):
    path = tmp_path / "v.npy"
    text = header + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text)
    with refused(path, by=AtlasFileError):
        read(path)


# ---- NRRD: sizes that no arithmetic holds --------------------------------------------------------


@pytest.mark.parametrize("size", ["1e308", "1e200", "1e16", "1e-200", "5e-324", "0", "-1e308"])
def test_voxels_of_no_possible_size_are_refused(tmp_path, size):
    path = nrrd_text.write(
        tmp_path / "v.nrrd",
        np.ones((2, 3, 4), np.uint16),
        spacings=None,
        space="left-posterior-superior",
        space_directions=f"({size},0,0) (0,{size},0) (0,0,{size})",
        space_origin="(0,0,0)",
    )
    with refused(path, "cannot place voxels", by=AtlasFileError):
        read_nrrd_header(path)


def test_the_largest_voxels_have_a_finite_volume(tmp_path):
    path = nrrd_text.write(tmp_path / "v.nrrd", np.ones((2, 3, 4), np.uint16), spacings="1e15 1 1")
    assert np.isfinite(read_nrrd_header(path).grid.voxel_volume)


# ---- What an error names -------------------------------------------------------------------------


def write_atlas(folder, ids):
    packages.write_nrrd(folder / "annotation.nrrd", ids)
    (folder / "hierarchy.json").write_text(json.dumps(HIERARCHY))
    return folder


def test_a_volume_taken_for_an_image_is_not_said_to_lack_the_ids(tmp_path):
    folder = write_atlas(tmp_path, np.full((1, 1, 1), 2, np.uint32))
    words = ("annotation.nrrd is taken as an image: too few voxels to compare neighbors",)
    with refused(*words, by=AtlasFileError, remedy="state annotation"):
        open_atlas(folder)
    assert open_atlas(folder, kind="annotation").ranks.counts.tolist() == [0, 0, 1]


def test_noise_of_known_ids_opens_where_it_is_stated_to_be_an_annotation(tmp_path):
    ids = np.indices((6, 6, 6)).sum(axis=0).astype(np.uint32) % 2 + 1
    folder = write_atlas(tmp_path, ids)
    with refused("no annotation", "is taken as an image", remedy="state annotation"):
        open_atlas(folder)
    assert open_atlas(folder, kind="annotation").ranks.counts.tolist() == [0, 108, 108]


def test_unknown_ids_are_said_to_be_unknown(tmp_path):
    folder = write_atlas(tmp_path, np.full((6, 6, 6), 77, np.uint32))
    with refused("hierarchy.json knows 0 of the 1 ids of annotation.nrrd", remedy=""):
        open_atlas(folder)


def test_an_id_beyond_any_integer_names_its_file(tmp_path):
    ids = np.full((6, 6, 6), 2, np.uint64)
    ids[3:] = 2**64 - 1
    folder = write_atlas(tmp_path, ids)
    with refused(folder / "annotation.nrrd", "18446744073709551615", "2^63", by=AtlasFileError):
        _ = open_atlas(folder).ranks
