"""`atlas-explorer list`: the atlases in the local caches."""

from __future__ import annotations

import argparse

from ..atlases.local import local_atlases, local_roots
from .common import add_json_argument, note, write_json

SUMMARY = "the atlases in the local BrainGlobe caches, of both generations"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_json_argument(parser)


def run(args: argparse.Namespace) -> None:
    """Print a line for each atlas."""
    found = local_atlases()
    if args.json is not None:
        rows = [
            {"name": a.name, "version": ".".join(map(str, a.version)), "layout": a.layout,
             "path": str(a.path)}
            for a in found
        ]  # fmt: skip
        write_json(rows, args.json, args.force)
        return
    wide = max((len(a.name) for a in found), default=0)
    for atlas in found:
        version = ".".join(map(str, atlas.version))
        print(f"{atlas.name:{wide}}  {version:>5}  {atlas.layout}  {atlas.path}")
    if not found:
        where = ", ".join(map(str, local_roots())) or "~/.brainglobe, which is not there"
        note(f"no atlas in {where}")
