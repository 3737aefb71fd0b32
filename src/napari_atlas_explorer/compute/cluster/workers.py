"""Tasks on the workers of a dask.distributed cluster with a shared file system."""

from __future__ import annotations

import hashlib
import itertools
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from ...core.errors import AtlasError, AtlasFileError
from ...core.text import grouped

# ---- File facts compared between processes -------------------------------------------------------

SAMPLE_BYTES = 1 << 20
"""Read at the beginning, in the middle and at the end of a file."""
SAMPLED_FILES = 20
"""Largest files of a folder that are sampled; of all others the size is compared."""
NOT_THERE, FILE, FOLDER = "nothing", "a file", "a folder"


@dataclass(frozen=True)
class FileFacts:
    """Size and sample checksums of a path, to compare between processes.

    Attributes
    ----------
    kind
        `NOT_THERE`, `FILE`, `FOLDER`, or why it cannot be read.
    files, size
        Number of files, and their bytes.
    digest
        SHA-256 over names, sizes and samples of the contents.
    """

    kind: str
    files: int = 0
    size: int = 0
    digest: str = ""

    def beside(self, other: FileFacts) -> str:
        """Return words for these facts where other ones were expected."""
        if self.kind != other.kind or self.kind == NOT_THERE:
            return f"{self.kind} there"
        if (self.files, self.size) == (other.files, other.size):
            return f"{self.kind} of other contents there"
        files = f"{grouped(self.files)} files of " if self.kind == FOLDER else ""
        expected = f"{grouped(other.files)} of " if self.kind == FOLDER else ""
        return (
            f"{files or 'a file of '}{grouped(self.size)} bytes there, not {expected}"
            f"{grouped(other.size)}"
        )


def facts_of(paths: Sequence[str]) -> list[FileFacts]:
    """Return facts about files and folders, as this process sees them."""
    return [_read_facts(Path(path)) for path in paths]


def _read_facts(path: Path) -> FileFacts:
    try:
        if path.is_file():
            size = path.stat().st_size
            return FileFacts(FILE, 1, size, _hash_sample([("", size, path)]))
        if not path.is_dir():
            return FileFacts(NOT_THERE)
        found = sorted(p for p in path.rglob("*") if p.is_file())
        rows = [(p.relative_to(path).as_posix(), p.stat().st_size, p) for p in found]
        return FileFacts(FOLDER, len(rows), sum(size for _, size, _ in rows), _hash_sample(rows))
    except OSError as exc:
        return FileFacts(f"nothing that it can read ({exc.strerror})")


