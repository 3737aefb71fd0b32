"""Badge of a QA verdict, for a web page or a README."""

from __future__ import annotations

from xml.sax.saxutils import escape

LABEL = "atlas QA"
COLORS = {"errors": "#b3122f", "warnings": "#8a5300", "passed": "#17693a"}
OTHER, LEFT = "#5c616b", "#3b3f48"
HEIGHT, PAD, LETTER = 20, 8, 6.6
"""Pixels; letters of 11 pixels are about as wide, and are fitted exactly by the viewer."""


def badge_svg(text: str, verdict: str) -> str:
    """Return a badge as SVG: "atlas QA" and the verdict in few words.

    Parameters
    ----------
    text
        The words.
    verdict
        "passed", "warnings", "errors" or another, which is gray.

    Examples
    --------
    >>> "atlas QA: 2 errors" in badge_svg("2 errors", "errors")
    True
    """
    widths = [round(len(part) * LETTER) for part in (LABEL, text)]
    left, right = (width + 2 * PAD for width in widths)
    color = COLORS.get(verdict, OTHER)
    title = escape(f"{LABEL}: {text}")
    words = "".join(
        f'<text x="{x + PAD}" y="14" textLength="{width}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(part)}</text>"
        for x, width, part in ((0, widths[0], LABEL), (left, widths[1], text))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" '
        f'viewBox="0 0 {left + right} {HEIGHT}" role="img" aria-label="{title}">'
        f'<title>{title}</title><clipPath id="r"><rect width="{left + right}" height="{HEIGHT}" '
        f'rx="4"/></clipPath><g clip-path="url(#r)"><rect width="{left}" height="{HEIGHT}" '
        f'fill="{LEFT}"/><rect x="{left}" width="{right}" height="{HEIGHT}" fill="{color}"/></g>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f"{words}</g></svg>\n"
    )
