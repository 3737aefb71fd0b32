"""Pictures of findings: charts as SVG, and sections with the voxels at fault."""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from ..core.atlas.atlas import Atlas
from ..core.colors.region_colors import Rgb
from ..core.space.volume import VoxelData
from ..qa.finding import Curve, Exhibit, Histogram, NamedBox, Swatch
from .paint import FAULT, OUTLINE, Contrast, DrawnMesh, clip_lines, contrast_of, reference_plane
from .png import font
from .sections import Box, Section, three_sections

# ---- Sections ------------------------------------------------------------------------------------

FINDING_PICTURE_HEIGHT = 220
"""Pixels of each section's picture."""
WIDEST = 420
GAP, TITLE_ROOM = 8, 20
PAGE, INK = (18, 19, 23), (214, 218, 226)
BORDER = np.array((96, 108, 128), np.float64)
BORDER_SHARE = 0.55
MARK = np.array((255, 64, 96), np.float64)
MARK_SHARE = 0.85
RING = (255, 214, 10)
RING_RADIUS = 9
NEAR = 22
"""Voxels on each side of the finding in the nearer picture."""


class FindingPictures:
    """Sections of one atlas through findings; the contrast is computed once.

    Parameters
    ----------
    atlas
        The atlas.
    reference
        The reference image on the annotation's voxels, or None.
    """

    def __init__(self, atlas: Atlas, reference: VoxelData | None) -> None:
        self._atlas = atlas
        self._reference = reference
        self._contrast: Contrast | None = (
            contrast_of(reference.raw) if reference is not None else None
        )
        rank_volume = atlas.ranks
        box = rank_volume.box(1, rank_volume.n_ranks) if rank_volume.n_ranks > 1 else None
        self._labeled: Box = box or tuple(slice(0, n) for n in atlas.shape)

    def png(
        self,
        voxel: tuple[int, ...],
        marked: NDArray[np.int64] | None,
        mesh: DrawnMesh | None = None,
    ) -> bytes:
        """Return three sections through a voxel as PNG; the same input gives the same bytes.

        Parameters
        ----------
        voxel
            Voxel where the sections meet; a ring is drawn around it.
        marked
            C-order positions of the voxels at fault, ascending.
        mesh
            Surface whose outline is drawn, None for none.
        """
        box = tuple(
            slice(max(0, min(side.start, v) - 2), min(n, max(side.stop, v + 1) + 2))
            for side, v, n in zip(self._labeled, voxel, self._atlas.shape, strict=True)
        )
        if mesh is not None:
            box = tuple(
                slice(max(0, min(side.start, int(low) - 1)), min(n, max(side.stop, int(high) + 2)))
                for side, low, high, n in zip(box, *mesh.bounds, self._atlas.shape, strict=True)
            )
        sections = three_sections(self._atlas.orientation, voxel)
        parts = [self._draw_section(section, box, voxel, marked, mesh) for section in sections]
        near = tuple(
            slice(max(0, v - NEAR), min(n, v + NEAR + 1))
            for v, n in zip(voxel, self._atlas.shape, strict=True)
        )
        parts.append(self._draw_section(sections[0], near, voxel, marked, mesh, "the same, nearer"))
        width = sum(part.width for part in parts) + GAP * (len(parts) - 1)
        sheet = Image.new("RGB", (width, FINDING_PICTURE_HEIGHT + TITLE_ROOM), PAGE)
        left = 0
        for part in parts:
            sheet.paste(part, (left, 0))
            left += part.width + GAP
        buffer = io.BytesIO()
        paletted = sheet.quantize(palette=_make_palette(), dither=Image.Dither.NONE)
        paletted.save(buffer, format="PNG", optimize=True)
        return buffer.getvalue()

    def _draw_section(
        self,
        section: Section,
        box: Box,
        voxel: tuple[int, ...],
        marked: NDArray[np.int64] | None,
        mesh: DrawnMesh | None,
        title: str = "",
    ) -> Image.Image:
        ranks = section.cut(self._atlas.ranks.raw, box)
        pixels = np.zeros((*ranks.shape, 3))
        if self._reference is not None and self._contrast is not None:
            values = reference_plane(self._reference, self._atlas, section, box)
            pixels += self._contrast.apply(values)[..., np.newaxis] * 230
        else:
            pixels[ranks > 0] = 70
        edge = _find_borders(ranks)
        pixels[edge] = BORDER_SHARE * BORDER + (1 - BORDER_SHARE) * pixels[edge]
        if marked is not None:
            at_fault = section.cut(self._cut_mask(section, marked), box)
            pixels[at_fault] = MARK_SHARE * MARK + (1 - MARK_SHARE) * pixels[at_fault]
        rows, cols = ranks.shape
        steps = self._atlas.resolution
        tall, wide = rows * steps[section.down], cols * steps[section.across]
        scale = min(FINDING_PICTURE_HEIGHT / tall, WIDEST / wide)
        size = (max(1, round(wide * scale)), max(1, round(tall * scale)))
        image = Image.fromarray(np.rint(pixels).astype(np.uint8)).resize(
            size, Image.Resampling.NEAREST
        )
        row, col = section.place([v + 0.5 for v in voxel], box)
        panel = Image.new("RGB", (size[0], FINDING_PICTURE_HEIGHT + TITLE_ROOM), PAGE)
        panel.paste(image, (0, TITLE_ROOM))
        pen = ImageDraw.Draw(panel)
        if mesh is not None:
            per_voxel = np.array((size[0] / cols, size[1] / rows))
            for lines, color, thick in mesh.lines(section):
                ends = [[section.place(q, box)[::-1] for q in line] for line in lines.tolist()]
                at = np.array(ends).reshape(-1, 2, 2) * per_voxel
                for start, end in np.add(clip_lines(at, size), (0, TITLE_ROOM)).tolist():
                    pen.line([tuple(start), tuple(end)], fill=color, width=thick)
            pen.rectangle((0, 0, size[0], TITLE_ROOM - 1), fill=PAGE)
        x, y = col * size[0] / cols, TITLE_ROOM + row * size[1] / rows
        radius = max(RING_RADIUS, size[0] / cols)
        ring = (x - radius, y - radius, x + radius, y + radius)
        pen.ellipse(ring, outline=RING, width=2)
        words = title or _format_title(section)
        pen.text((2, TITLE_ROOM - 5), words, fill=INK, font=font(13), anchor="ls")
        return panel

    def _cut_mask(self, section: Section, marked: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return the voxels at fault in the section's plane, one voxel thick."""
        shape = self._atlas.shape
        where = np.unravel_index(marked, shape)
        in_plane = where[section.axis] == section.index
        thin = list(shape)
        thin[section.axis] = 1
        plane = np.zeros(thin, bool)
        key = [w[in_plane] for w in where]
        key[section.axis] = np.zeros(int(in_plane.sum()), np.intp)
        plane[tuple(key)] = True
        return np.broadcast_to(plane, shape)


def _make_palette() -> Image.Image:
    """Make the palette of pictures: grays, and the ramps of borders and marks."""

    def ramp(color: NDArray[np.float64], share: float, n: int) -> NDArray[np.float64]:
        gray = np.linspace(0, 230, n)[:, np.newaxis].repeat(3, axis=1)
        return share * color + (1 - share) * gray

    table = np.concatenate(
        [
            ramp(BORDER, 0, 130),
            ramp(BORDER, BORDER_SHARE, 70),
            ramp(MARK, MARK_SHARE, 40),
            np.array([RING, PAGE, INK, OUTLINE, FAULT], np.float64),
        ]
    )
    image = Image.new("P", (1, 1))
    image.putpalette(np.rint(table).astype(np.uint8).tobytes())
    return image


def _find_borders(ranks: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Find pixels whose right or lower neighbor has another label."""
    edge = np.zeros(ranks.shape, bool)
    edge[:, :-1] |= ranks[:, 1:] != ranks[:, :-1]
    edge[:-1] |= ranks[1:] != ranks[:-1]
    return edge


def _format_title(section: Section) -> str:
    letters = section.letters
    where = f"{section.name} {section.index}"
    return f"{where}  {letters.left}–{letters.right}" if letters is not None else where


# ---- Charts --------------------------------------------------------------------------------------

WIDTH, HEIGHT, MARGIN = 360, 110, 26


def chart(exhibits: Sequence[Exhibit], names: dict[int, str]) -> str:
    """Return the SVG of a finding's charts; "" for none.

    Parameters
    ----------
    exhibits
        Charts of the finding.
    names
        Acronyms by region id.
    """
    parts = [_draw_curve(e) for e in exhibits if isinstance(e, Curve)]
    parts += [_draw_histogram(e) for e in exhibits if isinstance(e, Histogram)]
    swatches = [e for e in exhibits if isinstance(e, Swatch)]
    boxes = [e for e in exhibits if isinstance(e, NamedBox)]
    if swatches:
        parts.append(_draw_swatches(swatches, names))
    if boxes:
        parts.append(_draw_boxes(boxes))
    return "".join(parts)


def _wrap_svg(width: float, height: float, inner: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img">{inner}</svg>'
    )


def _draw_curve(curve: Curve) -> str:
    values = np.asarray(curve.values, np.float64)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return ""
    top = max(float(finite.max()), curve.limit or 0.0) or 1.0
    x = MARGIN + np.arange(len(values)) * (WIDTH - 2 * MARGIN) / max(1, len(values) - 1)
    y = HEIGHT - MARGIN - np.nan_to_num(values) / top * (HEIGHT - 2 * MARGIN)
    lines = "".join(_draw_polyline(part) for part in _split_at_gaps(x, y, np.isfinite(values)))
    inner = _draw_axes(f"{curve.label}, slices of axis {curve.axis}", top, len(values) - 1)
    if curve.limit is not None:
        at = HEIGHT - MARGIN - curve.limit / top * (HEIGHT - 2 * MARGIN)
        inner += f'<path class="limit" d="M{MARGIN} {at:.1f}H{WIDTH - MARGIN}"/>'
    return _wrap_svg(WIDTH, HEIGHT, inner + lines)


def _split_at_gaps(
    x: NDArray[np.float64], y: NDArray[np.float64], finite: NDArray[np.bool_]
) -> list[NDArray[np.float64]]:
    """Return the stretches of a curve between its gaps."""
    points = np.stack([x, y], axis=1)
    cuts = np.flatnonzero(np.diff(finite.astype(np.int8))) + 1
    return [
        part
        for part, seen in zip(np.split(points, cuts), np.split(finite, cuts), strict=True)
        if len(part) and seen[0]
    ]


def _draw_polyline(points: NDArray[np.float64]) -> str:
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    return f'<polyline class="curve" points="{path}"/>'


def _draw_axes(label: str, top: float, last: float) -> str:
    base = HEIGHT - MARGIN
    return (
        f'<path class="axis" d="M{MARGIN} {MARGIN}V{base}H{WIDTH - MARGIN}"/>'
        f'<text x="{MARGIN}" y="14">{escape(label)}</text>'
        f'<text x="{MARGIN - 3}" y="{MARGIN + 8}" text-anchor="end">{top:.3g}</text>'
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 10}" text-anchor="end">{last:g}</text>'
    )


def _draw_histogram(histogram: Histogram) -> str:
    counts = np.sqrt(np.asarray(histogram.counts, np.float64))  # rare values stay visible
    top = float(counts.max()) or 1.0
    width = (WIDTH - 2 * MARGIN) / max(1, len(counts))
    bars = []
    for i, count in enumerate(counts.tolist()):
        tall = count / top * (HEIGHT - 2 * MARGIN)
        if tall > 0:
            x, y = MARGIN + i * width, HEIGHT - MARGIN - tall
            bars.append(
                f'<rect class="bar" x="{x:.1f}" y="{y:.1f}" width="{width:.2f}" '
                f'height="{tall:.1f}"/>'
            )
    label = f"{histogram.label} (square root of the counts)"
    inner = _draw_axes(label, float(histogram.counts.max()), float(histogram.edges[-1]))
    return _wrap_svg(WIDTH, HEIGHT, inner + "".join(bars))


def _draw_swatches(swatches: Sequence[Swatch], names: dict[int, str]) -> str:
    size, inner = 64, ""
    for n, swatch in enumerate(swatches):
        name = escape(names.get(swatch.region_id, str(swatch.region_id)))
        inner += (
            f'<rect x="{n * size}" y="0" width="{size}" height="40" '
            f'fill="{_to_hex(swatch.color)}"/><text x="{n * size + 3}" y="53">{name}</text>'
        )
    return _wrap_svg(size * len(swatches), 58, inner)


def _draw_boxes(boxes: Sequence[NamedBox]) -> str:
    """Draw boxes along their last axis: the first axis runs down, the second across."""
    low = np.min([b.low for b in boxes], axis=0)
    high = np.max([b.high for b in boxes], axis=0)
    span = np.maximum(high - low, 1e-9)
    scale = min(90 / span[0], 200 / span[1])
    inner = ""
    for n, box in enumerate(boxes):
        y, x = (np.array(box.low[:2]) - low[:2]) * scale
        tall, wide = (np.array(box.high[:2]) - np.array(box.low[:2])) * scale
        inner += (
            f'<rect class="box b{n % 4}" x="{x + 2:.1f}" y="{y + 2:.1f}" width="{wide:.1f}" '
            f'height="{tall:.1f}"/><text class="b{n % 4}" x="216" y="{16 + 15 * n}">'
            f"{escape(box.name)}</text>"
        )
    return _wrap_svg(WIDTH, max(float(span[0] * scale) + 6, 15.0 * len(boxes) + 10), inner)


def _to_hex(color: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
