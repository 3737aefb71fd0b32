"""Turning a viewer to an anatomical plane, or to 3-D."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ...core.space.axes import FRONT_BACK, LEFT_RIGHT, UP_DOWN, axis_of

if TYPE_CHECKING:
    from napari.components import ViewerModel

Plane = Literal["coronal", "sagittal", "horizontal"]
PLANES: tuple[Plane, ...] = ("coronal", "sagittal", "horizontal")

AXES: dict[Plane, tuple[str, str, str]] = {
    "coronal": (FRONT_BACK, UP_DOWN, LEFT_RIGHT),
    "sagittal": (LEFT_RIGHT, UP_DOWN, FRONT_BACK),
    "horizontal": (UP_DOWN, FRONT_BACK, LEFT_RIGHT),
}
"""What the slider, the vertical and the horizontal of each plane run along."""

UPWARDS = "as"
"""Sides that are at the top of a section: the upper one, and the front of a horizontal one."""


def plane_axes(letters: str, plane: Plane) -> tuple[int, int, int]:
    """Return the world axes along the slider, the vertical and the horizontal.

    >>> plane_axes("asr", "sagittal")
    (2, 1, 0)
    """
    slider, vertical, horizontal = (axis_of(letters, pair) for pair in AXES[plane])
    return slider, vertical, horizontal


def turn_to(viewer: ViewerModel, letters: str, plane: Plane) -> None:
    """Turn a viewer to a section, upright, through the point where it is.

    Parameters
    ----------
    viewer
        The viewer, or a model of one.
    letters
        Sides on which x, y and z of the atlas's world start.
    plane
        The plane.
    """
    axes, offset = plane_axes(letters, plane), viewer.dims.ndim - 3
    point = viewer.dims.point
    viewer.dims.ndisplay = 2
    viewer.dims.order = (*range(offset), *(offset + axis for axis in axes))
    vertical = "down" if letters[axes[1]] in UPWARDS else "up"
    viewer.scene.camera.orientation2d = (vertical, "right")
    # napari keeps the step of a slider, not its place, where the axes change.
    viewer.dims.set_point(range(viewer.dims.ndim), point)
    viewer.reset_view()


def plane_of(viewer: ViewerModel, letters: str) -> Plane | None:
    """Return the plane that a viewer shows, None for 3-D and for others."""
    dims, offset = viewer.dims, viewer.dims.ndim - 3
    if dims.ndisplay != 2 or offset < 0:
        return None
    shown = tuple(axis - offset for axis in dims.order[-3:])
    return next((plane for plane in PLANES if plane_axes(letters, plane) == shown), None)
