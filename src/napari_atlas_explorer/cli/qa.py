"""`atlas-explorer qa`: quality checks of packaged atlases."""

from __future__ import annotations

import argparse
import difflib
import os
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from ..compute.cluster.workers import Cluster
from ..core.errors import AtlasFileError
from ..figures.certificate import (
    certificate_files,
    choose_stems,
    name_of_path,
    require_folder,
    stem_of_path,
)
from ..formats.common.atomic import refuse_existing
from ..qa.config import current_name
from ..qa.document import REPORTS, Document, counts_of, read_documents
from ..qa.finding import SEVERITIES
from ..qa.registry import CHECKS, GROUPS
from .common import (
    PROGRAM,
    STANDARD_OUTPUT,
    Progress,
    UsageError,
    add_json_argument,
    atlas_path,
    note,
    write_json,
)
from .memory_option import add_memory_argument, memory_of
from .options import add_scheduler_argument, cluster_of
from .qa_jobs import (
    Job,
    check,
    check_all,
    check_over,
    check_over_processes,
    has_voxels,
    packages_at,
    publish_certificates,
    table_path,
)
from .qa_text import as_lines, summary_table
from .terminal import say

NEVER = "never"
FOUND = 1
NO_VOXELS = "the annotation cannot be read, there are no voxels to mark"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="+",
        help="packages, archives, names of local atlases, 'sample', or a folder of packages",
    )
    parser.add_argument(
        "--only", metavar="GROUP,…", help=f"groups of checks to run: {', '.join(GROUPS)}"
    )
    parser.add_argument("--config", metavar="qa.toml", type=Path, help="limits, known findings …")
    parser.add_argument(
        "--compare", metavar="PATH", type=Path, help="another version, resolution or atlas"
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE",
        type=Path,
        help="an earlier report (JSON) or a package: only what is new is reported",
    )
    parser.add_argument(
        "--require", metavar="GROUP,…", help="fail where none of a group's checks could be run"
    )
    parser.add_argument(
        "--fail-on",
        choices=(*SEVERITIES, NEVER),
        default="error",
        help="exit with code 1 if there are findings of this severity or higher (default: error)",
    )
    parser.add_argument(
        "--html", metavar="FILE", type=Path, help="page with pictures; a folder for several PATHs"
    )
    parser.add_argument(
        "--findings",
        metavar="FILE.nrrd",
        type=Path,
        help="label volume of the voxels at fault, with its table; a folder for several PATHs",
    )
    parser.add_argument(
        "--certificate",
        metavar="DIR",
        type=Path,
        help="static pages to publish, with a badge and JSON for each atlas and an index",
    )
    parser.add_argument(
        "--jobs", metavar="N", type=int, help="processes, for packages or parts of a large one"
    )
    add_scheduler_argument(parser)
    add_memory_argument(parser)
    parser.add_argument("--all", action="store_true", help="print every finding, however many")
    add_json_argument(parser)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(["groups and codes of the checks:", *map(_format_codes, GROUPS)])


def _format_codes(group: str) -> str:
    """Return the lines of the help with the codes of a group's checks."""
    codes = ", ".join(check.code for check in CHECKS if check.group == group)
    return textwrap.fill(
        f"{group}: {codes}", initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
    )


def run(args: argparse.Namespace) -> int:
    """Check the packages; return the exit code."""
    required = _split_names(args.require)
    for name in required:
        _require_group_or_check(name)
    if args.jobs is not None and args.jobs < 1:
        raise UsageError(f"--jobs {args.jobs}; expected 1 or more")
    if args.certificate is not None and args.baseline is not None:
        raise UsageError("--certificate with --baseline; expected one: a certificate hides nothing")
    with ExitStack() as stack:
        stack.enter_context(memory_of(args))
        cluster = stack.enter_context(cluster_of(args))
        scratch = Path(stack.enter_context(TemporaryDirectory()))
        jobs = _make_jobs(args, scratch)
        documents = _run_all(jobs, args.jobs, cluster)
        if args.certificate is not None:
            publish_certificates(jobs, args.certificate, args.force)
    if args.json is not None:
        content = documents[0] if len(documents) == 1 else {REPORTS: documents}
        write_json(content, args.json, args.force)
    missing = [line for d in documents for line in _list_not_run(d, required)]
    for document in documents:
        lines = as_lines(document, args.all)
        if args.json != STANDARD_OUTPUT:
            say("\n".join(lines))
    if len(documents) > 1 and args.json != STANDARD_OUTPUT:
        say(summary_table(documents))
    for line in missing:
        note(line)
    for job, document in zip(jobs, documents, strict=True):
        if job.html is not None:
            note(f"wrote {job.html}")
        if job.volume is not None:
            done = f"wrote {job.volume}"
            note(done if has_voxels(document) else f"{job.volume} is not written: {NO_VOXELS}")
    if args.certificate is not None:
        note(f"wrote {args.certificate / 'index.html'}")
    failed = any(_fails(document, args.fail_on) for document in documents)
    return FOUND if failed or missing else 0


