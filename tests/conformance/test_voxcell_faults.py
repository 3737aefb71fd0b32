"""Where voxcell is wrong: what it answers, and the right answer, which is ours.

Each test fails when voxcell mends its fault; then it goes, and `test_voxcell` gets the case.
"""

from __future__ import annotations

import json
from pathlib import Path

import nrrd
import numpy as np
import pytest

from napari_atlas_explorer import (
    OrientationField,
    RegionMap,
    ROIMask,
    ValueToIndexVoxels,
    VoxelData,
    open_atlas,
)
from napari_atlas_explorer.core.errors import ArgumentError, OutsideError, UnknownRegionError

from ..refusals import refused
from .peers import raised, require

require("voxcell")
pytestmark = pytest.mark.conformance

RAW = np.arange(24, dtype=np.uint16).reshape(2, 3, 4)


# ---- lookups -------------------------------------------------------------------------------


def test_fault_beyond_the_far_edge_of_a_negative_step_the_last_voxel_answers(voxcell):
    place = (10, 20, -30), (100, 200, 300)  # axis 2 runs from 300 down to 180
    beyond = np.array([[100.0, 200.0, -900.0]])
    assert voxcell.VoxelData(RAW, *place).lookup(beyond).tolist() == [3]
    with refused("-900", by=OutsideError):
        VoxelData(RAW, *place).lookup(beyond)


def test_fault_fractions_beyond_a_negative_step_lie_at_the_far_edge(voxcell):
    place = (10, 20, -30), (100, 200, 300)
    beyond = np.array([[105.0, 210.0, -900.0]])
    options = {"strict": False, "keep_fraction": True}
    found = voxcell.VoxelData(RAW, *place).positions_to_indices(beyond, **options)
    assert found[0, :2].tolist() == [0.5, 0.5]
    assert found[0, 2] == np.nextafter(4, 0)  # as if it lay in the last voxel
    assert VoxelData(RAW, *place).positions_to_indices(beyond, **options).tolist() == [[-1] * 3]


def test_fault_minus_one_outside_unsigned_data_overflows(voxcell):
    positions = np.array([[1.5, 1.5, 1.5], [-1.0, 0.0, 0.0]])
    with raised("OverflowError", "-1"):
        voxcell.VoxelData(RAW, (1, 1, 1)).lookup(positions, outer_value=-1)
    found = VoxelData(RAW, (1, 1, 1)).lookup(positions, outer_value=-1)
    assert found.tolist() == [RAW[1, 1, 1], -1]


@pytest.mark.parametrize("outer", [0.5, np.nan])
def test_fault_a_fraction_or_nan_outside_integers_becomes_zero(voxcell, outer):
    positions = np.array([[1.5, 1.5, 1.5], [-1.0, 0.0, 0.0]])
    found = voxcell.VoxelData(RAW, (1, 1, 1)).lookup(positions, outer_value=outer)
    assert found.tolist() == [RAW[1, 1, 1], 0]
    found = VoxelData(RAW, (1, 1, 1)).lookup(positions, outer_value=outer)
    np.testing.assert_array_equal(found, [RAW[1, 1, 1], outer])


def test_fault_answers_for_a_grid_of_positions_are_transposed(voxcell):
    positions = np.argwhere(np.ones((2, 3, 1), bool)).reshape(2, 3, 3) + 0.5
    expected = RAW[:, :, 0]
    found = voxcell.VoxelData(RAW, (1, 1, 1)).lookup(positions)
    np.testing.assert_array_equal(found, expected.T)
    np.testing.assert_array_equal(VoxelData(RAW, (1, 1, 1)).lookup(positions), expected)


def test_fault_single_precision_puts_every_edge_of_a_tenth_of_a_micron_a_voxel_too_low(voxcell):
    n = 1000
    edges = (np.arange(n) * 0.1)[:, np.newaxis]
    theirs = voxcell.VoxelData(np.arange(n), (0.1,)).lookup(edges)
    assert theirs.tolist() == [0, *range(n - 1)]
    assert VoxelData(np.arange(n), (0.1,)).lookup(edges).tolist() == list(range(n))


def test_fault_single_precision_moves_the_corner(voxcell):
    place = (77.46959827,), (1234.567,)
    corner = np.array([[1234.567]])
    with raised("VoxcellError", "Out of bounds"):  # its corner is 1234.567016…
        voxcell.VoxelData(np.arange(5), *place).lookup(corner)
    assert VoxelData(np.arange(5), *place).lookup(corner).tolist() == [0]


