"""Form for the source of a package: the shown atlas, or files."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ...formats.tables.regions import TABLE_SUFFIXES
from ...packaging.source.form import FILE_KEYS, SourceFiles
from ...packaging.source.form_spec import place_for
from ..common.theme import PanelColors
from ..common.widgets import make_button, make_text, without_margins
from .fields import MARK, PathField, heading, labeled, narrow_form

VOLUMES = "Volumes (*.nrrd *.nhdr *.nii *.nii.gz *.tif *.tiff *.mha *.mhd);;All files (*)"
TABLES = f"Regions ({' '.join(f'*{s}' for s in TABLE_SUFFIXES)});;All files (*)"
ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("annotation", "Annotation", "Volume of region ids: NRRD, NIfTI, TIFF.", ""),
    (
        "reference",
        "Reference",
        "Image on the same voxels, such as a template.",
        "needed by BrainGlobe",
    ),
    (
        "hemispheres",
        "Hemispheres",
        "Volume of 0 (outside), 1 (left) and 2 (right); none if the atlas is symmetric.",
        "none if symmetric",
    ),
    ("orientation_field", "Orientations", "Quaternions on the same voxels.", "none"),
    (
        "regions",
        "Regions",
        "List or tree of the regions: JSON, CSV, a label table.",
        "found next to the annotation",
    ),
    (
        "meshes",
        "Meshes folder",
        "Folder of meshes that are named by region id, in µm: 997.stl.",
        "made of the annotation",
    ),
)


class PackageSourceForm(QWidget):
    """Choice of the source, and a row for every source file."""

    changed = Signal()
    source_changed = Signal()
    """The other source was chosen."""

    spec_dropped = Signal(object)
    """Path of a ``package.toml``."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = QRadioButton("The atlas in the window")
        self.shown.setToolTip("With the voxel size, orientation and regions that were set here")
        self.files = QRadioButton("Files")
        self.files.setToolTip("An annotation with its regions, images and meshes")
        self.shown.setChecked(True)
        self.has_atlas = False
        """Whether an atlas is shown in the window."""
        self.state = make_text()
        self.problem = QLabel("")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        choice = QHBoxLayout()
        choice.setSpacing(12)
        choice.addWidget(self.shown)
        choice.addWidget(self.files)
        choice.addStretch(1)
        column = without_margins(QVBoxLayout(self), 5)
        column.addWidget(heading("Source"))
        column.addLayout(choice)
        column.addWidget(self.state)
        column.addWidget(self.problem)
        column.addWidget(self._build_rows())
        self.shown.toggled.connect(self._on_source)
        self._on_source()

    def _build_rows(self) -> QWidget:
        self.rows = QWidget()
        column = without_margins(QVBoxLayout(self.rows), 5)
        form = narrow_form()
        self.fields: dict[str, PathField] = {}
        for key, title, explanation, example in ROWS:
            files = TABLES if key == "regions" else VOLUMES
            field = PathField(title, explanation, example, folder=key == "meshes", files=files)
            field.changed.connect(self.changed)
            self.fields[key] = field
            labeled(form, title + (MARK if key == "annotation" else ""), field)
        column.addLayout(form)
        self.additional = AdditionalImages()
        self.additional.changed.connect(self.changed)
        column.addWidget(self.additional)
        self.load = make_button(
            "Load list…", "Fill the form from a package.toml for the command line"
        )
        self.save = make_button("Save list…", "Write the form into a package.toml")
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self.load)
        buttons.addWidget(self.save)
        buttons.addStretch(1)
        column.addLayout(buttons)
        return self.rows

    def _on_source(self) -> None:
        self.rows.setVisible(self.files.isChecked())
        self.source_changed.emit()

    def ingredients(self) -> SourceFiles | None:
        """Return the named files, None where the shown atlas is the source."""
        return self.named_files() if self.files.isChecked() else None

    def named_files(self) -> SourceFiles:
        """Return the named files for either source."""
        texts = {key: self.fields[key].text() for key in FILE_KEYS}
        return SourceFiles(**texts, additional=self.additional.pairs())

    def fill(self, parts: SourceFiles) -> None:
        """Show some files, and choose them as source."""
        for key in FILE_KEYS:
            self.fields[key].set_text(getattr(parts, key))
        self.additional.fill(parts.additional)
        self.files.setChecked(True)

    def take_dropped(self, paths: list[Path]) -> None:
        """Assign files to rows by their kind and name."""
        for path in paths:
            place = place_for(path, self.named_files())
            if place == "recipe":
                self.spec_dropped.emit(path)
                return
            self.files.setChecked(True)
            if place == "additional":
                self.additional.add("", path)
            else:
                self.fields[place].take(path)

    def show_problems(self, problems: Mapping[str, str]) -> None:
        """Show the problem of each row below it."""
        for key, field in self.fields.items():
            field.show_problem(problems.get(key, ""))
        self.additional.show_problem(problems.get("additional", ""))
        text = problems.get("reference", "") if self.shown.isChecked() and self.has_atlas else ""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))

    def set_colors(self, colors: PanelColors) -> None:
        """Use the theme's colors."""
        for field in self.fields.values():
            field.set_colors(colors)
        self.additional.set_colors(colors)
        self.state.setStyleSheet(f"QLabel:enabled {{color: {colors.muted.name()};}}")
        self.problem.setStyleSheet(f"color: {colors.error.name()};")


