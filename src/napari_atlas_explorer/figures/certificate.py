"""Certificate of an atlas as static pages, and an index of several."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from ..atlases.archives import ARCHIVE_SUFFIXES
from ..core.errors import ArgumentError, AtlasFileError
from ..core.text import counted, grouped, sanitize_lines
from ..formats.common.atomic import atomic_writes
from ..formats.common.safety import reason_of
from ..qa.certificate import badge_text, certificate_document, name_of_package
from ..qa.document import Document
from ..qa.run import Report
from .badge import badge_svg
from .qa_report import SCRIPT, STYLE, render_findings, render_summary

INDEX = "index"
RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d|index", re.IGNORECASE)
"""Names that Windows keeps for devices, and that of the list of all atlases."""

LONGEST_STEM = 80

OWN_STYLE = """
.kind{color:var(--muted);font-size:13px;letter-spacing:.06em;text-transform:uppercase;margin:0}
.kind a{color:inherit}
header h1{margin:2px 0 10px;font-size:30px;line-height:1.2;overflow-wrap:anywhere}
.verdict{display:flex;gap:14px;align-items:center;flex-wrap:wrap;border-left:5px solid var(--line);
background:var(--card);border-radius:4px;padding:12px 16px;margin:0 0 22px;font-size:17px}
.verdict.errors{border-color:var(--error)}.verdict.warnings{border-color:var(--warning)}
.verdict.passed{border-color:var(--pass)}.verdict img{max-width:none}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(330px,1fr));gap:6px 40px}
.pair h2{margin-top:8px}.pair table{width:100%}.pair th{width:7.5em;white-space:nowrap}
table.wide{width:100%;font-size:14px}table.wide tr{border-top:1px solid var(--line)}
table.wide thead tr{border:0}table.wide th,table.wide td{padding:7px 16px 7px 0}
table.wide tbody th{color:var(--ink);white-space:nowrap}
.answer{white-space:nowrap;font-weight:600}.yes{color:var(--pass)}.limits{color:var(--warning)}
.no{color:var(--error)}.other{color:var(--muted);font-weight:400}
.scroll{overflow-x:auto}.sum{font-size:12px}.number{text-align:right!important;white-space:nowrap}
table.collection td,table.collection thead th{vertical-align:middle}
table.collection thead th{vertical-align:bottom}
table.collection .mark{text-align:center;padding-right:10px}
table.collection td.mark{font-size:18px;line-height:1}
table.collection tbody th{white-space:normal;overflow-wrap:anywhere;min-width:13em}
table.collection tbody th .muted{font-weight:400;font-size:13px}
table.collection img{max-width:none}a{color:var(--info)}
footer{margin-top:44px;padding-top:12px;border-top:1px solid var(--line);font-size:13px;
color:var(--muted)}
""".strip()

MARKS = {"yes": ("✓", "yes"), "with limits": ("≈", "limits"), "no": ("✕", "no")}
OTHER_MARK = ("–", "other")

NO_REASON = "No finding is in its way."

SENTENCES = {
    "errors": "This atlas has errors: results made with it may be wrong.",
    "warnings": "No errors; read the warnings before relying on the regions that they name.",
    "passed": "Every check that could be run passed.",
    "partly checked": "Some checks were left out: this is no verdict on the whole atlas.",
}


@dataclass(frozen=True)
class Certificate:
    """Page and facts of one atlas.

    Attributes
    ----------
    stem
        Name of its files without suffix.
    document
        Facts, see `qa.certificate.certificate_document`.
    page
        HTML.
    """

    stem: str
    document: Document
    page: str


def write_certificate(
    reports: Report | Sequence[Report],
    folder: str | Path,
    date: str | None = None,
    *,
    force: bool = False,
    try_libraries: bool = True,
) -> list[Path]:
    """Write the certificates of atlases into a folder: pages that need no network.

    For each atlas a page, its facts as JSON and a badge (SVG), and ``index.html`` with all of
    them. All files are written or none; with the same input and date they are the same bytes.

    Parameters
    ----------
    reports
        Report or reports of all checks.
    folder
        Folder, made if it is missing.
    date
        When they were made (ISO 8601), None to leave it out.
    force
        Whether existing files may be replaced.
    try_libraries
        Whether installed libraries (brainglobe-atlasapi, voxcell) open the packages, each in a
        process of its own.

    Returns
    -------
    The files, the index first.

    Examples
    --------
    >>> from napari_atlas_explorer.qa import run_qa
    >>> report = run_qa("sample", groups=["hierarchy"])
    >>> files = write_certificate(report, folder / "site", try_libraries=False)
    >>> [path.name for path in files]
    ['index.html', 'sample.html', 'sample.json', 'sample.svg']
    """
    several = [reports] if isinstance(reports, Report) else list(reports)
    if not several:
        raise ArgumentError("no report to certify; expected one or more")
    stems = choose_stems([_name_file(report) for report in several])
    certificates = [
        make_certificate(report, stem, date, try_libraries)
        for report, stem in zip(several, stems, strict=True)
    ]
    return write_certificates(certificates, folder, force)


def make_certificate(
    report: Report, stem: str, date: str | None = None, try_libraries: bool = True
) -> Certificate:
    """Make the certificate of one atlas; ``stem`` is the name of its files without suffix."""
    document = certificate_document(report, date, try_libraries)
    return Certificate(stem, document, sanitize_lines(_render_page(report, document, stem)))


def write_certificates(
    certificates: Sequence[Certificate], folder: str | Path, force: bool = False
) -> list[Path]:
    """Write pages, facts and badges of atlases, and their index; see `write_certificate`."""
    folder = Path(folder)
    require_folder(folder)
    texts = {f"{INDEX}.html": sanitize_lines(_render_index(certificates))}
    for one in certificates:
        facts = json.dumps(one.document, indent=1, ensure_ascii=False, allow_nan=False)
        texts[f"{one.stem}.html"] = one.page
        texts[f"{one.stem}.json"] = sanitize_lines(facts) + "\n"
        texts[f"{one.stem}.svg"] = _render_badge(one.document)
    paths = [folder / name for name in texts]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise AtlasFileError(folder, f"it cannot be made ({reason_of(exc)})") from exc
    with atomic_writes(paths, force) as temporaries:
        for temporary, text in zip(temporaries, texts.values(), strict=True):
            temporary.write_text(text, encoding="utf-8", newline="\n")
    return paths


def require_folder(folder: Path) -> None:
    """Refuse the name of a file as that of the folder."""
    if folder.exists() and not folder.is_dir():
        raise AtlasFileError(folder, "it is a file", "the name of a folder")


def certificate_files(stems: Sequence[str], folder: Path) -> list[Path]:
    """Return the files that `write_certificates` writes."""
    suffixes = (".html", ".json", ".svg")
    return [
        folder / f"{INDEX}.html",
        *(folder / f"{stem}{suffix}" for stem in stems for suffix in suffixes),
    ]


def choose_stems(names: Sequence[str]) -> list[str]:
    """Return a name for the files of each atlas: distinct, and valid on every system and in links.

    >>> choose_stems(["My atlas", "my/atlas", "index", "../.."])
    ['My-atlas', 'my-atlas-2', 'index-atlas', 'atlas']
    """
    stems: list[str] = []
    for name in names:
        stem = re.sub(r"[^A-Za-z0-9._+-]+", "-", name)[:LONGEST_STEM].strip(".-_") or "atlas"
        if RESERVED.fullmatch(stem.partition(".")[0]):
            stem = f"{stem}-atlas"
        taken, number, base = {s.casefold() for s in stems}, 1, stem
        while stem.casefold() in taken:
            number += 1
            stem = f"{base}-{number}"
        stems.append(stem)
    return stems


def stem_of_path(path: Path) -> str:
    """Return the name of a package's certificate, before `choose_stems` makes it safe."""
    name = name_of_package(path)
    return name if "/" in name else name_of_path(path)