def test_fault_the_bounding_box_of_a_negative_step_is_upside_down(voxcell):
    place = (10, 20, -30), (100, 200, 300)
    theirs = voxcell.VoxelData(RAW, *place).bbox
    assert theirs.tolist() == [[100, 200, 300], [120, 260, 180]]
    assert VoxelData(RAW, *place).bbox.tolist() == [[100, 200, 180], [120, 260, 300]]


# ---- boxes ---------------------------------------------------------------------------------

CUBE = np.ones((6, 6, 6), np.uint8)


def kept(volume) -> list[list[int]]:
    return np.argwhere(np.asarray(volume.raw)).tolist()


def test_fault_clipping_a_cube_keeps_its_diagonal_alone(voxcell):
    bbox = np.array([[5.0] * 3, [45.0] * 3])  # voxels 1 to 3 lie wholly inside
    theirs = voxcell.VoxelData(CUBE, (10, 10, 10)).clip(bbox)
    assert kept(theirs) == [[1, 1, 1], [2, 2, 2], [3, 3, 3]]
    ours = VoxelData(CUBE, (10, 10, 10)).clip(bbox)
    assert kept(ours) == (np.argwhere(np.ones((3, 3, 3))) + 1).tolist()


def test_fault_clipping_to_a_box_of_unequal_sides_fails(voxcell):
    bbox = np.array([[5.0] * 3, [35.0, 45.0, 55.0]])
    with raised("IndexError", "could not be broadcast"):
        voxcell.VoxelData(CUBE, (10, 10, 10)).clip(bbox)
    ours = VoxelData(CUBE, (10, 10, 10)).clip(bbox)
    assert kept(ours) == (np.argwhere(np.ones((2, 3, 4))) + 1).tolist()


