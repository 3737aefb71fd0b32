"""QA over processes or a cluster: one job per package, or one package in parts."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..atlases.archives import is_archive
from ..atlases.layouts.lone_volume import read_folder
from ..atlases.layouts.registry import layout_of
from ..atlases.open import find_packages
from ..compute.cluster.workers import Cluster
from ..compute.processes import process_pool
from ..core.errors import AtlasError
from ..core.progress import StageProgress
from ..core.text import sanitize_lines
from ..figures.certificate import Certificate, make_certificate, write_certificates
from ..figures.qa_report import qa_page
from ..formats.common.atomic import atomic_write, atomic_writes
from ..formats.volume_header import is_volume
from ..qa.document import Document, against_baseline, as_document
from ..qa.findings_volume import findings_table, write_findings_volume
from ..qa.run import CheckResult, Report, run_qa
from ..qa.subject import Subject
from ..qa.tasks import CheckTask, convert_large, merge_results, run_task, split_tasks

Done = Callable[[int, int], None]
"""Called with the number done and the total."""


@dataclass(frozen=True)
class Job:
    """One package to check, and the files to write.

    Attributes
    ----------
    path
        The package.
    groups
        Groups of checks, None for all.
    config
        File of settings, None for the package's own.
    other
        Atlas to compare with, or None.
    baseline
        Counts by finding id; findings that it has are left out. None without a baseline.
    date
        Of the report.
    html, volume
        Files to be written, or None.
    certificate
        File for the page and the facts of the certificate, from which `publish_certificates` makes
        the pages of all; named like the atlas's page. None without one.
    """

    path: Path
    groups: tuple[str, ...] | None = None
    config: Path | None = None
    other: Path | None = None
    baseline: Mapping[str, int] | None = None
    date: str | None = None
    html: Path | None = None
    volume: Path | None = None
    certificate: Path | None = None


def packages_at(path: Path) -> list[Path]:
    """Find the packages at a path: itself, or those in a folder of them or of archives.

    Decided by file names where possible: each package is opened only once, by its checks.
    """
    if not path.is_dir() or is_volume(path) or layout_of(path):
        return [path]
    inside = find_packages(path)
    archives = [p for p in path.iterdir() if p.is_file() and is_archive(p)]
    if len(inside) == 1 or not (inside or archives):
        return [path]
    # The content of its volumes distinguishes a home-made atlas from a folder of packages.
    try:
        is_atlas = read_folder(path) is not None
    except AtlasError:
        is_atlas = False
    return [path] if is_atlas else sorted({*inside, *archives})


def check(job: Job, progress: StageProgress | None = None) -> Document:
    """Check one package and write the job's files; return its report as a document."""
    return _encode(job, run_qa(Subject.at(job.path, job.other), job.groups, job.config, progress))


def check_in_parts(
    job: Job, over: Callable[[list[CheckTask]], Iterator[tuple[int, Any]]], done: Done | None = None
) -> Document:
    """Check one package over several processes; the document is that of `check`.

    Parameters
    ----------
    job
        Package to check and files to write.
    over
        Runs parts (`run_task`) and yields number and results of each when done.
    done
        Called with the number done and the total.
    """
    subject = Subject.at(job.path, job.other)
    convert_large(subject)
    parts = split_tasks(job.path, job.groups, job.config, job.other)
    results_by_part: dict[int, tuple[CheckResult, ...]] = {}
    for number, results in over(parts):
        results_by_part[number] = results
        if done is not None:
            done(len(results_by_part), len(parts))
    ordered = [results_by_part[number] for number in range(len(parts))]
    return _encode(job, merge_results(subject, job.config, ordered))


def _encode(job: Job, report: Report) -> Document:
    shown = None if job.baseline is None else against_baseline(report, job.baseline)
    document = as_document(report, job.date, shown=shown)
    _write_files(job, report, document, shown)
    return document


def check_over(cluster: Cluster, jobs: Sequence[Job], done: Done | None = None) -> list[Document]:
    """Check packages over the workers of a cluster; documents are in the order of the jobs.

    With more workers than packages, large ones are checked in parts. Workers write into the
    cache; finished files are moved to their place here, so that a lost worker leaves no partial
    file. Paths in the reports are absolute.

    Raises
    ------
    AtlasFileError
        If a worker does not see a package or what it is compared with.
    """
    tasks = [_make_paths_absolute(job) for job in jobs]
    inputs = [path for task in tasks for path in (task.path, task.config, task.other)]
    cluster.require_visible([_find_on_disk(p) for p in dict.fromkeys(inputs) if p is not None])
    documents: dict[int, Document] = {}
    if len(jobs) < cluster.threads and any(map(_is_large, tasks)):
        # Converted volumes are in the cache: the workers have to see it.
        with cluster.workplace():
            return [
                _check_parts(cluster, task, len(tasks), n, done) for n, task in enumerate(tasks)
            ]
    with cluster.workplace() as folder:
        redirected = [_redirect_files(folder / str(n), task) for n, task in enumerate(tasks)]
        for number, document in cluster.map(_check_on_worker, redirected):
            _put_in_place(redirected[number], tasks[number])
            documents[number] = document
            if done is not None:
                done(len(documents), len(jobs))
    return [documents[number] for number in range(len(jobs))]


