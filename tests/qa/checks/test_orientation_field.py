"""Defects of an orientation field and of placement hints, planted one at a time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap, VoxelData
from napari_atlas_explorer.core.package import Dataset
from napari_atlas_explorer.qa.run import run_qa
from napari_atlas_explorer.qa.subject import Subject

from ..planting import findings, only, why_not_run

SHAPE = (14, 16, 12)
GROUPS = ("orientation",)


def ids():
    """Region 1 below, 2 above, 3 without directions."""
    labels = np.zeros(SHAPE, np.uint32)
    labels[2:12, 2:8, 2:10] = 1
    labels[2:12, 8:14, 2:10] = 2
    labels[12:13, 2:14, 2:10] = 3
    return labels


def field():
    """Quaternions that lean the y axis a little to x, more so along axis 2."""
    half = np.radians(np.linspace(0, 20, SHAPE[2])) / 2
    q = np.zeros((*SHAPE, 4), np.float32)
    q[..., 0], q[..., 3] = np.cos(half), -np.sin(half)
    q[(ids() == 0) | (ids() == 3)] = 0
    return q


def distance():
    return np.broadcast_to(10.0 * np.arange(SHAPE[1])[:, None], SHAPE).astype(np.float32)


def bounds(low=20, high=80):
    pair = np.zeros((*SHAPE, 2), np.float32)
    pair[..., 0], pair[..., 1] = low, high
    return pair


def atlas(q=None, hints=True, layers=None, y=None, step=10):
    labels = ids()
    regions = RegionMap.flat([{"id": 1}, {"id": 2}, {"id": 3}])
    package = Atlas.from_arrays(labels, regions, (10, 10, 10)).package
    volumes = {"orientation": field() if q is None else q}
    if hints:
        volumes |= {"[PH]y": distance() if y is None else y, "[PH]1": bounds()}
    volumes |= layers or {}
    datasets = dict(package.datasets)
    for name, raw in volumes.items():
        kind = "orientation" if name == "orientation" else "image"
        data = VoxelData(raw, (step,) * 3)
        datasets[name] = Dataset(name, kind, lambda data=data: data)
    return Atlas(replace(package, datasets=datasets, orientation_field="orientation"))


def test_a_sound_field_has_no_finding_and_every_check_runs():
    assert findings(atlas(), groups=GROUPS) == []
    report = run_qa(Subject.of_atlas(atlas()), groups=GROUPS)
    assert {r.status for r in report.results} == {"passed"}


@pytest.mark.parametrize("kind", [np.int8, np.float64])
def test_bytes_and_doubles_are_as_good(kind):
    q = np.rint(field() * 127).astype(np.int8) if kind == np.int8 else field().astype(kind)
    assert findings(atlas(q), groups=GROUPS) == []


def test_a_field_of_another_grid_or_payload_is_found():
    small = only(findings(atlas(field()[1:], hints=False), groups=GROUPS), "orientation-shape")
    assert "(13, 16, 12)" in small.message
    pairs = only(findings(atlas(field()[..., :2], hints=False), groups=GROUPS), "orientation-shape")
    assert "2 values" in pairs.message
    coarse = findings(atlas(hints=False, step=20), groups=GROUPS)
    assert "placed elsewhere" in only(coarse, "orientation-shape").message


def test_a_field_of_another_type_is_found():
    found = only(
        findings(atlas(np.rint(field()).astype(np.int16)), groups=GROUPS), "orientation-type"
    )
    assert "int16" in found.message


def test_components_in_another_order_are_found_by_the_depth_gradient():
    moved = atlas(field()[..., [1, 2, 3, 0]])
    found = {f.code for f in findings(moved, groups=GROUPS)}
    assert found == {"orientation-order", "orientation-disagrees"}  # each voxel turns away
    plain = atlas(field()[..., [1, 2, 3, 0]], hints=False)
    assert why_not_run(plain, "orientation-order") == "no placement hints"


def test_quaternions_that_are_not_of_length_1_are_found():
    q = field()
    q[4, 5, 6] *= 1.02
    q[5, 5, 6] *= 0.5
    found = only(findings(atlas(q), groups=GROUPS), "orientation-unit-norm")
    assert found.count == 2
    assert found.measure == pytest.approx(0.5, abs=1e-3)
    assert found.anchor.extent == ((4, 6), (5, 6), (6, 7))


@pytest.mark.parametrize("missing", [0, np.nan])
def test_missing_directions_are_found_where_the_region_has_them(missing):
    q = field()
    q[4:6, 4:6, 4:6] = missing
    found = only(findings(atlas(q), groups=GROUPS), "orientation-zero")
    assert (found.region_ids, found.count, found.severity) == ((1,), 8, "info")
    assert found.measure == pytest.approx(100 * 8 / 480)
    assert found.anchor.extent == ((4, 6), (4, 6), (4, 6))


def test_a_direction_unlike_those_around_it_is_found():
    q = field()
    q[6, 5, 6] = (np.sqrt(0.5), 0, 0, np.sqrt(0.5))
    found = only(findings(atlas(q, hints=False), groups=GROUPS), "orientation-disagrees")
    assert (found.region_ids, found.count) == ((1,), 1)
    assert found.anchor.voxel == (6, 5, 6)
    assert found.measure == pytest.approx(90 + 20 * 6 / 11, abs=1)


def test_directions_against_the_depth_gradient_are_found():
    y = distance().copy()
    y[:, 9:] = 90 - y[:, 9:] + 80  # from there on the distance falls
    found = findings(atlas(y=y), groups=GROUPS)
    assert [f.code for f in found] == ["orientation-disagrees"]
    assert (found[0].region_ids, found[0].key) == ((2,), "depth")
    assert found[0].measure > 150
    assert found[0].anchor.extent[1][1] == 14


def test_layers_that_are_inverted_too_thick_or_without_bounds_are_found():
    wrong = bounds()
    wrong[3, 5, 4] = (80, 20)
    wrong[4, 5, 4] = (0, 3500)
    wrong[5, 5, 4] = np.nan
    wrong[0, 0, 0] = np.nan  # outside every region
    found = findings(atlas(layers={"[PH]2": wrong}), groups=GROUPS)
    assert {f.code for f in found} == {"orientation-layers"}
    by_key = {f.key: f for f in found}
    assert {k: f.anchor.voxel for k, f in by_key.items()} == {
        "[PH]2 inverted": (3, 5, 4),
        "[PH]2 too thick": (4, 5, 4),
        "[PH]2 no bounds": (5, 5, 4),
    }
    assert {k: f.count for k, f in by_key.items()} == dict.fromkeys(by_key, 1)
    assert by_key["[PH]2 inverted"].measure == 60
    assert by_key["[PH]2 too thick"].measure == 3500


def test_an_atlas_without_a_field_says_so():
    labels = ids()
    plain = Atlas.from_arrays(labels, RegionMap.flat([{"id": 1}, {"id": 2}, {"id": 3}]), (9, 9, 9))
    assert why_not_run(plain, "orientation-unit-norm") == "no orientation field"
    assert why_not_run(plain, "orientation-layers") == "no placement hints"
