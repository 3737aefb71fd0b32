"""Lines as layers: cut at regions and slices, in their colors, where the atlas shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_atlas_explorer.analysis.lines.crossings import find_line_regions
from napari_atlas_explorer.analysis.lines.line_set import LineSet, place_line_set
from napari_atlas_explorer.analysis.lines.segments import crop_to_slice
from napari_atlas_explorer.atlases.open import open_atlas
from napari_atlas_explorer.core.streamlines import Line, Streamlines
from napari_atlas_explorer.viewer.display import AtlasDisplay, make_layers
from napari_atlas_explorer.viewer.lines import FAINT, LinesLayer
from napari_atlas_explorer.viewer.placement import in_view
from tests.made_up import write_brainglobe, write_voxelbrain

DOWN = [[525, 75, 425], [525, 275, 425], [525, 475, 425]]
"""Through nothing, VIS1, VIS, nothing and TH."""
ACROSS = [[525, 175, 125], [525, 175, 675]]
ALONG = [[325, 325, 425], [675, 325, 425]]
POINT = [[525, 175, 175]]
MIDDLE = np.array([500.0, 300, 400])


def streamlines() -> Streamlines:
    density = {"density": np.array([0.0, 0.4, 0.8])}
    return Streamlines(
        (
            Line(np.array(DOWN, float), density, {"id": 7, "name": "first"}),
            Line(np.array(ACROSS, float), {}, {"id": 8, "name": "second"}),
            Line(np.array(ALONG, float), {}, {"id": 8, "name": "second"}),
            Line(np.array(POINT, float), {}, {"id": 8}),
        ),
        injection_sites=np.array([[525.0, 325, 425], [525, 375, 425]]),
        targets=np.array([[525.0, 75, 425]]),
        kind="data.json",
    )


def placed(atlas: Any) -> LineSet:
    return place_line_set(Path("made.json"), streamlines(), atlas, lambda _: None)


def shown(atlas: Any) -> AtlasDisplay:
    viewer = ViewerModel()
    layers = make_layers(atlas)
    for layer in layers:
        viewer.add_layer(layer)
    return AtlasDisplay.of_layers(viewer, atlas, layers)


@pytest.fixture
def atlas(tmp_path: Path) -> Any:
    return open_atlas(write_brainglobe(tmp_path / "made_up_50um_v1.0"))


@pytest.fixture
def display(atlas: Any) -> AtlasDisplay:
    return shown(atlas)


@pytest.fixture
def layer(display: AtlasDisplay) -> LinesLayer:
    return LinesLayer(display, placed(display.atlas))


def world_ends(layer: LinesLayer) -> np.ndarray:
    """Ends of the vectors that are drawn, in the viewer's world."""
    vectors = layer.vectors
    data = np.asarray(vectors.data, np.float64)
    ends = np.concatenate([data[:, 0], data[:, 0] + data[:, 1]])
    return np.array([vectors.data_to_world(e) for e in ends]).reshape(2, -1, 3)


def test_pieces_end_at_points_and_at_the_borders_of_regions(atlas) -> None:
    found = placed(atlas).segments
    mine = found.line == 0
    np.testing.assert_allclose(found.ends[mine][:, 0, 1] * 50, [75, 100, 150, 250, 275, 300])
    np.testing.assert_allclose(found.ends[mine][:, 1, 1] * 50, [100, 150, 250, 275, 300, 475])
    acronyms = [placed(atlas).acronym(k) for k in found.rank[mine].tolist()]
    assert acronyms == ["unannotated", "VIS1", "VIS", "unannotated", "unannotated", "TH"]
    assert placed(atlas).dots.tolist() == [3]
    assert set(found.line.tolist()) == {0, 1, 2}


