"""QA of an atlas: run the checks, collect a report."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

from ..core.atlas.atlas import Atlas
from ..core.errors import ArgumentError
from ..core.progress import StageProgress
from .check import Check, Limits, NotRunError
from .config import Config, find_config, read_config, require_names
from .finding import SEVERITIES, Finding, Severity
from .registry import CHECKS, GROUPS, THRESHOLDS
from .subject import Subject

Status = Literal["passed", "found", "not run"]
"""Called with the share that is done and what comes next; raises to stop the run."""

WEIGHTS = {"quick": 1, "pass": 10, "slow": 40}
"""Of a check within the progress, by its cost."""

SETTLED = 2.0
"""Seconds after which the time that is left is estimated."""


@dataclass(frozen=True)
class CheckResult:
    """Result of one check.

    Attributes
    ----------
    check
        The check.
    status
        "passed", "found" or "not run".
    why
        Why it was not run.
    findings
        Its findings, the largest first, each with its severity.
    seconds
        How long it took; shared facts count to the check that needed them first.
    """

    check: Check
    status: Status
    why: str = ""
    findings: tuple[Finding, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True)
class ListedFinding:
    """Finding in a report.

    Attributes
    ----------
    id
        Names it in the report, on the command line and in ``qa.toml``: code@what it is about.
    finding
        The finding.
    known
        Why it is accepted; "" if it is not.
    """

    id: str
    finding: Finding
    known: str = ""


@dataclass(frozen=True)
class Report:
    """QA report of an atlas.

    Attributes
    ----------
    subject
        The atlas under test.
    results
        One for each check that was chosen.
    config
        The configuration it was made with.
    """

    subject: Subject
    results: tuple[CheckResult, ...]
    config: Config

    def __repr__(self) -> str:
        """Describe the atlas, the findings of each severity and the checks."""
        counts = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in self.summary().items())
        return f"<Report on {self.name}: {counts}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the findings, most severe first."""
        from ..figures.notebook import report_html

        return report_html(self)

    @property
    def name(self) -> str:
        """Name of the atlas, or its path where it could not be opened.

        >>> run_qa("sample", groups=["hierarchy"]).name
        'Phantom mouse brain'
        """
        raw = self.subject.raw
        return str(raw.path) if raw.package is None else raw.package.name

    def summary(self, listed: Collection[ListedFinding] | None = None) -> dict[str, int]:
        """Count findings by severity, known ones, and checks that passed or could not run.

        >>> run_qa("sample", groups=["hierarchy"]).summary()["error"]
        0
        """
        listed = self.listed if listed is None else listed
        open_ones = [one.finding.severity for one in listed if not one.known]
        statuses = [result.status for result in self.results]
        return {
            **{severity: open_ones.count(severity) for severity in SEVERITIES},
            "known": len(listed) - len(open_ones),
            "passed": statuses.count("passed"),
            "not_run": statuses.count("not run"),
        }

    @property
    def listed(self) -> list[ListedFinding]:
        """Every finding with its id: open before known, most severe first, then by check.

        >>> run_qa("sample", groups=["hierarchy"]).listed[0].id
        'hierarchy-no-voxels@309'
        """
        return list_findings(self)

    def worst(self) -> Severity | None:
        """Return the highest severity among the findings that are not known, None without any.

        >>> run_qa("sample", groups=["hierarchy"]).worst()
        'warning'
        """
        present = {one.finding.severity for one in self.listed if not one.known}
        return next((s for s in SEVERITIES if s in present), None)

    def not_run(self, groups: Collection[str]) -> list[CheckResult]:
        """Return the checks of some groups that could not run.

        >>> report = run_qa("sample", groups=["hierarchy"])
        >>> [result.check.code for result in report.not_run(["hierarchy"])]
        ['hierarchy-path-end', 'hierarchy-table', 'hierarchy-set-overlap', 'hierarchy-set-gap']
        """
        return [r for r in self.results if r.status == "not run" and r.check.group in groups]


