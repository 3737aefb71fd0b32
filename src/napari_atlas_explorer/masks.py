"""Masks of expressions and recipes, and steps that grow, shrink and clean them."""

from .analysis.masks.edit import apply_steps
from .analysis.masks.making import make_mask
from .analysis.masks.request import query_mask
from .formats.recipes import read_recipes

__all__ = ["apply_steps", "make_mask", "query_mask", "read_recipes"]


def __dir__() -> list[str]:
    return __all__
