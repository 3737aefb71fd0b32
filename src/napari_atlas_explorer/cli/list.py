"""`atlas-explorer list`: the atlases on this computer, or those available for download."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ..atlases.cache.folder import cache_note
from ..atlases.local.catalogue import rescan
from ..atlases.local.named_folders import forget_folder, name_folder
from ..core.errors import AtlasError
from ..core.text import quote_path, sanitize_text
from .common import UsageError, add_json_argument, note, write_json
from .terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--online", action="store_true", help="ask what can be downloaded; uses the network"
    )
    parser.add_argument(
        "--add",
        metavar="DIR",
        action="append",
        default=[],
        help="also list this folder of atlases from now on",
    )
    parser.add_argument(
        "--remove",
        metavar="DIR",
        action="append",
        default=[],
        help="stop listing this folder; its files stay",
    )
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Print a line for each atlas."""
    if args.online:
        if args.add or args.remove:
            raise UsageError("--online with --add or --remove; expected one or the other")
        _list_online(args)
        return
    for folder in args.remove:
        forget_folder(folder)
    for folder in args.add:
        name_folder(Path(folder))
    catalogue = rescan()
    if cache_note():
        note(cache_note())
    entries = catalogue.entries
    if args.json is not None:
        rows = [
            {
                "name": a.name,
                "version": a.version_text or None,
                "layout": a.layout,
                "resolution": a.resolution,
                "path": str(a.path),
            }
            for a in entries
        ]
        write_json(rows, args.json, args.force)
    else:
        wide = max((len(a.name) for a in entries), default=0)
        version = max((len(a.version_text) for a in entries), default=0)
        for atlas in entries:
            say(
                f"{sanitize_text(atlas.name):{wide}}  {atlas.version_text:>{version}}  "
                f"{atlas.layout:13}  {quote_path(atlas.path)}"
            )
    note(f"{'looked' if entries else 'no atlas; looked'} in {catalogue.where()}")


def _list_online(args: argparse.Namespace) -> None:
    """List names for `download`: the Allen Institute's are built in, BrainGlobe's are fetched."""
    from ..atlases.download.allen import allen_names
    from ..atlases.download.brainglobe import brainglobe_atlases, install_hint, is_installed

    rows: list[dict[str, Any]] = [
        {"name": name, "version": None, "from": "Allen Institute"} for name in allen_names()
    ]
    failed: AtlasError | None = None
    if is_installed():
        try:
            rows += [
                {"name": name, "version": version, "from": "BrainGlobe"}
                for name, version in brainglobe_atlases().items()
            ]
        except AtlasError as exc:
            failed = exc  # reported after the names that need no network
    else:
        note(install_hint())
    if args.json is not None:
        write_json(rows, args.json, args.force)
    else:
        wide = max(len(row["name"]) for row in rows)
        for row in rows:
            say(f"{row['name']:{wide}}  {row['version'] or '':>5}  {row['from']}")
    if failed is not None:
        raise failed
