"""Search box: regions, queries and positions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...atlases.synonyms.tables import make_search
from ...core.atlas.lookups import Hit
from ...core.query.position import parse_position
from ...core.query.region_search import RegionSearch, SearchResult
from ...core.query.tokens import QueryError
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
        position = parse_position(text)
        if position is not None:
            self._result = self._search.find("")
            self._panel.tree.apply_search(self._result, False)
            bar.show_note(_describe_position(display, display.locate(position)))
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
        position = parse_position(text)
        if position is not None and panel.display is not None:
            hit = panel.display.locate(position)
            if hit.index is not None:
                panel.display.go_to_voxel(hit.index)
        elif not panel.selecting.choose(text) and self._result is not None:
            if self._result.best:
                panel.tree.reveal(self._result.best)
            # In an empty tree there is nothing to do with keys.
            if self._result.keep.any():
                panel.tree.setFocus()

    def focus(self) -> None:
        """Go to the search box."""
        self._panel.show_page(REGIONS)
        self._panel.bar.search.setFocus()
        self._panel.bar.search.selectAll()


def _describe_position(display: AtlasDisplay, hit: Hit) -> str:
    """Say where Return goes, or that it is outside."""
    atlas = display.atlas
    if not hit.outside:
        index = " ".join(str(i) for i in hit.index or ())
        return f"Return goes there: {hit.acronym or 'background'}, voxel {index}"
    if not atlas.package.resolution_known:
        return f"outside the atlas of {' × '.join(map(str, atlas.shape))} voxels"
    low, high = atlas.grid.bbox.tolist()
    spans = [
        f"{axis} {micrometers(a)} to {micrometers(b)}"
        for axis, a, b in zip("xyz", low, high, strict=True)
    ]
    return f"outside the atlas: {', '.join(spans)} µm"
