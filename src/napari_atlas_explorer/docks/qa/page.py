"""The QA page: running checks, browsing findings, recording verdicts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt
from qtpy.QtGui import QKeySequence, QShortcut
from qtpy.QtWidgets import (
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...core.errors import AtlasError
from ...qa.config import FILE_NAME
from ...qa.finding import SEVERITIES
from ...qa.registry import CHECKS, GROUPS
from ...qa.run import ListedFinding, Report, run_qa
from ...qa.subject import Subject
from ...viewer.display import AtlasDisplay
from ...viewer.findings import FindingsLayer, go_to
from ...viewer.mirror_image import MirrorImage
from ...viewer.qa_list import KINDS, FindingFilter, QaList
from ..common.background import Progress
from ..common.page import Page
from ..common.widgets import (
    ElidedLabel,
    FoldingSplitter,
    fill_column,
    make_button,
    make_choice,
    make_flow,
    make_hint,
    without_margins,
)
from .actions import QaActions
from .details import QaDetails
from .tree import QaTree, QaWalk

if TYPE_CHECKING:
    from ..atlas.panel import AtlasPanel


NAMES = {"error": "errors", "warning": "warnings", "info": "info", "known": "known"}
LIST_WIDTH, DETAILS_WIDTH = 400, 330
FILTER_WIDTH = 230


# ---- The QA page ---------------------------------------------------------------------------------

NO_ATLAS = "Open an atlas in the Atlas Explorer page, then run the checks."
NOT_YET = "Run the checks to see what they find in this atlas."
NO_FINDINGS = "No findings."
HIDDEN = "No findings match the buttons and the filter."


class QaPage(Page):
    """Page for the findings of the open atlas."""

    def __init__(self, panel: AtlasPanel) -> None:
        super().__init__(panel)
        self.findings: QaList | None = None
        self.layer: FindingsLayer | None = None
        self.mirror: MirrorImage | None = None
        self._requested = ""
        self._checked: Path | None = None
        self._build()
        self.actions_ = QaActions(self)
        self.walk = QaWalk(self)
        self._connect()
        self._add_shortcuts()
        self._apply_colors()
        self.follow_atlas()

    # ---- Building --------------------------------------------------------------------------

    def _build(self) -> None:
        self.run = make_button("Run checks", "Run the checks whose groups are ticked (F5)")
        which = make_button("Groups", "Groups of checks to run")
        self.groups = QMenu(self)
        self.groups.setToolTipsVisible(True)
        which.setMenu(self.groups)
        self.kinds: dict[str, QPushButton] = {}
        for kind in KINDS:
            button = make_button(NAMES[kind], f"Show {NAMES[kind]}")
            button.setCheckable(True)
            button.setChecked(kind in SEVERITIES)
            button.setObjectName(f"kind_{kind}")
            self.kinds[kind] = button
        self.words = QLineEdit()
        self.words.setPlaceholderText("Filter: region, code or words")
        self.words.setAccessibleName("Filter the findings")
        self.words.setClearButtonEnabled(True)
        groups = ("all groups", ""), *zip(GROUPS, GROUPS, strict=True)
        self.group = make_choice("Shown group of checks", groups)
        self.more = make_button("More", "Views, limits, reports")
        self.menu = QMenu(self)
        self.more.setMenu(self.menu)
        self.words.setFixedWidth(FILTER_WIDTH)
        kinds = self.kinds.values()
        head = make_flow(self.run, which, *kinds, self.words, self.group, self.more)
        self.about = ElidedLabel("")
        self.about.setVisible(False)
        self.tree = QaTree(self.colors)
        self.empty = make_hint()
        self.details = QaDetails(self.colors)
        left = QWidget()
        column = without_margins(QVBoxLayout(left))
        column.addWidget(self.tree, 1)
        column.addWidget(self.empty, 1)
        splitter = FoldingSplitter(LIST_WIDTH + DETAILS_WIDTH)
        splitter.addWidget(left)
        splitter.addWidget(self.details)
        splitter.setSizes([LIST_WIDTH, DETAILS_WIDTH])
        fill_column(self, head, self.about, splitter, stretched=(splitter,))
        for group in GROUPS:
            action = self.groups.addAction(group)
            action.setCheckable(True)
            action.setChecked(True)
            titles = [c.title for c in CHECKS if c.group == group]
            action.setToolTip("\n".join(titles))

    def _connect(self) -> None:
        self.run.clicked.connect(self.start)
        self.background.step.connect(lambda text: self.run.setEnabled(not text))
        for button in self.kinds.values():
            button.toggled.connect(self._on_filter)
        self.words.textChanged.connect(self._on_filter)
        self.group.currentIndexChanged.connect(self._on_filter)
        self.tree.chosen.connect(self._on_chosen)
        details = self.details
        details.exhibits.slice_clicked.connect(self.walk.go_to_slice)
        details.previous.clicked.connect(lambda: self.walk.go(-1))
        details.next.clicked.connect(lambda: self.walk.go(1))
        details.note.editingFinished.connect(self.walk.keep_note)
        for name, button in details.verdicts.items():
            button.clicked.connect(lambda _=False, n=name: self.walk.judge(n))
        self.viewer.dims.events.point.connect(self.walk.follow_slices)
        self.viewer.dims.events.order.connect(self.walk.follow_slices)

    def _add_shortcuts(self) -> None:
        shortcut = QShortcut(QKeySequence("F5"), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(self.start)
        self.tree.keys = {
            "N": lambda: self.walk.go(1),
            "P": lambda: self.walk.go(-1),
            "1": lambda: self.walk.judge("pass"),
            "2": lambda: self.walk.judge("fail"),
            "3": lambda: self.walk.judge("unsure"),
            "B": self.actions_.before_after,
        }

    # ---- Following -------------------------------------------------------------------------

    def _take(self, display: AtlasDisplay | None) -> None:
        if display is not None:
            self.layer = FindingsLayer(display)
            self.mirror = MirrorImage(display)
        self._fill_tree()

    def _forget(self) -> None:
        for part in (self.layer, self.mirror):
            if part is not None:
                part.close()
        self.actions_.forget()
        self.layer, self.mirror, self.findings = None, None, None
        self._tell_checked(None)

    # ---- Running ---------------------------------------------------------------------------

    def chosen_groups(self) -> list[str]:
        """Return the ticked groups of checks."""
        return [a.text() for a in self.groups.actions() if a.isChecked()]

    def start(self, *_: Any, groups: list[str] | None = None) -> None:
        """Run the ticked groups of checks, or those named."""
        display = self.display
        chosen = self.chosen_groups() if groups is None else groups
        if display is None or not chosen:
            self.tell("Tick a group of checks in the menu" if display is not None else NO_ATLAS)
            return
        self.tell("")
        atlas, config = display.atlas, self.actions_.config_path
        other = self.actions_.other

        def work(report: Progress) -> Report:
            subject = Subject.of_atlas(atlas, other)
            return run_qa(subject, chosen, config, _name_checks(report))

        self._tell_checked(None)
        self.background.start("Checking", work, self._on_report)

    def check_path(self, path: Path) -> None:
        """Run every check on a path, also one that cannot be opened; the shown atlas stays."""
        self._tell_checked(path)
        self.findings = None
        self._fill_tree()
        self.background.start(
            f"Checking {path.name}",
            lambda report: run_qa(Subject.at(path), None, None, _name_checks(report)),
            self._on_report,
        )

    def _tell_checked(self, path: Path | None) -> None:
        """Say which path the findings are about; None for the shown atlas."""
        self._checked = path
        self.about.setText(f"Findings of {path}, which is not shown" if path is not None else "")
        self.about.setVisible(path is not None)

    def show_finding(self, finding_id: str, compare: Path | None = None) -> None:
        """Run the checks that make a finding, and go to it.

        Parameters
        ----------
        finding_id
            Its id in a report.
        compare
            Atlas that the report compared with: it is opened first.
        """
        code = finding_id.partition("@")[0]
        groups = [c.group for c in CHECKS if c.code == code]
        if not groups:
            self.tell(f"finding {finding_id}: there is no check {code}")
            return
        self._requested = finding_id
        if compare is not None:
            self.actions_.compare_with(compare)
        else:
            self.start(groups=list(groups))

    def _on_report(self, report: Report) -> None:
        verdicts = self.findings.verdicts if self.findings is not None else {}
        self.findings = QaList(report, self._read_filter(), dict(verdicts))
        finding_id, self._requested = self._requested, ""
        listed = self.findings.by_id(finding_id) if finding_id else None
        if listed is not None:
            self.kinds["known" if listed.known else str(listed.finding.severity)].setChecked(True)
        self._fill_tree()
        if finding_id and (listed is None or not self.tree.choose(finding_id)):
            self.tell(_explain_missing_finding(finding_id, report))

    # ---- List ------------------------------------------------------------------------------

    def _read_filter(self) -> FindingFilter:
        kinds = frozenset(kind for kind, button in self.kinds.items() if button.isChecked())
        return FindingFilter(kinds, str(self.group.currentData() or ""), self.words.text())

    def _on_filter(self, *_: Any) -> None:
        if self.findings is not None:
            self.findings.filter = self._read_filter()
        self._fill_tree()

    def refill(self) -> None:
        """Refresh the list after a change of verdicts or known findings."""
        self._fill_tree()

    def _fill_tree(self) -> None:
        findings = self.findings
        counts = findings.counts() if findings is not None else {}
        for kind, button in self.kinds.items():
            count = counts.get(kind, 0)
            name = kind if count == 1 else NAMES[kind]
            button.setText(f"{count} {name}" if findings is not None else NAMES[kind])
        groups = findings.groups() if findings is not None else []
        self.tree.fill(groups, findings.verdicts if findings is not None else {})
        self.tree.setVisible(bool(groups))
        self.empty.setVisible(not groups)
        self.empty.setText(self._explain_empty_list())
        self.run.setEnabled(self.display is not None and not self.background.busy)
        self._show_current()

    def _explain_empty_list(self) -> str:
        if self.findings is None and self._checked is None:
            return NO_ATLAS if self.display is None else NOT_YET
        if self.findings is None:
            return f"Checking {self._checked.name}…" if self._checked is not None else ""
        left_out = [
            f"not run: {', '.join(codes)} ({why})" for why, codes in self.findings.not_run().items()
        ]
        return "\n".join([HIDDEN if self.findings.listed else NO_FINDINGS, *left_out])

    @property
    def current(self) -> ListedFinding | None:
        """The finding on the current line."""
        if self.findings is None:
            return None
        return self.findings.by_id(self.tree.current_id())

    def _on_chosen(self, finding_id: str) -> None:
        self._show_current()
        listed, display, layer = self.current, self.display, self.layer
        if listed is None or display is None or layer is None or self._checked is not None:
            return
        shown = go_to(display, listed.finding, layer)
        ranks = [k for i in listed.finding.region_ids[:1] if (k := self._find_rank(i))]
        if ranks:
            self.panel.tree.reveal(ranks[0])
            layer.lift()
        if not shown and listed.finding.anchor.file is None and listed.finding.anchor.voxel is None:
            return
        self.walk.follow_slices()

    def _find_rank(self, region_id: int) -> int:
        display = self.display
        return display.atlas.region_map.rank_of_id(region_id) if display is not None else 0

    def _show_current(self) -> None:
        findings = self.findings
        if findings is None:
            self.details.show_finding(None, {}, {})
            self.details.walked.setText("")
            return
        self.details.show_finding(self.current, findings.acronyms, findings.verdicts)
        done, total = findings.progress()
        self.details.walked.setText(f"{done}/{total}" if total else "")
        self.details.walked.setToolTip(f"{done} of {total} suspicious regions have a verdict")
        self.walk.follow_slices()

    # ---- Qt --------------------------------------------------------------------------------

    def with_display(self, run: Callable[[AtlasDisplay], None]) -> None:
        """Call a function with the shown atlas, if there is one; show errors."""
        if self.display is None:
            return
        try:
            run(self.display)
        except (AtlasError, OSError) as exc:
            self.tell(str(exc))

    def _apply_colors(self) -> None:
        self.tree.set_colors(self.colors)
        self.details.set_colors(self.colors)
        self._mute(self.empty)
        self._fill_tree()


def _explain_missing_finding(finding_id: str, report: Report) -> str:
    """Return why a requested finding is not in a report."""
    code = finding_id.partition("@")[0]
    result = next((r for r in report.results if r.check.code == code), None)
    if result is None:
        return f"{finding_id}: the check is switched off in {FILE_NAME}"
    if result.status == "not run":
        return f"{finding_id}: the check was not run ({result.why})"
    return f"{finding_id} is no longer found: it may have been fixed"


def _name_checks(report: Progress) -> Callable[[float, str], None]:
    """Let the busy line name the running check and the time that is left."""
    return lambda share, what: report(share, f"C{what[1:]}" if what else None)
