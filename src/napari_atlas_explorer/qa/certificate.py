"""Certificate of an atlas as JSON (schema in docs/qa-certificate.schema.json)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from ..core.errors import AtlasFileError
from ..core.text import counted
from ..formats.common.safety import reason_of
from .checks.package_facts import relative_to
from .checks.package_files import compute_digest, find_files
from .document import Document, as_document
from .plugins import PROBLEMS
from .readers import ReaderVerdict, judge_readers
from .registry import CHECKS
from .run import Report

FORMAT = "napari-atlas-explorer qa certificate"
VERSION = 1

Verdict = Literal["errors", "warnings", "passed", "partly checked"]

FACTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("version", ("version",)),
    ("species", ("species",)),
    ("license", ("license", "licence")),
    ("citation", ("citation", "howtoacknowledge", "referencesandlinks")),
    ("link", ("atlas_link", "url", "homepage")),
    ("authors", ("authors", "author")),
    ("packager", ("atlas_packager",)),
)
"""Facts about the source, and the keys of metadata that state them, in small letters."""

LICENSE_FILES = ("license", "licence", "copying")
LONGEST = 500
VERSION_FOLDER = re.compile(r"\d+_\d+")


def certificate_document(
    report: Report, date: str | None = None, try_libraries: bool = True
) -> Document:
    """Return the certificate of an atlas as plain values.

    It holds no path of this computer outside the package; with the same input and date it is the
    same each time.

    Parameters
    ----------
    report
        Report of all checks; one of some groups gives the verdict "partly checked".
    date
        When it was made (ISO 8601).
    try_libraries
        Whether installed libraries open the package, each in a process of its own.
    """
    from .. import __version__

    document = as_document(report, date)
    left_out = _list_left_out(report)
    facts = {k: v for k, v in document["atlas"].items() if k not in ("path", "table")}
    path = report.subject.raw.path
    facts["name"] = report.name if report.subject.raw.package is not None or not path else path.name
    return {
        "format": FORMAT,
        "version": VERSION,
        "date": date,
        "program": {
            "name": "napari-atlas-explorer",
            "version": __version__,
            "plugins": sorted({r.check.plugin for r in report.results if r.check.plugin}),
        },
        "atlas": {"file": name_of_package(path) if path is not None else None, **facts},
        "source": _read_source(report),
        "verdict": _judge(document["summary"], left_out),
        "summary": document["summary"],
        "readers": [_describe_reader(v) for v in judge_readers(report, try_libraries)],
        "findings": [
            {k: v for k, v in row.items() if k not in ("open", "mend", "label")}
            for row in document["findings"]
        ],
        "not_checked": [
            *(
                {"code": c["code"], "title": c["title"], "why": c["why"], "plugin": c["plugin"]}
                for c in document["checks"]
                if c["status"] == "not run"
            ),
            *left_out,
        ],
        "files": _list_files(report),
    }


def badge_text(document: Mapping[str, Any]) -> str:
    """Return the verdict of a certificate in few words: "2 errors"."""
    verdict, summary = document["verdict"], document["summary"]
    if verdict == "errors":
        return counted(summary["error"], "error")
    if verdict == "warnings":
        return counted(summary["warning"], "warning")
    return str(verdict)


def _judge(summary: Mapping[str, int], left_out: Sequence[Document]) -> Verdict:
    if summary["error"]:
        return "errors"
    if left_out:
        return "partly checked"
    return "warnings" if summary["warning"] else "passed"


def _list_left_out(report: Report) -> list[Document]:
    """Return the checks that are not in the report, with the reason."""
    run = {result.check.code for result in report.results}
    return [
        {
            "code": check.code,
            "title": check.title,
            "why": "switched off in the settings"
            if report.config.severities.get(check.code) == "off"
            else "left out of this run",
            "plugin": check.plugin or None,
        }
        for check in CHECKS
        if check.code not in run and check.group != PROBLEMS
    ]


def _describe_reader(verdict: ReaderVerdict) -> Document:
    trial = verdict.trial
    return {
        "reader": verdict.reader,
        "answer": verdict.answer,
        "reasons": list(verdict.reasons),
        "library": None
        if trial is None
        else {
            "name": trial.distribution,
            "version": trial.version,
            "opened": not trial.error,
            "error": trial.error or None,
        },
    }


def _read_source(report: Report) -> dict[str, str | None]:
    """Return what the metadata state about license, citation and the like."""
    package = report.subject.raw.package
    metadata = {str(k).lower(): v for k, v in (package.metadata if package else {}).items()}
    facts = {
        name: next((text for key in keys if (text := _as_text(metadata.get(key)))), None)
        for name, keys in FACTS
    }
    folder = report.subject.raw.folder
    if facts["license"] is None and folder is not None and report.subject.raw.path == folder:
        names = sorted(p.name for p in folder.iterdir() if p.is_file())
        stated = [n for n in names if n.lower().partition(".")[0] in LICENSE_FILES]
        facts["license"] = f"see {stated[0]}" if stated else None
    return facts


def _as_text(value: Any) -> str | None:
    """Return a value of metadata as a short text, None for nothing."""
    if isinstance(value, list | tuple):
        value = ", ".join(str(one) for one in value if isinstance(one, str | int | float))
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = " ".join(str(value).split())
    return (text if len(text) <= LONGEST else text[: LONGEST - 1] + "…") or None


def _list_files(report: Report) -> list[Document]:
    """Return name, size and SHA-256 of the package's files; of the archive if it is one."""
    raw = report.subject.raw
    folder = raw.folder
    if raw.path is not None and raw.path.is_file() and raw.place not in (None, raw.path):
        return [_describe_file(raw.path, raw.path.name)]
    if folder is None:
        return []
    files = [(_name_file(path, folder), path) for path in find_files(report.subject, folder)]
    return [_describe_file(path, name) for name, path in sorted(files)]


def _name_file(path: Path, folder: Path) -> str:
    """Return the path of a file from the package; one of them may be resolved, the other not."""
    names = (
        relative_to(path.absolute(), folder.absolute()),
        relative_to(path.resolve(), folder.resolve()),
    )
    return max(names, key=len)


def name_of_package(path: Path) -> str:
    """Return the name of a package's folder or archive; of a v3 package "name/version".

    >>> name_of_package(Path("atlases/made_up_50um/1_0"))
    'made_up_50um/1_0'
    """
    whole = path.resolve()
    if VERSION_FOLDER.fullmatch(whole.name) and whole.parent.parent.name == "atlases":
        return f"{whole.parent.name}/{whole.name}"
    return whole.name


def _describe_file(path: Path, name: str) -> Document:
    try:
        return {
            "name": name,
            "bytes": path.stat().st_size,
            "sha256": compute_digest(path, "sha256"),
        }
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
