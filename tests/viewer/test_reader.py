"""napari's own ways in: open, drop and the sample menu."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from napari.components import ViewerModel
from npe2 import PluginManager

from napari_atlas_explorer import AtlasError, open_atlas
from napari_atlas_explorer.core.colors.scales import contrast_limits
from napari_atlas_explorer.viewer.display import atlas_of
from napari_atlas_explorer.viewer.layer_info import info_in
from napari_atlas_explorer.viewer.layers import atlas_layers, dataset_layer, further_datasets
from napari_atlas_explorer.viewer.reader import get_reader, read_path
from tests.made_up import annotation, reference, write_brainglobe, write_voxelbrain

from .. import packages

PLUGIN = "napari-atlas-explorer"


@pytest.fixture
def discovered() -> None:
    """Let npe2 find this plugin by its entry point, as napari does when it starts."""
    PluginManager.instance().discover()


def names_and_kinds(layers: list[tuple[Any, dict[str, Any], str]]) -> list[tuple[str, str]]:
    return [(options["name"], kind) for _, options, kind in layers]


def test_a_folder_is_read_as_image_and_regions(tmp_path: Path) -> None:
    layers = read_path(write_brainglobe(tmp_path / "p"))
    assert names_and_kinds(layers) == [("Brain image", "image"), ("Regions", "labels")]


def test_other_datasets_are_layers_when_they_are_asked_for(tmp_path: Path) -> None:
    atlas = open_atlas(write_voxelbrain(tmp_path / "vb"))
    assert [options["name"] for _, options, _ in atlas_layers(atlas)] == ["Regions"]
    assert further_datasets(atlas) == ["brain_regions", "orientation"]
    vectors, options, kind = dataset_layer(atlas, "orientation")
    assert (options["name"], kind) == ("orientation", "vectors")
    assert 0 < len(vectors) <= 60_000
    by_rule = open_atlas(write_brainglobe(tmp_path / "p"))
    assert by_rule.package.hemispheres is None
    assert further_datasets(by_rule)[-1] == "hemispheres"
    values, options, kind = dataset_layer(by_rule, "hemispheres")
    assert (options["name"], kind) == ("hemispheres", "labels")
    # asr: the first half of the last axis is right, 2.
    assert np.unique(values[..., :8]).tolist() == [2]
    assert np.unique(values[..., 8:]).tolist() == [1]


def test_one_file_of_a_package_is_read_as_that_layer_alone(tmp_path: Path) -> None:
    package = write_brainglobe(tmp_path / "p")
    assert names_and_kinds(read_path(package / "reference.tiff")) == [("Brain image", "image")]
    ((data, options, _),) = read_path(package / "annotation.tiff")
    assert options["scale"] == (50, 50, 50)
    ids = options["features"]["id"]
    assert np.array_equal(np.asarray(ids)[data], annotation())


def test_a_lone_image_is_distinguished_from_an_annotation(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    path = tmp_path / "scan.tiff"
    tifffile.imwrite(path, rng.integers(0, 4000, (10, 11, 12)).astype(np.uint16))
    ((_, options, kind),) = read_path(path)
    assert kind == "image"
    assert "neighbor of the same value" in info_in(options["metadata"]).taken_for
    assert options["units"] == ("pixel",) * 3


def test_a_lone_annotation_gets_a_flat_list_of_regions(tmp_path: Path) -> None:
    path = tmp_path / "labels.tiff"
    tifffile.imwrite(path, annotation())
    ((_, options, kind),) = read_path(path)
    assert kind == "labels"
    assert sorted(i for i in options["features"]["id"] if i) == [3, 5, 70001]


def test_contrast_limits_leave_the_brightest_few_voxels_out() -> None:
    values = np.tile(np.arange(1000, dtype=np.float64), (10, 10, 1))
    values[0, 0, 0] = 1e9
    low, high = contrast_limits(values)
    assert low == 0
    assert 950 < high < 1000


def test_contrast_limits_of_an_empty_image_are_usable() -> None:
    assert contrast_limits(np.zeros((3, 3, 3))) == (0.0, 1.0)


@pytest.mark.usefixtures("discovered")
def test_napari_opens_a_package_through_the_manifest(tmp_path: Path) -> None:
    viewer = ViewerModel()
    viewer.open(write_brainglobe(tmp_path / "p"), plugin=PLUGIN)
    assert [layer.name for layer in viewer.layers] == ["Brain image", "Regions"]
    assert np.array_equal(np.asarray(viewer.layers["Brain image"].data), reference())
    atlas = atlas_of(viewer.layers[1])
    assert atlas is not None
    assert atlas.at((525, 375, 275)).acronym == "TH"


@pytest.mark.parametrize("pattern", ["a.nrrd", "a.NHDR", "a.tif", "b.TIFF"])
def test_volumes_are_claimed(pattern: str) -> None:
    assert get_reader(pattern) is not None


@pytest.mark.parametrize("pattern", ["a.png", "a.csv", "a.npy"])
def test_other_files_are_left_to_others(pattern: str) -> None:
    assert get_reader(pattern) is None
    assert get_reader(["a.nrrd", pattern]) is None


@pytest.mark.usefixtures("discovered")
def test_a_text_file_named_nrrd_is_refused_and_nothing_is_added(tmp_path: Path) -> None:
    path = tmp_path / "notes.nrrd"
    path.write_text("hello")
    viewer = ViewerModel()
    with pytest.raises(AtlasError, match=r"notes\.nrrd.*NRRD000") as caught:
        viewer.open(path, plugin=PLUGIN)
    assert "\n" not in str(caught.value)
    assert not viewer.layers


@pytest.mark.usefixtures("discovered")
def test_the_sample_is_in_napari_s_menu_and_opens() -> None:
    viewer = ViewerModel()
    viewer.open_sample(PLUGIN, "phantom_mouse_brain")
    assert [layer.name for layer in viewer.layers] == ["Brain image", "Regions"]
    for layer in viewer.layers:
        assert layer.visible
        assert np.allclose(layer.scale, 60)
        assert np.allclose(layer.translate, 30)


def test_a_template_on_another_grid_is_drawn_in_its_place(tmp_path):
    packages.write_nrrd(tmp_path / "labels.nrrd", packages.label_ids(), 50.0)
    (tmp_path / "labels.csv").write_text("id,name\n315,a\n549,b\n614454277,c\n")
    packages.write_nrrd(
        tmp_path / "template.nrrd", packages.image((6, 4, 5)), 100.0, **{"space origin": [7, 8, 9]}
    )
    layers = {options["name"]: options for _, options, _ in read_path(tmp_path)}
    assert list(layers) == ["template", "Regions"]
    assert layers["template"]["scale"] == (100, 100, 100)
    assert layers["template"]["translate"] == (57, 58, 59)  # center of the first voxel