def test_pieces_have_the_lengths_that_lines_have_in_regions(atlas) -> None:
    rng = np.random.default_rng(3)
    walks = [np.cumsum(rng.normal(0, 60, (80, 3)), axis=0) + MIDDLE for _ in range(20)]
    walks[4][10] = walks[4][11]  # a point that stands twice
    many = Streamlines(tuple(Line(w) for w in walks))
    lines = place_line_set(Path("walks"), many, atlas, lambda _: None)
    regions = find_line_regions(atlas.ranks, atlas.hemisphere_rule, many)
    np.testing.assert_array_equal(lines.regions.rank, regions.rank)
    size = np.linalg.norm(np.diff(lines.segments.ends, axis=1)[:, 0] * 50, axis=1)
    for rank in np.unique(regions.rank).tolist():
        for number in range(20):
            expected = regions.length[(regions.line == number) & (regions.rank == rank)].sum()
            mine = (lines.segments.line == number) & (lines.segments.rank == rank)
            assert size[mine].sum() == pytest.approx(expected, abs=1e-4)


def test_slices_take_every_part_of_every_piece_once(atlas) -> None:
    rng = np.random.default_rng(5)
    many = Streamlines((Line(np.cumsum(rng.normal(0, 50, (200, 3)), axis=0) + MIDDLE),))
    pieces = place_line_set(Path("walk"), many, atlas, lambda _: None).segments
    whole = np.linalg.norm(np.diff(pieces.ends, axis=1)[:, 0], axis=1)
    for axis in range(3):
        low, high = np.floor(pieces.ends[..., axis].min()), np.ceil(pieces.ends[..., axis].max())
        total = np.zeros(len(pieces))
        for index in range(int(low), int(high) + 1):
            rows, ends = pieces.in_slice(axis, index)
            assert (ends[..., axis] >= index - 1e-9).all()
            assert (ends[..., axis] <= index + 1 + 1e-9).all()
            total[rows] += np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
        np.testing.assert_allclose(total, whole, atol=1e-9)


def test_in_a_slice_lie_the_parts_that_cross_it(layer, display) -> None:
    viewer = display.viewer
    viewer.dims.set_point(0, 525.0)  # coronal: lines 0 and 1 lie in it, line 2 goes through
    features = layer.vectors.features
    assert features["line"].tolist() == [0] * 6 + [1, 1] + [2]
    assert features["region"].tolist()[:6] == [
        "unannotated",
        "VIS1",
        "VIS",
        "unannotated",
        "unannotated",
        "TH",
    ]
    start, end = world_ends(layer)
    np.testing.assert_allclose(start[:6, 1], [75, 100, 150, 250, 275, 300], atol=1e-3)
    np.testing.assert_allclose(end[5], [525, 475, 425], atol=1e-3)
    np.testing.assert_allclose((start[8] + end[8]) / 2, [525, 325, 425], atol=1e-3)
    viewer.dims.set_point(0, 375.0)
    assert layer.vectors.features["line"].tolist() == [2]
    viewer.dims.set_point(0, 225.0)
    assert len(layer.vectors.data) == 0


def test_other_sections_show_other_parts(layer, display) -> None:
    display.viewer.dims.order = (1, 0, 2)
    display.viewer.dims.set_point(1, 175.0)
    assert layer.vectors.features["line"].tolist() == [0, 1, 1]
    start, end = world_ends(layer)
    assert sorted([start[1, 2], end[1, 2], start[2, 2], end[2, 2]]) == pytest.approx(
        [125, 400, 400, 675], abs=1e-3
    )


def test_in_3d_every_piece_is_drawn_in_its_regions_color(layer, display) -> None:
    display.viewer.dims.ndisplay = 3
    features, colors = layer.vectors.features, np.asarray(layer.vectors.edge_color)
    assert len(features) == len(layer.lines.segments)
    for acronym, rgb in (("TH", (250, 120, 130)), ("VIS1", (10, 220, 80)), ("VIS", (0, 200, 90))):
        mine = (features["region"] == acronym).to_numpy()
        np.testing.assert_allclose(colors[mine, :3] * 255, np.tile(rgb, (mine.sum(), 1)), atol=0.6)
    start, end = world_ends(layer)
    np.testing.assert_allclose(start[0], DOWN[0], atol=1e-3)
    np.testing.assert_allclose(end[5], DOWN[2], atol=1e-3)


