"""The small picture of an atlas, against its section voxel by voxel."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.figures.thumbnail import draw_thumbnail, save_thumbnail
from tests.made_up import STRUCTURES, annotation, write_brainglobe

MIDDLE = 9
"""Of the labeled voxels, 4 to 15, from front to back."""


def section() -> np.ndarray:
    """Colors of the labeled part of the middle coronal section, superior up."""
    ids = annotation()[MIDDLE, 2:10, 2:14]
    colors = {0: (0, 0, 0, 0)} | {row[0]: (*row[4], 255) for row in STRUCTURES}
    return np.array([[colors[int(i)] for i in line] for line in ids], np.uint8)


def test_every_voxel_of_the_middle_section_is_drawn_in_its_color(tmp_path: Path) -> None:
    atlas = open_atlas(write_brainglobe(tmp_path / "made_up"))
    assert np.array_equal(draw_thumbnail(atlas, 12, 8), section())
    # It fits into the room, and keeps its shape.
    assert draw_thumbnail(atlas, 120, 8).shape == (8, 12, 4)
    twice = draw_thumbnail(atlas, 24, 100)
    assert np.array_equal(twice, section().repeat(2, 0).repeat(2, 1))


@pytest.mark.parametrize(
    ("resolution", "shape"), [((50, 100, 50), (16, 12)), ((9, 50, 100), (8, 24))]
)
def test_voxels_that_are_no_cubes_keep_their_shape(
    tmp_path: Path, resolution: tuple[int, ...], shape: tuple[int, int]
) -> None:
    folder = write_brainglobe(tmp_path / "made_up")
    metadata = json.loads((folder / "metadata.json").read_text())
    (folder / "metadata.json").write_text(json.dumps({**metadata, "resolution": resolution}))
    assert draw_thumbnail(open_atlas(folder), shape[1], shape[0]).shape == (*shape, 4)


def test_it_is_saved_as_a_png(tmp_path: Path) -> None:
    atlas = open_atlas(write_brainglobe(tmp_path / "made_up"))
    save_thumbnail(atlas, tmp_path / "picture.png", 12, 8)
    with Image.open(tmp_path / "picture.png") as picture:
        assert np.array_equal(np.asarray(picture), section())


def test_an_annotation_without_a_label_has_an_empty_picture(tmp_path: Path) -> None:
    import tifffile

    folder = write_brainglobe(tmp_path / "made_up")
    tifffile.imwrite(folder / "annotation.tiff", np.zeros((20, 12, 16), np.uint32))
    assert not draw_thumbnail(open_atlas(folder), 16, 12).any()
