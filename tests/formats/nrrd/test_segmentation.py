"""Slicer's segmentations: what Slicer wrote is read, what we write slicerio and pynrrd read."""

from __future__ import annotations

import nrrd
import numpy as np
import pytest

from napari_atlas_explorer.core.errors import ArgumentError, AtlasFileError
from napari_atlas_explorer.core.space.grid import VoxelGrid
from napari_atlas_explorer.formats.nrrd.reader import read_nrrd
from napari_atlas_explorer.formats.nrrd.segmentation import Segment, read_seg_nrrd, write_seg_nrrd

from ... import nrrd_text
from ...refusals import refused

RNG = np.random.default_rng(1)
LAYERS = [RNG.integers(0, 3, (3, 4, 5)).astype(np.uint8) for _ in range(2)]
GRID = VoxelGrid.from_steps((3, 4, 5), (10, 20, -30), (100, 200, 300))
TERMS = "TerminologyEntry:Anatomy~SCT^123037004^Structure~SCT^113197003^Rib~^^~x~^^~^^|"
SEGMENTS = [
    Segment("area 1", 1, 0, (0.25, 0.5, 1.0), "one", (0, 2, 0, 3, 1, 4), TERMS),
    Segment("area 2", 2, 0, (1.0, 0.0, 0.0)),
    Segment("overlapping", 1, 1, (0.0, 1.0, 0.0)),
]


@pytest.mark.parametrize("count", [1, 2])
def test_what_is_written_comes_back(tmp_path, count):
    segments = SEGMENTS[: 2 if count == 1 else 3]
    path = tmp_path / "s.seg.nrrd"
    write_seg_nrrd(path, LAYERS[:count], segments, GRID)
    found = read_seg_nrrd(path)
    assert found.grid.matches(GRID)
    assert found.header.origin == "centre"
    np.testing.assert_array_equal(found.layers, LAYERS[:count])
    assert [(s.name, s.label_value, s.layer, s.color) for s in found.segments] == [
        (s.name, s.label_value, s.layer, s.color) for s in segments
    ]
    assert found.segments[0] == segments[0]
    assert found.segments[1].extent == (0, 2, 0, 3, 0, 4)


@pytest.mark.parametrize("count", [1, 2])
def test_slicerio_reads_what_is_written(tmp_path, count):
    slicerio = pytest.importorskip("slicerio")
    path = tmp_path / "s.seg.nrrd"
    write_seg_nrrd(path, LAYERS[:count], SEGMENTS[: count + 1], GRID)
    found = slicerio.read_segmentation(str(path))
    # Center of voxel 0: half a step of 10, 20 and -30 µm from the corner; in mm.
    wanted = [[0.01, 0, 0, 0.105], [0, 0.02, 0, 0.21], [0, 0, -0.03, 0.285], [0, 0, 0, 1]]
    np.testing.assert_allclose(found["ijkToLPS"], wanted, atol=1e-12)
    np.testing.assert_array_equal(found["voxels"], LAYERS[0] if count == 1 else LAYERS)
    first = found["segments"][0]
    assert (first["name"], first["labelValue"], first["layer"]) == ("area 1", 1, 0)
    assert first["color"] == [0.25, 0.5, 1.0]
    assert first["terminology"]["type"] == ["SCT", "113197003", "Rib"]
    assert [s["name"] for s in found["segments"]] == [s.name for s in SEGMENTS[: count + 1]]


def test_pynrrd_reads_layers_first(tmp_path):
    path = tmp_path / "s.seg.nrrd"
    write_seg_nrrd(path, LAYERS, SEGMENTS, GRID)
    values, header = nrrd.read(str(path))
    np.testing.assert_array_equal(values, np.stack(LAYERS))
    assert header["space"] == "left-posterior-superior"
    assert header["kinds"] == ["list", "domain", "domain", "domain"]
    assert header["atlas_explorer_origin"] == "centre"


@pytest.mark.parametrize("orientation", ["asr", "rai", "lpi"])
def test_letters_turn_the_volume_into_slicers_space(tmp_path, orientation):
    path = tmp_path / "s.seg.nrrd"
    write_seg_nrrd(path, LAYERS[:1], SEGMENTS[:1], GRID, orientation)
    found = read_seg_nrrd(path)
    assert found.orientation == orientation
    starts = {"r": (0, 1), "l": (0, -1), "a": (1, 1), "p": (1, -1), "i": (2, 1), "s": (2, -1)}
    for axis, letter in enumerate(orientation):
        row, sign = starts[letter]  # LPS grows to the left, the back and up
        step = found.grid.affine[:3, axis]
        assert np.flatnonzero(step).tolist() == [row]
        assert np.sign(step[row]) == sign
        assert abs(step[row]) == pytest.approx((10, 20, 30)[axis])


