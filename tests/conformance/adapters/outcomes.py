"""Pytest plugin that writes the outcome of every test to a JSON file.

``OUTCOMES`` in the environment names the file. A test that was skipped, or that failed before or
after its call, has not passed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

OUTCOMES: dict[str, str] = {}


def pytest_runtest_logreport(report: Any) -> None:
    before = OUTCOMES.get(report.nodeid, "passed")
    OUTCOMES[report.nodeid] = report.outcome if before == "passed" else before


def pytest_collectreport(report: Any) -> None:
    if report.failed:
        OUTCOMES[report.nodeid] = "failed"


def pytest_sessionfinish() -> None:
    Path(os.environ["OUTCOMES"]).write_text(json.dumps(OUTCOMES), encoding="utf-8")