def name_of_path(path: Path) -> str:
    """Return the name of a package's folder or archive, without the archive's suffix."""
    name = path.resolve().name
    suffix = next((s for s in ARCHIVE_SUFFIXES if name.lower().endswith(s)), "")
    return name[: len(name) - len(suffix)]


def _name_file(report: Report) -> str:
    path = report.subject.raw.path
    return report.name if path is None else stem_of_path(path)


# ---- Page of an atlas ----------------------------------------------------------------------------


def _render_page(report: Report, document: Document, stem: str) -> str:
    name = str(document["atlas"]["name"])
    body = [
        '<header><p class="kind"><a href="index.html">Atlas quality certificates</a></p>',
        f"<h1>{escape(name)}</h1></header>",
        f'<p class="verdict {document["verdict"].replace(" ", "-")}">{_embed_badge(document)}'
        f"<span>{SENTENCES[document['verdict']]}</span></p>",
        f'<div class="pair">{_render_atlas(document)}{_render_source(document["source"])}</div>',
        _render_readers(document["readers"]),
        "<h2>Findings</h2>",
        render_summary(document["summary"]),
        render_findings(report, report.listed, document),
        _render_not_checked(document["not_checked"]),
        _render_files(document["files"]),
        _render_footer(document, f'<a href="{escape(stem)}.json">The same as JSON</a>'),
    ]
    return _wrap_page(f"{name}: quality certificate", "".join(body))


