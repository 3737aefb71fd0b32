"""What the hover says, in words."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.atlas import Atlas
from ..core.figures import grouped, micrometres
from ..core.hit import Hit
from .region_view import RegionView

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
    side
        Hemisphere and the convention that gives it.
    path
        Ranks of the ancestors, root first, with their acronyms.
    place
        Position and voxel.
    rank
        Rank that is drawn there; 0 for none. Its colour is the card's swatch.
    frame
        Local frame and depth, "" where they are not known.
    """

    title: str
    name: str
    side: str
    path: tuple[tuple[int, str], ...]
    place: str
    rank: int
    frame: str = ""

    @property
    def line(self) -> str:
        """Everything in one line."""
        path = " › ".join(acronym for _, acronym in self.path)
        return " · ".join(
            part
            for part in (self.title, self.name, self.side, path, self.place, self.frame)
            if part
        )


NOTHING_DRAWN_TEXT = HoverText("nothing is drawn here", "", "", (), "", 0)
OUTSIDE_TEXT = HoverText("outside the atlas", "", "", (), "", 0)


def describe(atlas: Atlas, view: RegionView, hit: Hit) -> HoverText:
    """Describe what is drawn where the cursor is: it answers for the depth and the filter."""
    if hit.outside:
        return OUTSIDE_TEXT
    place = _place(atlas, hit)
    side = _side(atlas, hit)
    if hit.rank == 0:
        return HoverText("background", "", side, (), place, 0)
    side_number = {"left": 1, "right": 2}.get(hit.hemisphere or "", 0)
    rank = view.displayed(hit.rank, side_number)
    regions = atlas.region_map
    if rank == 0:
        own = regions.acronym(hit.rank) if hit.rank <= len(regions) else str(hit.id)
        return HoverText("hidden", f"{own}, by the filter", side, (), place, 0)
    if rank > len(regions):
        return HoverText(f"id {hit.id}", "not in the hierarchy", side, (), place, rank)
    name, acronym = regions.name(rank), regions.acronym(rank)
    path = tuple((k, regions.acronym(k)) for k in regions.ancestor_ranks(rank))
    return HoverText(acronym, name if name != acronym else "", side, path, place, rank)


def describe_region(atlas: Atlas, rank: int) -> HoverText:
    """Describe a region whose surface is under the cursor: no voxel, so no place and no side."""
    regions = atlas.region_map
    if rank > len(regions):
        return HoverText(f"id {atlas.labels.ids[rank]}", "not in the hierarchy", "", (), "", rank)
    name, acronym = regions.name(rank), regions.acronym(rank)
    path = tuple((k, regions.acronym(k)) for k in regions.ancestor_ranks(rank))
    return HoverText(acronym, name if name != acronym else "", "surface", path, "", rank)


def _side(atlas: Atlas, hit: Hit) -> str:
    """Side with the convention that gives it: conventions disagree, so a bare side misleads."""
    if atlas.sides is None:
        return "side unknown"
    if hit.hemisphere is None:
        return ""
    return f"{hit.hemisphere} · {atlas.sides.convention}"


def _place(atlas: Atlas, hit: Hit) -> str:
    voxel = "voxel " + " ".join(grouped(i) for i in hit.index or ())
    if not atlas.package.resolution_known:
        return voxel
    return "  ".join(micrometres(p) for p in hit.position) + f" µm · {voxel}"
