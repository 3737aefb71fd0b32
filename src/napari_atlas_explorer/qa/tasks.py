"""Division of a package's checks into tasks for several processes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import AtlasError, CacheError
from .registry import CHECKS, GROUPS
from .run import CheckResult, Report, run_qa
from .subject import Subject

TOGETHER: tuple[tuple[str, ...], ...] = (
    ("labels",),
    ("reference",),
    ("symmetry",),
    ("meshes",),
    ("package",),
    ("orientation",),
    ("versions",),
    ("hierarchy", "bids"),
)
"""Groups of checks that share what is costly to make, the longest first."""


@dataclass(frozen=True)
class CheckTask:
    """Some groups of checks of a package on disk; see `run_qa`."""

    path: Path
    groups: tuple[str, ...]
    config: Path | None = None
    other: Path | None = None


def split_tasks(
    path: Path,
    groups: Collection[str] | None = None,
    config: Path | None = None,
    other: Path | None = None,
) -> list[CheckTask]:
    """Divide the checks of a package, the slowest first."""
    chosen = set(GROUPS if groups is None else groups)
    listed = {group for together in TOGETHER for group in together}
    others = tuple(group for group in GROUPS if group not in listed)  # those of plug-ins
    group_sets = [tuple(g for g in together if g in chosen) for together in (*TOGETHER, others)]
    return [CheckTask(path, group_set, config, other) for group_set in group_sets if group_set]


def run_task(task: CheckTask) -> tuple[CheckResult, ...]:
    """Run a task in any process."""
    return run_qa(Subject.at(task.path, task.other), task.groups, task.config).results


def merge_results(
    subject: Subject, config: Path | None, task_results: Sequence[Sequence[CheckResult]]
) -> Report:
    """Merge the results of all tasks into the report that `run_qa` would give."""
    order = {check.code: n for n, check in enumerate(CHECKS)}
    results = sorted(
        (result for part in task_results for result in part), key=lambda r: order[r.check.code]
    )
    return replace(run_qa(subject, (), config), results=tuple(results))


def convert_large(subject: Subject) -> None:
    """Convert large volumes before processes need them: one converts, others wait.

    Files that cannot be read are skipped: the checks report them.
    """
    package = subject.raw.package
    if package is None or package.make_ranks is None:
        return
    try:
        _ = subject.atlas.ranks
        for data in package.datasets.values():
            data.load()
    except CacheError:
        raise
    except (AtlasError, OSError):
        return
