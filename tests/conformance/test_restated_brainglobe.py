"""BrainGlobe's tests that download atlases, or ask the packager's inside, asked of this library.

The tables in ``tables/`` name for each test of a peer the one here, or elsewhere, that asks the
same.
"""

from __future__ import annotations

import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
import zarr

from napari_atlas_explorer import Atlas, RegionMap, open_atlas, package_atlas
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.qa import run_qa

from .. import packages
from ..qa import broken
from ..refusals import refused
from .twins import CASES, arguments


def test_metadata_need_not_list_further_images(tmp_path):
    folder = packages.brainglobe_v2(tmp_path / "made_up_100um_v1.2")
    metadata = json.loads((folder / "metadata.json").read_text())
    metadata.pop("additional_references", None)
    (folder / "metadata.json").write_text(json.dumps(metadata))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(open_atlas(folder).additional_references) == []


def test_a_level_of_an_unknown_region_is_a_key_error(small_atlas):
    with pytest.raises(KeyError, match="INVALID"):
        small_atlas.get_structures_at_hierarchy_level("INVALID", 1)


def test_regions_are_in_pre_order():
    paths = [[997], [997, 8], [997, 8, 567], [997, 8, 343], [997, 8, 343, 1129], [997, 73]]
    rows = [{"id": path[-1], "structure_id_path": path} for path in paths]
    assert list(RegionMap.from_structures(rows)) == [997, 8, 567, 343, 1129, 73]
    # A parent may come after its children.
    assert list(RegionMap.from_structures(rows[::-1])) == [997, 73, 8, 343, 1129, 567]


@pytest.mark.parametrize("width", [20, 21])
def test_a_mirror_image_is_symmetric_with_an_odd_and_an_even_width(width):
    half = np.broadcast_to(np.repeat([1, 2], 5), (10, 10, 10))
    ids = np.concatenate([half, np.zeros((10, 10, width - 20), int), half[..., ::-1]], axis=2)
    regions = RegionMap([{"id": 9}, {"id": 1}, {"id": 2}], [None, 9, 9])
    atlas = Atlas.from_arrays(ids, regions, 25, orientation="asr")
    codes = {one.finding.code for one in run_qa(atlas, groups=["symmetry"]).listed}
    assert not codes & {"symmetry-dice", "symmetry-plane", "symmetry-metadata"}


# ---- the packager's arguments --------------------------------------------------------------------


@pytest.mark.parametrize("resolution", [(25,), (25, 25), (25, 25, 0), [(25, 25, 25), (50, 50)]])
def test_a_resolution_that_is_none_is_refused(tmp_path, resolution):
    given = arguments(CASES[0], tmp_path / "ingredients") | {"resolution": resolution}
    with refused("resolution", "three positive", by=ArgumentError):
        package_atlas(**given, working_dir=tmp_path, target="brainglobe-v3")


def test_the_finest_resolution_comes_first(tmp_path):
    given = arguments(CASES[0], tmp_path / "ingredients")
    given |= {"resolution": [(200, 200, 200), (100, 100, 100)], "additional_references": None}
    for name in ("reference_stack", "annotation_stack", "hemispheres_stack"):
        given[name] = [np.ascontiguousarray(given[name][::2, ::2, ::2]), given[name]]
    with refused("100", "finer", by=ArgumentError):
        package_atlas(**given, working_dir=tmp_path, target="brainglobe-v3")


def test_stacks_are_arrays_files_or_lists_of_them(tmp_path):
    given = arguments(CASES[0], tmp_path / "ingredients")
    path = tmp_path / "reference.tiff"
    tifffile.imwrite(path, given["reference_stack"], photometric="minisblack")
    for n, stack in enumerate((given["reference_stack"], path, str(path), [path])):
        given |= {"atlas_minor_version": n, "reference_stack": stack}
        folder = package_atlas(**given, working_dir=tmp_path / "out", target="brainglobe-v3")
        np.testing.assert_array_equal(open_atlas(folder).reference.raw, broken.reference())


@pytest.fixture(scope="module")
def package_of_three(tmp_path_factory) -> Path:
    """A v3 package of a region in a region, with an image of one gray value and a second one."""
    shape = (15, 15, 15)
    ids = np.full(shape, 999, np.uint32)
    ids[0, 0, 0], ids[0, 0, 1] = 1, 2
    paths = {999: [999], 1: [999, 1], 2: [999, 1, 2]}
    folder = tmp_path_factory.mktemp("packages")
    mesh = folder / "tetrahedron.obj"
    mesh.write_text("v 0 0 0\nv 10 0 0\nv 0 10 0\nv 0 0 10\nf 1 3 2\nf 1 2 4\nf 2 3 4\nf 1 4 3\n")
    given = {
        "atlas_name": "made_up",
        "atlas_minor_version": "0",
        "citation": "unpublished",
        "atlas_link": "https://example.org",
        "species": "Mus musculus",
        "resolution": (25, 25, 25),
        "orientation": "asr",
        "root_id": 999,
        "reference_stack": np.full(shape, 200, np.uint16),
        "annotation_stack": ids,
        "structures_list": [
            {
                "id": i,
                "acronym": "root" if i == 999 else f"r{i}",
                "name": "root" if i == 999 else f"Region {i}",
                "rgb_triplet": [255, 0, 128],
                "structure_id_path": path,
            }
            for i, path in paths.items()
        ],
        "meshes_dict": dict.fromkeys(paths, mesh),
        "working_dir": folder,
        "additional_references": [("second", np.full(shape, 50, np.uint16))],
        "target": "brainglobe-v3",
    }
    with refused("Every voxel of reference is 200", remedy="keep faulty"):
        package_atlas(**given)
    return package_atlas(**given, keep_faulty=True)