def test_colors_follow_those_of_the_regions(layer, display) -> None:
    display.viewer.dims.set_point(0, 525.0)
    table = display.rank_colors.copy()
    table[display.atlas.region_map.rank("TH"), :3] = (0, 0, 1)
    display.set_colors(table)
    np.testing.assert_allclose(np.asarray(layer.vectors.edge_color)[5], [0, 0, 1, 1], atol=1e-6)


def test_colors_by_value_line_and_experiment(layer, display) -> None:
    from napari_atlas_explorer.core.colors.scales import MISSING, ColorScale

    display.viewer.dims.ndisplay = 3
    layer.set(color="value:density")
    assert (layer.style.scale.low, layer.style.scale.high, layer.missing) == (0.0, 0.8, True)
    colors = np.asarray(layer.vectors.edge_color)
    # The piece in VIS runs from 150 to 250: its middle, 200, is five eighths on the way to 0.4.
    expected = ColorScale(0.0, 0.8).colors([0.25])[0]
    np.testing.assert_allclose(colors[2], expected, atol=1e-5)
    np.testing.assert_allclose(colors[-1, :3], MISSING[:3], atol=1e-5)
    layer.set(scale=ColorScale(0.25, 1.0))
    np.testing.assert_allclose(
        layer.vectors.edge_color[2], ColorScale(0.25, 1).colors([0.25])[0], atol=1e-5
    )
    layer.set(color="line")
    of_line = np.asarray(layer.vectors.edge_color)
    assert len(np.unique(of_line, axis=0)) == 3
    layer.set(color="experiment")
    assert len(np.unique(np.asarray(layer.vectors.edge_color), axis=0)) == 2


def test_lines_in_a_section_have_a_dark_rim_in_a_region_of_their_color(layer, display) -> None:
    display.viewer.dims.set_point(0, 525.0)
    layer.vectors.visible = True
    rim = display.viewer.layers["made rim"]
    assert len(rim.data) == len(layer.vectors.data) > 0
    np.testing.assert_allclose(np.asarray(rim.edge_color), [[0, 0, 0, 1]] * len(rim.data))
    middle = layer.vectors.data[:, 0] + layer.vectors.data[:, 1] / 2
    np.testing.assert_allclose(rim.data[:, 0] + rim.data[:, 1] / 2, middle, atol=1e-4)
    assert rim.edge_width > layer.vectors.edge_width
    display.viewer.dims.ndisplay = 3
    assert len(rim.data) == 0


def test_chosen_lines_stay_and_the_others_grow_faint(layer, display) -> None:
    display.viewer.dims.set_point(0, 525.0)
    layer.set(chosen=np.array([2]))
    features, colors = layer.vectors.features, np.asarray(layer.vectors.edge_color)
    lit = (features["line"] == 2).to_numpy()
    assert lit.tolist()[-1]  # on top
    np.testing.assert_allclose(colors[lit, 3], 1)
    np.testing.assert_allclose(colors[~lit, 3], FAINT, rtol=1e-5)
    names = [la.name for la in display.viewer.layers]
    assert names.index("made rim") < names.index("made")
    rim = display.viewer.layers["made rim"]
    assert len(rim.data) == lit.sum()
    np.testing.assert_allclose(np.asarray(rim.edge_color), [[1, 1, 1, 1]] * lit.sum())
    layer.set(chosen=None)
    np.testing.assert_allclose(np.asarray(layer.vectors.edge_color)[:, 3], 1)


