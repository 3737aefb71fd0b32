"""Per-region measurements of the open atlas: table columns, colors, points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QObject, Signal

from ...analysis.values.region_table import Column, RegionTable
from ...core.colors.scales import ColorScale
from ...core.errors import ArgumentError, AtlasError
from ...core.regions.listed_values import ListedValues
from ...viewer.display import AtlasDisplay
from ...viewer.user_layers import LayerRequest
from ..common.background import BackgroundJob, Progress
from .actions import RegionAction
from .files import RegionFiles

if TYPE_CHECKING:
    from .panel import AtlasPanel


SPAN = (2, 98)
"""Percentiles of the drawn regions' numbers between which colors change."""


@dataclass(frozen=True)
class Coloring:
    """Numbers that the regions are colored by.

    Attributes
    ----------
    name, title
        Of the column.
    values
        ``(n_ranks,)`` of the regions with their descendants; NaN for none.
    own
        ``(n_ranks,)`` of the regions' own voxels.
    scale
        Their colors.
    """

    name: str
    title: str
    values: NDArray[np.float64]
    own: NDArray[np.float64]
    scale: ColorScale


class RegionAnalysis(QObject):
    """Table, colors and imports of the atlas that a panel shows.

    Parameters
    ----------
    panel
        The atlas panel.
    """

    table_changed = Signal()
    """Another table, or other columns."""

    colored = Signal()
    """The regions are colored by something else."""

    step = Signal(str)
    """Running step; "" when idle."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.panel = panel
        self.table: RegionTable | None = None
        self.coloring: Coloring | None = None
        self.painted = np.zeros(0)
        """Numbers by rank as they are drawn: of own voxels, or of all below."""
        self.listed: dict[str, ListedValues] = {}
        """Values from files, by the name of the column."""
        self._kept: tuple[RegionTable, Coloring | None, dict[str, ListedValues]] | None = None
        """Table of the atlas that was closed last; it comes back with it."""
        self.background = BackgroundJob(self)
        self.background.step.connect(self.step)
        panel.busy.follow(self.background)
        self.background.failed.connect(self.panel.show_error)
        panel.session.shown.connect(self._on_shown)
        panel.session.forgotten.connect(self._forget)
        self.files = RegionFiles(self)
        panel.value_legend.back.clicked.connect(self.use_atlas_colors)

    # ---- The atlas -------------------------------------------------------------------------

    @property
    def display(self) -> AtlasDisplay | None:
        """The atlas that is shown."""
        return self.panel.display

    @property
    def busy(self) -> bool:
        """Whether a measurement is running."""
        return self.background.busy

    def stop(self) -> None:
        """Stop the running measurement."""
        self.background.stop()

    def _forget(self) -> None:
        self.stop()
        if self.table is not None:
            self._kept = self.table, self.coloring, self.listed
            self.files.values = []
        self.table, self.coloring, self.listed = None, None, {}
        self.panel.value_legend.show_scale("", None, False)
        self.table_changed.emit()
        self.colored.emit()

    def _on_shown(self, display: AtlasDisplay) -> None:
        self._forget()
        display.colors_changed.connect(self._on_colors)
        display.view.changed.connect(self._on_view)
        kept, self._kept = self._kept, None
        if kept is not None and kept[0].atlas is display.atlas:
            self.table, coloring, self.listed = kept
            self.table_changed.emit()
            if coloring is not None:
                self._paint(coloring)

    def _on_colors(self) -> None:
        display = self.display
        if display is not None:
            self.panel.tree.set_swatches(display.color_of)

    def _on_view(self) -> None:
        """Paint again where another depth lets regions stand for their parts, or no longer."""
        coloring = self.coloring
        if coloring is not None and self.display is not None:
            now = self._as_drawn(coloring.values, coloring.own)
            if not np.array_equal(now, self.painted, equal_nan=True):
                self._paint(coloring)

    # ---- The table -------------------------------------------------------------------------

    def make_table(self) -> None:
        """Measure the regions unless that has been done."""
        if self.table is None and self.display is not None and not self.busy:
            self.with_table("Measuring the regions", lambda table, report: table, lambda _: None)

    def with_table(
        self, what: str, work: Callable[[RegionTable, Progress], Any], done: Callable[[Any], None]
    ) -> None:
        """Run a function on the table; make the table first where there is none."""
        display = self.display
        if display is None:
            return
        atlas = display.atlas

        def run(report: Progress) -> tuple[RegionTable, Any]:
            report(0)
            table = RegionTable.of(atlas) if self.table is None else self.table
            return table, work(table, report)

        def finish(result: tuple[RegionTable, Any]) -> None:
            if self.display is not display:
                return
            table, answer = result
            if self.table is None:
                self.table = table
                self.table_changed.emit()
            done(answer)

        self.background.add(what, run, finish)

    def add_column(self, column: Column) -> None:
        """Add a column to the table."""
        if self.table is not None:
            self.table.add(column)
            self.table_changed.emit()

    def add_columns(self, columns: Sequence[Column]) -> None:
        """Add columns to the table."""
        for column in columns:
            self.add_column(column)

    def remove_columns(self, columns: Sequence[Column]) -> None:
        """Remove columns from the table, by their names."""
        for column in columns:
            names = [c.name for c in self.table.columns] if self.table is not None else []
            if column.name in names:
                self.remove_column(names.index(column.name))

    def remove_column(self, at: int) -> None:
        """Remove an added column; colors by it stay until they are changed."""
        if self.table is not None:
            self.listed.pop(self.table.columns[at].name, None)
            self.table.remove(at)
            self.table_changed.emit()

    def add_layer_column(self, request: LayerRequest) -> None:
        """Compute a column from a layer in a worker, and add it."""
        display = self.display
        if display is None:
            return
        self.with_table(
            f"Measuring {request.name} in every region",
            lambda table, report: request.column(table.atlas, report),
            self.add_column,
        )

    # ---- Colors ---------------------------------------------------------------------------

    def values_of(self, at: int) -> NDArray[np.float64]:
        """Return a column's numbers by rank; in files, unlisted regions inherit from above.

        Raises
        ------
        ArgumentError
            If the column holds texts.
        """
        if self.table is None or not self.table.columns[at].numeric:
            raise ArgumentError("choose a column of numbers")
        listed = self.listed.get(self.table.columns[at].name)
        return self.table.by_rank(at) if listed is None else listed.filled_down()

    def own_of(self, at: int) -> NDArray[np.float64]:
        """Return a column's numbers of the regions' own voxels; as `values_of` for files."""
        if self.table is None or self.table.columns[at].name in self.listed:
            return self.values_of(at)
        return self.table.own_by_rank(at)

    def color_by(self, at: int) -> None:
        """Color the regions by a column, scaled to the range of the drawn regions."""
        if self.table is None or self.display is None:
            return
        try:
            values, own = self.values_of(at), self.own_of(at)
            old = self.coloring.scale if self.coloring is not None else None
            name = old.name if old is not None else "viridis"
            scale = self._fit_scale(values, own, name, False)
        except AtlasError as exc:
            self.panel.show_error(exc)
            return
        column = self.table.columns[at]
        self._paint(Coloring(column.name, column.title, values, own, scale))

    def color_again(self, column: str, scale: ColorScale) -> None:
        """Color by the column of a name once it is there, in a scale that was chosen before."""

        def done(_: object) -> None:
            table = self.table
            names = [c.name for c in table.columns] if table is not None else []
            if table is not None and column in names:
                at = names.index(column)
                values, own = self.values_of(at), self.own_of(at)
                self._paint(Coloring(column, table.columns[at].title, values, own, scale))

        self.with_table("Coloring the regions", lambda table, report: None, done)

    def rescale(self, name: str, log: bool, limits: tuple[float, float] | None) -> None:
        """Color the same numbers by another map or other limits; None fits the limits again.

        Raises
        ------
        ArgumentError
            If the limits make no scale.
        """
        old = self.coloring
        if old is None:
            return
        scale = (
            self._fit_scale(old.values, old.own, name, log)
            if limits is None
            else ColorScale(*limits, name, log)
        )
        self._paint(replace(old, scale=scale))

    def use_atlas_colors(self) -> None:
        """Restore the atlas's own colors."""
        self.coloring = None
        if self.display is not None:
            self.display.set_colors(None)
        self.panel.value_legend.show_scale("", None, False)
        self.colored.emit()

    def _fit_scale(
        self, values: NDArray[np.float64], own: NDArray[np.float64], name: str, log: bool
    ) -> ColorScale:
        """Fit a scale to the drawn regions; a few that stand out do not take all the colors."""
        drawn = self._find_drawn_values(values, own)
        numbers = drawn[np.isfinite(drawn)]
        if log:
            numbers = numbers[numbers > 0]
        if not len(numbers):
            return ColorScale.fitted(values, name, log)
        low, high = np.percentile(numbers, SPAN, method="nearest")
        return ColorScale.fitted(np.clip(numbers, low, high), name, log)

    def _find_drawn_values(
        self, values: NDArray[np.float64], own: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the numbers of the regions that are drawn now, as which voxels are seen."""
        display = self.display
        if display is None:
            return values
        drawn = np.unique(display.view.drawn()[display.atlas.ranks.counts > 0])
        return self._as_drawn(values, own)[drawn[drawn > 0]]

    def _as_drawn(
        self, values: NDArray[np.float64], own: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the number of what is drawn as each rank: its own voxels, or all below it."""
        display = self.display
        if display is None:
            return values
        return np.where(display.view.stands_for_parts(), values, own)

    def _paint(self, coloring: Coloring) -> None:
        if self.display is None:
            return
        self.coloring = coloring
        self.painted = self._as_drawn(coloring.values, coloring.own)
        self.display.set_colors(coloring.scale.rank_table(self.painted))
        drawn = self._find_drawn_values(coloring.values, coloring.own)
        missing = bool(np.isnan(drawn).any())
        self.panel.value_legend.show_scale(coloring.title, coloring.scale, missing)
        self.colored.emit()

    def actions(self) -> list[RegionAction]:
        """Return the table's actions for the tree's keys and menu."""
        return [
            RegionAction(
                "Table of regions", "Ctrl+Shift+R", lambda _: self.panel.show_page("table")
            )
        ]
