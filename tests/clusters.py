"""A cluster of processes on this machine, one of which can be made to die."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from distributed import Client, LocalCluster, WorkerPlugin

WORKERS = 3
PATIENCE = 300
"""Seconds for workers to come, on a machine that is busy with other tests."""


@contextmanager
def local_cluster(folder: Path, workers: int = WORKERS) -> Iterator[str]:
    """Address of a scheduler with some workers of one thread, all of which end afterwards."""
    with LocalCluster(
        n_workers=workers,
        processes=True,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        local_directory=str(folder),
        silence_logs=50,
    ) as cluster:
        if workers:
            cluster.wait_for_workers(workers, PATIENCE)
        yield cluster.scheduler_address


class DiesOnce(WorkerPlugin):
    """The first worker that begins a task while this is registered kills itself."""

    name = "dies once"

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def transition(self, key: Any, start: str, finish: str, **kwargs: Any) -> None:
        if finish == "executing":
            die_once(self.marker)


def die_once(marker: Path) -> None:
    """Kill this process unless one has died of it before."""
    try:
        with marker.open("x") as stream:
            stream.write(str(os.getpid()))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def one_worker_dies(address: str, marker: Path) -> Iterator[None]:
    """Have one worker die in the middle of what is done meanwhile, and see that it did."""
    with Client(address, set_as_default=False) as client:
        client.register_plugin(DiesOnce(marker))
        yield
        client.unregister_worker_plugin(DiesOnce.name)
        # Its successor may be long in coming on a busy machine; those that are left will do.
        client.wait_for_workers(WORKERS - 1, PATIENCE)
        # The scheduler may not know yet that the connection to the one that died is gone.
        pids = client.run(os.getpid, on_error="ignore").values()
    assert int(marker.read_text()) not in pids
