"""Start page: where to get an atlas, and the recent ones with their pictures."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtGui import QPixmap
from qtpy.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ...atlases.local.recent import SAMPLE, RecentAtlas, forget, recent_atlases, remember
from ...atlases.sample import is_sample
from ...core.atlas.atlas import Atlas
from ...core.text import as_file_name
from ...figures.thumbnail import save_thumbnail
from ...viewer.display import AtlasDisplay
from ...viewer.session_file import SUFFIX
from ..common.background import BackgroundJob
from ..common.page import PanelPart, ThemedWidget
from ..common.theme import PanelColors
from ..common.widgets import ElidedLabel, LowScrollArea, plain_tip, without_margins

if TYPE_CHECKING:
    import napari

    from .panel import AtlasPanel

# ---- One recent atlas ----------------------------------------------------------------------------

WIDTH, HEIGHT = 64, 44
"""Size of a picture in pixels."""
ROW, GAP = HEIGHT + 10, 2
"""Height of a row, and pixels between two."""
DENSITY = 2
"""Pixels of the file for each of these: dense screens show them all."""
STAMP = "%Y%m%d-%H%M%S"
"""Beginning of the name of a session that saved itself."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def describe_day(then: datetime, now: datetime) -> str:
    """Describe when something was: "today 14:05", "yesterday", "12 Nov", "12 Nov 2024"."""
    days = (now.date() - then.date()).days
    if days == 0:
        return f"today {then:%H:%M}"
    if days == 1:
        return "yesterday"
    year = "" if then.year == now.year else f" {then.year}"
    return f"{then.day} {MONTHS[then.month - 1]}{year}"


def describe_recent(atlas: RecentAtlas, now: datetime) -> str:
    """Describe a recent atlas in a line: when it was opened, species, voxel size."""
    sizes = [f"{size:.4g}" for size in atlas.voxel_size]
    size = " × ".join(sizes[:1] if len(set(sizes)) == 1 else sizes)
    species = "made-up brain" if atlas.path == SAMPLE else atlas.species
    when = "" if atlas.opened is None else describe_day(atlas.opened, now)
    return " · ".join(filter(None, (when, species, f"{size} µm" if size else "")))