def _make_jobs(args: argparse.Namespace, scratch: Path) -> list[Job]:
    groups = _split_names(args.only)
    for name in groups:
        if name not in GROUPS:
            raise UsageError(f"--only: unknown group {name!r}; expected one of {', '.join(GROUPS)}")
    if args.json not in (None, STANDARD_OUTPUT):
        refuse_existing([Path(args.json)], args.force)
    paths = [p for text in args.paths for p in packages_at(_require_existing(text))]
    several = len(paths) > 1
    config = args.config
    if config is not None and not config.is_file():
        raise AtlasFileError(config, "there is no such file", "a qa.toml")
    shared = Job(
        Path(), groups or None, config, args.compare, None, datetime_of_report().isoformat()
    )
    baselines = _read_baselines(args.baseline, shared, paths)
    names = _choose_file_names(paths)
    stems = choose_stems([stem_of_path(path) for path in paths])
    if args.certificate is not None:
        require_folder(args.certificate)
        if args.certificate.is_dir():
            refuse_existing(certificate_files(stems, args.certificate), args.force)
    jobs = []
    for path, name, stem, baseline in zip(paths, names, stems, baselines, strict=True):
        html = _locate(args.html, name, ".html", several, args.force)
        volume = _locate(args.findings, name, ".nrrd", several, args.force)
        if volume is not None:
            if volume.suffix.lower() != ".nrrd":
                raise UsageError(f"--findings {volume}: expected a name that ends in .nrrd")
            refuse_existing([table_path(volume)], args.force)
        job = replace(shared, path=path, baseline=baseline, html=html, volume=volume)
        if args.certificate is not None:
            job = replace(job, certificate=scratch / f"{stem}.json")
        jobs.append(job)
    return jobs


def _require_existing(text: str) -> Path:
    path = atlas_path(text)
    if not path.exists():
        from ..atlases.local.installed import find_local

        local = find_local(text)
        if local is not None:
            return local
        if not any(parent.is_file() for parent in path.parents):  # a path inside an archive
            raise AtlasFileError(path, "there is no such file, folder or local atlas")
    return path


def _split_names(text: str | None) -> tuple[str, ...]:
    names = (part.strip() for part in (text or "").split(","))
    return tuple(current_name(name) for name in names if name)


def _require_group_or_check(name: str) -> None:
    """Raise for an unknown group or check, with similar codes."""
    codes = [check.code for check in CHECKS]
    if name in (*GROUPS, *codes):
        return
    close = difflib.get_close_matches(name, codes, cutoff=0.5)
    hint = f"did you mean {', '.join(close)}? " if close else ""
    raise UsageError(
        f"--require: unknown group or check {name!r}; {hint}expected a group "
        f"({', '.join(GROUPS)}) or the code of a check ({PROGRAM} qa --help lists all codes)"
    )


def _choose_file_names(paths: Sequence[Path]) -> list[str]:
    """Return distinct names for the files of each package."""
    names: list[str] = []
    for path in paths:
        name = name_of_path(path)
        n_taken = sum(n == name or n.startswith(f"{name}~") for n in names)
        names.append(f"{name}~{n_taken + 1}" if n_taken else name)
    return names


def _locate(option: Path | None, name: str, suffix: str, several: bool, force: bool) -> Path | None:
    if option is None:
        return None
    if several:
        if option.exists() and not option.is_dir():
            raise AtlasFileError(option, "it is a file", "the name of a folder for several reports")
        option.mkdir(parents=True, exist_ok=True)
    target = option / f"{name}{suffix}" if several or option.is_dir() else option
    refuse_existing([target], force)
    return target


def _run_all(jobs: Sequence[Job], processes: int | None, cluster: Cluster | None) -> list[Document]:
    progress = Progress("checking")
    if cluster is not None:
        other = jobs[0].other
        if other is not None:  # a name is looked up here, not by the workers
            jobs = [replace(job, other=_require_existing(str(other))) for job in jobs]
        return check_over(cluster, jobs, lambda n, of: progress(n / of))
    if len(jobs) > 1:
        return list(check_all(jobs, processes, lambda n, of: progress(n / of)))
    if processes is not None and processes > 1:
        return [check_over_processes(jobs[0], processes, lambda n, of: progress(n / of))]
    return [check(jobs[0], lambda share, _: progress(share))]


def _read_baselines(
    path: Path | None, shared: Job, packages: Sequence[Path]
) -> list[Mapping[str, int] | None]:
    """Return each package's baseline counts; a report of several is matched by path."""
    if path is None:
        return [None] * len(packages)
    if not path.exists():
        raise AtlasFileError(path, "there is no such file", "an earlier report or a package")
    if path.suffix.lower() != ".json" or path.is_dir():
        counts = counts_of(check(replace(shared, path=path)))
        return [counts] * len(packages)
    documents = read_documents(path)
    if len(documents) == 1:
        return [counts_of(documents[0])] * len(packages)
    by_name = {_read_name(document): counts_of(document) for document in documents}
    for package in packages:
        if package.name not in by_name:
            note(f"{package.name} is not in {path}: all of its findings are new")
    return [by_name.get(package.name, {}) for package in packages]


def _read_name(document: Document) -> str:
    """Return the name of a report's package, "" where it is missing."""
    facts = document.get("atlas")
    return Path(str(facts.get("path"))).name if isinstance(facts, dict) else ""


def _fails(document: Document, level: str) -> bool:
    if level == NEVER:
        return False
    severities = SEVERITIES[: SEVERITIES.index(level) + 1]
    return any(document["summary"][severity] for severity in severities)


def _list_not_run(document: Document, required: Sequence[str]) -> list[str]:
    """Return one line for each required group or check that could not run."""
    lines = []
    for name in required:
        checks = [c for c in document["checks"] if name in (c["group"], c["code"])]
        if not checks or all(c["status"] == "not run" for c in checks):
            why = checks[0]["why"] if checks else "not chosen"
            lines.append(f"required, but not run: {name} of {document['atlas']['name']} ({why})")
    return lines


def datetime_of_report() -> datetime:
    """Return now, or SOURCE_DATE_EPOCH for reproducible reports."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        if not text.isdecimal():
            raise ValueError(text)
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise UsageError(f"SOURCE_DATE_EPOCH={text}; expected seconds since 1970") from exc
