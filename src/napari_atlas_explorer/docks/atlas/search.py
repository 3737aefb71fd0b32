"""Search box: regions, queries and positions."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from ...atlases.synonyms.tables import make_search
from ...core.atlas.atlas import Atlas
from ...core.query.position import (
    PositionTarget,
    RegionTarget,
    parse_position,
    parse_region_side,
)
from ...core.query.region_search import RegionSearch, SearchResult
from ...core.query.tokens import QueryError
from ...core.space.hemispheres import hemisphere_number
from ...core.text import micrometers
from ...viewer.display import AtlasDisplay
from ..common.page import PanelPart
from ..common.pages import REGIONS

if TYPE_CHECKING:
    from .panel import AtlasPanel


class SearchController(PanelPart):
    """Link between the search box, the tree and the slices."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self._search: RegionSearch | None = None
        self._result: SearchResult | None = None
        bar = panel.bar
        bar.search_changed.connect(self.find)
        bar.search_left.connect(self.leave)
        panel.tree.typed.connect(bar.type_key)

    def follow(self, display: AtlasDisplay | None) -> None:
        """Search the regions of the atlas that is shown now."""
        self._search = make_search(display.atlas.region_map) if display is not None else None
        self._result = None

    def find(self, text: str) -> None:
        """Show only the regions that match a text, with their ancestors."""
        display, bar = self._panel.display, self._panel.bar
        if self._search is None or display is None:
            return
        try:
            target = self._parse_target(text)
        except QueryError as exc:
            self._show_all()
            bar.show_note(str(exc))
            return
        if target is not None:
            self._show_all()
            bar.show_note(_describe_target(display, target))
            return
        try:
            selection = self._panel.selecting.find(text)
        except QueryError as exc:
            self._result = None
            bar.show_problem(exc)
            return
        total = len(self._search)
        if selection is None:
            result = self._search.find(text)
        else:
            result = self._search.of_ranks([k for k in selection.ranks.tolist() if k <= total])
        active = bool(text.strip())
        self._panel.tree.apply_search(result, active)
        bar.show_matches(result, total, active)
        self._result = result

    def leave(self) -> None:
        """Go to the position, select what the query describes, or go to the best match."""
        panel, text = self._panel, self._panel.bar.search.text()
        try:
            target = self._parse_target(text)
        except QueryError:
            return  # the line below the box says what is wrong
        if target is not None and panel.display is not None:
            _go_to(panel.display, target)
        elif not panel.selecting.choose(text) and self._result is not None:
            if self._result.best:
                panel.tree.reveal(self._result.best)
            # In an empty tree there is nothing to do with keys.
            if self._result.keep.any():
                panel.tree.setFocus()

    def _parse_target(self, text: str) -> PositionTarget | RegionTarget | None:
        """Return the place that a text names, None for a search or a query."""
        display, frames = self._panel.display, self._panel.frames
        if display is None or frames.current is None:
            return None
        position = parse_position(text, frames.frames, frames.current)
        if position is not None:
            return position
        return parse_region_side(text, display.atlas.region_map)

    def _show_all(self) -> None:
        """Show every region: the text is no search."""
        if self._search is not None:
            self._result = self._search.find("")
            self._panel.tree.apply_search(self._result, False)

    def focus(self) -> None:
        """Go to the search box."""
        self._panel.show_page(REGIONS)
        self._panel.bar.search.setFocus()
        self._panel.bar.search.selectAll()


def _go_to(display: AtlasDisplay, target: PositionTarget | RegionTarget) -> None:
    """Move the slices to a place, if the atlas has it."""
    if isinstance(target, RegionTarget):
        if display.atlas.hemisphere_rule is not None:
            display.jump_to(target.rank, hemisphere_number(target.hemisphere))
        return
    hit = display.atlas.at(target.position)
    if hit.index is not None:
        display.go_to_voxel(hit.index)


def _describe_target(display: AtlasDisplay, target: PositionTarget | RegionTarget) -> str:
    """Say where Return goes, or that it cannot."""
    atlas = display.atlas
    if isinstance(target, RegionTarget):
        if atlas.hemisphere_rule is None:
            return "hemisphere unknown: set the orientation and the midline first (⋯ menu)"
        acronym = atlas.region_map.acronym_of_rank(target.rank)
        convention = atlas.hemisphere_rule.convention
        return f"Return goes there: {acronym}, {target.hemisphere} · {convention}"
    hit, frame = atlas.at(target.position), target.frame
    given = "" if frame.name in ("atlas", "array") else f"{frame.name}, "
    if not hit.outside:
        index = " ".join(str(i) for i in hit.index or ())
        return f"Return goes there: {given}{hit.acronym or 'background'}, voxel {index}"
    if not atlas.package.resolution_known or frame.unit == "voxel":
        return f"outside the atlas of {' × '.join(map(str, atlas.shape))} voxels"
    if given:
        ends = [frame.from_world(corner) for corner in _list_corners(atlas)]
        low, high = np.min(ends, axis=0).tolist(), np.max(ends, axis=0).tolist()
        spans = [
            f"{axis} {frame.round(a)} to {frame.round(b)}"
            for axis, a, b in zip(frame.axes, low, high, strict=True)
        ]
        return f"outside the atlas: in {frame.name} {', '.join(spans)} {frame.unit_word}"
    low, high = atlas.grid.bbox.tolist()
    spans = [
        f"{axis} {micrometers(a)} to {micrometers(b)}"
        for axis, a, b in zip("xyz", low, high, strict=True)
    ]
    return f"outside the atlas: {', '.join(spans)} µm"


def _list_corners(atlas: Atlas) -> list[tuple[float, ...]]:
    """Return the eight corners of the volume, µm."""
    return list(product(*atlas.grid.bbox.T.tolist()))
