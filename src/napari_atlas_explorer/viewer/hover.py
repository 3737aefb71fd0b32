"""Lookup under the cursor or at a click, and the text of the hover card."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.atlas.atlas import Atlas
from ..core.atlas.lookups import Hit
from ..core.regions.rank_volume import RankVolume
from ..core.space.frames import Frame as CoordinateFrame
from ..core.space.hemispheres import HemisphereRule
from ..core.text import grouped, micrometers
from .placement import to_array_axes
from .region_view import RegionView

# ---- Hover text ----------------------------------------------------------------------------------

NOTHING = "Move over the atlas to see its regions"


@dataclass(frozen=True)
class HoverText:
    """Lines of the hover card.

    Attributes
    ----------
    title
        Acronym, or what is there instead of a region.
    name
        Name of the region, "" where it is the acronym or there is none.
    hemisphere
        Hemisphere and the convention that gives it.
    path
        Ranks of the ancestors, root first, with their acronyms.
    place
        Position and voxel.
    rank
        Rank that is drawn there; 0 for none. Its color is the card's swatch.
    frame
        Local frame and depth, "" where they are not known.
    """

    title: str
    name: str
    hemisphere: str
    path: tuple[tuple[int, str], ...]
    place: str
    rank: int
    frame: str = ""

    @property
    def line(self) -> str:
        """The hover text in one line."""
        path = " › ".join(acronym for _, acronym in self.path)
        return " · ".join(
            part
            for part in (self.title, self.name, self.hemisphere, path, self.place, self.frame)
            if part
        )


NOTHING_DRAWN_TEXT = HoverText("nothing is drawn here", "", "", (), "", 0)
OUTSIDE_TEXT = HoverText("outside the atlas", "", "", (), "", 0)


def describe(
    atlas: Atlas, view: RegionView, hit: Hit, frame: CoordinateFrame | None = None
) -> HoverText:
    """Describe the drawn region at a lookup, for the current depth and filter.

    ``frame`` is that of the position; None for the atlas's own.
    """
    if hit.outside:
        return OUTSIDE_TEXT
    place = _describe_place(atlas, hit, frame)
    hemisphere = _describe_hemisphere(atlas, hit)
    if hit.rank == 0:
        return HoverText("background", "", hemisphere, (), place, 0)
    hemisphere_number_ = {"left": 1, "right": 2}.get(hit.hemisphere or "", 0)
    rank = view.displayed(hit.rank, hemisphere_number_)
    regions = atlas.region_map
    if rank == 0:
        own = regions.acronym_of_rank(hit.rank) if hit.rank <= len(regions) else str(hit.id)
        return HoverText("hidden", f"{own}, by the filter", hemisphere, (), place, 0)
    if rank > len(regions):
        return HoverText(f"id {hit.id}", "not in the hierarchy", hemisphere, (), place, rank)
    name, acronym = regions.name_of_rank(rank), regions.acronym_of_rank(rank)
    path = tuple((k, regions.acronym_of_rank(k)) for k in regions.ancestor_ranks(rank))
    return HoverText(acronym, name if name != acronym else "", hemisphere, path, place, rank)


def describe_region(atlas: Atlas, rank: int) -> HoverText:
    """Describe a region whose surface is under the cursor: no voxel, so no position."""
    regions = atlas.region_map
    if rank > len(regions):
        return HoverText(f"id {atlas.ranks.ids[rank]}", "not in the hierarchy", "", (), "", rank)
    name, acronym = regions.name_of_rank(rank), regions.acronym_of_rank(rank)
    path = tuple((k, regions.acronym_of_rank(k)) for k in regions.ancestor_ranks(rank))
    return HoverText(acronym, name if name != acronym else "", "surface", path, "", rank)


CONVENTION_WORDS = {"hemisphere volume": "from the atlas's own map"}
"""Plain words for conventions; a volume of the hemisphere could be taken for mm³."""


def _describe_hemisphere(atlas: Atlas, hit: Hit) -> str:
    """Return hemisphere and convention: conventions disagree, so one name misleads."""
    if atlas.hemisphere_rule is None:
        return "hemisphere unknown"
    if hit.hemisphere is None:
        return ""
    convention = atlas.hemisphere_rule.convention
    return f"{hit.hemisphere} · {CONVENTION_WORDS.get(convention, convention)}"


def _describe_place(atlas: Atlas, hit: Hit, frame: CoordinateFrame | None) -> str:
    voxel = "voxel " + " ".join(grouped(i) for i in hit.index or ())
    if not atlas.package.resolution_known or (frame is not None and frame.unit == "voxel"):
        return voxel
    if frame is not None and frame.name != "atlas":
        return f"{frame.name} {frame.write(frame.from_world(hit.position).tolist())} · {voxel}"
    return "  ".join(micrometers(p) for p in hit.position) + f" µm · {voxel}"


# ---- Clicks --------------------------------------------------------------------------------------

CLICK_PIXELS = 4.0
"""Maximum distance of a click; a longer move is a drag."""

PAN_MODES = ("pan_zoom",)


def watch_click(
    viewer: Any, event: Any, clicked: Callable[[Any], None]
) -> Generator[None, Any, None]:
    """Follow a mouse press to its end; call back if it was a click.

    Panning and zooming are left to napari, and the mouse to a layer that is being painted in
    or transformed.
    """
    active = viewer.layers.selection.active
    if event.button != 1 or (active is not None and str(active.mode) not in PAN_MODES):
        return
    start = np.asarray(event.pos, dtype=float)
    farthest = 0.0
    yield
    while True:
        distance = np.hypot(*(np.asarray(event.pos, dtype=float) - start))
        farthest = max(farthest, float(distance))
        if event.type != "mouse_move":
            break
        yield
    if farthest <= CLICK_PIXELS:
        clicked(event)


def mirror_voxel(index: tuple[int, ...], axis: int, boundary: float) -> tuple[int, ...]:
    """Return the voxel on the other side of a plane between two voxels of an axis.

    Parameters
    ----------
    index
        A voxel.
    axis
        The left-right axis.
    boundary
        Index-space coordinate of the plane; a whole number is an edge between voxels.
    """
    mirrored = list(index)
    mirrored[axis] = int(np.floor(2 * boundary - (index[axis] + 0.5)))
    return tuple(mirrored)


# ---- Cursor lookup -------------------------------------------------------------------------------

RAY_STEP = 0.5
"""Voxels between samples along a ray; coarser sampling misses thin regions."""


def unit_factor(viewer_units: Sequence[Any] | None, layer_units: Sequence[Any]) -> float:
    """Return the viewer's world units in the layer's units.

    A viewer that shows layers in µm and mm at once counts in one of them, and a layer's
    ``world_to_data`` does not convert. Pixel units on either side leave numbers as they are.
    """
    if not viewer_units:
        return 1.0
    from_unit, to_unit = viewer_units[-1], layer_units[-1]
    if from_unit == to_unit or not from_unit.is_compatible_with(to_unit):
        return 1.0
    return float((1 * from_unit).to(to_unit).magnitude)


def point_under_cursor(
    layer: Any,
    position: Sequence[float],
    viewer_units: Sequence[Any] | None,
    axes: Sequence[int] = (0, 1, 2),
    sliced: Sequence[int] = (),
) -> tuple[float, ...]:
    """Return the array point of a layer at a world position; voxel edges are integers.

    The layer puts voxel centers on whole numbers, so half a voxel is added; ``axes`` are those
    of `placement.display_axes`, ``sliced`` the layer's axes that have a slider.
    """
    factor = unit_factor(viewer_units, layer.units)
    data = np.asarray(layer.world_to_data(np.asarray(position, dtype=float) * factor))
    point = data[-layer.ndim :]
    for axis in sliced:
        # napari shows the nearest slice. A slider can be between two slices of this layer, since
        # other layers may have other steps: round as napari does.
        point[axis] = np.round(point[axis])
    return to_array_axes((point + 0.5).tolist(), axes)


def point_along_ray(
    layer: Any,
    position: Sequence[float],
    view_direction: Sequence[float],
    viewer_units: Sequence[Any] | None,
    rank_volume: RankVolume,
    view: RegionView,
    hemisphere_rule: HemisphereRule | None,
    axes: Sequence[int] = (0, 1, 2),
) -> tuple[float, ...] | None:
    """Return the middle of the first drawn voxel on the line of sight, or None.

    napari's own ``get_value`` returns hidden regions too: it ignores the
    colormap.
    """
    start = np.array(point_under_cursor(layer, position, viewer_units, axes))
    ahead = np.asarray(position, dtype=float) + np.asarray(view_direction, dtype=float)
    end = np.array(point_under_cursor(layer, ahead, viewer_units, axes))
    ends = line_through_box(start, end - start, rank_volume.raw.shape)
    if ends is None:
        return None
    voxels = _list_voxels_between(*ends, rank_volume.raw.shape)
    ranks = rank_volume.raw[tuple(voxels.T)]
    visible = view.drawn()[ranks] > 0
    if view.hemisphere is not None and hemisphere_rule is not None:
        visible &= hemisphere_rule.of(voxels) == view.hemisphere
    hits = np.flatnonzero(visible)
    return tuple((voxels[hits[0]] + 0.5).tolist()) if len(hits) else None


def line_through_box(
    point: NDArray[np.float64], direction: NDArray[np.float64], shape: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Return where a line enters and leaves the box ``[0, shape)``, None if it misses.

    Slab method; takes a twentieth of the time of a layer's ``get_ray_intersections``.
    """
    size = np.asarray(shape)
    moving = direction != 0
    if not moving.any() or (((point < 0) | (point >= size)) & ~moving).any():
        return None
    to_low = -point[moving] / direction[moving]
    to_high = (size - point)[moving] / direction[moving]
    enter = np.minimum(to_low, to_high).max()
    leave = np.maximum(to_low, to_high).min()
    if not enter < leave:
        return None
    return point + enter * direction, point + leave * direction


def _list_voxels_between(
    start: NDArray[np.float64], end: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.intp]:
    length = float(np.linalg.norm(end - start))
    n = max(2, int(np.ceil(length / RAY_STEP)) + 1)
    points = start + np.linspace(0, 1, n)[:, np.newaxis] * (end - start)
    voxels = np.floor(points).astype(np.intp)
    return np.clip(voxels, 0, np.asarray(shape) - 1)
