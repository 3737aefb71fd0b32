"""TOML files that people write."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError
from .safety import reason_of

MAX_BYTES = 1 << 20


def read_toml(path: Path) -> dict[str, Any]:
    r"""Read a file of settings.

    Raises
    ------
    AtlasFileError
        If it cannot be read, is longer than a megabyte, or is not TOML.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "settings.toml"
    ...     _ = path.write_text("[atlas]\nname = 'x'")
    ...     read_toml(path)
    {'atlas': {'name': 'x'}}
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise AtlasFileError(path, f"more than {MAX_BYTES} bytes", "a short TOML file")
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise AtlasFileError(path, f"cannot be read ({reason_of(exc)})") from exc
    # TOML's errors, text that is not UTF-8, numbers of thousands of digits: all ValueErrors.
    except (ValueError, RecursionError) as exc:
        raise AtlasFileError(path, f"it is not valid TOML ({exc})") from exc
