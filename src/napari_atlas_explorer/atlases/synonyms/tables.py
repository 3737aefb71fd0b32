"""Synonyms of regions from the package's tables and the user's."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from ...core.query.region_search import RegionSearch
from ...core.query.synonyms import Synonym, parse_synonyms
from ...core.regions.region_map import RegionMap
from ..local.settings import config_file

SPECIES = ("mouse", "rat", "human")
USER_FILE = "synonyms.csv"
"""In the folder of settings, with the columns of the package's tables."""


@cache
def read_own_synonyms() -> tuple[Synonym, ...]:
    """Return the synonyms that come with the package."""
    folder = files(__package__ or "")
    texts = [(folder / f"{name}.csv").read_text(encoding="utf-8") for name in SPECIES]
    return tuple(synonym for text in texts for synonym in parse_synonyms(text))


def read_synonyms() -> tuple[Synonym, ...]:
    """Return all synonyms; a term of the user's table stands for what that says alone.

    A table that cannot be read is left out, as all settings are.
    """
    try:
        users = parse_synonyms(config_file(USER_FILE).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        users = []
    terms = {synonym.term.casefold() for synonym in users}
    return (*users, *(s for s in read_own_synonyms() if s.term.casefold() not in terms))


def make_search(regions: RegionMap) -> RegionSearch:
    """Make the search over the regions of a hierarchy, with their synonyms."""
    return RegionSearch(regions, read_synonyms())
