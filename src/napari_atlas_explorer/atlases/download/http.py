"""HTTP client: polite, retrying after failures, resuming partial files.

urllib of the standard library does the talking. requests, which napari brings along, was the
alternative: its retries end where the headers do, so that bodies that are cut, stalls, `Range`
and the checks of what arrived would be written here all the same; it unpacks bodies unasked,
which spoils counting bytes; and it follows redirects to any host. What it adds, pooled
connections and cookies, a client that asks one thing at a time has no use for.
"""

from __future__ import annotations

import http.client
import random
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import IO, Any, NoReturn, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

from ...core.errors import ArgumentError, AtlasError, short
from ...core.text import HARMFUL, quote_path
from .pace import Pace, PacedHandler

T = TypeVar("T")
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})
FAILURES = (OSError, http.client.HTTPException, ssl.SSLError)
AGENT = "napari-atlas-explorer"
PIECE = 1 << 18

Progress = Callable[[int, int | None], object]
"""Called with the bytes received and their total, None where it is not known; it may
raise to stop, and the partial file is kept."""


class FetchError(AtlasError):
    """Failed request: the address, what came, and what was expected."""

    def __init__(self, url: str, came: str, expected: str = "") -> None:
        self.url, self.came, self.expected = url, came, expected
        tail = f"; expected {expected}" if expected else ""
        super().__init__(f"{url}: {came}{tail}")


class TemporaryError(Exception):
    """Temporary failure, worth a retry.

    Parameters
    ----------
    came, expected
        As in `FetchError`, which it becomes after the last try.
    wait
        Seconds that the server asks to wait, None where it does not.
    """

    def __init__(self, came: str, expected: str, wait: float | None = None) -> None:
        super().__init__(came)
        self.came, self.expected, self.wait = came, expected, wait


@dataclass(frozen=True)
class FetchSettings:
    """Limits, retries and pauses of a client.

    Attributes
    ----------
    timeout
        Seconds without a byte, while connecting or reading, after which a try has failed.
    retries
        Tries after the first.
    backoff
        Seconds before the first of them; each next one waits twice as long.
    longest_wait
        Seconds that are waited at most; a server that asks for more ends the work.
    jitter_seed
        Seed of the random share, up to half, that is added to each wait, so that many clients
        do not come back at once; None for none.
    minimum_interval
        Seconds from one request to the next.
    most_bytes
        Size above which a body is refused.
    least_rate
        Bytes per second, on average over ``timeout``, below which a try has failed.
    deadline
        Seconds for an answer's head, with connection and redirects, and for a whole answer that is
        read into memory or has to be JSON. The body of a file has none: of 50 GB at a good rate
        nothing is wrong.
    """

    timeout: float = 30.0
    retries: int = 4
    backoff: float = 1.0
    longest_wait: float = 120.0
    jitter_seed: int | None = None
    minimum_interval: float = 0.25
    most_bytes: int = 8 << 30
    least_rate: float = 100.0
    deadline: float = 300.0

    def __post_init__(self) -> None:
        """Check the numbers."""
        if (
            not self.timeout > 0
            or not self.deadline > 0
            or min(self.retries, self.backoff, self.minimum_interval, self.least_rate) < 0
        ):
            raise ArgumentError(
                f"{self}; expected timeout and deadline above 0 and nothing negative"
            )


DEFAULT_PORTS = {"http": 80, "https": 443}


def split_address(url: str) -> SplitResult:
    """Split an address of the web.

    Raises
    ------
    FetchError
        If it is none, or its host or port cannot be one.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
        valid = valid and not HARMFUL.search(url)
    except ValueError:  # [ without ], a port of letters
        valid = False
    if not valid:
        raise FetchError(quote_path(url[:100]), "not an address of the web", "http:// or https://")
    return parts


class _SameHostRedirects(urllib.request.HTTPRedirectHandler):
    """Redirect handler within a host; others, other ports, and downgrades to http are refused."""

    def http_error_302(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
    ) -> Any:
        """Follow the redirect, or raise, also for what urllib cannot parse."""
        target = headers.get("Location") or headers.get("URI") or ""
        # urllib leaves the connection open where it raises, also while it reads the answer's body.
        with ExitStack() as failed:
            failed.callback(fp.close)
            try:
                split_address(urljoin(req.full_url, target))
            except (FetchError, ValueError):
                raise FetchError(
                    req.full_url, f"a redirect to {short(target)}", "the same host"
                ) from None
            answer = super().http_error_302(req, fp, code, msg, headers)  # type: ignore[arg-type]
            failed.pop_all()
        return answer

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Follow the redirect, or raise."""
        old, new = split_address(req.full_url), split_address(newurl)
        if new.hostname != old.hostname or not _is_same_service(old, new):
            raise FetchError(req.full_url, f"a redirect to {short(newurl)}", "the same host")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


def _is_same_service(old: SplitResult, new: SplitResult) -> bool:
    """Return whether scheme and port are the same, or those of https instead of http."""
    ports = [parts.port or DEFAULT_PORTS[parts.scheme] for parts in (old, new)]
    if old.scheme == new.scheme:
        return ports[0] == ports[1]
    return (old.scheme, new.scheme) == ("http", "https") and ports == [80, 443]


