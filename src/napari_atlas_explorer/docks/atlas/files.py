"""Opening files of region values, points and lines in the open atlas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.notifications import show_info
from numpy.typing import NDArray
from qtpy.QtWidgets import QFileDialog

from ...analysis.dropped import Drop, Kind
from ...analysis.points.choice import PointsChoice, first_choice
from ...analysis.points.counts import count_points
from ...analysis.values.region_table import Column, RegionTable
from ...core.regions.listed_values import ListedValues
from ...core.text import as_plain, grouped
from ...formats.points.reader import POINT_SUFFIXES, PointsFile, open_points
from ...formats.tables.region_values import VALUE_SUFFIXES, ValuesFile, read_values
from ...viewer.points import ImportedPoints, import_points
from ...viewer.user_layers import describe_counts, import_columns, listed_column
from ..common.background import Progress

if TYPE_CHECKING:
    from .analysis import RegionAnalysis

VALUES_FILTER = f"Tables ({' '.join(f'*{s}' for s in VALUE_SUFFIXES)});;All files (*)"
POINTS_FILTER = f"Points ({' '.join(f'*{s}' for s in POINT_SUFFIXES)});;All files (*)"


class RegionFiles:
    """Opener of value and point files for the atlas that a panel shows.

    Parameters
    ----------
    analysis
        Receiver of their columns and colors.
    """

    def __init__(self, analysis: RegionAnalysis) -> None:
        self.values: list[Path] = []
        """Files of values whose columns are in the table."""
        self._analysis = analysis
        self._panel = analysis.panel

    @property
    def accepted_kinds(self) -> tuple[Kind, ...]:
        """Kinds of tables that go into the open atlas."""
        if self._analysis.display is None:
            return ()
        assumptions = self._analysis.display.atlas.assumptions
        # An atlas without names takes a table of names and numbers as its regions.
        nameless = any(assumption.quantity == "hierarchy" for assumption in assumptions)
        return ("points",) if nameless else ("points", "values")

    def take_dropped(self, drop: Drop) -> bool:
        """Open dropped lines, values or points; return False for other files."""
        if drop.kind == "lines":
            self._panel.show_page("lines").open_paths(drop.paths)
        elif drop.kind == "values":
            self.open_values(drop.paths[0])
        elif drop.kind == "points":
            self.open_points(drop.paths[0])
        else:
            return False
        return True

    def ask_values(self) -> None:
        """Ask for a file of values by region."""
        chosen, _ = QFileDialog.getOpenFileName(self._panel, "Values by region", "", VALUES_FILTER)
        if chosen:
            self.open_values(Path(chosen))

    def ask_points(self) -> None:
        """Ask for a file of points."""
        chosen, _ = QFileDialog.getOpenFileName(self._panel, "Points", "", POINTS_FILTER)
        if chosen:
            self.open_points(Path(chosen))

    def open_values(self, path: Path) -> None:
        """Add the columns of a file of values to the table, and color by the first."""

        def work(table: RegionTable, report: Progress) -> tuple[ValuesFile, list[ListedValues]]:
            file = read_values(path)
            return file, [file.match_regions(name, table.atlas.ranks) for name in file.columns]

        def done(result: tuple[ValuesFile, list[ListedValues]]) -> None:
            file, values = result
            table = self._analysis.table
            if table is None:
                return
            first = None
            for name, listed in zip(file.columns, values, strict=True):
                about = (
                    f"{name} of {path.name}; a region that the file does not list is colored as "
                    f"the nearest one above it"
                )
                column = listed_column(name, listed.values, about, listed.rank_volume)
                base = {c.name for c in table.columns[: table.n_base]}
                if column.name in base:
                    # The table's own columns keep their names.
                    column = replace(
                        column, name=f"{path.stem} {name}", title=f"{path.stem} {name}"
                    )
                at = table.add(column)
                self._analysis.listed[column.name] = listed
                first = at if first is None else first
            self.values.append(path.absolute())
            self._analysis.table_changed.emit()
            if first is not None:
                self._analysis.color_by(first)
            _report_values(path, values[0])

        self._analysis.with_table(f"Reading {path.name}", work, done)

    def open_points(self, path: Path) -> None:
        """Read a file of points and ask what its numbers mean."""
        display = self._analysis.display
        if display is None:
            return

        def ask(file: PointsFile) -> None:
            from .points_form import PointsImportForm

            if self._analysis.display is not display:
                return
            form = PointsImportForm(display.atlas, file, self._panel)
            form.chosen.connect(self.import_points)
            # The dialog closes with the atlas.
            self._panel.session.shown.connect(form.reject)
            self._panel.session.forgotten.connect(form.reject)
            form.open()

        def read(_: Any) -> PointsFile:
            file = open_points(path)
            # Raises where the positions have no place in the atlas: there is nothing to ask.
            first_choice(file, display.atlas)
            return file

        self._analysis.background.start(f"Reading {path.name}", read, ask)

    def import_again(self, path: Path, choice: PointsChoice) -> None:
        """Import a file of points by choices that were made before."""

        def read() -> tuple[PointsFile, NDArray[np.float64]]:
            file = open_points(path)
            return file, file.read(choice.columns or ()).numbers

        self._place_points(f"Reading {path.name}", read, choice)

    def import_points(
        self,
        file: PointsFile,
        choice: PointsChoice,
        coordinates: NDArray[np.float64],
        color: bool = False,
    ) -> None:
        """Add points and their counts, by choices that are complete; color by their density."""
        what = f"Placing {grouped(len(coordinates))} points"
        self._place_points(what, lambda: (file, coordinates), choice, color)

    def _place_points(
        self,
        what: str,
        read: Callable[[], tuple[PointsFile, NDArray[np.float64]]],
        choice: PointsChoice,
        color: bool = False,
    ) -> None:
        display = self._analysis.display
        if display is None:
            return
        atlas = display.atlas

        def work(_: RegionTable, report: Progress) -> tuple[ImportedPoints, Any, list[Column]]:
            from napari.layers import Layer

            file, coordinates = read()
            names = file.names or tuple(f"column {k}" for k in range(file.n_columns))
            chosen = [names[k] for k in choice.columns or ()]
            choices = {
                "file": str(file.path.absolute()),
                "columns": [chosen[k] for k in choice.order or ()],
                "choice": choice,
            }
            name = file.path.stem
            imported = import_points(atlas, name, coordinates, choice.frame(), choices, report)
            columns = import_columns(atlas, name, imported.placed)
            return imported, Layer.create(*imported.layer), columns

        def done(result: tuple[ImportedPoints, Any, list[Column]]) -> None:
            imported, layer, columns = result
            self._panel.steps.add_import(
                layer,
                lambda: self._analysis.add_columns(columns),
                lambda: self._analysis.remove_columns(columns),
            )
            table = self._analysis.table
            if color and table is not None:
                # The last of an import's columns: a count alone would show how large regions are.
                names = [column.name for column in table.columns]
                self._analysis.color_by(names.index(columns[-1].name))
            counts = count_points(atlas.ranks, None, imported.placed)
            _notify(f"{layer.name}: {describe_counts(counts)}{_describe_omissions(imported)}")

        self._analysis.with_table(what, work, done)


def _describe_omissions(imported: ImportedPoints) -> str:
    text = ""
    if imported.not_numbers:
        text += f"; {grouped(imported.not_numbers)} rows without three numbers"
    if imported.every > 1:
        text += f"; every {imported.every}th is drawn"
    return text


def _report_values(path: Path, listed: ListedValues) -> None:
    text = f"{path.name}: {grouped(int(listed.listed.sum()))} regions"
    if listed.unknown:
        some = ", ".join(listed.unknown[:5]) + (", …" if len(listed.unknown) > 5 else "")
        text += f"; {grouped(len(listed.unknown))} not in the atlas: {some}"
    _notify(text)


def _notify(text: str) -> None:
    show_info(as_plain(text))
