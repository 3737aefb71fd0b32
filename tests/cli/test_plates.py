"""`atlas-explorer plates`: pages reopened by pypdf, GeoJSON checked from its numbers."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pypdf
import pytest
import tifffile
from matplotlib.path import Path as Outline

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.figures import png
from napari_atlas_explorer.figures.plates import GridLines, compose_plates
from napari_atlas_explorer.figures.style import Style

from ..polygons import count_crossings, segments_of, shoelace

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def sample():
    return open_atlas("sample")


def expected_planes(atlas, every_um, axis=0):
    """Planes of the sample with a region, at odd multiples of half a distance."""
    step = atlas.resolution[axis]
    indices = np.floor((np.arange(500) + 0.5) * every_um / step).astype(int)
    labeled = atlas.ranks.raw.any(axis=tuple({0, 1, 2} - {axis}))
    return [int(i) for i in indices if i < len(labeled) and labeled[i]]


def acronyms_in(atlas, index):
    ranks = np.unique(atlas.ranks.raw[index])
    return {atlas.region_map.acronym_of_rank(int(k)) for k in ranks if k}


def words_of(page):
    return page.extract_text().replace("\u202f", " ")


def test_a_document_has_a_page_for_each_section_and_an_index(run, sample, tmp_path):
    target = tmp_path / "atlas.pdf"
    answer = run("plates", "sample", "--every", "2.5mm", "-o", target)
    assert answer.code == 0, answer.err
    planes = expected_planes(sample, 2500)
    assert f"wrote {len(planes)} plates to {target}" in answer.err
    reader = pypdf.PdfReader(target)
    pages = [words_of(page) for page in reader.pages]
    plates, index = pages[: len(planes)], pages[len(planes) :]
    assert index
    assert all("Regions and plates" in page for page in index)
    assert len(reader.outline) == len(pages)
    width, height = (float(n) * 25.4 / 72 for n in reader.pages[0].mediabox.upper_right)
    assert (width, height) == pytest.approx((297, 210), abs=0.1)
    for number, (text, plane) in enumerate(zip(plates, planes, strict=True), 1):
        center = f"{(plane + 0.5) * sample.resolution[0]:,.0f}".replace(",", " ")
        assert f"Plate {number}\n" in text
        assert f"coronal, {center} µm from anterior" in text
        lines = {line.strip() for line in text.split("\n")}
        named = acronyms_in(sample, plane) & lines
        left_out = re.search(r"(\d+) small regions without a name", text)
        assert len(named) + int(left_out[1] if left_out else 0) == len(acronyms_in(sample, plane))
    on = defaultdict(list)
    for number, plane in enumerate(planes, 1):
        for acronym in acronyms_in(sample, plane):
            on[acronym].append(number)
    rows = "\n".join(index)
    assert len(on) > 100
    for acronym, numbers in on.items():
        listed = re.search(rf"^ *{re.escape(acronym)}\n.*\n([0-9–, ]+)$", rows, re.MULTILINE)
        assert listed, acronym
        ranges = [[int(n) for n in part.split("–")] for part in listed[1].split(", ")]
        assert [n for r in ranges for n in range(r[0], r[-1] + 1)] == numbers


def test_fonts_are_embedded_and_the_bytes_are_the_same_again(run, package, tmp_path):
    written = []
    for name in ("a.pdf", "b.pdf"):
        assert run("plates", package, "--every", "200um", "-o", tmp_path / name).code == 0
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    fonts = pypdf.PdfReader(tmp_path / "a.pdf").pages[0]["/Resources"]["/Font"].values()
    used = [f for f in (font.get_object() for font in fonts) if "/FontDescriptor" in f]
    assert used
    assert all("/FontFile2" in f["/FontDescriptor"] for f in used)


def check_feature(feature):
    """Assert that a feature is valid GeoJSON; its area."""
    geometry = feature["geometry"]
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    total = 0.0
    for rings in polygons:
        for k, ring in enumerate(rings):
            assert ring[0] == ring[-1]
            assert len(ring) >= 4
            assert all(a != b for a, b in pairwise(ring))
            area = shoelace(ring[:-1])
            assert area > 0 if k == 0 else area < 0, "exteriors one way, holes the other"
            total += area
        lines = [np.array(ring) for ring in rings]
        assert count_crossings(segments_of(lines)) == 0
        for hole in lines[1:]:
            middle = hole[:-1].mean(axis=0) if len(hole) < 6 else (hole[0] + hole[1]) / 2
            assert Outline(lines[0]).contains_point(middle, radius=1e-6)
    return total


def test_qupath_gets_every_region_with_its_color(run, sample, tmp_path):
    target = tmp_path / "plates.geojson"
    assert run("plates", "sample", "--every", "4mm", "-o", target).code == 0
    document = json.loads(target.read_text(encoding="utf-8"))
    assert document["type"] == "FeatureCollection"
    planes = expected_planes(sample, 4000)
    seen = {z: {} for z in range(len(planes))}
    for feature in document["features"]:
        properties = feature["properties"]
        z = feature["geometry"].get("plane", {"z": 0})["z"]
        assert properties["objectType"] == "annotation"
        acronym, color = (properties["classification"][k] for k in ("name", "color"))
        region = sample.structures[acronym]
        assert (properties["name"], color) == (region["name"], list(region["rgb_triplet"]))
        assert properties["metadata"] == {"id": str(region["id"]), "plate": str(z + 1)}
        seen[z][acronym] = check_feature(feature)
    for z, plane in enumerate(planes):
        counts = dict(enumerate(np.bincount(sample.ranks.raw[plane].ravel())))
        expected = {sample.region_map.acronym_of_rank(k): n for k, n in counts.items() if k and n}
        assert seen[z] == pytest.approx(expected, rel=0.005)


def test_pixels_are_those_of_the_section(run, package, tmp_path):
    """Region 3 fills axis 1 from 1 to 6 (rows) and axis 2 from 1 to 4 (columns) of 8 × 6."""
    args = ("--every", "1voxel", "-o", tmp_path / "p{plate}.geojson")
    assert run("plates", package, *args).code == 0
    assert len(list(tmp_path.glob("p*.geojson"))) == 7
    (feature,) = json.loads((tmp_path / "p001.geojson").read_text())["features"]
    x, y = np.array(feature["geometry"]["coordinates"][0]).T
    assert (x.min(), x.max()) == pytest.approx((1, 5), abs=0.46)
    assert (y.min(), y.max()) == pytest.approx((1, 7), abs=0.46)
    assert "plane" not in feature["geometry"]


def test_a_folder_gets_a_file_for_each_plate(run, package, refuses, tmp_path):
    folder = tmp_path / "plates"
    assert run("plates", package, "--every", "300um", "-o", folder).code == 0
    assert sorted(p.name for p in folder.iterdir()) == ["plate-001.svg", "plate-002.svg"]
    for path in folder.iterdir():
        root = ElementTree.parse(path).getroot()
        assert root.get("width") == "297.01mm"
        texts = [t.text for t in root.iter(f"{SVG}text")]
        assert {"a1", "a2", "999"} & set(texts)
    assert "--force" in refuses("plates", package, "--every", "300um", "-o", folder)
    pattern = tmp_path / "x{plate}.png"
    assert run("plates", package, "--every", "0.5mm", "-o", pattern, "--width", "100").code == 0
    assert sorted(p.name for p in tmp_path.glob("x*")) == ["x001.png", "x002.png"]


def read_texts(path):
    return [t.text.replace("\u202f", " ") for t in ElementTree.parse(path).iter(f"{SVG}text")]


def test_titles_and_grid_are_in_the_frame_that_is_named(run, refuses, ccf, tmp_path):
    """44 voxels of 100 µm: centers at 2250, 6650 and 11050 µm; bregma of iblatlas is at 5400."""
    words = ("plates", ccf, "--every", "44voxels", "-o")
    answer = run(*words, tmp_path / "{plate}.svg", "--frame", "bregma-ibl")
    assert answer.code == 0, answer.err
    assert "github.com/int-brain-lab/iblatlas" in answer.err
    texts = [read_texts(path) for path in sorted(tmp_path.glob("*.svg"))]
    titles = [next(t for t in page if t.startswith("coronal")) for page in texts]
    assert titles == [f"coronal, AP {ap} mm (bregma-ibl)" for ap in ("3.150", "-1.250", "-5.650")]
    assert all(any("grid: ML and DV, mm (bregma-ibl)" in t for t in page) for page in texts)
    assert {"0", "-2", "-4", "2", "4"} <= set(texts[0])
    run(*words, tmp_path / "tilted-{plate}.svg", "--frame", "bregma-allen-forum")
    page = read_texts(sorted(tmp_path.glob("tilted-*.svg"))[1])
    assert any(
        re.match(r"coronal, AP \S+ DV \S+ ML \S+ mm \(bregma-allen-forum\)", t) for t in page
    )
    assert any("not parallel to those of bregma-allen-forum" in t for t in page)
    message = refuses(*words, tmp_path / "no.pdf", "--frame", "bregma")
    assert "no frame 'bregma'" in message
    assert not (tmp_path / "no.pdf").exists()


def test_grid_lines_are_where_their_coordinate_is(ccf):
    atlas = open_atlas(ccf)
    style = Style(frame=atlas.frames["bregma-ibl"])
    series = compose_plates(atlas, "coronal", 44, style, in_voxels=True)
    grid = GridLines(series.drawing, series.plates[0].section)
    ml = {text: share for share, text in grid.columns}
    dv = {text: share for share, text in grid.rows}
    assert ml["0"] == pytest.approx(5739 / 11400)
    assert ml["-2"] == pytest.approx(3739 / 11400)
    assert dv["-2"] == pytest.approx((332 + 2000) / 8000)


def test_which_regions_are_drawn_can_be_stated(run, package, tmp_path):
    target = tmp_path / "p{plate}.geojson"
    options = ("--depth", "1", "--hemisphere", "left", "--palette", "colorblind")
    assert run("plates", package, "--every", "300um", *options, "-o", target).code == 0
    features = json.loads((tmp_path / "p001.geojson").read_text())["features"]
    (feature,) = features
    assert feature["properties"]["classification"]["name"] == "A"
    x, _ = np.array(feature["geometry"]["coordinates"][0]).T
    assert x.min() == pytest.approx(3, abs=0.46), "left is axis 2 from 3 on"
    assert check_feature(feature) == pytest.approx(6 * 2, rel=0.005)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--every", "100"], "--every 100; expected a distance above 0 with its unit"),
        (["--every=-100um"], "--every -100um; expected a distance above 0"),
        (["--every", "0mm"], "above 0"),
        (["--every", "50um"], "expected 100 µm or more"),
        (["--every", "1mm", "--plane", "oblique"], "expected of this atlas one of coronal"),
        (["--every", "1mm", "--width", "wide"], "--width wide; expected a number"),
        (["--every", "1mm", "--width", "nan"], "nan mm wide; expected 40 to 1500 mm"),
        (["--every", "1mm", "--font-size", "99"], "99 points; expected 3 to 36"),
        (["--every", "1mm", "--width", "40", "--font-size", "36"], "no room for text"),
        (["--every", "1mm", "--depth=-1"], "--depth -1; expected 0 (the root) or more"),
        (["--every", "1mm", "--region-map", "missing.json"], "missing.json"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_line(refuses, package, tmp_path, words, message):
    before = sorted(tmp_path.iterdir())
    assert message in refuses("plates", package, *words, "-o", tmp_path / "p.pdf")
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("p.doc", "expected a folder, a name that ends in .pdf or .geojson"),
        ("p.svg", "or one with {plate}"),
        ("p{plate}.pdf", "no name of plates; expected a folder"),
        ("no such/p.pdf", "no such"),
        ("no such/deeper/p{plate}.svg", "no such"),
        ("{plate}/p.svg", "expected it in that of the file"),
    ],
)
def test_targets_that_cannot_be_written(refuses, package, tmp_path, name, message):
    before = sorted(tmp_path.iterdir())
    assert message in refuses("plates", package, "--every", "1mm", "-o", tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before


def test_sections_without_a_region(refuses, package, tmp_path):
    words = ("--every", "1700um", "-o", tmp_path / "p.pdf")
    assert "no region is in any of these sections" in refuses("plates", package, *words)


def test_distances_in_um_need_a_voxel_size(run, refuses, tmp_path):
    tifffile.imwrite(
        tmp_path / "labels.tif", np.ones((4, 5, 6), np.uint8), photometric="minisblack"
    )
    words = ("plates", tmp_path / "labels.tif", "--kind", "annotation", "--plane", "axis 0")
    assert "(--resolution UM)" in refuses(*words, "--every", "100um", "-o", tmp_path / "p.pdf")
    assert run(*words, "--every", "2voxels", "-o", tmp_path / "p.pdf").code == 0


def test_without_a_font_the_text_is_plain(run, package, tmp_path, monkeypatch):
    monkeypatch.setattr(png, "CANDIDATES", ())
    caches = (png.font, png._has_glyph, png.text_width)
    for cached in caches:
        cached.cache_clear()
    try:
        answer = run("plates", package, "--every", "500um", "-o", tmp_path / "p.pdf")
        assert answer.code == 0
        assert "no font was found on this computer" in answer.err
        text = pypdf.PdfReader(tmp_path / "p.pdf").pages[0].extract_text()
        assert re.search("coronal, [0-9]+ [uµ]m from anterior", text)
    finally:
        for cached in caches:
            cached.cache_clear()


@pytest.mark.data
@pytest.mark.slow
def test_a_real_atlas_at_every_section(run, data_folder, tmp_path):
    path = data_folder / "brainglobe_packaged_allen_100um_v1/allen_mouse_100um_v1.2.tar.xz"
    target = tmp_path / "atlas.pdf"
    assert run("plates", path, "--every", "100um", "-o", target).code == 0
    atlas = open_atlas(path)
    n = len(expected_planes(atlas, 100))
    pages = pypdf.PdfReader(target).pages
    assert n == 131
    assert "Regions and plates" in words_of(pages[n])
    assert "Plate 131" in words_of(pages[n - 1])
