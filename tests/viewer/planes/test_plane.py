"""Turning a viewer model to the anatomical planes."""

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_atlas_explorer.viewer.planes.plane import PLANES, plane_of, turn_to

RISES = {"coronal": ("si", "lr"), "sagittal": ("si", "ap"), "horizontal": ("ap", "lr")}
"""What the vertical and the horizontal of each plane run along."""


@pytest.mark.parametrize("letters", ["asr", "asl", "lpi", "pir", "sla"])
@pytest.mark.parametrize("ndim", [3, 4])
def test_sections_are_upright_and_keep_the_point(letters, ndim):
    viewer = ViewerModel()
    viewer.add_image(np.zeros((2,) * (ndim - 3) + (8, 9, 10)), scale=(1,) * (ndim - 3) + (25,) * 3)
    viewer.dims.set_point(range(ndim - 3, ndim), (100, 75, 150))
    for plane in PLANES:
        viewer.dims.ndisplay = 3
        assert plane_of(viewer, letters) is None
        turn_to(viewer, letters, plane)
        assert plane_of(viewer, letters) == plane
        assert viewer.dims.point[-3:] == (100, 75, 150)
        down, across = (axis - (ndim - 3) for axis in viewer.dims.displayed)
        vertical, horizontal = RISES[plane]
        assert letters[down] in vertical
        assert letters[across] in horizontal
        # What is above on the canvas is the top of the brain, or its front.
        falls = viewer.scene.camera.orientation2d[0].value == "down"
        assert (letters[down] in "as") == falls
