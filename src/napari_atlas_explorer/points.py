"""Points by region: see `count_by_region`, and `Atlas.lookup` for each point."""

from .analysis.region_measures import count_by_region

__all__ = ["count_by_region"]


def __dir__() -> list[str]:
    return __all__