class AdditionalImages(QWidget):
    """Further images with names; rows can be added and removed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[QWidget, QLineEdit, PathField]] = []
        self._column = without_margins(QVBoxLayout(self), 5)
        self.more = make_button(
            "Add another image", "A further image on the same voxels, with a name"
        )
        self.more.clicked.connect(lambda: self.add("", None, focus=True))
        self.error = make_text()
        self.error.setVisible(False)
        self._column.addWidget(self.error)
        line = QHBoxLayout()
        line.addWidget(self.more)
        line.addStretch(1)
        self._column.addLayout(line)

    def add(self, name: str, path: Path | None, focus: bool = False) -> None:
        """Add a row; a file without a name gets its own."""
        row = QWidget()
        box = without_margins(QHBoxLayout(row), 4)
        number = len(self.rows) + 1
        line = QLineEdit(name or ("" if path is None else path.name.partition(".")[0]))
        line.setAccessibleName(f"Name of image {number}")
        line.setPlaceholderText("nissl")
        line.setToolTip("Name of the image in the package")
        line.setFixedWidth(88)
        file = PathField(
            f"File of image {number}", "Image on the annotation's voxels.", "file", files=VOLUMES
        )
        if path is not None:
            file.set_text(str(path))
        remove = QPushButton("Remove")
        remove.setAccessibleName(f"Remove image {number}")
        entry = (row, line, file)
        remove.clicked.connect(lambda: self.remove(entry))
        for widget, stretch in ((line, 0), (file, 1), (remove, 0)):
            box.addWidget(widget, stretch, Qt.AlignmentFlag.AlignTop)
        self._column.insertWidget(len(self.rows), row)
        # Tab order: after the previous row, before the button.
        chain = [self.more.previousInFocusChain(), line, file.line, file.browse, remove, self.more]
        for first, second in pairwise(chain):
            self.setTabOrder(first, second)
        self.rows.append(entry)
        line.textChanged.connect(self.changed)
        file.changed.connect(self.changed)
        if focus:
            line.setFocus()
        self.changed.emit()

    def remove(self, entry: tuple[QWidget, QLineEdit, PathField]) -> None:
        """Remove a row."""
        self.rows.remove(entry)
        self._column.removeWidget(entry[0])
        entry[0].setParent(None)
        entry[0].deleteLater()
        self.more.setFocus()
        self.changed.emit()

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return name and path of every row."""
        return tuple((line.text(), file.text()) for _, line, file in self.rows)

    def fill(self, pairs: tuple[tuple[str, str], ...]) -> None:
        """Show these images and no others."""
        for entry in list(self.rows):
            self.remove(entry)
        for name, path in pairs:
            self.add(name, Path(path))

    def show_problem(self, sentence: str) -> None:
        """Show the problem of an image."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def set_colors(self, colors: PanelColors) -> None:
        """Use the theme's colors."""
        self.error.setStyleSheet(f"color: {colors.error.name()};")
