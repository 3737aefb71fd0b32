"""Dialog for the limits of the checks with their reasons, and severities."""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ...qa.check import Threshold
from ...qa.config import Config, read_config
from ...qa.config_writer import set_limits, set_severity
from ...qa.finding import SEVERITIES
from ...qa.registry import CHECKS, THRESHOLDS

AS_IT_IS = "default"
LARGEST = 1e9
DIGITS = 4


class QaSettings(QDialog):
    """Dialog with two tables: limits, and severities.

    Parameters
    ----------
    path
        File that they are read from, None for the defaults.
    parent
        Window that it belongs to.
    """

    def __init__(self, path: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Limits and settings of the checks")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(760, 520)
        self._config = Config() if path is None else read_config(path, CHECKS, THRESHOLDS)
        self.limits: dict[str, LimitBox] = {}
        self.severities: dict[str, QComboBox] = {}
        tabs = QTabWidget()
        tabs.addTab(self._make_limits_table(), "Limits")
        tabs.addTab(self._make_severity_table(), "Severities")
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Save
            | QDialogButtonBox.StandardButton.Cancel
            | QDialogButtonBox.StandardButton.RestoreDefaults
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        defaults = buttons.button(QDialogButtonBox.StandardButton.RestoreDefaults)
        if defaults is not None:
            defaults.clicked.connect(self.restore_defaults)
        layout = QVBoxLayout(self)
        layout.addWidget(tabs)
        layout.addWidget(buttons)

    def _make_limits_table(self) -> QTableWidget:
        table = _make_table(len(THRESHOLDS), ("Limit", "Value", "Why"))
        for row, threshold in enumerate(THRESHOLDS):
            box = LimitBox(threshold, self._config.limits.get(threshold.name, threshold.default))
            self.limits[threshold.name] = box
            table.setItem(row, 0, QTableWidgetItem(threshold.name))
            table.setCellWidget(row, 1, box)
            default = f"{threshold.default:g} {threshold.unit}".rstrip()
            table.setItem(row, 2, QTableWidgetItem(f"{threshold.reason} (default {default})"))
        table.resizeRowsToContents()
        return table

    def _make_severity_table(self) -> QTableWidget:
        table = _make_table(len(CHECKS), ("Check", "Severity", "Check"))
        for row, check in enumerate(CHECKS):
            box = QComboBox()
            box.addItem(f"{AS_IT_IS} ({check.severity})", None)
            for severity in (*SEVERITIES, "off"):
                box.addItem(severity, severity)
            box.setCurrentIndex(max(0, box.findData(self._config.severities.get(check.code))))
            self.severities[check.code] = box
            table.setItem(row, 0, QTableWidgetItem(check.code))
            table.setCellWidget(row, 1, box)
            table.setItem(row, 2, QTableWidgetItem(check.title))
        table.resizeRowsToContents()
        return table

    def restore_defaults(self) -> None:
        """Reset every limit and severity; nothing is written before Save."""
        for threshold in THRESHOLDS:
            self.limits[threshold.name].setValue(threshold.default)
        for box in self.severities.values():
            box.setCurrentIndex(0)

    def write(self, path: Path) -> None:
        """Write the values that differ from the defaults; comments in the file stay."""
        set_limits(path, {name: box.value() for name, box in self.limits.items()}, THRESHOLDS)
        for code, box in self.severities.items():
            setting = box.currentData()
            if setting is not None or code in self._config.severities:
                set_severity(path, code, setting)


def _make_table(rows: int, titles: tuple[str, str, str]) -> QTableWidget:
    table = QTableWidget(rows, len(titles))
    table.setHorizontalHeaderLabels(titles)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setWordWrap(True)
    header, side = table.horizontalHeader(), table.verticalHeader()
    if header is not None and side is not None:
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        side.setVisible(False)
    return table


class LimitBox(QDoubleSpinBox):
    """Spin box that writes numbers without trailing zeros: 2, 0.5, 300."""

    def __init__(self, threshold: Threshold, value: float) -> None:
        super().__init__()
        self.setRange(0, LARGEST)
        self.setDecimals(DIGITS)
        self.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
        self.setValue(value)
        if threshold.unit:
            self.setSuffix(f" {threshold.unit}")

    def textFromValue(self, value: float) -> str:  # noqa: N802
        """Format a value without trailing zeros."""
        return f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")
