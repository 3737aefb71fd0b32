"""Faces between regions, contacts and slice overlaps against naive loops."""

from __future__ import annotations

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from napari_atlas_explorer.compute import contacts
from napari_atlas_explorer.compute.blocks import WORK_SHARE
from napari_atlas_explorer.compute.contacts import contacts_of, label_faces, shared_border
from napari_atlas_explorer.compute.overlap import slice_changes

SHAPES = hnp.array_shapes(min_dims=3, max_dims=3, max_side=6)
VOLUMES = hnp.arrays(np.uint16, SHAPES, elements=st.integers(0, 3))


def neighbors(volume):
    """Every pair of voxels that share a face, by a loop."""
    for at in product(*map(range, volume.shape)):
        for axis in range(3):
            other = tuple(n + (a == axis) for a, n in enumerate(at))
            if other[axis] < volume.shape[axis]:
                yield at, other


@settings(max_examples=100, deadline=None)
@given(volume=VOLUMES)
def test_contacts_are_counted_face_by_face(volume):
    expected, touching = Counter(), set()
    for at, other in neighbors(volume):
        a, b = sorted((int(volume[at]), int(volume[other])))
        if a != b and a > 0:
            expected[a, b] += 1
            if (a, b) == (1, 2):
                touching |= {at, other}
    faces = label_faces(volume)
    found = contacts_of(faces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contacts, "MOST_PAIRS", 0)
        sorted_out = contacts_of(faces)
    assert np.array_equal(sorted_out.pairs, found.pairs)
    assert np.array_equal(sorted_out.faces, found.faces)
    assert {tuple(p): n for p, n in zip(found.pairs.tolist(), found.faces, strict=True)} == expected
    assert (np.diff(found.faces) <= 0).all()
    flat = sorted(np.ravel_multi_index(at, volume.shape) for at in touching)
    assert shared_border(faces, 1, 2).tolist() == flat
    assert shared_border(faces, 2, 1).tolist() == flat


@settings(max_examples=100, deadline=None)
@given(volume=VOLUMES, planes=st.integers(1, 7))
def test_faces_do_not_depend_on_the_planes_that_are_looked_at_together(volume, planes):
    whole = label_faces(volume)
    size = volume[0].size * contacts.WORK_BYTES * planes
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATLAS_EXPLORER_SLAB_BYTES", str(-(-size // WORK_SHARE)))
        for one, other in zip(whole, label_faces(volume), strict=True):
            assert (one.axis, one.stride) == (other.axis, other.stride)
            for name in ("lower", "before", "behind"):
                np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("shape", [(0, 4, 5), (3, 0, 5), (3, 4, 0)])
def test_a_volume_without_voxels_has_no_faces(shape):
    faces = label_faces(np.zeros(shape, np.uint16))
    assert [len(one.lower) for one in faces] == [0, 0, 0]
    assert len(contacts_of(faces).pairs) == 0


@settings(max_examples=100, deadline=None)
@given(volume=VOLUMES, n_ranks=st.sampled_from([3, 4]))
def test_slice_changes_are_medians_of_xor_over_sum(volume, n_ranks):
    for change in slice_changes(volume, label_faces(volume), n_ranks):
        along = np.moveaxis(volume, change.axis, 0)
        everything = []
        for k in range(len(along)):
            ratios = []
            for value in range(1, n_ranks) if k else ():
                a, b = along[k - 1] == value, along[k] == value
                if a.sum() + b.sum():
                    ratio = (a ^ b).sum() / (a.sum() + b.sum())
                    ratios += [ratio] if 0 < ratio < 1 else []
            everything += ratios
            assert change.regions[k] == len(ratios)
            expected = np.median(ratios) if ratios else np.nan
            np.testing.assert_allclose(change.by_slice[k], expected)
        np.testing.assert_allclose(change.median, np.median(everything) if everything else np.nan)
