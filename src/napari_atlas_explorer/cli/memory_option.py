"""The `--memory 4GB` option: memory limit of a command."""

from __future__ import annotations

import argparse
import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ..atlases.cache.large import LARGE_VARIABLE
from ..compute.blocks import SLAB_VARIABLE
from ..core.errors import AtlasError, short
from .common import UsageError

UNITS = {"": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
         "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40}  # fmt: skip
SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)", re.IGNORECASE)
LEAST = 500_000_000
"""Minimum limit: Python and the libraries take 0.1 to 0.3 GB before anything is read."""
LARGE_SHARE, SLAB_SHARE = 8, 32
"""A volume above an eighth is mapped instead of read, in slabs of a thirty-second."""
BYTES_PER_VOXEL = 200
"""Twice what the statistics of a block take where every voxel differs from the next."""


def add_memory_argument(parser: argparse.ArgumentParser) -> None:
    """Add --memory."""
    parser.add_argument(
        "--memory",
        metavar="SIZE",
        help="memory limit of a process, such as 4GB: smaller blocks, and an error where that "
        "is not enough",
    )


@contextmanager
def memory_of(args: argparse.Namespace) -> Iterator[int | None]:
    """Apply the memory limit of the arguments: bytes, or None without one.

    Linux enforces the limit; elsewhere blocks are only smaller and volumes mapped earlier. Memory
    mapped from files does not count: the system takes it back when it needs it.

    Raises
    ------
    AtlasError
        If it is not enough.
    """
    if args.memory is None:
        yield None
        return
    if getattr(args, "scheduler", None) is not None:
        raise UsageError("--memory with --scheduler; its workers have their own limits")
    budget = parse_bytes(args.memory)
    if budget < LEAST:
        raise UsageError(f"--memory {args.memory}; expected {LEAST // 10**6} MB or more")
    shares = {LARGE_VARIABLE: budget // LARGE_SHARE, SLAB_VARIABLE: budget // SLAB_SHARE}
    try:
        with _set_environment(shares), _limit_memory(budget):
            yield budget
    except MemoryError as exc:
        raise AtlasError(
            f"this takes more than --memory {args.memory}; expected more, or a coarser atlas"
        ) from exc


def parse_bytes(text: str) -> int:
    """Return the bytes of a size such as 500MB, 4 GB or 2GiB."""
    match = SIZE.fullmatch(text.strip())
    unit = UNITS.get(match[2].lower()) if match else None
    size = float(match[1]) * unit if match and unit else math.inf
    if math.isinf(size):
        raise UsageError(f"--memory {short(text)}; expected a size such as 4GB")
    return int(size)


@contextmanager
def _set_environment(values: Mapping[str, int]) -> Iterator[None]:
    """Set variables that are unset, for this process and its children."""
    missing = {name: str(value) for name, value in values.items() if name not in os.environ}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            del os.environ[name]


@contextmanager
def _limit_memory(budget: int) -> Iterator[None]:
    """Set a memory limit that the system enforces."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    most = budget if before[1] == resource.RLIM_INFINITY else min(budget, before[1])
    resource.setrlimit(resource.RLIMIT_DATA, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
