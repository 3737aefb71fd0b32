"""Figures for papers, saved from the window."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from napari.utils.notifications import show_info
from numpy.typing import NDArray

from ...core.errors import ArgumentError, AtlasError
from ...core.space.frames import Frame
from ...core.space.hemispheres import HEMISPHERE_NAMES
from ...core.text import as_file_name, as_plain
from ...figures.sections import three_sections
from ...formats.common.atomic import atomic_write
from ...viewer.user_layers import kind_of, positions_of
from ..common.background import BackgroundJob, Progress
from ..common.page import PanelPart
from ..common.widgets import ask_save_path
from .figure_form import FigureForm, FigureRequest

if TYPE_CHECKING:
    from ...viewer.display import AtlasDisplay
    from .panel import AtlasPanel

KINDS = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"
OWN_FRAMES = ("array", "atlas")
OUTSIDE = "The section is outside the atlas; move into it to save a figure"


class FigureSaver(PanelPart):
    """Saver of the figure that `snapshot` draws: sections through the shown point."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.job = BackgroundJob(self)
        self.job.failed.connect(panel.show_error)
        panel.busy.follow(self.job)
        self.form: FigureForm | None = None
        """The dialog, None while there is none."""

    def ask(self) -> None:
        """Ask for sections and sizes, then for a name, and save the figure."""
        display, coloring = self._panel.display, self._panel.analysis.coloring
        if display is None or self.form is not None:
            return
        if self._find_voxel(display) is None:
            self._panel.tell(OUTSIDE)
            return
        planes = [s.name for s in three_sections(display.atlas.orientation, (0, 0, 0))]
        colored = "" if coloring is None else coloring.title
        dark = self._panel.viewer.theme == "dark"
        form = FigureForm(planes, _describe(display), colored, dark, self._panel)
        self.form = form
        form.accepted.connect(lambda: self._ask_name(form.request()))
        form.finished.connect(self._on_finished)
        form.open()

    def _on_finished(self, result: int) -> None:
        self.form = None

    def _ask_name(self, request: FigureRequest) -> None:
        display = self._panel.display
        if display is not None:
            name = f"{as_file_name(display.atlas.name)}.png"
            chosen = ask_save_path(self._panel, "Save figure", name, KINDS)
            if chosen is not None:
                self.save(*chosen, request)

    @staticmethod
    def _find_voxel(display: AtlasDisplay) -> tuple[int, ...] | None:
        hit = display.hit_at(display.point_at(display.viewer.dims.point))
        return None if hit is None else hit.index

    def _list_points(
        self, display: AtlasDisplay
    ) -> list[tuple[str, NDArray[np.float64], tuple[int, int, int]]]:
        """Return name, positions in µm and color of the visible points that have a place."""
        points = []
        for layer in self._panel.viewer.layers:
            if kind_of(layer) != "points" or not layer.visible or not len(layer.data):
                continue
            with suppress(ArgumentError):  # points of no known unit are nowhere in the atlas
                positions = positions_of(layer, display.atlas)
                r, g, b = np.rint(255 * np.asarray(layer.face_color)[0, :3]).astype(int).tolist()
                points.append((layer.name, positions, (r, g, b)))
        return points

    def save(self, path: Path, force: bool, request: FigureRequest) -> None:
        """Draw the figure in a worker; replace a file with ``force`` alone.

        It goes through the middle of the view and shows the regions that the view shows, at its
        depth and on its side, and visible points in the voxels of the sections. One selected
        region is drawn in full, the others faintly; numbers that color the regions color the
        figure, with their color bar.
        """
        display, coloring = self._panel.display, self._panel.analysis.coloring
        if display is None:
            return
        index = self._find_voxel(display)
        if index is None:
            self._panel.tell(OUTSIDE)
            return
        try:
            from ...figures.snapshot_file import check_name

            check_name(path)
        except AtlasError as exc:
            self._panel.show_error(exc)
            return
        atlas, view = display.atlas, display.view
        parts = view.selection.parts()
        rank = parts[0][0] if len(parts) == 1 and parts[0][0] <= len(atlas.region_map) else None
        marks = self._list_points(display)
        style = replace(request.style, frame=_find_frame(display))
        painted, targets, hemisphere = self._panel.analysis.painted, view.drawn(), view.hemisphere

        def work(report: Progress) -> Path:
            from ...figures.figure import ColoredValues, DrawnRegions, Marks, compose, point_at
            from ...figures.snapshot import make_sheet
            from ...figures.snapshot_file import WRITERS

            report(0)
            values = None
            if coloring is not None:
                values = ColoredValues(painted, coloring.scale, coloring.title)
            with atomic_write(path, force) as temporary:
                figure = compose(
                    atlas,
                    point_at(atlas, index, True),
                    rank,
                    style,
                    values,
                    planes=request.planes,
                    drawn=DrawnRegions(targets, hemisphere),
                    marks=[Marks(positions, name, color) for name, positions, color in marks],
                )
                WRITERS[path.suffix.lower()](make_sheet(figure), temporary)
            return path

        self.job.start("Drawing the figure", work, self._on_saved)

    def _on_saved(self, path: Path) -> None:
        show_info(as_plain(f"Saved {path.name}"))


def _find_frame(display: AtlasDisplay) -> Frame | None:
    """Return the current frame; None for the atlas's own, whose titles count from the sides."""
    frame = display.coordinates
    return None if frame is None or frame.name in OWN_FRAMES else frame


def _describe(display: AtlasDisplay) -> str:
    """Return what a figure takes from the view, in words."""
    view = display.view
    parts = ["regions of the filter" if view.is_filtered else "all regions"]
    parts.append("finest" if view.depth is None else f"depth {view.depth}")
    sides = "both sides" if view.hemisphere is None else HEMISPHERE_NAMES[view.hemisphere]
    frame = _find_frame(display)
    return ", ".join([*parts, sides, *([f"positions in {frame.name}"] if frame else [])])
