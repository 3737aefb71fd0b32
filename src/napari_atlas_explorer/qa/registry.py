"""Every check and every threshold, in the order in which they are run and listed.

Those of plug-ins follow this program's; plug-ins are loaded when the checks are first used.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar, overload

from .check import Check, Threshold, checks_in
from .checks import (
    bids,
    colors,
    hierarchy_rows,
    hierarchy_table,
    hierarchy_voxels,
    label_damage,
    label_shapes,
    label_slices,
    label_values,
    mesh_labels,
    mesh_shape,
    orientation_field,
    package_components,
    package_files,
    package_levels,
    package_metadata,
    package_orientation,
    package_space,
    reference,
    symmetry,
    versions,
)

MODULES = (
    package_files,
    package_components,
    package_levels,
    package_metadata,
    package_space,
    package_orientation,
    hierarchy_rows,
    hierarchy_table,
    hierarchy_voxels,
    label_values,
    label_damage,
    label_shapes,
    label_slices,
    colors,
    symmetry,
    reference,
    mesh_labels,
    mesh_shape,
    orientation_field,
    versions,
    bids,
)

OWN_CHECKS = tuple(check for module in MODULES for check in checks_in(module))
OWN_THRESHOLDS: tuple[Threshold, ...] = tuple(
    threshold for module in MODULES for threshold in getattr(module, "THRESHOLDS", ())
)

T = TypeVar("T")


class _Listing(Sequence[T], Generic[T]):
    """Sequence that is read anew for each use."""

    def __init__(self, read: Callable[[], Sequence[T]]) -> None:
        self._read = read

    @overload
    def __getitem__(self, key: int) -> T: ...

    @overload
    def __getitem__(self, key: slice) -> Sequence[T]: ...

    def __getitem__(self, key: int | slice) -> T | Sequence[T]:
        return self._read()[key]

    def __len__(self) -> int:
        return len(self._read())

    def __repr__(self) -> str:
        return repr(self._read())


class _Plugins:
    """Checks and limits of plug-ins, loaded once."""

    def __init__(self) -> None:
        self.checks: list[Check] = []
        self.thresholds: list[Threshold] = []
        self._loaded = False
        # A plug-in that looks at the checks while it is imported sees this program's.
        self._lock = threading.RLock()

    def load(self) -> None:
        """Load the plug-ins, unless they are."""
        with self._lock:
            if self._loaded:
                return
            self._loaded = True
            from .plugins import load_plugins

            self.checks, self.thresholds = load_plugins(OWN_CHECKS, OWN_THRESHOLDS)


_plugins = _Plugins()


def _list_checks() -> Sequence[Check]:
    _plugins.load()
    return (*OWN_CHECKS, *_plugins.checks)


CHECKS: Sequence[Check] = _Listing(_list_checks)
THRESHOLDS: Sequence[Threshold] = _Listing(lambda: (*OWN_THRESHOLDS, *_plugins.thresholds))
"""Those of plug-ins are among them once the checks have been used."""
GROUPS: Sequence[str] = _Listing(lambda: tuple(dict.fromkeys(c.group for c in _list_checks())))
