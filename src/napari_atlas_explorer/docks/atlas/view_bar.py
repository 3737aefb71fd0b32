"""Controls for drawing the annotation: search, depth, hemispheres, fill, borders."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from urllib.parse import quote, unquote

from qtpy.QtCore import QEvent, QObject, QSignalBlocker, QStringListModel, Qt, Signal
from qtpy.QtGui import QKeyEvent
from qtpy.QtWidgets import (
    QApplication,
    QCheckBox,
    QCompleter,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from ...core.query.completion import complete
from ...core.query.parser import is_expression
from ...core.query.region_search import SearchResult
from ...core.query.tokens import QueryError
from ...core.regions.region_map import RegionMap
from ...core.space.hemispheres import LEFT, RIGHT
from ...viewer.display import AtlasDisplay
from ..common.widgets import plain_tip, without_margins

LINK = "search:"
PERCENT, FILL_WIDTH = 100, 60
MOST_LETTERS = 60
"""Of a name that is offered."""

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
    fill_changed = Signal(float)
    """Opacity of the regions, 0 to 1."""

    borders_changed = Signal(bool)
    search_left = Signal()
    """Return or Down was pressed in the search box."""

    def __init__(self, parent: object = None) -> None:
        super().__init__(parent)
        layout = without_margins(QVBoxLayout(self), 4)
        self.search = QLineEdit()
        self.search.setObjectName("search")
        self.search.setPlaceholderText("Search a region, or x y z")
        self.search.setAccessibleName("Search regions")
        self.search.setClearButtonEnabled(True)
        self.search.setToolTip(
            "Acronym, name, synonym or id, words in any order; three numbers are a position.\n"
            "Also: AP -2.1 ML 1.5 DV -3.2 @bregma-ibl, voxel 110 41 55, CA1 left.\n"
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
        self.link_color = ""
        """Color of links, by the theme."""
        self.note = QLabel("")
        self.note.setObjectName("search_note")
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.RichText)
        # A long word must not widen the panel.
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.note.setTextInteractionFlags(
            Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.note.linkActivated.connect(self._on_link)
        self.note.setVisible(False)
        layout.addWidget(self.note)

        self.depth = QSlider(Qt.Orientation.Horizontal)
        self.depth.setObjectName("depth")
        self.depth.setAccessibleName("Depth of the hierarchy")
        self.depth.setPageStep(1)
        self.depth.setToolTip(
            "Depth: collapse the annotation to this level of the hierarchy.\n"
            "Depths of different atlases cannot be compared."
        )
        self.depth.valueChanged.connect(self._on_depth)
        self.depth_label = QLabel("finest")
        self.depth_label.setMinimumWidth(self.fontMetrics().horizontalAdvance("level 99"))
        self.left, self.right = (self._make_hemisphere_button(t) for t in ("L", "R"))
        self.left.clicked.connect(lambda: self._on_hemisphere(LEFT))
        self.right.clicked.connect(lambda: self._on_hemisphere(RIGHT))
        self.fill = QSlider(Qt.Orientation.Horizontal)
        self.fill.setObjectName("fill")
        self.fill.setAccessibleName("Fill of the regions")
        self.fill.setToolTip("How much the regions cover the image below")
        self.fill.setRange(0, PERCENT)
        self.fill.setFixedWidth(FILL_WIDTH)
        self.fill.valueChanged.connect(lambda value: self.fill_changed.emit(value / PERCENT))
        self.borders = QCheckBox("borders")
        self.borders.setToolTip("Draw the borders of the regions as thin lines in the section")
        self.borders.toggled.connect(self.borders_changed)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.depth, 1)
        row.addWidget(self.depth_label)
        row.addWidget(self.left)
        row.addWidget(self.right)
        row.addWidget(QLabel("fill"))
        row.addWidget(self.fill)
        row.addWidget(self.borders)
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
        self.depth_label.setText("finest" if view.depth is None else f"level {view.depth}")
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

    def show_fill(self, opacity: float) -> None:
        """Set the slider to the opacity of the regions."""
        with QSignalBlocker(self.fill):
            self.fill.setValue(round(PERCENT * opacity))

    def show_matches(self, result: SearchResult, total: int, active: bool) -> None:
        """Show how many regions match, and what else to search for where none does."""
        self._show_count(f"{result.count} of {total}" if active else "")
        if not active or (result.count and not result.offers):
            self.show_note("")
            return
        links = " or ".join(self._make_link(offer, offer) for offer in result.offers)
        offer = f"did you mean {links}?" if links else self._make_link("", "show all")
        self.show_note(f"no region matches{' exactly' * bool(result.count)}; {offer}", True)

    def show_note(self, text: str, rich: bool = False) -> None:
        """Show a line below the search box, in the place of the count where it is no match."""
        if text and not rich:
            self._show_count("")
        self.note.setText(text if rich else escape(text))
        self.note.setVisible(bool(text))

    def show_problem(self, problem: QueryError) -> None:
        """Show where a query is malformed."""
        place = problem.text[problem.start : problem.end] or "the end"
        self.show_note("")
        self._show_count(f"at {place[:12]}: ?", str(problem))

    def _show_count(self, text: str, tip: str = "") -> None:
        self.match_count.setText(text)
        self.match_count.setToolTip(plain_tip(tip))
        self.match_count.setVisible(bool(text))

    def _make_link(self, text: str, label: str) -> str:
        """Return a link that searches for a text; names of regions come from files."""
        style = f'style="color: {self.link_color}"'
        shown = label if len(label) <= MOST_LETTERS else f"{label[: MOST_LETTERS - 1]}…"
        return f'<a href="{LINK}{quote(text)}" {style}>{escape(shown)}</a>'

    # ---- To the model ----------------------------------------------------------------------

    def _on_depth(self, value: int) -> None:
        self.depth_changed.emit(None if value >= self.depth.maximum() else value)

    def _on_link(self, target: str) -> None:
        self.search.setText(unquote(target.removeprefix(LINK)))
        self.search.setFocus()

    def type_key(self, event: QKeyEvent) -> None:
        """Go on typing in the search box: a letter begins anew, Backspace changes what is there."""
        self.search.setFocus()
        if event.text().isalnum():
            self.search.selectAll()
        QApplication.sendEvent(
            self.search, QKeyEvent(event.type(), event.key(), event.modifiers(), event.text())
        )

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
