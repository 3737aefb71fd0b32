"""Text of the local frame and the depth under the cursor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..analysis.directions.field import DirectionField
from ..analysis.directions.placement_hints import DISTANCE, PREFIX, PlacementHints
from ..core.atlas.atlas import Atlas
from ..core.space.axes import OPPOSITE, SIDES
from ..core.text import micrometers

PROBLEMS = "_problematic_voxel_mask"


@dataclass(frozen=True)
class LocalFrames:
    """Orientation field and placement hints of an atlas.

    Attributes
    ----------
    field
        Directions, None without an orientation field on the annotation's voxels.
    hints
        Placement hints, None without them.
    """

    field: DirectionField | None
    hints: PlacementHints | None

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return self.field is not None or self.hints is not None


def load_local_frames(atlas: Atlas) -> LocalFrames:
    """Read orientation field and placement hints; safe to call in a worker.

    Data on another grid than the annotation is ignored.
    """
    package = atlas.package
    field = None
    if package.orientation_field is not None:
        data = package.datasets[package.orientation_field].load()
        if data.shape == atlas.shape:
            field = DirectionField(data)
    hints = None
    if DISTANCE in package.datasets:
        distance = package.datasets[DISTANCE].load()
        if distance.shape == atlas.shape and not distance.payload_shape:
            layers = {
                name.removeprefix(PREFIX): dataset.load()
                for name, dataset in package.datasets.items()
                if name.startswith(PREFIX) and name != DISTANCE and PROBLEMS not in name
            }
            hints = PlacementHints(distance, layers)
    return LocalFrames(field, hints)


def describe_frame(frames: LocalFrames, atlas: Atlas, index: tuple[int, ...]) -> str:
    """Return a line with the direction of local y and the voxel's depth; "" for none."""
    parts = []
    if frames.field is not None:
        direction = frames.field.at(index)
        if np.isfinite(direction).all():
            numbers = " ".join(f"{v:+.2f}" for v in direction)
            towards = _name_direction(atlas, direction)
            parts.append(f"local y {numbers}{towards}")
        else:
            parts.append("no orientation here")
    depth = frames.hints.at(index) if frames.hints is not None else None
    if depth is not None:
        of = f" of {micrometers(depth.thickness)}" if depth.thickness is not None else ""
        parts.append(f"height {micrometers(depth.height)}{of} µm")
        if depth.layer is not None:
            low, high = depth.bounds[depth.layer]
            parts.append(f"layer {depth.layer}: {micrometers(low)} to {micrometers(high)} µm")
    return " · ".join(parts)


def _name_direction(atlas: Atlas, direction: np.ndarray) -> str:
    """Return the side nearest to a world direction, in brackets; "" where unknown."""
    letters = atlas.package.world_orientation
    if letters is None:
        return ""
    axis = int(np.abs(direction).argmax())
    start = letters[axis]
    return f" ({SIDES[OPPOSITE[start] if direction[axis] > 0 else start]})"
