"""HTTP connections that end where data arrive too slowly.

A socket's time-out begins again with every byte: a server that sends one now and then would hold
up a download for ever, in the head of its answer or in the body.
"""

from __future__ import annotations

import http.client
import io
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any


class SlowError(OSError):
    """Data arrive more slowly than the least rate."""


@dataclass(frozen=True)
class LeastRate:
    """Least rate at which data have to arrive.

    Attributes
    ----------
    rate
        Bytes per second; 0 for any.
    window
        Seconds, from the first byte on, over which the rate is an average.
    clock
        Returns the seconds.
    """

    rate: float
    window: float
    clock: Callable[[], float]


class _RatedReader(io.RawIOBase):
    """Raw stream of a socket that raises `SlowError`."""

    def __init__(self, stream: io.RawIOBase, least: LeastRate) -> None:
        self._stream, self._least = stream, least
        self._start: float | None = None
        self._bytes = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is, and check the rate at the end of each window."""
        count = self._stream.readinto(buffer)
        now, least = self._least.clock(), self._least
        if self._start is None:
            self._start = now
        self._bytes += count or 0
        elapsed = now - self._start
        if count and elapsed >= least.window:
            if self._bytes < least.rate * elapsed:
                raise SlowError(f"fewer than {least.rate:g} bytes a second")
            self._start, self._bytes = now, 0
        return count

    def close(self) -> None:
        """Close the socket's stream."""
        self._stream.close()
        super().close()


class _RatedSocket:
    """Socket whose streams have a least rate."""

    def __init__(self, sock: Any, least: LeastRate) -> None:
        self._sock, self._least = sock, least

    def __getattr__(self, name: str) -> Any:
        """Return what the socket has."""
        return getattr(self._sock, name)

    def makefile(self, mode: str = "rb", *args: Any, **options: Any) -> Any:
        """Return a stream; those that read have a least rate."""
        if mode != "rb":
            return self._sock.makefile(mode, *args, **options)
        raw = self._sock.makefile("rb", buffering=0)
        return io.BufferedReader(_RatedReader(raw, self._least))


class _HttpConnection(http.client.HTTPConnection):
    def __init__(self, *args: Any, least: LeastRate, **options: Any) -> None:
        super().__init__(*args, **options)
        self._least = least

    def connect(self) -> None:
        super().connect()
        self.sock: Any = _RatedSocket(self.sock, self._least)


class _HttpsConnection(http.client.HTTPSConnection):
    def __init__(self, *args: Any, least: LeastRate, **options: Any) -> None:
        super().__init__(*args, **options)
        self._least = least

    def connect(self) -> None:
        super().connect()
        self.sock: Any = _RatedSocket(self.sock, self._least)


class RatedHttpHandler(urllib.request.HTTPHandler):
    """Handler of http:// with a least rate."""

    def __init__(self, least: LeastRate) -> None:
        super().__init__()
        self._least = least

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a connection."""
        return self.do_open(partial(_HttpConnection, least=self._least), req)


class RatedHttpsHandler(urllib.request.HTTPSHandler):
    """Handler of https:// with a least rate; certificates are checked by Python's defaults."""

    def __init__(self, least: LeastRate) -> None:
        super().__init__()
        self._least = least

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a connection."""
        return self.do_open(partial(_HttpsConnection, least=self._least), req)
