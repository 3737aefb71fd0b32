"""Mouse callbacks that do not keep a closed dock alive."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

MouseCallback = Callable[[Any, Any], Any]


def weak_callback(method: MouseCallback, callbacks: list[MouseCallback]) -> MouseCallback:
    """Wrap a bound method so that it does not hold its owner, and goes when the owner goes.

    napari keeps mouse callbacks by strong reference and says nothing when a dock is closed.

    Parameters
    ----------
    method
        The bound method.
    callbacks
        The list that the wrapper is to stand in, from which it removes itself.
    """
    reference = weakref.WeakMethod(method)

    def callback(viewer: Any, event: Any) -> Any:
        bound = reference()
        if bound is None:
            callbacks.remove(callback)
            return None
        return bound(viewer, event)  # the generator of a drag, nothing of a move

    return callback
