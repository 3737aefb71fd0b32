"""Points by region: see `count_by_region`, and `Atlas.lookup` for each point."""

from .analysis.points.tables import PointTable, read_points
from .analysis.region_measures import count_by_region

__all__ = ["PointTable", "count_by_region", "read_points"]


def __dir__() -> list[str]:
    return __all__
