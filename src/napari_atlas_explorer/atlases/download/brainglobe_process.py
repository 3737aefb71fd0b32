"""Process that asks brainglobe-atlasapi and answers in lines of JSON.

In its own process, since that library cannot be stopped otherwise, prints on standard
output and brings a lot along. It needs nothing of this package::

    python brainglobe_process.py list
    python brainglobe_process.py download NAME
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any


def main(words: list[str]) -> int:
    """Answer one request: {"atlases": …}, {"done": bytes, "total": bytes} …, or {"error": …}."""
    answer = sys.stdout

    def report(**said: Any) -> None:
        answer.write(json.dumps(said) + "\n")
        answer.flush()

    with contextlib.redirect_stdout(sys.stderr):
        try:
            if words == ["list"]:
                report(atlases=_list_atlases())
            else:
                _download_atlas(words[1], lambda done, total: report(done=done, total=total))
        except Exception as exc:  # noqa: BLE001 - any error goes to the other process
            report(error=f"{type(exc).__name__}: {exc}")
            return 1
    return 0


def _list_atlases() -> dict[str, str]:
    from brainglobe_atlasapi.list_atlases import get_all_atlases_lastversions

    return {str(name): str(version) for name, version in get_all_atlases_lastversions().items()}


def _download_atlas(name: str, report: Any) -> None:
    from brainglobe_atlasapi import BrainGlobeAtlas

    atlas = BrainGlobeAtlas(name, check_latest=False, fn_update=report)
    if hasattr(atlas, "fs"):
        _fetch_values(atlas, report)


def _fetch_values(atlas: Any, report: Any) -> None:
    """Fetch all volumes: version 3 of the library leaves them on the server until used.

    Meshes stay there: each is a separate request, and ours are made of the labels.
    """
    extra = atlas.additional_references
    volumes = ["annotation", "template", "hemispheres", *extra.references_names]
    for n, volume in enumerate(volumes):
        report(n, len(volumes))
        _ = extra[volume] if volume in extra.references_names else getattr(atlas, volume)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
