"""Arrays that an atlas hands out: changing one changes nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, ValueToIndexVoxels, VoxelData
from napari_atlas_explorer.core.arrays import FileMap, as_c_order, read_only
from napari_atlas_explorer.core.errors import AtlasFileError
from napari_atlas_explorer.core.streamlines import Line, Streamlines

from ..refusals import refused


def test_a_read_only_view_leaves_the_array_to_its_owner():
    array = np.arange(3)
    view = read_only(array)
    with pytest.raises(ValueError, match="read-only"):
        view += 1
    array += 1
    assert view.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "shape", [(), (7,), (0, 3), (1, 1, 1), (33, 70, 41), (5, 1, 64), (2, 33, 4, 35)]
)
@pytest.mark.parametrize("order", ["C", "F", "turned", "strided", "mirrored"])
def test_a_copy_in_c_order_has_the_values_of_any_order(shape, order):
    values = np.arange(np.prod(shape, dtype=int), dtype=np.uint16).reshape(shape)
    array = {
        "C": values,
        "F": np.asfortranarray(values),
        "turned": values.T,
        "strided": np.asfortranarray(values)[..., ::2] if values.ndim else values,
        "mirrored": np.asfortranarray(values)[::-1] if values.ndim else values,
    }[order]
    copied = as_c_order(array)
    assert copied.flags.c_contiguous
    assert copied.dtype == array.dtype
    np.testing.assert_array_equal(copied, array)


def test_sizes_and_offset_may_be_turned_into_millimeters(small_atlas: Atlas):
    volume = VoxelData(np.zeros(small_atlas.shape), (10, 20, 30), (1000, 2000, 3000))
    sizes, offset = volume.voxel_dimensions, volume.offset
    sizes /= 1000
    offset /= 1000
    assert (sizes.tolist(), offset.tolist()) == ([0.01, 0.02, 0.03], [1, 2, 3])
    assert volume.voxel_dimensions.tolist() == [10, 20, 30]
    assert volume.offset.tolist() == [1000, 2000, 3000]
    assert volume.lookup([1039, 2099, 3179]) == 0

    sizes = small_atlas.annotation.voxel_dimensions
    sizes /= 1000
    assert small_atlas.resolution == (10, 20, 30)
    assert small_atlas.structure_from_coords((15, 30, 45), microns=True) == 3
    assert small_atlas.at((15, 30, 45)).id == 3


def owned(atlas: Atlas) -> dict[str, np.ndarray]:
    """Arrays that more than one part of an atlas relies on, by how they are asked for."""
    names = {
        "grid": ["affine", "steps", "corner", "world_axes"],
        "region_map": ["ids", "parent_ranks", "ends", "depths"],
        "region_map.hierarchy": ["ids", "parents", "ends", "depths"],
        "ranks": [
            *["raw", "ids", "stated_ids", "unknown_ids", "id_table", "ends"],
            *["counts", "boxes", "total_counts", "total_boxes"],
        ],
        "hemispheres": ["raw"],
    }
    arrays = {}
    for owner, attributes in names.items():
        target = atlas
        for part in owner.split("."):
            target = getattr(target, part)
        arrays.update({f"{owner}.{name}": getattr(target, name) for name in attributes})
    return arrays


def test_what_parts_of_an_atlas_share_is_read_only(small_atlas: Atlas):
    for name, array in owned(small_atlas).items():
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
        assert np.shares_memory(array, owned(small_atlas)[name])


def test_arrays_given_to_an_atlas_stay_their_owners(small_map):
    ids, sides = np.full((2, 2, 2), 3, np.uint32), np.ones((2, 2, 2), np.uint8)
    atlas = Atlas.from_arrays(ids, small_map, (1, 1, 1), hemispheres=sides)
    assert atlas.hemispheres[0, 0, 0] == 1
    assert atlas.at((0.5, 0.5, 0.5)).id == 3
    ids += 1
    sides += 1


def test_answers_are_the_callers(small_atlas: Atlas):
    regions = small_atlas.region_map
    for ask in (
        lambda: small_atlas.annotation.raw,
        lambda: small_atlas.grid.bbox,
        lambda: regions.at_depth(1),
        lambda: small_atlas.get_structure_mask("A").raw,
        lambda: small_atlas.structure_from_coords([(1, 1, 1)]),
    ):
        before = ask().copy()
        ask()[...] = 0
        np.testing.assert_array_equal(ask(), before)


def test_indices_of_voxels_and_points_of_lines_are_read_only():
    index = ValueToIndexVoxels(np.array([[1, 2], [2, 2]]))
    lines = Streamlines((Line(np.zeros((2, 3))), Line(np.ones((3, 3)))))
    shared = [index.values, index.value_to_1d_indices(2)]
    shared += [lines.starts, lines.positions, lines.line_of_point]
    for array in shared:
        with pytest.raises(ValueError, match="read-only"):
            array += 1
    indices = index.value_to_indices(2)
    indices += 1
    assert index.value_to_indices(2).tolist() == [[0, 1], [1, 0], [1, 1]]


# ---- Maps of the user's files --------------------------------------------------------------------


def mapped(path: Path) -> tuple[FileMap, np.ndarray]:
    """Map a volume that begins at byte 8 of a file."""
    values = np.random.default_rng(3).integers(0, 9, (40, 30, 20)).astype(np.uint16)
    path.write_bytes(b"12345678" + values.tobytes())
    return FileMap.open(path, np.dtype(np.uint16), 8, values.shape), values


def test_a_map_answers_like_the_array(tmp_path):
    found, values = mapped(tmp_path / "a.raw")
    np.testing.assert_array_equal(found, values)
    for key in ((3, 4, 5), 3, (slice(None), 7), (..., -1), (values > 4), ([1, 2], [3, 4], 5)):
        np.testing.assert_array_equal(found[key], values[key])
        assert not isinstance(found[key], FileMap)
    np.testing.assert_array_equal(found.transpose(2, 0, 1)[4], values.transpose(2, 0, 1)[4])
    np.testing.assert_array_equal(found.reshape(-1).take([0, 99]), values.reshape(-1)[[0, 99]])
    assert type(found + 1) is np.ndarray
    assert found.sum() == values.sum()
    assert found.dtype == np.uint16
    with pytest.raises(ValueError, match="read-only"):
        found[0] = 1


@pytest.mark.parametrize("size", [0, 8, 20_000], ids=str)
def test_a_file_that_shrinks_is_an_error_not_the_end_of_the_process(tmp_path, size):
    path = tmp_path / "a.raw"
    found, _ = mapped(path)
    view = found.transpose(1, 2, 0)
    os.truncate(path, size)
    for array in (found, view):
        with refused("a.raw", "changed while it was open", by=AtlasFileError):
            array[3]
    with refused("a.raw", by=AtlasFileError):
        found.take([0])


def test_a_file_that_is_written_again_in_place_is_an_error(tmp_path):
    path = tmp_path / "a.raw"
    found, values = mapped(path)
    with path.open("r+b") as stream:
        stream.write(b"87654321" + (values + 1).tobytes())
    os.utime(path, ns=(1, 1))
    with refused("changed while it was open", by=AtlasFileError):
        found[3]


def test_a_file_that_is_replaced_or_removed_stays_as_it_was(tmp_path):
    path = tmp_path / "a.raw"
    found, values = mapped(path)
    (tmp_path / "b.raw").write_bytes(b"other")
    (tmp_path / "b.raw").replace(path)
    np.testing.assert_array_equal(found[3], values[3])
    path.unlink()
    np.testing.assert_array_equal(found[4], values[4])


def test_a_file_that_is_too_short_is_refused(tmp_path):
    path = tmp_path / "a.raw"
    path.write_bytes(bytes(100))
    with refused("a.raw", "92 bytes", "200", by=AtlasFileError):
        FileMap.open(path, np.dtype(np.uint16), 8, (100,))
