"""Figures: what is where on them, in which color, and that everything can be read."""

import xml.etree.ElementTree as ET
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from napari_atlas_explorer import Atlas, RegionMap, VoxelData, open_atlas
from napari_atlas_explorer.compute.label_polygons import ring_area
from napari_atlas_explorer.core.errors import ArgumentError, OutsideError
from napari_atlas_explorer.figures import png
from napari_atlas_explorer.figures.figure import (
    compose,
    middle_of_brain,
    point_at,
    through_region,
)
from napari_atlas_explorer.figures.png import draw, save_png
from napari_atlas_explorer.figures.scene import Area, Areas, Text
from napari_atlas_explorer.figures.snapshot import make_sheet
from napari_atlas_explorer.figures.style import DARK, Style
from napari_atlas_explorer.figures.svg import to_svg

RED, BLUE, GREEN = (220, 30, 30), (30, 30, 220), (20, 160, 60)
SVG = "{http://www.w3.org/2000/svg}"


def region_map(name="right part"):
    rows = [
        {
            "id": 1,
            "acronym": "root",
            "name": "root",
            "rgb_triplet": [255, 255, 255],
            "children": [
                {
                    "id": 2,
                    "acronym": "Ri",
                    "name": name,
                    "rgb_triplet": list(RED),
                    "children": [
                        {"id": 5, "acronym": "Ri1", "name": "b", "rgb_triplet": list(GREEN)}
                    ],
                },
                {"id": 3, "acronym": "Le", "name": "left part", "rgb_triplet": list(BLUE)},
                {"id": 4, "acronym": "none", "name": "nothing"},
            ],
        }
    ]
    return RegionMap.from_dict(rows[0])


def halves():
    """40 × 30 × 50: a box whose low half along axis 2 is region 2, the high half region 3."""
    ids = np.zeros((40, 30, 50), np.uint32)
    ids[5:35, 4:26, 5:25] = 2
    ids[5:35, 4:26, 25:45] = 3
    return ids


def atlas_of(orientation="asr", resolution=(100.0, 100.0, 100.0), reference=None, name="right"):
    return Atlas.from_arrays(
        halves(), region_map(name), resolution, reference=reference, orientation=orientation
    )


def sheet(atlas, rank=None, **options):
    point = through_region(atlas, rank) if rank else middle_of_brain(atlas)
    return make_sheet(compose(atlas, point, rank, **options))


class Brain(NamedTuple):
    """Box of the regions of one panel, and its regions."""

    x: float
    y: float
    width: float
    height: float
    areas: list[Area]


def brains(scene):
    """Regions of the three panels, in their order."""
    found = []
    for shape in scene.shapes:
        if isinstance(shape, Areas) and shape.areas:
            points = np.concatenate([ring for area in shape.areas for ring in area.rings])
            low, high = points.min(axis=0), points.max(axis=0)
            found.append(Brain(*low.tolist(), *(high - low).tolist(), list(shape.areas)))
    return found


def letters(scene):
    return [s for s in scene.shapes if isinstance(s, Text) and s.text in "APSILR"]


def pixel(image, picture, row_share, col_share):
    x = picture.x + picture.width * col_share
    y = picture.y + picture.height * row_share
    return np.array(image.getpixel((round(x), round(y))), float)


@pytest.mark.parametrize(("orientation", "low_side"), [("asr", "R"), ("asl", "L")])
def test_sides_stand_where_the_voxels_are(orientation, low_side):
    scene = sheet(atlas_of(orientation))
    coronal = brains(scene)[0]
    image = draw(scene)
    # Region 2 is the half with low indices, drawn on the left of the page.
    assert np.allclose(pixel(image, coronal, 0.4, 0.25), 0.9 * np.array(RED) + 25.5, atol=4)
    assert np.allclose(pixel(image, coronal, 0.4, 0.75), 0.9 * np.array(BLUE) + 25.5, atol=4)
    beside = [t for t in letters(scene) if t.text in "LR" and t.x < coronal.x and t.y < 600]
    assert [t.text for t in beside] == [low_side]


def test_superior_is_up_even_if_stored_upside_down():
    ids = halves()
    ids[5:35, 4:8, 5:45] = 5  # a layer at the low end of axis 1
    for orientation, up in (("asr", True), ("air", False)):
        atlas = Atlas.from_arrays(ids, region_map(), 100.0, orientation=orientation)
        scene = sheet(atlas)
        image = draw(scene)
        for picture in brains(scene)[:2]:
            top, bottom = pixel(image, picture, 0.1, 0.3), pixel(image, picture, 0.9, 0.3)
            green = 0.9 * np.array(GREEN) + 25.5
            assert np.allclose(top if up else bottom, green, atol=4)
            assert not np.allclose(bottom if up else top, green, atol=40)


