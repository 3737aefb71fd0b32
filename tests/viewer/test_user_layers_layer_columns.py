"""Columns that layers add to the table: against loops, SciPy and hand counts."""

from __future__ import annotations

import nrrd
import numpy as np
import pytest
from napari.layers import Image, Points
from scipy import ndimage

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.analysis.points.frames import PointFrame
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.viewer.layer_info import info_in
from napari_atlas_explorer.viewer.layers import dataset_layer
from napari_atlas_explorer.viewer.points import import_points
from napari_atlas_explorer.viewer.user_layers import LayerRequest, positions_of
from tests.made_up import STRUCTURES, annotation, reference, write_brainglobe, write_voxelbrain

IDS = [row[0] for row in STRUCTURES]
BELOW = {i: [r[0] for r in STRUCTURES if i in r[3]] for i in IDS}


@pytest.fixture
def atlas(tmp_path):
    return open_atlas(write_brainglobe(tmp_path / "made_up"))


def ask(atlas, layer, statistic):
    return LayerRequest(layer.name, statistic, layer).column(atlas).cells


def expected(values, function) -> list[float]:
    """One of SciPy's statistics over each region with all below it."""
    ids = annotation()
    found = []
    for i in IDS:
        inside = np.isin(ids, BELOW[i]) & ~np.isnan(values)
        found.append(function(values, inside, 1) if inside.any() else np.nan)
    return found


@pytest.mark.parametrize(
    ("statistic", "function"),
    [
        ("mean", ndimage.mean),
        ("median", ndimage.median),
        ("sum", ndimage.sum_labels),
        ("min", ndimage.minimum),
        ("max", ndimage.maximum),
    ],
)
def test_statistics_of_an_image_are_scipys(atlas, statistic, function) -> None:
    data, options, _ = dataset_layer(atlas, "reference")
    cells = ask(atlas, Image(data, **options), statistic)
    np.testing.assert_allclose(cells, expected(reference().astype(float), function))


def test_an_image_in_millimeters_and_another_grid_is_sampled_where_it_lies(atlas) -> None:
    # Voxels of 100 × 50 × 25 µm that cover the low half of axis 0 only.
    coarse = np.random.default_rng(3).normal(size=(5, 12, 32))
    scale = np.array([0.1, 0.05, 0.025])
    layer = Image(coarse, scale=scale, translate=scale / 2, units=("mm",) * 3, name="coarse")
    seen = np.full(annotation().shape, np.nan)
    for i, j, k in np.ndindex(*seen.shape):
        center = (np.array([i, j, k]) + 0.5) * 0.05
        at = np.floor(center / scale + 1e-9).astype(int)
        if (at < coarse.shape).all():
            seen[i, j, k] = coarse[tuple(at)]
    np.testing.assert_allclose(ask(atlas, layer, "mean"), expected(seen, ndimage.mean))
    counts = [np.isin(annotation()[:10], BELOW[i]).sum() for i in IDS]
    np.testing.assert_array_equal(ask(atlas, layer, "count"), counts)


def test_an_image_without_units_is_refused_unless_it_has_the_atlass_voxels(atlas) -> None:
    plain = Image(reference().astype(float), name="plain")
    np.testing.assert_allclose(
        ask(atlas, plain, "mean"), expected(reference().astype(float), ndimage.mean)
    )
    with pytest.raises(ArgumentError, match="in pixels"):
        ask(atlas, Image(np.zeros((5, 5, 5)), name="small"), "mean")
    with pytest.raises(ArgumentError, match="4 axes"):
        ask(atlas, Image(np.zeros((2, 5, 5, 5)), name="movie"), "mean")
    far = Image(np.ones((5, 5, 5)), translate=(1e6,) * 3, units=("um",) * 3, name="far")
    with pytest.raises(ArgumentError, match="does not overlap the atlas"):
        ask(atlas, far, "mean")


