"""`--scheduler ADDRESS`: work over a cluster instead of on this machine."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from ..atlases.cache import cache_folder
from ..compute.cluster import Cluster, connect
from .common import UsageError
from .stopping import stoppable


def add_scheduler_argument(parser: argparse.ArgumentParser) -> None:
    """Add --scheduler."""
    parser.add_argument(
        "--scheduler", metavar="ADDRESS",
        help="have the workers of a dask.distributed cluster do it, such as tcp://host:8786; "
        "they must see the same files",
    )  # fmt: skip


@contextmanager
def cluster_of(args: argparse.Namespace) -> Iterator[Cluster | None]:
    """The cluster that the arguments name, connected; None without one.

    Raises
    ------
    AtlasError
        If there is none at that address, or its workers cannot do this work.
    """
    if args.scheduler is None:
        yield None
        return
    if getattr(args, "jobs", None) is not None:
        raise UsageError("--jobs with --scheduler, whose workers are as many as they are")
    with stoppable(), connect(args.scheduler, cache_folder("shared")) as cluster:
        yield cluster
