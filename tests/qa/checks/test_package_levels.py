"""Levels and masks of v3 packages that contradict the first level, and rules that do not."""

from __future__ import annotations

import numpy as np
import pytest

from napari_atlas_explorer.qa.checks.package_levels import find_foreign_values
from napari_atlas_explorer.qa.run import run_qa

from ..broken_v3 import ANNOTATION, TEMPLATE, atlas_of, delete, edit_json, sound_v3, values

LABELS = f"{ANNOTATION}/annotations_compressed.ome.zarr"
MASKS = f"{ANNOTATION}/annotations.ome.zarr"


def check(root, code):
    """Findings of one check, which must be the only ones of the package."""
    found = [one.finding for one in run_qa(atlas_of(root), ["package"]).listed]
    assert {f.code for f in found} == {code}, [f.message for f in found]
    return found


def plant(tmp_path, *breaks):
    root = sound_v3(tmp_path)
    for damage in breaks:
        damage(root)
    return root


# ---- Levels --------------------------------------------------------------------------------------


def shifted(array):
    return np.roll(array, 2, axis=0)


def test_a_level_that_is_shifted_is_found_with_its_voxels(tmp_path):
    root = plant(tmp_path, values(f"{LABELS}/s1", shifted))
    (found,) = check(root, "package-level")
    assert found.severity == "error"
    assert found.anchor.file == f"{LABELS}/s1"
    assert f"{LABELS}/s1 have a region that none" in found.message


def test_one_voxel_of_another_region_is_found(tmp_path):
    def change(ids):
        ids[10, 8, 9] = 507
        return ids

    (found,) = check(plant(tmp_path, values(f"{LABELS}/s1", change)), "package-level")
    assert found.count == 1
    assert found.anchor.voxel == (21, 17, 19)
    assert "507 in (10, 8, 9)" in found.message


def test_hemispheres_and_reference_are_compared_too(tmp_path):
    root = plant(
        tmp_path,
        values(f"{ANNOTATION}/hemispheres.ome.zarr/s1", lambda v: np.where(v, 3 - v, 0)),
        values(f"{TEMPLATE}/template.ome.zarr/s1", lambda v: v[::-1]),
    )
    found = check(root, "package-level")
    assert {f.anchor.file for f in found} == {
        f"{ANNOTATION}/hemispheres.ome.zarr/s1",
        f"{TEMPLATE}/template.ome.zarr/s1",
    }


def set_transformation(n, **changes):
    def change(content):
        datasets = content["attributes"]["ome"]["multiscales"][0]["datasets"]
        for step in datasets[n]["coordinateTransformations"]:
            if step["type"] in changes:
                step[step["type"]] = changes[step["type"]]

    return edit_json(f"{LABELS}/zarr.json", change)


def test_a_level_of_another_place_is_found(tmp_path):
    root = plant(tmp_path, set_transformation(1, translation=[0.5, 0.05, 0.05]))
    (found,) = check(root, "package-level")
    assert "+4.50, +0.00, +0.00 voxels" in found.message


def test_a_level_whose_corner_is_stated_is_a_warning(tmp_path):
    root = plant(tmp_path, set_transformation(1, translation=[0.0, 0.0, 0.0]))
    (found,) = check(root, "package-level")
    assert found.severity == "warning"
    assert "0.5, 0.5, 0.5 voxels" in found.message


def test_a_level_of_another_extent_is_found(tmp_path):
    root = plant(tmp_path, set_transformation(1, scale=[0.3, 0.2, 0.2]))
    found = check(root, "package-level")
    assert any("another extent" in f.message for f in found)


def test_a_voxel_size_that_is_nearly_the_manifests_is_refused_by_brainglobe(tmp_path):
    root = plant(tmp_path, set_transformation(0, scale=[0.1001, 0.1, 0.1]))
    found = [one.finding for one in run_qa(atlas_of(root), ["package"]).listed]
    messages = [f.message for f in found if f.code == "package-level-size"]
    assert any("brainglobe-atlasapi 3 refuses to open it" in m for m in messages)


def test_values_that_were_not_fetched_are_named_as_absent(tmp_path):
    root = plant(tmp_path, delete(f"{LABELS}/s1/c", f"{ANNOTATION}/hemispheres.ome.zarr/s1/c"))
    (found,) = check(root, "package-not-fetched")
    assert found.severity == "info"
    assert found.count == 2
    assert f"{LABELS}/s1" in found.message


