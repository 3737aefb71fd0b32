"""Actions on findings: accept, recolor, compare, report, show meshes."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import QApplication, QFileDialog, QInputDialog

from ...compute.meshes.quality import faulty_edges
from ...core.atlas.atlas import Atlas
from ...core.colors.difference import color_difference
from ...core.colors.palettes import (
    colorblind_safe,
    distinct_neighbor_colors,
    safe_palette,
    wide_palette,
)
from ...core.errors import ArgumentError, AtlasError
from ...formats.common.atomic import atomic_write, atomic_writes
from ...qa.checks.label_facts import contacts
from ...qa.config import FILE_NAME, find_config
from ...qa.config_writer import add_known
from ...qa.document import as_document, commands_of, read_document
from ...qa.findings_volume import findings_table, write_findings_volume
from ...qa.review import review_from_json
from ...viewer.display import AtlasDisplay
from ...viewer.followers import add_quietly
from ...viewer.layers import dataset_layer
from ..common.widgets import ask_save_path
from .settings import QaSettings

if TYPE_CHECKING:
    from .page import QaPage


# ---- Meshes of findings --------------------------------------------------------------------------

OPACITY = 0.6
RED = "#ff3030"
ABOVE_ALL = "translucent_no_depth"
"""Translucent, since the mesh is inside the volume."""

EDGE_SHARE = 0.35
"""Thickness of an edge at fault in voxels: visible on the whole brain, and hides little."""


class QaMeshes:
    """Meshes shown as their files state them.

    Parameters
    ----------
    page
        The QA page.
    """

    def __init__(self, page: QaPage) -> None:
        self._page = page
        self._layers: list[Any] = []

    def forget(self) -> None:
        """Remove the shown layers."""
        shown = self._page.viewer.layers
        for layer in self._layers:
            if layer in shown:
                shown.remove(layer)
        self._layers = []

    def show_mesh(self) -> None:
        """Add the mesh of the current finding as a surface, and its edges at fault as lines.

        A mesh that was shown before is removed.
        """
        listed = self._page.current
        mesh_of = listed.finding.anchor.mesh if listed is not None else None
        if mesh_of is not None:
            self._page.with_display(lambda display: self._show_layers(display, mesh_of))

    def _show_layers(self, display: AtlasDisplay, region_id: int) -> None:
        from napari.layers import Surface, Vectors

        package = display.atlas.package
        path = package.mesh_files.get(region_id)
        if path is None or package.read_mesh is None:
            raise ArgumentError(f"region {region_id} has no mesh")
        mesh = package.read_mesh(path)
        axes = list(display.axes)
        of_layer = {"units": display.layer.units, "axis_labels": display.layer.axis_labels}
        self.forget()
        points = mesh.points[:, axes]
        surface = Surface(
            (points, mesh.faces),
            name=f"mesh {path.name}",
            opacity=OPACITY,
            blending=ABOVE_ALL,
            **of_layer,
        )
        self._add_layer(surface)
        faulty = faulty_edges(mesh)
        if not len(faulty):
            return
        edges = np.concatenate([faulty.open, faulty.crowded])[:, :, axes]
        lines = np.stack([edges[:, 0], edges[:, 1] - edges[:, 0]], axis=1)
        self._add_layer(
            Vectors(
                lines,
                name=f"edges at fault, {path.name}",
                edge_color=RED,
                edge_width=EDGE_SHARE * float(min(display.atlas.resolution)),
                vector_style="line",
                blending=ABOVE_ALL,
                **of_layer,
            )
        )

    def _add_layer(self, layer: Any) -> None:
        layer.editable = False
        add_quietly(self._page.viewer, layer)
        self._layers.append(layer)


# ---- Actions -------------------------------------------------------------------------------------


class QaActions:
    """Menu and buttons of the QA page.

    Parameters
    ----------
    page
        The QA page.
    """

    def __init__(self, page: QaPage) -> None:
        self._page = page
        self.config_path: Path | None = None
        """Selected settings; None for the atlas's own."""
        self.other: Atlas | None = None
        """Atlas to compare with, None without one."""
        self._before: Any = None
        page.menu.aboutToShow.connect(self._fill_menu)
        details = page.details
        details.accept.clicked.connect(self.ask_reason)
        details.copy.clicked.connect(self.copy_link)
        details.spread.clicked.connect(lambda: self.recolor(safe=False))
        details.safe.clicked.connect(lambda: self.recolor(safe=True))
        self.meshes = QaMeshes(page)
        details.mesh.clicked.connect(self.meshes.show_mesh)

    def forget(self) -> None:
        """Reset for another atlas."""
        if self._before is not None and self._before in self._page.viewer.layers:
            self._page.viewer.layers.remove(self._before)
        self.meshes.forget()
        self._before, self.other, self.config_path = None, None, None

    # ---- Menu ------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        menu, page = self._page.menu, self._page
        menu.clear()
        shown, checked = page.display is not None, page.findings is not None
        mirror = menu.addAction("Hemispheres side by side", self.toggle_mirror)
        mirror.setCheckable(True)
        mirror.setChecked(page.mirror is not None and page.mirror.on)
        borders = menu.addAction("Borders on the reference image", self.toggle_borders)
        borders.setCheckable(True)
        display = page.display
        borders.setChecked(display is not None and display.layer.contour > 0)
        menu.addAction("Before / after\tB", self.before_after)
        menu.addAction("Compare with another atlas…", self.ask_other)
        menu.addSeparator()
        menu.addAction("Limits and settings…", self.ask_settings)
        menu.addAction(f"Use a {FILE_NAME}…", self.ask_config)
        menu.addSeparator()
        for text, run in (
            ("Save report (HTML)…", self.ask_html),
            ("Save report (JSON)…", self.ask_json),
            ("Save certificate…", self.ask_certificate),
            ("Save voxels at fault (NRRD)…", self.ask_volume),
            ("Import verdicts from a report…", self.ask_verdicts),
        ):
            action = menu.addAction(text, run)
            action.setEnabled(checked)
        for action in menu.actions()[:6]:
            action.setEnabled(shown)

    # ---- Accepting -------------------------------------------------------------------------

    def ask_reason(self) -> None:
        """Ask why the current finding is accepted."""
        listed = self._page.current
        if listed is None:
            return
        reason, ok = QInputDialog.getText(
            self._page,
            "Accept as known",
            f"<p>{escape(listed.finding.message)}</p><p>Why is this acceptable?</p>",
        )
        if ok:
            self.accept(reason)

    def accept(self, reason: str) -> None:
        """Write the current finding into qa.toml and list it as known."""
        page, listed = self._page, self._page.current
        path = self.config_file() if listed is not None else None
        if listed is None or path is None:
            return
        try:
            add_known(path, listed.finding, reason)
        except (AtlasError, OSError) as exc:
            page.tell(str(exc))
            return
        self.config_path = path
        page.start()

    def config_file(self) -> Path | None:
        """Return the file for settings: the one in use, else one in the atlas's folder."""
        display = self._page.display
        if self.config_path is not None or display is None:
            return self.config_path
        path = display.atlas.path
        present = find_config(path)
        if present is not None:
            return present
        if path is not None and path.is_dir():
            return path / FILE_NAME
        chosen, _ = QFileDialog.getSaveFileName(
            self._page, "File for the settings", FILE_NAME, "TOML (*.toml)"
        )
        return Path(chosen) if chosen else None

    def ask_config(self) -> None:
        """Ask for a file of settings and run the checks with it."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._page, "Settings of the checks", "", "TOML (*.toml)"
        )
        if chosen:
            self.config_path = Path(chosen)
            self._page.start()

    def ask_settings(self) -> None:
        """Show the limits; write changed ones and rerun the checks."""
        page = self._page
        if page.display is None:
            return
        try:
            form = QaSettings(self.config_path or find_config(page.display.atlas.path), page)
        except AtlasError as exc:
            page.tell(str(exc))
            return
        form.accepted.connect(lambda: self._save_settings(form))
        form.open()

    def _save_settings(self, form: QaSettings) -> None:
        path = self.config_file()
        if path is None:
            return
        try:
            form.write(path)
        except (AtlasError, OSError) as exc:
            self._page.tell(str(exc))
            return
        self.config_path = path
        self._page.start()

    # ---- Views -----------------------------------------------------------------------------

    def toggle_mirror(self) -> None:
        """Show the brain's mirror image next to it, or remove it."""
        mirror = self._page.mirror
        if mirror is not None:
            self._page.with_display(lambda _: mirror.set(not mirror.on))

    def toggle_borders(self) -> None:
        """Draw the borders of the labels on the reference image, or the filled labels again."""
        self._page.panel.drawing.toggle_fill()

    def before_after(self) -> None:
        """Toggle this atlas's labels and the compared ones; without those, blink the voxels."""
        display, layer = self._page.display, self._page.layer
        if self._before is not None and display is not None:
            before = not self._before.visible
            self._before.visible, display.layer.visible = before, not before
        elif layer is not None:
            layer.toggle()

    def ask_other(self) -> None:
        """Ask for an atlas to compare with."""
        chosen = QFileDialog.getExistingDirectory(self._page, "Folder of the atlas to compare with")
        if chosen:
            self.compare_with(Path(chosen))

    def compare_with(self, path: Path) -> None:
        """Open another atlas in a worker; then run the checks with it."""
        from ...atlases.open import open_atlas

        def work(_: Callable[[float], None]) -> Atlas:
            other = open_atlas(path)
            other.ranks  # noqa: B018 - read in the worker
            return other

        self._page.background.start(f"Opening {path.name}", work, self._on_other)

    def _on_other(self, other: Atlas) -> None:
        self.other = other
        display = self._page.display
        if display is not None:
            self._show_before(display, other)
        self._page.start()

    def _show_before(self, display: AtlasDisplay, other: Atlas) -> None:
        from napari.layers import Layer

        if self._before is not None and self._before in self._page.viewer.layers:
            self._page.viewer.layers.remove(self._before)
        data, options, kind = dataset_layer(other, other.package.annotation)
        options = {**options, "name": f"before: {other.name}", "visible": False}
        self._before = Layer.create(data, options, kind)
        self._before.editable = False
        add_quietly(self._page.viewer, self._before)
        self._before.opacity = display.layer.opacity

    def recolor(self, safe: bool) -> None:
        """Color neighbors distinctly, for display only: the atlas's colors stay."""
        page, display = self._page, self._page.display
        if display is None or page.findings is None:
            return
        subject = page.findings.report.subject

        def work(_: Callable[[float], None]) -> Any:
            pairs = contacts(subject).pairs
            palette = safe_palette() if safe else wide_palette()
            difference = colorblind_safe(color_difference) if safe else color_difference
            return distinct_neighbor_colors(display.atlas.ranks.n_ranks, pairs, palette, difference)

        def done(colors: Any) -> None:
            table = np.ones((len(colors), 4), np.float32)
            table[:, :3] = colors / 255
            table[0] = 0
            display.set_colors(table)
            page.panel.value_legend.show_note("Distinct colors for neighbors (temporary)")

        page.background.start("Choosing colors", work, done)

    def copy_link(self) -> None:
        """Copy the command that opens the atlas at the current finding."""
        listed, findings = self._page.current, self._page.findings
        if listed is not None and findings is not None:
            QApplication.clipboard().setText(commands_of(findings.report)(listed.id) or listed.id)

    # ---- Reports ---------------------------------------------------------------------------

    def ask_html(self) -> None:
        """Ask for a name and save the report as a page."""
        self._ask("Save the report", "qa.html", "HTML (*.html)", self.save_html)

    def ask_json(self) -> None:
        """Ask for a name and save the report as JSON."""
        self._ask("Save the report", "qa.json", "JSON (*.json)", self.save_json)

    def ask_certificate(self) -> None:
        """Ask for a folder and write the certificate's pages into it."""
        chosen = QFileDialog.getExistingDirectory(self._page, "Folder for the certificate's pages")
        if chosen:
            self.save_certificate(Path(chosen))

    def ask_volume(self) -> None:
        """Ask for a name and save the voxels at fault."""
        self._ask("Save the voxels at fault", "findings.nrrd", "NRRD (*.nrrd)", self.save_volume)

    def _ask(self, title: str, name: str, kinds: str, save: Callable[[Path], None]) -> None:
        chosen = ask_save_path(self._page, title, name, kinds)
        if chosen is not None:
            save(chosen[0])

    def save_html(self, path: Path) -> None:
        """Save the report as a page, verdicts included."""
        from ...figures.qa_report import qa_page

        findings = self._page.findings
        if findings is None:
            return
        report, verdicts = findings.report, dict(findings.verdicts)

        def work(_: Callable[[float], None]) -> None:
            text = qa_page(report, _format_now(), verdicts)
            with atomic_write(path) as temporary:
                temporary.write_text(text, encoding="utf-8")

        self._page.background.start("Drawing the report", work, lambda _: None)

    def save_certificate(self, folder: Path) -> None:
        """Write the certificate's pages into a folder; existing ones are kept."""
        from ...figures.certificate import write_certificate

        findings = self._page.findings
        if findings is None:
            return
        report = findings.report

        def work(_: Callable[[float], None]) -> None:
            write_certificate(report, folder, _format_now())

        self._page.background.start("Writing the certificate", work, lambda _: None)

    def save_json(self, path: Path) -> None:
        """Save the report as JSON, verdicts included."""
        import json

        findings = self._page.findings
        if findings is None:
            return
        document = as_document(findings.report, _format_now(), findings.verdicts)
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"

        def save(_: AtlasDisplay) -> None:
            with atomic_write(path) as temporary:
                temporary.write_text(text, encoding="utf-8")

        self._page.with_display(save)

    def save_volume(self, path: Path) -> None:
        """Save the voxels at fault as a label volume, and the table of its numbers."""
        findings = self._page.findings
        if findings is None:
            return
        report = findings.report

        def work(_: Callable[[float], None]) -> None:
            with atomic_writes([path, path.with_suffix(".csv")]) as (volume, table):
                write_findings_volume(report, volume)
                table.write_text(findings_table(report), encoding="utf-8")

        self._page.background.start("Writing the voxels", work, lambda _: None)

    def ask_verdicts(self) -> None:
        """Ask for a report and import its verdicts."""
        chosen, _ = QFileDialog.getOpenFileName(self._page, "Report", "", "JSON (*.json)")
        if chosen:
            self.take_verdicts(Path(chosen))

    def take_verdicts(self, path: Path) -> None:
        """Import the verdicts of an earlier report; newer verdicts stay."""
        page, findings = self._page, self._page.findings
        if findings is None:
            return

        def take(_: AtlasDisplay) -> None:
            earlier = review_from_json(read_document(path).get("review", []))
            findings.verdicts = {**earlier, **findings.verdicts}
            page.refill()

        page.with_display(take)


def _format_now() -> str:
    from datetime import UTC, datetime

    return datetime.now(UTC).replace(microsecond=0).isoformat()