def test_sites_targets_and_single_points_lie_where_they_are(layer, display) -> None:
    for role, expected in (
        ("injection sites", streamlines().injection_sites),
        ("targets", streamlines().targets),
        ("points", np.array(POINT, float)),
    ):
        points = layer.points(role)
        where = np.array([points.data_to_world(p) for p in points.data])
        np.testing.assert_allclose(where, expected, atol=1e-3)
    np.testing.assert_allclose(
        layer.points("points").face_color[0, :3] * 255, [0, 200, 90], atol=0.6
    )
    assert layer.points("points").features["starts_in"].tolist() == ["VIS"]


def test_closing_takes_all_layers_away_and_removing_them_says_so(layer, display) -> None:
    viewer, gone = display.viewer, []
    layer.removed.connect(lambda: gone.append(True))
    for one in list(layer.layers):
        viewer.layers.remove(one)
    assert gone == [True]
    before = list(viewer.layers)
    again = LinesLayer(display, layer.lines)
    assert len(viewer.layers) > len(before)
    again.close()
    assert list(viewer.layers) == before


def test_lines_lie_on_an_atlas_whose_axes_run_backwards(tmp_path) -> None:
    atlas = open_atlas(write_voxelbrain(tmp_path / "turned"))
    display = shown(atlas)
    # Voxels of 25 µm from (100, 0, 400); axis 2 runs down: TH is [6:14, 6:10, 4:12].
    line = Line(np.array([[362.5, 160, 187.5], [362.5, 240, 187.5]]))
    lines = place_line_set(Path("one"), Streamlines((line,)), atlas, lambda _: None)
    assert lines.line_columns[1].cells.tolist() == ["TH"]
    layer = LinesLayer(display, lines)
    display.viewer.dims.ndisplay = 3
    start, end = world_ends(layer)
    np.testing.assert_allclose([start[0], end[0]], line.positions, atol=1e-3)
    np.testing.assert_allclose(in_view(display, line.positions), line.positions, atol=1e-6)


def test_a_line_through_the_slice_is_a_dot_and_a_long_one_keeps_its_ends() -> None:
    vectors = np.array([[[3.2, 5, 5], [0.6, 0, 0]], [[3.2, 5, 5], [0.6, 0, 4]]], float)
    seen = crop_to_slice(vectors, 0, 3, 0.5)
    np.testing.assert_allclose(seen[0], [[3, 4.75, 5], [0, 0.5, 0]])
    np.testing.assert_allclose(seen[1], [[3, 5, 5], [0, 0, 4]])


def test_tables_hold_what_is_counted_by_hand(atlas) -> None:
    lines = placed(atlas)
    columns = {c.name: c for c in lines.line_columns}
    assert columns["starts_in"].cells.tolist() == ["unannotated", "VIS", "TH", "VIS"]
    assert columns["ends_in"].cells.tolist() == ["TH", "VIS", "TH", "VIS"]
    np.testing.assert_allclose(columns["length_um"].cells, [400, 550, 350, 0])
    assert columns["crossed"].cells.tolist() == ["VIS1 › VIS › TH", "VIS", "TH", "VIS"]
    assert columns["regions"].cells.tolist() == [3, 1, 1, 1]
    assert columns["id"].cells.tolist() == [7, 8, 8, 8]
    totals = {c.name: c for c in lines.region_columns}
    row = totals["acronym"].cells.tolist().index("TH")
    assert [totals[n].cells[row] for n in ("lines", "starts", "ends")] == [2, 1, 2]
    assert totals["length_um"].cells[row] == pytest.approx(175 + 350)
    row = totals["acronym"].cells.tolist().index("CTX")
    assert (totals["lines"].cells[row], totals["total_lines"].cells[row]) == (0, 3)
    assert totals["total_length_um"].cells[row] == pytest.approx(150 + 550)
    assert lines.lines_in(atlas.region_map.rank("CTX")).tolist() == [0, 1, 3]
    assert "4 lines of 8 points (data.json); 2 injection sites; 1 targets" in lines.said()
