"""A QA report as one self-contained HTML page, with its style."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

import numpy as np

from ..core.errors import AtlasError
from ..core.mesh import Mesh
from ..core.regions.rank_volume import RankVolume
from ..core.text import grouped
from ..qa.check import NotRunError
from ..qa.checks.mesh_facts import placed_meshes
from ..qa.document import Document, as_document
from ..qa.finding import Finding
from ..qa.review import Review
from ..qa.run import ListedFinding, Report, acronyms_of
from .paint import CAPTION, DrawnMesh
from .qa_pictures import FindingPictures, chart

# ---- Style and script ----------------------------------------------------------------------------

STYLE = """
:root{--page:#fff;--ink:#16181d;--muted:#5c616b;--line:#d9dce2;--card:#f6f7f9;
--error:#b3122f;--warning:#8a5300;--info:#1d5c96;--known:#5c616b;--pass:#17693a;--fail:#b3122f;
--unsure:#8a5300}
@media(prefers-color-scheme:dark){:root{--page:#121317;--ink:#eceef2;--muted:#a6abb5;--line:#33363f;
--card:#1c1e24;--error:#ff7a8e;--warning:#f0b45a;--info:#7db8f0;--known:#a6abb5;--pass:#6ccf92;
--fail:#ff7a8e;--unsure:#f0b45a}}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,Helvetica,Arial,sans-serif}
main{max-width:1100px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:26px;margin:0 0 12px}h2{font-size:17px;margin:34px 0 10px;font-weight:600}
h2 .muted{font-weight:400;font-size:14px}
table{border-collapse:collapse}th{text-align:left;font-weight:500;color:var(--muted);
padding:1px 18px 1px 0;vertical-align:top}td{padding:2px 14px 2px 0;vertical-align:top;
overflow-wrap:anywhere}.lines{font-size:14px;width:100%}.lines tr{border-top:1px solid var(--line)}
.muted{color:var(--muted)}code,pre{font:13px ui-monospace,Menlo,Consolas,monospace}
pre{background:var(--page);border:1px solid var(--line);border-radius:4px;padding:6px 9px;
margin:8px 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
.summary{display:flex;gap:10px;flex-wrap:wrap;align-items:center;margin:20px 0}
.badge{font:inherit;border:1px solid currentColor;border-radius:99px;padding:2px 13px;
background:none;cursor:pointer}.badge[aria-pressed=false]{opacity:.45;text-decoration:line-through}
.error{color:var(--error)}.warning{color:var(--warning)}.info{color:var(--info)}
.known{color:var(--known)}.pass{color:var(--pass)}.fail{color:var(--fail)}
.unsure{color:var(--unsure)}
article{color:var(--ink)!important;background:var(--card);border-left:4px solid var(--line);
border-radius:4px;padding:10px 14px;margin:10px 0}article p{margin:0 0 6px}
article.error{border-color:var(--error)}article.warning{border-color:var(--warning)}
article.info{border-color:var(--info)}.tag{font-size:13px;font-weight:600}
.fix{color:var(--muted)}img{max-width:100%;border-radius:3px;display:block}
.chart{display:block;margin:8px 0 0;max-width:100%;font-size:11px}
.chart text{fill:var(--ink)}.axis{stroke:var(--muted);fill:none}.curve{stroke:var(--info);
fill:none;stroke-width:1.4}.limit{stroke:var(--error);stroke-dasharray:4 3}.bar{fill:var(--info)}
.box{fill:none;stroke-width:1.6}.box.b0{stroke:var(--info)}.box.b1{stroke:var(--error)}
.box.b2{stroke:var(--warning)}.box.b3{stroke:var(--pass)}.chart text.b0{fill:var(--info)}
.chart text.b1{fill:var(--error)}.chart text.b2{fill:var(--warning)}
.chart text.b3{fill:var(--pass)}
.not-run td{color:var(--muted)}.found td:first-child{color:var(--warning)}
.passed td:first-child{color:var(--pass)}summary{cursor:pointer}
@media print{.badge{border:0}details>*{display:block}}
""".strip()

SCRIPT = """
for(const b of document.querySelectorAll('button.badge'))b.addEventListener('click',()=>{
const on=b.getAttribute('aria-pressed')!=='true';b.setAttribute('aria-pressed',on);
for(const e of document.querySelectorAll('[data-severity="'+b.dataset.severity+'"]'))
if(e!==b)e.hidden=!on;
for(const s of document.querySelectorAll('section')){
const all=s.querySelectorAll('[data-severity]');
if(all.length)s.hidden=[...all].every(e=>e.hidden)}})
""".strip()


# ---- Page ----------------------------------------------------------------------------------------

PICTURES_PER_CODE = 3
"""Findings of one code with pictures; the others are lines of a table."""

LINES_PER_CODE = 400
MOST_PICTURES = 90
"""Maximum size of a page: small enough for mail."""


def qa_page(
    report: Report,
    date: str | None = None,
    review: Review | None = None,
    shown: Collection[str] | None = None,
) -> str:
    """Return the HTML of a report; see `qa.document.as_document` for the arguments.

    Nothing in it is loaded from elsewhere; the same input gives the same text.

    Examples
    --------
    >>> from napari_atlas_explorer.qa import run_qa
    >>> qa_page(run_qa("sample", groups=["hierarchy"]))[:15]
    '<!DOCTYPE html>'
    """
    document = as_document(report, date, review, shown)
    listed = [listed for listed in report.listed if shown is None or listed.id in shown]
    facts = document["atlas"]
    title = f"QA of {facts['name']}"
    body = [
        f"<h1>{escape(title)}</h1>",
        _render_facts(document),
        render_summary(document["summary"]),
        render_findings(report, listed, document),
        _render_review(document["review"]),
        _render_checks(document["checks"]),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{''.join(body)}</main><script>{SCRIPT}</script></body></html>\n"
    )


def _render_facts(document: Document) -> str:
    facts = document["atlas"]
    rows = [("path", facts.get("path"))]
    if facts["opened"]:
        shape = " × ".join(grouped(n) for n in facts["shape"])
        size = facts["resolution_um"]
        resolution = " × ".join(f"{s:g}" for s in size) + " µm" if size else "not stated"
        rows += [
            ("layout", facts["layout"]),
            ("voxels", f"{shape} of {resolution}"),
            ("orientation", facts["orientation"] or "not stated"),
            ("regions", grouped(facts["regions"])),
            ("names from", facts.get("table")),
            ("annotation", f"SHA-256 {facts['annotation_sha256']}"),
        ]
    rows += [("settings", document["config"] or "defaults"), ("date", document["date"])]
    cells = "".join(
        f"<tr><th>{key}</th><td>{escape(str(value))}</td></tr>" for key, value in rows if value
    )
    assumed = "".join(f"<li>{escape(a)}</li>" for a in facts.get("assumptions", []))
    return f'<table class="facts">{cells}</table>' + (
        f'<p class="muted">Assumed:</p><ul class="muted">{assumed}</ul>' if assumed else ""
    )


def render_summary(summary: Mapping[str, int]) -> str:
    """Return the counts of a report as buttons that hide and show findings."""
    badges = [
        f'<button class="badge {s}" data-severity="{s}" aria-pressed="true">'
        f"{summary[s]} {s if s == 'info' or summary[s] == 1 else s + 's'}</button>"
        for s in ("error", "warning", "info")
    ]
    badges += [
        f'<button class="badge known" data-severity="known" aria-pressed="true">'
        f"{summary['known']} known</button>",
        f'<span class="muted">{summary["passed"]} checks passed, '
        f"{summary['not_run']} not run</span>",
    ]
    return f'<p class="summary">{" ".join(badges)}</p>'


def render_findings(report: Report, listed: Sequence[ListedFinding], document: Document) -> str:
    """Return the findings of a report with their pictures, by check.

    Parameters
    ----------
    report
        The report.
    listed
        Those of its findings that are shown.
    document
        Rows of them, of `as_document` or `certificate_document`.
    """
    if not listed:
        return "<p>No findings.</p>"
    rows = {row["id"]: row for row in document["findings"]}
    titles = {r.check.code: (r.check.group, r.check.title) for r in report.results}
    painter = _FigureRenderer(report)
    parts = []
    for code, of_code in groupby(listed, key=lambda one: one.finding.code):
        ones = list(of_code)
        group, title = titles[code]
        cards = "".join(
            _render_card(one, rows[one.id], painter.figure(one)) for one in ones[:PICTURES_PER_CODE]
        )
        rest = ones[PICTURES_PER_CODE:]
        more = _render_lines([rows[one.id] for one in rest[:LINES_PER_CODE]])
        left = len(rest) - LINES_PER_CODE
        if left > 0:
            more += f'<p class="muted">… and {grouped(left)} more: see the JSON.</p>'
        if rest:
            more = f"<details><summary>{grouped(len(rest))} more</summary>{more}</details>"
        parts.append(
            f'<section><h2><code>{escape(code)}</code> <span class="muted">{escape(group)} · '
            f"{escape(title)} · {grouped(len(ones))}</span></h2>{cards}{more}</section>"
        )
    return "".join(parts)


def _render_card(listed: ListedFinding, row: dict[str, Any], figure: str) -> str:
    kind = "known" if listed.known else row["severity"]
    known = f'<p class="muted">Known: {escape(listed.known)}</p>' if listed.known else ""
    fix = f'<p class="fix">{escape(row["fix"])}</p>' if row["fix"] else ""
    command = f"<pre>{escape(row['open'])}</pre>" if row.get("open") else ""
    return (
        f'<article class="{kind}" data-severity="{kind}" id="{escape(listed.id)}">'
        f'<p><span class="tag {kind}">{kind}</span> {escape(row["message"])}</p>'
        f"{known}{fix}{figure}{command}</article>"
    )


def _render_lines(rows: Sequence[dict[str, Any]]) -> str:
    lines = "".join(
        f'<tr data-severity="{"known" if r["known"] else r["severity"]}">'
        f"<td>{r['severity']}</td><td>{escape(r['message'])}</td>"
        f"<td><code>{escape(r['id'])}</code></td></tr>"
        for r in rows
    )
    return f'<table class="lines">{lines}</table>'


class _FigureRenderer:
    """Pictures of findings, within the size limit of the page."""

    def __init__(self, report: Report) -> None:
        self._names = acronyms_of(report.subject)
        self._rank_volume: RankVolume | None = None
        self._pictures: FindingPictures | None = None
        self._left = MOST_PICTURES
        self._subject = subject = report.subject
        try:
            self._rank_volume = subject.ranks
            try:
                reference = subject.reference
            except NotRunError:
                reference = None
            self._pictures = FindingPictures(subject.atlas, reference)
        except NotRunError:
            return  # unreadable annotation: findings have no pictures

    def figure(self, listed: ListedFinding) -> str:
        """Return sections and charts of a finding, as HTML."""
        finding = listed.finding
        charts = chart(finding.exhibits, self._names)
        voxel = self._choose_voxel(finding)
        if self._pictures is None or self._rank_volume is None or voxel is None or self._left <= 0:
            return f"<div>{charts}</div>" if charts else ""
        self._left -= 1
        marked = finding.marked.positions(self._rank_volume) if finding.marked is not None else None
        mesh = self._read_mesh(finding)
        data = base64.b64encode(self._pictures.png(voxel, marked, mesh)).decode("ascii")
        where = ", ".join(map(str, voxel))
        caption = f'<p class="muted">{CAPTION}</p>' if mesh is not None else ""
        return (
            f'<div><img alt="sections through voxel {where}" '
            f'src="data:image/png;base64,{data}">{caption}{charts}</div>'
        )

    def _choose_voxel(self, finding: Finding) -> tuple[int, ...] | None:
        """Return the voxel to show; for a mesh without one, in its region's largest section."""
        anchor, rank_volume = finding.anchor, self._rank_volume
        if anchor.voxel is not None or anchor.mesh is None or rank_volume is None:
            return anchor.voxel
        rank = rank_volume.region_map.rank_of_id(anchor.mesh)
        box = rank_volume.box(rank, int(rank_volume.ends[rank])) if rank else None
        if box is None:
            return None
        inner = (rank_volume.raw[box] >= rank) & (rank_volume.raw[box] < rank_volume.ends[rank])
        where = np.argwhere(inner)
        nearest = ((where - where.mean(axis=0)) ** 2).sum(axis=1).argmin()
        return tuple(int(v) + b.start for v, b in zip(where[nearest], box, strict=True))

    def _read_mesh(self, finding: Finding) -> DrawnMesh | None:
        """Read a finding's mesh, aligned with the labels; None where it cannot be read."""
        region_id, subject = finding.anchor.mesh, self._subject
        package = subject.atlas.package
        path = package.mesh_files.get(region_id) if region_id is not None else None
        if path is None or package.read_mesh is None:
            return None
        try:
            mesh = package.read_mesh(path)
            shift = placed_meshes(subject).offset.shift
        except AtlasError:  # an unreadable mesh is a separate finding
            return None
        return DrawnMesh(Mesh(mesh.points + shift, mesh.faces), subject.atlas.grid)


def _render_review(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return ""
    lines = "".join(
        f'<tr><td><span class="tag {r["verdict"]}">{r["verdict"]}</span></td>'
        f"<td>{escape(r['region'] or '')} <code>{r['region_id']}</code></td>"
        f"<td>{escape(r['note'])}</td></tr>"
        for r in rows
    )
    return f'<section><h2>Review</h2><table class="lines">{lines}</table></section>'


def _format_title(row: dict[str, Any]) -> str:
    """Return the title of a check, with the plug-in that it is from."""
    return f"{row['title']} ({row['plugin']})" if row["plugin"] else str(row["title"])


def _render_checks(rows: Sequence[dict[str, Any]]) -> str:
    lines = "".join(
        f'<tr class="{r["status"].replace(" ", "-")}"><td>{r["status"]}</td>'
        f"<td><code>{r['code']}</code></td><td>{escape(_format_title(r))}</td>"
        f"<td>{escape(r['why'] or '')}</td></tr>"
        for r in rows
    )
    return (
        f"<section><h2>Checks</h2><details><summary>All {len(rows)} checks</summary>"
        f'<table class="lines checks">{lines}</table></details></section>'
    )
