"""Output to the terminal: the one gate that no control character of a file's text passes."""

from __future__ import annotations

import io
import os
import sys
from typing import TextIO, cast

from ..core.text import sanitize_lines, sanitize_text

PROGRAM = "atlas-explorer"
STANDARD_OUTPUT = "-"


class SafeStream(io.TextIOBase):
    """Standard output or standard error as a file object whose text is sanitized.

    Parameters
    ----------
    stream
        Where the text goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Write text; line ends and tabs stay."""
        self._stream.write(sanitize_lines(text))
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()


def prepare_streams() -> None:
    """Let a console that cannot write "µ" write "?" in its place instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def flush_output() -> None:
    """Write out what is buffered, so that a closed pipe is noticed here and not at exit."""
    sys.stdout.flush()


def discard_output() -> None:
    """Drop what is still buffered: nobody reads it (`| head`)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def standard_output() -> TextIO:
    """Return standard output, sanitized."""
    return cast("TextIO", SafeStream(sys.stdout))


def say(text: str) -> None:
    """Print a part of the answer to standard output."""
    standard_output().write(f"{text}\n")


def note(text: str) -> None:
    """Print a note of one line to standard error."""
    SafeStream(sys.stderr).write(f"{sanitize_text(text)}\n")


def report_error(text: str) -> None:
    """Print the one line of an error to standard error."""
    note(f"{PROGRAM}: {text}")


def is_interactive() -> bool:
    """Return whether somebody watches standard error."""
    return sys.stderr.isatty()


def redraw_line(text: str) -> None:
    """Put a text in the place of the last line of the terminal; "" erases it."""
    sys.stderr.write(f"\r\x1b[K{sanitize_text(text)}")
    sys.stderr.flush()
