"""What AllenSDK's reference space answers, by hand."""

from __future__ import annotations

from functools import partial

import nrrd
import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap, ROIMask, VoxelData, open_atlas
from napari_atlas_explorer.core.errors import (
    ArgumentError,
    AtlasError,
    OutsideError,
    UnknownRegionError,
)
from napari_atlas_explorer.core.space.hemispheres import values_to_hemisphere

from ...refusals import refused

# conftest: a1(3) and a2(4) have 12 voxels each, A(2) one of its own, b1(6) one, 999 unknown.


def test_voxels_of_every_region(small_atlas):
    assert small_atlas.direct_voxel_map == {1: 0, 2: 1, 3: 12, 4: 12, 70000: 0, 6: 1, 7: 0}
    assert small_atlas.total_voxel_map == {1: 26, 2: 25, 3: 12, 4: 12, 70000: 1, 6: 1, 7: 0}


def test_regions_without_voxels_are_removed_in_a_copy(small_atlas):
    fewer = small_atlas.remove_unassigned()
    assert list(fewer.region_map) == [1, 2, 3, 4, 70000, 6]
    assert fewer.total_voxel_map[2] == 25
    assert 7 in small_atlas.region_map
    np.testing.assert_array_equal(fewer.annotation.raw, small_atlas.annotation.raw)


def test_masks_come_one_by_one(small_atlas):
    found = list(small_atlas.many_structure_masks(["A", 6]))
    assert [i for i, _ in found] == [2, 6]
    assert [int(mask.raw.sum()) for _, mask in found] == [25, 1]
    own = small_atlas.many_structure_masks([2], direct_only=True)
    assert [int(mask.raw.sum()) for _, mask in own] == [1]


def test_an_unknown_region_is_refused_before_the_first_mask(small_atlas):
    with refused("nothing", by=UnknownRegionError):
        small_atlas.many_structure_masks(["A", "nothing"])


def test_masks_are_written_unless_they_are_there(small_atlas, tmp_path):
    write = partial(Atlas.check_and_write, tmp_path / "masks")
    kept = tmp_path / "masks" / "structure_6.nrrd"
    kept.parent.mkdir()
    kept.write_bytes(b"mine")
    paths = list(small_atlas.many_structure_masks(["A", "b1"], output_cb=write))
    assert [p.name for p in paths] == ["structure_2.nrrd", "structure_6.nrrd"]
    assert kept.read_bytes() == b"mine"
    values, header = nrrd.read(str(paths[0]))
    assert values.dtype == np.uint8
    assert values.sum() == 25
    np.testing.assert_array_equal(np.diag(header["space directions"]), [10, 20, 30])
    mask = ROIMask.load_nrrd(paths[0])
    np.testing.assert_array_equal(mask.raw, small_atlas.get_structure_mask("A").raw)


def test_coverage_is_signed(small_atlas):
    domain = np.zeros(small_atlas.shape, np.uint8)
    domain[1:3, 1:4, 1:3] = 1  # all of a1
    domain[0, 0, 0] = 1  # b1
    found = small_atlas.check_coverage(["a1", "a2"], domain)
    assert found.dtype == np.int8
    assert (found == 1).sum() == 1
    assert found[0, 0, 0] == 1
    assert (found == -1).sum() == 12
    assert (found[1:3, 1:4, 3:5] == -1).all()


def test_a_tiling_is_checked(small_atlas):
    domain = small_atlas.get_structure_mask("root").raw
    overlaps, missing = small_atlas.validate_structures(["A", "a1"], domain)
    assert overlaps == {2}
    assert np.argwhere(missing).tolist() == [[0, 0, 0]]
    overlaps, missing = small_atlas.validate_structures(["A", "B", "C"], domain)
    assert overlaps == set()
    assert not missing.any()


def test_a_tiling_may_be_given_as_an_iterator_and_not_as_nothing(small_atlas):
    domain = small_atlas.get_structure_mask("A")
    overlaps, missed = small_atlas.validate_structures(iter(["a1", "a2"]), domain)
    assert (overlaps, missed.sum()) == (set(), 1)  # the voxel of A's own
    with refused("no region", by=ArgumentError):
        small_atlas.check_coverage([], domain)