class TwoLineButton(QPushButton):
    """Button with a picture, a title, and a line of facts below it; both lines are elided."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(ROW)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.picture = QLabel()
        self.picture.setFixedSize(WIDTH, HEIGHT)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = ElidedLabel()
        self.facts = ElidedLabel(elide=Qt.TextElideMode.ElideRight)
        texts = without_margins(QVBoxLayout(), 2)
        texts.addStretch(1)
        texts.addWidget(self.title)
        texts.addWidget(self.facts)
        texts.addStretch(1)
        inner = QHBoxLayout(self)
        inner.setContentsMargins(6, 4, 6, 4)
        inner.setSpacing(10)
        inner.addWidget(self.picture)
        inner.addLayout(texts, 1)
        for label in (self.picture, self.title, self.facts):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_picture(self, atlas: RecentAtlas | None) -> None:
        """Show the picture of an atlas, where there is one."""
        picture = QPixmap("" if atlas is None else str(atlas.picture))
        picture.setDevicePixelRatio(DENSITY)
        self.picture.setPixmap(picture)

    def describe(self, tip: str, verb: str = "") -> None:
        """Set the tooltip, and the name for screen readers from what is shown."""
        self.setToolTip(plain_tip(tip))
        lines = ", ".join(filter(None, (self.title.text(), self.facts.text())))
        self.setAccessibleName(f"{verb} {lines}".strip())


class RecentRow(QWidget):
    """Button of a recent atlas; removable where the atlas is gone."""

    chosen = Signal(str)
    removed = Signal(str)

    def __init__(self, atlas: RecentAtlas, colors: PanelColors, now: datetime) -> None:
        super().__init__()
        self.atlas = atlas
        self.button = TwoLineButton()
        self.button.clicked.connect(lambda: self.chosen.emit(atlas.path))
        self.button.title.setText(atlas.name)
        self.button.facts.setText(describe_recent(atlas, now))
        self.button.facts.setStyleSheet(f"color: {colors.muted.name()};")
        # On a button's own gray the muted text has a contrast of 4.1 : 1 in the light theme.
        self.button.setStyleSheet(
            "QPushButton {background: transparent; border: 1px solid transparent;"
            " border-radius: 4px;}"
            "QPushButton:hover {background: rgba(128, 128, 128, 40);}"
            f"QPushButton:focus {{border-color: {colors.link.name()};}}"
        )
        self.button.show_picture(atlas)
        self.button.describe("the sample atlas" if atlas.path == SAMPLE else atlas.path, "Open")
        self.remove = QPushButton("Remove")
        self.remove.setAccessibleName(f"Remove {atlas.name} from the recent atlases")
        self.remove.setToolTip("Removes it from this list; no file is touched")
        self.remove.setVisible(False)
        self.remove.clicked.connect(lambda: self.removed.emit(atlas.path))
        row = without_margins(QHBoxLayout(self), 4)
        row.addWidget(self.button, 1)
        row.addWidget(self.remove)

    def show_missing(self, colors: PanelColors) -> None:
        """Say that it is gone; it can only be removed."""
        self.button.setEnabled(False)
        self.remove.setVisible(True)
        title, facts = self.button.title, self.button.facts
        facts.setElideMode(Qt.TextElideMode.ElideMiddle)
        facts.setText(f"not found: {self.atlas.path}")
        title.setStyleSheet(f"color: {colors.muted.name()};")
        facts.setStyleSheet(f"color: {colors.error.name()};")
        self.button.describe(
            f"{self.atlas.path} is not there: moved, or on a disk that is not connected"
        )


# ---- The page ------------------------------------------------------------------------------------


class StartPage(ThemedWidget):
    """Session to continue, recent atlases, and a drop target with the ways to another atlas.

    Parameters
    ----------
    viewer
        The viewer.
    """

    download_requested = Signal()
    folder_requested = Signal()
    file_requested = Signal()
    sample_requested = Signal()
    path_requested = Signal(str)
    back_requested = Signal()
    forget_requested = Signal(str)

    def __init__(self, viewer: napari.Viewer) -> None:
        super().__init__(viewer)
        self._atlases: Sequence[RecentAtlas] = ()
        self._missing: Collection[str] = ()
        self._resumed = ""
        self.rows: list[RecentRow] = []
        self.back = QPushButton()
        self.back.setObjectName("bring_back")
        self.back.setVisible(False)
        self.back.clicked.connect(self.back_requested)
        self.resume = TwoLineButton()
        self.resume.setObjectName("continue")
        self.resume.setVisible(False)
        self.resume.title.setText("Continue where you were")
        self.resume.title.setStyleSheet("font-weight: bold;")
        self.resume.clicked.connect(lambda: self.path_requested.emit(self._resumed))
        self._recent_title = QLabel("Recent")
        inside = QWidget()
        self._recent = without_margins(QVBoxLayout(inside), GAP)
        self._scroll = LowScrollArea(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(8)
        for widget in (self.back, self.resume, self._recent_title):
            layout.addWidget(widget)
        layout.addWidget(self._scroll, 1000)
        layout.addWidget(self._build_target())
        layout.addStretch(1)  # what a few recent atlases leave
        self._apply_colors()

    def _build_target(self) -> QWidget:
        frame = QFrame()
        frame.setObjectName("drop_target")
        frame.setStyleSheet(
            "QFrame#drop_target {border: 2px dashed palette(mid); border-radius: 6px;}"
        )
        title = QLabel("Drop an atlas here")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setBold(True)
        title.setFont(font)
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint = QLabel(
            "a BrainGlobe, VoxelBrain or Allen CCF folder, an archive of one, "
            "or an annotation as NRRD or TIFF"
        )
        self._hint.setWordWrap(True)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.get = QPushButton("Get an atlas…")
        self.get.setToolTip("Atlases that can be downloaded, and those on this computer")
        self.sample = QPushButton("Open the sample atlas")
        self.sample.setToolTip("A made-up mouse brain, to try things out; nothing is downloaded")
        self.folder = QPushButton("Open folder…")
        self.file = QPushButton("Open file…")
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(12, 12, 12, 12)
        inside.setSpacing(8)
        inside.addWidget(title)
        inside.addWidget(self._hint)
        grid = QGridLayout()
        for n, (button, signal) in enumerate(
            (
                (self.get, self.download_requested),
                (self.sample, self.sample_requested),
                (self.folder, self.folder_requested),
                (self.file, self.file_requested),
            )
        ):
            button.clicked.connect(signal)
            grid.addWidget(button, n // 2, n % 2)
        inside.addLayout(grid)
        return frame

    def _apply_colors(self) -> None:
        self._mute(self._recent_title, self._hint)
        self.show_recent(self._atlases, self._missing)

    def set_closed(self, name: str) -> None:
        """Offer to bring back an atlas whose annotation layer was removed; "" for none."""
        self.back.setText(f"Bring back {name}")
        self.back.setToolTip(
            "Its annotation layer was removed, which closes the atlas; nothing else was changed"
        )
        self.back.setVisible(bool(name))

    def set_resumed(self, session: Path | None) -> None:
        """Offer to go on with a session that saved itself; None for none."""
        self.resume.setVisible(session is not None)
        if session is None:
            return
        name, when = session.name.removesuffix(SUFFIX), ""
        stamp, _, rest = name.partition(" ")
        with suppress(ValueError):  # renamed by the user
            when = describe_day(datetime.strptime(stamp, STAMP), datetime.now())
            name = rest
        self.resume.facts.setText(" · ".join(filter(None, (name, when))))
        same = (atlas for atlas in self._atlases if as_file_name(atlas.name) == name)
        self.resume.show_picture(next(same, None))
        self.resume.picture.setVisible(not self.resume.picture.pixmap().isNull())
        self.resume.describe(f"The session that saved itself: {session}")
        self._resumed = str(session)

    def show_recent(self, atlases: Sequence[RecentAtlas], missing: Collection[str] = ()) -> None:
        """List recent atlases; those at missing paths can only be removed."""
        self._atlases, self._missing = atlases, missing
        while (entry := self._recent.takeAt(0)) is not None:
            entry.widget().deleteLater()
        now = datetime.now()
        self.rows = [RecentRow(atlas, self.colors, now) for atlas in atlases]
        for row in self.rows:
            if row.atlas.path in missing:
                row.show_missing(self.colors)
            row.chosen.connect(self._on_chosen)
            row.removed.connect(self.forget_requested)
            self._recent.addWidget(row)
        self._recent_title.setVisible(bool(self.rows))
        self._scroll.setVisible(bool(self.rows))
        # Not by the layout's size hint: rows of a page that is shown already do not count yet.
        self._scroll.setMaximumHeight(len(self.rows) * (ROW + GAP))

    def _on_chosen(self, path: str) -> None:
        if path == SAMPLE:
            self.sample_requested.emit()
        else:
            self.path_requested.emit(path)


# ---- Keeping the list ----------------------------------------------------------------------------


class RecentKeeper(PanelPart):
    """Keeper of the list of recent atlases and of their pictures.

    Parameters
    ----------
    panel
        The atlas panel, whose start page shows them.
    """

    QUIET = 500
    """Milliseconds after which the picture of a shown atlas is drawn: the window comes first."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.drawing = BackgroundJob(self)
        self.looking = BackgroundJob(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(self.QUIET)
        self._timer.timeout.connect(self._draw)
        panel.session.shown.connect(self._on_shown)
        panel.start.forget_requested.connect(self._forget)
        self.refresh()

    def refresh(self) -> None:
        """Show the list at once; look in the background what is gone: a disk may be slow."""
        atlases = recent_atlases()
        self._panel.start.show_recent(atlases)
        paths = [atlas.path for atlas in atlases if atlas.path != SAMPLE]

        def find_missing(_: object) -> set[str]:
            return {path for path in paths if not Path(path).exists()}

        def show(missing: set[str]) -> None:
            if missing:
                self._panel.start.show_recent(atlases, missing)

        if paths:
            self.looking.start("Looking for recent atlases", find_missing, show)

    def _on_shown(self, display: AtlasDisplay) -> None:
        entry = self._describe(display.atlas)
        if entry is not None:
            remember(entry)
            self._timer.start()

    def _describe(self, atlas: Atlas) -> RecentAtlas | None:
        path = self._panel.session.path
        if path is None and not is_sample(atlas.path):
            return None
        species = atlas.metadata.get("species")
        known = atlas.package.resolution_known
        return RecentAtlas(
            SAMPLE if path is None else str(path.resolve()),
            atlas.name,
            datetime.now(),
            str(species) if isinstance(species, str) else "",
            tuple(map(float, atlas.resolution)) if known else (),
        )

    def _draw(self) -> None:
        display = self._panel.display
        entry = self._describe(display.atlas) if display is not None else None
        if display is None or entry is None:
            return
        atlas, picture = display.atlas, entry.picture

        def work(_: object) -> None:
            save_thumbnail(atlas, picture, DENSITY * WIDTH, DENSITY * HEIGHT)

        # Without one the row has no picture, which is not worth an error.
        self.drawing.start("Drawing a picture", work, lambda _: None)

    def _forget(self, path: str) -> None:
        forget(path)
        self.refresh()
