"""Blocks of a volume that were looked at last, in memory up to a number of bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

from numpy.typing import NDArray

KEPT_BYTES = 1 << 29
"""Half a gigabyte: the blocks that one plane of a 10 µm mouse brain goes through, whichever way
it lies (at most 0.4 · 10⁹ bytes as uint16)."""


class KeptBlocks:
    """The blocks that were asked for last; those not asked for the longest go first.

    Parameters
    ----------
    most
        Bytes of all blocks together.
    """

    def __init__(self, most: int = KEPT_BYTES) -> None:
        self._most, self._bytes = most, 0
        self._blocks: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, read: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Block of a key, read where it is not kept; not to be written into. From any thread."""
        with self._lock:
            if key in self._blocks:
                self._blocks.move_to_end(key)
                return self._blocks[key]
        block = read()
        block.flags.writeable = False
        with self._lock:
            if key not in self._blocks:  # another thread was quicker
                self._blocks[key] = block
                self._bytes += block.nbytes
            while self._bytes > self._most:
                self._bytes -= self._blocks.popitem(last=False)[1].nbytes
        return block