def test_names_cannot_break_out_of_their_field(tmp_path):
    path = tmp_path / "s.seg.nrrd"
    name = "a: b\nSegment9_Name:=forged\r\n\nraw data"
    write_seg_nrrd(path, LAYERS[:1], [Segment(name, 1)], GRID)
    (found,) = read_seg_nrrd(path).segments
    assert found.name == "a: b Segment9_Name:=forged raw data"
    np.testing.assert_array_equal(read_nrrd(path).array, LAYERS[0])


def seg(path, array=LAYERS[0], **fields):
    return nrrd_text.write(
        path,
        array,
        spacings=None,
        space="left-posterior-superior",
        **{"space_directions": "(1,0,0) (0,1,0) (0,0,1)"} | fields,
    )


def test_slicers_older_files_have_a_layer_for_each_segment(tmp_path):
    path = seg(
        tmp_path / "s.seg.nrrd",
        np.stack(LAYERS),
        space_directions="none (1,0,0) (0,1,0) (0,0,1)",
        **{"=Segment0_Name": "a", "=Segment1_Name": "b"},
    )
    found = read_seg_nrrd(path)
    assert [(s.name, s.label_value, s.layer) for s in found.segments] == [("a", 1, 0), ("b", 1, 1)]
    assert (found.segments[0].color, found.segments[0].extent) == (None, None)
    assert found.grid.steps.tolist() == [1000, 1000, 1000]
    assert found.header.unit == "assumed mm"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, ["Segment0_"]),
        ({"=Segment0_LabelValue": "x"}, ["Segment0_LabelValue 'x'"]),
        ({"=Segment0_LabelValue": "9" * 50}, ["Segment0_LabelValue"]),
        ({"=Segment0_Layer": "1", "=Segment0_LabelValue": "1"}, ["layer 1", "0 to 0"]),
        ({"=Segment0_Layer": "-1"}, ["Segment0_Layer -1"]),
        ({"=Segment0_Name": "a", "type": "float", "encoding": "gzip"}, ["float32", "integers"]),
    ],
)
def test_a_damaged_segmentation_is_refused(tmp_path, fields, words):
    path = seg(tmp_path / "s.seg.nrrd", **fields)
    with refused(path, *words, by=AtlasFileError):
        read_seg_nrrd(path)


@pytest.mark.parametrize("color", ["", "1 2", "1 2 x", "nan 0 0", "256 0 0", "0 0 0 1"])
def test_a_color_that_is_none_is_left_out(tmp_path, color):
    path = seg(tmp_path / "s.seg.nrrd", **{"=Segment0_LabelValue": "1", "=Segment0_Color": color})
    assert read_seg_nrrd(path).segments[0].color is None


@pytest.mark.parametrize(
    ("layers", "segments", "words"),
    [
        ([], [], ["none"]),
        ([LAYERS[0][:2]], [], ["(2, 4, 5)"]),
        ([LAYERS[0].astype(float)], [], ["f8"]),
        ([LAYERS[0].astype(np.int64)], [], ["i8"]),
        ([LAYERS[0], LAYERS[1].astype(np.int16)], [], ["i2, u1"]),
        (LAYERS[:1], [Segment("a", 1, 1)], ["layer 1"]),
        (LAYERS[:1], [Segment("a", 300)], ["300"]),
    ],
)
def test_what_slicer_could_not_read_is_not_written(tmp_path, layers, segments, words):
    with refused(*words, by=ArgumentError):
        write_seg_nrrd(tmp_path / "s.seg.nrrd", layers, segments, GRID)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.data
def test_slicers_own_file_is_read_as_slicerio_reads_it(data_folder):
    slicerio = pytest.importorskip("slicerio")
    path = data_folder / "slicer_itksnap" / "Segmentation.seg.nrrd"
    found = read_seg_nrrd(path)
    other = slicerio.read_segmentation(str(path))
    np.testing.assert_array_equal(found.layers[0], other["voxels"])
    assert [(s.name, s.label_value, s.id, list(s.color or ())) for s in found.segments] == [
        (s["name"], s["labelValue"], s["id"], s["color"]) for s in other["segments"]
    ]
    assert len(found.segments) == 7
    centers = (np.array([[0, 0, 0, 1], [5, 6, 7, 1]]) @ other["ijkToLPS"].T)[:, :3] * 1e3
    np.testing.assert_allclose(found.grid.to_world([[0.5] * 3, [5.5, 6.5, 7.5]]), centers)
    assert found.orientation == "lpi"
    assert "113197003" in found.segments[0].tags