def test_the_region_is_full_and_the_rest_pale():
    atlas = atlas_of()
    scene = sheet(atlas, atlas.region_map.rank("Ri"))
    image, coronal = draw(scene), brains(scene)[0]
    assert np.allclose(pixel(image, coronal, 0.3, 0.2), RED, atol=30)
    pale = pixel(image, coronal, 0.3, 0.8)
    assert pale.min() > 200
    assert pale[2] > pale[0]


def test_gray_shines_through_the_colors():
    reference = np.where(halves() > 0, 1000, 0).astype(np.uint16)
    scene = sheet(atlas_of(reference=reference))
    image, coronal = draw(scene), brains(scene)[0]
    expected = 0.45 * np.array(RED) + 0.55 * 255
    assert np.allclose(pixel(image, coronal, 0.4, 0.25), expected, atol=5)
    assert np.allclose(pixel(image, coronal, -0.02, -0.02), 255, atol=1), "empty is page"


def test_one_hot_voxel_does_not_darken_the_reference():
    reference = np.where(halves() > 0, 100, 0).astype(np.uint16)
    reference[0, 0, 0] = 65535
    scene = sheet(atlas_of(reference=reference))
    gray = pixel(draw(scene), brains(scene)[0], 0.4, 0.25)
    assert np.allclose(gray, 0.45 * np.array(RED) + 0.55 * 255, atol=5)


def test_anisotropic_voxels_are_drawn_in_true_proportions():
    atlas = atlas_of(resolution=(50.0, 100.0, 25.0))
    scene = sheet(atlas)
    for picture, section in zip(
        brains(scene), compose(atlas, middle_of_brain(atlas)).sections, strict=True
    ):
        extent = np.array([30, 22, 40]) * atlas.resolution
        wide, tall = extent[section.across], extent[section.down]
        assert picture.width / picture.height == pytest.approx(wide / tall, rel=0.02)


def written_in(scene):
    """Every text on the sheet; the space between groups of digits may be a narrow one."""
    texts = [s.text for s in scene.shapes if isinstance(s, Text)]
    return " | ".join(texts).replace("\u202f", " ")


def test_what_it_says_with_and_without_orientation():
    text = written_in(sheet(atlas_of()))
    assert "coronal, 1 950 µm from anterior" in text
    assert "1 mm" in text
    bare = sheet(atlas_of(orientation=None))
    assert not letters(bare)
    assert "axis 0, at 1 950 µm" in written_in(bare)


def test_the_region_is_named_with_its_size():
    atlas = atlas_of()
    text = written_in(sheet(atlas, atlas.region_map.rank("Ri")))
    assert "Ri | right" in text
    assert "13.2 mm³ with its subregion" in text  # 30 × 22 × 20 voxels of 0.001 mm³


@pytest.mark.parametrize("orientation", ["asr", None])
@pytest.mark.parametrize("rank", [None, 2])
@pytest.mark.parametrize("name", ["short", "a name that no title line can hold, " * 8])
@pytest.mark.parametrize("resolution", [(100.0, 100.0, 100.0), (5.0, 100.0, 100.0)])
def test_no_text_is_cut_off_or_lies_on_another(orientation, rank, name, resolution):
    scene = sheet(atlas_of(orientation, resolution, name=name), rank)
    boxes = []
    for shape in scene.shapes:
        if not isinstance(shape, Text):
            continue
        wide = png.text_width(shape.text, shape.size, shape.bold)
        left = shape.x - wide * {"start": 0, "middle": 0.5, "end": 1}[shape.anchor]
        box = (left, shape.y - 0.75 * shape.size, left + wide, shape.y + 0.2 * shape.size)
        assert box[0] >= 0
        assert box[1] >= 0
        assert box[2] <= scene.width
        assert box[3] <= scene.height
        for a in boxes:
            apart = box[0] >= a[2] or a[0] >= box[2] or box[1] >= a[3] or a[1] >= box[3]
            assert apart, shape.text
        boxes.append(box)
    for picture in brains(scene):
        assert all(
            b[2] <= picture.x
            or b[0] >= picture.x + picture.width
            or b[3] <= picture.y
            or b[1] >= picture.y + picture.height
            for b in boxes
        )


def test_sections_go_through_the_fullest_planes():
    ids = np.zeros((10, 10, 10), np.uint32)
    ids[3, 2:9, 2:9] = 2
    ids[3:8, 4, 2:9] = 2
    ids[3:8, 2:9, 6] = 5  # a subregion counts
    atlas = Atlas.from_arrays(ids, region_map(), 10.0)
    assert through_region(atlas, atlas.region_map.rank("Ri")).index == (3, 4, 6)


def test_a_region_without_voxels_is_refused():
    atlas = atlas_of()
    with pytest.raises(ArgumentError, match="no voxels"):
        through_region(atlas, atlas.region_map.rank("none"))