@pytest.mark.parametrize(
    ("bbox", "wholly_inside", "theirs"),
    [
        ([[10], [50]], [1, 2, 3, 4], [2, 3, 4]),  # the box begins where a voxel does
        ([[0], [60]], [0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),  # the volume's own box
        ([[-5], [65]], [0, 1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),  # a box around it
    ],
)
def test_fault_a_clip_to_edges_loses_the_first_voxel(voxcell, bbox, wholly_inside, theirs):
    row = np.ones(6, np.uint8)
    found = voxcell.VoxelData(row, (10,)).clip(np.array(bbox, float))
    assert np.flatnonzero(found.raw).tolist() == theirs
    ours = VoxelData(row, (10,)).clip(bbox)
    assert np.flatnonzero(ours.raw).tolist() == wholly_inside


def test_fault_nothing_of_a_volume_with_a_negative_step_can_be_clipped(voxcell):
    place = (-10,), (60,)
    bbox = np.array([[15.0], [45.0]])
    with raised("VoxcellError", "Empty slice"):
        voxcell.VoxelData(np.ones(6), *place).clip(bbox)
    # Voxel 2 covers 40 to 30 µm, voxel 3 covers 30 to 20.
    assert np.flatnonzero(VoxelData(np.ones(6), *place).clip(bbox).raw).tolist() == [2, 3]


def test_fault_an_empty_volume_is_cropped_with_an_error_about_reductions(voxcell):
    with raised("ValueError", "reduction operation minimum"):
        voxcell.VoxelData(np.zeros((2, 2, 2)), (1, 1, 1)).compact()
    with refused("nothing would be left", by=ArgumentError):
        VoxelData(np.zeros((2, 2, 2)), (1, 1, 1)).compact()


def test_fault_vectors_cannot_be_cropped(voxcell):
    raw = np.zeros((4, 4, 4, 3))
    raw[1:3, 2, 2] = (0, 1, 0)
    with raised("ValueError", "broadcast"):
        voxcell.VoxelData(raw, (10, 10, 10)).compact()
    ours = VoxelData(raw, (10, 10, 10)).compact()
    assert ours.raw.shape == (2, 1, 1, 3)
    assert ours.offset.tolist() == [10, 20, 20]


def test_fault_nan_is_never_cropped(voxcell):
    raw = np.full((4, 4), np.nan)
    raw[1, 2] = 5
    assert voxcell.VoxelData(raw, (1, 1)).compact((np.nan,)).raw.shape == (4, 4)
    assert VoxelData(raw, (1, 1)).compact((np.nan,)).raw.tolist() == [[5]]


def test_fault_volumes_of_other_grids_are_refused_by_an_assertion(voxcell):
    one, other = ((10, 10, 10), None), ((10, 10, 20), None)
    theirs = [voxcell.VoxelData(RAW, *place) for place in (one, other)]
    with raised("AssertionError", "not equal"):
        voxcell.VoxelData.reduce(voxcell.maximum, theirs)
    with refused("grid", "(10, 10, 20)", by=ArgumentError):
        VoxelData.reduce(np.maximum, [VoxelData(RAW, *place) for place in (one, other)])


# ---- orientation fields, masks, files ------------------------------------------------------


def test_fault_where_there_is_no_orientation_it_answers_the_identity(voxcell):
    raw = np.zeros((1, 1, 2, 4))
    raw[0, 0, 1] = (0, 1, 0, 0)  # half a turn about x
    at = np.array([[0.5, 0.5, 0.5], [0.5, 0.5, 1.5]])
    missing, turned = voxcell.OrientationField(raw, (1, 1, 1)).lookup(at)
    np.testing.assert_array_equal(missing, np.eye(3))
    np.testing.assert_array_equal(turned, np.diag([1, -1, -1]))
    missing, turned = OrientationField(raw, (1, 1, 1)).lookup(at)
    assert np.isnan(missing).all()
    np.testing.assert_array_equal(turned, np.diag([1, -1, -1]))


def test_fault_a_mask_cannot_be_saved(voxcell, tmp_path):
    raw = np.array([[[True, False]]])
    with raised("KeyError", "b1"):
        voxcell.ROIMask(raw, (1, 1, 1)).save_nrrd(str(tmp_path / "theirs.nrrd"))
    ROIMask(raw, (1, 1, 1)).save_nrrd(tmp_path / "ours.nrrd")
    assert nrrd.read(str(tmp_path / "ours.nrrd"))[0].tolist() == [[[1, 0]]]


def test_fault_a_derived_mask_is_no_mask_any_more(voxcell):
    raw = np.array([[[1, 0], [2, 1]]], np.uint8)
    theirs = voxcell.ROIMask(raw, (1, 1, 1))
    assert theirs.raw.dtype == bool
    assert theirs.with_data(raw).raw.dtype == np.uint8
    ours = ROIMask(raw, (1, 1, 1))
    for derived in (ours.with_data(raw), ours.filter(lambda p: p[:, 0] > 0), ours.compact()):
        assert isinstance(derived, ROIMask)
        assert derived.raw.dtype == bool


def test_fault_a_vector_field_of_two_axes_is_saved_with_three_domains(voxcell, tmp_path):
    raw = np.zeros((2, 3, 2), np.float32)
    voxcell.VoxelData(raw, (1, 1)).save_nrrd(str(tmp_path / "theirs.nrrd"))
    kinds = nrrd.read_header(str(tmp_path / "theirs.nrrd"))["kinds"]
    assert kinds == ["vector", "domain", "domain", "domain"]  # four, for three axes
    VoxelData(raw, (1, 1)).save_nrrd(tmp_path / "ours.nrrd")
    header = nrrd.read_header(str(tmp_path / "ours.nrrd"))
    assert header["kinds"] == ["vector", "domain", "domain"]


# ---- hierarchies ---------------------------------------------------------------------------

TREE = {
    "id": 1,
    "acronym": "root",
    "name": "whole",
    "children": [{"id": 2, "acronym": "A", "name": "area A", "layer": "one"}],
}


def test_fault_an_unknown_id_raises_one_error_or_another(voxcell):
    theirs, ours = voxcell.RegionMap.from_dict(TREE), RegionMap.from_dict(TREE)
    with raised("VoxcellError", "9"):
        theirs.get(9, "acronym")
    with raised("KeyError", "9"):
        theirs.get(9, "acronym", with_ascendants=True)
    for with_ascendants in (False, True):
        with refused("9", by=UnknownRegionError):
            ours.get(9, "acronym", with_ascendants=with_ascendants)


def test_fault_an_attribute_that_one_region_lacks_finds_no_other(voxcell):
    with raised("VoxcellError", "Attribute not found: 'layer'"):
        voxcell.RegionMap.from_dict(TREE).find("one", "layer")
    assert RegionMap.from_dict(TREE).find("one", "layer") == {2}


def test_fault_a_number_sought_among_names_is_an_attribute_error(voxcell):
    with raised("AttributeError", "ignore_case"):
        voxcell.RegionMap.from_dict(TREE).find(5, "acronym")
    assert RegionMap.from_dict(TREE).find(5, "acronym") == set()


def test_fault_a_pattern_sought_among_ids_is_a_type_error(voxcell):
    with raised("TypeError", "expected string"):
        voxcell.RegionMap.from_dict(TREE).find("@^2$", "id")
    assert RegionMap.from_dict(TREE).find("@^2$", "id") == {2}


def test_fault_children_given_as_null_are_a_type_error(voxcell):
    leaf = {"id": 1, "acronym": "root", "children": None}
    with raised("TypeError", "NoneType"):
        voxcell.RegionMap.from_dict(leaf)
    assert RegionMap.from_dict(leaf).is_leaf_id(1)


def test_fault_a_tree_of_two_thousand_levels_exceeds_the_recursion_limit(voxcell, tmp_path):
    n = 2000
    below = '{"id": %d, "acronym": "r%d", "children": ['
    text = "".join(below % (i, i) for i in range(1, n)) + f'{{"id": {n}, "acronym": "r{n}"}}'
    path = tmp_path / "deep.json"
    path.write_text(text + "]}" * (n - 1))
    with raised("RecursionError"):
        voxcell.RegionMap.load_json(str(path))
    rows = [{"id": i, "parent_structure_id": i - 1 or None} for i in range(1, n + 1)]
    assert RegionMap.from_structures(rows).get(n, "id", with_ascendants=True)[-1] == 1


def test_fault_a_hierarchy_of_two_roots_is_refused(voxcell, tmp_path):
    path = tmp_path / "roots.json"
    path.write_text(json.dumps({"msg": [{"id": 1, "acronym": "a"}, {"id": 2, "acronym": "b"}]}))
    with raised("VoxcellError", "more than one 'msg' child"):
        voxcell.RegionMap.load_json(str(path))
    regions = RegionMap.load_json(path)
    assert list(regions)[1:] == [1, 2]  # below a root that no file states
    assert regions.n_stated == 2


# ---- atlases -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    nrrd.write(
        str(tmp_path / "brain_regions.nrrd"),
        np.array([[[0, 1, 2]]], np.uint8),
        {"space dimension": 3, "space directions": np.eye(3) * 10, "space origin": [0, 0, 0]},
    )
    (tmp_path / "hierarchy.json").write_text(json.dumps(TREE))
    return tmp_path


def test_fault_a_path_object_does_not_open_an_atlas(voxcell, folder):
    with raised("AttributeError", "PosixPath"):
        voxcell.Atlas.open(voxcell.Path(str(folder)))
    assert open_atlas(folder).shape == (1, 1, 3)


def test_fault_a_remembered_mask_answers_for_a_name_in_another_case(voxcell, folder):
    theirs, ours = voxcell.Atlas.open(str(folder)), open_atlas(folder)
    with raised("VoxcellError", "Region not found: 'a'"):
        theirs.get_region_mask("a", memcache=True)
    found = theirs.get_region_mask("a", ignore_case=True, memcache=True)
    assert found.raw.tolist() == [[[False, False, True]]]
    assert theirs.get_region_mask("a", memcache=True).raw.any()  # no region is named so
    mask = ours.get_structure_mask("a", attr="acronym", ignore_case=True)
    assert mask.raw.tolist() == [[[False, False, True]]]
    with refused("'a'", by=UnknownRegionError):
        ours.get_structure_mask("a", attr="acronym")


# ---- values to indices and names -----------------------------------------------------------


def test_fault_indices_of_no_value_are_an_error(voxcell):
    raw = np.array([[1, 2], [2, 3]])
    with raised("ValueError", "at least one array"):
        voxcell.ValueToIndexVoxels(raw).value_to_indices([])
    assert ValueToIndexVoxels(raw).value_to_indices([]).shape == (0, 2)


def test_fault_a_value_asked_for_twice_has_its_voxels_twice(voxcell):
    raw = np.array([[1, 2], [2, 3]])
    assert len(voxcell.ValueToIndexVoxels(raw).value_to_indices([2, 2])) == 4
    assert ValueToIndexVoxels(raw).value_to_indices([2, 2]).tolist() == [[0, 1], [1, 0]]
