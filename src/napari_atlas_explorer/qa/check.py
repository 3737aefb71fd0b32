"""Checks, their requirements, and their limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Literal, TypeVar

from ..core.errors import AtlasError
from .finding import Finding, Severity

if TYPE_CHECKING:
    from .subject import Subject

Group = Literal[
    "package",
    "labels",
    "hierarchy",
    "symmetry",
    "reference",
    "meshes",
    "orientation",
    "versions",
    "bids",
]
Cost = Literal["quick", "pass", "slow"]
"""Headers and tables alone; a pass over the volume; meshes or several passes."""


class NotRunError(AtlasError):
    """Check that cannot run on this atlas; the message gives the reason ("no meshes")."""


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
    """

    code: str
    group: Group
    title: str
    needs: tuple[str, ...]
    severity: Severity
    cost: Cost
    run: Run
    thresholds: tuple[str, ...] = ()


_declared: list[Check] = []


@dataclass(frozen=True)
class CheckGroup:
    """Decorator that declares the checks of a module, in source order.

    Attributes
    ----------
    group
        Of its checks.
    needs, cost
        Of those checks that state no other.
    """

    group: Group
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
        """Declare a function as a check; it is returned unchanged."""

        def declare(run: AnyRun) -> AnyRun:
            _declared.append(
                Check(
                    code,
                    self.group,
                    title,
                    needs or self.needs,
                    severity,
                    cost or self.cost,
                    run,
                    thresholds,
                )
            )
            return run

        return declare


def checks_in(module: ModuleType) -> tuple[Check, ...]:
    """Return the checks that a module declares."""
    return tuple(check for check in _declared if check.run.__module__ == module.__name__)
