"""Releases of a VoxelBrain service and their files.

The addresses are those that voxcell 3.1 asks (``nexus/voxelbrain.py``): the release states its id,
``/data`` lists the volumes, ``/filters/brain_region/65535`` is the hierarchy.
"""

from __future__ import annotations

import json
from typing import Any

from ...core.errors import short
from .http import FetchError, HttpClient, split_address
from .sources import SAFE_NAME, OnlineAtlas, OnlineFile, is_address

RELEASES = "/api/analytics/atlas/releases/"
HIERARCHY = "filters/brain_region/65535"
MAX_ANSWER = 16 << 20
MAX_FILES = 200


def is_release(url: str) -> bool:
    """Return whether an address is that of a release."""
    return is_address(url) and split_address(url).path.startswith(RELEASES)


def release_at(client: HttpClient, url: str) -> OnlineAtlas:
    """Request the files of a release.

    Raises
    ------
    FetchError
        If the service does not answer, or not as a release does.
    """
    url = url.rstrip("/")
    first = _request_rows(client, url)[0]
    name = str(first.get("id"))
    if not SAFE_NAME.fullmatch(name) or not url.endswith(f"/{name}"):
        raise FetchError(url, f"the id {short(name)}", "the one that the address ends in")
    files = [OnlineFile("hierarchy.json", f"{url}/{HIERARCHY}", "json")]
    for row in _request_rows(client, f"{url}/data")[:MAX_FILES]:
        kind, where = str(row.get("data_type")), str(row.get("url"))
        if not SAFE_NAME.fullmatch(kind) or not is_address(where):
            raise FetchError(
                f"{url}/data", f"data type {short(kind)} at {short(where)}", "a name and an address"
            )
        files.append(OnlineFile(f"{kind}.nrrd", where, "nrrd"))
    return OnlineAtlas(name, tuple(files), url, must_open=True)


def _request_rows(client: HttpClient, url: str) -> list[dict[str, Any]]:
    raw = client.fetch_body(url, MAX_ANSWER)
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise FetchError(url, f"something that starts with {raw[:40]!r}", "JSON") from exc
    if not isinstance(answer, list) or not answer or not all(isinstance(r, dict) for r in answer):
        raise FetchError(url, short(answer), "a list of rows")
    return answer
