"""`atlas-explorer mask`."""

from __future__ import annotations

import csv
import json

import nibabel as nib
import nrrd
import numpy as np
import pytest
import tifffile
import trimesh

from napari_atlas_explorer import VoxelData, open_atlas
from napari_atlas_explorer.compute.morphology import grow, shrink
from napari_atlas_explorer.formats.nrrd.segmentation import read_seg_nrrd
from napari_atlas_explorer.formats.recipes import read_recipes

# conftest: 10 × 8 × 6 voxels of 100 × 200 × 50 µm. Region 3 fills [2:5, 1:7, 1:5], region 4
# [5:8, 1:7, 1:5]; both are in A (2); axis 2 from 3 on is left; 999 is in voxel (9, 7, 5).


def voxels(path) -> np.ndarray:
    return nrrd.read(str(path))[0]


def box(*sides: tuple[int, int]) -> np.ndarray:
    mask = np.zeros((10, 8, 6), bool)
    mask[tuple(slice(*side) for side in sides)] = True
    return mask


A1, A2 = box((2, 5), (1, 7), (1, 5)), box((5, 8), (1, 7), (1, 5))
LEFT = box((0, 10), (0, 8), (3, 6))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["A"], A1 | A2),
        (["a1"], A1),
        (["3"], A1),
        (["area A, layer 2"], A2),
        (["a1", "a2"], A1 | A2),
        (["999"], box((9, 10), (7, 8), (5, 6))),
        (["A", "--hemisphere", "left"], (A1 | A2) & LEFT),
        (["A", "--hemisphere", "right"], (A1 | A2) & ~LEFT),
        (["a1", "--direct"], A1),
        (["--expr", "A - a1"], A2),
        (["--expr", "left:A & a2 + 999"], A2 & LEFT | box((9, 10), (7, 8), (5, 6))),
        (["--expr", "own:A + a2", "--hemisphere", "left"], A2 & LEFT),
    ],
)
def test_a_mask_holds_these_voxels(run, package, tmp_path, words, expected):
    target = tmp_path / "m.nrrd"
    answer = run("mask", package, *words, "-o", target)
    assert (answer.code, answer.out) == (0, "")
    assert f"{expected.sum()} voxels" in answer.err
    np.testing.assert_array_equal(voxels(target), expected)


def test_steps_are_taken_in_the_order_of_the_line(run, package, tmp_path):
    grid = open_atlas(package).grid
    for name, words, expected in (
        ("a", ["--grow", "100", "--shrink", "50"], shrink(grow(A1, grid, 100), grid, 50)),
        ("b", ["--shrink", "50", "--grow", "100"], grow(shrink(A1, grid, 50), grid, 100)),
        ("c", ["--shell", "50"], A1 & ~shrink(A1, grid, 50)),
    ):
        target = tmp_path / f"{name}.nrrd"
        assert run("mask", package, "a1", *words, "-o", target).code == 0
        np.testing.assert_array_equal(voxels(target), expected)
    target = tmp_path / "largest.nrrd"
    assert run("mask", package, "--expr", "a1 + 999", "--largest", "-o", target).code == 0
    np.testing.assert_array_equal(voxels(target), A1)


def test_a_hole_is_filled(run, package, tmp_path):
    annotation = VoxelData.load_nrrd(package / "brain_regions.nrrd")
    annotation.raw[3, 3, 2] = 7
    annotation.save_nrrd(package / "brain_regions.nrrd")
    for name, words, count in (("a", [], A1.sum() - 1), ("b", ["--fill"], A1.sum())):
        assert run("mask", package, "a1", *words, "-o", tmp_path / f"{name}.nrrd").code == 0
        assert voxels(tmp_path / f"{name}.nrrd").sum() == count


def test_a_step_shorter_than_a_voxel_is_pointed_out(run, package, tmp_path):
    answer = run("mask", package, "a1", "--grow", "49", "-o", tmp_path / "m.nrrd")
    assert "grow 49 µm reaches no other voxel: the next one is 50 µm away" in answer.err


