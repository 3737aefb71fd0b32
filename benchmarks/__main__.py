"""Command line of the benchmarks: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import data, machine
from .table import Row, markdown_table, text_table, write_between_markers

PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
GROUPS = (
    "core",
    "files",
    "cold",
    "analysis",
    "masks",
    "surfaces",
    "qa",
    "package",
    "peers",
    "window",
)


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table and, if asked, put it into the documentation."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--markdown", action="store_true", help="write the table into docs/benchmarks.md"
    )
    parser.add_argument(
        "--only",
        metavar="GROUP",
        action="append",
        choices=GROUPS,
        help=f"measure one group ({', '.join(GROUPS)}); may be given again",
    )
    options = parser.parse_args(argv)
    groups = options.only or GROUPS
    if options.markdown and set(groups) != set(GROUPS):
        parser.error("--markdown writes the whole table; leave --only out")
    lines = machine.describe()
    with tempfile.TemporaryDirectory(prefix="atlas-benchmarks-") as folder:
        _keep_to(Path(folder))
        measured = data.load(Path(folder))
        lines.append(f"volume: {measured.source}, {' × '.join(map(str, measured.ids.shape))}")
        rows = _measure(measured, groups)
    print("\n".join(lines), "", text_table(rows), sep="\n")
    if options.markdown:
        listed = "\n".join(f"- {line}" for line in [*lines, f"measured on {_today()}"])
        write_between_markers(PAGE, f"{listed}\n\n{markdown_table(rows)}")
    return 0


def _measure(measured: data.Data, groups: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    if "core" in groups:
        from . import core_rows

        rows += _told(core_rows.rows(measured))
    if "files" in groups:
        from . import file_rows

        rows += _told(file_rows.rows(measured))
    if "cold" in groups:
        from . import cold_rows

        rows += _told(cold_rows.rows(measured))
    if "analysis" in groups:
        from . import analysis_rows

        rows += _told(analysis_rows.rows(measured))
    if "masks" in groups:
        from . import mask_rows

        rows += _told(mask_rows.rows(measured))
    if "surfaces" in groups:
        from . import surface_rows

        rows += _told(surface_rows.rows(measured))
    if "qa" in groups:
        from . import qa_rows

        rows += _told(qa_rows.rows(measured))
    if "package" in groups:
        from . import package_rows

        rows += _told(package_rows.rows(measured))
    if "peers" in groups:
        from . import peers

        rows += _told(peers.rows(measured))
    if "window" in groups:
        if machine.has_display():
            from . import window_rows

            rows += _told(window_rows.rows(measured))
        else:
            what = "open to first picture, hover, filter, depth, tree keystroke"
            rows.append(Row(what, None, name="not run: no display"))
    return rows


def _told(found: Iterator[Row]) -> list[Row]:
    rows = []
    for row in found:
        print(f"… {row.what}", file=sys.stderr, flush=True)
        rows.append(row)
    return rows


def _keep_to(folder: Path) -> None:
    """Leave the user's settings, cache and list of recent atlases alone."""
    os.environ["ATLAS_EXPLORER_CONFIG"] = str(folder / "config")
    os.environ["ATLAS_EXPLORER_CACHE"] = str(folder / "cache")
    os.environ["NAPARI_CONFIG"] = str(folder / "napari.yaml")


def _today() -> str:
    return time.strftime("%Y-%m-%d")


if __name__ == "__main__":
    sys.exit(main())