def test_masks_of_one_region_by_name(small_atlas):
    assert [i for i, _ in small_atlas.many_structure_masks("area A")] == [2]


def test_a_domain_must_fit(small_atlas):
    with refused("(2, 2)", "(4, 5, 6)", by=ArgumentError):
        small_atlas.check_coverage(["A"], np.zeros((2, 2), bool))
    with refused("0 and 1", by=ArgumentError):
        small_atlas.check_coverage(["A"], np.full(small_atlas.shape, 2))


def test_a_slice_has_the_colors_of_its_regions(small_atlas):
    image = small_atlas.get_slice_image(0, 15)  # voxel 1 of 10 µm
    assert image.shape == (5, 6, 3)
    assert image.dtype == np.uint8
    colors = small_atlas.region_map.get_colormap()
    assert image[1, 1].tolist() == colors[3]
    assert image[2, 4].tolist() == colors[4]
    assert image[0, 0].tolist() == [0, 0, 0]


def test_a_slice_takes_other_colors_by_id(small_atlas):
    image = small_atlas.get_slice_image(0, 0, cmap={0: (9, 9, 9), 6: (1, 2, 3), 12345: (4, 4, 4)})
    assert image[0, 0].tolist() == [1, 2, 3]
    assert image[3, 3].tolist() == [9, 9, 9]
    assert image[0, 5].tolist() == [128, 128, 128]  # an id the hierarchy does not know


@pytest.mark.parametrize(("axis", "position"), [(0, 40), (0, -0.1), (2, 180)])
def test_a_slice_outside_is_refused(small_atlas, axis, position):
    with refused(f"axis {axis}", by=OutsideError):
        small_atlas.get_slice_image(axis, position)


def test_a_slice_across_no_axis_is_refused(small_atlas):
    with refused("axis 3", by=ArgumentError):
        small_atlas.get_slice_image(3, 0)


# ---- coarser copies --------------------------------------------------------------------------


@pytest.fixture
def striped() -> Atlas:
    """4 × 6 × 5 voxels of 10 µm with their own index along axis 1 as id, an image likewise."""
    ids = np.broadcast_to(np.arange(6, dtype=np.uint32)[None, :, None], (4, 6, 5)).copy()
    image = ids.astype(np.float32) * 100
    sides = np.where(np.arange(5) < 3, 1, 2).astype(np.uint8) * np.ones_like(ids, np.uint8)
    regions = RegionMap.flat([{"id": i} for i in range(1, 6)])
    return Atlas.from_arrays(ids, regions, 10.0, reference=image, hemispheres=sides)


def test_a_coarser_voxel_takes_the_id_at_its_center(striped):
    coarse = striped.downsample((10, 30, 10))
    assert coarse.shape == (4, 2, 5)
    assert coarse.resolution == (10, 30, 10)
    # Centers at 15 and 45 µm are in voxels 1 and 4.
    assert coarse.annotation[0, :, 0].tolist() == [1, 4]
    assert coarse.structure_from_coords((5, 45, 5), microns=True) == 4
    assert striped.structure_from_coords((5, 45, 5), microns=True) == 4


def test_images_are_averaged(striped):
    coarse = striped.downsample((10, 30, 10))
    np.testing.assert_allclose(coarse.reference.raw[0, :, 0], [100, 400])
    uneven = striped.downsample((10, 25, 10))
    # 0 to 25 µm: voxels 0, 1 and half of 2; 25 to 50: half of 2, 3 and 4.
    np.testing.assert_allclose(uneven.reference.raw[0, :, 0], [80, 320])