def test_nifti_tiff_and_surface_by_the_name(run, package, tmp_path):
    for name in ("m.nii.gz", "m.tif", "m.stl"):
        assert run("mask", package, "a1", "-o", tmp_path / name).code == 0
    np.testing.assert_array_equal(np.asanyarray(nib.load(tmp_path / "m.nii.gz").dataobj), A1)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "m.tif"), A1)
    mesh = trimesh.load_mesh(tmp_path / "m.stl")
    # Voxels of 100 × 200 × 50 µm from (-100, 0, 0).
    np.testing.assert_allclose(mesh.bounds, [[100, 200, 50], [400, 1400, 250]])


def test_a_segmentation_has_a_segment_for_each_region(run, package, tmp_path):
    target = tmp_path / "m.seg.nrrd"
    assert run("mask", package, "a1", "A", "999", "-o", target).code == 0
    found = read_seg_nrrd(target)
    assert [s.name for s in found.segments] == [
        "area A, layer 1",
        "area A",
        "id 999, not in the hierarchy",
    ]
    assert [s.id for s in found.segments] == ["structure_3", "structure_2", "structure_999"]
    atlas = open_atlas(package)
    colors = [tuple(v / 255 for v in atlas.region_map.color_of_rank(rank)) for rank in (3, 2)]
    np.testing.assert_allclose([s.color for s in found.segments[:2]], colors, atol=1e-5)
    for segment, mask in zip(
        found.segments, (A1, A1 | A2, box((9, 10), (7, 8), (5, 6))), strict=True
    ):
        layer = found.layers[segment.layer]
        np.testing.assert_array_equal(layer == segment.label_value, mask)


def test_a_list_names_regions_and_hemispheres(run, package, tmp_path):
    target = tmp_path / "m.csv"
    assert run("mask", package, "--expr", "left:A + own:a2 + 999", "-o", target).code == 0
    rows = list(csv.DictReader(target.read_text().splitlines()))
    assert [(r["id"], r["acronym"], r["side"]) for r in rows] == [
        ("2", "A", "left"),
        ("3", "a1", "left"),
        ("4", "a2", "both"),
        ("999", "", "both"),
    ]
    assert read_recipes(target)[0].query == "left:A + own:a2 + 999"


def test_itksnap_gets_labels_of_the_selected_regions_and_their_names(run, package, tmp_path):
    target = tmp_path / "m.nii.gz"
    answer = run("mask", package, "A", "--hemisphere", "left", "--to", "itksnap", "-o", target)
    assert answer.code == 0, answer.err
    values = np.asanyarray(nib.load(target).dataobj)
    np.testing.assert_array_equal(values, 3 * (A1 & LEFT) + 4 * (A2 & LEFT))
    lines = (tmp_path / "m.label.txt").read_text().splitlines()
    rows = [line.split(None, 7) for line in lines if not line.startswith("#")]
    assert [(row[0], row[7]) for row in rows] == [
        ("0", '"Clear Label"'),
        ("3", '"a1 - area A, layer 1"'),
        ("4", '"a2 - area A, layer 2"'),
    ]
    again = open_atlas(target, tmp_path / "m.label.txt")
    np.testing.assert_array_equal(again.get_structure_mask(4).raw, A2 & LEFT)


# ---- one file for each region ------------------------------------------------------------------


def test_each_region_gets_a_file_named_by_its_id(run, package, tmp_path):
    folder = tmp_path / "masks"
    answer = run("mask", package, "--each", "--expr", "A + B + C + 999", "-o", folder)
    assert answer.code == 0
    assert sorted(p.name for p in folder.iterdir()) == [
        "structure_2.nrrd",
        "structure_3.nrrd",
        "structure_4.nrrd",
        "structure_999.nrrd",
    ]
    assert "wrote 4 masks" in answer.err
    assert "2 regions have no voxel" in answer.err
    np.testing.assert_array_equal(voxels(folder / "structure_2.nrrd"), A1 | A2)
    np.testing.assert_array_equal(voxels(folder / "structure_4.nrrd"), A2)


def test_named_regions_alone_get_a_file(run, package, tmp_path):
    assert run("mask", package, "--each", "A", "a2", "-o", tmp_path / "masks").code == 0
    names = sorted(p.name for p in (tmp_path / "masks").iterdir())
    assert names == ["structure_2.nrrd", "structure_4.nrrd"]


