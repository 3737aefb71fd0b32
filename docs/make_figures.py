"""Draw the pictures of figures.md: a plate, and sections with names, of the sample atlas.

    python docs/make_figures.py [ATLAS PREFIX]

With the path of another atlas and a prefix it draws that one's, to look at.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from napari_atlas_explorer import open_atlas
from napari_atlas_explorer.figures import Style, save_plates, save_snapshot

IMAGES = Path(__file__).parent / "images"
COLORS = 128
"""Of a picture, so that the repository stays small."""


def shrink(source: Path, target: Path, width: int) -> None:
    """Write a smaller copy of a picture, of few colors."""
    with Image.open(source) as picture:
        height = round(picture.height * width / picture.width)
        small = picture.resize((width, height), Image.Resampling.LANCZOS)
        small.quantize(COLORS).save(target, optimize=True)


def main(path: str = "sample", prefix: str = "plate-mouse") -> None:
    """Draw both pictures."""
    atlas = open_atlas(path)
    with TemporaryDirectory() as folder:
        extent = atlas.shape[0] * atlas.resolution[0]
        style = Style(297, 5.5, names=True)
        save_plates(atlas, f"{folder}/{{plate}}.png", extent, style=style)  # one in the middle
        shrink(Path(folder) / "001.png", IMAGES / f"{prefix}.png", 1800)
        figure = Path(folder) / "figure.png"
        style = Style(180, 7, names=True, palette="colorblind")
        save_snapshot(atlas, figure, planes=["coronal", "sagittal"], depth=5, style=style)
        shrink(figure, IMAGES / f"{prefix}-names.png", 1500)


if __name__ == "__main__":
    main(*sys.argv[1:3])