def test_a_package_of_three_regions_has_its_components(package_of_three):
    root = package_of_three.parents[2]
    labels = root / "annotation-sets" / "made_up-annotation" / "3_0"
    volumes = {
        root / "templates" / "made_up-template" / "3_0" / "template.ome.zarr": (np.uint16, {200}),
        root / "templates" / "made_up-second-template" / "3_0" / "template.ome.zarr": (
            np.uint16,
            {50},
        ),
        labels / "annotations_compressed.ome.zarr": (np.uint32, {1, 2, 999}),
        labels / "hemispheres.ome.zarr": (np.uint8, {1, 2}),
    }
    for path, (dtype, values) in volumes.items():
        group = zarr.open_group(str(path), mode="r")
        level = group[group.attrs["ome"]["multiscales"][0]["datasets"][0]["path"]]
        assert level.shape == (15, 15, 15)
        assert level.dtype == dtype
        assert set(np.unique(level[:]).tolist()) == values
    meshes = {p.name for p in (labels / "annotations.precomputed" / "mesh").iterdir()}
    assert {"999", "1", "2"} <= meshes
    space = root / "coordinate-spaces" / "made_up-space" / "3_0" / "manifest.json"
    assert isinstance(json.loads(space.read_text()), dict)
    manifest = json.loads((package_of_three / "manifest.json").read_text())
    assert manifest["resolution"] == [25.0] * 3
    assert manifest["shape"] == [15] * 3
    assert [r["name"] for r in manifest["additional_references"]] == ["made_up-second-template"]


def test_a_package_of_three_regions_has_its_table(package_of_three):
    root = package_of_three.parents[2]
    path = root / "terminologies" / "made_up-terminology" / "3_0" / "terminology.csv"
    table = pd.read_csv(path).set_index("identifier")
    assert list(table.columns) == [
        "parent_identifier",
        "annotation_value",
        "name",
        "abbreviation",
        "color_hex_triplet",
        "root_identifier_path",
    ]
    assert sorted(table.index) == [1, 2, 999]
    assert np.isnan(table.parent_identifier[999])
    assert (table.parent_identifier[1], table.parent_identifier[2]) == (999, 1)
    assert set(table.color_hex_triplet) == {"#FF0080"}


def test_a_package_of_three_regions_has_its_masks(package_of_three):
    atlas = open_atlas(package_of_three)
    assert np.argwhere(atlas.get_structure_mask("r2").raw).tolist() == [[0, 0, 1]]
    assert np.argwhere(atlas.get_structure_mask("r1").raw).tolist() == [[0, 0, 0], [0, 0, 1]]
    with pytest.raises(KeyError):
        atlas.get_structure_mask("nonexistent_region")
    labels = package_of_three.parents[2] / "annotation-sets" / "made_up-annotation" / "3_0"
    masks = zarr.open_group(str(labels / "annotations.ome.zarr"), mode="r")
    assert masks["s0"].shape == (3, 15, 15, 15)
    assert masks["s0"].dtype == np.uint8
    assert masks["annotation_values"][:].tolist() == [2, 1, 999]  # children before parents
    assert masks["s0"][:].sum(axis=(1, 2, 3)).tolist() == [1, 2, 15**3]


# ---- what the validation finds -------------------------------------------------------------------


def found_in(package: Path) -> set[str]:
    return {one.finding.code for one in run_qa(package, ["package"]).listed}


@pytest.mark.parametrize("name", ["Capitals_mouse", "inv@lid_mouse"])
def test_names_of_wrong_letters_are_found(tmp_path, name):
    folder = broken.sound_package(tmp_path)
    broken.metadata(name=name)(folder)
    assert "package-name" in found_in(folder)


@pytest.mark.parametrize("end", ["", "_100m"])
def test_names_of_folders_without_a_voxel_size_are_found(tmp_path, end):
    folder = broken.sound_package(tmp_path)
    name = json.loads((folder / "metadata.json").read_text())["name"]
    assert "package-name" not in found_in(folder)
    assert "package-name" in found_in(folder.rename(tmp_path / f"{name}{end}_v1.0"))


def test_a_missing_template_is_found(tmp_path):
    given = arguments(CASES[0], tmp_path / "ingredients") | {"additional_references": None}
    folder = package_atlas(**given, working_dir=tmp_path, target="brainglobe-v3")
    assert "package-file-missing" not in found_in(folder)
    (template,) = tmp_path.glob("**/templates/*/*/*.ome.zarr")
    shutil.rmtree(template)
    assert "package-file-missing" in found_in(folder)