def test_files_that_exist_are_left_and_reported(run, package, tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    (folder / "structure_3.nrrd").write_text("mine")
    answer = run("mask", package, "--each", "a1", "a2", "-o", folder)
    assert "wrote 1 masks" in answer.err
    assert "kept 1 existing files" in answer.err
    assert "1 of them have another recipe, such as" in answer.err
    assert (folder / "structure_3.nrrd").read_text() == "mine"
    again = run("mask", package, "--each", "a2", "-o", folder)
    assert "kept 1 existing files" in again.err
    assert "another recipe" not in again.err
    other = run("mask", package, "--each", "a2", "--grow", "100", "-o", folder)
    assert "1 of them have another recipe" in other.err
    forced = run("mask", package, "--each", "a1", "a2", "-o", folder, "--force", "--json")
    assert [row["status"] for row in json.loads(forced.out)["masks"]] == ["written"] * 2
    np.testing.assert_array_equal(voxels(folder / "structure_3.nrrd"), A1)


def test_the_folder_may_be_no_file(refuses, package, tmp_path):
    (tmp_path / "masks").write_text("")
    assert "it is a file" in refuses("mask", package, "--each", "A", "-o", tmp_path / "masks")


# ---- recipes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["m.nrrd", "m.seg.nrrd", "m.nii.gz", "m.tif", "m.obj", "m.csv"])
def test_a_mask_is_made_again_from_its_file(run, package, tmp_path, name):
    first, second = tmp_path / name, tmp_path / f"again {name}"
    words = [] if name.endswith(".csv") else ["--grow", "120", "--fill"]
    assert run(
        "mask", package, "a1", "B", "999", "--hemisphere", "left", *words, "-o", first
    ).code == (2 if name == "m.seg.nrrd" else 0)
    if name == "m.seg.nrrd":  # B has no voxel, and a segment would be empty
        assert run("mask", package, "a1", "999", *words, "-o", first).code == 0
    assert run("mask", package, "--recipe", first, "-o", second).code == 0
    assert second.read_bytes() == first.read_bytes()


def test_a_recipe_of_json_makes_the_mask_in_any_format(run, package, tmp_path):
    words = ["--expr", "left:A", "--grow", "60"]
    answer = run("mask", package, *words, "-o", tmp_path / "m.nrrd", "--json")
    (said,) = json.loads(answer.out)["masks"]
    (tmp_path / "r.json").write_text(json.dumps(said["recipe"]))
    assert run("mask", package, "--recipe", tmp_path / "r.json", "-o", tmp_path / "n.tif").code == 0
    mask = tifffile.imread(tmp_path / "n.tif")
    np.testing.assert_array_equal(mask, voxels(tmp_path / "m.nrrd"))
    assert said["voxels"] == mask.sum()
    assert said["mm3"] == pytest.approx(mask.sum() * 1e-3)


def test_a_recipe_for_another_atlas_is_refused(run, refuses, package, tmp_path):
    assert run("mask", package, "A", "-o", tmp_path / "m.nrrd").code == 0
    error = refuses("mask", "sample", "--recipe", tmp_path / "m.nrrd", "-o", tmp_path / "n.nrrd")
    assert "the recipe is for the annotation" in error
    assert not (tmp_path / "n.nrrd").exists()


def test_a_recipe_that_gives_another_mask_is_refused(run, refuses, package, tmp_path):
    words = ["A", "--hemisphere", "left"]
    assert run("mask", package, *words, "-o", tmp_path / "m.nrrd").code == 0
    values, header = nrrd.read(str(package / "hemisphere.nrrd"))
    nrrd.write(str(package / "hemisphere.nrrd"), 3 - values, header)
    error = refuses("mask", package, "--recipe", tmp_path / "m.nrrd", "-o", tmp_path / "n.nrrd")
    assert "another mask" in error


def test_several_recipes_need_a_file_for_several(run, refuses, package, tmp_path):
    assert run("mask", package, "a1", "a2", "-o", tmp_path / "m.seg.nrrd").code == 0
    error = refuses("mask", package, "--recipe", tmp_path / "m.seg.nrrd", "-o", tmp_path / "n.tif")
    assert "2 recipes for one mask; expected a name in .seg.nrrd" in error


# ---- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["aa1", "-o", "m.nrrd"], "did you mean a1"),
        (["--expr", "A + aa1", "-o", "m.nrrd"], "at character 5 ('aa1' in 'A + aa1')"),
        (["--expr", "(A", "-o", "m.nrrd"], "not closed at character 1"),
        (["-o", "m.nrrd"], "expected one of REGION…, --expr and --recipe"),
        (["A", "--expr", "A", "-o", "m.nrrd"], "REGION and --expr"),
        (["A", "-o", "m.png"], "expected a name that ends in"),
        (["A", "-o", "nowhere/m.nrrd"], "no folder"),
        (["C", "-o", "m.nrrd"], "no voxel of Made up is in this mask"),
        (["A", "--direct", "-o", "m.nrrd"], "no voxel of Made up"),
        (["a1", "--shrink", "1000", "-o", "m.nrrd"], "in this mask after shrink 1000 µm"),
        (["a1", "--grow", "nan", "-o", "m.nrrd"], "expected 0 or more"),
        (["a1", "--grow", "-5", "-o", "m.nrrd"], "expected 0 or more"),
        (["a1", "--grow", "wide", "-o", "m.nrrd"], "wide"),
        (["a1", "--grow", "5", "-o", "m.csv"], "a step changes voxels"),
        (["a1", "--fill", "--to", "itksnap", "-o", "m.nii"], "a step changes voxels"),
        (["a1", "--to", "itksnap", "-o", "m.nrrd"], ".nii.gz, .nii"),
        (["a1", "--to", "itksnap", "--each", "-o", "m"], "both --each and --to"),
        (["a1", "--each", "-o", "m.nrrd"], "name of a folder"),
        (["--expr", "A", "--direct", "-o", "m.nrrd"], "own:REGION"),
        (["--recipe", "r.json", "-o", "m.nrrd"], "no such file"),
        (["--recipe", "r.json", "--fill", "-o", "m.nrrd"], "a recipe is complete"),
        (["--recipe", "r.json", "A", "-o", "m.nrrd"], "REGION and --recipe"),
    ],
)
def test_what_cannot_be_made_is_refused_in_one_line(
    refuses, package, tmp_path, monkeypatch, words, said
):
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    assert said in refuses("mask", package, *words)
    assert set(tmp_path.iterdir()) == before


