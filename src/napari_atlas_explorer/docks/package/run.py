"""Packaging runs of the form, and the page of results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt, QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import (
    QApplication,
    QComboBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...core.package import Package
from ...packaging.make import FaultyPackageError
from ...packaging.source.form import PackageForm, problems
from ...packaging.source.form_spec import (
    COPYING,
    FormResult,
    describe_result,
    error_lines,
    package_title,
    run_form,
)
from ...packaging.source.remembered import PackageMemory, remember_package
from ..common.background import BackgroundJob
from ..common.error_messages import error_text
from ..common.pages import REGIONS
from ..common.theme import PanelColors
from ..common.widgets import make_button, make_flow, make_text, without_margins
from .fields import heading

if TYPE_CHECKING:
    from .page import PackagePage


# ---- Page of results -----------------------------------------------------------------------------


class PackageResultPage(QWidget):
    """Result of a run; replaces the form until the user goes back."""

    def __init__(self) -> None:
        super().__init__()
        self.title = heading("")
        self.title.setWordWrap(True)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.problem = make_text()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName("Result of packaging")
        self.which = QComboBox()
        self.which.setAccessibleName("Which package")
        self.which.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.open = QPushButton("Open the package")
        self.folder = QPushButton("Show folder")
        self.keep = make_button("Keep it anyway", "Make it again, and keep it with its errors")
        self.back = QPushButton("Back to the form")
        row = make_flow(self.open, self.folder, self.keep, self.back)
        column = without_margins(QVBoxLayout(self), 6)
        column.addWidget(self.title)
        column.addWidget(self.problem)
        column.addWidget(self.text, 1)
        column.addWidget(self.which)
        column.addLayout(row)

    def show_outcome(self, outcome: FormResult) -> None:
        """Show the packages that were made."""
        packages = outcome.made.packages
        n = len(packages)
        self.title.setText("The package is made" if n == 1 else f"{n} packages are made")
        problem = outcome.problem
        not_copied = "" if problem is None else error_text(problem)
        self._show_message(
            f"It is not in BrainGlobe's cache: {not_copied}" if not_copied else "",
            "\n".join(describe_result(outcome)),
        )
        self.which.clear()
        for path in packages:
            self.which.addItem(package_title(path), path)
        self.which.setVisible(n > 1)
        self._list_packages(made=True)

    def show_faulty(self, exc: FaultyPackageError) -> None:
        """Show the errors of a package that was not kept."""
        lines = error_lines(exc.reports)
        n = len(lines)
        self.title.setText("The package was not kept")
        self._show_message(
            f"The quality checks find {n} error{'' if n == 1 else 's'} in it. Correct the source, "
            f"or keep it anyway.",
            "\n\n".join(lines),
        )
        self.which.setVisible(False)
        self._list_packages(made=False)

    def _show_message(self, problem: str, text: str) -> None:
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.text.setPlainText(text)

    def _list_packages(self, made: bool) -> None:
        self.open.setVisible(made)
        self.folder.setVisible(made)
        self.keep.setVisible(not made)

    @property
    def package(self) -> Path | None:
        """The selected package, None without one."""
        chosen = self.which.currentData()
        return chosen if isinstance(chosen, Path) else None

    def set_colors(self, colors: PanelColors) -> None:
        """Use the theme's colors."""
        self.problem.setStyleSheet(f"color: {colors.error.name()};")


# ---- Packaging runs ------------------------------------------------------------------------------

FORM, RESULT = 0, 1
STOPPED = "Cancelled: nothing was kept."
STOPPED_COPYING = "Cancelled: the package is in its folder, but not in BrainGlobe's cache."


class PackageRun:
    """Run of a package page, and its page of results.

    Parameters
    ----------
    page
        The package page.
    """

    def __init__(self, page: PackagePage) -> None:
        self._page = page
        self._asked: tuple[PackageForm, Package | None] | None = None
        self._copying = False
        self.job = BackgroundJob(page)
        page.run.clicked.connect(lambda: self.start())
        self.job.step.connect(self._on_step)
        self.job.progressed.connect(self._on_progress)
        self.job.failed.connect(self._on_failed)
        page.result.open.clicked.connect(self.open_package)
        page.result.folder.clicked.connect(self.show_folder)
        page.result.keep.clicked.connect(self.keep_faulty)
        page.result.back.clicked.connect(self.show_form)
        QApplication.instance().aboutToQuit.connect(self.job.stop)

    def start(self, faulty: bool = False) -> None:
        """Make the requested package."""
        request = self._page.read_request()
        if problems(request, self._page.facts):
            return
        self._make(request, None if request.ingredients is not None else self._page.package, faulty)

    def _make(self, request: PackageForm, package: Package | None, faulty: bool) -> None:
        self._asked, self._copying = (request, package), False
        self._remember_now(request)
        self._page.tell("")
        self._page.pages.setCurrentIndex(FORM)
        self.job.start(
            "Reading the ingredients",
            lambda progress: run_form(request, package, progress, faulty),
            self._on_made,
        )
        self._page.busy.cancel.setFocus()

    def _remember_now(self, request: PackageForm) -> None:
        packager = request.metadata.get("atlas_packager", "").strip()
        self._page.memory = PackageMemory(
            request.folder.strip(), request.target, packager or self._page.memory.packager
        )
        remember_package(self._page.memory)

    def keep_faulty(self) -> None:
        """Make the discarded package again, and keep it."""
        if self._asked is not None:
            self._make(*self._asked, faulty=True)

    def stop(self) -> None:
        """Stop making the package."""
        if self.job.busy:
            self.job.stop()
            self._page.show_message(STOPPED_COPYING if self._copying else STOPPED)

    def _on_step(self, text: str) -> None:
        busy = bool(text)
        self._page.busy.show_step(self.stop, f"{text[:1].upper()}{text[1:]}")
        self._page.buttons.setVisible(not busy and self._page.pages.currentIndex() == FORM)
        self._page.inside.setEnabled(not busy)
        self._page.refresh()

    def _on_progress(self, share: float, what: str) -> None:
        self._copying = what.startswith(COPYING)
        self._page.busy.show_share(self.stop, share)

    def _on_made(self, outcome: FormResult) -> None:
        self._page.result.show_outcome(outcome)
        self._show_result()
        self._page.result.open.setFocus()

    def _on_failed(self, exc: BaseException) -> None:
        if isinstance(exc, FaultyPackageError):
            self._page.result.show_faulty(exc)
            self._show_result()
            self._page.result.back.setFocus()
        else:
            self._page.fail(exc)

    def _show_result(self) -> None:
        self._page.tell("")
        self._page.pages.setCurrentIndex(RESULT)
        self._page.buttons.setVisible(False)
        self._page.refresh()

    def show_form(self) -> None:
        """Go back to the unchanged form."""
        self._page.pages.setCurrentIndex(FORM)
        self._page.buttons.setVisible(True)
        self._page.refresh()
        self._page.run.setFocus()

    # ---- Actions on the result -------------------------------------------------------------

    def open_package(self) -> None:
        """Open the package in the panel."""
        path = self._page.result.package
        if path is not None:
            self._page.panel.show_page(REGIONS)
            self._page.panel.open_path(path)

    def show_folder(self) -> None:
        """Show the package's folder in the system's file manager."""
        path = self._page.result.package
        if path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent.absolute())))
