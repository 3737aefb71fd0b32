import json

import numpy as np
import pytest

from napari_atlas_explorer import Atlas, RegionMap, open_atlas
from napari_atlas_explorer.core.errors import ArgumentError
from napari_atlas_explorer.packaging.source.update import compare_versions, next_version

from ... import packages
from ...refusals import refused


def tree(**changes):
    rows = {
        1: {"acronym": "root", "parent_structure_id": None, "rgb_triplet": [255, 255, 255]},
        2: {"acronym": "A", "parent_structure_id": 1, "rgb_triplet": [1, 2, 3]},
        3: {"acronym": "a", "parent_structure_id": 2},
        4: {"acronym": "B", "parent_structure_id": 1, "color_hex_triplet": "040506"},
    }
    for key, change in changes.items():
        rows[int(key[1:])] = {**rows.get(int(key[1:]), {}), **change} if change else None
    listed = [{"id": i, "name": f"name {i}", **row} for i, row in rows.items() if row is not None]
    return RegionMap.from_structures(listed)


def atlas(regions=None, ids=None, resolution=(10.0, 10.0, 10.0)):
    if ids is None:
        ids = np.zeros((20, 4, 5), np.uint32)
        ids[2:10] = 2
        ids[10:15] = 3
        ids[15:, :2] = 4
    return Atlas.from_arrays(ids, regions or tree(), resolution)


@pytest.mark.parametrize(
    ("version", "following"), [("1.2", "1.3"), ("0.0", "0.1"), ("1.9", "1.10"), ("3.19", "3.20")]
)
def test_the_second_number_goes_up(version, following):
    assert next_version(version) == following


@pytest.mark.parametrize("version", ["1", "1.2.3", "v1.2", "", "1.x"])
def test_what_is_no_version_has_no_next(version):
    with refused("version", by=ArgumentError):
        next_version(version)


def test_an_atlas_does_not_differ_from_itself():
    found = compare_versions(atlas(), atlas())
    assert found.is_empty
    assert found.lines() == ["nothing differs"]
    assert found.n_changed == 0
    assert found.most_changed == ()


def test_regions_added_and_removed_are_listed_by_id_and_acronym():
    new = tree(i4=None, i9={"acronym": "C", "parent_structure_id": 1})
    found = compare_versions(atlas(), atlas(new))
    assert found.added == {9: "C"}
    assert found.removed == {4: "B"}
    assert found.lines() == ["1 region added: C (9)", "1 region removed: B (4)"]


def test_regions_renamed_recolored_and_moved_are_listed_with_what_was():
    new = tree(
        i2={"acronym": "AA"}, i3={"parent_structure_id": 4}, i4={"color_hex_triplet": "040507"}
    )
    found = compare_versions(atlas(), atlas(new))
    assert [(c.id, c.acronym, c.old, c.new) for c in found.renamed] == [
        (2, "AA", "A, name 2", "AA, name 2")
    ]
    assert [(c.id, c.old, c.new) for c in found.recolored] == [(4, "#040506", "#040507")]
    assert [(c.id, c.old, c.new) for c in found.moved] == [(3, "A", "B")]
    assert not found.is_empty


def test_a_color_written_in_another_way_is_the_same_and_a_made_up_one_is_none():
    same = tree(i4={"color_hex_triplet": None, "rgb_triplet": [4, 5, 6]})
    moved = tree(i9={"acronym": "0", "parent_structure_id": 1})
    assert compare_versions(atlas(), atlas(same)).recolored == ()
    assert compare_versions(atlas(), atlas(moved)).recolored == ()
    gone = compare_versions(atlas(), atlas(tree(i2={"rgb_triplet": None})))
    assert [(c.id, c.new) for c in gone.recolored] == [(2, "none")]


