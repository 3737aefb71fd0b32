"""Checks, their requirements, and their limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from ..core.errors import ArgumentError, AtlasError, short
from .finding import SEVERITIES, Finding, Severity

if TYPE_CHECKING:
    from .subject import Subject

Cost = Literal["quick", "pass", "slow"]
"""Headers and tables alone; a pass over the volume; meshes or several passes."""


class NotRunError(AtlasError):
    """Check that cannot run on this atlas; the message gives the reason.

    >>> raise NotRunError("no meshes")
    Traceback (most recent call last):
    napari_atlas_explorer.qa.check.NotRunError: no meshes
    """


@dataclass(frozen=True)
class Threshold:
    """Named limit.

    Attributes
    ----------
    name
        As written in ``qa.toml``.
    default
        Value without a setting of the user's.
    unit
        "voxels", "%", "µm", "" for a plain number.
    reason
        Reason for the default, shown with the setting.

    Examples
    --------
    >>> Threshold("lab_voxels", 100, "voxels", "Smaller regions have no cells.").default
    100
    """

    name: str
    default: float
    unit: str
    reason: str


Limits = Mapping[str, float]
"""Value of each threshold by name."""

Run = Callable[["Subject", Limits], Iterable[Finding]]
AnyRun = TypeVar("AnyRun", bound=Run)


@dataclass(frozen=True)
class Check:
    """Rule with a code: a pure function from an atlas to findings.

    Attributes
    ----------
    code
        Of every finding it makes.
    group
        For choosing checks and for ``--require``.
    title
        The fault that it finds, as a heading: "Acronym used by two regions".
    needs
        Inputs: "annotation", "hierarchy", "meshes" …
    severity
        Of its findings unless they or ``qa.toml`` state another.
    cost
        How long it may take.
    run
        Yields the findings; raises `NotRunError` where an input is missing.
    thresholds
        Names of those it uses.
    plugin
        Distribution that it is from, with its version: "lab-checks 1.2"; "" for this program's.
    """

    code: str
    group: str
    title: str
    needs: tuple[str, ...]
    severity: Severity
    cost: Cost
    run: Run
    thresholds: tuple[str, ...] = ()
    plugin: str = ""


_declared: list[Check] = []

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""Of a code or a group: both are typed on the command line and written into settings."""


def declare_check(
    code: str,
    *,
    group: str,
    severity: Severity,
    title: str,
    needs: tuple[str, ...] = (),
    cost: Cost = "pass",
    thresholds: tuple[str, ...] = (),
) -> Callable[[AnyRun], AnyRun]:
    """Declare a function as a check; it is returned unchanged.

    The function gets the `Subject` and the value of each limit by name, and yields a `Finding`
    for each fault. It changes nothing, and raises `NotRunError` where an input is missing.
    Checks of other distributions are found by the entry point ``napari_atlas_explorer.qa_checks``.

    Parameters
    ----------
    code
        Names the check in reports and settings: small letters, digits and hyphens.
    group
        An existing group of checks or a new one.
    severity
        Of its findings: "error", "warning" or "info".
    title
        The fault that it finds, as a heading.
    needs
        Inputs, for the documentation: "annotation", "hierarchy" …
    cost
        How long it may take: "quick" (headers and tables), "pass" (over the volume) or "slow".
    thresholds
        Names of the limits that it uses; new ones are listed in ``THRESHOLDS`` of its module.

    Raises
    ------
    ArgumentError
        If an argument is none of those.

    Examples
    --------
    >>> @declare_check(
    ...     "lab-long-acronym", group="lab", severity="info", title="Acronym too long for labels"
    ... )
    ... def check_acronyms(subject, limits):
    ...     for region_id in subject.regions:
    ...         acronym = subject.atlas.structures[region_id]["acronym"]
    ...         if len(acronym) > 12:
    ...             yield Finding(f"{acronym} is long for a label.", (region_id,))
    """
    for what, name in (("code", code), ("group", group)):
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise ArgumentError(
                f"{what} {short(name)} of a check; expected small letters, digits and hyphens"
            )
    for what, value, values in (
        ("severity", severity, SEVERITIES),
        ("cost", cost, get_args(Cost)),
    ):
        if value not in values:
            raise ArgumentError(
                f"{what} {short(value)} of check {code}; expected {', '.join(values)}"
            )

    def declare(run: AnyRun) -> AnyRun:
        _declared.append(
            Check(code, group, title, tuple(needs), severity, cost, run, tuple(thresholds))
        )
        return run

    return declare


@dataclass(frozen=True)
class CheckGroup:
    """`declare_check` for the checks of a module, which share group, inputs and cost.

    Attributes
    ----------
    group
        Of its checks.
    needs, cost
        Of those checks that state no other.
    """

    group: str
    needs: tuple[str, ...]
    cost: Cost = "pass"

    def __call__(
        self,
        code: str,
        severity: Severity,
        title: str,
        *,
        needs: tuple[str, ...] | None = None,
        cost: Cost | None = None,
        thresholds: tuple[str, ...] = (),
    ) -> Callable[[AnyRun], AnyRun]:
        """Declare a function as a check of the group."""
        return declare_check(
            code,
            group=self.group,
            severity=severity,
            title=title,
            needs=needs or self.needs,
            cost=cost or self.cost,
            thresholds=thresholds,
        )


def checks_in(module: ModuleType) -> tuple[Check, ...]:
    """Return the checks that a module declares."""
    return tuple(check for check in _declared if check.run.__module__ == module.__name__)


def check_of(run: object) -> Check | None:
    """Return the check that a function was declared as, None if it was not."""
    return next((check for check in _declared if check.run is run), None)
