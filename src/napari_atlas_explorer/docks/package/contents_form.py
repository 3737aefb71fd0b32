"""Form for a package's metadata, layout, contents and target folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ...packaging.options import TARGETS, Target
from ...packaging.source.form import PackageForm, SourceFacts, resolution_text
from ...packaging.source.metadata import FIELDS, UNPUBLISHED
from ..common.theme import PanelColors
from ..common.widgets import make_button, make_text, without_margins
from .fields import MARK, CheckedField, PathField, QuietCombo, heading, labeled, narrow_form

# ---- Metadata ------------------------------------------------------------------------------------


class PackageMetadataForm(QWidget):
    """Form with a row for each of `FIELDS`."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, CheckedField] = {}
        self._labels: dict[str, QLabel] = {}
        self._filled: dict[str, str] = {}
        column = without_margins(QVBoxLayout(self), 5)
        column.addWidget(heading("Metadata of the atlas"))
        self.hint = make_text()
        column.addWidget(self.hint)
        form = narrow_form()
        for item in FIELDS:
            field = CheckedField(item.title, item.explanation, item.example)
            field.changed.connect(self.changed)
            self.fields[item.key] = field
            self._labels[item.key] = labeled(form, item.title, field)
        column.addLayout(form)

    def read_texts(self) -> dict[str, str]:
        """Return the texts of the fields by key."""
        return {key: field.text() for key, field in self.fields.items()}

    def fill(self, texts: Mapping[str, str], keep: bool = False) -> None:
        """Fill the fields.

        Parameters
        ----------
        texts
            By key.
        keep
            Whether text that the user typed since the last filling stays.
        """
        for key, field in self.fields.items():
            text = texts.get(key, "")
            if not (keep and field.text() != self._filled.get(key, "")):
                field.set_text(text)
            self._filled[key] = text

    def show_texts(self, texts: Mapping[str, str]) -> None:
        """Show texts typed earlier; the filled-in texts stay known."""
        for key, field in self.fields.items():
            field.set_text(texts.get(key, ""))

    def follow(self, facts: SourceFacts, brainglobe: bool) -> None:
        """Mark the required fields, and show what the files state."""
        stated = {
            "resolution": "" if facts.resolution is None else resolution_text(facts.resolution),
            "orientation": facts.orientation or "",
        }
        unpublished = self.fields["citation"].text().strip() == UNPUBLISHED
        for item in FIELDS:
            known = stated.get(item.key, "")
            field = self.fields[item.key]
            field.line.setPlaceholderText(f"{known} (from the file)" if known else item.example)
            needed = item.required and (brainglobe or item.key == "resolution") and not known
            needed = needed and not (item.key == "atlas_link" and unpublished)
            self._labels[item.key].setText(item.title + (MARK if needed else ""))
        self.hint.setText(
            "* needed by BrainGlobe; hold the mouse over a field for an explanation"
            if brainglobe
            else "May stay empty for this layout, but for the voxel size"
        )

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Show the problem of each field below it."""
        for key, field in self.fields.items():
            field.show_problem(problems.get(key, ""))

    def set_colors(self, colors: PanelColors) -> None:
        """Use the theme's colors."""
        self.hint.setStyleSheet(f"QLabel:enabled {{color: {colors.muted.name()};}}")
        for field in self.fields.values():
            field.set_colors(colors)


# ---- Layout, contents and target -----------------------------------------------------------------

LAYOUTS: Mapping[Target, tuple[str, str]] = {
    "brainglobe-v2": (
        "BrainGlobe 2",
        "TIFF and OBJ in one folder: what brainrender, brainreg and most of "
        "BrainGlobe's tools open.",
    ),
    "brainglobe-v3": (
        "BrainGlobe 3",
        "OME-Zarr in parts that atlases share: what brainglobe-atlasapi 3 opens.",
    ),
    "voxelbrain": (
        "VoxelBrain",
        "NRRD with hierarchy.json, in the atlas's own axes: what voxcell opens.",
    ),
    "itksnap": (
        "ITK-SNAP",
        "A segmentation with a table of labels, to be drawn in; it has no tree of regions.",
    ),
}
LABELS = (("of the voxel at its center", "nearest"), ("of most of its voxels", "majority"))
EMPTY = (("default: an atlas keeps them", None), ("drop them", "drop"), ("keep them", "keep"))
MESHES = (
    ("its own, else of the labels", None),
    ("its own", "package"),
    ("made of the labels", "labels"),
    ("none", "none"),
)
SIDES = (("both", None), ("left alone", "left"), ("right alone", "right"))
INDENT = 22
assert tuple(LAYOUTS) == get_args(Target)


