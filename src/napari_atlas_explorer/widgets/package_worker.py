"""Makes a package beside the window, stage by stage."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QObject, Signal

from ..core.package import Package
from ..plugin.package_request import PackageRequest
from ..plugin.package_run import Outcome, run_request
from .background import Background, Report

PERCENT = 100


class PackageWorker(QObject):
    """One package at a time.

    Parameters
    ----------
    parent
        As for every object of Qt.
    """

    stage = Signal(int, str)
    """Percentage and what is being done."""

    busy_changed = Signal(bool)

    failed = Signal(object)
    """The exception."""

    _said = Signal(object, int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._background.failed.connect(self.failed)
        self._background.step.connect(lambda text: self.busy_changed.emit(bool(text)))
        self._current: object = None
        self._said.connect(self._on_said)

    @property
    def busy(self) -> bool:
        """Whether a package is being made."""
        return self._background.busy

    def start(
        self,
        request: PackageRequest,
        package: Package | None,
        faulty: bool,
        done: Callable[[Outcome], None],
    ) -> None:
        """Make a package; what came of it is given to a function in the window's thread."""
        token = self._current = object()
        last = (-1, "")

        def work(tell: Report) -> Outcome:
            def progress(share: float, what: str) -> None:
                nonlocal last
                tell(share)  # raises when it was stopped
                now = (int(PERCENT * share), what)
                if now != last:
                    last = now
                    self._said.emit(token, *now)

            return run_request(request, package, progress, faulty)

        self._background.start("Packaging", work, done)

    def stop(self) -> None:
        """Stop at the next step; what was begun is put away."""
        self._current = None
        self._background.stop()

    def _on_said(self, token: object, percent: int, what: str) -> None:
        if token is self._current and self.busy:
            self.stage.emit(percent, what)
