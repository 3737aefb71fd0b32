"""`snapshot`: planes, points, size in print, names, palettes, PDF, hemispheres."""

from __future__ import annotations

import re
import sys
from xml.etree import ElementTree

import numpy as np
import pypdf
import pytest
from matplotlib.path import Path
from PIL import Image

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def draw(run, package, tmp_path):
    """Draw an SVG with some options; its root."""

    def draw_svg(*words):
        target = tmp_path / "figure.svg"
        answer = run("snapshot", package, *words, "--force", "-o", target)
        assert answer.code == 0, answer.err
        return ElementTree.parse(target).getroot()

    return draw_svg


def texts(root):
    return [t.text.replace("\u202f", " ") for t in root.iter(f"{SVG}text")]


def regions(root):
    """Name and fill of the regions of each panel."""
    return [
        [(p.findtext(f"{SVG}title"), p.get("fill")) for p in group]
        for group in root.iter(f"{SVG}g")
        if group.get("fill-rule")
    ]


def test_any_number_of_sections(draw):
    points = [("--at", str(x), "500", "150") for x in (150, 250, 450, 550)]
    root = draw("--plane", "coronal", *(word for point in points for word in point))
    titles = [t for t in texts(root) if t.startswith("coronal")]
    assert titles == [f"coronal, {x} µm from anterior" for x in (250, 350, 550, 650)]
    assert [{name for name, _ in panel} for panel in regions(root)] == [
        {"a1"},
        {"a1"},
        {"a2"},
        {"a2"},
    ]
    both = draw("--plane", "horizontal", "--plane", "coronal")
    titles = [t.partition(",")[0] for t in texts(both) if "µm from" in t]
    assert titles == ["horizontal", "coronal"]


def test_sizes_are_those_of_print(draw):
    root = draw("--width", "85", "--font-size", "7.2", "--title", "One <b>column</b>")
    assert float(root.get("width").removesuffix("mm")) == pytest.approx(85, abs=0.05)
    assert int(root.get("viewBox").split()[2]) == round(85 / 25.4 * 300)
    sizes = {t.text: float(t.get("font-size")) for t in root.iter(f"{SVG}text")}
    assert "One <b>column</b>" in sizes
    facts = [size for text, size in sizes.items() if text.startswith("10 × 8 × 6 voxels of")]
    assert max(facts) == 30.0, "7.2 points at 300 dpi"


def test_names_stand_in_regions_or_beside_them(draw):
    root = draw("--names", "--plane", "coronal", "--at", "450", "500", "150")
    assert texts(root).count("a2") == 1
    assert "a2" not in texts(draw("--plane", "coronal", "--at", "450", "500", "150"))


def test_depth_and_hemisphere(draw):
    at = ("--plane", "coronal", "--at", "450", "500", "150")
    (panel,) = regions(draw(*at, "--depth", "1"))
    assert [name for name, _ in panel] == ["A"]
    root = draw(*at, "--hemisphere", "right")
    assert any("right hemisphere alone" in text for text in texts(root))
    width = {}
    for words in ((), ("--hemisphere", "right")):
        group = next(g for g in draw(*at, *words).iter(f"{SVG}g") if g.get("fill-rule"))
        numbers = [float(n) for n in re.findall(r"([-0-9.]+),", group[0].get("d"))]
        width[words] = max(numbers) - min(numbers)
    assert width[("--hemisphere", "right")] / width[()] == pytest.approx(0.5, abs=0.15)


def test_colors_for_all_readers(draw):
    at = ("--at", "250", "500", "150")
    own, safe = (dict(regions(draw(*at, *words))[1]) for words in ((), ("--palette", "colorblind")))
    assert own.keys() == safe.keys() == {"a1", "a2"}
    assert own != safe
    assert safe["a1"] != safe["a2"]


@pytest.mark.parametrize(
    ("table", "column", "title"),
    [
        ("acronym,hemisphere,count\na1,left,1\na1,right,4\na2,left,2\na2,right,3\n", (), "count"),
        ("acronym,left,right\na1,1,4\na2,2,3\n", (), "value"),
        ("acronym,Right mm3,Left mm3,x\na1,4,1,0\na2,3,2,0\n", ("--column", "mm3"), "mm3"),
    ],
)
def test_each_hemisphere_has_its_own_color(draw, tmp_path, table, column, title):
    values = tmp_path / "values.csv"
    values.write_text(table)
    at = ("--plane", "horizontal", "--at", "250", "500", "150", "--limits", "1,4")
    root = draw(*at, "--values", values, *column)
    (panel,) = regions(root)
    # Of viridis: its ends for 1 and 4, and what is a third and two thirds of the way.
    fills = {(name, fill) for name, fill in panel if name.startswith("a")}
    assert {fill for name, fill in fills if name == "a1"} == {"#440154", "#fde725"}
    middle = {fill for name, fill in fills if name == "a2"}
    assert len(middle) == 2
    for fill, expected in zip(sorted(middle), ((49, 104, 142), (53, 183, 121)), strict=True):
        rgb = np.array([int(fill[k : k + 2], 16) for k in (1, 3, 5)])
        assert np.abs(rgb - expected).max() <= 6, "viridis at 1/3 and 2/3, as matplotlib has it"
    assert title in texts(root)


