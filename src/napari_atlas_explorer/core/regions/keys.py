"""Keys that name a region or several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

RegionKey = int | float | str
"""What names one region: its id (a whole float too), acronym or exact name."""

Regions = RegionKey | Iterable[RegionKey]
"""One region, or several; a string is one."""

T = TypeVar("T")


def for_each(function: Callable[[RegionKey], T], regions: Regions) -> T | list[T]:
    """Return a function's value for one region, or the list of its values for several."""
    if isinstance(regions, str) or not isinstance(regions, Iterable):
        return function(regions)
    return [function(region) for region in regions]
