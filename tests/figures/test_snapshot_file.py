"""Snapshots in one call."""

from __future__ import annotations

import pandas as pd
import pytest
from PIL import Image

from napari_atlas_explorer import AtlasError, open_atlas
from napari_atlas_explorer.core.errors import AtlasFileError, UnknownRegionError
from napari_atlas_explorer.figures import save_snapshot

from .. import packages


@pytest.fixture
def atlas(tmp_path):
    return open_atlas(packages.brainglobe_v2(tmp_path / "a"))


def test_a_picture_is_written_once(atlas, tmp_path):
    path = save_snapshot(atlas, tmp_path / "a.png", "TH", dark=True)
    with Image.open(path) as picture:
        assert picture.width > 1000
    with pytest.raises(AtlasFileError, match="the file exists"):
        save_snapshot(atlas, path)
    save_snapshot(atlas, path, overwrite=True)


def test_regions_are_colored_by_numbers(atlas, tmp_path):
    values = pd.Series({"Isocortex": 1.5, "TH": 3.5})
    text = save_snapshot(atlas, tmp_path / "a.svg", values=values, title="cells & more").read_text()
    assert "cells &amp; more" in text
    by_id = {315: 1.5, 549: 3.5}
    other = save_snapshot(atlas, tmp_path / "b.svg", values=by_id, title="cells & more")
    assert other.read_text() == text
    fixed = save_snapshot(atlas, tmp_path / "c.svg", values=by_id, limits=(0, 10), log=False)
    assert ">10<" in fixed.read_text()


def test_what_cannot_be_drawn_is_refused_and_leaves_no_file(atlas, tmp_path):
    with pytest.raises(AtlasFileError, match=r"\.png, \.svg or \.pdf"):
        save_snapshot(atlas, tmp_path / "a.gif")
    with pytest.raises(UnknownRegionError, match="Thalamos"):
        save_snapshot(atlas, tmp_path / "a.png", values={"Thalamos": 1})
    with pytest.raises(AtlasError, match="outside"):
        save_snapshot(atlas, tmp_path / "a.png", at=(-1, 0, 0))
    assert not list(tmp_path.glob("*.*g*"))