def _wrap_page(title: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title><style>{STYLE}\n{OWN_STYLE}</style></head>\n"
        f"<body><main>{body}</main><script>{SCRIPT}</script></body></html>\n"
    )


def _render_badge(document: Mapping[str, Any]) -> str:
    return badge_svg(badge_text(document), document["verdict"])


def _embed_badge(document: Mapping[str, Any]) -> str:
    data = base64.b64encode(_render_badge(document).encode()).decode("ascii")
    words = f"atlas QA: {badge_text(document)}"
    return f'<img alt="{words}" src="data:image/svg+xml;base64,{data}">'


def _render_facts(title: str, rows: Sequence[tuple[str, str | None]]) -> str:
    cells = "".join(
        f"<tr><th>{key}</th><td>{escape(value)}</td></tr>" for key, value in rows if value
    )
    return f"<section><h2>{title}</h2><table>{cells}</table></section>"


def _render_atlas(document: Document) -> str:
    facts = document["atlas"]
    rows: list[tuple[str, str | None]] = [("file", facts["file"])]
    if facts["opened"]:
        size = facts["resolution_um"]
        rows += [
            ("layout", facts["layout"]),
            ("voxels", " × ".join(grouped(n) for n in facts["shape"])),
            (
                "voxel size",
                " × ".join(f"{s:g}" for s in size) + " µm" if size else "not stated",
            ),
            ("orientation", facts["orientation"] or "not stated"),
            ("regions", grouped(facts["regions"])),
            ("assumed", "; ".join(facts["assumptions"])),
        ]
    return _render_facts("Atlas", rows)


def _render_source(source: Mapping[str, str | None]) -> str:
    required = ("license", "citation")
    return _render_facts(
        "Source",
        [
            (key, text or ("not stated" if key in required else None))
            for key, text in source.items()
        ],
    )


def _render_readers(rows: Sequence[Document]) -> str:
    lines = []
    for row in rows:
        mark, kind = MARKS.get(row["answer"], OTHER_MARK)
        why = "<br>".join(map(escape, row["reasons"])) or f'<span class="muted">{NO_REASON}</span>'
        tried = _describe_trial(row["library"])
        lines.append(
            f'<tr><th>{escape(row["reader"])}</th><td class="answer {kind}">{mark} '
            f"{row['answer']}</td><td>{why}{tried}</td></tr>"
        )
    return (
        "<section><h2>Which programs open it</h2>"
        '<div class="scroll"><table class="wide"><thead><tr><th>Program</th><th>Opens it</th>'
        f"<th>Why</th></tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
        '<p class="muted">By rules from the findings below; where a library is installed, also by '
        "opening the package with it.</p></section>"
    )


def _describe_trial(library: Document | None) -> str:
    if library is None:
        return ""
    if library["opened"]:
        return f'<div class="yes">Opened with version {escape(library["version"])}.</div>'
    words = f"Version {library['version']}: {library['error']}"
    return f'<div class="no">{escape(words)}</div>'


