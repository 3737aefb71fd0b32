"""`make_package`: write to a staging folder, check, publish."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from ..atlases.layouts.brainglobe_v3 import CACHE
from ..core.errors import ArgumentError, AtlasError, AtlasFileError
from ..core.progress import Progress, StageProgress, ignore_progress
from ..formats.common.staging import recover_folder, staging_folder
from ..qa.registry import GROUPS
from ..qa.run import Report, run_qa
from .checks import check_names, check_plan, check_target, expected_size
from .options import PackageOptions, Target
from .plan.package_plan import PackagePlan
from .plan.prepare import prepare
from .publish import publish, write_archive, write_checksums
from .source.sources import PackageSource
from .write.brainglobe_v2 import write_brainglobe_v2
from .write.brainglobe_v3 import describe_mask_cost, write_brainglobe_v3
from .write.common import WrittenPackages, stage
from .write.itksnap import write_itksnap_folder
from .write.voxelbrain import write_voxelbrain

WRITERS: dict[Target, Callable[[PackagePlan, Path, StageProgress], WrittenPackages]] = {
    "brainglobe-v2": write_brainglobe_v2,
    "brainglobe-v3": write_brainglobe_v3,
    "voxelbrain": write_voxelbrain,
    "itksnap": write_itksnap_folder,
}
PREPARED, WRITTEN_AT, CHECKED = 0.1, 0.75, 0.98
"""Shares of the work that are done after its stages."""


class FaultyPackageError(AtlasError):
    """Package with errors found by QA; ``reports`` are QA's."""

    def __init__(self, message: str, reports: Collection[Report] = ()) -> None:
        super().__init__(message, remedy="keep faulty")
        self.reports = list(reports)


@dataclass(frozen=True)
class PackageResult:
    """Result of making a package.

    Attributes
    ----------
    packages
        What `open_atlas` opens, one for each resolution, the finest first.
    notes
        Repairs and assumptions, one sentence each.
    meshes
        Description of the meshes' source.
    reports
        QA's of each package; none where no check was requested.
    plan
        What was written.
    archives
        Archives of it, if requested.
    """

    packages: tuple[Path, ...]
    notes: tuple[str, ...]
    meshes: str
    reports: tuple[Report, ...]
    plan: PackagePlan
    archives: tuple[Path, ...] = ()

    def __repr__(self) -> str:
        """Describe where the packages are."""
        return f"<PackageResult: {', '.join(map(str, (*self.packages, *self.archives)))}>"


def make_package(
    source: PackageSource,
    options: PackageOptions,
    folder: str | Path,
    *,
    checks: Collection[str] | None = None,
    faulty: bool = False,
    archive: bool = False,
    force: bool = False,
    progress: StageProgress = ignore_progress,
) -> PackageResult:
    """Make a package in a folder, which is made if missing.

    Everything is written into a staging folder next to the target, checked there, and renamed
    when complete: an interruption leaves nothing.

    Parameters
    ----------
    source, options
        What is packaged, and how.
    folder
        Holds the packages afterwards: ``NAME_25um_v1.0`` (BrainGlobe v2), ``NAME_25um``
        (VoxelBrain), or ``brainglobe-atlasapi`` (BrainGlobe v3).
    checks
        Groups of QA's checks to run on it; None for all, () for none.
    archive
        Whether a ``.tar.gz`` of each package, and its SHA-256, are made next to it.
    faulty
        Whether a package in which QA finds errors is kept.
    force
        Whether a package of this name and version is replaced.
    progress
        Called with the share that is done and what is being done; may raise to stop.

    Raises
    ------
    FaultyPackageError
        If QA finds errors.
    AtlasError
        In one line, before anything is written, where the source makes no package.
    """
    folder = Path(folder)
    for group in checks or ():
        if group not in GROUPS:
            raise ArgumentError(f"group of checks {group!r}; expected {', '.join(GROUPS)}")
    progress(0, "reading the source files")
    plan = prepare(source, options)
    check_plan(plan)
    notes = list(plan.notes)
    # Before the names are looked at: what a killed run has moved aside is there again.
    notes += [
        f"{path}: put back; an earlier run had been killed" for path in recover_folder(folder)
    ]
    if options.masks:
        notes.append(describe_mask_cost(plan.grids, len(plan.package.region_map)))
        progress(0.05, notes[-1])
    if not force:
        check_names(plan, folder, archive)
    check_target(folder, expected_size(plan))
    made_folder = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    done = False
    try:
        with staging_folder(folder) as temporary:
            write = WRITERS[options.target]
            written = write(plan, temporary, stage(progress, PREPARED, WRITTEN_AT))
            names = [path.relative_to(temporary) for path in written.packages]
            reports = _check_packages(
                written.packages,
                () if options.target == "itksnap" else checks,
                faulty,
                stage(progress, WRITTEN_AT, CHECKED),
            )
            archives = _write_archives(temporary, written, progress) if archive else []
            progress(CHECKED, "putting it in its place")
            publish(temporary, folder, force, CACHE)
            done = True
    except OSError as exc:
        if isinstance(exc, AtlasError):
            raise
        raise AtlasFileError(folder, f"cannot be written ({exc.strerror or exc})") from exc
    finally:
        if made_folder and not done:
            shutil.rmtree(folder, ignore_errors=True)
    progress(1, "")
    return PackageResult(
        tuple(folder / name for name in names),
        (*notes, *written.notes),
        written.meshes,
        tuple(reports),
        plan,
        tuple(folder / name for name in archives),
    )


def _named(progress: StageProgress) -> StageProgress:
    return lambda share, what: progress(share, f"check: {what}")


def _plain(progress: StageProgress, what: str) -> Progress:
    return lambda share: progress(share, what)


def _write_archives(
    temporary: Path, written: WrittenPackages, progress: StageProgress
) -> list[str]:
    """Archive every staged package; a v3 package's archive holds all its components."""
    say = stage(progress, WRITTEN_AT, CHECKED)
    names = []
    for entry in [p for p in sorted(temporary.iterdir()) if p.is_dir()]:
        first = written.packages[0]
        stem = entry.name
        if entry.name == CACHE:
            stem = f"{first.parent.name}_v{first.name.replace('_', '.')}_{CACHE}"
        archive = temporary / f"{stem}.tar.gz"
        write_archive(entry, archive, progress=_plain(say, f"archive {stem}"))
        write_checksums([archive], archive.with_name(f"{archive.name}.sha256"))
        names.append(archive.name)
    return names


def _check_packages(
    packages: list[Path], checks: Collection[str] | None, faulty: bool, progress: StageProgress
) -> list[Report]:
    """Run QA on each staged package, under its final name."""
    if checks is not None and not checks:
        return []
    reports = []
    for n, path in enumerate(packages):
        part = stage(progress, n / len(packages), (n + 1) / len(packages))
        reports.append(run_qa(path, checks, progress=_named(part)))
    errors = [
        one
        for report in reports
        for one in report.listed
        if one.finding.severity == "error" and not one.known
    ]
    if errors and not faulty:
        more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
        first = errors[0].finding.message.rstrip(".")
        raise FaultyPackageError(
            f"package discarded because QA found errors: {first}{more}; fix the inputs",
            reports,
        )
    return reports
