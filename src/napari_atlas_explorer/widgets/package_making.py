"""Making the package that a form asks for, and what is offered afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QApplication

from ..core.package import Package
from ..packaging.making import FaultyPackageError
from ..plugin.package_memory import PackageMemory, remember_package
from ..plugin.package_request import PackageRequest, problems
from ..plugin.package_run import COPYING, Outcome, in_window
from .dock_place import frame_of
from .package_worker import PackageWorker

if TYPE_CHECKING:
    from .package_dock import PackageDock

FORM, RESULT = 0, 1
STOPPED = "Cancelled: nothing was kept."
STOPPED_COPYING = "Cancelled: the package is in its folder, but not in BrainGlobe's cache."


class PackageMaking:
    """The run of a package dock, and its page of results.

    Parameters
    ----------
    dock
        The package dock.
    """

    def __init__(self, dock: PackageDock) -> None:
        self._dock = dock
        self._asked: tuple[PackageRequest, Package | None] | None = None
        self._copying = False
        self.worker = PackageWorker(dock)
        dock.run.clicked.connect(lambda: self.start())
        dock.cancel.clicked.connect(self.stop)
        self.worker.busy_changed.connect(self._on_busy)
        self.worker.stage.connect(self._on_stage)
        self.worker.failed.connect(self._on_failed)
        dock.result.open.clicked.connect(self.open_package)
        dock.result.folder.clicked.connect(self.show_folder)
        dock.result.keep.clicked.connect(self.keep_faulty)
        dock.result.back.clicked.connect(self.back)
        QApplication.instance().aboutToQuit.connect(self.worker.stop)

    def start(self, faulty: bool = False) -> None:
        """Make the package that the form asks for."""
        request = self._dock.request()
        if problems(request, self._dock.facts):
            return
        self._make(request, None if request.ingredients is not None else self._dock.package, faulty)

    def _make(self, request: PackageRequest, package: Package | None, faulty: bool) -> None:
        self._asked, self._copying = (request, package), False
        self._remember_now(request)
        self._dock.tell("")
        self._dock.pages.setCurrentIndex(FORM)
        self._dock.bar.setValue(0)
        self._dock.stage.setText("Reading the ingredients")
        self.worker.start(request, package, faulty, self._on_made)
        self._dock.cancel.setFocus()

    def _remember_now(self, request: PackageRequest) -> None:
        packager = request.metadata.get("atlas_packager", "").strip()
        self._dock.memory = PackageMemory(
            request.folder.strip(), request.target, packager or self._dock.memory.packager
        )
        remember_package(self._dock.memory)

    def keep_faulty(self) -> None:
        """Make the package that was not kept once more, and keep it."""
        if self._asked is not None:
            self._make(*self._asked, faulty=True)

    def stop(self) -> None:
        """Stop making the package."""
        if self.worker.busy:
            self.worker.stop()
            self._dock.say(STOPPED_COPYING if self._copying else STOPPED)

    def _on_busy(self, busy: bool) -> None:
        self._dock.busy.setVisible(busy)
        self._dock.buttons.setVisible(not busy and self._dock.pages.currentIndex() == FORM)
        self._dock.inside.setEnabled(not busy)
        self._dock.refresh()

    def _on_stage(self, percent: int, what: str) -> None:
        self._copying = what.startswith(COPYING)
        self._dock.bar.setValue(percent)
        if what:
            self._dock.stage.setText(f"{what[:1].upper()}{what[1:]}")

    def _on_made(self, outcome: Outcome) -> None:
        self._dock.result.show_outcome(outcome)
        self._show_result()
        self._dock.result.open.setFocus()

    def _on_failed(self, exc: BaseException) -> None:
        if isinstance(exc, FaultyPackageError):
            self._dock.result.show_faulty(exc)
            self._show_result()
            self._dock.result.back.setFocus()
        else:
            self._dock.tell(in_window(exc))

    def _show_result(self) -> None:
        self._dock.tell("")
        self._dock.pages.setCurrentIndex(RESULT)
        self._dock.buttons.setVisible(False)
        self._dock.refresh()

    def back(self) -> None:
        """Go back to the form, which is as it was."""
        self._dock.pages.setCurrentIndex(FORM)
        self._dock.buttons.setVisible(True)
        self._dock.refresh()
        self._dock.run.setFocus()

    # ---- afterwards ------------------------------------------------------------------------

    def open_package(self) -> None:
        """Open the package in the atlas dock."""
        path, dock = self._dock.result.package, self._dock.dock
        if path is None or dock is None:
            return
        frame = frame_of(dock)
        if frame is not None:
            frame.show()
            frame.raise_()
        dock.open_path(path)

    def show_folder(self) -> None:
        """Show the folder that holds the package in the system's file manager."""
        path = self._dock.result.package
        if path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent.absolute())))
