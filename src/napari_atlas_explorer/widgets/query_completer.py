"""Completions below the search box while a query is typed."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QObject, QStringListModel, Qt
from qtpy.QtWidgets import QCompleter, QLineEdit

from ..core.query import is_expression
from ..core.query_completion import complete
from ..core.regions import RegionMap


class QueryCompleter(QObject):
    """Offers regions and words of the query language for the term that is being typed.

    The beginning of a name needs no offers: the tree shows what matches.

    Parameters
    ----------
    line
        The search box.
    regions
        Gives the hierarchy that is shown, None without one.
    """

    def __init__(self, line: QLineEdit, regions: Callable[[], RegionMap | None]) -> None:
        super().__init__(line)
        self._regions = regions
        self.model = QStringListModel(self)
        completer = QCompleter(self.model, self)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        line.setCompleter(completer)
        line.textEdited.connect(self.update)

    def update(self, text: str) -> None:
        """Offer what the text could become."""
        regions = self._regions()
        if regions is None or not is_expression(text):
            self.model.setStringList([])
            return
        offers = complete(text, regions)
        self.model.setStringList([text[: o.start] + o.text for o in offers])
