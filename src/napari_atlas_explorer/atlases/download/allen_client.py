"""Allen Institute's service: grid volumes of experiments, and lines to their targets.

Addresses are those of the service's documentation (http://help.brain-map.org/display/api).
Nothing is asked before a method is called. What is fetched is under the Allen Institute's terms
of use.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ...core.errors import ArgumentError, AtlasFileError, short
from ...formats.common.atomic import atomic_write
from ...formats.common.text import load_json
from .files import download
from .http import FetchError, FetchSettings, HttpClient, Progress

BASE_URL = "https://api.brain-map.org"
TERMS = "https://alleninstitute.org/terms-of-use/"
MAX_ANSWER = 64 << 20
ROWS_PER_PAGE = 2000
MAX_ROWS = 1_000_000
FIBER_TRACTS = 197646984
"""Well-known file of the fibre tracts at 25 µm that the spatial search example uses."""
IMAGES = (
    "projection_density",
    "projection_energy",
    "injection_fraction",
    "injection_density",
    "injection_energy",
    "data_mask",
)
RESOLUTIONS = (10, 25, 50, 100)
LEGACY_VOLUMES = ("density", "injection", "intensity", "energy")


class AllenClient:
    """Client of the Allen Institute's service; one request at a time.

    Parameters
    ----------
    base_url
        Of the service; a mirror or a test server will do.
    settings
        Timeouts, retries and politeness.
    wait
        As of `HttpClient`.
    """

    def __init__(
        self,
        base_url: str = BASE_URL,
        settings: FetchSettings | None = None,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        if not self.base_url.startswith(("http://", "https://")):
            raise ArgumentError(f"base address {short(base_url)}; expected http:// or https://")
        self._http = HttpClient(settings, wait)

    # ---- questions in JSON -----------------------------------------------------------------

    def service(self, name: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the rows of one answer of a service, asked as ``service::NAME[key$eqvalue]…``."""
        return self._request_rows(self._make_query_url(name, parameters))[0]

    def service_pages(
        self, name: str, parameters: Mapping[str, Any], page: int = ROWS_PER_PAGE
    ) -> list[dict[str, Any]]:
        """Return all rows of a service, requested page by page.

        A server that ignores paging and gives all rows is supported, too.
        """
        rows: list[dict[str, Any]] = []
        while True:
            url = self._make_query_url(
                name, {**parameters, "start_row": len(rows), "num_rows": page}
            )
            batch, start, total = self._request_rows(url)
            if start != len(rows):
                raise FetchError(url, f"rows from {start} on", f"those from {len(rows)} on")
            if total > MAX_ROWS:
                raise FetchError(url, f"{total} rows in all", f"at most {MAX_ROWS}")
            rows += batch
            if len(rows) >= total:
                return rows
            if not batch:
                raise FetchError(url, f"no rows after {len(rows)}", f"{total} in all")

    def _make_query_url(self, name: str, parameters: Mapping[str, Any]) -> str:
        query = "".join(f"[{key}$eq{_format(value)}]" for key, value in parameters.items())
        criteria = quote(f"service::{name}{query}", safe=":[]$,'")
        return f"{self.base_url}/api/v2/data/query.json?criteria={criteria}"

    def _request_rows(self, url: str) -> tuple[list[dict[str, Any]], int, int]:
        """Return the rows of an answer, the number of the first, and the total."""
        raw = self._http.fetch_body(url, MAX_ANSWER)
        try:
            answer = json.loads(raw)
        except (ValueError, RecursionError) as exc:
            raise FetchError(url, f"something that starts with {raw[:40]!r}", "JSON") from exc
        message = answer.get("msg") if isinstance(answer, dict) else None
        if not isinstance(answer, dict) or answer.get("success") is not True:
            problem = message if message else "no success"
            raise FetchError(url, f"the answer {short(problem)}", "success")
        if not isinstance(message, list) or not all(isinstance(row, dict) for row in message):
            raise FetchError(url, f"msg {short(message)}", "a list of rows")
        return (
            message,
            _get_integer(answer, "start_row", 0),
            _get_integer(answer, "total_rows", len(message)),
        )

    # ---- lines -----------------------------------------------------------------------------

    def target_lines(
        self, position: Sequence[float], experiment: int | None = None
    ) -> list[dict[str, Any]]:
        """Return paths from a position (µm) to the injection sites of experiments, or of one.

        Returns
        -------
        Items as in an answer of the service; none where no path is known.
        """
        parameters: dict[str, Any] = {"seed_point": list(position)}
        if experiment is not None:
            parameters["section_data_set"] = int(experiment)
            return self.service("mouse_connectivity_target_spatial", parameters)
        return self.service_pages("mouse_connectivity_target_spatial", parameters)

    def cached_target_lines(
        self, position: Sequence[float], experiment: int, folder: Path
    ) -> list[dict[str, Any]]:
        """Return `target_lines` of one experiment, cached in a folder."""
        where = "_".join(_format(float(value)) for value in position)
        path = folder / f"lines_{int(experiment)}_{where}.json"
        if not path.exists():
            lines = self.target_lines(position, experiment)
            with atomic_write(path) as temporary:
                temporary.write_text(json.dumps(lines, ensure_ascii=False), encoding="utf-8")
        kept = load_json(path)
        if not isinstance(kept, list):
            raise AtlasFileError(path, f"JSON of type {type(kept).__name__}", "a list of lines")
        return kept

    # ---- volumes ---------------------------------------------------------------------------

    def grid_volume(
        self,
        experiment: int,
        image: str,
        resolution: int,
        folder: Path,
        progress: Progress | None = None,
    ) -> Path:
        """Download a volume of an experiment as NRRD, unless the folder holds it.

        Parameters
        ----------
        experiment
            Id of the data set.
        image
            "projection_density", "injection_fraction" or another of `IMAGES`.
        resolution
            10, 25, 50 or 100 µm.
        folder
            Where to; must exist.
        progress
            Called with the bytes downloaded.
        """
        if image not in IMAGES:
            raise ArgumentError(f"image {image!r}; expected one of {', '.join(IMAGES)}")
        if resolution not in RESOLUTIONS:
            listed = ", ".join(map(str, RESOLUTIONS))
            raise ArgumentError(f"a resolution of {resolution} µm; expected one of {listed}")
        url = f"{self.base_url}/grid_data/download_file/{int(experiment)}"
        return download(
            self._http,
            f"{url}?image={image}&resolution={resolution}",
            folder / f"{image}_{resolution}_{int(experiment)}.nrrd",
            "nrrd",
            progress,
        )

    def legacy_grid_volume(
        self, experiment: int, volume: str, folder: Path, progress: Progress | None = None
    ) -> Path:
        """Download a volume of 100 µm as the example does: a ZIP of MetaImage files."""
        if volume not in LEGACY_VOLUMES:
            raise ArgumentError(f"volume {volume!r}; expected one of {', '.join(LEGACY_VOLUMES)}")
        url = f"{self.base_url}/grid_data/download/{int(experiment)}?include={volume}"
        target = folder / f"{volume}_{int(experiment)}.zip"
        return download(self._http, url, target, "zip", progress)

    def fiber_tracts(self, folder: Path, progress: Progress | None = None) -> Path:
        """Download the fiber tract mask that the example uses: a ZIP of MetaImage."""
        url = f"{self.base_url}/api/v2/well_known_file_download/{FIBER_TRACTS}"
        return download(self._http, url, folder / "annotationFiber.zip", "zip", progress)


def _format(value: Any) -> str:
    """Format a parameter for the service; whole numbers without a decimal point."""
    if isinstance(value, list | tuple):
        return ",".join(map(_format, value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _get_integer(answer: Mapping[str, Any], key: str, default: int) -> int:
    value = answer.get(key, default)
    return value if isinstance(value, int) and not isinstance(value, bool) else default
