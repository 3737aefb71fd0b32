"""Defects of the reference image, planted one at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, VoxelData
from napari_atlas_explorer.core.package import Dataset
from napari_atlas_explorer.qa.finding import Histogram

from ..planting import findings, only, why_not_run
from ..sound import sound


def pictured(image):
    return sound().changed(reference=image)


@pytest.mark.parametrize("value", [0, 1234])
def test_an_empty_image_is_found_and_the_other_checks_are_not_run(value):
    broken = pictured(np.full(sound().annotation.shape, value, np.uint16))
    found = only(findings(broken), "reference-empty")
    assert found.count == broken.reference.size
    assert str(value) in found.message
    assert found.severity == "error"
    assert why_not_run(broken, "reference-few-levels") == "the reference has one value only"


def test_a_cut_off_image_is_found():
    image, inside = sound().reference, sound().annotation > 0
    top = np.uint16(np.quantile(image[inside], 0.98))
    found = only(findings(pictured(np.minimum(image, top))), "reference-saturated")
    high = (image >= top) & inside
    assert found.count == high.sum()
    assert found.measure == pytest.approx(100 * high.sum() / inside.sum())
    assert high[found.anchor.voxel]
    assert found.marked.flat.tolist() == np.flatnonzero(high).tolist()
    assert any(isinstance(e, Histogram) for e in found.exhibits)


def test_an_image_of_few_levels_is_found():
    few = sound().reference // 512
    found = only(findings(pictured(few)), "reference-few-levels")
    assert found.count == len(np.unique(few[sound().annotation > 0]))


def test_a_multiplied_image_is_found():
    found = only(findings(pictured(sound().reference // 256 * 256)), "reference-rescaled")
    assert "multiples of 256 apart" in found.message


def test_a_stretched_image_is_found():
    levels = sound().reference // 64
    found = only(findings(pictured(levels * 5 // 4)), "reference-rescaled")
    assert found.count > 50
    assert found.severity == "info"


def test_a_second_image_that_is_the_same_is_found():
    package = sound().atlas().package
    same = VoxelData.from_grid(sound().reference.copy(), package.grid)
    other = VoxelData.from_grid(sound().reference // 2, package.grid)
    datasets = {
        **package.datasets,
        "nissl": Dataset("nissl", "image", lambda: same),
        "dapi": Dataset("dapi", "image", lambda: other),
    }
    found = only(findings(Atlas(replace(package, datasets=datasets))), "reference-duplicate")
    assert found.key == "nissl"
    assert why_not_run(sound(), "reference-duplicate") == "no additional reference"


def test_an_image_that_lacks_a_part_of_the_brain_is_found():
    image, inside = sound().reference.copy(), sound().annotation > 0
    image[:80] = image.min()
    found = only(findings(pictured(image)), "reference-foreground")
    dark = np.flatnonzero(inside[:80])
    assert set(dark) <= set(found.marked.flat.tolist())
    assert found.measure == pytest.approx(100 * len(dark) / inside.sum(), abs=4)
    assert found.count == len(found.marked.flat)


@pytest.mark.parametrize(("axis", "step"), [(0, 2), (1, -3)])
def test_an_annotation_that_is_shifted_against_the_image_is_found_with_its_shift(axis, step):
    moved = np.roll(sound().reference, step, axis=axis)
    found = [f for f in findings(pictured(moved)) if f.code == "reference-edges"]
    assert len(found) == 1
    assert found[0].key == f"axis {axis}"
    assert f"{step:+d} voxels ({abs(step) * 60} µm)" in found[0].message
    assert found[0].severity == "warning"


def test_borders_that_follow_no_edge_are_noted():
    rng = np.random.default_rng(0)
    inside = sound().annotation > 0
    image = rng.normal(20000, 3000, inside.shape) * inside
    borders = np.zeros(inside.shape, bool)
    for axis in range(3):
        along, mark = np.moveaxis(sound().annotation, axis, 0), np.moveaxis(borders, axis, 0)
        met = along[1:] != along[:-1]
        mark[1:] |= met
        mark[:-1] |= met
    image[borders & inside] = 20000 + (image[borders & inside] - 20000) / 10
    found = findings(pictured(image.astype(np.uint16)), groups=["reference"])
    assert {f.code for f in found} == {"reference-edges"}
    contrast = next(f for f in found if f.key == "contrast")
    assert contrast.severity == "info"
    assert contrast.measure < 0.5


def test_a_reference_of_another_shape_is_no_ground_for_a_finding():
    atlas = sound().atlas()
    wrong = VoxelData(np.zeros((3, 4, 5), np.uint16), (60, 60, 60))
    datasets = {**atlas.package.datasets, "reference": Dataset("reference", "image", lambda: wrong)}
    broken = Atlas(replace(atlas.package, datasets=datasets))
    assert "(3, 4, 5) voxels" in why_not_run(broken, "reference-foreground")
