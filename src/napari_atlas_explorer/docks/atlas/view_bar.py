"""Controls for drawing the annotation: search with completions, depth, hemispheres, outlines."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QEvent, QObject, QSignalBlocker, QStringListModel, Qt, Signal
from qtpy.QtWidgets import (
    QCheckBox,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from ...core.query.completion import complete
from ...core.query.parser import is_expression
from ...core.query.tokens import QueryError
from ...core.regions.region_map import RegionMap
from ...core.space.hemispheres import LEFT, RIGHT
from ...viewer.display import AtlasDisplay
from ..common.widgets import without_margins

# ---- Query completion ----------------------------------------------------------------------------


class QueryCompleter(QObject):
    """Completer of regions and query words for the term that is being typed.

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
        """Offer completions of the text."""
        regions = self._regions()
        if regions is None or not is_expression(text):
            self.model.setStringList([])
            return
        offers = complete(text, regions)
        self.model.setStringList([text[: o.start] + o.text for o in offers])


class ViewBar(QWidget):
    """Controls of a display's `RegionView`, and the search box."""

    search_changed = Signal(str)
    depth_changed = Signal(object)
    hemisphere_changed = Signal(object)
    outline_changed = Signal(bool)
    search_left = Signal()
    """Return or Down was pressed in the search box."""

    def __init__(self, parent: object = None) -> None:
        super().__init__(parent)
        layout = without_margins(QVBoxLayout(self), 4)
        self.search = QLineEdit()
        self.search.setObjectName("search")
        self.search.setPlaceholderText("Search acronym, name or id")
        self.search.setAccessibleName("Search regions")
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip(
            "Ctrl+F to search, Esc to clear, Return to go to the match.\n"
            "Queries select: CTX - VIS, left:HPF + TH, /layer 1$/, leaf & under:CTX, volume>1"
        )
        self.search.textChanged.connect(self.search_changed)
        self.search.returnPressed.connect(self.search_left)
        self.search.installEventFilter(self)
        self.match_count = QLabel("")
        self.match_count.setObjectName("found")
        self.match_count.setVisible(False)
        row = QHBoxLayout()
        row.addWidget(self.search, 1)
        row.addWidget(self.match_count)
        layout.addLayout(row)

        self.depth = QSlider(Qt.Orientation.Horizontal)
        self.depth.setObjectName("depth")
        self.depth.setAccessibleName("Depth of the hierarchy")
        self.depth.setPageStep(1)
        self.depth.setToolTip(
            "Depth: collapse the annotation to this level of the hierarchy.\n"
            "Depths of different atlases cannot be compared."
        )
        self.depth.valueChanged.connect(self._on_depth)
        self.depth_label = QLabel("leaves")
        self.depth_label.setMinimumWidth(self.fontMetrics().horizontalAdvance("level 99"))
        self.left, self.right = (self._make_hemisphere_button(t) for t in ("L", "R"))
        self.left.clicked.connect(lambda: self._on_hemisphere(LEFT))
        self.right.clicked.connect(lambda: self._on_hemisphere(RIGHT))
        self.outline = QCheckBox("outlines")
        self.outline.setToolTip("Draw outlines instead of filled regions")
        self.outline.toggled.connect(self.outline_changed)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.depth, 1)
        row.addWidget(self.depth_label)
        row.addWidget(self.left)
        row.addWidget(self.right)
        row.addWidget(self.outline)
        layout.addLayout(row)

    def _make_hemisphere_button(self, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setCheckable(True)
        button.setFixedWidth(28)
        hemisphere = {"L": "left", "R": "right"}[text]
        button.setObjectName(hemisphere)
        button.setAccessibleName(f"Show only the {hemisphere} hemisphere")
        return button

    # ---- From the model --------------------------------------------------------------------

    def follow(self, display: AtlasDisplay) -> None:
        """Set the controls to the state and limits of a display's view."""
        view, hemisphere_rule = display.view, display.atlas.hemisphere_rule
        deepest = view.max_depth
        with QSignalBlocker(self.depth):
            self.depth.setRange(0, deepest)
            self.depth.setValue(deepest if view.depth is None else view.depth)
        for widget in (self.depth, self.depth_label):
            # A flat list has nothing to collapse.
            widget.setVisible(deepest > 1)
        self.depth_label.setText("leaves" if view.depth is None else f"level {view.depth}")
        for button, hemisphere in ((self.left, LEFT), (self.right, RIGHT)):
            with QSignalBlocker(button):
                button.setChecked(view.hemisphere == hemisphere)
            button.setEnabled(display.can_show_hemispheres)
            name = "left" if hemisphere == LEFT else "right"
            if hemisphere_rule is None:
                tip = "Hemispheres unknown: set the orientation first (⋯ menu)"
            elif not display.can_show_hemispheres:
                tip = "This atlas has too many regions to show one hemisphere alone"
            else:
                convention = hemisphere_rule.convention
                tip = f"Show only the {name} hemisphere ({convention}); again for both"
            button.setToolTip(tip)

    def show_match_count(self, count: int, total: int, active: bool) -> None:
        """Show how many regions match."""
        self.match_count.setText(f"{count} of {total}" if active else "")
        self.match_count.setToolTip("")
        self.match_count.setVisible(active)

    def show_problem(self, problem: QueryError) -> None:
        """Show where a query is malformed."""
        place = problem.text[problem.start : problem.end] or "the end"
        self.match_count.setText(f"at {place[:12]}: ?")
        self.match_count.setToolTip(str(problem))
        self.match_count.setVisible(True)

    # ---- To the model ----------------------------------------------------------------------

    def _on_depth(self, value: int) -> None:
        self.depth_changed.emit(None if value >= self.depth.maximum() else value)

    def _on_hemisphere(self, hemisphere: int) -> None:
        button = self.left if hemisphere == LEFT else self.right
        self.hemisphere_changed.emit(hemisphere if button.isChecked() else None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Handle keys: Esc clears the search; Down moves to the tree."""
        if watched is self.search and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
            if event.key() == Qt.Key.Key_Down:
                self.search_left.emit()
                return True
        return bool(super().eventFilter(watched, event))
