"""What a library says of a damaged file, short enough for one line."""

from __future__ import annotations

MAX_REASON = 160


def reason_of(exc: BaseException) -> str:
    """Message of an error, cut where it quotes the file at length; its type if it has none."""
    text = getattr(exc, "strerror", None) or str(exc) or type(exc).__name__
    return text if len(text) <= MAX_REASON else text[: MAX_REASON - 1] + "…"
