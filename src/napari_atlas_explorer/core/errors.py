"""Errors with one-line messages that a user can act on.

Every message is one line: what was being read, what was found, what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from .text import quote_path, sanitize_text

Remedy = Literal[
    "",
    "replace",
    "keep faulty",
    "state annotation",
    "state metadata",
    "state orientation",
    "state axes",
    "state midline",
    "state voxel size",
    "download values",
    "make mesh",
    "fewer processes",
]
"""What the user can do about an error; command line and window each have words for it."""


class AtlasError(Exception):
    """Base class of every error this package raises on purpose; its message is one line.

    Parameters
    ----------
    message
        What is wrong, without a word of how a particular interface helps.
    remedy
        What helps; see `worded`.

    Examples
    --------
    >>> from napari_atlas_explorer import open_atlas
    >>> try:
    ...     open_atlas("no/such/file")
    ... except AtlasError as error:
    ...     print(error)
    no/such/file: there is no such file, folder or local atlas
    """

    def __init__(self, message: str = "", *, remedy: Remedy = "") -> None:
        self.remedy = remedy
        super().__init__(join_lines(message))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the finished message, not the arguments that made it."""
        return _restore, (type(self), self.args), self.__dict__


class AtlasFileError(AtlasError):
    """A file or folder cannot be read as what it claims to be.

    Parameters
    ----------
    path
        The file or folder.
    found
        What stands there.
    expected
        What would have been right, or what to do about it.
    remedy
        What helps; see `worded`.
    """

    def __init__(
        self, path: object, found: str, expected: str = "", *, remedy: Remedy = ""
    ) -> None:
        self.path = str(path)
        self.found = found
        self.expected = expected
        tail = f"; expected {expected}" if expected else ""
        super().__init__(f"{quote_path(path)}: {found}{tail}", remedy=remedy)


class NotAnAnnotationError(AtlasFileError):
    """A volume can be read, but looks like an image and not like region ids."""


class SeveralAtlasesError(AtlasFileError):
    """A folder or archive holds several atlases; ``choices`` are the paths that open one each."""

    def __init__(self, path: Path, choices: Sequence[Path]) -> None:
        self.choices = list(choices)
        names = ", ".join(str(c.relative_to(path)) for c in self.choices)
        super().__init__(path, f"{len(self.choices)} atlases ({names})", "the path of one of them")


class CacheError(AtlasFileError):
    """The cache cannot be written or locked, or has no room: no fault of the atlas."""


class HierarchyError(AtlasError):
    """A region hierarchy is not a tree: duplicate ids, missing parents, cycles."""


class UnknownRegionError(AtlasError, KeyError):
    """No region, or more than one, answers to an id, acronym or name."""

    def __init__(self, region: object, why: str = "", suggestions: Iterable[str] = ()) -> None:
        close = list(suggestions)
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        why = why or "no region has this id, acronym or name"
        self.message = join_lines(f"{region!r}: {why}{hint}")
        super().__init__(self.message)

    def __str__(self) -> str:
        """Return the message itself (`KeyError` would quote it)."""
        return self.message


class UnknownImageError(AtlasError, KeyError):
    """No image of an atlas has a name."""

    def __str__(self) -> str:
        """Return the message itself (`KeyError` would quote it)."""
        return str(self.args[0])


class OutsideError(AtlasError, IndexError):
    """A position or index lies outside the volume, or is not a number."""


class ArgumentError(AtlasError, ValueError):
    """An argument has a shape, type or value that the call cannot take."""


def worded(exc: BaseException, remedies: Mapping[Remedy, str]) -> str:
    """Return an error's message, ended with an interface's own words for what helps."""
    return f"{exc}{remedies.get(exc.remedy, '')}" if isinstance(exc, AtlasError) else str(exc)


def is_out_of_memory(exc: BaseException) -> bool:
    """Return whether an exception says that there is no memory for arrays or for libraries."""
    if isinstance(exc, MemoryError):
        return True
    # Words of glibc where a library that is imported does not fit.
    text = str(exc) if isinstance(exc, ImportError) else ""
    return "failed to map segment" in text or "annot allocate memory" in text


def short(value: object) -> str:
    """Return a value as it goes into a message: at most 60 characters."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _restore(kind: type[AtlasError], args: tuple[object, ...]) -> AtlasError:
    return kind.__new__(kind, *args)


MAX_MESSAGE = 2000
"""Characters of a message; longer ones lose their middle."""
LINE_ENDS = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*")


def join_lines(text: str) -> str:
    """Return a message as one line of bounded length; blanks within a line stay, as of a path."""
    line = sanitize_text(LINE_ENDS.sub(" ", text).strip())
    if len(line) <= MAX_MESSAGE:
        return line
    return f"{line[: MAX_MESSAGE * 2 // 3]} … {line[-MAX_MESSAGE // 4 :]}"