def _render_not_checked(rows: Sequence[Document]) -> str:
    if not rows:
        return "<section><h2>Not checked</h2><p>Nothing was left out.</p></section>"
    by_reason: dict[str, list[Document]] = {}
    for row in rows:
        by_reason.setdefault(str(row["why"]), []).append(row)
    lines = "".join(
        f"<tr><td>{escape(why)}</td><td>"
        + "<br>".join(
            f"{escape(r['title'])} <code>{escape(r['code'])}</code>"
            + (f" ({escape(r['plugin'])})" if r["plugin"] else "")
            for r in group
        )
        + "</td></tr>"
        for why, group in by_reason.items()
    )
    return (
        f'<section><h2>Not checked <span class="muted">{counted(len(rows), "check")}</span></h2>'
        '<table class="wide"><thead><tr><th>Why</th><th>Check</th></tr></thead>'
        f"<tbody>{lines}</tbody></table></section>"
    )


def _render_files(files: Sequence[Document]) -> str:
    total = sum(file["bytes"] for file in files)
    lines = "".join(
        f'<tr><td>{escape(file["name"])}</td><td class="number">{grouped(file["bytes"])}</td>'
        f'<td><code class="sum">{file["sha256"]}</code></td></tr>'
        for file in files
    )
    head = f"{counted(len(files), 'file')}, {grouped(total)} bytes"
    return (
        f'<section><h2>Files <span class="muted">{head}</span></h2><details>'
        '<summary>Sizes and checksums</summary><div class="scroll"><table class="wide"><thead><tr>'
        '<th>File</th><th class="number">Bytes</th><th>SHA-256</th></tr></thead>'
        f"<tbody>{lines}</tbody></table></div></details></section>"
    )


def _render_footer(document: Document, link: str = "") -> str:
    program = document["program"]
    made = f"Made with {program['name']} {program['version']}"
    if program["plugins"]:
        made += f" and checks of {', '.join(program['plugins'])}"
    if document["date"]:
        made += f" on {document['date'][:10]}"
    return f"<footer>{escape(made)}. {link}</footer>"


# ---- Index ---------------------------------------------------------------------------------------


def _render_index(certificates: Sequence[Certificate]) -> str:
    documents = [one.document for one in certificates]
    readers = [row["reader"] for row in documents[0]["readers"]]
    heads = "".join(f'<th class="mark">{escape(reader)}</th>' for reader in readers)
    lines = "".join(_render_index_row(one) for one in certificates)
    title = "Atlas quality certificates"
    legend = " &nbsp; ".join(
        f'<span class="{kind}">{mark}</span> {answer}' for answer, (mark, kind) in MARKS.items()
    )
    body = (
        f"<header><h1>{title}</h1></header>"
        f'<p class="muted">{counted(len(documents), "atlas", "atlases")}. Opens in: {legend} '
        f"&nbsp; {OTHER_MARK[0]} another layout, or not checked</p>"
        '<div class="scroll"><table class="wide collection"><thead><tr><th>Atlas</th>'
        '<th>Verdict</th><th class="number">Voxel size</th><th class="number">Regions</th>'
        f"{heads}</tr></thead>"
        f"<tbody>{lines}</tbody></table></div>{_render_footer(documents[0])}"
    )
    return _wrap_page(title, body)


def _render_index_row(one: Certificate) -> str:
    facts = one.document["atlas"]
    size = facts.get("resolution_um")
    shown = f"{' × '.join(f'{s:g}' for s in sorted(set(size)))} µm" if size else ""
    regions = grouped(facts["regions"]) if facts["opened"] else ""
    cells = []
    for row in one.document["readers"]:
        mark, kind = MARKS.get(row["answer"], OTHER_MARK)
        words = escape(f"{row['reader']}: {row['answer']}")
        cells.append(
            f'<td class="mark {kind}"><span role="img" aria-label="{words}" '
            f'title="{words}">{mark}</span></td>'
        )
    name, file = str(facts["name"]), str(facts["file"] or "")
    # Several atlases may state one name: the folder tells them apart.
    where = f'<div class="muted">{escape(file)}</div>' if file not in ("", name) else ""
    return (
        f'<tr><th><a href="{escape(one.stem)}.html">{escape(name)}</a>{where}</th>'
        f'<td>{_embed_badge(one.document)}</td><td class="number">{shown}</td>'
        f'<td class="number">{regions}</td>'
        f"{''.join(cells)}</tr>"
    )
