"""Downloads of `spatial-search` from the Allen Institute's service."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..atlases.cache.folder import require_cache_folder
from ..atlases.download.allen_client import BASE_URL, RESOLUTIONS, TERMS, AllenClient
from ..atlases.download.http import FetchSettings, split_address
from ..core.streamlines import Line, Streamlines
from ..core.text import grouped
from ..formats.lines.reader import streamlines_from_json
from .common import Progress, UsageError

FETCHED_RESOLUTION = 100
"""µm; the grid of the Allen example."""


def add_fetch_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare --experiment, --fetch and their options."""
    parser.add_argument("--experiment", metavar="ID", type=int, help="id of the data set")
    parser.add_argument(
        "--fetch",
        action="store_true",
        help="download the density, the injection, the tracts (without --atlas) and the lines",
    )
    parser.add_argument(
        "--most-lines", metavar="N", type=int, help="fetch the lines of at most N voxels"
    )
    parser.add_argument("--base-url", metavar="URL", help=f"address of the service ({BASE_URL})")
    parser.add_argument("--timeout", metavar="S", type=float, help="seconds without a byte (30)")
    parser.add_argument(
        "--deadline",
        metavar="S",
        type=float,
        help="seconds for a server's answer up to its body, and for whole lists (300)",
    )
    parser.add_argument(
        "--interval", metavar="S", type=float, help="seconds from one request to the next (0.25)"
    )
    parser.add_argument(
        "--cache-dir", metavar="DIR", type=Path, help="where downloads are kept (user's cache)"
    )


def check_fetch_arguments(args: argparse.Namespace) -> None:
    """Raise for options that do not go together."""
    if args.fetch != (args.experiment is not None):
        supplied, missing = (
            ("--fetch", "--experiment ID") if args.fetch else ("--experiment", "--fetch")
        )
        raise UsageError(f"{supplied} without {missing}; expected both")
    if args.fetch:
        if args.most_lines is not None and args.most_lines < 0:
            raise UsageError(f"--most-lines {args.most_lines}; expected 0 or more")
        return
    for option in ("most_lines", "base_url", "timeout", "deadline", "interval", "cache_dir"):
        if getattr(args, option) is not None:
            raise UsageError(f"--{option.replace('_', '-')} without --fetch; expected both")


@dataclass
class FetchedFiles:
    """Files of an experiment; None for files that were not fetched.

    Attributes
    ----------
    density, injection, tracts
        Volumes.
    notes
        Notes for the user.
    """

    client: AllenClient | None = None
    experiment: int = 0
    folder: Path = field(default_factory=Path)
    most_lines: int | None = None
    density: Path | None = None
    injection: Path | None = None
    tracts: Path | None = None
    notes: list[str] = field(default_factory=list)

    def lines(self, positions: NDArray[np.float64], densities: NDArray[Any]) -> Streamlines:
        """Return lines from these voxels to the injection site, fetched one by one.

        Limited to the voxels with the highest density.
        """
        if self.client is None:
            return Streamlines(())
        chosen = np.arange(len(positions))
        if self.most_lines is not None:
            order = np.argsort(-np.asarray(densities, dtype=np.float64), kind="stable")
            chosen = np.sort(order[: self.most_lines])
        progress, fetched = Progress("lines"), list[Line]()
        without = 0
        for done, k in enumerate(chosen.tolist()):
            progress(done / len(chosen))
            items = self.client.cached_target_lines(
                positions[k].tolist(), self.experiment, self.folder
            )
            lines = streamlines_from_json({"lines": items}, f"{self.client.base_url} (lines)").lines
            without += not lines
            fetched += lines
        progress(1.0)
        self.notes.append(
            f"lines: asked for {grouped(len(chosen))} of {grouped(len(positions))} voxels, "
            f"{grouped(len(fetched))} came, none for {grouped(without)}; terms of use: {TERMS}"
        )
        return Streamlines(tuple(fetched))


def fetched_from(
    args: argparse.Namespace, sizes: float | tuple[float, float, float] | None
) -> FetchedFiles:
    """Download the files that the arguments request and do not give."""
    if not args.fetch:
        return FetchedFiles()
    resolution = FETCHED_RESOLUTION if sizes is None else sizes
    if resolution not in RESOLUTIONS:
        listed = ", ".join(map(str, RESOLUTIONS))
        raise UsageError(f"--resolution {args.resolution} with --fetch; expected one of {listed}")
    options = {
        "timeout": args.timeout,
        "deadline": args.deadline,
        "minimum_interval": args.interval,
    }
    settings = FetchSettings(**{k: v for k, v in options.items() if v is not None})
    client = AllenClient(args.base_url or BASE_URL, settings)
    # One cache folder per server: data of one must not be used for another.
    server = split_address(client.base_url).netloc.replace(":", "_")
    folder = args.cache_dir or require_cache_folder("allen") / server / str(args.experiment)
    folder.mkdir(parents=True, exist_ok=True)
    fetched = FetchedFiles(client, args.experiment, folder, args.most_lines)
    for image, option, name in (
        ("projection_density", args.density, "density"),
        ("injection_fraction", args.injection, "injection"),
    ):
        if option is None:
            path = client.grid_volume(
                args.experiment, image, int(float(str(resolution))), folder, _track_bytes(image)
            )
            setattr(fetched, name, path)
            fetched.notes.append(f"{image} of experiment {args.experiment}: {path}")
    if args.path is None and args.tract_mask is None:
        fetched.tracts = client.fiber_tracts(folder, _track_bytes("fibre tracts"))
        fetched.notes.append(f"fibre tracts: {fetched.tracts}")
    return fetched


def _track_bytes(what: str) -> Any:
    progress = Progress(what)

    def report(done: int, total: int | None) -> None:
        progress(done / total if total else 0.0)

    return report
