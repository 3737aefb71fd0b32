"""What a package says of itself: one line a field."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QLabel, QVBoxLayout, QWidget

from ..packaging.atlas_metadata import FIELDS, UNPUBLISHED
from ..plugin.package_request import SourceFacts, resolution_text
from .colors import DockColors
from .package_fields import MARK, CheckedField, heading, labelled, narrow_form


class PackageMetadataForm(QWidget):
    """A row for each of `FIELDS`."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, CheckedField] = {}
        self._labels: dict[str, QLabel] = {}
        self._filled: dict[str, str] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(heading("What the atlas says of itself"))
        self.hint = QLabel("")
        self.hint.setWordWrap(True)
        column.addWidget(self.hint)
        form = narrow_form()
        for one in FIELDS:
            field = CheckedField(one.title, one.explanation, one.example)
            field.changed.connect(self.changed)
            self.fields[one.key] = field
            self._labels[one.key] = labelled(form, one.title, field)
        column.addLayout(form)

    def texts(self) -> dict[str, str]:
        """What stands in the fields."""
        return {key: field.text() for key, field in self.fields.items()}

    def fill(self, texts: Mapping[str, str], keep: bool = False) -> None:
        """Fill the fields in.

        Parameters
        ----------
        texts
            By key.
        keep
            Whether what the user typed since they were filled in last stays.
        """
        for key, field in self.fields.items():
            text = texts.get(key, "")
            if not (keep and field.text() != self._filled.get(key, "")):
                field.set_text(text)
            self._filled[key] = text

    def show_texts(self, texts: Mapping[str, str]) -> None:
        """Show what the user typed before; what it was filled in with stays known."""
        for key, field in self.fields.items():
            field.set_text(texts.get(key, ""))

    def follow(self, facts: SourceFacts, brainglobe: bool) -> None:
        """Mark what is needed, and show what the files state already."""
        stated = {
            "resolution": "" if facts.resolution is None else resolution_text(facts.resolution),
            "orientation": facts.orientation or "",
        }
        unpublished = self.fields["citation"].text().strip() == UNPUBLISHED
        for one in FIELDS:
            known = stated.get(one.key, "")
            field = self.fields[one.key]
            field.line.setPlaceholderText(f"{known} (from the file)" if known else one.example)
            needed = one.required and (brainglobe or one.key == "resolution") and not known
            needed = needed and not (one.key == "atlas_link" and unpublished)
            self._labels[one.key].setText(one.title + (MARK if needed else ""))
        self.hint.setText(
            "* needed by BrainGlobe; hold the mouse over a field to see what goes there"
            if brainglobe
            else "May stay empty for this layout, but for the voxel size"
        )

    def show_problems(self, found: Mapping[str, str]) -> None:
        """Say below each field what is wrong with it."""
        for key, field in self.fields.items():
            field.show_problem(found.get(key, ""))

    def set_colors(self, colors: DockColors) -> None:
        """Take the theme's colours."""
        self.hint.setStyleSheet(f"QLabel:enabled {{color: {colors.muted.name()};}}")
        for field in self.fields.values():
            field.set_colors(colors)