class HttpClient:
    """HTTP client of one request at a time, with retries.

    Parameters
    ----------
    settings
        Patience and politeness.
    wait
        Called with the seconds to wait; replaceable to report or to interrupt.
    clock
        Returns the seconds by which rate and deadline are measured.
    """

    def __init__(
        self,
        settings: FetchSettings | None = None,
        wait: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings or FetchSettings()
        self._wait = wait
        self._random = random.Random(self.settings.jitter_seed)
        self._lock = Lock()
        self._last = -float("inf")
        self._pace = Pace(
            self.settings.least_rate, self.settings.timeout, self.settings.deadline, clock
        )
        # HTTP alone: no file://, no ftp://.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            PacedHandler(self._pace),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _SameHostRedirects(),
        ):
            self._opener.add_handler(handler)

    def fetch(
        self,
        url: str,
        headers: Callable[[], dict[str, str]],
        take: Callable[[http.client.HTTPResponse], T],
        may_retry: Callable[[int], bool] = lambda status: False,
        is_small: bool = False,
    ) -> T:
        """Request an address until it is consumed.

        Parameters
        ----------
        url
            http or https.
        headers
            Returns the headers; called for each try.
        take
            Takes the answer, with `read`. It raises `TemporaryError` where a retry may help.
        may_retry
            Called with a status that is an error; whether the cause of it is now gone.
        is_small
            Whether the body, too, has to come before the deadline.

        Raises
        ------
        FetchError
            If the last try failed, or the failure is one that does not pass.
        """
        split_address(url)
        with self._lock:
            for tried in range(self.settings.retries + 1):
                try:
                    return self._try_once(url, headers(), take, may_retry, is_small)
                except TemporaryError as exc:
                    if tried == self.settings.retries:
                        tries = f" ({tried + 1} tries)" if tried else ""
                        raise FetchError(url, exc.came + tries, exc.expected) from exc
                    self._wait(self._choose_pause(url, tried, exc))
        raise AssertionError  # the loop returns or raises

    def _try_once(
        self,
        url: str,
        headers: dict[str, str],
        take: Callable[[http.client.HTTPResponse], T],
        may_retry: Callable[[int], bool],
        is_small: bool,
    ) -> T:
        early = self._last + self.settings.minimum_interval - time.monotonic()
        if early > 0:
            self._wait(early)
        self._last = time.monotonic()
        request = urllib.request.Request(
            url, headers={"User-Agent": AGENT, "Accept-Encoding": "identity", **headers}
        )
        self._pace.start()
        try:
            response = self._opener.open(request, timeout=self.settings.timeout)
        except urllib.error.HTTPError as exc:
            with exc:
                if may_retry(exc.code):
                    raise TemporaryError(f"status {exc.code}", "status 200") from exc
                self._raise_refusal(url, exc)
        except http.client.InvalidURL as exc:
            raise FetchError(quote_path(url[:100]), "not an address of the web") from exc
        except FAILURES as exc:
            raise TemporaryError(_describe_error(exc, self.settings.timeout), "an answer") from exc
        except ValueError as exc:  # urllib's, of addresses that it cannot parse or encode
            raise FetchError(quote_path(url), f"no usable answer ({str(exc)[:100]})") from exc
        # What a full disk or a caller raises while it takes the answer is not the server's fault.
        with response:
            if not is_small:
                self._pace.lift()
            return take(response)

    def read(self, response: http.client.HTTPResponse, size: int) -> bytes:
        """Read at most that much of a body; empty at its end."""
        try:
            return response.read1(size)
        except FAILURES as exc:
            raise TemporaryError(_describe_error(exc, self.settings.timeout), "the rest") from exc

    def _raise_refusal(self, url: str, exc: urllib.error.HTTPError) -> NoReturn:
        came = f"status {exc.code} {str(exc.reason)[:60]}".strip()
        if exc.code in RETRIED:
            raise TemporaryError(came, "status 200", _parse_retry_after(exc.headers)) from exc
        raise FetchError(url, came, "status 200") from exc

    def _choose_pause(self, url: str, tried: int, exc: TemporaryError) -> float:
        """Return the seconds until the next try: the server's request, else the back-off."""
        longest = self.settings.longest_wait
        if exc.wait is not None:
            if exc.wait > longest:
                raise FetchError(
                    url, f"{exc.came}, and asks to wait {exc.wait:.0f} s", f"at most {longest:g} s"
                ) from exc
            return exc.wait
        pause = self.settings.backoff * 2.0**tried
        if self.settings.jitter_seed is not None:
            pause *= 1 + self._random.random() / 2
        return min(pause, longest)

    def fetch_body(self, url: str, most_bytes: int) -> bytes:
        """Read the whole body of an answer, up to a limit."""

        def take(response: http.client.HTTPResponse) -> bytes:
            declared = declared_length(response)
            if declared is not None and declared > most_bytes:
                raise FetchError(url, f"{declared} bytes", f"at most {most_bytes}")
            content = bytearray()
            while block := self.read(response, PIECE):
                content += block
                if len(content) > most_bytes:
                    raise FetchError(url, f"more than {most_bytes} bytes", "fewer")
            if declared is not None and len(content) != declared:
                raise TemporaryError(f"{len(content)} bytes", f"the {declared} that were declared")
            return bytes(content)

        return self.fetch(url, dict, take, is_small=True)


def declared_length(response: Any) -> int | None:
    """Return the Content-Length of an answer, None where it has none."""
    stated = response.headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() and len(stated) < 19 else None


def _parse_retry_after(headers: Message) -> float | None:
    """Return the seconds that a server asks to wait, given as such or as a date."""
    stated = (headers.get("Retry-After") or "").strip()
    if stated.isdecimal():
        return float(stated[:18])
    try:
        return max(0.0, parsedate_to_datetime(stated).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return None


def _describe_error(exc: BaseException, timeout: float) -> str:
    inner = exc.reason if isinstance(exc, urllib.error.URLError) else exc
    if isinstance(inner, TimeoutError):
        return f"nothing for {timeout:g} s"
    text = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    return f"the connection failed ({str(text)[:120]})"
