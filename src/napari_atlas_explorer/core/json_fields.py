"""Typed access to fields of untrusted JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .errors import ArgumentError, short


class Fields:
    """JSON object with typed access to its fields.

    Every method raises `ArgumentError` where the field is missing or is something else.

    Parameters
    ----------
    document
        The object.
    what
        What it is, for messages.
    """

    def __init__(self, document: Any, what: str) -> None:
        if not isinstance(document, Mapping):
            raise ArgumentError(f"{what} is {short(document)}; expected an object")
        self._document = document
        self._what = what

    def _wrong(self, key: str, expected: str) -> ArgumentError:
        if key not in self._document:
            return ArgumentError(f"{self._what} has no {key!r}; expected {expected}")
        found = short(self._document[key])
        return ArgumentError(f"{key!r} of {self._what} is {found}; expected {expected}")

    def text(self, key: str) -> str:
        """Return a string."""
        value = self._document.get(key)
        if not isinstance(value, str):
            raise self._wrong(key, "text")
        return value

    def text_or_none(self, key: str) -> str | None:
        """Return a string, or None where null or nothing stands."""
        return None if self._document.get(key) is None else self.text(key)

    def whole(self, key: str, least: int, most: int) -> int:
        """Return a whole number within limits."""
        value = self._document.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self._wrong(key, f"a whole number from {least} to {most}")
        return value

    def number_or_none(self, key: str) -> float | None:
        """Return a finite number, or None where null or nothing stands."""
        value = self._document.get(key)
        if value is None:
            return None
        # No float holds a whole number of 400 digits.
        fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
        if not fits or not math.isfinite(value):
            raise self._wrong(key, "a finite number")
        return float(value)

    def flag(self, key: str) -> bool:
        """Return a Boolean."""
        value = self._document.get(key)
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false")
        return value

    def items(self, key: str) -> list[Fields]:
        """Return the objects of a list."""
        value = self._document.get(key)
        if not isinstance(value, list):
            raise self._wrong(key, "a list")
        return [Fields(item, f"{key}[{n}] of {self._what}") for n, item in enumerate(value)]

    def inner(self, key: str) -> Fields:
        """Return an object."""
        if key not in self._document:
            raise self._wrong(key, "an object")
        return Fields(self._document[key], f"{key!r} of {self._what}")

    def texts(self, key: str) -> dict[str, str]:
        """Return an object of strings."""
        value = self._document.get(key)
        if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
            raise self._wrong(key, "an object of texts")
        return dict(value)
