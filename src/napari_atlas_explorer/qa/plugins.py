"""Checks of other distributions, found by their entry points."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from types import ModuleType
from typing import TYPE_CHECKING

from ..core.errors import ArgumentError, CacheError, short
from .check import Check, Limits, NotRunError, Run, Threshold, check_of, checks_in
from .finding import SEVERITIES, Finding

if TYPE_CHECKING:
    from .subject import Subject

ENTRY_POINTS = "napari_atlas_explorer.qa_checks"
"""Group of entry points; each names a module that declares checks, or a list of checks."""

PROBLEMS = "plugins"
"""Group of the lines about plug-ins that cannot be used."""

LIMIT_NAME = re.compile(r"[a-z][a-z0-9_]*")
MADE_BY = "napari-atlas-explorer"


@dataclass(frozen=True)
class PluginRun:
    """Function of a plug-in's check; whatever is wrong with it becomes a check that did not run.

    An instance can be sent to other processes, as the function can.

    Attributes
    ----------
    run
        The function.
    plugin
        Distribution and version.
    limits
        Names of the limits that findings may refer to.
    """

    run: Run
    plugin: str
    limits: frozenset[str]

    def __call__(self, subject: Subject, limits: Limits) -> list[Finding]:
        """Run the check; raise `NotRunError` where it fails."""
        pulse, stops = subject.pulse, list[BaseException]()

        def watch() -> None:
            try:
                pulse()
            except BaseException as exc:
                stops.append(exc)
                raise

        subject.pulse = watch
        try:
            return [self._verify(finding) for finding in self.run(subject, limits)]
        except (NotRunError, CacheError, MemoryError):
            raise
        except Exception as exc:
            if any(exc is stop for stop in stops):  # the user's, not the plug-in's
                raise
            raise NotRunError(f"{self.plugin} failed ({_describe(exc)})") from exc
        finally:
            subject.pulse = pulse

    def _verify(self, finding: object) -> Finding:
        if not isinstance(finding, Finding):
            raise ArgumentError(f"a result is {short(finding)}; expected a Finding")
        if finding.threshold is not None and finding.threshold not in self.limits:
            raise ArgumentError(f"a finding with the unknown limit {short(finding.threshold)}")
        if finding.severity not in (None, *SEVERITIES):
            raise ArgumentError(f"a finding of severity {short(finding.severity)}")
        return finding


@dataclass(frozen=True)
class ProblemRun:
    """Function of the line about a plug-in that cannot be used."""

    problem: str

    def __call__(self, subject: Subject, limits: Limits) -> list[Finding]:
        """Raise `NotRunError` with the problem."""
        raise NotRunError(self.problem)


def load_plugins(
    checks: Sequence[Check], thresholds: Sequence[Threshold]
) -> tuple[list[Check], list[Threshold]]:
    """Load the checks and limits of all installed plug-ins.

    A plug-in that cannot be used, or some check of it, is listed as a check that never runs, whose
    reason names the plug-in: it cannot be missed in a report, and nothing else fails.

    Parameters
    ----------
    checks, thresholds
        Those that exist; no plug-in can replace one.
    """
    added, limits = list[Check](), list[Threshold]()
    for point in _find_entry_points():
        plugin = _name_plugin(point)
        problems = []
        try:
            candidates = _read_checks(point.load())
        except (Exception, SystemExit) as exc:  # noqa: BLE001 - code of others, named in the report
            candidates = []
            problems.append(f"cannot be loaded ({_describe(exc)})")
        for check in candidates:
            taken = next((c for c in (*checks, *added) if c.code == check.code), None)
            try:
                if taken is not None:
                    owner = taken.plugin or MADE_BY
                    raise ArgumentError(f"the code {check.code} is taken by {owner}")
                if check.group == PROBLEMS:
                    raise ArgumentError(f"check {check.code}: the group {PROBLEMS} is reserved")
                own = _find_limits(check, [*thresholds, *limits])
            except ArgumentError as exc:
                problems.append(str(exc))
                continue
            limits += own
            known = frozenset(t.name for t in (*thresholds, *limits))
            added.append(replace(check, run=PluginRun(check.run, plugin, known), plugin=plugin))
        if problems:
            added.append(_make_problem(point.name, plugin, problems, added))
    return added, limits


def _find_entry_points() -> list[EntryPoint]:
    return sorted(entry_points(group=ENTRY_POINTS), key=lambda p: (_name_plugin(p), p.name))


def _name_plugin(point: EntryPoint) -> str:
    if point.dist is None:
        return point.name
    return f"{point.dist.name} {point.dist.version}"


def _read_checks(value: object) -> list[Check]:
    """Return the checks that an entry point names."""
    if isinstance(value, ModuleType):
        found = list(checks_in(value))
    else:
        members = value if isinstance(value, Iterable) else [value]
        found = []
        for member in members:
            check = member if isinstance(member, Check) else check_of(member)
            if check is None:
                raise ArgumentError(f"{short(member)} is not declared as a check")
            found.append(check)
    if not found:
        raise ArgumentError("no check is declared in it")
    return found


def _find_limits(check: Check, known: Sequence[Threshold]) -> list[Threshold]:
    """Return the limits that a check needs and that are new: those of its module."""
    module = sys.modules.get(check.run.__module__)
    own = {t.name: t for t in getattr(module, "THRESHOLDS", ()) if isinstance(t, Threshold)}
    by_name = {t.name: t for t in known}
    new = []
    for name in check.thresholds:
        if name in by_name:
            if name in own and own[name] is not by_name[name]:
                raise ArgumentError(f"check {check.code}: another limit is called {name}")
            continue
        limit = own.get(name)
        if limit is None or not LIMIT_NAME.fullmatch(name):
            raise ArgumentError(f"check {check.code}: there is no limit {short(name)}")
        if not (math.isfinite(limit.default) and limit.default >= 0):
            raise ArgumentError(f"limit {name} = {limit.default}; expected a number, 0 or more")
        new.append(limit)
    return new


def _make_problem(
    entry: str, plugin: str, problems: Sequence[str], taken: Sequence[Check]
) -> Check:
    name = re.sub(r"[^a-z0-9]+", "-", entry.lower()).strip("-") or "unnamed"
    number, code = 1, f"plugin-{name}"
    while any(check.code == code for check in taken):
        number += 1
        code = f"plugin-{name}-{number}"
    run = ProblemRun(f"{plugin}: {'; '.join(problems)}")
    title = "Plug-in that cannot be used"
    return Check(code, PROBLEMS, title, ("plug-in",), "warning", "quick", run, plugin=plugin)


def _describe(exc: BaseException) -> str:
    text = str(exc)
    return f"{type(exc).__name__}: {text}" if text else type(exc).__name__