class PackageContentsForm(QWidget):
    """Form for layout, contents, target folder."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = without_margins(QVBoxLayout(self), 5)
        column.addWidget(heading("Layout"))
        self.layouts: dict[Target, QRadioButton] = {}
        self._muted: list[QLabel] = []
        group = QButtonGroup(self)
        for target in TARGETS:
            title, sentence = LAYOUTS[target]
            button = QRadioButton(title)
            button.setAccessibleDescription(sentence)
            group.addButton(button)
            self.layouts[target] = button
            column.addWidget(button)
            column.addWidget(self._make_hint(sentence))
            button.toggled.connect(lambda on: self._on_layout() if on else None)
        self._build_contents(column)
        self._build_target(column)
        self.layouts[TARGETS[0]].setChecked(True)

    def _make_hint(self, text: str) -> QLabel:
        label = make_text(text)
        label.setContentsMargins(INDENT, 0, 0, 3)
        self._muted.append(label)
        return label

    def _build_contents(self, column: QVBoxLayout) -> None:
        column.addSpacing(8)
        column.addWidget(heading("Contents"))
        form = narrow_form()
        self.resolutions = CheckedField(
            "Also at",
            "Further voxel sizes in µm, coarser than the atlas's, with commas.",
            "50, 100 (µm)",
        )
        labeled(form, "Also at", self.resolutions)
        self.labels = QuietCombo(
            "Label of a coarser voxel",
            LABELS,
            "Region of a coarser voxel: the one at its center, or the most frequent one",
        )
        labeled(form, "Coarser label", self.labels)
        self.empty = QuietCombo(
            "Regions without voxels",
            EMPTY,
            "Regions without voxels: usually an atlas keeps them, files drop them",
        )
        labeled(form, "Empty regions", self.empty)
        self.meshes = QuietCombo("Meshes", MESHES, "Source of the region surfaces")
        labeled(form, "Meshes", self.meshes)
        self.hemisphere = QuietCombo("Hemisphere", SIDES, "The other side becomes background")
        labeled(form, "Hemisphere", self.hemisphere)
        self.region = CheckedField(
            "Region",
            "One region with all below it, by acronym or id; others become background.",
            "all",
        )
        self.take = make_button("Selected", "Use the region that is selected in the window")
        self.take.setAccessibleName("Use the selected region")
        self.region.row.addWidget(self.take)
        labeled(form, "Region", self.region)
        column.addLayout(form)
        self.masks = QCheckBox("A mask of every region (BrainGlobe 3)")
        self.masks.setToolTip("Only for get_structure_mask of brainglobe-atlasapi 3")
        self.cost = self._make_hint("")
        column.addWidget(self.masks)
        column.addWidget(self.cost)
        for field in (self.resolutions, self.region):
            field.changed.connect(self.changed)
        for box in (self.labels, self.empty, self.meshes, self.hemisphere):
            box.currentIndexChanged.connect(self.changed)
        self.masks.toggled.connect(self.changed)

    def _build_target(self, column: QVBoxLayout) -> None:
        column.addSpacing(8)
        column.addWidget(heading("Destination"))
        form = narrow_form()
        self.folder = PathField(
            "Folder",
            "Folder for the package; it is created if missing.",
            "a folder of yours",
            folder=True,
        )
        self.folder.changed.connect(self.changed)
        labeled(form, "Folder" + MARK, self.folder)
        column.addLayout(form)
        self.archive = QCheckBox("Also as an archive (.tar.gz)")
        self.archive.setToolTip("With its SHA-256, to be sent or published")
        self.install = QCheckBox("Also into BrainGlobe's cache")
        self.install.setToolTip("Then BrainGlobe's tools open it by its name on this computer")
        self.replace = QCheckBox("Replace what is there")
        self.replace.setToolTip("A package of the same name and version in folder or cache")
        for box in (self.archive, self.install, self.replace):
            column.addWidget(box)
            box.toggled.connect(self.changed)

    # ---- Input -----------------------------------------------------------------------------

    @property
    def target(self) -> Target:
        """The selected layout."""
        return next(t for t, button in self.layouts.items() if button.isChecked())

    def _on_layout(self) -> None:
        self.masks.setEnabled(self.target == "brainglobe-v3")
        self.install.setEnabled(self.target.startswith("brainglobe"))
        self.changed.emit()

    def put_into(self, request: PackageForm) -> PackageForm:
        """Return a request with the choices of this form."""
        return replace(
            request,
            target=self.target,
            resolutions=self.resolutions.text(),
            labels=self.labels.currentData(),
            empty=self.empty.currentData(),
            meshes=self.meshes.currentData(),
            masks=self.masks.isChecked() and self.masks.isEnabled(),
            hemisphere=self.hemisphere.currentData(),
            region=self.region.text(),
            folder=self.folder.text(),
            archive=self.archive.isChecked(),
            install=self.install.isChecked() and self.install.isEnabled(),
            replace=self.replace.isChecked(),
        )

    def fill(self, request: PackageForm) -> None:
        """Show the choices of a request."""
        self.layouts[request.target].setChecked(True)
        self.resolutions.set_text(request.resolutions)
        self.labels.choose(request.labels)
        self.empty.choose(request.empty)
        self.meshes.choose(request.meshes)

    def show_cost(self, text: str) -> None:
        """Show the cost of the masks; "" where it is not known."""
        self.cost.setText(text)
        self.cost.setVisible(bool(text))

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Show the problem of each field below it."""
        for key in ("resolutions", "region", "folder"):
            getattr(self, key).show_problem(problems.get(key, ""))

    def set_colors(self, colors: PanelColors) -> None:
        """Use the theme's colors."""
        for label in self._muted:
            label.setStyleSheet(f"QLabel:enabled {{color: {colors.muted.name()};}}")
        for field in (self.resolutions, self.region, self.folder):
            field.set_colors(colors)