def test_a_pdf_holds_text_and_is_the_same_again(run, package, tmp_path):
    written = []
    for name in ("a.pdf", "b.pdf"):
        words = ("--region", "a1", "--names", "--width", "120", "-o", tmp_path / name)
        assert run("snapshot", package, *words).code == 0
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    (page,) = pypdf.PdfReader(tmp_path / "a.pdf").pages
    text = page.extract_text()
    assert "area A, layer 1" in text
    assert "Nobody 2024" in text
    assert float(page.mediabox.width) * 25.4 / 72 == pytest.approx(120, abs=0.1)
    assert pypdf.PdfReader(tmp_path / "a.pdf").metadata.title == "area A, layer 1, Made up"


def test_pdf_without_its_library_says_what_to_install(refuses, package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "reportlab", None)
    line = refuses("snapshot", package, "-o", tmp_path / "a.pdf")
    assert "pip install 'napari-atlas-explorer[figures]'" in line
    line = refuses("plates", package, "--every", "1mm", "-o", tmp_path / "a.pdf")
    assert "pip install 'napari-atlas-explorer[figures]'" in line


def circles(root):
    return sorted((float(c.get("cx")), float(c.get("cy"))) for c in root.iter(f"{SVG}circle"))


def test_points_are_dots_where_they_are(draw, tmp_path):
    """Voxels of 100 × 200 × 50 µm; the section's own ones run from 400 to 500 µm along x."""
    points = tmp_path / "cells.csv"
    rows = [(450, 300, 75), (410, 1100, 225), (390, 700, 150), (600, 700, 150), (450, 9000, 0)]
    points.write_text("x_um,y_um,z_um\n" + "".join(f"{x},{y},{z}\n" for x, y, z in rows))
    at = ("--plane", "coronal", "--at", "450", "500", "150", "--points", points)
    at += ("--columns", "x_um,y_um,z_um", "--unit", "um")
    root = draw(*at)
    (first, second) = circles(root)
    scale = (second[0] - first[0]) / (225 - 75)
    assert scale > 0
    assert (second[1] - first[1]) / (1100 - 300) == pytest.approx(scale, rel=0.02)
    assert "2 points of cells.csv in the voxels of the sections" in texts(root)
    group = next(g for g in root.iter(f"{SVG}g") if g.get("fill-rule"))
    numbers = re.findall(r"([-0-9.]+),([-0-9.]+)", group[0].get("d"))
    outline = Path(np.array(numbers, float))
    assert outline.contains_points([first, second]).all(), "both are in region a2"
    root = draw(*at, "--within", "60")
    assert len(circles(root)) == 3
    assert "3 points of cells.csv within 60 µm of the sections" in texts(root)


def test_dots_are_in_pictures_and_documents(run, package, tmp_path):
    points = tmp_path / "cells.csv"
    points.write_text("x_um,y_um,z_um\n450,300,75\n")
    words = ("snapshot", package, "--plane", "coronal", "--at", "450", "500", "150")
    marked = ("--points", points, "--columns", "x_um,y_um,z_um", "--unit", "um")
    for kind in ("png", "pdf"):
        assert run(*words, *marked, "-o", tmp_path / f"a.{kind}").code == 0
        assert run(*words, "-o", tmp_path / f"b.{kind}").code == 0
    with Image.open(tmp_path / "a.png") as picture:
        dots = (np.asarray(picture.convert("RGB")) == (200, 0, 120)).all(axis=-1)
    assert 8 < dots.sum() < 60
    pages = [pypdf.PdfReader(tmp_path / f"{k}.pdf").pages[0].get_contents() for k in "ab"]
    curves = [page.get_data().count(b" c ") + page.get_data().count(b" c\n") for page in pages]
    assert curves[0] - curves[1] == 4, "a circle is four curves"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--within", "10"], "--within without --points"),
        (["--unit", "um"], "--unit without --points"),
        (["--points", "missing.csv"], "missing.csv"),
        (["--points", "missing.csv", "--within", "near"], "--within near; expected a distance"),
        (["--plane", "oblique"], "plane 'oblique'; expected of this atlas one of coronal"),
        (["--width", "10"], "10 mm wide; expected 40 to 1500 mm"),
        (["--font-size", "big"], "--font-size big; expected a number"),
        (["--depth=-2"], "--depth -2; expected 0"),
        (["--palette", "gray"], "invalid choice"),
        (["--hemisphere", "both"], "invalid choice"),
    ],
)
def test_what_cannot_be_drawn_is_refused(refuses, package, tmp_path, words, message):
    assert message in refuses("snapshot", package, *words, "-o", tmp_path / "figure.svg")
    assert not (tmp_path / "figure.svg").exists()


def test_hemispheres_must_be_known(refuses, package, tmp_path):
    (package / "hemisphere.nrrd").unlink()
    values = tmp_path / "values.csv"
    values.write_text("acronym,left,right\na1,1,4\n")
    target = ("-o", tmp_path / "a.svg")
    for words in (("--values", values), ("--hemisphere", "left")):
        assert "--midline" in refuses("snapshot", package, *words, *target)