@pytest.mark.parametrize("factor", [2, 3])
@pytest.mark.parametrize("rule", ["stride", "center", "majority"])
def test_every_usual_rule_is_accepted(factor, rule):
    rng = np.random.default_rng(5)
    fine = np.repeat(rng.integers(0, 5, (6, 6, 6)), 2, axis=0).repeat(2, axis=1).repeat(2, axis=2)
    parts = [fine[a::factor, b::factor, c::factor] for a, b, c in np.ndindex(*[factor] * 3)]
    coarse = {
        "stride": parts[0],
        "center": parts[-1] if factor == 2 else parts[13],
        "majority": np.apply_along_axis(
            lambda v: np.bincount(v).argmax(), 0, np.stack(list(parts))
        ),
    }[rule]
    factors = np.array([float(factor)] * 3)
    assert len(find_foreign_values(fine, coarse, factors, exact=True)) == 0


def test_brute_force_finds_the_same_foreign_values():
    rng = np.random.default_rng(6)
    fine, coarse = rng.integers(0, 4, (7, 6, 5)), rng.integers(0, 4, (4, 3, 3))
    expected = []
    for index in np.ndindex(4, 3, 3):
        block = tuple(slice(2 * i, 2 * i + 2) for i in index)
        if coarse[index] not in fine[block]:
            expected.append(index)
    found = find_foreign_values(fine, coarse, np.array([2.0, 2.0, 2.0]), exact=True)
    assert list(map(tuple, found.tolist())) == expected
    assert expected


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("factor", [2.0, 1.5])
def test_a_few_planes_at_a_time_find_the_same(exact, factor, monkeypatch):
    rng = np.random.default_rng(7)
    fine = rng.integers(0, 9, (24, 10, 8)).astype(np.uint16)
    coarse = rng.integers(0, 12, tuple(int(np.ceil(n / factor)) for n in fine.shape))
    factors = np.array([factor] * 3)
    whole = find_foreign_values(fine, coarse, factors, exact)
    monkeypatch.setenv("ATLAS_EXPLORER_SLAB_BYTES", str(3 * 80 * 12))
    assert len(whole) > 10
    assert find_foreign_values(fine, coarse, factors, exact).tolist() == whole.tolist()


def test_the_real_package_of_brainglobe_has_no_finding(data_folder, tmp_path):
    import tarfile

    with tarfile.open(
        data_folder / "brainglobe_packaged_allen_v3" / "brainglobe-atlasapi_v3_allen.tar.xz"
    ) as archive:
        archive.extractall(tmp_path, filter="data")
    report = run_qa(
        tmp_path / "brainglobe-atlasapi" / "atlases" / "allen_mouse_200um" / "3_0", ["package"]
    )
    assert [one.id for one in report.listed] == []


# ---- Masks ---------------------------------------------------------------------------------------


def index_of(root, region_id):
    import zarr

    ids = zarr.open_array(store=str(root / MASKS / "annotation_values"), mode="r")[...]
    return ids.tolist().index(region_id)


def test_a_mask_that_lost_voxels_is_found_with_them(tmp_path):
    root = sound_v3(tmp_path)
    n = index_of(root, 315)

    def change(masks):
        masks[n, 20, 13, 18] = 0
        return masks

    values(f"{MASKS}/s0", change)(root)
    (found,) = check(root, "package-masks")
    assert found.region_ids == (315,)
    assert found.count == 1
    assert found.anchor.voxel == (20, 13, 18)
    assert found.severity == "error"


def test_masks_of_swapped_regions_are_both_found(tmp_path):
    root = sound_v3(tmp_path)
    a, b = index_of(root, 507), index_of(root, 512)

    def change(ids):
        ids[[a, b]] = ids[[b, a]]
        return ids

    values(f"{MASKS}/annotation_values", change)(root)
    assert {f.region_ids for f in check(root, "package-masks")} == {(507,), (512,)}


def test_a_region_without_a_mask_is_found(tmp_path):
    root = sound_v3(tmp_path)
    n = index_of(root, 549)

    def change(ids):
        ids[n] = 4
        return ids

    values(f"{MASKS}/annotation_values", change)(root)
    found = check(root, "package-masks")
    assert {f.region_ids for f in found} == {(549,), (4,)}
    assert all("get_structure_mask" in f.message for f in found)


def test_the_masks_of_the_coarser_atlas_are_its_own(tmp_path):
    root = sound_v3(tmp_path)
    n = index_of(root, 315)

    def change(masks):
        masks[n] = 0
        return masks

    values(f"{MASKS}/s1", change)(root)
    coarser = root / "atlases" / "handmade_brain_200um" / "1_0"
    found = [one.finding for one in run_qa(coarser, ["package"]).listed]
    assert [(f.code, f.region_ids) for f in found] == [("package-masks", (315,))]
    assert [one.id for one in run_qa(atlas_of(root), ["package"]).listed] == []
