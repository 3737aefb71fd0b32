"""The atlas panel and its layout."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari.utils.notifications import show_error, show_info
from qtpy.QtCore import QEvent, QSize, Qt, QTimer
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ...analysis.dropped import decide_drop
from ...core.errors import AtlasError
from ...core.text import as_plain
from ...viewer.display import AtlasDisplay
from ...viewer.history import LayerSteps
from ...viewer.session_file import SUFFIX
from ...viewer.summary import counts, credit, facts, facts_tooltip, open_questions
from ..common.background import BackgroundJob, BusyLine
from ..common.error_messages import ErrorLine, UncaughtErrors, error_text, is_unexpected
from ..common.page import MouseCallback, ThemedWidget
from ..common.pages import PAGES, PANELS, REGIONS, frame_of, make_page, panel_of
from ..common.widgets import (
    ElidedLabel,
    LowScrollArea,
    LowStack,
    fill_column,
    make_button,
    make_flow,
    plain_tip,
    without_margins,
)
from .actions import CanvasKeys, help_text, install, region_actions
from .analysis import RegionAnalysis
from .drawing import DrawingControls
from .figures import FigureSaver
from .frame_choice import FrameChoice
from .header import AssumptionChips, ValueLegend
from .hover import HoverReader, RegionStrip, dock_strip
from .masks import MaskOperations
from .menus import MoreMenu
from .napari_saving import SavedFileCheck
from .opening import CanvasDrops, OpenDialogs
from .overrides_form import NamesForm, OverridesForm
from .planes import KEYS, PlaneBar, PlaneChoice
from .saved_session import SessionKeeper, latest_session
from .search import SearchController
from .selection import SelectionBar, SelectionController
from .session import AtlasSession
from .start_page import RecentKeeper, StartPage
from .tree import RegionTreeWidget
from .view_bar import QueryCompleter, ViewBar

if TYPE_CHECKING:
    import napari


def open_panel(viewer: napari.Viewer | None = None) -> AtlasPanel:
    """Return the panel of a viewer, to be put into a dock; make it the first time.

    napari calls this for the Plugins menu, ``napari -w`` and ``add_plugin_dock_widget``, which
    name their docks differently: a panel that is docked already moves to the new dock, so that
    no viewer has two.

    Parameters
    ----------
    viewer
        The viewer; the current one by default.
    """
    import napari

    viewer = napari.current_viewer() if viewer is None else viewer
    if viewer is None:
        raise AtlasError("there is no viewer; make a napari.Viewer first")
    panel = panel_of(viewer)
    if panel is None:
        return AtlasPanel(viewer)
    if frame_of(panel) is not None:
        viewer.window.remove_dock_widget(panel)
    return panel


class AtlasPanel(ThemedWidget):
    """The panel of a viewer: atlas, pages, and the strip below the canvas.

    Closing its dock hides it; the next request shows it as it was.

    Parameters
    ----------
    viewer
        The viewer.
    """

    LEAST, SHARE = 395, 0.25
    """Width of the dock in pixels, and as a share of a wide window: names six levels deep fit."""

    def __init__(self, viewer: napari.Viewer) -> None:
        super().__init__(viewer)
        PANELS.add(self)
        self.busy, self.error = BusyLine(), ErrorLine()
        self._uncaught = UncaughtErrors(self.error)
        self._siding = BackgroundJob(self)
        self.session = AtlasSession(viewer, self)
        self.steps = LayerSteps(viewer, self.session.history)
        self.made: dict[str, QWidget] = {}
        """Pages by name that have been shown."""
        self._window_of: Callable[[], QWidget | None] = lambda: None
        """Gives the window, held weakly: its wrapper holds napari's viewer."""
        self._is_new = True
        self.setAcceptDrops(True)
        self.setMinimumWidth(340)
        # Expanding: napari adds a stretch below a plugin's dock.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self._build()
        self.selecting = SelectionController(self)
        self.searching = SearchController(self)
        self.sessions = SessionKeeper(self)
        self.masks = MaskOperations(viewer, self.steps, self.show_error, self)
        self.busy.follow(self.masks.job)
        self.completer = QueryCompleter(
            self.bar.search, lambda: self.display.atlas.region_map if self.display else None
        )
        self.hover = HoverReader(self)
        self.frames = FrameChoice(self)
        self.planes = PlaneChoice(self)
        self.drawing = DrawingControls(self.session, self.bar, self.hover)
        self.dialogs = OpenDialogs(self)
        self._drops = CanvasDrops(self)
        self._saved_files = SavedFileCheck(self)
        self.figures = FigureSaver(self)
        self.analysis = RegionAnalysis(self)
        self._actions = [
            *region_actions(lambda: self.display),
            *self.selecting.actions(),
            *self.analysis.actions(),
        ]
        install(self.tree, self._actions, self.tree.selected_ranks)
        self._connect_actions()
        self._canvas_keys = CanvasKeys(viewer)
        self._connect()
        self._add_shortcuts()
        self.recents = RecentKeeper(self)
        self.start.set_resumed(latest_session())
        self.session.adopt_present()

    # ---- Building --------------------------------------------------------------------------

    def _build(self) -> None:
        self.title = ElidedLabel("Atlas Explorer")
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self.title.setFont(font)
        open_button = make_button("Open", "Open an atlas: folder, file, sample or a recent one")
        open_button.setObjectName("open")
        more_button = make_button("⋯", "Datasets, imports, masks, session, settings, keys")
        more_button.setFixedWidth(32)
        more_button.setAccessibleName("More")
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(open_button)
        head.addWidget(more_button)
        self.facts = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.counts = ElidedLabel("", elide=Qt.TextElideMode.ElideRight)
        self.chips = AssumptionChips(self.colors)
        self.restore_colors = QPushButton("Restore the atlas's colors")
        self.restore_colors.setVisible(False)
        self.value_legend = ValueLegend(self.colors)
        self.strip = RegionStrip(self.colors, self)
        self.strip.setVisible(False)
        self.buttons = QButtonGroup(self)
        row = [self._make_page_button(name) for name in PAGES]
        self.stack = LowStack()
        self.stack.addWidget(self._build_regions())
        self.made[REGIONS] = self.pages
        self.plane_bar = PlaneBar()
        lines = self.facts, self.counts, self.chips, self.restore_colors, self.value_legend
        pages = make_flow(*row, spacing=2), self.error, self.stack, self.busy
        column = fill_column(self, head, *lines, self.plane_bar, *pages, stretched=(self.stack,))
        column.setContentsMargins(8, 6, 8, 6)
        self.more = MoreMenu(self)
        open_button.setMenu(self.more.open_menu)
        more_button.setMenu(self.more.menu)
        self.facts.setVisible(False)
        self.counts.setVisible(False)
        self.show_page(REGIONS)
        self._apply_colors()

    def _make_page_button(self, name: str) -> QPushButton:
        title, purpose, _ = PAGES[name]
        button = make_button(title, purpose)
        button.setObjectName(f"page_{name}")
        button.setCheckable(True)
        button.setStyleSheet("QPushButton {padding: 2px 7px;}")
        button.clicked.connect(lambda: self.show_page(name))
        self.buttons.addButton(button)
        return button

    def _build_regions(self) -> QWidget:
        """Build the page of regions: where to start, or the tree with its controls."""
        self.bar = ViewBar()
        self.tree = RegionTreeWidget(self.colors)
        self.selection_bar = SelectionBar()
        browse = QWidget()
        column = without_margins(QVBoxLayout(browse), 6)
        column.addWidget(self.bar)
        column.addWidget(self.tree, 1)
        column.addWidget(self.selection_bar)
        self.start = StartPage(self.viewer)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.start)
        self.pages.addWidget(browse)
        return self.pages

    def _connect(self) -> None:
        self._siding.failed.connect(self.show_error)
        self.busy.follow(self._siding)
        cancel = self.session.cancel
        self.session.step.connect(lambda text: self.busy.show_step(cancel, text))
        self.session.share.connect(lambda share: self.busy.show_share(cancel, share))
        self.session.shown.connect(self._on_shown)
        self.session.forgotten.connect(self._on_forgotten)
        self.session.failed.connect(self._on_refused)
        self.session.choice.connect(self.dialogs.ask_which)
        self.start.sample_requested.connect(self.open_sample)
        self.start.folder_requested.connect(self.dialogs.ask_folder)
        self.start.file_requested.connect(self.dialogs.ask_file)
        self.start.path_requested.connect(lambda p: self.dialogs.open_instead(Path(p)))
        self.start.download_requested.connect(self.more.opening.show_download)
        self.start.back_requested.connect(self.session.bring_back)
        self.bar.depth_changed.connect(self._make_view_call("set_depth"))
        self.bar.hemisphere_changed.connect(self.set_hemisphere)
        self.tree.shown_changed.connect(self._on_check)
        self.tree.jump_requested.connect(self.jump_to)
        self.strip.region_clicked.connect(self._reveal)
        self.strip.go_to.clicked.connect(self.searching.focus)
        self.chips.chip_clicked.connect(self._on_chip)
        self.restore_colors.clicked.connect(self._restore_colors)

    def _connect_actions(self) -> None:
        """Let the buttons below the tree do what the row menu does."""
        runs = {action.text: action.run for action in self._actions}
        bar, ranks = self.selection_bar, self.tree.selected_ranks
        for button, text in (
            (bar.show_only, "Show only"),
            (bar.hide_them, "Hide"),
            (bar.go_there, "Jump to"),
            (bar.show_all, "Show all regions"),
        ):
            button.clicked.connect(lambda _=False, run=runs[text]: run(ranks()))

    def _add_shortcuts(self) -> None:
        for keys, slot in (
            ("Ctrl+F", self.searching.focus),
            ("Ctrl+Z", self.session.history.undo),
            ("Ctrl+Shift+Z", self.session.history.redo),
            ("F1", self.more.show_keys),
            *self._plane_keys().items(),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(slot)

    def _plane_keys(self) -> dict[str, Callable[[], None]]:
        return {keys: partial(self.planes.show, name) for name, keys in KEYS.items()}

    # ---- Pages -----------------------------------------------------------------------------

    def get_page(self, name: str) -> Any:
        """Return a page; make it the first time."""
        if name not in self.made:
            page = self.made[name] = make_page(self, name)
            self.stack.addWidget(page if page.SCROLLS else LowScrollArea(page))
        return self.made[name]

    def show_page(self, name: str) -> Any:
        """Bring a page to the front; return it."""
        self.get_page(name)
        self.stack.setCurrentIndex(list(self.made).index(name))
        self.buttons.buttons()[list(PAGES).index(name)].setChecked(True)
        return self.made[name]

    @property
    def page(self) -> str:
        """Name of the page that is in front."""
        names: list[str] = list(self.made)
        return names[int(self.stack.currentIndex())]

    def _reveal(self, rank: int) -> None:
        self.show_page(REGIONS)
        self.tree.reveal(rank)

    # ---- The dock --------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether the panel is in a dock; a closed one answers neither mouse nor keys."""
        return frame_of(self) is not None

    def event(self, event: QEvent) -> bool:
        """Notice that napari takes the panel out of its dock."""
        if event.type() == QEvent.Type.ParentChange and self.parent() is None:
            # Later: it may be on its way to another dock, or the whole window is being closed.
            QTimer.singleShot(0, self._keep)
        return bool(super().event(event))

    def _keep(self) -> None:
        """Hide in the window until the next request, with strip and keys."""
        window = self._window_of()
        if window is not None and window.isVisible() and self.parent() is None:
            self.setParent(window)
            self._canvas_keys.release()
            self.viewer.window.remove_dock_widget(self.strip)
            self.strip.setParent(self)
            self.strip.setVisible(False)

    def showEvent(self, event: Any) -> None:  # noqa: N802
        """Take the panel's place in the window."""
        super().showEvent(event)
        frame = frame_of(self)
        if frame is not None and (self._window_of() is None or not self._canvas_keys.bound):
            self._window_of = weakref.ref(frame.parent())
            QTimer.singleShot(0, self._take_place)

    def _take_place(self) -> None:
        """Show the strip and bind the keys; the first time, take a width that fits the window."""
        if not self.is_open:
            return
        keys = {"Ctrl+F": self.searching.focus, **self.tree.keys}
        history = self.session.history
        keys |= {"Ctrl+Z": history.undo, "Ctrl+Shift+Z": history.redo}
        keys |= self._plane_keys()
        self._canvas_keys.bind({**keys, "Ctrl+Shift+C": self.strip.copy_text})
        dock_strip(self.viewer, self.strip)
        frame, window = frame_of(self), self._window_of()
        if window is not None:
            self._drops.follow(window)
            self.sessions.follow(window)
            self.planes.watch(window)
            self._saved_files.follow()
        if self._is_new and frame is not None and isinstance(window, QMainWindow):
            self._is_new = False
            width = max(self.LEAST, round(self.SHARE * window.width()))
            window.resizeDocks([frame], [width], Qt.Orientation.Horizontal)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the preferred size."""
        return QSize(self.LEAST, 720)

    # ---- Opening ---------------------------------------------------------------------------

    @property
    def display(self) -> AtlasDisplay | None:
        """The browsed atlas, None before one is open."""
        return self.session.display

    def open_path(self, path: Path) -> None:
        """Open the atlas at a path; the one shown stays until the new one is read."""
        self.tell("")
        if path.name.lower().endswith(SUFFIX):
            self.sessions.open(path)
            return
        self.sessions.forget()
        self.session.open_path(path)

    def open_sample(self) -> None:
        """Open the sample atlas."""
        self.tell("")
        self.session.open_sample()

    def tell(self, text: str) -> None:
        """Show an error text; "" hides it."""
        self.error.show_text(text)

    def show_error(self, exc: BaseException) -> None:
        """Show an error in the panel and as a notification; the atlas shown stays."""
        self.error.show_error(exc)
        show_error(as_plain(error_text(exc)))

    def _on_refused(self, exc: BaseException) -> None:
        """Show why something was not opened; QA can be asked about it all the same."""
        path = self.session.requested
        self.show_error(exc)
        if path is not None and path.exists() and not is_unexpected(exc):
            check = partial(self._check_refused, path)
            self.error.show_text(error_text(exc), "Check it anyway", check)

    def _check_refused(self, path: Path) -> None:
        self.show_page("qa").check_path(path)

    # ---- Showing ---------------------------------------------------------------------------

    def _on_shown(self, display: AtlasDisplay) -> None:
        atlas = display.atlas
        self.searching.follow(display)
        self.hover.forget()
        self.tree.fill(atlas.ranks, display.color_of, atlas.package.resolution_known)
        self.title.setText(atlas.name)
        self.title.setToolTip(plain_tip(credit(atlas)))
        self.facts.setText(facts(atlas))
        self.facts.setToolTip(plain_tip(facts_tooltip(atlas)))
        self.counts.setText(counts(atlas))
        self.facts.setVisible(True)
        self.counts.setVisible(True)
        self.chips.show_assumptions((*atlas.assumptions, *open_questions(atlas)))
        self.strip.clear()
        self.tell("")
        self.frames.follow(display)
        self.planes.follow(display)
        self.restore_colors.setVisible(False)
        self.bar.search.clear()
        display.view.changed.connect(self._on_view)
        display.colors_lost.connect(self._on_colors_lost)
        self.selecting.follow(display)
        self._on_view()
        self.pages.setCurrentIndex(1)
        self.sessions.restore(display)
        # A first lookup fills caches (transforms, paths): do it before the first hover.
        display.describe_point(display.point_at(self.viewer.dims.point))

    def _on_forgotten(self) -> None:
        self.searching.follow(None)
        self.frames.follow(None)
        self.planes.follow(None)
        self.title.setText("Atlas Explorer")
        self.facts.setVisible(False)
        self.counts.setVisible(False)
        self.chips.show_assumptions(())
        closed = self.session.closed
        self.start.set_closed(closed.atlas.name if closed is not None else "")
        self.recents.refresh()
        self.start.set_resumed(latest_session())
        self.pages.setCurrentIndex(0)
        if closed is not None:
            self.error.show_text(
                f"{closed.atlas.name} is closed: its annotation layer was removed.",
                "Bring it back",
                self.session.bring_back,
            )

    def _on_view(self) -> None:
        if self.display is None:
            return
        self.bar.follow(self.display)
        self.tree.set_checks(self.display.view.check_states())
        self.hover.refresh()

    def _on_colors_lost(self) -> None:
        self.restore_colors.setVisible(True)

    def _restore_colors(self) -> None:
        if self.display is not None:
            self.display.recolor()
        self.restore_colors.setVisible(False)

    # ---- View ------------------------------------------------------------------------------

    def _make_view_call(self, method: str) -> Any:
        def call(value: Any) -> None:
            if self.display is not None:
                getattr(self.display.view, method)(value)

        return call

    def set_hemisphere(self, hemisphere: int | None) -> None:
        """Show one hemisphere or both; the first time, compute hemispheres in a worker."""
        display = self.display
        if display is None:
            return
        if hemisphere is None or not display.needs_hemispheres:
            display.view.set_hemisphere(hemisphere)
            return

        def done(levels: list[Any]) -> None:
            if self.display is display:
                display.use_hemisphere_levels(levels)
                display.view.set_hemisphere(hemisphere)

        self._siding.start(
            "Computing hemispheres", lambda _: display.make_hemisphere_levels(), done
        )

    def _on_check(self, rank: int, shown: bool) -> None:
        if self.display is not None:
            self.display.view.set_shown([rank], shown)

    def jump_to(self, rank: int) -> None:
        """Move the slices through a region."""
        if self.display is not None and not self.display.jump_to(rank):
            acronym = self.display.atlas.region_map.acronym_of_rank(rank)
            show_info(as_plain(f"{acronym} has no voxel in this atlas"))

    @property
    def on_mouse_move(self) -> MouseCallback:
        """Mouse callback of the canvas."""
        return self.hover.on_mouse_move

    # ---- Overrides -------------------------------------------------------------------------

    def _on_chip(self, quantity: str) -> None:
        if quantity in ("resolution", "orientation", "unit", "hemispheres"):
            self.ask_overrides()
        elif quantity == "names":
            self.ask_names()
        elif quantity == "kind":
            self.more.offer_as_image()
        elif self.display is not None:
            assumptions = self.display.atlas.assumptions
            texts = [a.statement for a in assumptions if quantity in (a.quantity, "more")]
            show_info(as_plain("; ".join(texts)))

    def ask_overrides(self) -> None:
        """Ask for orientation, voxel size and midline."""
        if self.display is None:
            return
        form = OverridesForm(self.display.atlas, self)
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form.accepted.connect(lambda: self.session.override(form.read_overrides()))
        form.open()

    def ask_names(self) -> None:
        """Ask for the table that names the regions, and open the atlas with it."""
        if self.display is None or self.session.path is None:
            return
        path = self.session.path
        form = NamesForm(self.display.atlas.package, self)
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form.chosen.connect(lambda table: self.session.open_with_table(path, table))
        form.open()

    # ---- Drops, theme, help ----------------------------------------------------------------

    def open_dropped(self, paths: list[Path]) -> None:
        """Open dropped files; values and points go into the open atlas."""
        self.tell("")
        files = self.analysis.files
        try:
            drop = decide_drop(paths, self.session.path, files.accepted_kinds)
        except AtlasError as exc:
            self.show_error(exc)
            return
        if drop.kind == "session":
            self.open_path(drop.paths[0])
        elif not files.take_dropped(drop):
            if self.display is None or drop.paths[0] == self.session.path:
                self.session.open_dropped(drop)
            else:
                self.dialogs.ask_how(drop)

    def _apply_colors(self) -> None:
        colors = self.colors
        self.setStyleSheet(colors.style_sheet())
        self.tree.set_colors(colors)
        self.strip.set_colors(colors)
        self.value_legend.bar.set_colors(colors)
        self.chips.set_colors(colors)
        self.bar.link_color = colors.link.name()
        self.error.label.setStyleSheet(f"color: {colors.error.name()};")
        self._mute(self.facts, self.counts, self.bar.match_count, self.bar.note)

    def help_text(self) -> str:
        """Return the keys of the panel."""
        return help_text(self._actions)