def test_files_that_exist_are_not_replaced(run, refuses, package, tmp_path):
    for name in ("m.nrrd", "m.tif", "m.csv"):
        assert run("mask", package, "a1", "-o", tmp_path / name).code == 0
        assert "the file exists" in refuses("mask", package, "a2", "-o", tmp_path / name)
    (tmp_path / "m.tif").unlink()  # its recipe is still there
    assert "m.tif.recipe.json" in refuses("mask", package, "a2", "-o", tmp_path / "m.tif")
    assert run("mask", package, "a2", "-o", tmp_path / "m.tif", "--force").code == 0


def test_sides_that_nobody_knows_are_refused(refuses, package, tmp_path):
    (package / "hemisphere.nrrd").unlink()
    error = refuses("mask", package, "A", "--hemisphere", "left", "-o", tmp_path / "m.nrrd")
    assert "which side of Made up is left" in error


def test_without_a_voxel_size_lists_alone_are_written(run, refuses, tmp_path):
    tifffile.imwrite(tmp_path / "ids.tif", 3 * A1.astype(np.uint16))
    (tmp_path / "names.csv").write_text("id,acronym,name\n3,a1,area\n")
    words = [tmp_path / "ids.tif", "--region-map", tmp_path / "names.csv"]
    words += ["--kind", "annotation", "a1"]
    assert "voxel size" in refuses("mask", *words, "-o", tmp_path / "m.nrrd")
    assert run("mask", *words, "-o", tmp_path / "m.csv").code == 0
    stated = [*words, "--resolution", "25", "-o", tmp_path / "m.nrrd"]
    assert run("mask", *stated).code == 0
    assert nrrd.read_header(str(tmp_path / "m.nrrd"))["space directions"][0][0] == 25
