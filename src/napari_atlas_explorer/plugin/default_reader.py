"""The user's wish that atlas files open here without a question.

napari asks which reader to use where several claim a file. Its settings hold a table of
patterns and readers; only what the user switches on is written there.
"""

from __future__ import annotations

PLUGIN = "napari-atlas-explorer"
PATTERNS = (
    "*/annotation.tiff", "*/reference.tiff", "*/brain_regions.nrrd", "*/annotation_*.nrrd",
    "*.nrrd", "*.nhdr", "*.nii", "*.nii.gz", "*.mha", "*.mhd",
)  # fmt: skip


def is_default() -> bool:
    """Whether atlas files open with this plugin without a question."""
    table = _table()
    return all(table.get(pattern) == PLUGIN for pattern in PATTERNS)


def set_default(on: bool) -> None:
    """Make this plugin the reader of atlas files, or leave that to napari again.

    Patterns that the user has given to another plugin stay with it.
    """
    from napari.settings import get_settings

    table = dict(_table())
    for pattern in PATTERNS:
        if on:
            table.setdefault(pattern, PLUGIN)
        elif table.get(pattern) == PLUGIN:
            del table[pattern]
    get_settings().plugins.extension2reader = table


def _table() -> dict[str, str]:
    from napari.settings import get_settings

    return dict(get_settings().plugins.extension2reader)