@pytest.mark.parametrize(("resolution", "n"), [(15, 4), (25, 2), (40, 1), (59, 1), (24, 2)])
def test_a_size_that_does_not_divide_keeps_the_corner_and_the_resolution(striped, resolution, n):
    coarse = striped.downsample((10, resolution, 10))
    assert coarse.shape[1] == n
    assert coarse.resolution[1] == resolution
    assert coarse.grid.corner.tolist() == [0, 0, 0]
    centers = (np.arange(n) + 0.5) * resolution
    assert coarse.annotation[0, :, 0].tolist() == [int(c // 10) for c in centers]
    assert abs(n * resolution - 60) <= resolution / 2


def test_sides_follow_the_centers(striped):
    coarse = striped.downsample((10, 10, 20))
    # Centers of 50 µm at 10 and 30 µm; left ends at 30.
    assert coarse.hemispheres[0, 0].tolist() == [1, 2]


def test_a_plane_between_the_sides_follows_the_centers(small_map):
    ids = np.ones((4, 4, 9), np.uint32)
    from napari_atlas_explorer.core.package import middle_plane

    atlas = Atlas.from_arrays(ids, small_map, 10.0, orientation="asl")
    from dataclasses import replace

    plane = middle_plane("asl", atlas.grid, "declared")
    declared = Atlas(replace(atlas.package, hemisphere_rule=plane))
    assert declared.hemispheres[0, 0].tolist() == [1] * 4 + [2] * 5
    coarse = declared.downsample((10, 10, 30))
    assert coarse.hemispheres[0, 0].tolist() == [1, 2, 2]  # centers in voxels 1, 4 and 7


@pytest.mark.parametrize("resolution", [5, (10, 10, 9.9), np.nan, (10, 10)])
def test_finer_or_senseless_resolutions_are_refused(striped, resolution):
    with refused("resolution", by=ArgumentError):
        striped.downsample(resolution)


def test_a_resolution_coarser_than_the_brain_is_refused(striped):
    with refused("too coarse", by=ArgumentError):
        striped.downsample(500)


# ---- ITK-SNAP --------------------------------------------------------------------------------


def test_ids_that_itksnap_cannot_hold_are_renumbered_and_named(small_atlas):
    volume, table = small_atlas.export_itksnap_labels()
    assert volume.dtype == np.uint16
    number = dict(zip(table["id"], table["IDX"], strict=True))
    assert {i: number[i] for i in (1, 2, 3, 4, 6, 7, 999)} == {
        i: i for i in (1, 2, 3, 4, 6, 7, 999)
    }
    assert 0 < number[70000] <= 65535
    assert number[70000] not in (1, 2, 3, 4, 6, 7, 999)
    assert "70000" in table.set_index("id").loc[70000, "LABEL"]
    np.testing.assert_array_equal(volume.raw, small_atlas.annotation.raw)


def test_labels_take_the_peers_options(small_atlas):
    options = {
        "alphas": {2: 0.5},
        "exclude_label_vis": [3],
        "exclude_mesh_vis": [3, 4],
        "label_key": "acronym",
    }
    volume, table = small_atlas.export_itksnap_labels(np.uint32, options)
    assert volume.dtype == np.uint32
    rows = table.set_index("id")
    assert rows["IDX"].tolist() == rows.index.tolist()  # 70000 fits
    assert rows.loc[[2, 3], "-A-"].tolist() == [0.5, 1]
    assert rows.index[rows["VIS"] == 0].tolist() == [3]
    assert rows.index[rows["MSH"] == 0].tolist() == [3, 4]
    assert rows.loc[[2, 999], "LABEL"].tolist() == ["A", "unknown region"]


@pytest.mark.parametrize("id_type", [float, "text", np.uint8])
def test_a_type_of_labels_holds_their_numbers(small_atlas, id_type):
    if id_type is np.uint8:
        volume, table = small_atlas.export_itksnap_labels(id_type)
        assert volume.dtype == np.uint8
        assert len(set(table["IDX"])) == len(table) == 8
        assert table["IDX"].between(1, 255).all()
    else:
        with refused("id_type", by=ArgumentError):
            small_atlas.export_itksnap_labels(id_type)


def test_written_labels_open_as_an_atlas(small_atlas, tmp_path):
    small_atlas.write_itksnap_labels(tmp_path / "a.nrrd", tmp_path / "a.label")
    again = open_atlas(tmp_path / "a.nrrd", region_map=tmp_path / "a.label", kind="annotation")
    assert again.grid.matches(small_atlas.grid)
    hit = again.at([15, 30, 45])
    assert (hit.id, hit.name) == (3, "a1 - area A, layer 1")
    header = nrrd.read_header(str(tmp_path / "a.nrrd"))
    np.testing.assert_allclose(header["space origin"], [5, 10, 15])  # as ITK: the center


# ---- masks by attribute, layers, densities ---------------------------------------------------


@pytest.mark.parametrize(
    ("value", "options", "ids"),
    [
        ("@layer 1$", {"attr": "name"}, [3]),
        ("@LAYER", {"attr": "name", "ignore_case": True}, [3, 4]),
        ("AREA A", {"attr": "name", "ignore_case": True}, [2, 3, 4]),
        ("A", {"attr": "acronym", "direct_only": True}, [2]),
        (4, {"attr": "id", "hemisphere": "right"}, [4]),
    ],
)
def test_masks_by_any_attribute(small_atlas, value, options, ids):
    mask = small_atlas.get_structure_mask(value, **options)
    np.testing.assert_array_equal(mask.raw, np.isin(small_atlas.annotation.raw, ids))


def test_nothing_found_is_not_an_empty_mask(small_atlas):
    with refused("@layer 9", "name", by=UnknownRegionError):
        small_atlas.get_structure_mask("@layer 9", attr="name")


def test_layers_of_the_metadata(small_map):
    from dataclasses import replace

    ids = np.array([[[0, 2, 3, 4, 6]]], np.uint32)
    plain = Atlas.from_arrays(ids, small_map, 1.0)
    layers = {"names": ["one", "all of A"], "queries": ["@1$", "A"], "attribute": "acronym"}
    atlas = Atlas(replace(plain.package, metadata={"layers": layers}))
    assert atlas.get_layers() == (["one", "all of A"], [{3, 6}, {2, 3, 4}])
    assert atlas.get_layer(0) == ("one", {3, 6})
    volume = atlas.get_layer_volume()
    assert volume.dtype == np.uint8
    assert volume.raw[0, 0].tolist() == [0, 2, 2, 2, 1]
    with refused("layer 2", by=ArgumentError):
        atlas.get_layer(2)
    with refused("defines no layers", by=AtlasError):
        plain.get_layers()
    broken = Atlas(replace(plain.package, metadata={"layers": {"names": ["a"], "queries": []}}))
    with refused("names", "queries", by=AtlasError):
        broken.get_layers()


def test_densities_are_integrated_region_by_region(small_atlas):
    density = VoxelData.from_grid(np.full(small_atlas.shape, 2.0), small_atlas.grid)
    table = small_atlas.integrate(density, per="um3").set_index("id")
    voxel = 10 * 20 * 30
    assert table.loc[3, "direct"] == 12 * 2 * voxel
    assert table.loc[2, "total"] == 25 * 2 * voxel
    assert table.loc[999, "total"] == 2 * voxel
    assert table.loc[7, "total"] == 0


def test_a_missing_density_touches_its_own_ancestors_only(small_atlas):
    values = np.ones(small_atlas.shape)
    values[0, 0, 0] = np.nan  # b1
    density = VoxelData.from_grid(values, small_atlas.grid)
    table = small_atlas.integrate(density, per="mm3").set_index("id")
    assert np.isnan(table.loc[[6, 70000, 1], "total"]).all()
    assert np.isfinite(table.loc[[2, 3, 4, 7], "total"]).all()


def test_a_density_on_another_grid_is_refused(small_atlas):
    with refused("grid", by=ArgumentError):
        small_atlas.integrate(VoxelData(np.ones((4, 5, 6)), (10, 20, 31)), per="mm3")


def test_hemispheres_by_name():
    assert values_to_hemisphere([[0, 1], [2, 1]]).tolist() == [
        ["undefined", "left"],
        ["right", "left"],
    ]
    with refused("3", by=ArgumentError):
        values_to_hemisphere([1, 3])