def test_changed_voxels_are_counted_as_a_naive_loop_counts_them():
    rng = np.random.default_rng(7)
    ids = [rng.choice([0, 2, 3, 4, 777], (20, 6, 7)).astype(np.uint32) for _ in range(2)]
    regions = tree(i4=None, i9={"acronym": "C", "parent_structure_id": 1})
    found = compare_versions(atlas(tree(), ids[0]), atlas(regions, ids[1]))
    pairs = list(zip(ids[0].ravel().tolist(), ids[1].ravel().tolist(), strict=True))
    assert found.n_changed == sum(a != b for a, b in pairs)
    assert {c.id for c in found.most_changed} == {0, 2, 3, 4, 777}
    for change in found.most_changed:
        assert change.lost == sum(a == change.id != b for a, b in pairs)
        assert change.gained == sum(b == change.id != a for a, b in pairs)
        assert change.old == sum(a == change.id for a, _ in pairs)
        assert change.new == sum(b == change.id for _, b in pairs)
    sizes = [c.lost + c.gained for c in found.most_changed]
    assert sizes == sorted(sizes, reverse=True)
    names = {c.id: c.acronym for c in found.most_changed}
    assert names == {0: "background", 2: "A", 3: "a", 4: "B", 777: "777"}


def test_the_regions_that_changed_most_come_first_in_words():
    ids = np.asarray(atlas().annotation).copy()
    ids[9] = 3
    ids[2, 0, 0] = 0
    found = compare_versions(atlas(), atlas(ids=ids))
    assert found.lines() == [
        "21 voxels with another id: A (−21 +0), a (−0 +20), background (−0 +1)"
    ]


def test_voxels_are_not_compared_where_shapes_differ():
    found = compare_versions(
        atlas(), atlas(ids=np.zeros((2, 4, 5), np.uint32), resolution=(100, 10, 5))
    )
    assert found.n_changed is None
    assert found.lines() == [
        "shape: 20 × 4 × 5 → 2 × 4 × 5 voxels", "resolution: 10 × 10 × 10 → 100 × 10 × 5 µm",
    ]  # fmt: skip


@pytest.fixture
def pair(tmp_path):
    old = packages.brainglobe_v2(tmp_path / "made_up_100um_v1.2", note=1)
    new = packages.brainglobe_v2(
        tmp_path / "made_up_100um_v1.3", version="1.3", citation="somebody", species=None
    )
    (new / "meshes" / "315.obj").unlink()
    (new / "meshes" / "549.obj").write_text("v 0 0 0\n")
    return open_atlas(old), open_atlas(new)


def test_metadata_and_meshes_of_packages_are_compared(pair):
    found = compare_versions(*pair)
    assert found.metadata == {
        "citation": ("none", "somebody"),
        "species": ("none", None),
        "version": ("1.2", "1.3"),
        "note": (1, None),
    }
    assert found.meshes_added == (549,)
    assert found.meshes_removed == (315,)
    assert "version: '1.2' → '1.3'" in found.lines()
    assert "1 mesh removed: 315" in found.lines()


def test_a_new_number_alone_is_no_difference(tmp_path):
    old = packages.brainglobe_v2(tmp_path / "made_up_100um_v1.2")
    new = packages.brainglobe_v2(tmp_path / "made_up_100um_v1.3", version="1.3")
    found = compare_versions(open_atlas(old), open_atlas(new))
    assert found.is_empty
    assert found.lines() == ["version: '1.2' → '1.3'"]


def test_all_of_it_goes_into_json(pair):
    document = json.loads(json.dumps(compare_versions(*pair).as_dict()))
    assert document["metadata"]["version"] == ["1.2", "1.3"]
    assert document["shape"] == [[12, 8, 10], [12, 8, 10]]
    assert document["n_changed"] == 0
    assert document["meshes_added"] == [549]
    regions = compare_versions(atlas(), atlas(tree(i2={"acronym": "AA"}, i4=None))).as_dict()
    document = json.loads(json.dumps(regions))
    assert document["removed"] == {"4": "B"}
    assert document["renamed"] == [
        {"id": 2, "acronym": "AA", "old": "A, name 2", "new": "AA, name 2"}
    ]
