"""`snapshot --values`: what is in which color, and the key beside it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image

from napari_atlas_explorer.cli.main import main
from napari_atlas_explorer.core.colors.scales import viridis
from tests.made_up import write_brainglobe


@pytest.fixture
def package(tmp_path):
    return str(write_brainglobe(tmp_path / "made_up_50um_v1.0"))


def run(*args) -> int:
    code = main([str(a) for a in args])
    return 0 if code is None else int(code)


def values(tmp_path, text):
    path = tmp_path / "values.csv"
    path.write_text(text)
    return path


def has_color(image, rgb) -> bool:
    return bool((np.abs(image.astype(int) - rgb).max(axis=-1) <= 2).any())


def test_regions_have_the_colors_of_their_numbers(package, tmp_path, capsys) -> None:
    table = values(tmp_path, "acronym,density\nVIS,10\nTH,0\nVISp,3\n")
    out = tmp_path / "v.png"
    assert run("snapshot", package, "--values", table, "-o", out) == 0
    said = capsys.readouterr().err
    assert "column density for 2 regions; colors from 0 to 10; 1 not in the atlas: VISp" in said
    drawn = np.asarray(Image.open(out).convert("RGB"))
    for place in (0.0, 1.0):
        assert has_color(drawn, np.rint(viridis(place) * 255).astype(int))
    assert not has_color(drawn, (250, 120, 130))  # the atlas's own thalamus


def test_the_key_says_numbers_and_no_value(package, tmp_path) -> None:
    table = values(tmp_path, "id,a,b\n5,1,1000\n3,,10\n")
    out = tmp_path / "v.svg"
    assert run("snapshot", package, "--values", table, "--column", "b", "--log", "-o", out) == 0
    texts = [t.replace("\u202f", " ") for t in re.findall(r">([^<>]+)</text>", out.read_text())]
    assert "b" in texts
    assert {"10", "100"} <= set(texts)
    assert any(t in ("1 000", "1000") for t in texts)
    assert "no value" in texts


def test_limits_and_map_can_be_said(package, tmp_path, capsys) -> None:
    table = values(tmp_path, "id,a\n5,1\n2,2\n")
    out = tmp_path / "v.svg"
    args = ("--limits=-4,4", "--colors", "blue-red", "-o", out)
    assert run("snapshot", package, "--values", table, *args) == 0
    assert "colors from -4 to 4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "args", "said"),
    [
        ("id,a,b\n5,1,2\n", (), "--column with one of them"),
        ("id,a\n5,1\n", ("--column", "c"), "no column of numbers 'c'"),
        ("id,side,a,b\n5,left,1,1\n5,right,2,1\n", (), "columns a left, a right, b left, b right"),
        ("id,a\n5,1\n5,2\n", (), "two rows"),
        ("id,a\n5,1\n", ("--limits", "5,2"), "the lower first"),
        ("id,a\n5,-1\n", ("--log",), "no value is above 0"),
    ],
)
def test_what_is_not_clear_is_refused(package, tmp_path, capsys, text, args, said) -> None:
    out = tmp_path / "v.png"
    code = run("snapshot", package, "--values", values(tmp_path, text), *args, "-o", out)
    assert code == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_options_of_values_need_them(package, tmp_path, capsys) -> None:
    assert run("snapshot", package, "--log", "-o", tmp_path / "v.png") == 2
    assert "--log without --values" in capsys.readouterr().err