def test_points_are_counted_through_their_layers_transform_and_unit(atlas) -> None:
    # By hand: two in TH, one in VIS1, one in VIS, one in no region, one outside.
    voxels = np.array([[7, 7, 5], [8, 8, 11], [5, 2, 3], [5, 3, 3], [0, 0, 0], [40, 0, 0]])
    um = (voxels + 0.5) * 50
    layer = Points(
        (um - 100) / 1000 / 2, scale=(2, 2, 2), translate=(0.1,) * 3, units=("mm",) * 3, name="p"
    )
    np.testing.assert_allclose(positions_of(layer, atlas), um)
    np.testing.assert_array_equal(ask(atlas, layer, "count"), [4, 2, 2, 1, 2, 0])
    density = ask(atlas, layer, "per_mm3")
    assert density[4] == pytest.approx(2 / (256 * 1.25e-4))
    assert np.isnan(density[5])  # no voxels, no density
    with pytest.raises(ArgumentError, match="Import points"):
        ask(atlas, Points(um, name="pixels"), "count")


@pytest.mark.parametrize("write", [write_brainglobe, write_voxelbrain])
def test_imported_points_lie_where_they_are_and_say_what_is_there(tmp_path, write) -> None:
    atlas = open_atlas(write(tmp_path / "atlas"))
    ids = annotation()
    rng = np.random.default_rng(4)
    voxels = rng.uniform(0, ids.shape, (400, 3))
    um = atlas.grid.to_world(voxels)
    um[7] = np.nan
    found = import_points(atlas, "cells", um, PointFrame((0, 1, 2), "um"), {"file": "cells.csv"})
    data, options, kind = found.layer
    layer = Points(data, **options)
    kept = np.delete(np.arange(400), 7)
    assert kind == "points"
    assert found.not_numbers == 1
    np.testing.assert_allclose(positions_of(layer, atlas), um[kept])
    there = ids[tuple(np.floor(voxels[kept]).astype(int).T)]
    np.testing.assert_array_equal(layer.features["id"], there)
    assert info_in(options["metadata"]).choices["unit"] == "um"
    # As many micrometers from the border as the nearest voxel of another region, or the rim.
    steps = np.abs(atlas.grid.steps)
    point = 20
    cells = np.stack(np.nonzero(ids != there[point]), axis=1)
    low, high = cells * steps, (cells + 1) * steps
    at = voxels[kept][point] * steps
    gap = np.linalg.norm(np.maximum(0, np.maximum(low - at, at - high)), axis=1).min()
    rim = min(at.min(), (np.array(ids.shape) * steps - at).min())
    assert layer.features["border_um"][point] == pytest.approx(min(gap, rim))


def test_an_oblique_atlas_is_shown_straight_and_layers_follow_it(tmp_path) -> None:
    folder = write_voxelbrain(tmp_path / "oblique")
    directions = [[40.0, 30.0, 0.0], [-30.0, 40.0, 0.0], [0.0, 0.0, 50.0]]
    origin = [10.0, 20.0, 30.0]
    header = {
        "space dimension": 3,
        "space origin": origin,
        "space directions": directions,
        "kinds": ["domain"] * 3,
    }
    nrrd.write(str(folder / "brain_regions.nrrd"), annotation(), header)
    (folder / "orientation.nrrd").unlink()
    atlas = open_atlas(folder)
    voxels = np.array([[7.5, 7.5, 5.5], [5.5, 2.5, 3.5]])
    shown = Points(voxels * 50, units=("um",) * 3, name="p")  # along the array's axes
    um = voxels @ np.array(directions) + origin
    np.testing.assert_allclose(positions_of(shown, atlas), um)
    image = Image(
        reference().astype(float), scale=(50,) * 3, translate=(25,) * 3, units=("um",) * 3, name="i"
    )
    cells = ask(atlas, image, "mean")
    np.testing.assert_allclose(cells, expected(reference().astype(float), ndimage.mean))