def _is_large(job: Job) -> bool:
    """Return whether a package's annotation is mapped instead of read by each process."""
    package = Subject.at(job.path).raw.package
    return package is not None and package.make_ranks is not None


def _check_parts(
    cluster: Cluster, job: Job, n_jobs: int, number: int, done: Done | None
) -> Document:
    def report_parts(parts: int, of: int) -> None:
        if done is not None:
            done(number * of + parts, n_jobs * of)

    return check_in_parts(job, lambda parts: cluster.map(_run_part_on_worker, parts), report_parts)


def _run_part_on_worker(shared: None, part: CheckTask) -> tuple[CheckResult, ...]:
    return run_task(part)


def _check_on_worker(shared: None, job: Job) -> Document:
    return check(job)


def _make_paths_absolute(job: Job) -> Job:
    config = None if job.config is None else job.config.absolute()
    other = None if job.other is None else job.other.absolute()
    return replace(job, path=job.path.absolute(), config=config, other=other)


def _find_on_disk(path: Path) -> Path:
    """Return the path, or the archive that it is in."""
    return next((p for p in (path, *path.parents) if p.exists()), path)


def _redirect_files(folder: Path, job: Job) -> Job:
    """Return the job with its files in a folder, which is created."""
    folder.mkdir()
    return replace(
        job,
        html=None if job.html is None else folder / job.html.name,
        volume=None if job.volume is None else folder / job.volume.name,
        certificate=None if job.certificate is None else folder / job.certificate.name,
    )


def _put_in_place(made: Job, target_job: Job) -> None:
    groups: list[dict[Path, Path]] = []
    if made.html is not None and target_job.html is not None:
        groups.append({target_job.html: made.html})
    if made.volume is not None and target_job.volume is not None and made.volume.exists():
        tables = {table_path(target_job.volume): table_path(made.volume)}
        groups.append({target_job.volume: made.volume} | tables)
    if made.certificate is not None and target_job.certificate is not None:
        groups.append({target_job.certificate: made.certificate})
    for group in groups:
        with atomic_writes(list(group)) as temporaries:
            for source, temporary in zip(group.values(), temporaries, strict=True):
                shutil.move(source, temporary)


def has_voxels(document: Document) -> bool:
    """Return whether the annotation could be read, so that voxels can be marked."""
    return document["atlas"].get("annotation_sha256") is not None


def _write_files(job: Job, report: Report, document: Document, shown: set[str] | None) -> None:
    if job.html is not None:
        with atomic_write(job.html) as temporary:
            page = qa_page(report, job.date, shown=shown)
            # The path of the package may hold bytes that are no UTF-8.
            temporary.write_text(sanitize_lines(page), encoding="utf-8")
    if job.volume is not None and has_voxels(document):
        with atomic_writes([job.volume, table_path(job.volume)]) as (volume, table):
            write_findings_volume(report, volume)
            table.write_text(findings_table(report), encoding="utf-8")
    if job.certificate is not None:
        one = make_certificate(report, job.certificate.stem, job.date)
        with atomic_write(job.certificate) as temporary:
            content = json.dumps({"document": one.document, "page": one.page})
            temporary.write_text(content, encoding="utf-8")


def publish_certificates(jobs: Sequence[Job], folder: Path, force: bool) -> list[Path]:
    """Write the certificates of finished jobs into a folder, all or none."""
    certificates = [
        Certificate(job.certificate.stem, **json.loads(job.certificate.read_text("utf-8")))
        for job in jobs
        if job.certificate is not None
    ]
    return write_certificates(certificates, folder, force)


def table_path(volume: Path) -> Path:
    """Return the table of the numbers in a label volume of findings."""
    return volume.with_suffix(".csv")


def check_all(
    jobs: Sequence[Job], processes: int | None = None, done: Done | None = None
) -> Iterator[Document]:
    """Check packages over processes; documents come in the order of the jobs.

    Parameters
    ----------
    jobs
        Package to check and files to write.
    processes
        Number of processes; by default one for each core, and no more than jobs.
    done
        Called with the number done and the total.
    """
    with process_pool(min(len(jobs), processes or os.cpu_count() or 1)) as pool:
        for count, document in enumerate(pool.map(check, jobs), 1):
            if done is not None:
                done(count, len(jobs))
            yield document


def check_over_processes(job: Job, processes: int, done: Done | None = None) -> Document:
    """Check one package over processes; the document is that of `check`.

    A small one is checked by this process: each of several would read it again.
    """
    if not _is_large(job):
        return check(job)
    with process_pool(min(processes, len(split_tasks(job.path, job.groups)))) as pool:

        def over(parts: list[CheckTask]) -> Iterator[tuple[int, Any]]:
            running = {pool.submit(run_task, part): n for n, part in enumerate(parts)}
            for future in as_completed(running):
                yield running[future], future.result()

        return check_in_parts(job, over, done)
