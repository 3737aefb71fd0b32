"""Two atlases of one space, compared: see `Comparison`."""

from .analysis.comparison.comparison import MEANINGS, Comparison

__all__ = ["MEANINGS", "Comparison"]


def __dir__() -> list[str]:
    return __all__
