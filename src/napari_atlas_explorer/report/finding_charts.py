"""Curves, histograms, swatches and boxes of findings, as SVG that stands in a page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from ..core.colors import Rgb
from ..qa.finding import Curve, Exhibit, Histogram, NamedBox, Swatch

WIDTH, HEIGHT, MARGIN = 360, 110, 26


def chart(exhibits: Sequence[Exhibit], names: dict[int, str]) -> str:
    """SVG of everything that is shown beside a finding; "" for nothing.

    Parameters
    ----------
    exhibits
        What the finding shows.
    names
        Acronyms by region id.
    """
    parts = [_curve(e) for e in exhibits if isinstance(e, Curve)]
    parts += [_histogram(e) for e in exhibits if isinstance(e, Histogram)]
    swatches = [e for e in exhibits if isinstance(e, Swatch)]
    boxes = [e for e in exhibits if isinstance(e, NamedBox)]
    if swatches:
        parts.append(_swatches(swatches, names))
    if boxes:
        parts.append(_boxes(boxes))
    return "".join(parts)


def _svg(width: float, height: float, inner: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" role="img">{inner}</svg>'
    )


def _curve(curve: Curve) -> str:
    values = np.asarray(curve.values, np.float64)
    finite = values[np.isfinite(values)]
    if not len(finite):
        return ""
    top = max(float(finite.max()), curve.limit or 0.0) or 1.0
    x = MARGIN + np.arange(len(values)) * (WIDTH - 2 * MARGIN) / max(1, len(values) - 1)
    y = HEIGHT - MARGIN - np.nan_to_num(values) / top * (HEIGHT - 2 * MARGIN)
    lines = "".join(_polyline(part) for part in _unbroken(x, y, np.isfinite(values)))
    inner = _axes(f"{curve.label}, slices of axis {curve.axis}", top, len(values) - 1)
    if curve.limit is not None:
        at = HEIGHT - MARGIN - curve.limit / top * (HEIGHT - 2 * MARGIN)
        inner += f'<path class="limit" d="M{MARGIN} {at:.1f}H{WIDTH - MARGIN}"/>'
    return _svg(WIDTH, HEIGHT, inner + lines)


def _unbroken(
    x: NDArray[np.float64], y: NDArray[np.float64], there: NDArray[np.bool_]
) -> list[NDArray[np.float64]]:
    """Stretches of a curve between its gaps."""
    points = np.stack([x, y], axis=1)
    cuts = np.flatnonzero(np.diff(there.astype(np.int8))) + 1
    return [
        part
        for part, seen in zip(np.split(points, cuts), np.split(there, cuts), strict=True)
        if len(part) and seen[0]
    ]


def _polyline(points: NDArray[np.float64]) -> str:
    path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    return f'<polyline class="curve" points="{path}"/>'


def _axes(label: str, top: float, last: float) -> str:
    base = HEIGHT - MARGIN
    return (
        f'<path class="axis" d="M{MARGIN} {MARGIN}V{base}H{WIDTH - MARGIN}"/>'
        f'<text x="{MARGIN}" y="14">{escape(label)}</text>'
        f'<text x="{MARGIN - 3}" y="{MARGIN + 8}" text-anchor="end">{top:.3g}</text>'
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 10}" text-anchor="end">{last:g}</text>'
    )


def _histogram(histogram: Histogram) -> str:
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
    inner = _axes(label, float(histogram.counts.max()), float(histogram.edges[-1]))
    return _svg(WIDTH, HEIGHT, inner + "".join(bars))


def _swatches(swatches: Sequence[Swatch], names: dict[int, str]) -> str:
    size, inner = 64, ""
    for n, swatch in enumerate(swatches):
        name = escape(names.get(swatch.region_id, str(swatch.region_id)))
        inner += (
            f'<rect x="{n * size}" y="0" width="{size}" height="40" fill="{_hex(swatch.color)}"/>'
            f'<text x="{n * size + 3}" y="53">{name}</text>'
        )
    return _svg(size * len(swatches), 58, inner)


def _boxes(boxes: Sequence[NamedBox]) -> str:
    """Boxes seen along their last axis: the first runs down, the second across."""
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
    return _svg(WIDTH, max(float(span[0] * scale) + 6, 15.0 * len(boxes) + 10), inner)


def _hex(color: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
