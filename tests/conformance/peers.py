"""Other libraries, each asked in an interpreter of its own environment.

``make conformance`` makes the environments. What a peer hands out that is no plain value stays
with it; a `Remote` stands for it here and is used as the object itself would be::

    theirs = voxcell.VoxelData(raw, (10, 10, 10))
    np.testing.assert_array_equal(theirs.lookup(positions), ours.lookup(positions))
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .scripts.wire import Wire

REPO = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).parent / "scripts"
FOLDER = "ATLAS_EXPLORER_PEERS"


def interpreter(name: str) -> Path:
    """Python of a peer's environment, which may not be there."""
    folder = Path(os.environ.get(FOLDER) or REPO / ".conformance")
    return folder.absolute() / name / "bin" / "python"


def require(name: str) -> None:
    """Skip the calling module where a peer is not installed."""
    if not interpreter(name).exists():
        reason = f"needs {name} in an environment of its own (make conformance)"
        pytest.skip(reason, allow_module_level=True)


class PeerError(Exception):
    """A peer raised an error; its type's name and its message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


class Peer:
    """A peer that answers; its attributes are the names that its script offers."""

    def __init__(self, name: str, folder: Path, script: str | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._log = (folder / "log.txt").open("w+")
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        # A home of its own: some peers write settings there when they are imported.
        environment |= {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        self._process = subprocess.Popen(
            [interpreter(name), SCRIPTS / f"ask_{script or name}.py", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
            env=environment,
            cwd=folder,
        )
        self._wire = Wire(folder, lambda remote: remote._number, lambda n: Remote(self, n))

    def __getattr__(self, name: str) -> Any:
        """Give what the peer's script offers under a name."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self._ask(ask="entry", name=name)

    def _ask(self, **question: Any) -> Any:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(question) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            self._log.seek(0)
            raise RuntimeError(f"the peer ended: {self._log.read()[-2000:]}")
        reply = json.loads(line)
        if "error" in reply:
            raise PeerError(*reply["error"])
        return self._wire.unpack(reply["value"])

    def _call(self, ask: str, number: int, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        args, options = self._wire.pack(args), self._wire.pack(options)
        return self._ask(ask=ask, object=number, args=args, options=options)

    def _end(self) -> None:
        """Hang up, and wait until the peer has ended."""
        self._process.communicate()
        self._log.close()


class Remote:
    """An object that a peer keeps."""

    def __init__(self, peer: Peer, number: int) -> None:
        self._peer = peer
        self._number = number

    def __getattr__(self, name: str) -> Any:
        """Attribute of the object."""
        if name.startswith("_"):
            raise AttributeError(name)
        return self._peer._ask(ask="attribute", object=self._number, name=name)

    def __getitem__(self, key: Any) -> Any:
        """Item of the object."""
        packed = self._peer._wire.pack(key)
        return self._peer._ask(ask="item", object=self._number, key=packed)

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Call the object."""
        return self._peer._call("call", self._number, args, options)


def milliseconds(call: Remote) -> float:
    """Milliseconds that a call without arguments takes, by the peer's own clock."""
    return float(call._peer._call("milliseconds", call._number, (), {}))


@contextmanager
def answering(name: str, script: str | None = None) -> Iterator[Peer]:
    """Start a peer, with another's script if that is named; end it with the block."""
    with tempfile.TemporaryDirectory(prefix="atlas-peer-") as folder:
        peer = Peer(name, Path(folder), script)
        try:
            yield peer
        finally:
            peer._end()


@contextmanager
def raised(kind: str, *words: object) -> Iterator[None]:
    """Expect an error of this type from a peer, with these words in its message."""
    with pytest.raises(PeerError) as caught:
        yield
    assert caught.value.kind == kind, str(caught.value)
    for word in words:
        assert str(word) in caught.value.message
