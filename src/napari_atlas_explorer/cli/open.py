"""`atlas-explorer open`: napari with the panel."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from ..core.errors import AtlasError, AtlasFileError
from .common import atlas_path

QT_MODULES = (
    "napari", "magicgui", "psygnal", "superqt",
    "qtpy", "PyQt6", "PySide6", "PyQt5", "PySide2",
)  # fmt: skip
NO_QT = (
    "napari or Qt, which the window needs, is not installed; "
    'expected: pip install "napari-atlas-explorer[app]"'
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("paths", metavar="PATH", nargs="+", help="folder, file, archive, 'sample'")
    parser.add_argument(
        "--finding", metavar="ID", help="go to a finding of `qa` in the first atlas"
    )
    parser.add_argument(
        "--compare", metavar="PATH", type=Path, help="with --finding: what `qa` compared with"
    )
    parser.add_argument(
        "--config", metavar="qa.toml", type=Path, help="with --finding: the settings of `qa`"
    )


def run(args: argparse.Namespace) -> None:
    """Start napari on the paths; without paths, on the panel alone."""
    paths = [_require_existing(path) for path in args.paths]
    compare = _require_existing(str(args.compare)) if args.compare is not None else None
    if args.config is not None and not args.config.is_file():
        raise AtlasFileError(args.config, "there is no such file", "a qa.toml")
    try:
        from ..docks.app import run_app

        require_display()
        run_app(paths, args.finding, compare, args.config)
    except ImportError as exc:
        if _lacks_qt(exc):
            raise AtlasError(NO_QT) from exc
        raise AtlasError(f"napari cannot be started: {exc}") from exc


def require_display() -> None:
    """Raise without a screen: Qt itself would end the program with a core dump."""
    places = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in places):
        raise AtlasError(
            "there is no display for the window; expected DISPLAY to be set "
            "(every other command works without)"
        )


def _require_existing(text: str) -> Path:
    """Return the path; raise before a window opens if it does not exist."""
    path = atlas_path(text)
    if not path.exists():
        from ..atlases.local.installed import find_local

        if find_local(text) is None:
            raise AtlasFileError(path, "there is no such file, folder or local atlas")
    return path


def _lacks_qt(exc: BaseException | None) -> bool:
    """Return whether an error or its cause (napari wraps them) is that napari or Qt is missing."""
    while exc is not None:
        if type(exc).__name__ == "QtBindingsNotFoundError":
            return True
        if isinstance(exc, ImportError) and (exc.name or "").partition(".")[0] in QT_MODULES:
            return True
        exc = exc.__cause__ or exc.__context__
    return False
