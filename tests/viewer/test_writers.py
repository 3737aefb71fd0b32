"""Layers saved as volumes lie where they lay in the window."""

from __future__ import annotations

import nibabel
import nrrd
import numpy as np
import pytest
import tifffile
from napari.layers import Image, Labels, Layer

from napari_atlas_explorer import Atlas, VoxelData
from napari_atlas_explorer.analysis.masks.making import make_mask
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.core.mask_recipe import MaskRecipe
from napari_atlas_explorer.core.selection import Selection
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.formats.nrrd.segmentation import read_seg_nrrd
from napari_atlas_explorer.formats.recipes import read_recipes
from napari_atlas_explorer.viewer.layers import atlas_layers
from napari_atlas_explorer.viewer.masks import mask_layer
from napari_atlas_explorer.viewer.writers import placed_values, write_layer, write_segmentation

from ..refusals import refused

VALUES = np.random.default_rng(3).integers(0, 4, (4, 5, 6)).astype(np.uint16)
TURN = np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
PLACE = {"scale": (10, 20, 30), "translate": (105, 210, 315), "units": ("um",) * 3}


def saved(layer: Layer, path, write=write_layer) -> list[str]:
    data, meta, _ = layer.as_layer_data_tuple()
    return write(str(path), data, meta)


def test_a_layer_of_ones_own_begins_at_its_corner(tmp_path):
    path = tmp_path / "a.nrrd"
    assert saved(Labels(VALUES, **PLACE), path) == [str(path)]
    volume = VoxelData.load_nrrd(path)
    np.testing.assert_array_equal(volume.raw, VALUES)
    assert volume.grid.matches(VoxelGrid.from_steps((4, 5, 6), (10, 20, 30), (100, 200, 300)))


def test_units_and_affines_are_followed(tmp_path):
    affine = np.diag([-1.0, 1, 1, 1])
    affine[0, 3] = 2
    layer = Image(VALUES, scale=(0.1, 0.2, 0.3), affine=affine, units=("mm",) * 3)
    grid = placed_values(*layer.as_layer_data_tuple()[:2]).grid
    # Voxel 0's center is at 2 mm; the step is -100 µm, so its corner is at 2050 µm.
    np.testing.assert_allclose(grid.to_world([0.5, 0.5, 0.5]), [2000, 0, 0])
    np.testing.assert_allclose(grid.to_world([0, 0.5, 0.5])[0], 2050)
    np.testing.assert_allclose(grid.steps, [-100, 200, 300])


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_nifti_states_voxel_sizes(tmp_path, name):
    saved(Image(VALUES, **PLACE), tmp_path / name)
    image = nibabel.load(tmp_path / name)
    np.testing.assert_array_equal(np.asarray(image.dataobj), VALUES)
    np.testing.assert_allclose(image.header.get_zooms(), [0.01, 0.02, 0.03])


def test_tiff_states_voxel_sizes(tmp_path):
    saved(Image(VALUES, **PLACE), tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif") as tiff:
        np.testing.assert_array_equal(tiff.asarray(), VALUES)
        assert tiff.imagej_metadata["spacing"] == 10


def test_the_annotation_is_saved_with_the_atlases_own_ids(small_atlas: Atlas, tmp_path):
    layer = next(Layer.create(*x) for x in atlas_layers(small_atlas) if x[2] == "labels")
    assert layer.name == "Regions"
    saved(layer, tmp_path / "a.nrrd")
    values, _ = nrrd.read(str(tmp_path / "a.nrrd"))
    np.testing.assert_array_equal(values, small_atlas.annotation.raw)


def test_a_segmentation_has_names_and_colors(small_atlas: Atlas, tmp_path):
    layer = next(Layer.create(*x) for x in atlas_layers(small_atlas) if x[2] == "labels")
    saved(layer, tmp_path / "a.seg.nrrd", write_segmentation)
    found = read_seg_nrrd(tmp_path / "a.seg.nrrd")
    names = {s.label_value: s.name for s in found.segments}
    assert names == {
        2: "area A",
        3: "area A, layer 1",
        4: "area A, layer 2",
        6: "area B, part 1",
        999: "999",
    }
    np.testing.assert_array_equal(found.layers[0], small_atlas.annotation.raw)
    color = next(s.color for s in found.segments if s.label_value == 2)
    np.testing.assert_allclose(np.array(color) * 255, (1, 147, 153), atol=0.01)


def test_a_permuted_atlas_is_saved_in_its_own_axes(small_atlas: Atlas, tmp_path):
    affine = np.zeros((4, 4))
    affine[[0, 1, 2], [1, 2, 0]] = (20, 30, 10)
    affine[3, 3] = 1
    volume = VoxelData.from_grid(small_atlas.annotation.raw, VoxelGrid((4, 5, 6), affine))
    atlas = Atlas.from_arrays(volume, small_atlas.region_map, 10.0)
    layer = next(Layer.create(*x) for x in atlas_layers(atlas) if x[2] == "labels")
    assert layer.data.shape != (4, 5, 6)
    saved(layer, tmp_path / "a.nrrd")
    again = VoxelData.load_nrrd(tmp_path / "a.nrrd")
    np.testing.assert_array_equal(again.raw, volume.raw)
    np.testing.assert_allclose(again.grid.affine, affine)


def test_a_mask_carries_its_recipe_unless_it_was_painted_in(small_atlas: Atlas, tmp_path):
    selection = Selection.of_ranks(small_atlas.ranks, [small_atlas.region_map.rank("a1")])
    mask = selection.mask()
    recipe = MaskRecipe.of(small_atlas, selection, "a1").with_result(mask)
    layer = Layer.create(*mask_layer(small_atlas, mask, recipe, "mask a1"))
    saved(layer, tmp_path / "a.nrrd")
    assert read_recipes(tmp_path / "a.nrrd") == (recipe,)
    np.testing.assert_array_equal(make_mask(small_atlas, recipe).raw, mask)
    layer.data[0, 0, 0] = 1
    saved(layer, tmp_path / "b.nrrd")
    assert "atlas_explorer_recipe" not in nrrd.read_header(str(tmp_path / "b.nrrd"))
    np.testing.assert_array_equal(nrrd.read(str(tmp_path / "b.nrrd"))[0], layer.data)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (lambda: Labels(VALUES), ["pixels"]),
        (lambda: Image(VALUES[0]), ["2 axes"]),
        (lambda: Image(VALUES, rotate=TURN, **PLACE), ["rotated"]),
        (lambda: Image(VALUES, shear=(0.1, 0, 0), **PLACE), ["sheared"]),
    ],
)
def test_what_has_no_known_place_is_refused_and_nothing_is_written(tmp_path, layer, words):
    with refused(*words, by=ArgumentError):
        saved(layer(), tmp_path / "a.nrrd")
    assert list(tmp_path.iterdir()) == []