def test_points_are_those_that_were_asked_for():
    atlas = atlas_of()
    point = point_at(atlas, (1234.0, 2000.0, 450.0))
    assert point.index == (12, 20, 4)
    assert point.position.tolist() == [1234.0, 2000.0, 450.0]
    assert point_at(atlas, (12, 20, 4), voxels=True).position.tolist() == [1250, 2050, 450]
    with pytest.raises(OutsideError, match="expected one within 0 0 0 to"):
        point_at(atlas, (-1.0, 0.0, 0.0))


def test_the_middle_is_that_of_the_brain_not_of_the_volume():
    ids = np.zeros((40, 40, 40), np.uint32)
    ids[2:13, 20:31, 30:39] = 3
    assert middle_of_brain(Atlas.from_arrays(ids, region_map(), 10.0)).index == (7, 25, 34)
    nothing = Atlas.from_arrays(np.zeros((9, 9, 9), np.uint8), region_map(), 10.0)
    assert middle_of_brain(nothing).index == (4, 4, 4)
    assert sheet(nothing).width == 1800


def test_png_is_for_print(tmp_path):
    path = tmp_path / "figure.png"
    save_png(sheet(atlas_of(), style=Style(dark=True)), path)
    with Image.open(path) as image:
        assert image.width == 1800
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
        assert image.info["Title"] == "atlas in memory"
        assert image.getpixel((3, 3)) == DARK.page


def test_svg_holds_text_borders_and_regions():
    atlas = atlas_of(name="odd <name> & \x07 more")
    root = ET.fromstring(to_svg(sheet(atlas, atlas.region_map.rank("Ri"))))
    assert root.get("width") == "152.40mm"
    texts = [t.text for t in root.iter(f"{SVG}text")]
    assert {"A", "P", "S", "I", "L", "R"} <= set(texts)
    assert "odd <name> &  more" in texts
    assert sum(p.get("d").startswith("M") for p in root.iter(f"{SVG}path")) >= 9
    assert not list(root.iter(f"{SVG}image")), "an atlas without a reference needs no pixels"
    regions = [p for p in root.iter(f"{SVG}path") if p.find(f"{SVG}title") is not None]
    assert [(p.findtext(f"{SVG}title"), p.get("fill")) for p in regions[:2]] == [
        ("Ri", "#dc1e1e"),
        ("Le", "#1e1edc"),
    ]


def test_a_negative_step_shows_the_same_voxels_at_its_own_positions(tmp_path):
    VoxelData(halves(), (100.0, 100.0, -100.0), (0.0, 0.0, 7000.0)).save_nrrd(
        tmp_path / "brain_regions.nrrd"
    )
    (tmp_path / "hierarchy.json").write_text(
        '{"id": 1, "acronym": "root", "name": "root", "children": '
        '[{"id": 2, "acronym": "x", "name": "x"}, {"id": 3, "acronym": "y", "name": "y"}]}'
    )
    atlas = open_atlas(tmp_path)
    point = middle_of_brain(atlas)
    assert point.index == (19, 14, 24)
    assert point.position.tolist() == [1950.0, 1450.0, 7000.0 - 2450.0]
    scene = sheet(atlas)
    assert "axis 2, at 4 550 µm" in written_in(scene)
    plain = sheet(Atlas.from_arrays(halves(), atlas.region_map, 100.0))
    for picture, same in zip(brains(scene), brains(plain), strict=True):
        for area, its_equal in zip(picture.areas, same.areas, strict=True):
            assert all(map(np.array_equal, area.rings, its_equal.rings))


def test_without_a_good_font_nothing_turns_into_boxes(monkeypatch):
    monkeypatch.setattr(png, "CANDIDATES", ())
    for cached in (png.font, png._has_glyph, png.text_width):
        cached.cache_clear()
    try:
        assert png.make_writable("6\u202f625 µm × 1.2 mm³, aé") == "6 625 um x 1.2 mm3, ae"
    finally:
        for cached in (png.font, png._has_glyph, png.text_width):
            cached.cache_clear()


@pytest.mark.data
@pytest.mark.parametrize(
    ("path", "n_letters"),
    [
        ("brainglobe_packaged_allen_100um_v1/allen_mouse_100um_v1.2.tar.xz", 12),
        ("voxelbrain_proj66_tiny", 0),
        ("voxcell_conventions", 0),
        ("allen_ccfv3_2017", 12),
    ],
)
def test_real_atlases_of_every_layout(data_folder, path, n_letters):
    atlas = open_atlas(data_folder / path)
    scene = sheet(atlas)
    assert len(letters(scene)) == n_letters
    image = draw(scene)
    assert image.size == (scene.width, scene.height)
    for picture in brains(scene):
        filled = sum(ring_area(ring) for area in picture.areas for ring in area.rings)
        assert filled > 0.2 * picture.width * picture.height, "the brain fills the panel"
