"""Surfaces kept on disk: found again, never out of date, never damaged, never too many."""

from __future__ import annotations

import os

import numpy as np
import pytest

from napari_atlas_explorer import Atlas
from napari_atlas_explorer.analysis.surfaces.source import region_surface
from napari_atlas_explorer.atlases.cache.meshes import (
    cached_surface,
    surface_from_cache,
    surface_key,
)
from napari_atlas_explorer.compute.meshes.settings import RAW, SurfaceSettings
from napari_atlas_explorer.core.space.hemispheres import LEFT, RIGHT

from ...refusals import refused


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("ATLAS_EXPLORER_CACHE", str(tmp_path))
    return tmp_path / "surfaces"


def test_the_second_time_it_is_read(small_atlas, folder):
    rank = small_atlas.region_map.rank("A")
    made, was_there = surface_from_cache(small_atlas, rank)
    assert not was_there
    again, was_there = surface_from_cache(small_atlas, rank)
    assert was_there
    np.testing.assert_array_equal(again.mesh.points, made.mesh.points)
    np.testing.assert_array_equal(again.mesh.faces, made.mesh.faces)
    assert again.mesh.faces.dtype == np.int64
    assert again.report == made.report
    assert cached_surface(small_atlas, "A").report == made.report
    assert len(list(folder.iterdir())) == 1


def test_whatever_it_depends_on_gives_another_file(small_atlas, small_map):
    rank = small_atlas.region_map.rank("A")
    plain = surface_key(small_atlas, rank, None, SurfaceSettings())
    ids = small_atlas.ranks.to_ids()
    other_ids = ids.copy()
    other_ids[0, 4, 0] = 3
    sides = np.asarray(small_atlas.hemispheres)
    steps = (10.0, 20.0, 30.0)

    def atlas(ids=ids, steps=steps, sides=sides):
        return Atlas.from_arrays(ids, small_map, steps, hemispheres=sides, orientation="asl")

    keys = {
        plain,
        surface_key(small_atlas, rank, None, RAW),
        surface_key(small_atlas, rank, LEFT, SurfaceSettings()),
        surface_key(small_atlas, rank, RIGHT, SurfaceSettings()),
        surface_key(small_atlas, rank + 1, None, SurfaceSettings()),
        surface_key(atlas(ids=other_ids), rank, None, SurfaceSettings()),
        surface_key(atlas(steps=(10.0, 20.0, 31.0)), rank, None, SurfaceSettings()),
        surface_key(atlas(sides=3 - sides), rank, LEFT, SurfaceSettings()),
    }
    assert len(keys) == 8
    assert surface_key(atlas(), rank, None, SurfaceSettings()) == plain
    # Without a side, what tells sides does not matter.
    assert surface_key(atlas(sides=3 - sides), rank, None, SurfaceSettings()) == plain


@pytest.mark.parametrize(
    "damage", ["empty", "cut off", "noise", "other", "points", "pickle", "bit"]
)
def test_a_damaged_file_is_made_again(small_atlas, folder, damage, caplog):
    rank = small_atlas.region_map.rank("A")
    made, _ = surface_from_cache(small_atlas, rank)
    (path,) = folder.iterdir()
    sound = path.read_bytes()
    if damage == "empty":
        path.write_bytes(b"")
    elif damage == "cut off":
        path.write_bytes(sound[: len(sound) // 2])
    elif damage == "noise":
        path.write_bytes(np.random.default_rng(1).bytes(len(sound)))
    elif damage == "other":
        np.savez(path, nothing=np.zeros(3))
    elif damage == "points":
        stored = dict(np.load(path))
        np.savez(path, **{**stored, "points": stored["points"][:2]})
    elif damage == "bit":
        place = sound.index(made.mesh.points.tobytes()) + 8 * 4
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
    else:
        np.savez(path, points=np.array([{}], dtype=object))
    again, was_there = surface_from_cache(small_atlas, rank)
    assert not was_there
    (note,) = caplog.messages
    assert "damaged" in note
    np.testing.assert_array_equal(again.mesh.points, made.mesh.points)
    assert surface_from_cache(small_atlas, rank)[1]


def test_the_longest_unused_go_first(small_atlas, folder):
    ranks = [small_atlas.region_map.rank(word) for word in ("root", "A", "a1", "a2")]
    for n, rank in enumerate(ranks[:3]):
        surface_from_cache(small_atlas, rank)
        key = surface_key(small_atlas, rank, None, SurfaceSettings())
        os.utime(folder / f"{key}.npz", (n, n))
    sizes = {path.name: path.stat().st_size for path in folder.iterdir()}
    surface_from_cache(small_atlas, ranks[0])  # now the one used last
    surface_from_cache(small_atlas, ranks[3], most_bytes=sum(sizes.values()))
    found = [surface_key(small_atlas, k, None, SurfaceSettings()) for k in ranks]
    there = {path.stem for path in folder.iterdir()}
    assert found[1] not in there
    assert found[0] in there
    assert found[3] in there
    assert not [path for path in folder.iterdir() if path.suffix != ".npz"]


def test_a_region_without_voxels_is_refused_and_nothing_kept(small_atlas, folder):
    with refused("no voxel"):
        cached_surface(small_atlas, "C")
    assert not list(folder.iterdir())


def test_one_call_says_where_a_surface_is_from(small_atlas, folder):
    rank = small_atlas.region_map.rank("A")
    first, second = (region_surface(small_atlas, rank, "left") for _ in range(2))
    assert (first.source, second.source) == ("labels", "cache")
    assert "made of the labels" in first.note
    assert first.report is not None
    np.testing.assert_array_equal(first.mesh.points, second.mesh.points)


@pytest.mark.data
def test_a_packages_own_mesh_is_taken_where_the_labels_are(data_folder, folder):
    from napari_atlas_explorer import open_atlas

    archive = data_folder / "brainglobe_packaged_allen_100um_v1" / "allen_mouse_100um_v1.2.tar.xz"
    atlas = open_atlas(archive)
    rank = atlas.region_map.rank("TH")
    own = region_surface(atlas, rank)
    made = region_surface(atlas, rank, prefer="labels")
    assert (own.source, made.source) == ("package", "labels")
    assert "shifted back" in own.note
    for surface in (own, made):
        middle = (surface.mesh.points.min(axis=0) + surface.mesh.points.max(axis=0)) / 2
        box = atlas.ranks.total_boxes[rank] * 100
        np.testing.assert_allclose(middle, box.mean(axis=1), atol=50)
