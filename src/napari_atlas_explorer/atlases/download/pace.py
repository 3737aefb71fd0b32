"""HTTP connections that end where data arrive too slowly, or an answer takes too long.

A socket's time-out begins again with every byte: a server that sends one now and then would hold
up a download for ever, in the head of its answer or in the body.
"""

from __future__ import annotations

import http.client
import io
import math
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any


class SlowError(OSError):
    """Data arrive more slowly than the least rate, or an answer takes longer than its deadline."""


@dataclass
class Pace:
    """Least rate of data, and deadline of an answer.

    Attributes
    ----------
    rate
        Bytes per second; 0 for any.
    window
        Seconds, from the first byte on, over which the rate is an average.
    deadline
        Seconds from `start` on, until `lift`.
    clock
        Returns the seconds.
    """

    rate: float
    window: float
    deadline: float
    clock: Callable[[], float]
    _end: float = field(default=math.inf, init=False)

    def start(self) -> None:
        """Begin the deadline of an answer."""
        self._end = self.clock() + self.deadline

    def lift(self) -> None:
        """End the deadline: what follows may take as long as its rate is kept."""
        self._end = math.inf

    def check_deadline(self, now: float) -> None:
        """Raise `SlowError` after the deadline."""
        if now > self._end:
            raise SlowError(f"no whole answer within {self.deadline:g} s")


class _PacedReader(io.RawIOBase):
    """Raw stream of a socket that raises `SlowError`."""

    def __init__(self, stream: io.RawIOBase, pace: Pace) -> None:
        self._stream, self._pace = stream, pace
        self._start: float | None = None
        self._bytes = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is; check the deadline, and the rate at the end of each window."""
        count = self._stream.readinto(buffer)
        pace = self._pace
        now = pace.clock()
        pace.check_deadline(now)
        if self._start is None:
            self._start = now
        self._bytes += count or 0
        elapsed = now - self._start
        if count and elapsed >= pace.window:
            if self._bytes < pace.rate * elapsed:
                raise SlowError(f"fewer than {pace.rate:g} bytes a second")
            self._start, self._bytes = now, 0
        return count

    def close(self) -> None:
        """Close the socket's stream."""
        self._stream.close()
        super().close()


class _PacedSocket:
    """Socket whose streams keep a pace."""

    def __init__(self, sock: Any, pace: Pace) -> None:
        self._sock, self._pace = sock, pace

    def __getattr__(self, name: str) -> Any:
        """Return what the socket has."""
        return getattr(self._sock, name)

    def makefile(self, mode: str = "rb", *args: Any, **options: Any) -> Any:
        """Return a stream; those that read keep the pace."""
        if mode != "rb":
            return self._sock.makefile(mode, *args, **options)
        raw = self._sock.makefile("rb", buffering=0)
        return io.BufferedReader(_PacedReader(raw, self._pace))


class _HttpConnection(http.client.HTTPConnection):
    def __init__(self, *args: Any, pace: Pace, **options: Any) -> None:
        super().__init__(*args, **options)
        self._pace = pace

    def connect(self) -> None:
        super().connect()
        self.sock: Any = _PacedSocket(self.sock, self._pace)


class _HttpsConnection(_HttpConnection, http.client.HTTPSConnection):
    """The same over TLS: `connect` of the former wraps what that of the latter has made."""


class PacedHandler(urllib.request.AbstractHTTPHandler):
    """Handler of http:// and https:// that keeps a pace.

    Certificates are checked by Python's defaults.
    """

    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._pace = pace

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a connection."""
        return self.do_open(partial(_HttpConnection, pace=self._pace), req)

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """Open a connection over TLS."""
        return self.do_open(partial(_HttpsConnection, pace=self._pace), req)
