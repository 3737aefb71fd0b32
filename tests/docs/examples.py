"""Names that the examples in docstrings use without defining them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import napari_atlas_explorer as nae
from napari_atlas_explorer.comparison import Comparison
from napari_atlas_explorer.frames import Frame, FrameAxis
from napari_atlas_explorer.lines import Line, Streamlines, find_line_regions
from napari_atlas_explorer.packaging import PackageOptions, convert_atlas
from napari_atlas_explorer.points import read_points

LAYERS = {"names": ["so", "sp"], "queries": ["CA3so", "CA3sp"], "attribute": "acronym"}
METADATA = {
    "name": "made_up",
    "version": "1.0",
    "species": "Nullus exemplum",
    "citation": "unpublished",
    "atlas_link": "https://example.org",
}


def shared_names(folder: Path) -> dict[str, Any]:
    """Make them; ``folder`` is an empty one, which gets some files."""
    points = folder / "cells.csv"
    points.write_text("x,y,z\n6.6,2.5,3.3\n", encoding="utf-8")
    atlas = nae.open_atlas("sample")
    options = PackageOptions("brainglobe-v2", region="CA3", meshes="labels")
    coarse = atlas.downsample(240)
    made = convert_atlas(
        coarse, "brainglobe-v2", folder / "packages", metadata=METADATA, options=options, checks=()
    )
    line = Line([(6630, 2490, 3330), (6630, 2490, 4230)])
    return {
        **{name: value for name in nae.__all__ if callable(value := getattr(nae, name))},
        "np": np,
        "atlas": atlas,
        "regions": atlas.region_map,
        "volume": nae.VoxelData(np.arange(24).reshape(2, 3, 4), (25, 25, 25)),
        "pair": Comparison(atlas, atlas.downsample(120)),
        "cells": read_points(points, atlas, columns=["x", "y", "z"], unit="mm"),
        "crossed": find_line_regions(atlas.ranks, atlas.hemisphere_rule, Streamlines((line,))),
        "layered": nae.Atlas(replace(atlas.package, metadata={"layers": LAYERS})),
        "packaged": nae.open_atlas(made.packages[0]),
        "folder": folder,
        "frames": atlas.frames,
        "frame": Frame(
            "bregma-lab",
            "mm",
            (FrameAxis("AP", "anterior"), FrameAxis("DV", "dorsal"), FrameAxis("ML", "right")),
            "1 mm before the world's zero",
            "lab book 12",
            np.array([[1000, 0, 0, -1000], [0, 1000, 0, 0], [0, 0, 1000, 0], [0, 0, 0, 1.0]]),
        ),
    }
