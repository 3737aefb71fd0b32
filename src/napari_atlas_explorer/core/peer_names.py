"""Keywords of voxcell, BrainGlobe and AllenSDK that have other names here."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from .errors import ArgumentError

F = TypeVar("F", bound=Callable[..., Any])


def accept_keywords(**ours: str) -> Callable[[F], F]:
    """Let a function take parameters by a peer's names too.

    Parameters
    ----------
    ours
        Name of the parameter, by the peer's keyword for it.

    Examples
    --------
    >>> @accept_keywords(structure="region")
    ... def double(region):
    ...     return region * 2
    >>> double(structure=21), double(region=21), double(21)
    (42, 42, 42)
    """

    def decorate(function: F) -> F:
        @wraps(function)
        def call(*args: Any, **options: Any) -> Any:
            for theirs in ours.keys() & options.keys():
                if ours[theirs] in options:
                    raise TypeError(
                        f"{function.__name__}() got {theirs!r} and {ours[theirs]!r}, which are one"
                    )
                options[ours[theirs]] = options.pop(theirs)
            return function(*args, **options)

        return cast("F", call)

    return decorate


def refuse_in_place(requested: bool, call: str) -> None:
    """Raise where a peer's flag asks for a change of the object itself.

    Parameters
    ----------
    requested
        Value of the flag, which peers call ``inplace`` or ``update_self``.
    call
        What to write instead.
    """
    if requested:
        raise ArgumentError(f"the object itself is never changed; expected {call}")
