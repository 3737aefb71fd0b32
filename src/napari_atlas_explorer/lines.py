"""Streamlines and neurons: files, the regions that lines cross, and totals by region."""

from .analysis.lines.crossings import find_line_regions
from .analysis.lines.totals import line_totals
from .core.streamlines import Line, Streamlines
from .formats.lines.reader import read_streamlines
from .formats.lines.swc import read_swc
from .formats.lines.writer import write_streamlines

__all__ = [
    "Line",
    "Streamlines",
    "find_line_regions",
    "line_totals",
    "read_streamlines",
    "read_swc",
    "write_streamlines",
]


def __dir__() -> list[str]:
    return __all__
