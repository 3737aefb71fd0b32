"""A server on this machine that answers as the Allen Institute's service does, and fails so."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

Reply = Callable[["Handler"], None]


class Service(ThreadingHTTPServer):
    """Answers each address with its replies, one after another; the last one again and again."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: dict[str, list[Reply]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.stop = threading.Event()
        self.open_now = 0
        self.most_open = 0
        self.guard = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def on(self, address: str, *replies: Reply) -> None:
        """Set the replies to an address, or to all that begin with it if it ends in ``*``."""
        self.replies[address] = list(replies)

    def reply_to(self, address: str) -> Reply:
        for known, replies in self.replies.items():
            if address == known or (known.endswith("*") and address.startswith(known[:-1])):
                return replies.pop(0) if len(replies) > 1 else replies[0]
        return status(404)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up: many tests do."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def headers_of(self, number: int) -> dict[str, str]:
        return self.asked[number][1]


class Handler(BaseHTTPRequestHandler):
    server: Service
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        service = self.server
        with service.guard:
            service.open_now += 1
            service.most_open = max(service.most_open, service.open_now)
        address = unquote(self.path)
        service.asked.append((address, {k.lower(): v for k, v in self.headers.items()}))
        self.close_connection = True
        self.waiting = True
        try:
            service.reply_to(address)(self)
        finally:
            self.answered()

    def answered(self) -> None:
        """The client may have everything from now on, and ask anew."""
        with self.server.guard:
            self.server.open_now -= self.waiting
        self.waiting = False

    def send(self, code: int, body: bytes, length: int | None = None, **headers: str) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.answered()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


def json_rows(rows: list[dict[str, Any]], start: int = 0, total: int | None = None) -> Reply:
    document = {
        "success": True,
        "id": 0,
        "start_row": start,
        "num_rows": len(rows),
        "total_rows": len(rows) if total is None else total,
        "msg": rows,
    }
    return data(json.dumps(document).encode())


def data(body: bytes, **headers: str) -> Reply:
    return lambda handler: handler.send(200, body, **headers)


def status(code: int, **headers: str) -> Reply:
    return lambda handler: handler.send(code, b"sorry", **headers)


def file(body: bytes, tag: str = '"v1"') -> Reply:
    """A file of which parts may be asked for, as long as it is the same."""

    def reply(handler: Handler) -> None:
        asked, same = handler.headers.get("Range", ""), handler.headers.get("If-Range") == tag
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and same else 0
        if start >= len(body):
            handler.send(416, b"", ETag=tag)
        elif start:
            extent = f"bytes {start}-{len(body) - 1}/{len(body)}"
            handler.send(206, body[start:], ETag=tag, Content_Range=extent)
        else:
            handler.send(200, body, ETag=tag)

    return reply


def cut(body: bytes, after: int, tag: str = '"v1"') -> Reply:
    """A connection that ends before all that was declared has come."""

    def reply(handler: Handler) -> None:
        handler.send(200, body[:after], len(body), ETag=tag)
        handler.connection.shutdown(socket.SHUT_WR)

    return reply


def stalled(body: bytes, after: int, tag: str = '"v1"') -> Reply:
    """A connection that stays open, while nothing more comes."""

    def reply(handler: Handler) -> None:
        handler.send(200, body[:after], len(body), ETag=tag)
        handler.wfile.flush()
        handler.server.stop.wait(30)

    return reply


def chunked(body: bytes, whole: bool = True) -> Reply:
    """A body in pieces, whose length nobody declares; the last piece may be missing."""

    def reply(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for start in range(0, len(body), 100_000):
            piece = body[start : start + 100_000]
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n" if whole else b"ff\r\nabc")

    return reply


def dropped() -> Reply:
    """A connection that ends without an answer."""
    return lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def running() -> Iterator[Service]:
    service = Service()
    thread = threading.Thread(target=service.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.stop.set()
        service.shutdown()
        service.server_close()
        thread.join()
