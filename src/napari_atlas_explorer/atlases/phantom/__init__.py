"""A synthetic, brain-like atlas made from formulas.

It replaces a real atlas where none is available: for a first look, for
tutorials and for tests.  Nothing in it was measured; `make_phantom` computes
it in a second or two, and every call returns the same arrays.
"""

from __future__ import annotations

from .build import Phantom, make_phantom

__all__ = ["Phantom", "make_phantom"]
