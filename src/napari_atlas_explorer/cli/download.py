"""`atlas-explorer download`: an atlas by name or address, into its own folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..atlases.download.http import FetchSettings
from ..core.text import quote_path
from .common import Progress, note
from .terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "what",
        metavar="NAME|URL",
        help="a name that `list --online` shows, or the address of a VoxelBrain release, an "
        "archive or a file",
    )
    parser.add_argument(
        "--cache-dir",
        metavar="DIR",
        type=Path,
        help="where the atlas's folder is created (default: the user's cache)",
    )
    parser.add_argument("--name", default="", help="for an address: name of the atlas")
    parser.add_argument(
        "--sha256", metavar="HEX", default="", help="for an address: check sum that it must have"
    )
    parser.add_argument("--timeout", metavar="S", type=float, help="seconds without a byte (30)")
    parser.add_argument(
        "--deadline",
        metavar="S",
        type=float,
        help="seconds for a server's answer up to its body, and for whole lists (300)",
    )
    parser.add_argument("--retries", metavar="N", type=int, help="tries after the first (4)")


def run(args: argparse.Namespace) -> None:
    """Download, and print the folder."""
    from ..atlases.download.atlas import download_atlas

    options = {"timeout": args.timeout, "deadline": args.deadline, "retries": args.retries}
    settings = FetchSettings(**{k: v for k, v in options.items() if v is not None})
    progress = Progress()
    try:
        done = download_atlas(
            args.what,
            args.cache_dir,
            name=args.name,
            sha256=args.sha256,
            settings=settings,
            step=progress,
        )
    except KeyboardInterrupt:
        note("")  # past the bar
        note("stopped; the downloaded part is kept, and the same command resumes")
        raise
    for line in done.notes:
        note(line)
    note(f"opens by the name {done.name}")
    say(quote_path(done.path))
