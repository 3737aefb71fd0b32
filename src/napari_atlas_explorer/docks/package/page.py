"""The page for packaging an atlas or files for BrainGlobe, VoxelBrain or ITK-SNAP."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ...atlases.local.remembered import Overrides
from ...core.errors import AtlasError
from ...core.package import Package
from ...packaging.source.form import (
    PackageForm,
    SourceFacts,
    masks_cost,
    metadata_texts,
    missing_keys,
    problems,
)
from ...packaging.source.form_spec import facts_of_files
from ...packaging.source.metadata import FIELDS
from ...packaging.source.remembered import remembered_package
from ...packaging.source.sources import source_of_package
from ...viewer.display import AtlasDisplay
from ...viewer.summary import facts
from ..common.background import BackgroundJob
from ..common.page import Page
from ..common.widgets import LowScrollArea, fill_column, make_button, make_text, without_margins
from .contents_form import PackageContentsForm, PackageMetadataForm
from .files import PackageFiles
from .run import FORM, PackageResultPage, PackageRun
from .source_form import PackageSourceForm

if TYPE_CHECKING:
    from ..atlas.panel import AtlasPanel


# ---- The package page ----------------------------------------------------------------------------

TITLES = {
    **{f.key: f.title for f in FIELDS},
    "source": "Atlas",
    "annotation": "Annotation",
    "reference": "Reference",
    "hemispheres": "Hemispheres",
    "orientation_field": "Orientations",
    "regions": "Regions",
    "meshes": "Meshes folder",
    "additional": "Other images",
    "resolutions": "Also at",
    "region": "Region",
    "folder": "Folder",
}


class PackagePage(Page):
    """Page that makes packages."""

    SCROLLS = True

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.facts = SourceFacts.of_package(None)
        self._extra: dict[str, Any] = {}
        self._read: tuple[str, str] | None = None
        self._shown_facts, self._file_facts = self.facts, SourceFacts()
        self._of: tuple[str, Path | None] | None = None
        self._texts: dict[bool, dict[str, str]] = {}
        self.setAcceptDrops(True)
        self._build()
        self._reading = BackgroundJob(self)
        self.files = PackageFiles(self)
        self.memory = remembered_package()
        self.contents.layouts[self.memory.target].setChecked(True)
        self.contents.folder.set_text(self.memory.folder)
        self.making = PackageRun(self)
        self._connect()
        self._apply_colors()
        self.follow_atlas()

    def _build(self) -> None:
        self.source = PackageSourceForm()
        self.metadata = PackageMetadataForm()
        self.contents = PackageContentsForm()
        self.inside = QWidget()
        column = QVBoxLayout(self.inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(14)
        for part in (self.source, self.metadata, self.contents):
            column.addWidget(part)
        column.addStretch(1)
        self.scroll = LowScrollArea(self.inside)
        self.scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.result = PackageResultPage()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.scroll)
        self.pages.addWidget(self.result)

        self.state = make_text()

        self.buttons = QWidget()
        self.run = QPushButton("Package")
        self.command = make_button(
            "Copy command", "Copy the command that makes this package on the command line"
        )
        line = without_margins(QHBoxLayout(self.buttons), 6)
        line.addWidget(self.run, 1)
        line.addWidget(self.command)

        parts = self.pages, self.state, self.buttons
        fill_column(self, *parts, stretched=(self.pages,)).setSpacing(6)

    def _connect(self) -> None:
        self.source.source_changed.connect(self._on_source)
        self.source.changed.connect(self._on_files)
        self.metadata.changed.connect(self.refresh)
        self.contents.changed.connect(self.refresh)
        self.contents.take.clicked.connect(self.take_selected)

    # ---- Following -------------------------------------------------------------------------

    @property
    def package(self) -> Package | None:
        """The shown atlas as it is in memory: with overrides and its regions."""
        return self.display.atlas.package if self.display is not None else None

    @property
    def opened_path(self) -> Path | None:
        """Path that the atlas was opened from."""
        return self.panel.session.path

    @property
    def overrides(self) -> Overrides:
        """The user's overrides for the atlas's files."""
        return self.panel.session.overrides

    def _take(self, display: AtlasDisplay | None) -> None:
        package = self.package
        self._shown_facts = SourceFacts.of_package(package)
        self.source.has_atlas = display is not None
        self.source.state.setText(
            "Open an atlas in the Atlas Explorer page, or choose files."
            if display is None
            else f"{display.atlas.name} · {facts(display.atlas)}".replace(" µm", "\u00a0µm")
        )
        of = None if package is None else (package.name, package.path)
        if package is not None:
            texts = self._read_metadata(package)
            # Typed text stays when only the overrides of the atlas change.
            keep = of == self._of
            if self.source.shown.isChecked():
                self.metadata.fill(texts, keep)
            elif not keep:
                self._texts[True] = texts
            self._of = of
        self.refresh()

    def _read_metadata(self, package: Package | None) -> dict[str, str]:
        if package is None:
            return {"atlas_packager": self.memory.packager}
        try:
            texts = metadata_texts(source_of_package(package).metadata)
        except AtlasError as exc:
            self.tell(str(exc))
            texts = {}
        texts["atlas_packager"] = texts.get("atlas_packager") or self.memory.packager
        return texts

    # ---- Form ------------------------------------------------------------------------------

    def read_request(self) -> PackageForm:
        """Return the request of the form."""
        parts = self.source.ingredients()
        extra = {} if parts is None else self._extra
        request = PackageForm(parts, self.metadata.read_texts(), extra)
        return self.contents.put_into(request)

    def fill(self, request: PackageForm) -> None:
        """Show a request in the form."""
        self._extra = dict(request.extra)
        if request.ingredients is not None:
            self.source.fill(request.ingredients)
        self.metadata.fill(request.metadata)
        self.contents.fill(request)
        self._on_files()

    def _on_source(self) -> None:
        """Keep the metadata of the old source, and show that of the new one."""
        shown = self.source.shown.isChecked()
        self._texts[not shown] = self.metadata.read_texts()
        self.metadata.fill(self._read_metadata(self.package if shown else None))
        if shown in self._texts:
            self.metadata.show_texts(self._texts[shown])
        self._on_files()

    def _on_files(self) -> None:
        """Read the annotation's header and the regions if their paths changed."""
        parts = self.source.ingredients()
        if parts is not None and (parts.annotation, parts.regions) != self._read:
            self._read = parts.annotation, parts.regions
            self._file_facts = SourceFacts()
            self._reading.stop()
            if parts.annotation.strip() and Path(parts.annotation.strip()).exists():
                self._reading.start("Reading", lambda _: facts_of_files(parts), self._on_facts)
        self.refresh()

    def _on_facts(self, facts: SourceFacts) -> None:
        self._file_facts = facts
        self.refresh()

    def take_selected(self) -> None:
        """Use the region that is selected in the window."""
        display = self.display
        if display is None:
            return
        rank_volume, regions = display.atlas.ranks, display.atlas.region_map
        parts = [p for p in display.view.selection.parts() if p[1] or rank_volume.counts[p[0]]]
        if len(parts) != 1 or not parts[0][1] or parts[0][0] > len(regions):
            self.show_message("Select one region in the tree or on the canvas, then take it")
            return
        rank = parts[0][0]
        word = regions.acronym_of_rank(rank) or ""
        plain = bool(word) and not word.isdecimal() and word.strip() == word
        self.contents.region.set_text(word if plain else str(regions.ids[rank]))

    def refresh(self) -> None:
        """Show problems and missing input, and enable the buttons."""
        request = self.read_request()
        of_files = request.ingredients is not None
        self.facts = self._file_facts if of_files else self._shown_facts
        self.source.state.setVisible(not of_files)
        self.contents.take.setEnabled(not of_files and self.display is not None)
        self.metadata.follow(self.facts, request.is_brainglobe)
        is_v3 = request.target == "brainglobe-v3"
        self.contents.show_cost(masks_cost(request, self.facts) if is_v3 else "")
        errors = problems(request, self.facts)
        for part in (self.source, self.metadata, self.contents):
            part.show_problems(errors)
        text = _describe_problems(errors, missing_keys(request, errors))
        self.show_message(text)
        self.run.setToolTip(text or "Make the package, and check it")
        self.run.setEnabled(not errors and not self.making.job.busy)
        can_copy = of_files or self.package is not None
        self.command.setEnabled(can_copy and not errors)
        self.source.save.setEnabled(bool(request.ingredients and request.ingredients.annotation))

    # ---- Messages --------------------------------------------------------------------------

    def show_message(self, text: str) -> None:
        """Show a message below the form until the form changes."""
        self.state.setText(text)
        at_work = self.making.job.busy or self.pages.currentIndex() != FORM
        self.state.setVisible(bool(text) and not at_work)

    # ---- Qt --------------------------------------------------------------------------------

    def dropEvent(self, event: Any) -> None:  # noqa: N802
        """Ignore what is dropped while a package is being made."""
        if not self.making.job.busy:
            super().dropEvent(event)

    def open_dropped(self, paths: list[Path]) -> None:
        """Put dropped files into their fields."""
        self.source.take_dropped(paths)

    def _apply_colors(self) -> None:
        for part in (self.source, self.metadata, self.contents, self.result):
            part.set_colors(self.colors)
        self._mute(self.state)


def _describe_problems(problems: dict[str, str], nothing_said: list[str]) -> str:
    """Return one line: missing input, and wrong input."""
    wrong = [TITLES[key] for key in problems if key not in nothing_said]
    left = [TITLES[key] for key in nothing_said]
    lines = [f"Still needed: {', '.join(left)}." if left else ""]
    lines.append(f"Please correct: {', '.join(wrong)}." if wrong else "")
    return " ".join(line for line in lines if line)
