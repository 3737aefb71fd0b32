"""Images by region: see `measure_by_region`."""

from .analysis.region_measures import measure_by_region

__all__ = ["measure_by_region"]


def __dir__() -> list[str]:
    return __all__