def run_qa(
    atlas: Atlas | Subject | str | Path,
    groups: Collection[str] | None = None,
    config: Config | str | Path | None = None,
    progress: StageProgress | None = None,
) -> Report:
    """Check an atlas.

    Parameters
    ----------
    atlas
        An open atlas, a path, or a `Subject` (with another atlas to compare with).
    groups
        Group or groups of checks to run (`registry.GROUPS`); all of them by default.
    config
        Configuration, or its file; by default ``qa.toml`` in the package if there is one.
    progress
        Called with the progress; may raise to stop the run.

    Examples
    --------
    >>> report = run_qa("sample", groups=["hierarchy"])
    >>> report.summary()["error"]
    0
    """
    chosen = _select_groups(groups)
    subject = _make_subject(atlas)
    qa_config = _choose_config(config, subject)
    subject.sets = qa_config.sets
    limits = qa_config.limits_of(THRESHOLDS)
    checks = [c for c in CHECKS if c.group in chosen and qa_config.severities.get(c.code) != "off"]
    total, done = sum(WEIGHTS[c.cost] for c in checks), 0
    results: list[CheckResult] = []
    start = time.perf_counter()
    for check in checks:
        if progress is not None:
            left = _estimate_left(time.perf_counter() - start, done / total)
            what = f"check {len(results) + 1} of {len(checks)}, {check.code}{left}"
            subject.pulse = partial(progress, done / total, what)
        subject.pulse()
        results.append(_run_check(check, subject, limits, qa_config))
        done += WEIGHTS[check.cost]
    if progress is not None:
        progress(1.0, "")
    return Report(subject, tuple(results), qa_config)


def _estimate_left(seconds: float, share: float) -> str:
    """Return the time that is left, in words, once enough is done to tell."""
    if seconds < SETTLED or not share:
        return ""
    left = seconds * (1 - share) / share
    return f", about {left:.0f} s left" if left < 90 else f", about {left / 60:.0f} min left"


def _run_check(check: Check, subject: Subject, limits: Limits, config: Config) -> CheckResult:
    start = time.perf_counter()
    try:
        findings = list(check.run(subject, limits))
    except NotRunError as exc:
        return CheckResult(check, "not run", str(exc), (), time.perf_counter() - start)
    graded = tuple(
        replace(
            f,
            code=check.code,
            unit=_unit_of(f.threshold) if f.threshold and f.measure is not None else f.unit,
            severity=config.severity_of(check, f),
        )
        for f in sorted(findings, key=lambda f: (-f.count, f.region_ids, f.about))
    )
    status: Status = "found" if graded else "passed"
    return CheckResult(check, status, "", graded, time.perf_counter() - start)


def _unit_of(threshold: str) -> str:
    return next(t.unit for t in THRESHOLDS if t.name == threshold)


def list_findings(report: Report) -> list[ListedFinding]:
    """Return the findings of a report with their ids; see `Report.listed`."""
    acronyms = acronyms_of(report.subject)
    listed: list[ListedFinding] = []
    seen: dict[str, int] = {}
    for result in report.results:
        for finding in result.findings:
            name = f"{finding.code}@{finding.about}" if finding.about else finding.code
            seen[name] = seen.get(name, 0) + 1
            if seen[name] > 1:
                name = f"{name}~{seen[name]}"
            known = report.config.reason_for(finding, acronyms) or ""
            listed.append(ListedFinding(name, finding, known))
    grade = {severity: n for n, severity in enumerate(SEVERITIES)}
    return sorted(listed, key=lambda one: (bool(one.known), grade[one.finding.severity or "info"]))


def acronyms_of(subject: Subject) -> dict[int, str]:
    """Return the acronym of each region id, as far as the hierarchy can be read."""
    if subject.raw.package is None:
        return {}
    regions = subject.raw.package.region_map
    return {int(regions.ids[k]): regions.acronym_of_rank(k) for k in range(1, len(regions) + 1)}


def _select_groups(groups: Collection[str] | None) -> set[str]:
    if groups is None:
        return set(GROUPS)
    if isinstance(groups, str):
        groups = (groups,)
    for group in groups:
        if group not in GROUPS:
            raise ArgumentError(f"group of checks {group!r}; expected {', '.join(GROUPS)}")
    return set(groups)


def _make_subject(atlas: Atlas | Subject | str | Path) -> Subject:
    if isinstance(atlas, Subject):
        return atlas
    if isinstance(atlas, Atlas):
        return Subject.of_atlas(atlas)
    return Subject.at(atlas)


def _choose_config(config: Config | str | Path | None, subject: Subject) -> Config:
    if isinstance(config, Config):
        require_names(config, CHECKS, THRESHOLDS)
        return config
    if config is None:
        # Next to an archive, else in it.
        config = find_config(subject.raw.path) or find_config(subject.raw.folder)
        if config is None:
            return Config()
    return read_config(Path(config), CHECKS, THRESHOLDS)