def _hash_sample(rows: Sequence[tuple[str, int, Path]]) -> str:
    digest = hashlib.sha256()
    for name, size, _ in rows:
        digest.update(f"{name}\0{size}\0".encode())
    for _, size, path in sorted(rows, key=lambda row: (-row[1], row[0]))[:SAMPLED_FILES]:
        with path.open("rb") as stream:
            for start in sorted({0, max(0, size // 2), max(0, size - SAMPLE_BYTES)}):
                stream.seek(start)
                digest.update(stream.read(SAMPLE_BYTES))
    return digest.hexdigest()


# ---- Tasks on a cluster --------------------------------------------------------------------------

PACKAGE = "napari-atlas-explorer"
EXTRA = f'pip install "{PACKAGE}[distributed]"'
CACHE_VARIABLE = "ATLAS_EXPLORER_CACHE"
SECONDS_TO_ANSWER = 5.0
"""How long a scheduler may take to answer."""
SECONDS_FOR_A_WORKER = 300.0
"""How long a cluster may be without any worker: new ones may be waiting in a queue."""
TASKS_PER_THREAD = 2
"""Tasks given out for each thread: none waits for work, and few results wait to be taken."""


class SchedulerGoneError(AtlasError):
    """The scheduler is gone or has lost its tasks."""

    def __init__(self) -> None:
        super().__init__("the scheduler has gone before all was done; expected it to stay")


class Cluster:
    """Connection to the workers of a cluster; made by `connect`.

    Tasks have to give the same whenever they are done: those of a worker that is lost are done
    again by another.

    Parameters
    ----------
    client
        A connected ``distributed.Client``.
    cache
        Folder of the cache, which the workers are expected to share.
    patience
        Seconds that the cluster may be without any worker.
    """

    def __init__(self, client: Any, cache: Path, patience: float = SECONDS_FOR_A_WORKER) -> None:
        self._client = client
        self._cache = cache.absolute()
        self._patience = patience

    def __enter__(self) -> Cluster:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Disconnect; the cluster keeps running."""
        self._client.close()

    def require_same_version(self) -> None:
        """Refuse workers that have another version of this package, or none."""
        from importlib import metadata

        from ... import __version__

        # A function of the standard library: where the package is missing, ours would not load.
        for worker, found in self._ask(metadata.version, PACKAGE).items():
            if found != __version__:
                has = f"{PACKAGE} {found}" if isinstance(found, str) else f"no {PACKAGE}"
                raise AtlasError(
                    f"worker {worker} has {has}; expected {__version__} as on this machine"
                )

    def require_visible(self, paths: Sequence[str | Path]) -> None:
        """Refuse files and folders that a worker does not see as this process does.

        Sizes are compared, and samples of the contents: a copy at the same place will do.

        Raises
        ------
        AtlasFileError
            Names a worker, the path, and what it found there.
        """
        full = [str(Path(path).absolute()) for path in paths]
        ours = facts_of(full)
        answers = self._ask(facts_of, full)
        for path, facts in zip(full, ours, strict=True):
            if facts.kind == NOT_THERE:
                raise AtlasFileError(path, "there is no such file or folder")
        for worker, theirs in answers.items():
            if isinstance(theirs, BaseException):
                raise AtlasError(f"worker {worker} cannot look for files: {theirs}")
            self._compare(worker, full, ours, theirs)

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """Yield a folder in the cache that all workers see; gone afterwards.

        Raises
        ------
        AtlasFileError
            If a worker does not see it.
        """
        # On Windows a file that is mapped cannot be removed before its processes have ended.
        with tempfile.TemporaryDirectory(
            prefix="cluster-", dir=self._cache, ignore_cleanup_errors=True
        ) as name:
            marker = Path(name) / "marker"
            marker.write_text(name)
            self.require_visible([marker])
            yield Path(name)

    def map(
        self, function: Callable[[Any, Any], Any], tasks: Sequence[Any], shared: Any = None
    ) -> Iterator[tuple[int, Any]]:
        """Run tasks on the workers and yield each result when it arrives.

        Parameters
        ----------
        function
            Of a module; called as ``function(shared, task)``.
        tasks
            Begun in this order.
        shared
            What all tasks have in common; sent to each worker once.

        Yields
        ------
        Number of the task, and its result.

        Raises
        ------
        AtlasError
            What a task raised, or why the cluster did not do it. What is not begun then is not
            done any more, as when the caller ends early.
        """
        # A task like the others: when all workers that hold it are lost, it is made again.
        given = self._client.submit(_identity, shared, pure=False)
        waiting, running = iter(enumerate(tasks)), dict[Any, int]()
        try:
            while True:
                free = max(1, TASKS_PER_THREAD * self.threads) - len(running)
                for number, task in itertools.islice(waiting, max(0, free)):
                    future = self._client.submit(
                        function, given, task, pure=False, priority=-number
                    )
                    running[future] = number
                if not running:
                    return
                for future in self._some_done(list(running)):
                    yield running.pop(future), _get_result(future)
        except SchedulerGoneError:
            running.clear()
            given = None
            raise
        finally:
            if given is not None:
                self._client.cancel([given, *running], force=True)

    def _some_done(self, running: list[Any]) -> Collection[Any]:
        """Wait until one of the futures is done; those that are."""
        from distributed import wait

        alone = 0
        while alone < self._patience:
            try:
                with self._client.as_current():
                    done: Collection[Any] = wait(running, 1.0, "FIRST_COMPLETED").done
                return done
            except TimeoutError:
                alone = 0 if self.threads else alone + 1
            except CancelledError as exc:
                raise SchedulerGoneError from exc
        raise AtlasError(f"the cluster has had no worker for {self._patience:g} s; expected some")

    def _compare(
        self,
        worker: str,
        paths: Sequence[str],
        ours: Sequence[FileFacts],
        theirs: Sequence[FileFacts],
    ) -> None:
        for path, here, there in zip(paths, ours, theirs, strict=True):
            if here == there:
                continue
            expected = "a file system that this machine and all workers share, at the same place"
            if Path(path).is_relative_to(self._cache):
                expected += f" (the environment variable {CACHE_VARIABLE} moves the cache)"
            raise AtlasFileError(path, f"worker {worker} finds {there.beside(here)}", expected)

    @property
    def threads(self) -> int:
        """Tasks that the workers do at once."""
        try:
            return sum(self._client.nthreads().values())
        except OSError as exc:
            raise SchedulerGoneError from exc

    def _ask(self, function: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        """Answer of every worker, by its address; the error where it has none.

        A worker that is lost meanwhile is left out.
        """
        try:
            answers = self._client.run(function, *arguments, on_error="return")
        except OSError as exc:
            raise SchedulerGoneError from exc
        return {name: a for name, a in answers.items() if not isinstance(a, OSError)}


def connect(address: str, cache: Path) -> Cluster:
    """Connect to the scheduler at an address, such as ``tcp://host:8786``.

    Parameters
    ----------
    address
        Where the scheduler listens.
    cache
        Folder of the cache, where what workers are to see lies meanwhile.

    Raises
    ------
    AtlasError
        If the extra is not installed, nobody answers, there is no worker, or a worker has
        another version of this package.
    """
    import asyncio

    try:
        from distributed import Client
    except ImportError as exc:
        raise AtlasError(f"a cluster needs dask.distributed; expected: {EXTRA}") from exc
    try:
        # In a thread of its own: a notebook's has a loop that runs already.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(_knock(address))).result()
        client = Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False)
    except (OSError, ValueError, MemoryError) as exc:
        raise AtlasError(
            f"no scheduler answers at {address}; expected the address of one that runs, such as "
            f"tcp://host:8786"
        ) from exc
    cluster = Cluster(client, cache)
    try:
        client.wait_for_workers(1, SECONDS_FOR_A_WORKER)
        cluster.require_same_version()
    except TimeoutError as exc:
        client.close()
        raise AtlasError(
            f"the scheduler at {address} has had no worker for {SECONDS_FOR_A_WORKER:g} s; "
            f"expected some"
        ) from exc
    except BaseException:
        client.close()
        raise
    return cluster


async def _knock(address: str) -> None:
    """See that a scheduler answers.

    Whoever answers in another protocol, such as a web page, has its first word taken for a size
    beyond all memory; and a client that could not be made complains when Python ends.
    """
    from distributed import Security
    from distributed.comm import connect as reach

    arguments = Security().get_connection_args("client")
    comm = await reach(address, timeout=SECONDS_TO_ANSWER, **arguments)
    await comm.close()


def _identity(value: Any) -> Any:
    return value


def _get_result(future: Any) -> Any:
    """Return the result of a future that is done; its error in one line."""
    from distributed import KilledWorker

    try:
        return future.result()
    except AtlasError:
        raise
    except KilledWorker as exc:
        raise AtlasError(
            "a task was on every one of several workers when it died, most likely for want of "
            "memory; expected workers with more of it, or fewer threads on each"
        ) from exc
    except (CancelledError, TimeoutError) as exc:
        raise SchedulerGoneError from exc
    except OSError as exc:
        raise AtlasFileError(
            exc.filename or "a worker's file",
            f"a worker says: {exc.strerror or exc}",
            "files that every worker sees at the same place",
        ) from exc
    except MemoryError as exc:
        raise AtlasError("a worker has not enough memory for this") from exc
