"""The current coordinate frame: chosen in the strip, used by strip, search box and copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtGui import QAction, QActionGroup
from qtpy.QtWidgets import QApplication, QMenu

from ...atlases.local.frames import load_frames
from ...atlases.local.settings import read_config, write_config
from ...core.atlas.atlas import Atlas
from ...core.errors import AtlasError
from ...core.space.frames import Frame, Frames
from ...core.text import micrometers
from ...viewer.display import AtlasDisplay
from ..common.page import PanelPart
from ..common.widgets import plain_tip
from .lookup_text import command_of_position, python_of_position

if TYPE_CHECKING:
    from .panel import AtlasPanel

SETTINGS_FILE = "frame.json"


class FrameChoice(PanelPart):
    """Chooser of the frame in which positions are given."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.frames = Frames([])
        """Of the atlas that is shown."""
        self._remembered = read_config(SETTINGS_FILE)
        self.menu = QMenu(panel)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        strip = panel.strip
        strip.frame_button.setMenu(self.menu)
        copies = QMenu(panel)
        copies.addAction("Copy as text", strip.copy_text)
        copies.addAction("Copy as Python", self.copy_python)
        copies.addAction("Copy as command", self.copy_command)
        strip.copy_as.setMenu(copies)
        self._show_name()

    def follow(self, display: AtlasDisplay | None) -> None:
        """Take the frames of another atlas; the one remembered, if that has it."""
        self.frames = Frames([])
        if display is None:
            return
        try:
            self.frames = load_frames(display.atlas)
        except AtlasError as exc:
            self.frames = display.atlas.frames
            self._panel.show_error(exc)
        display.coordinates = self.frames.get(str(self._remembered)) or self._own
        self._show_name()

    @property
    def _own(self) -> Frame | None:
        """The frame of an atlas whose user chose none: µm, or voxels without their size."""
        return self.frames.get("atlas") or self.frames.get("array")

    @property
    def current(self) -> Frame | None:
        """The frame in which positions are given; None without an atlas of three axes."""
        display = self._panel.display
        return display.coordinates if display is not None else None

    def choose(self, name: str) -> None:
        """Give positions in a frame from now on, and in later windows."""
        display = self._panel.display
        if display is None or name not in self.frames:
            return
        display.coordinates = self.frames[name]
        self._remembered = name
        write_config(SETTINGS_FILE, name)
        self._show_name()
        self._panel.hover.refresh()

    def _show_name(self) -> None:
        frame, button = self.current, self._panel.strip.frame_button
        button.setVisible(frame is not None)
        if frame is not None:
            button.setText(frame.name)
            tip = f"Coordinate frame of positions. {frame.name}: {frame.remarks}"
            button.setToolTip(plain_tip(tip))

    def _fill(self) -> None:
        """List every frame with the position that was looked at last, and how they disagree."""
        self.menu.clear()
        current, position = self.current, self._panel.hover.last_position
        if current is None:
            return
        group = QActionGroup(self.menu)
        apart = _find_distances(self.frames, current, position)
        for name, frame in self.frames.items():
            action = QAction(_describe(frame, position, apart.get(name)), self.menu)
            action.setData(name)
            action.setCheckable(True)
            action.setChecked(frame is current)
            action.setToolTip(plain_tip(frame.remarks))
            action.triggered.connect(lambda _=False, n=name: self.choose(n))
            group.addAction(action)
            self.menu.addAction(action)
        for name, reason in self.frames.unavailable.items():
            action = self.menu.addAction(f"{name}: {reason}")
            action.setEnabled(False)

    # ---- Copies ----------------------------------------------------------------------------

    def copy_python(self) -> None:
        """Copy the Python lines that look up the position that was looked at last."""
        self._copy(python_of_position)

    def copy_command(self) -> None:
        """Copy the command that looks up the position that was looked at last."""
        self._copy(command_of_position)

    def _copy(self, write: Callable[[Atlas, Sequence[float], Frame, Path | None], str]) -> None:
        display, frame = self._panel.display, self.current
        position = self._panel.hover.last_position
        if display is not None and frame is not None and position is not None:
            text = write(display.atlas, position, frame, self._panel.session.path)
            QApplication.clipboard().setText(text)


def _find_distances(
    frames: Frames, current: Frame, position: Sequence[float] | None
) -> dict[str, float]:
    """Return how far frames of one landmark are from the current one, or from the first, µm."""
    first = current if current.landmark else next((f for f in frames.values() if f.landmark), None)
    if first is None or position is None:
        return {}
    return {d.frame.name: d.distance_um for d in frames.compare(first.name, position)[1:]}


def _describe(frame: Frame, position: Sequence[float] | None, apart: float | None) -> str:
    if position is None:
        return f"{frame.name}: {', '.join(str(axis) for axis in frame.axes)}, {frame.unit_word}"
    text = f"{frame.name}: {frame.write(frame.from_world(position).tolist())}"
    return f"{text} ({micrometers(apart)} µm apart)" if apart is not None else text
