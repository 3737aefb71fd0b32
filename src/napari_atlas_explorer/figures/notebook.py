"""HTML of atlases, hierarchies, masks, comparisons and reports in notebooks.

Names come from other people's files: every text is escaped.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..analysis.comparison.comparison import MEANINGS, Comparison
from ..core.atlas.atlas import Atlas
from ..core.atlas.notebook import describe_voxel_size
from ..core.errors import AtlasError
from ..core.regions.region_map import RegionMap
from ..core.space.volume import ROIMask
from ..core.text import counted, cubic_millimeters, grouped
from ..qa.run import Report
from .figure import middle_of_brain
from .sections import three_sections
from .snapshot import credit_of
from .thumbnail import draw_section, fit_picture

SECTION_SIZE, MASK_SIZE = 180, 140
"""Pixels that a picture fits into."""

MOST_REGIONS, MOST_FINDINGS = 5000, 50
"""What is more is counted: a page of megabytes stalls a notebook."""

# Clear gray: pages of notebooks are light or dark.
MUTED = "color:#888"
MASK_COLOR = (214, 96, 30, 255)


def atlas_html(atlas: Atlas) -> str:
    """Return a card: name, facts, three sections, and what was assumed."""
    facts = {
        "voxels": " × ".join(map(grouped, atlas.shape)),
        "voxel size": describe_voxel_size(atlas),
        "orientation": atlas.orientation or "unknown",
        "regions": grouped(atlas.region_map.n_stated),
        "hemispheres": getattr(atlas.hemisphere_rule, "convention", "unknown"),
        "datasets": ", ".join(atlas.datasets),
        "layout": atlas.package.layout,
        "species": atlas.metadata.get("species") or "",
        "credit": credit_of(atlas.metadata),
    }
    assumed = [f"{a.title}: {a.statement}" for a in atlas.assumptions]
    if assumed:
        facts["assumed"] = "; ".join(assumed)
    return _title(atlas.name) + _table(facts) + _sections(atlas)


def _sections(atlas: Atlas) -> str:
    """Return three sections through the middle; none where they would take long."""
    if atlas.package.make_ranks is not None and not atlas.is_loaded:
        return _note("no picture: the annotation is large and has not been read yet")
    try:
        sections = three_sections(atlas.orientation, middle_of_brain(atlas).index)
        pictures = [
            _picture(draw_section(atlas, section, SECTION_SIZE, SECTION_SIZE), section.name)
            for section in sections
        ]
    except AtlasError as exc:
        return _note(f"no picture: {exc}")
    return f"<div>{''.join(pictures)}</div>"


def region_map_html(regions: RegionMap) -> str:
    """Return the hierarchy as a tree whose branches open and close."""
    lines = [_title(counted(len(regions), "region"))]
    open_ends: list[int] = []
    last = min(len(regions), MOST_REGIONS)
    for rank in range(1, last + 1):
        while open_ends and open_ends[-1] <= rank:
            lines.append("</div></details>")
            open_ends.pop()
        r, g, b = regions.color_of_rank(rank)
        label = (
            f'<span style="color:rgb({r},{g},{b})">&#9632;</span> '
            f"<b>{escape(regions.acronym_of_rank(rank))}</b> {escape(regions.name_of_rank(rank))} "
            f'<span style="{MUTED}">{regions.ids[rank]}</span>'
        )
        end = int(regions.ends[rank])
        if end == rank + 1:
            lines.append(f'<div style="padding-left:1em">{label}</div>')
        else:
            is_open = " open" * (int(regions.depths[rank]) == 0)
            lines.append(f"<details{is_open}><summary>{label}</summary>")
            lines.append('<div style="padding-left:1.5em">')
            open_ends.append(end)
    lines.append("</div></details>" * len(open_ends))
    if last < len(regions):
        lines.append(_note(f"and {grouped(len(regions) - last)} more"))
    return "".join(lines)


def mask_html(mask: ROIMask) -> str:
    """Return the size of a mask, and its outline seen along each of its axes."""
    n = int(np.count_nonzero(mask.raw))
    facts = {
        "mask": " × ".join(map(grouped, mask.shape)) + " voxels",
        "in it": counted(n, "voxel"),
        "volume": cubic_millimeters(n * mask.voxel_volume),
    }
    if mask.ndim != 3 or mask.raw.ndim != 3 or not mask.raw.size:
        return _table(facts)
    steps = np.abs(mask.voxel_dimensions)
    pictures = []
    for axis in range(3):
        colors = np.array([(128, 128, 128, 40), MASK_COLOR], np.uint8)
        plane = colors[mask.raw.any(axis=axis).astype(np.intp)]
        down, across = (float(steps[k]) for k in range(3) if k != axis)
        picture = fit_picture(plane, down, across, MASK_SIZE, MASK_SIZE)
        pictures.append(_picture(picture, f"along axis {axis}"))
    return f"{_table(facts)}<div>{''.join(pictures)}</div>"


def comparison_html(comparison: Comparison) -> str:
    """Return the two atlases, and how many voxels agree if that has been counted."""
    facts = {
        "first": str(comparison.first),
        "second": str(comparison.second),
        "regions are the same by": comparison.by,
    }
    if comparison.mirrored:
        facts["note"] = "one calls left what the other calls right"
    if not comparison.is_counted:
        return _title("Comparison") + _table(facts) + _note("counts() counts the voxels that agree")
    counts = comparison.counts()
    every = max(1, sum(counts))
    for meaning, n in zip(MEANINGS, counts, strict=True):
        facts[meaning] = f"{counted(n, 'voxel')} ({100 * n / every:.1f} %)"
    return _title("Comparison") + _table(facts)


def report_html(report: Report) -> str:
    """Return the findings of a QA report, most severe first."""
    counts = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in report.summary().items())
    listed = report.listed
    rows = [
        (one.finding.severity if not one.known else "known", one.id, one.finding.message)
        for one in listed[:MOST_FINDINGS]
    ]
    more = len(listed) - len(rows)
    html = _title(f"QA of {report.name}") + _note(counts) + _rows(rows)
    return html + (_note(f"and {grouped(more)} more") if more else "")


def _title(text: str) -> str:
    return f"<div><b>{escape(text)}</b></div>"


def _note(text: str) -> str:
    return f'<div style="{MUTED}">{escape(text)}</div>'


def _table(facts: Mapping[str, Any]) -> str:
    return _rows((key, str(value)) for key, value in facts.items() if value)


def _rows(rows: Iterable[tuple[str | None, ...]]) -> str:
    cell = '<td style="text-align:left;vertical-align:top">'
    lines = ("".join(f"{cell}{escape(str(text))}</td>" for text in row) for row in rows)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _picture(pixels: NDArray[np.uint8], title: str) -> str:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG")
    data = base64.b64encode(stream.getvalue()).decode("ascii")
    name = escape(title)
    return (
        f'<img src="data:image/png;base64,{data}" alt="{name}" title="{name}" '
        f'style="margin:4px;vertical-align:middle">'
    )
