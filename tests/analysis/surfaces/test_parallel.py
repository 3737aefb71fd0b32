"""Surfaces of many regions over processes."""

from __future__ import annotations

import os

import numpy as np
import pytest

from napari_atlas_explorer.analysis.surfaces.parallel import make_surfaces
from napari_atlas_explorer.compute.meshes.region_surfaces import surface_of_rank
from napari_atlas_explorer.compute.meshes.settings import RAW, SurfaceSettings
from napari_atlas_explorer.core.space.hemispheres import LEFT

from ...refusals import refused


def die(rank, surface):
    os._exit(3)


def count_faces(rank, surface):
    return len(surface.mesh.faces)


@pytest.mark.parametrize("processes", [1, 2])
def test_each_region_comes_as_if_made_alone_the_largest_first(small_atlas, processes):
    labels = small_atlas.ranks
    ranks = range(1, labels.n_ranks)
    made = list(make_surfaces(labels, ranks, RAW, processes=processes))
    assert sorted(m.rank for m in made) == list(ranks)
    for one in made:
        if labels.total_counts[one.rank]:
            alone = surface_of_rank(labels, one.rank, RAW)
            np.testing.assert_array_equal(one.result.mesh.points, alone.mesh.points)
            np.testing.assert_array_equal(one.result.mesh.faces, alone.mesh.faces)
            assert one.result.report == alone.report
        else:
            assert "no voxel" in str(one.error)
            assert str(labels.ids[one.rank]) in str(one.error)
    with_voxels = [m.rank for m in made if m.error is None]
    if processes == 1:
        counts = labels.total_counts[with_voxels]
        assert (np.diff(counts) <= 0).all()


def test_one_hemisphere_and_a_sink_in_the_process_that_made_it(small_atlas):
    labels, rank = small_atlas.ranks, small_atlas.region_map.rank("A")
    leaf = small_atlas.region_map.rank("a1")
    found = {
        m.rank: m.result
        for m in make_surfaces(
            labels, [rank, leaf], RAW, small_atlas.hemisphere_rule, LEFT, 2, count_faces
        )
    }
    for k in (rank, leaf):
        expected = surface_of_rank(labels, k, RAW, small_atlas.hemisphere_rule, LEFT)
        assert found[k] == len(expected.mesh.faces)
    with refused("side"):
        list(make_surfaces(labels, [rank], RAW, None, LEFT))


def test_cancelling_begins_nothing_more(small_atlas):
    labels, told = small_atlas.ranks, []
    ranks = [k for k in range(1, labels.n_ranks) if labels.total_counts[k]]
    for made in make_surfaces(labels, ranks, SurfaceSettings(), cancelled=lambda: len(told) >= 2):
        told.append(made.rank)
    assert len(told) == 2


def test_a_process_that_dies_is_reported(small_atlas):
    labels = small_atlas.ranks
    ranks = [k for k in range(1, labels.n_ranks) if labels.total_counts[k]]
    with refused("process", "died"):
        list(make_surfaces(labels, ranks, RAW, processes=2, sink=die))
