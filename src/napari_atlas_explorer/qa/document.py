"""Report as JSON: for CI, comparison and reading (schema in docs/qa-report.schema.json)."""

from __future__ import annotations

import math
import shlex
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from subprocess import list2cmdline
from typing import Any

from ..core.errors import AtlasFileError, short
from ..formats.common.text import load_json
from .check import NotRunError
from .config import current_name, find_config
from .finding import Anchor, Finding
from .registry import THRESHOLDS
from .review import Review, review_as_json
from .run import ListedFinding, Report, acronyms_of
from .subject import Subject

FORMAT = "napari-atlas-explorer qa report"
VERSION = 1
REPORTS = "reports"
"""Key of the reports in the file of a batch."""

Document = dict[str, Any]


def as_document(
    report: Report,
    date: str | None = None,
    review: Review | None = None,
    shown: Collection[str] | None = None,
) -> Document:
    """Return a report as plain values: the same report, date and review give the same document.

    Parameters
    ----------
    report
        The report.
    date
        When it was made (ISO 8601); the only thing in it that changes from run to run.
    review
        A person's verdicts on suspicious regions.
    shown
        Ids of the findings to list; all of them by default. `against_baseline` gives them.

    Examples
    --------
    >>> from napari_atlas_explorer.qa import run_qa
    >>> as_document(run_qa("sample", groups=["hierarchy"]))["summary"]["error"]
    0
    """
    acronyms = acronyms_of(report.subject)
    limits = report.config.limits_of(THRESHOLDS)
    listed = [one for one in report.listed if shown is None or one.id in shown]
    numbers = finding_numbers(report)
    command = commands_of(report)
    return {
        "format": FORMAT,
        "version": VERSION,
        "date": date,
        "atlas": _describe_subject(report.subject),
        "config": str(report.config.path) if report.config.path else None,
        "thresholds": dict(limits),
        "summary": report.summary(listed),
        "findings": [
            {**_describe_finding(one, acronyms, limits, numbers[one.id]), "open": command(one.id)}
            for one in listed
        ],
        "checks": [
            {
                "code": r.check.code,
                "group": r.check.group,
                "title": r.check.title,
                "status": r.status,
                "why": r.why or None,
                "plugin": r.check.plugin or None,
            }
            for r in report.results
        ],
        "review": review_as_json(review or {}, acronyms),
    }


def finding_numbers(report: Report) -> dict[str, int]:
    """Return the value of each finding in the label volume, from 1, by finding id."""
    return {one.id: number for number, one in enumerate(report.listed, 1)}


def read_document(path: str | Path) -> Document:
    """Read a report that `as_document` made.

    Raises
    ------
    AtlasFileError
        If the file is none.
    """
    return _require_report(path, load_json(path))


def read_documents(path: str | Path) -> list[Document]:
    """Read the reports in a file: one, or the several of a batch.

    Raises
    ------
    AtlasFileError
        If there is none in it, or something else.
    """
    data = load_json(path)
    if not isinstance(data, dict) or REPORTS not in data:
        return [_require_report(path, data)]
    reports = data[REPORTS]
    if not isinstance(reports, list) or not reports:
        raise AtlasFileError(path, f"{REPORTS} is {short(reports)}", "a list of reports")
    return [_require_report(path, report) for report in reports]


