"""HTML of atlases, hierarchies, masks, lines, comparisons and reports in notebooks.

Names come from other people's files: every text is escaped.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ..analysis.comparison.comparison import MEANINGS, Comparison
from ..core.atlas.atlas import Atlas
from ..core.atlas.notebook import describe_voxel_size
from ..core.errors import AtlasError
from ..core.regions.region_map import RegionMap
from ..core.space.volume import ROIMask
from ..core.streamlines import Line, Streamlines
from ..core.text import counted, cubic_millimeters, grouped, micrometers, millimeters
from ..qa.run import Report
from .figure import middle_of_brain
from .sections import three_sections
from .snapshot import credit_of
from .thumbnail import draw_section, fit_picture

SECTION_SIZE, MASK_SIZE, LINES_SIZE = 180, 140, 140
"""Pixels that a picture fits into."""

MOST_REGIONS, MOST_FINDINGS = 5000, 50
"""What is more is counted: a page of megabytes stalls a notebook."""

# Clear gray: pages of notebooks are light or dark.
MUTED = "color:#888"
MASK_COLOR = (214, 96, 30, 255)
CLEAR_LINES = (*MASK_COLOR[:3], 0)
"""Of the color of the lines, so that averages at their edges are not darker."""

MOST_DRAWN_POINTS = 50_000
"""Points of lines in a picture; of more, every n-th line is drawn. 50,000 take 0.1 to 0.2 s."""

LINES_FINER = 3
"""Pixels of the drawing for each pixel of the picture: Pillow's lines have hard edges."""


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


def streamlines_html(lines: Streamlines) -> str:
    """Return counts, lengths and box of lines, and a picture along each axis."""
    facts = {
        "lines": grouped(len(lines)),
        "points": grouped(lines.n_points),
        "length": _describe_lengths([line.length for line in lines]),
        "box": _describe_box(lines.positions),
        "values": ", ".join(lines.value_names),
        "injection sites": len(lines.injection_sites) and grouped(len(lines.injection_sites)),
        "targets": len(lines.targets) and grouped(len(lines.targets)),
        "notes": "; ".join(lines.notes),
    }
    title = f"Streamlines: {lines.kind}" if lines.kind else "Streamlines"
    return _title(title) + _table(facts) + _line_pictures(lines.lines)


def line_html(line: Line) -> str:
    """Return points, length, box and attributes of a line, and a picture along each axis."""
    facts = {
        "points": grouped(len(line)),
        "length": _describe_lengths([line.length]),
        "box": _describe_box(line.positions),
        "values": ", ".join(line.values),
        **{str(key): value for key, value in line.attributes.items()},
    }
    return _title("Line") + _table(facts) + _line_pictures((line,))


def _describe_lengths(lengths: Sequence[float]) -> str:
    """Return the range of lengths in mm, and their sum."""
    if not lengths:
        return ""
    if len(lengths) == 1:
        return millimeters(lengths[0])
    low, high = millimeters(min(lengths)), millimeters(max(lengths))
    return f"{low} to {high}, {millimeters(sum(lengths))} together"


def _describe_box(positions: NDArray[np.float64]) -> str:
    """Return the span of positions along x, y and z, µm."""
    if not len(positions):
        return ""
    spans = zip("xyz", positions.min(axis=0), positions.max(axis=0), strict=True)
    return ", ".join(f"{axis} {micrometers(a)} to {micrometers(b)}" for axis, a, b in spans) + " µm"


def _line_pictures(lines: Sequence[Line]) -> str:
    """Return lines seen along each axis; the first of the other two runs down."""
    n_points = sum(map(len, lines))
    if not n_points:
        return ""
    every = -(-n_points // MOST_DRAWN_POINTS)
    drawn = [line.positions for line in lines[::every]]
    points = np.concatenate(drawn)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    pictures = []
    for axis in range(3):
        down, across = (k for k in range(3) if k != axis)
        room = LINES_SIZE * LINES_FINER - 2 * LINES_FINER  # a margin of one pixel on every side
        largest = max(extent[down], extent[across])
        scale = room / largest if largest else 0.0
        size = [1 + round(extent[k] * scale / LINES_FINER) + 1 for k in (across, down)]
        canvas = Image.new("RGBA", (size[0] * LINES_FINER, size[1] * LINES_FINER), CLEAR_LINES)
        pen = ImageDraw.Draw(canvas)
        for positions in drawn:
            at = (positions[:, [across, down]] - low[[across, down]]) * scale + LINES_FINER
            pen.line(at.ravel().tolist(), fill=MASK_COLOR, width=LINES_FINER)
        small = canvas.resize((size[0], size[1]), Image.Resampling.BOX)
        pictures.append(_picture(np.asarray(small), f"along axis {axis}"))
    note = _note(f"1 of {every} lines is drawn") if every > 1 else ""
    return f"<div>{''.join(pictures)}</div>{note}"


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
