"""`atlas-explorer cache`: what the cache holds; checked, or cleared."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from ..atlases.cache.entries import CacheEntry, list_entries, size_limit, sweep_leftovers
from ..atlases.cache.folder import cache_path
from ..core.text import quote_path
from .common import UsageError, add_json_argument, note, write_json
from .terminal import say

DAMAGED = 1
"""Exit code where `--check` finds damage, as for findings of `qa`."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--check",
        action="store_true",
        help="compare the checksums of all files; what is damaged is removed, to be made again "
        "when it is used; exit code 1 if there was any",
    )
    parser.add_argument(
        "--clear",
        action="store_true",
        help="remove conversions, unpacked archives, surfaces and the sample, which are made "
        "again when they are used; downloads stay. Close windows that show an atlas first",
    )
    add_json_argument(parser)


def run(args: argparse.Namespace) -> int:
    """Print a line for each entry."""
    if args.check and args.clear:
        raise UsageError("both --check and --clear are given; expected one of them")
    swept = sweep_leftovers()
    rows = [_describe(entry, args.check) for entry in list_entries()]
    if args.clear:
        rows = _clear()
    if args.json is not None:
        write_json(rows, args.json, args.force)
    else:
        for row in rows:
            used = row["used"][:10] if row["used"] else "never used"
            say(
                f"{row['part']:9}  {_format_bytes(row['bytes']):>9}  {used:10}  {row['state']:9}  "
                f"{quote_path(row['source'] or row['path'])}"
            )
    if swept:
        note(f"removed what killed runs had left: {len(swept)} folders or files")
    total = sum(row["bytes"] for row in rows)
    verb = "removed " if args.clear else ""
    limit = "" if args.clear else f", of at most {_format_bytes(size_limit())},"
    note(f"{verb}{_format_bytes(total)}{limit} in {quote_path(cache_path(''))}")
    return DAMAGED if any(row["state"].startswith("damaged") for row in rows) else 0


def _describe(entry: CacheEntry, check: bool) -> dict[str, Any]:
    """Return the row of an entry; a damaged one is removed where it was checked."""
    source, state = entry.source, entry.state
    if check and state == "complete":
        doubt = entry.find_doubt()
        state = f"damaged, removed: {doubt}" if doubt else "sound"
        if doubt:
            entry.remove()
    return _make_row(entry, source, state)


def _clear() -> list[dict[str, Any]]:
    """Remove the entries that no process is making; return their rows."""
    rows = []
    for entry in list_entries():
        if entry.is_locked:
            note(f"{quote_path(entry.path)}: being made now; it stays")
            continue
        rows.append(_make_row(entry, entry.source, "removed"))
        entry.remove()
    return rows


def _make_row(entry: CacheEntry, source: str, state: str) -> dict[str, Any]:
    used = datetime.fromtimestamp(entry.used, UTC).isoformat() if entry.used else None
    return {
        "part": entry.part,
        "path": str(entry.path),
        "source": source or None,
        "bytes": entry.size,
        "used": used,
        "state": state,
    }


def _format_bytes(size: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size / 1e3:.1f} kB"
