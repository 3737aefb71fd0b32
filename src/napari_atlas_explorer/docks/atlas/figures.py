"""Figures for papers, saved from the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from napari.utils.notifications import show_info

from ...core.errors import AtlasError
from ...core.text import as_file_name, as_plain
from ...formats.common.atomic import atomic_write
from ..common.background import BackgroundJob, Progress
from ..common.page import PanelPart
from ..common.widgets import ask_save_path

if TYPE_CHECKING:
    from .panel import AtlasPanel

KINDS = "PNG (*.png);;SVG (*.svg)"


class FigureSaver(PanelPart):
    """Saver of the figure that `snapshot` draws: three sections through the shown point."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.job = BackgroundJob(self)
        self.job.failed.connect(panel.show_error)
        panel.busy.follow(self.job)

    def ask(self) -> None:
        """Ask for a name and save the figure."""
        display = self._panel.display
        if display is not None:
            name = f"{as_file_name(display.atlas.name)}.png"
            chosen = ask_save_path(self._panel, "Save figure", name, KINDS)
            if chosen is not None:
                self.save(*chosen)

    def save(self, path: Path, force: bool = False) -> None:
        """Draw the figure in a worker; replace a file with ``force`` alone.

        It goes through the middle of the view. One selected region is drawn in full, the others
        faintly; numbers that color the regions color the figure, with their color bar.
        """
        display, coloring = self._panel.display, self._panel.analysis.coloring
        if display is None:
            return
        hit = display.hit_at(display.point_at(self._panel.viewer.dims.point))
        if hit is None or hit.index is None:
            self._panel.tell("The section is outside the atlas; move into it to save a figure")
            return
        if path.suffix.lower() not in (".png", ".svg"):
            self._panel.show_error(AtlasError(f"{path.name}; expected a name in .png or .svg"))
            return
        atlas, index, dark = display.atlas, hit.index, self._panel.viewer.theme == "dark"
        parts = display.view.selection.parts()
        rank = parts[0][0] if len(parts) == 1 and parts[0][0] <= len(atlas.region_map) else None
        painted = self._panel.analysis.painted

        def work(report: Progress) -> Path:
            from ...figures.figure import ColoredValues, compose, point_at
            from ...figures.png import save_png
            from ...figures.snapshot import make_sheet
            from ...figures.style import Style
            from ...figures.svg import save_svg

            report(0)
            values = None
            if coloring is not None:
                values = ColoredValues(painted, coloring.scale, coloring.title)
            with atomic_write(path, force) as temporary:
                point = point_at(atlas, index, True)
                figure = compose(atlas, point, rank, Style(dark=dark), values)
                write = save_png if path.suffix.lower() == ".png" else save_svg
                write(make_sheet(figure), temporary)
            return path

        self.job.start("Drawing the figure", work, self._on_saved)

    def _on_saved(self, path: Path) -> None:
        show_info(as_plain(f"Saved {path.name}"))