def _require_report(path: str | Path, data: Any) -> Document:
    """Return parsed JSON if it is a report, as far as this package reads it."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise AtlasFileError(path, "it is no QA report", f"the JSON of a report ({FORMAT!r})")
    if data.get("version") != VERSION:
        problem = f"a report of version {short(data.get('version'))}"
        raise AtlasFileError(path, problem, str(VERSION))
    findings = data.get("findings")
    if not isinstance(findings, list):
        raise AtlasFileError(path, f"findings is {short(findings)}", "a list of findings")
    for number, row in enumerate(findings, 1):
        if not isinstance(row, dict):
            raise AtlasFileError(path, f"finding {number} is {short(row)}", "a finding")
        if not isinstance(row.get("id"), str):
            problem = f"finding {number} without an id that is a text"
            raise AtlasFileError(path, problem, "a finding of a report")
        code, at, about = row["id"].partition("@")
        row["id"] = current_name(code) + at + about
        count = row.get("count", 1)
        if not isinstance(count, int) or isinstance(count, bool):
            problem = f"the count of finding {number} is {short(count)}"
            raise AtlasFileError(path, problem, "a whole number")
    return data


def counts_of(document: Mapping[str, Any]) -> dict[str, int]:
    """Return the counted voxels, faces or rows of each finding of a document, by finding id."""
    return {f["id"]: f.get("count", 1) for f in document["findings"]}


def against_baseline(report: Report, baseline: Mapping[str, int]) -> set[str]:
    """Return the ids of the findings that a baseline does not have, or has with a smaller count."""
    return {
        one.id
        for one in report.listed
        if one.id not in baseline or one.finding.count > baseline[one.id]
    }


def anchor_as_json(anchor: Anchor) -> dict[str, Any]:
    """Convert an anchor to JSON; unknown fields are left out."""
    values: dict[str, Any] = {
        "voxel": list(anchor.voxel) if anchor.voxel is not None else None,
        "extent": [list(pair) for pair in anchor.extent] if anchor.extent is not None else None,
        "node": anchor.node,
        "mesh": anchor.mesh,
        "file": anchor.file,
        "key": anchor.key,
    }
    return {key: value for key, value in values.items() if value is not None}


def open_command(
    path: Path | None, finding_id: str, compare: Path | None = None, config: Path | None = None
) -> str | None:
    """Return the command that opens the place of a finding.

    Parameters
    ----------
    path
        The package; None for an atlas in memory, to which no command leads.
    finding_id
        The finding.
    compare
        Atlas that it was compared with.
    config
        File of settings that were used, where it is not the package's own.
    """
    if path is None:
        return None
    command = f"atlas-explorer open {_format_path(path)} --finding {_quote(finding_id)}"
    for option, file in (("--compare", compare), ("--config", config)):
        if file is not None:
            command += f" {option} {_format_path(file)}"
    return command


def commands_of(report: Report) -> Callable[[str], str | None]:
    """Return the command that opens a finding of a report, by the finding's id."""
    raw, other, config = report.subject.raw, report.subject.other, report.config.path
    own = config in (find_config(raw.path), find_config(raw.folder))
    compare = other.path if other is not None else None
    return lambda finding_id: open_command(raw.path, finding_id, compare, None if own else config)


def _format_path(path: Path) -> str:
    # A path that begins like an option is none if it is led by its folder.
    return _quote(f"./{path}" if str(path).startswith("-") else str(path))


def _quote(text: str) -> str:
    """Quote a word for the shell of this system: file names come from other people."""
    return list2cmdline([text]) if sys.platform == "win32" else shlex.quote(text)


def _describe_subject(subject: Subject) -> dict[str, Any]:
    path = subject.raw.path
    package = subject.raw.package
    if package is None:
        return {"path": str(path), "name": path.name if path else None, "opened": False}
    try:
        sha256 = subject.ranks.sha256
    except NotRunError:
        sha256 = None
    return {
        "path": str(path) if path is not None else None,
        "name": package.name,
        "opened": True,
        "layout": package.layout,
        "shape": list(package.grid.shape),
        "resolution_um": _convert_numbers(abs(package.grid.steps))
        if package.resolution_known
        else None,
        "orientation": package.orientation,
        "regions": package.region_map.n_stated,
        "table": package.region_file.name if package.region_file is not None else None,
        "annotation_sha256": sha256,
        "assumptions": [a.statement for a in package.assumptions],
    }


def _describe_finding(
    one: ListedFinding, acronyms: Mapping[int, str], limits: Mapping[str, float], number: int
) -> dict[str, Any]:
    finding: Finding = one.finding
    measure = finding.measure
    return {
        "id": one.id,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "fix": finding.fix,
        "mend": finding.fix,  # the key before 0.1, for scripts that read it
        "region_ids": list(finding.region_ids),
        "regions": [acronyms.get(i) for i in finding.region_ids],
        "count": finding.count,
        "measure": float(measure) if measure is not None and math.isfinite(measure) else None,
        "unit": finding.unit or None,
        "threshold": finding.threshold,
        "limit": limits.get(finding.threshold) if finding.threshold else None,
        "anchor": anchor_as_json(finding.anchor),
        "known": one.known or None,
        "label": number if finding.marked is not None else None,
    }


def _convert_numbers(values: Any) -> list[float]:
    return [float(v) for v in values]
