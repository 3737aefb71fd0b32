"""Writer of ``data.json``: lines and injection sites as the Allen example writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...core.errors import AtlasFileError
from ...core.streamlines import Streamlines
from ..common.atomic import atomic_write
from .reader import TARGET_KEY, line_item, plain_positions

OWN_KEYS = frozenset({"lines", "injectionCoordinates", TARGET_KEY})


def write_streamlines(
    path: str | Path,
    streamlines: Streamlines,
    force: bool = False,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write lines, injection sites and targets; the same input gives the same bytes.

    Parameters
    ----------
    path
        The file; written atomically.
    streamlines
        What to write.
    force
        Whether an existing file may be replaced.
    extra
        Further keys of the object, for instance how it was made; readers of the format pass
        over them.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from napari_atlas_explorer.lines import Line, read_streamlines
    >>> with TemporaryDirectory() as folder:
    ...     write_streamlines(f"{folder}/a.json", Streamlines((Line([(0, 0, 0), (30, 40, 0)]),)))
    ...     read_streamlines(f"{folder}/a.json")[0].length
    50.0
    """
    path = Path(path)
    extra = dict(extra or {})
    if clash := OWN_KEYS & set(extra):
        raise AtlasFileError(path, f"further keys {', '.join(sorted(clash))}", "other names")
    document = {
        "lines": [line_item(line) for line in streamlines],
        "injectionCoordinates": plain_positions(streamlines.injection_sites),
    }
    if len(streamlines.targets):
        document[TARGET_KEY] = plain_positions(streamlines.targets)
    try:
        text = json.dumps(
            {**document, **extra}, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
    except (TypeError, ValueError) as exc:
        raise AtlasFileError(path, f"an attribute that JSON cannot hold ({exc})") from exc
    with atomic_write(path, force) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
